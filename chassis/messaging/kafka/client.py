"""A Kafka client: opened when first needed, given up after any failure, with its records, errors and warnings as ours.

While Kafka is away its library warns several times a second; the log takes a few of these.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiokafka import ConsumerRecord
from aiokafka import errors as kafka

from chassis.errors import Unavailable
from chassis.messaging.ports import Event, Record
from chassis.telemetry.metrics import log

C = TypeVar("C")

_OPEN_SECONDS = 5
_CLOSE_SECONDS = 5

_SECONDS = 30.0

_RIGHTS = (
    kafka.TopicAuthorizationFailedError,
    kafka.GroupAuthorizationFailedError,
    kafka.ClusterAuthorizationFailedError,
)
_SIZE = (kafka.MessageSizeTooLargeError, kafka.RecordTooLargeError, kafka.RecordListTooLargeError)


class LazyClient(Generic[C]):
    """The process starts and lives without Kafka; what failed once (fenced, other brokers now) is never used again."""

    def __init__(self, opened: Callable[[], Awaitable[C]], close: Callable[[C], Awaitable[None]]) -> None:
        self._open, self._close = opened, close
        self._client: C | None = None
        self._opening = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def use(self, seconds: float) -> AsyncIterator[C]:
        """Raises what opening and the block raise, and TimeoutError when both took longer than `seconds`."""
        deadline = asyncio.get_running_loop().time() + seconds
        async with asyncio.timeout_at(deadline):
            client = await self._opened()
        try:
            async with asyncio.timeout_at(deadline):
                yield client
        except Exception:
            self._give_up(client)
            raise

    async def close(self) -> None:
        if self._client is not None:
            self._give_up(self._client)
        if self._closing:
            _, late = await asyncio.wait(self._closing, timeout=_CLOSE_SECONDS)
            for task in late:
                task.cancel()

    async def _opened(self) -> C:
        async with asyncio.timeout(_OPEN_SECONDS), self._opening:
            if self._client is None:
                self._client = await self._open()
            return self._client

    def _give_up(self, client: C) -> None:
        if self._client is client:
            self._client = None
            # Nobody waits for a goodbye to somebody who may not answer.
            task = asyncio.create_task(self._close_quietly(client))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _close_quietly(self, client: C) -> None:
        with suppress(Exception):
            await self._close(client)


@dataclass(frozen=True)
class Message:
    """An event, encoded."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


def message_of(event: Event) -> Message:
    headers = [(name, text.encode("utf-8", "surrogatepass")) for name, text in event.headers.items()]
    return Message(event.key.encode("utf-8", "surrogatepass"), event.value, headers)


def size_of(message: Message) -> int:
    """Bytes, near enough to count what is on its way."""
    return len(message.key) + len(message.value) + sum(len(name) + len(text) for name, text in message.headers)


def record_of(found: ConsumerRecord, topic: str) -> Record:
    """Total: what others wrote, without a key for instance, must not stop the partition."""
    headers = {name: _text(text) for name, text in found.headers}
    return Record(topic, found.partition, found.offset, _text(found.key), found.value or b"", headers)


def _text(encoded: bytes | None) -> str:
    try:
        return (encoded or b"").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return (encoded or b"").decode("utf-8", "replace")


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


@contextmanager
def translated() -> Iterator[None]:
    """Raises Unavailable for what is_away, everything else as it is."""
    try:
        yield
    except Exception as error:
        if not is_away(error):
            raise
        raise unavailable(error) from error


def is_away(error: BaseException) -> bool:
    """Whether Kafka, or what lies between, is the reason: OSError includes TLS, TimeoutError our own bounds."""
    return isinstance(error, kafka.KafkaError | OSError | TimeoutError)


def unavailable(error: BaseException) -> Unavailable:
    """Says what an operator can do where there is something to do."""
    if isinstance(error, _RIGHTS):
        return Unavailable("Kafka does not let the user of RCDM_EVENTS do this; grant it on the topics and groups.")
    if isinstance(error, _SIZE):
        return Unavailable("Kafka's topic takes no events of 1 MB; raise its max.message.bytes to 1048588.")
    # A wrong password, too: aiokafka says only in its log why it found no broker.
    return Unavailable("Kafka does not answer, or does not let us in.")
