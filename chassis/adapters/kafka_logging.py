"""The warnings of Kafka's client, in our log and in moderation: when it is away they are several a second."""

import logging
import time

from chassis.telemetry import log

_SECONDS = 30.0


class Rarely(logging.Handler):
    """Each kind of warning once in a while, with how many were left out since."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._told: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        kind, now = str(record.msg), time.monotonic()
        if now - self._told.get(kind, -_SECONDS) < _SECONDS:
            self._left_out[kind] = self._left_out.get(kind, 0) + 1
            return
        self._told[kind] = now
        log.warning("kafka client", said=record.getMessage(), left_out=self._left_out.pop(kind, 0))


def quieten() -> None:
    """Idempotent. The loggers of the library are its own: nothing else of this process is changed."""
    logger = logging.getLogger("aiokafka")
    if not any(isinstance(handler, Rarely) for handler in logger.handlers):
        logger.addHandler(Rarely())
        logger.propagate = False
