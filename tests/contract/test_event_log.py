"""Everything the event log promises, on each of its homes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

import pytest

from chassis.errors import EventTooLarge
from chassis.messaging.ports import MAX_EVENT_BYTES, MAX_HEADER_BYTES, Event, EventLog, Record
from tests.contract.conftest import PARTITIONS, OpenLog
from tests.contract.groups import has_caught_up, member_of, numbered
from tests.waiting import until


async def everything(log: EventLog, topic: str, count: int) -> list[Record]:
    """What a new group gets to see."""
    async with member_of(log, topic, "everything") as member:
        await until(lambda: len(member.records) >= count, what=f"{count} records")
    return member.records


async def test_keeps_the_order_of_one_key(event_log: EventLog, topic: str) -> None:
    for start in range(0, 60, 20):
        await event_log.append(topic, [Event(f"key {n % 5}", b"%d" % n) for n in range(start, start + 20)])
    of_key: dict[str, list[int]] = defaultdict(list)
    for record in await everything(event_log, topic, 60):
        of_key[record.key].append(int(record.value))
    assert of_key == {f"key {k}": [n for n in range(60) if n % 5 == k] for k in range(5)}


async def test_keeps_one_key_in_one_partition(event_log: EventLog, open_log: OpenLog, topic: str) -> None:
    await event_log.append(topic, numbered(5, key="one"))
    async with open_log() as other:
        await other.append(topic, numbered(5, key="one"))
    assert len({record.partition for record in await everything(event_log, topic, 10)}) == 1


async def test_hands_a_partition_over_in_order_without_gaps(event_log: EventLog, open_log: OpenLog, topic: str) -> None:
    async def append(log: EventLog) -> None:
        for _ in range(5):
            await log.append(topic, numbered(10))

    async with open_log() as other, member_of(event_log, topic, "group") as member:
        await asyncio.gather(*(append(log) for log in (event_log, other) * 4))
        await until(lambda: len(member.records) >= 400, what="400 records")
    offsets: dict[int, list[int]] = defaultdict(list)
    for record in member.records:
        offsets[record.partition].append(record.offset)
    assert all(found == list(range(found[0], found[0] + len(found))) for found in offsets.values())


async def test_spreads_keys_over_partitions(event_log: EventLog, topic: str) -> None:
    await event_log.append(topic, numbered(100))
    assert {r.partition for r in await everything(event_log, topic, 100)} == set(range(PARTITIONS))


async def test_every_group_sees_every_record(event_log: EventLog, topic: str) -> None:
    async with member_of(event_log, topic, "a") as a, member_of(event_log, topic, "b") as b:
        await event_log.append(topic, numbered(30))
        await until(lambda: len(a.records) >= 30 and len(b.records) >= 30, what="30 records in each group")
    assert sorted(a.values) == sorted(b.values) == sorted(event.value for event in numbered(30))


async def test_a_new_group_starts_at_the_beginning(event_log: EventLog, topic: str) -> None:
    await event_log.append(topic, numbered(10))
    await everything(event_log, topic, 10)
    async with member_of(event_log, topic, "late") as late:
        await until(lambda: len(late.records) >= 10, what="10 records")
    assert sorted(late.values) == sorted(event.value for event in numbered(10))


async def test_keys_headers_and_binary_values_survive(event_log: EventLog, topic: str) -> None:
    event = Event("1.2.3 폐렴 ❤", bytes(range(256)), {"type": "rcdm.v1.Test", "이유": "빈 값", "empty": ""})
    await event_log.append(topic, [event])
    [record] = await everything(event_log, topic, 1)
    assert (record.topic, record.key, record.value, dict(record.headers)) == (
        topic,
        event.key,
        event.value,
        event.headers,
    )


async def test_control_characters_in_keys_and_headers_survive(event_log: EventLog, topic: str) -> None:
    event = Event("a\x00b\n", b"", {"\x00": "\x00\u2028"})
    await event_log.append(topic, [event])
    [record] = await everything(event_log, topic, 1)
    assert (record.key, record.value, dict(record.headers)) == (event.key, b"", event.headers)


async def test_an_empty_batch_is_nothing(event_log: EventLog, topic: str) -> None:
    await event_log.append(topic, [])
    assert await event_log.lag(topic, "group") == 0


async def test_refuses_a_too_large_event_and_keeps_nothing_of_the_call(event_log: EventLog, topic: str) -> None:
    with pytest.raises(EventTooLarge):
        await event_log.append(topic, [Event("a", b"fits"), Event("b", bytes(MAX_EVENT_BYTES + 1))])
    assert await event_log.lag(topic, "group") == 0


async def test_refuses_too_large_headers_and_keeps_nothing_of_the_call(event_log: EventLog, topic: str) -> None:
    with pytest.raises(EventTooLarge):
        await event_log.append(topic, [Event("a", b"fits"), Event("b", b"", {"c": "d" * MAX_HEADER_BYTES})])
    assert await event_log.lag(topic, "group") == 0


async def test_keeps_the_largest_event(event_log: EventLog, topic: str) -> None:
    headers = {"reason": "\xff" * (MAX_HEADER_BYTES // 2 - 4)}
    await event_log.append(topic, [Event("a", b"\xff" * MAX_EVENT_BYTES, headers)])
    [record] = await everything(event_log, topic, 1)
    assert (len(record.value), dict(record.headers)) == (MAX_EVENT_BYTES, headers)


async def test_an_empty_key_is_a_key(event_log: EventLog, topic: str) -> None:
    await event_log.append(topic, [Event("", b"%d" % number) for number in range(20)])
    records = await everything(event_log, topic, 20)
    assert [record.value for record in records] == [b"%d" % number for number in range(20)]
    assert {record.key for record in records} == {""}


async def test_a_batch_of_large_records_is_bounded_in_bytes(event_log: EventLog, topic: str) -> None:
    for _ in range(3):
        await event_log.append(topic, [Event(f"key {number}", bytes(800_000)) for number in range(10)])
    async with member_of(event_log, topic, "group", max_records=500) as member:
        await until(lambda: len(member.records) >= 30, what="30 records")
    assert max(sum(len(record.value) for record in batch) for batch in member.batches) <= 16 << 20


async def test_counts_what_a_group_has_not_committed(event_log: EventLog, topic: str) -> None:
    await event_log.append(topic, numbered(7))
    before = await event_log.lag(topic, "group")
    async with member_of(event_log, topic, "group"):
        await has_caught_up(event_log, topic, "group")
    await event_log.append(topic, numbered(3))
    assert (before, await event_log.lag(topic, "group")) == (7, 3)


async def test_wakes_a_waiting_subscriber_within_a_second(event_log: EventLog, open_log: OpenLog, topic: str) -> None:
    async with open_log() as other, member_of(event_log, topic, "group") as member:
        await event_log.append(topic, numbered(1))
        await until(lambda: len(member.records) == 1, what="the first record")
        started = time.monotonic()
        await other.append(topic, numbered(1))
        await until(lambda: len(member.records) == 2, what="the second record")
    assert time.monotonic() - started < 1


async def test_respects_the_size_of_a_batch(event_log: EventLog, topic: str) -> None:
    await event_log.append(topic, numbered(50))
    async with member_of(event_log, topic, "group", max_records=7) as member:
        await until(lambda: len(member.records) >= 50, what="50 records")
    assert max(len(batch) for batch in member.batches) <= 7


async def test_uncommitted_records_come_again(event_log: EventLog, topic: str) -> None:
    await event_log.append(topic, numbered(5, key="one"))
    async with member_of(event_log, topic, "group") as slow:
        slow.gate.clear()
        await until(lambda: bool(slow.records), what="the first batch")
    async with member_of(event_log, topic, "group") as next_one:
        await until(lambda: len(next_one.records) >= 5, what="the same records")
    assert next_one.values == [event.value for event in numbered(5)]


async def test_committed_records_do_not_come_again(event_log: EventLog, open_log: OpenLog, topic: str) -> None:
    await event_log.append(topic, numbered(5, key="one"))
    async with member_of(event_log, topic, "group"):
        await has_caught_up(event_log, topic, "group")
    await event_log.append(topic, [Event("one", b"new")])
    async with open_log() as restarted, member_of(restarted, topic, "group") as member:
        await until(lambda: bool(member.records), what="the new record")
    assert member.values == [b"new"]


async def test_what_the_handler_raises_ends_the_subscription_uncommitted(event_log: EventLog, topic: str) -> None:
    async def fail(_: Sequence[Record]) -> None:
        raise ZeroDivisionError("ours")

    await event_log.append(topic, numbered(5))
    with pytest.raises(ZeroDivisionError, match="ours"):
        async with asyncio.timeout(10):
            await event_log.subscribe(topic, "group", fail)
    assert await event_log.lag(topic, "group") == 5


async def test_a_connection_error_of_the_handler_is_the_handlers(event_log: EventLog, topic: str) -> None:
    async def fail(_: Sequence[Record]) -> None:
        raise ConnectionResetError("of something the handler uses")

    await event_log.append(topic, numbered(1))
    with pytest.raises(ConnectionResetError):
        async with asyncio.timeout(10):
            await event_log.subscribe(topic, "group", fail)


async def test_is_reachable(event_log: EventLog) -> None:
    await event_log.check()
