"""The log on Kafka when its broker is stopped, killed, frozen or emptied: C4 and C5, at the adapter."""

import asyncio
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from chassis.errors import Unavailable
from chassis.messaging.kafka.log import KafkaLog, kafka_log
from chassis.messaging.ports import Event
from deploy.laptop.server import Server
from tests.contract.conftest import PARTITIONS
from tests.contract.groups import member_of
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

BOUND_SECONDS = 17  # fifteen, and something for a busy machine
AGAIN_SECONDS = 60


@pytest.fixture
async def log(broker: Server) -> AsyncIterator[KafkaLog]:
    """Opened before its broker runs, as every process of a cluster may be."""
    async with kafka_log(f"kafka://{broker.address}", PARTITIONS, "") as opened:
        yield opened


async def append(log: KafkaLog, topic: str, *values: int) -> None:
    await log.append(topic, [Event(f"key {value % 7}", b"%d" % value) for value in values])


async def appended(log: KafkaLog, topic: str, *values: int) -> None:
    """As the outbox does: again until it is there."""

    async def is_there() -> bool:
        try:
            await append(log, topic, *values)
        except Unavailable:
            return False
        return True

    await until(is_there, AGAIN_SECONDS, f"{topic} to take {len(values)} events")


async def refused_seconds(log: KafkaLog, topic: str) -> float:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        await append(log, topic, 999)
    return time.monotonic() - started


async def test_everything_goes_on_when_kafka_is_back(broker: Server, log: KafkaLog, topic: str) -> None:
    """C4: appending says that it is away, subscribing waits, neither needs a restart of ours."""
    async with member_of(log, topic, "g") as member:
        assert await refused_seconds(log, topic) < BOUND_SECONDS
        await asyncio.to_thread(broker.start)
        await appended(log, topic, 1)
        await until(lambda: b"1" in member.values, AGAIN_SECONDS, "what was appended first")
        await asyncio.to_thread(broker.stop)
        assert await refused_seconds(log, topic) < BOUND_SECONDS
        with pytest.raises(Unavailable):
            await log.check()
        with pytest.raises(Unavailable):
            await log.lag(topic, "g")
        await asyncio.to_thread(broker.start)
        await appended(log, topic, 2)
        await until(lambda: b"2" in member.values, AGAIN_SECONDS, "what was appended afterwards")
        assert log.has_joined(topic, "g")


async def test_a_broker_that_stands_still_is_away(broker: Server, log: KafkaLog, topic: str) -> None:
    """Its connections are open and nothing answers: what was appended may come, what is appended afterwards must."""
    await asyncio.to_thread(broker.start)
    async with member_of(log, topic, "g") as member:
        await appended(log, topic, 1)
        broker.pause()
        assert await refused_seconds(log, topic) < BOUND_SECONDS
        started = time.monotonic()
        with pytest.raises(Unavailable):
            await log.check()
        assert time.monotonic() - started < 5
        broker.resume()
        await appended(log, topic, 2)
        await until(lambda: b"2" in member.values, AGAIN_SECONDS, "what was appended afterwards")


async def test_what_was_acknowledged_outlives_a_killed_broker_in_order(
    broker: Server, log: KafkaLog, topic: str
) -> None:
    """C4, C6: killed in the middle of appends, again and again; nothing is lost, twice may be, order holds."""
    await asyncio.to_thread(broker.start)
    sent = 0

    async def send() -> None:
        nonlocal sent
        while True:
            await appended(log, topic, *range(sent, sent + 20))
            sent += 20

    sending = asyncio.create_task(send())
    for _ in range(3):
        before = sent
        await until(lambda: sent > before + 200, AGAIN_SECONDS, "events on their way")  # noqa: B023
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
    before = sent
    await until(lambda: sent > before + 20, AGAIN_SECONDS, "events afterwards")
    sending.cancel()
    await asyncio.wait([sending])
    async with member_of(log, topic, "g") as member:
        await until(lambda: len(set(member.values)) >= sent, AGAIN_SECONDS, "all that was acknowledged")
    firsts: dict[str, list[int]] = defaultdict(list)
    for record in member.records:
        if int(record.value) not in firsts[record.key]:
            firsts[record.key].append(int(record.value))
    assert all(found == sorted(found) for found in firsts.values())


async def test_a_broker_that_lost_everything_is_taken_as_it_is(broker: Server, log: KafkaLog, topic: str) -> None:
    """C5: topics are made again with our partitions, groups begin again, no process is restarted."""
    await asyncio.to_thread(broker.start)
    async with AsyncExitStack() as stack:
        member = await stack.enter_async_context(member_of(log, topic, "g"))
        await appended(log, topic, *range(50))
        await until(lambda: len(member.records) >= 50, AGAIN_SECONDS, "50 records")
        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(shutil.rmtree, broker.folder / "data")
        await asyncio.to_thread(broker.start)
        await appended(log, topic, *range(100, 150))
        await until(lambda: b"149" in member.values, 120, "what the new broker has")
        assert {record.partition for record in member.records[50:]} <= set(range(PARTITIONS))


async def test_a_handler_that_waits_keeps_its_partitions(broker: Server, log: KafkaLog, topic: str) -> None:
    """C11: longer than Kafka's session; the database was away, say. Nothing comes twice, nobody joins again."""
    await asyncio.to_thread(broker.start)
    async with member_of(log, topic, "g") as member:
        await appended(log, topic, 1)
        await until(lambda: b"1" in member.values, AGAIN_SECONDS, "the first record")
        member.gate.clear()
        await append(log, topic, 2)
        await until(lambda: b"2" in member.values, AGAIN_SECONDS, "the second record")
        await asyncio.sleep(13)
        member.gate.set()
        await append(log, topic, 3)
        await until(lambda: b"3" in member.values, AGAIN_SECONDS, "the third record")
        assert member.values == [b"1", b"2", b"3"]


async def test_a_handler_that_does_not_end_gives_way_to_a_new_member(broker: Server, log: KafkaLog, topic: str) -> None:
    """C12: its batch is dropped uncommitted and comes to whoever has the partition now; nobody waits for ever."""
    await asyncio.to_thread(broker.start)
    async with member_of(log, topic, "g") as stuck:
        await appended(log, topic, *range(40))
        await until(lambda: len(stuck.records) >= 40, AGAIN_SECONDS, "all records")
        stuck.gate.clear()
        await append(log, topic, *range(100, 140))
        await until(lambda: len(stuck.records) > 40, AGAIN_SECONDS, "a batch that does not end")
        async with kafka_log(f"kafka://{broker.address}", PARTITIONS, "") as other, member_of(other, topic, "g") as new:
            await until(lambda: bool(new.records), 40, "the new member's share")
            stuck.gate.set()
            wanted = {b"%d" % number for number in range(100, 140)}
            await until(lambda: wanted <= {*new.values, *stuck.values}, AGAIN_SECONDS, "all records")


async def test_a_member_of_a_fixed_name_finds_its_partitions_again(broker: Server, topic: str) -> None:
    """Static membership: back within half a minute, nothing moves and the other member notices nothing."""
    await asyncio.to_thread(broker.start)
    address = f"kafka://{broker.address}"
    async with kafka_log(address, PARTITIONS, "pod-0") as zero, member_of(zero, topic, "g") as steady:

        async def caught_up() -> bool:
            return await zero.lag(topic, "g") == 0

        async with kafka_log(address, PARTITIONS, "pod-1") as one, member_of(one, topic, "g") as second:

            async def each_has_its_half() -> bool:
                steady.batches.clear()
                second.batches.clear()
                await appended(zero, topic, *range(40))
                await until(caught_up, AGAIN_SECONDS, "the end of the topic")
                return len(steady.partitions) == len(second.partitions) == PARTITIONS // 2

            await until(each_has_its_half, AGAIN_SECONDS, "two members with a half each")
        steady.batches.clear()
        await append(zero, topic, *range(100, 140))
        async with kafka_log(address, PARTITIONS, "pod-1") as one, member_of(one, topic, "g") as back:
            await until(lambda: len(steady.records) + len(back.records) >= 40, 20, "all records")
            await until(caught_up, AGAIN_SECONDS, "the end of the topic")
        assert (len(steady.partitions), len(back.partitions)) == (PARTITIONS // 2, PARTITIONS // 2)
        assert sorted(steady.values + back.values) == sorted(b"%d" % number for number in range(100, 140))
