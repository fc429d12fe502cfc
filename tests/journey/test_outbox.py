"""The outbox: events leave in the order written, the log being away only makes them wait, twice does no harm."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from chassis.database import Database, open_database
from chassis.errors import Unavailable
from chassis.outbox import Outbox, outbox_ddl
from chassis.ports import BatchHandler, Event
from tests.waiting import until


class Log:
    """A log that can be away, and one that breaks after it took what it was given."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.is_away = False
        self.breaks_after_taking = False

    async def append(self, topic: str, events: Sequence[Event]) -> None:
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


async def write(opened: Database, outbox: Outbox, *keys: str) -> None:
    async with opened.pool.acquire() as connection, connection.transaction():
        await outbox.write(connection, "instance.received", [Event(key, b"value") for key in keys])
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
        await until(lambda: len(log.taken) == 40, 10, "all are sent")
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
        await until(lambda: log.taken == ["a", "b"], 10, "all are sent")


async def test_an_event_may_be_sent_twice_and_never_not(opened: Database) -> None:
    """C6: the relay broke between sending and forgetting."""
    log = Log()
    log.breaks_after_taking = True
    outbox = Outbox("ingest", opened, log)
    async with relaying(outbox):
        await write(opened, outbox, "a")
        await until(lambda: log.taken == ["a", "a"], 10, "it is sent again")
        await until(lambda: is_empty(opened), 10, "it is forgotten")


async def test_of_two_relays_one_sends_at_a_time(opened: Database) -> None:
    """Order per key holds with several processes of a service."""
    log = Log()
    one, two = Outbox("ingest", opened, log), Outbox("ingest", opened, log)
    async with relaying(one), relaying(two):
        for number in range(30):
            await write(opened, one if number % 2 else two, str(number))
        await until(lambda: len(log.taken) >= 30, 10, "all are sent")
    assert log.taken == [str(number) for number in range(30)]
