"""Events to Kafka: acknowledged by all replicas, in order, none twice by our own retries, never more than fit."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer

from chassis.messaging.kafka.client import LazyClient, Message, size_of

_CONFIRM_SECONDS = 15
_REQUEST_MILLISECONDS = 9_000
_BACKOFF_MILLISECONDS = 250
_BATCH_BYTES = 256 << 10
_IN_FLIGHT_BYTES = 64 << 20


class Producer:
    """One idempotent producer; its retries keep the order of a partition, so one call is one pipelined send."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._client = LazyClient(self._open, _abandon)
        self._room = _Room(_IN_FLIGHT_BYTES)

    async def send(self, topic: str, messages: Sequence[Message]) -> None:
        """Durable when it returns. Raises aiokafka's errors and TimeoutError: then nobody knows what was kept."""
        async with self._client.use(_CONFIRM_SECONDS) as producer, self._room.of(sum(map(size_of, messages))):
            await _send(producer, topic, messages)

    async def close(self) -> None:
        await self._client.close()

    async def _open(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            **self._options,
            acks="all",
            enable_idempotence=True,
            max_batch_size=_BATCH_BYTES,
            request_timeout_ms=_REQUEST_MILLISECONDS,
            retry_backoff_ms=_BACKOFF_MILLISECONDS,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        return producer


async def _send(producer: AIOKafkaProducer, topic: str, messages: Sequence[Message]) -> None:
    futures: list[asyncio.Future[Any]] = []
    try:
        for message in messages:  # waits whenever the partition's batch is full
            futures.append(await producer.send(topic, message.value, message.key, headers=message.headers))
        await asyncio.gather(*futures)
    finally:
        for future in futures:  # nobody waits for them any more, nor hears why they failed
            if not future.cancel() and not future.cancelled():
                future.exception()


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Closed without sending what still waits there: its sender has been told that it was not kept."""
    # aiokafka's own stop() sends it first, minutes later if need be, behind what a new producer sent meanwhile.
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
        await asyncio.wait({sender}, timeout=_REQUEST_MILLISECONDS / 1000 + 1)
    producer._closed = True
    await producer.client.close()


class _Room:
    """Bytes on their way, all calls together; a call larger than the room goes alone."""

    def __init__(self, most: int) -> None:
        self._most, self._taken = most, 0
        self._given = asyncio.Event()

    @asynccontextmanager
    async def of(self, size: int) -> AsyncIterator[None]:
        while self._taken and self._taken + size > self._most:
            self._given.clear()
            await self._given.wait()
        self._taken += size
        try:
            yield
        finally:
            self._taken -= size
            self._given.set()
