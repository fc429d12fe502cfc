"""C12: a storm of members on Kafka, under load: nothing is lost, and little is handled twice."""

import asyncio
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, suppress

import pytest

from chassis.messaging.kafka.log import KafkaLog, kafka_log
from chassis.messaging.ports import Event, Record
from tests.addresses import kafka_address
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

PARTITIONS = 8
KEYS = 60
STORM_SECONDS = 20.0
MOST_TWICE = 0.05


class Storm:
    """Members that come and go, and what they were handed over, all together."""

    def __init__(self, address: str, topic: str) -> None:
        self._address, self._topic = address, topic
        self._members: list[asyncio.Task[None]] = []
        self.handed: Counter[bytes] = Counter()  # in the order of the first time
        self.changes = 0

    async def come(self) -> None:
        self.changes += 1
        self._members.append(asyncio.create_task(self._be_member()))

    async def go(self) -> None:
        self.changes += 1
        leaver = self._members.pop(random.randrange(len(self._members)))
        leaver.cancel()
        with suppress(asyncio.CancelledError):
            await leaver

    async def change(self) -> None:
        """One more or one less, between one and four."""
        if len(self._members) == 1 or (len(self._members) < 4 and random.random() < 0.5):
            await self.come()
        else:
            await self.go()

    async def end(self) -> None:
        while self._members:
            await self.go()

    async def _be_member(self) -> None:
        async with kafka_log(self._address, PARTITIONS, "") as log:
            await log.subscribe(self._topic, "g", self._handle, max_records=20)

    async def _handle(self, records: Sequence[Record]) -> None:
        for record in records:
            self.handed[record.value] += 1
        await asyncio.sleep(0.03)  # so that many who go are in the middle of a batch


@pytest.fixture
async def address() -> str:
    return kafka_address(secrets.token_hex(4))


@pytest.fixture
async def log(address: str) -> AsyncIterator[KafkaLog]:
    async with kafka_log(address, PARTITIONS, "") as opened:
        yield opened


async def send(log: KafkaLog, topic: str, sent: list[bytes]) -> None:
    while True:
        values = [b"%d" % number for number in range(len(sent), len(sent) + 20)]
        await log.append(topic, [Event(f"key {int(value) % KEYS}", value) for value in values])
        sent += values
        await asyncio.sleep(0.05)


async def test_a_storm_of_members_loses_nothing_and_handles_little_twice(
    log: KafkaLog, address: str, topic: str
) -> None:
    """C12"""
    sent: list[bytes] = []
    async with AsyncExitStack() as stack:
        storm = Storm(address, topic)
        stack.push_async_callback(storm.end)
        await storm.come()
        sending = asyncio.create_task(send(log, topic, sent))
        stack.callback(sending.cancel)
        loop = asyncio.get_running_loop()
        end = loop.time() + STORM_SECONDS
        while loop.time() < end:
            await asyncio.sleep(1)
            await storm.change()
        calm = len(storm.handed)
        sending.cancel()
        await asyncio.wait([sending])
        await until(lambda: set(sent) <= set(storm.handed), 40, "everything that was sent")
    twice = sum(storm.handed.values()) - len(storm.handed)
    print(
        f"\n{len(sent)} records, {storm.changes} changes of members, {calm} records handled during the storm, "
        f"{twice} handed over again ({twice / len(sent):.2%})"
    )
    assert twice < MOST_TWICE * len(sent)
    of_key = [[int(value) for value in storm.handed if int(value) % KEYS == key] for key in range(KEYS)]
    assert all(found == sorted(found) for found in of_key)
