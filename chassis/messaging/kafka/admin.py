"""What we ask Kafka about itself: does it answer, is a topic there, how far behind is a group."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    KafkaError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
    for_code,
)

from chassis.messaging.kafka.address import KafkaAddress
from chassis.messaging.kafka.client import LazyClient
from chassis.messaging.ports import MAX_EVENT_BYTES
from chassis.messaging.topics import dead_letters_of

_SECONDS = 15
_CHECK_SECONDS = 3
_REQUEST_MILLISECONDS = 5_000
_PAUSE_SECONDS = 0.2
_DAY_MILLISECONDS = 86_400_000
_KEPT_DAYS = 7
_DEAD_KEPT_DAYS = 90  # somebody has to read the reason, repair, and replay
_ROOM_BYTES = 148_588  # for key, headers and what Kafka puts around a record: together its default of 1 MiB
T = TypeVar("T")


class Cluster:
    """Asked again until the bound as long as the answer is one that passes (a leader or coordinator being chosen)."""

    def __init__(self, address: KafkaAddress, partitions: int) -> None:
        self._address, self._partitions = address, partitions
        self._admin = LazyClient(self._open_admin, lambda admin: admin.close())
        self._offsets = LazyClient(self._open_offsets, lambda consumer: consumer.stop())
        self._topics: set[str] = set()

    async def check(self) -> None:
        await self._ask(lambda admin: admin.describe_topics([]), _CHECK_SECONDS)

    async def make_topic(self, topic: str) -> None:
        """There when it returns; one that was there already is taken as it is."""
        if not await self._has(topic):
            days = _DEAD_KEPT_DAYS if topic.startswith(dead_letters_of("")) else _KEPT_DAYS
            await self._ask(lambda admin: _create(admin, self._address.topic(topic), self._partitions, days))
            self._topics.add(topic)

    def forget(self, topic: str) -> None:
        """It may be gone: looked up again when it is next needed."""
        self._topics.discard(topic)

    async def lag(self, topic: str, group: str) -> int:
        if not await self._has(topic):
            return 0
        partitions = await self._ask(lambda admin: _partitions(admin, self._address.topic(topic)))
        committed = await self._ask(lambda admin: _committed(admin, self._address.group(topic, group), partitions))
        async with self._offsets.use(_SECONDS) as consumer:
            first = await consumer.beginning_offsets(partitions)
            past = await consumer.end_offsets(partitions)
        return sum(past[one] - min(past[one], max(first[one], committed[one])) for one in partitions)

    async def close(self) -> None:
        await self._admin.close()
        await self._offsets.close()

    async def _has(self, topic: str) -> bool:
        # All names are asked for: asking for one that is not there would have the broker make it, its own way.
        if topic not in self._topics and self._address.topic(topic) in await self._ask(
            lambda admin: admin.list_topics()
        ):
            self._topics.add(topic)
        return topic in self._topics

    async def _ask(self, question: Callable[[AIOKafkaAdminClient], Awaitable[T]], seconds: float = _SECONDS) -> T:
        async with self._admin.use(seconds) as admin:
            while True:
                try:
                    return await question(admin)
                except KafkaError as error:
                    if not error.retriable:
                        raise
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _open_admin(self) -> AIOKafkaAdminClient:
        admin = AIOKafkaAdminClient(**self._address.options, request_timeout_ms=_REQUEST_MILLISECONDS)
        try:
            await admin.start()
        except BaseException:
            await admin.close()
            raise
        return admin

    async def _open_offsets(self) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(**self._address.options, request_timeout_ms=_REQUEST_MILLISECONDS)
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer


async def _create(admin: AIOKafkaAdminClient, topic: str, partitions: int, days: int) -> None:
    settings = {"retention.ms": str(days * _DAY_MILLISECONDS), "max.message.bytes": str(MAX_EVENT_BYTES + _ROOM_BYTES)}
    # -1: as many replicas as the broker's operator decided; aiokafka wants the empty assignment beside it.
    wanted = NewTopic(topic, partitions, -1, replica_assignments={}, topic_configs=settings)
    try:
        answer = await admin.create_topics([wanted])
    except AttributeError:  # aiokafka, when the brokers know no controller for the moment
        raise NodeNotReadyError("no controller") from None
    for _, code, *_ in answer.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:  # another process was quicker
            raise for_code(code)(topic)


async def _partitions(admin: AIOKafkaAdminClient, topic: str) -> list[TopicPartition]:
    [described] = await admin.describe_topics([topic])
    if code := described["error_code"]:
        raise for_code(code)(topic)
    return [TopicPartition(topic, one["partition"]) for one in described["partitions"]]


async def _committed(
    admin: AIOKafkaAdminClient, group: str, partitions: list[TopicPartition]
) -> dict[TopicPartition, int]:
    """-1 where the group never committed."""
    answer = await admin.list_consumer_group_offsets(group, partitions=partitions)
    if missing := set(partitions) - set(answer):  # aiokafka reads no error of the whole answer
        raise UnknownTopicOrPartitionError(f"{len(missing)} offsets of {group}")
    return {partition: answer[partition].offset for partition in partitions}
