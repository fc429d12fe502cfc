"""The event log on Apache Kafka 2.4 or later: topics, partitions and consumer groups are Kafka's own."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chassis.messaging.kafka.address import KafkaAddress, kafka_address
from chassis.messaging.kafka.admin import Cluster
from chassis.messaging.kafka.client import message_of, quieten, translated
from chassis.messaging.kafka.producer import Producer
from chassis.messaging.kafka.subscription import Subscription
from chassis.messaging.limits import refuse_too_large
from chassis.messaging.ports import BatchHandler, Event


@asynccontextmanager
async def kafka_log(address: str, partitions: int, member: str) -> AsyncIterator["KafkaLog"]:
    """Connects only when it is used: uploads go on and a process may start while Kafka is away.

    Topics get so many partitions when they are first used. `member` names this process in its groups for good (static
    membership): one that is back within half a minute finds its partitions; empty: any process. Raises SettingsError.
    """
    quieten()
    opened = KafkaLog(kafka_address(address), partitions, member)
    try:
        yield opened
    finally:
        await opened.close()


class KafkaLog:
    """EventLog on Kafka."""

    def __init__(self, address: KafkaAddress, partitions: int, member: str) -> None:
        self._address, self._member = address, member
        self._cluster = Cluster(address, partitions)
        self._producer = Producer(address.options)
        self._subscriptions: set[Subscription] = set()

    async def append(self, topic: str, events: Sequence[Event]) -> None:
        refuse_too_large(topic, events)
        if not events:
            return
        with translated():
            await self._cluster.make_topic(topic)
            try:
                await self._producer.send(self._address.topic(topic), [message_of(event) for event in events])
            except Exception:
                self._cluster.forget(topic)  # perhaps it is gone
                raise

    async def subscribe(self, topic: str, group: str, handle: BatchHandler, *, max_records: int = 100) -> None:
        subscription = Subscription(self._address, topic, group, self._member, handle, max_records)
        self._subscriptions.add(subscription)
        try:
            await subscription.run(self._cluster.make_topic)
        finally:
            self._subscriptions.discard(subscription)

    def has_joined(self, topic: str, group: str) -> bool:
        return any(one.has_joined for one in self._subscriptions if one.is_of(topic, group))

    async def lag(self, topic: str, group: str) -> int:
        with translated():
            return await self._cluster.lag(topic, group)

    async def check(self) -> None:
        with translated():
            await self._cluster.check()

    async def close(self) -> None:
        await self._producer.close()
        await self._cluster.close()
