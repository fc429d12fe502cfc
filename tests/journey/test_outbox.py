"""The outbox: events leave in the order written, the log being away only makes them wait, twice does no harm."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from chassis.db.database import Database, open_database
from chassis.errors import Unavailable
from chassis.messaging.outbox import Outbox, outbox_ddl
from chassis.messaging.ports import BatchHandler, Event
from chassis.telemetry.metrics import OUTBOX, OUTBOX_AGE
from tests.waiting import until


class Log:
    """A log that can be away, and one that breaks after it took what it was given."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_away = False
        self.breaks_after_taking = False
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.refused_topic = ""
        self.calls: list[tuple[str, int]] = []

    async def append(self, topic: str, events: Sequence[Event]) -> None:
        self.calls.append((topic, len(events)))
        await self.goes_on.wait()
        if topic == self.refused_topic:
            raise Unavailable("Not this topic.")
        if self.is_away:
            raise Unavailable("The log is away.")
        self.taken += [event.key for event in events]
        if self.breaks_after_taking:
            self.breaks_after_taking = False
            raise Unavailable("Nobody knows whether it was kept.")

    async def subscribe(self, topic: str, group: str, handle: BatchHandler, *, max_records: int = 100) -> None: ...

    async def lag(self, topic: str, group: str) -> int:
        return 0

    def has_joined(self, topic: str, group: str) -> bool:
        return False

    async def check(self) -> None: ...


@pytest.fixture
async def opened(database: str) -> AsyncIterator[Database]:
    async with open_database(database) as opened:
        await opened.pool.execute("CREATE SCHEMA ingest")
        await opened.pool.execute(outbox_ddl("ingest"))
        yield opened


async def write(opened: Database, outbox: Outbox, *keys: str, topic: str = "instance.received") -> None:
    async with opened.pool.acquire() as connection, connection.transaction():
        await outbox.write(connection, topic, [Event(key, b"value") for key in keys])
    outbox.wake()


async def is_empty(opened: Database) -> bool:
    return bool(await opened.pool.fetchval("SELECT count(*) = 0 FROM ingest.outbox"))


@asynccontextmanager
async def relaying(outbox: Outbox) -> AsyncIterator[None]:
    task = asyncio.create_task(outbox.relay())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_events_leave_in_the_order_written(opened: Database) -> None:
    log = Log()
    outbox = Outbox("ingest", opened, log)
    async with relaying(outbox):
        for number in range(20):
            await write(opened, outbox, f"{number}a", f"{number}b")
        await until(lambda: len(log.taken) == 40, what="all are sent")
    assert log.taken == [f"{number}{part}" for number in range(20) for part in "ab"]


async def test_the_log_being_away_only_makes_the_outbox_grow(opened: Database) -> None:
    """C4"""
    log = Log()
    log.is_away = True
    outbox = Outbox("ingest", opened, log)
    async with relaying(outbox):
        await write(opened, outbox, "a", "b")
        await asyncio.sleep(0)
        assert await opened.pool.fetchval("SELECT count(*) FROM ingest.outbox") == 2
        log.is_away = False
        outbox.wake()
        await until(lambda: log.taken == ["a", "b"], what="all are sent")


async def test_an_event_may_be_sent_twice_and_never_not(opened: Database) -> None:
    """C6: the relay broke between sending and forgetting."""
    log = Log()
    log.breaks_after_taking = True
    outbox = Outbox("ingest", opened, log)
    async with relaying(outbox):
        await write(opened, outbox, "a")
        await until(lambda: log.taken == ["a", "a"], what="it is sent again")
        await until(lambda: is_empty(opened), what="it is forgotten")


async def test_of_two_relays_one_sends_at_a_time(opened: Database) -> None:
    """Order per key holds with several processes of a service."""
    log = Log()
    one, two = Outbox("ingest", opened, log), Outbox("ingest", opened, log)
    async with relaying(one), relaying(two):
        for number in range(30):
            await write(opened, one if number % 2 else two, str(number))
        await until(lambda: len(log.taken) >= 30, what="all are sent")
    assert log.taken == [str(number) for number in range(30)]


async def test_a_relay_that_stands_still_loses_its_turn(opened: Database) -> None:
    """C6: one hangs between sending and forgetting; another takes over, and what the first wakes to is harmless."""
    standing, log = Log(), Log()
    standing.goes_on.clear()
    outbox = Outbox("ingest", opened, standing, hung_seconds=0.3)
    async with relaying(outbox):
        await write(opened, outbox, "a", "b")
        await until(lambda: bool(standing.calls), what="it holds the turn")
        other = Outbox("ingest", opened, log)
        async with relaying(other):
            await until(lambda: log.taken == ["a", "b"], what="another sends")
            await until(lambda: is_empty(opened), what="and forgets")
            standing.goes_on.set()
            await until(lambda: standing.taken == ["a", "b"], what="the first wakes")
            await write(opened, outbox, "c")
            await until(lambda: "c" in standing.taken + log.taken, what="work goes on")
            await until(lambda: is_empty(opened), what="all is forgotten")


async def test_a_batch_is_one_call_for_each_topic_and_what_was_sent_is_forgotten(opened: Database) -> None:
    """C4: one topic that cannot be written to does not make the others come twice."""
    log = Log()
    log.refused_topic = "instance.refused"
    outbox = Outbox("ingest", opened, log)
    for number in range(5):
        await write(opened, outbox, f"{number}")
        await write(opened, outbox, f"{number}", topic="instance.refused")
    async with relaying(outbox):
        await until(lambda: len(log.calls) >= 2, what="both were tried")
        log.refused_topic = ""
        outbox.wake()
        await until(lambda: is_empty(opened), what="all is sent")
    assert log.calls[:2] == [("instance.received", 5), ("instance.refused", 5)]
    assert log.taken == ["0", "1", "2", "3", "4"] * 2


async def test_the_number_waiting_is_told_whole_while_the_log_is_away(opened: Database) -> None:
    """C26"""
    log = Log()
    log.is_away = True
    outbox = Outbox("ingest", opened, log)
    await write(opened, outbox, *(str(number) for number in range(1_200)))
    async with relaying(outbox):
        await until(lambda: OUTBOX.labels("ingest")._value.get() == 1_200, what="all are counted")
        assert OUTBOX_AGE.labels("ingest")._value.get() > 0
