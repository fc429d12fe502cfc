"""The log's tables: a partition is a row that counts, a record has a gapless number in it, a group is a position.

What every known group has committed is kept for a week, then removed in bounded steps.
"""

import asyncio
import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import asyncpg

from chassis.errors import Unavailable

Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"

_LOCK = 0x10C_5EED  # of those who make tables; any number nobody else here takes

KEEP = timedelta(days=7)
_MOST = 10_000


# A position is handed out by counting up the partition's row in the appending transaction. Whoever comes later waits
# for that row, so positions have no gaps and become visible in their order. A sequence would promise neither.
_TABLES = """
CREATE SCHEMA IF NOT EXISTS log;
CREATE TABLE IF NOT EXISTS log.topic (
    topic_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    partitions integer NOT NULL
);
CREATE TABLE IF NOT EXISTS log.partition (
    topic_id integer REFERENCES log.topic,
    partition integer,
    first_position bigint NOT NULL DEFAULT 0,
    next_position bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS log.record (
    topic_id integer,
    partition integer,
    position bigint,
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    key bytea NOT NULL,
    headers text,
    value bytea NOT NULL,
    PRIMARY KEY (topic_id, partition, position)
);
CREATE TABLE IF NOT EXISTS log.consumer_group (
    group_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic_id integer NOT NULL REFERENCES log.topic,
    name text NOT NULL,
    UNIQUE (topic_id, name)
);
CREATE TABLE IF NOT EXISTS log.committed (
    group_id integer REFERENCES log.consumer_group,
    partition integer,
    position bigint NOT NULL,
    PRIMARY KEY (group_id, partition)
) WITH (fillfactor = 50);
"""


_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, crashed, not yet up, a statement cancelled
    asyncpg.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.ReadOnlySQLTransactionError,  # a standby, in the middle of a fail-over
)


@dataclass(frozen=True)
class TopicRow:
    topic_id: int
    name: str
    partitions: int

    def partition_of(self, key: bytes) -> int:
        """The same in every process and for ever: it is what keeps one key's order."""
        return zlib.crc32(key) % self.partitions


def is_away(error: BaseException) -> bool:
    """Whether PostgreSQL is away for now, so that the same call may succeed later."""
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # a closed connection; DataError, a ValueError, is a wrong argument
    return isinstance(error, _AWAY)


def unavailable(error: Exception) -> Unavailable:
    if isinstance(error, asyncpg.DiskFullError):
        return Unavailable("The event log has no space left; free some on the database's disk.")
    return Unavailable("The event log does not answer.")


async def make_tables(connection: Connection) -> None:
    """Idempotent, and safe when several processes start at once."""
    if await connection.fetchval("SELECT to_regclass('log.committed')"):
        return
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        await connection.execute(_TABLES)


async def find_topic(connection: Connection, name: str) -> TopicRow | None:
    row = await connection.fetchrow("SELECT topic_id, name, partitions FROM log.topic WHERE name = $1", name)
    return TopicRow(**row) if row else None


async def make_topic(connection: Connection, name: str, partitions: int) -> TopicRow:
    """The topic as it is, however many partitions it was made with."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        if not (topic := await find_topic(connection, name)):
            topic_id = await connection.fetchval(
                "INSERT INTO log.topic (name, partitions) VALUES ($1, $2) RETURNING topic_id", name, partitions
            )
            topic = TopicRow(topic_id, name, partitions)
            await connection.execute(
                "INSERT INTO log.partition (topic_id, partition) SELECT $1, generate_series(0, $2 - 1)",
                topic_id,
                partitions,
            )
    return topic


async def make_group(connection: Connection, topic: TopicRow, name: str) -> int:
    """The group's number; it is known from now on, so records it has not committed are kept."""
    await connection.execute(
        "INSERT INTO log.consumer_group (topic_id, name) SELECT $1, $2"
        " WHERE NOT EXISTS (SELECT 1 FROM log.consumer_group WHERE topic_id = $1 AND name = $2)"
        " ON CONFLICT DO NOTHING",
        topic.topic_id,
        name,
    )
    query = "SELECT group_id FROM log.consumer_group WHERE topic_id = $1 AND name = $2"
    return int(await connection.fetchval(query, topic.topic_id, name))


async def close_quietly(connection: "asyncpg.Connection", seconds: float = 2) -> None:
    """Closed, in an orderly way if the server still answers."""
    try:
        async with asyncio.timeout(seconds):
            await connection.close()
    except Exception:
        connection.terminate()


# A topic without groups, such as one of dead letters nobody replays now, keeps everything.
_TRIM = """
WITH done AS (
    SELECT p.partition, p.first_position AS first,
           (SELECT coalesce(min(coalesce(c.position, 0)), 0) FROM log.consumer_group g
            LEFT JOIN log.committed c ON c.group_id = g.group_id AND c.partition = p.partition
            WHERE g.topic_id = p.topic_id) AS past
    FROM log.partition p WHERE p.topic_id = $1 ORDER BY p.partition FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM log.record r USING done
    WHERE r.topic_id = $1 AND r.partition = done.partition
      AND r.position < least(done.past, done.first + $3)
      AND r.appended_at < now() - $2::interval
    RETURNING r.partition, r.position
)
UPDATE log.partition p SET first_position = last.position + 1
FROM (SELECT partition, max(position) AS position FROM gone GROUP BY partition) AS last
WHERE p.topic_id = $1 AND p.partition = last.partition
RETURNING p.partition
"""


async def trim(connection: Connection, topic: TopicRow, keep: timedelta = KEEP) -> int:
    """Lets go of what is done and old; how many partitions got shorter. Positions never come again."""
    return len(await connection.fetch(_TRIM, topic.topic_id, keep, _MOST))
