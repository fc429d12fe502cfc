"""The event log on PostgreSQL: a topic is a table's slice, a consumer group a row with a position."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg

from chassis.messaging.limits import refuse_too_large
from chassis.messaging.ports import BatchHandler, Event
from chassis.messaging.postgres.schema import TopicRow, find_topic, is_away, make_tables, make_topic, unavailable
from chassis.messaging.postgres.subscription import CHANNEL, Subscription

_SECONDS = 15  # a call either ends by then or says that the log is away
_CHECK_SECONDS = 3

# Partitions are locked in one order by everybody, so two appends can wait for each other but never both.
_APPEND = """
WITH locked AS MATERIALIZED (
    SELECT partition FROM log.partition WHERE topic_id = $1 AND partition = ANY($2::int[]) ORDER BY partition FOR UPDATE
), counted AS (
    UPDATE log.partition p SET next_position = p.next_position + added.records
    FROM locked JOIN unnest($2::int[], $3::int[]) AS added (partition, records) USING (partition)
    WHERE p.topic_id = $1 AND p.partition = locked.partition
    RETURNING p.partition, p.next_position - added.records AS first
)
INSERT INTO log.record (topic_id, partition, position, key, headers, value)
SELECT $1, e.partition, counted.first + e.number, e.key, e.headers, e.value
FROM unnest($4::int[], $5::int[], $6::bytea[], $7::text[], $8::bytea[]) AS e (partition, number, key, headers, value)
JOIN counted USING (partition)
"""

_LAG = """
SELECT coalesce(sum(p.next_position - greatest(c.position, p.first_position)), 0)::bigint
FROM log.topic t JOIN log.partition p USING (topic_id)
LEFT JOIN log.consumer_group g ON g.topic_id = t.topic_id AND g.name = $2
LEFT JOIN log.committed c ON c.group_id = g.group_id AND c.partition = p.partition
WHERE t.name = $1
"""


@asynccontextmanager
async def postgres_log(dsn: str, partitions: int) -> AsyncIterator["PostgresLog"]:
    """Makes its tables if need be; topics get so many partitions when they are first used. Raises Unavailable."""
    try:
        pool = await asyncpg.create_pool(dsn, min_size=1, max_size=4, timeout=_SECONDS, reset=_nothing_to_reset)
    except Exception as error:
        if not is_away(error):
            raise
        raise unavailable(error) from error
    try:
        async with pool.acquire() as connection:
            await make_tables(connection)
        yield PostgresLog(dsn, pool, partitions)
    finally:
        pool.terminate()


class PostgresLog:
    """EventLog on PostgreSQL 15 or later. Subscriptions hold sessions, so a pooler in between must not share them."""

    def __init__(self, dsn: str, pool: "asyncpg.Pool", partitions: int) -> None:
        self._dsn, self._pool, self._partitions = dsn, pool, partitions
        self._topics: dict[str, TopicRow] = {}
        self._subscriptions: set[Subscription] = set()

    async def append(self, topic: str, events: Sequence[Event]) -> None:
        refuse_too_large(topic, events)
        if not events:
            return
        async with self._session() as connection:
            row = await self._topic(connection, topic)
            await connection.execute(_APPEND, row.topic_id, *_columns(row, events))
            # In the transaction it would make all appends of the database commit one after the other. They are kept
            # already: if nobody hears the call, everybody looks within a second.
            with suppress(Exception):
                await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"topic {row.topic_id}")

    async def subscribe(self, topic: str, group: str, handle: BatchHandler, *, max_records: int = 100) -> None:
        async with self._session() as connection:
            row = await self._topic(connection, topic)
        subscription = Subscription(self._dsn, row, group, max_records)
        self._subscriptions.add(subscription)
        try:
            while True:
                batch = await subscription.next_batch()
                await handle(batch)
                await subscription.commit(batch)
        finally:
            self._subscriptions.discard(subscription)
            await subscription.close()

    def has_joined(self, topic: str, group: str) -> bool:
        return any(one.has_joined for one in self._subscriptions if one.is_of(topic, group))

    async def lag(self, topic: str, group: str) -> int:
        async with self._session() as connection:
            return int(await connection.fetchval(_LAG, topic, group))

    async def check(self) -> None:
        async with self._session(_CHECK_SECONDS) as connection:
            await connection.fetchval("SELECT 1")

    @asynccontextmanager
    async def _session(self, seconds: float = _SECONDS) -> AsyncIterator["asyncpg.pool.PoolConnectionProxy"]:
        try:
            async with asyncio.timeout(seconds), self._pool.acquire() as connection:
                yield connection
        except Exception as error:
            if not is_away(error):
                raise
            raise unavailable(error) from error

    async def _topic(self, connection: "asyncpg.pool.PoolConnectionProxy", name: str) -> TopicRow:
        if name not in self._topics:
            found = await find_topic(connection, name)
            self._topics[name] = found or await make_topic(connection, name, self._partitions)
        return self._topics[name]


def _columns(topic: TopicRow, events: Sequence[Event]) -> tuple[list[object], ...]:
    """The arguments of _APPEND after the topic: how many come to which partition, then the events by column."""
    added: dict[int, int] = {}
    rows: list[tuple[object, ...]] = []
    for event in events:
        key = event.key.encode("utf-8", "surrogatepass")
        partition = topic.partition_of(key)
        number = added.get(partition, 0)
        added[partition] = number + 1
        rows.append((partition, number, key, json.dumps(dict(event.headers)) if event.headers else None, event.value))
    return list(added), list(added.values()), *(list(column) for column in zip(*rows, strict=True))


async def _nothing_to_reset(_: object) -> None:
    """Our sessions change no setting, so giving one back need not cost a round trip."""
