"""What only the log on PostgreSQL has to show: restarts, retention, fair reading and fair shares."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.db.embedded.server import embedded_postgres
from chassis.errors import Unavailable
from chassis.messaging.ports import Event, Record
from chassis.messaging.postgres.log import PostgresLog, postgres_log
from chassis.messaging.postgres.schema import TopicRow, find_topic, make_group, trim
from chassis.messaging.postgres.subscription import Subscription, fair_ranges, share_of
from tests.waiting import until

PARTITIONS = 2
NO_TIME = timedelta(0)


class Seen:
    """A handler that remembers."""

    def __init__(self) -> None:
        self.batches: list[list[Record]] = []

    @property
    def values(self) -> list[bytes]:
        return [record.value for batch in self.batches for record in batch]

    async def handle(self, records: Sequence[Record]) -> None:
        self.batches.append(list(records))


@pytest.fixture
async def log(database: str) -> AsyncIterator[PostgresLog]:
    async with postgres_log(database, PARTITIONS) as opened:
        yield opened


@pytest.fixture
async def connection(database: str) -> AsyncIterator["asyncpg.Connection"]:
    opened = await asyncpg.connect(database)
    yield opened
    await opened.close()


async def numbered(log: PostgresLog, count: int) -> None:
    await log.append("topic", [Event(f"key {number}", b"%d" % number) for number in range(count)])


async def caught_up(log: PostgresLog, group: str) -> Seen:
    seen = Seen()
    task = asyncio.create_task(log.subscribe("topic", group, seen.handle))

    async def done() -> bool:
        return await log.lag("topic", group) == 0

    await until(done)
    task.cancel()
    await asyncio.wait([task])
    return seen


async def test_survives_a_restart_of_postgresql(tmp_path: Path) -> None:
    """C3, C4: appending says that the log is away, subscribing waits for it."""
    seen = Seen()
    async with AsyncExitStack() as stack:
        async with _server(tmp_path) as dsn:
            log = await stack.enter_async_context(postgres_log(dsn, PARTITIONS))
            task = asyncio.create_task(log.subscribe("topic", "group", seen.handle))
            stack.callback(task.cancel)
            await numbered(log, 1)
            await until(lambda: len(seen.values) == 1)
        with pytest.raises(Unavailable):
            await numbered(log, 1)
        with pytest.raises(Unavailable):
            await log.check()
        async with _server(tmp_path):
            await log.append("topic", [Event("key 0", b"after")])
            await until(lambda: b"after" in seen.values)
            assert not task.done()


async def test_asks_again_every_second_however_long_it_was_away(tmp_path: Path) -> None:
    """C4: who waits for records is not held up by a pause that grew while the log was away."""
    asked = 0

    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        writer.close()

    async with await asyncio.start_unix_server(refuse, tmp_path / ".s.PGSQL.5432"):
        away = Subscription(f"postgresql://rcdm@/rcdm?host={tmp_path}", TopicRow(1, "topic", PARTITIONS), "group", 10)
        waiting = asyncio.create_task(away.next_batch())
        await until(lambda: asked >= 9, 20, "the ninth question")  # with pauses that double, after 25 s
        waiting.cancel()
        await asyncio.wait([waiting])


@asynccontextmanager
async def _server(data: Path) -> AsyncIterator[str]:
    """At an address that stays the same over a restart."""
    async with embedded_postgres(data, settings={"fsync": "off"}) as dsn:
        link = data / "postgres/run"
        yield dsn.replace(str(link.readlink()), str(link))


async def test_opening_without_postgresql_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        async with postgres_log(f"postgresql://rcdm@/rcdm?host={tmp_path}", PARTITIONS):
            pass


async def test_many_processes_may_open_an_empty_database_at_once(database: str) -> None:
    async def open_and_append() -> None:
        async with postgres_log(database, PARTITIONS) as log:
            await numbered(log, 5)

    await asyncio.gather(*(open_and_append() for _ in range(5)))
    async with postgres_log(database, PARTITIONS) as log:
        assert await log.lag("topic", "group") == 25


async def test_a_topic_keeps_the_partitions_it_was_made_with(database: str, log: PostgresLog) -> None:
    await numbered(log, 10)
    async with postgres_log(database, 7) as other:
        await numbered(other, 10)
    seen = await caught_up(log, "group")
    assert len(seen.values) == 20


async def test_lets_go_of_what_every_group_has_committed(log: PostgresLog, connection: "asyncpg.Connection") -> None:
    await numbered(log, 10)
    await caught_up(log, "fast")
    topic = await find_topic(connection, "topic")
    assert topic is not None
    await make_group(connection, topic, "slow")
    kept = "SELECT count(*) FROM log.record"
    await trim(connection, topic, NO_TIME)
    assert await connection.fetchval(kept) == 10, "the slow group has not read them"
    await caught_up(log, "slow")
    await trim(connection, topic, timedelta(days=7))
    assert await connection.fetchval(kept) == 10, "they are young"
    await trim(connection, topic, NO_TIME)
    assert await connection.fetchval(kept) == 0


async def test_goes_on_after_what_was_let_go(log: PostgresLog, connection: "asyncpg.Connection") -> None:
    await numbered(log, 10)
    first = await caught_up(log, "group")
    topic = await find_topic(connection, "topic")
    assert topic is not None
    await trim(connection, topic, NO_TIME)
    await log.append("topic", [Event("key 1", b"new")])
    assert await log.lag("topic", "new group") == 1
    [[late]] = (await caught_up(log, "new group")).batches
    assert late.offset == 1 + max(r.offset for batch in first.batches for r in batch if r.partition == late.partition)


async def test_a_topic_without_groups_keeps_everything(log: PostgresLog, connection: "asyncpg.Connection") -> None:
    await numbered(log, 10)
    topic = await find_topic(connection, "topic")
    assert topic is not None
    await trim(connection, topic, NO_TIME)
    assert len((await caught_up(log, "group")).values) == 10


async def test_a_batch_has_at_most_sixteen_mebibytes(log: PostgresLog) -> None:
    for _ in range(4):
        await log.append("topic", [Event("one", bytes(800_000))] * 10)
    seen = await caught_up(log, "group")
    assert len(seen.values) == 40
    assert max(sum(len(record.value) for record in batch) for batch in seen.batches) <= 16 << 20


@given(st.lists(st.integers(1, 500), max_size=20), st.integers(1, 300), st.integers(0, 50))
def test_reading_takes_all_there_is_up_to_the_most_and_starves_nobody(sizes: list[int], most: int, turn: int) -> None:
    waiting = [(number, 7, 7 + size) for number, size in enumerate(sizes)]
    ranges = fair_ranges(waiting, most, turn)
    taken = {partition: past - first for partition, first, past in ranges}
    assert sum(taken.values()) == min(sum(sizes), most)
    assert all(take <= sizes[partition] for partition, take in taken.items())
    assert most < len(sizes) or set(taken) == set(range(len(sizes)))


@given(st.integers(1, 300), st.integers(1, 300))
def test_shares_differ_by_one_at_most_and_make_up_the_whole(members: int, partitions: int) -> None:
    shares = [share_of(rank, members, partitions) for rank in range(members)]
    assert sum(shares) == partitions
    assert max(shares) - min(shares) <= 1
