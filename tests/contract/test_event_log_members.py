"""What the event log promises to the members of a group, on each of its homes."""

import asyncio
from contextlib import AsyncExitStack

from chassis.messaging.ports import Event, EventLog
from tests.contract.conftest import PARTITIONS, OpenLog
from tests.contract.groups import Member, ProcessMember, has_caught_up, member_of, numbered
from tests.waiting import until


async def test_members_share_the_partitions(event_log: EventLog, open_log: OpenLog, topic: str) -> None:
    async with open_log() as other, member_of(event_log, topic, "g") as a, member_of(other, topic, "g") as b:
        await _until_shared(event_log, topic, a, b)
        a.batches.clear()
        b.batches.clear()
        await event_log.append(topic, numbered(100))
        await until(lambda: len(a.records) + len(b.records) >= 100, what="100 records")
    assert (len(a.partitions), len(b.partitions), a.partitions & b.partitions) == (2, 2, set())


async def test_a_dead_members_partitions_come_to_the_others(event_log: EventLog, topic: str) -> None:
    async with member_of(event_log, topic, "g") as survivor:
        async with member_of(event_log, topic, "g") as leaver:
            await _until_shared(event_log, topic, survivor, leaver)
        survivor.batches.clear()
        await event_log.append(topic, numbered(40))
        await until(lambda: len(survivor.partitions) == PARTITIONS, seconds=5, what="all partitions with the survivor")


async def test_a_killed_members_records_come_to_the_others(
    event_log: EventLog, log_address: tuple[str, str], topic: str
) -> None:
    """C7: killed in the middle of a batch, nothing is lost and the others go on within fifteen seconds."""
    await event_log.append(topic, [*numbered(20, key="one"), Event("one", b"hang")])
    victim = ProcessMember(*log_address, topic, "g")
    try:
        assert len(await victim.lines(21)) == 21
        async with member_of(event_log, topic, "g") as survivor:
            victim.kill()
            await until(lambda: b"hang" in survivor.values, seconds=15, what="the victim's records")
    finally:
        victim.kill()
    assert survivor.values == [event.value for event in numbered(20)] + [b"hang"]


async def test_a_slow_handler_keeps_its_partitions(event_log: EventLog, open_log: OpenLog, topic: str) -> None:
    async with open_log() as other, member_of(event_log, topic, "g") as slow:
        await event_log.append(topic, numbered(1, key="one"))
        slow.gate.clear()
        await until(lambda: bool(slow.records), what="the first batch")
        async with member_of(other, topic, "g") as fresh:
            await asyncio.sleep(2.5)  # longer than any tick of membership: nothing may happen meanwhile
            assert fresh.values == []
            slow.gate.set()
            await has_caught_up(event_log, topic, "g")
    assert (slow.values, fresh.values) == ([b"0"], [])


async def test_members_come_and_go_and_nothing_is_lost(event_log: EventLog, topic: str) -> None:
    """C12: a storm of members."""
    sender = asyncio.create_task(_send_slowly(event_log, topic, 300))
    async with member_of(event_log, topic, "g", max_records=10) as steady:
        passing = [await _pass_by(event_log, topic, sender) for _ in range(4)]
        await sender
        await has_caught_up(event_log, topic, "g")
    seen = [value for member in (steady, *passing) for value in member.values]
    assert set(seen) == {b"%d" % number for number in range(300)}


async def _pass_by(log: EventLog, topic: str, sender: "asyncio.Task[None]") -> Member:
    async with member_of(log, topic, "g", max_records=10) as passing:
        await until(lambda: len(passing.records) > 5 or sender.done(), what="a share")
    return passing


async def _until_shared(log: EventLog, topic: str, a: Member, b: Member) -> None:
    """Both members get records now, and each of half of the partitions."""

    async def shared() -> bool:
        a.batches.clear()
        b.batches.clear()
        await log.append(topic, numbered(20))
        await has_caught_up(log, topic, "g")
        return len(a.partitions) == len(b.partitions) == PARTITIONS // 2

    await until(shared, seconds=10, what="a fair share")


async def _send_slowly(log: EventLog, topic: str, count: int) -> None:
    for number in range(count):
        await log.append(topic, [Event(f"key {number % 40}", b"%d" % number)])
        await asyncio.sleep(0.005)


async def test_tells_whether_it_has_joined_a_group(event_log: EventLog, open_log: OpenLog, topic: str) -> None:
    """C24: ready means that the consumer is a member, with or without a partition."""
    assert not event_log.has_joined(topic, "g")
    async with AsyncExitStack() as stack:
        logs = [await stack.enter_async_context(open_log()) for _ in range(PARTITIONS + 1)]
        for log in logs:
            await stack.enter_async_context(member_of(log, topic, "g"))
        await until(lambda: all(log.has_joined(topic, "g") for log in logs), what="all are members")
        assert not any(log.has_joined(topic, "other") or log.has_joined("other", "g") for log in (event_log, *logs))
        assert not event_log.has_joined(topic, "g")
    assert not any(log.has_joined(topic, "g") for log in logs)
