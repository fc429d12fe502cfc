"""The shape of log lines: one JSON object each for machines, the same words for people, from us and from libraries.

Never an exception's own text, which may quote a name: its type, what was behind it and where.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from chassis.errors import story_of
from chassis.telemetry.tracing import current_trace

_FIRST = ("ts", "level", "event", "service")
Line = MutableMapping[str, Any]


def configure_logging(form: str, service: str) -> None:
    """`form` is "text" for people or "json" for machines, who also get a line per record; both to standard error."""
    machine = form == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        _Named(service),
        _with_trace,
        tell_error,
    ]
    last: list[Any] = [_in_order, structlog.processors.JSONRenderer()] if machine else [_for_people()]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if machine else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[foreign], force=True)
    logging.captureWarnings(True)


class _Named:
    """Says which process a line is of, unless the line does."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: Any, _method: str, line: Line) -> Line:
        line.setdefault("service", self._service)
        return line


def tell_error(_logger: Any, _method: str, line: Line) -> Line:
    """An exception as its story."""
    given = line.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else (given if isinstance(given, tuple) else sys.exc_info())[1]
    if given and error is not None:
        # asyncio writes below its sentence what the task looked like, the error's text included.
        line["event"] = str(line.get("event", "")).partition("\n")[0]
        line.update(story_of(error))
    return line


def _with_trace(_logger: Any, _method: str, line: Line) -> Line:
    if trace := current_trace():
        line["trace_id"] = trace
    return line


def _in_order(_logger: Any, _method: str, line: Line) -> Line:
    return {**{name: line[name] for name in _FIRST if name in line}, **line}


def _for_people() -> Any:
    return structlog.dev.ConsoleRenderer(colors=False, timestamp_key="ts", sort_keys=False)
