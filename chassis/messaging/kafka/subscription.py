"""One member of a consumer group on Kafka: hands over batches, commits after the handler, gives way to a rebalance.

aiokafka counts the time between two polls as well and leaves the group when it gets too long, which for a handler that
waits for the database would be a rebalance for ever. We turn that off: a member lives by its heartbeats, and how long
an attempt may take is the worker's to say.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import CommitFailedError, IllegalStateError

from chassis.messaging.kafka.address import KafkaAddress
from chassis.messaging.kafka.client import is_away, record_of
from chassis.messaging.ports import BatchHandler
from chassis.telemetry.metrics import log

_HEARTBEAT_MILLISECONDS = 1_000
_SESSION_MILLISECONDS = 10_000  # a killed member's partitions come to the others after this
_STATIC_SESSION_MILLISECONDS = 30_000  # a member of a fixed name may be back by then
_FINISH_SECONDS = 20  # of a running handler when the group changes; all members wait for it
_REBALANCE_MILLISECONDS = 30_000
_REQUEST_MILLISECONDS = 40_000  # joining is one request that may take as long as a rebalance
_BACKOFF_MILLISECONDS = 250
_FOR_EVER_MILLISECONDS = 2**31 - 1
_METADATA_MILLISECONDS = 10_000  # a topic that was lost and made again is read after this
_POLL_MILLISECONDS = 1_000
_CLOSE_SECONDS = 5
_FETCH_BYTES = 16 << 20
_BATCH_BYTES = 16 << 20
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0


class _OfHandler(Exception):
    """What the handler raised, carried past those who answer what Kafka raises."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """`run` it once; it lives through everything Kafka does."""

    def __init__(
        self, address: KafkaAddress, topic: str, group: str, member: str, handle: BatchHandler, max_records: int
    ) -> None:
        self._address, self._topic, self._group, self._member = address, topic, group, member
        self._handle, self._max_records = handle, max_records
        self._ahead: list[ConsumerRecord] = []  # fetched, and not yet handed over
        self._limit = asyncio.timeout(None)
        self._is_idle = asyncio.Event()
        self._is_idle.set()
        self.has_joined = False

    def is_of(self, topic: str, group: str) -> bool:
        return (self._topic, self._group) == (topic, group)

    async def run(self, make_topic: Callable[[str], Awaitable[None]]) -> None:
        """Until cancelled, or the handler raises, which is raised here."""
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                await make_topic(self._topic)
                await self._be_member()
            except _OfHandler as ended:
                raise ended.error from None
            except Exception as error:
                if not is_away(error):
                    raise
                self._warn("event log away", error)
                pause = _FIRST_PAUSE_SECONDS if self.has_joined else min(pause * 2, _LONGEST_PAUSE_SECONDS)
            self.has_joined = False
            await asyncio.sleep(pause)

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self.has_joined = True

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Kafka waits for this: the batch is finished and committed while it is ours, or dropped when it takes long."""
        self._ahead.clear()
        if not self._is_idle.is_set():
            self._limit.reschedule(asyncio.get_running_loop().time() + _FINISH_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(_FINISH_SECONDS + _CLOSE_SECONDS):
                    await self._is_idle.wait()

    async def _be_member(self) -> None:
        consumer = self._consumer()
        try:
            consumer.subscribe([self._address.topic(self._topic)], listener=self)
            await consumer.start()
            while True:
                if batch := await self._next_batch(consumer):
                    await self._hand_over(consumer, batch)
        finally:
            self._ahead.clear()
            await _stop(consumer)

    async def _next_batch(self, consumer: AIOKafkaConsumer) -> list[ConsumerRecord]:
        if not self._ahead:
            found = await consumer.getmany(timeout_ms=_POLL_MILLISECONDS, max_records=self._max_records)
            self._ahead = [record for records in found.values() for record in records]
        batch = self._ahead[: fitting([len(record.value or b"") for record in self._ahead], _BATCH_BYTES)]
        del self._ahead[: len(batch)]
        return batch

    async def _hand_over(self, consumer: AIOKafkaConsumer, batch: Sequence[ConsumerRecord]) -> None:
        self._is_idle.clear()
        try:
            async with asyncio.timeout(None) as self._limit:
                await self._handle_and_commit(consumer, batch)
        except Exception:
            if not self._limit.expired():
                raise
            self._warn("batch dropped for a rebalance", None)
        finally:
            self._is_idle.set()

    async def _handle_and_commit(self, consumer: AIOKafkaConsumer, batch: Sequence[ConsumerRecord]) -> None:
        try:
            await self._handle([record_of(record, self._topic) for record in batch])
        except Exception as error:
            raise _OfHandler(error) from error
        try:
            await consumer.commit({TopicPartition(one.topic, one.partition): one.offset + 1 for one in batch})
        except (CommitFailedError, IllegalStateError) as error:
            self._warn("batch not committed", error)  # the partition is another's now: its records come to it again

    def _consumer(self) -> AIOKafkaConsumer:
        session = _STATIC_SESSION_MILLISECONDS if self._member else _SESSION_MILLISECONDS
        return AIOKafkaConsumer(
            **self._address.options,
            group_id=self._address.group(self._topic, self._group),
            group_instance_id=self._member or None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=session,
            heartbeat_interval_ms=_HEARTBEAT_MILLISECONDS,
            rebalance_timeout_ms=_REBALANCE_MILLISECONDS,
            request_timeout_ms=_REQUEST_MILLISECONDS,
            retry_backoff_ms=_BACKOFF_MILLISECONDS,
            max_poll_interval_ms=_FOR_EVER_MILLISECONDS,
            metadata_max_age_ms=_METADATA_MILLISECONDS,
            fetch_max_bytes=_FETCH_BYTES,
        )

    def _warn(self, what: str, error: Exception | None) -> None:
        log.warning(what, topic=self._topic, group=self._group, error=type(error).__name__ if error else "")


def fitting(sizes: Sequence[int], most: int) -> int:
    """How many from the front fit together; the first always does."""
    total = 0
    for number, size in enumerate(sizes):
        total += size
        if total > most and number:
            return number
    return len(sizes)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """Out of the group, in an orderly way if Kafka still answers; else it goes on behind us until its own limits."""
    task = asyncio.create_task(consumer.stop())
    _stopping.add(task)
    task.add_done_callback(_stopped)
    await asyncio.wait({task}, timeout=_CLOSE_SECONDS)


_stopping: set["asyncio.Task[None]"] = set()


def _stopped(task: "asyncio.Task[None]") -> None:
    _stopping.discard(task)
    if not task.cancelled():
        task.exception()
