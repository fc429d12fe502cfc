"""One member of a consumer group on PostgreSQL: a session that holds partitions, reads and commits them.

Members of a group share its partitions by holding advisory locks: a dead session's locks are free at once. Every member
holds slot 0 of its group (shared), and slot n + 1 (alone) of each partition n it reads. Who the members are, in which
order, and what each one holds is in pg_locks for all to see, so nobody has to be the leader.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import asyncpg

from chassis.messaging.ports import Record
from chassis.messaging.postgres.schema import Connection, TopicRow, close_quietly, is_away, make_group, trim
from chassis.telemetry.metrics import log

_CLASS = 0x10C_0000  # group numbers start here, away from other people's advisory locks

_HELD = """
SELECT objid::bigint AS slot, pid, pid = pg_backend_pid() AS mine FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = $1::bigint::oid
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

CHANNEL = "rcdm_log"
_TICK_SECONDS = 0.9
_TRIM_SECONDS = 3600
_BATCH_BYTES = 16 << 20
_STATEMENT_SECONDS = 60
# A refused connection costs next to nothing, and who waits for records should not wait for our pause.
_LONGEST_PAUSE_SECONDS = 1.0
_COMMIT = """
INSERT INTO log.committed AS c (group_id, partition, position)
SELECT $1, * FROM unnest($2::int[], $3::bigint[])
ON CONFLICT (group_id, partition) DO UPDATE SET position = greatest(c.position, excluded.position)
"""


@dataclass
class Share:
    """What one session holds of one group's partitions."""

    connection: Connection
    group_id: int
    partitions: int
    held: set[int] = field(default_factory=set)

    async def join(self) -> None:
        await self.connection.execute("SELECT pg_advisory_lock_shared($1::int, 0)", _CLASS + self.group_id)

    async def rebalance(self) -> tuple[set[int], set[int]]:
        """One step to a fair share: what was taken and what was given back."""
        rows = await self.connection.fetch(_HELD, _CLASS + self.group_id)
        members = sorted((row["pid"], row["mine"]) for row in rows if row["slot"] == 0)
        rank = next(number for number, (_, mine) in enumerate(members) if mine)
        quota = share_of(rank, len(members), self.partitions)
        free = set(range(self.partitions)) - {row["slot"] - 1 for row in rows}
        surplus = set(sorted(self.held)[quota:])
        for partition in surplus:
            await self._release(partition)
        taken = {partition for partition in sorted(free) if len(self.held) < quota and await self._take(partition)}
        return taken, surplus

    async def _take(self, partition: int) -> bool:
        query = "SELECT pg_try_advisory_lock($1::int, $2::int)"
        if await self.connection.fetchval(query, _CLASS + self.group_id, partition + 1):
            self.held.add(partition)
        return partition in self.held

    async def _release(self, partition: int) -> None:
        query = "SELECT pg_advisory_unlock($1::int, $2::int)"
        await self.connection.execute(query, _CLASS + self.group_id, partition + 1)
        self.held.discard(partition)


def share_of(rank: int, members: int, partitions: int) -> int:
    """How many partitions the member of this rank may hold; over all ranks they add up to all partitions."""
    return partitions // members + (rank < partitions % members)


_SESSION = {
    "application_name": "rcdm log",
    # A position lost in a power cut only makes its records come again: commits need not wait for the disk.
    "synchronous_commit": "off",
    # Every query here has an index; the statistics of a young table would say that it is not worth it.
    "enable_seqscan": "off",
    # A machine that vanished says no goodbye: its locks must be free within half a minute all the same.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


_READ = """
SELECT partition, position, key, headers, value FROM (
    SELECT r.*, sum(octet_length(r.value)) OVER (ORDER BY r.partition, r.position) AS bytes,
           row_number() OVER (ORDER BY r.partition, r.position) AS number
    FROM unnest($2::int[], $3::bigint[], $4::bigint[]) AS wanted (partition, first, past)
    JOIN log.record r ON r.topic_id = $1 AND r.partition = wanted.partition
        AND r.position >= wanted.first AND r.position < wanted.past
) AS found WHERE bytes <= $5 OR number = 1 ORDER BY number
"""


class Subscription:
    """Use in this order, again and again: `next_batch`, handle it, `commit`; then `close`."""

    def __init__(self, dsn: str, topic: TopicRow, group: str, max_records: int) -> None:
        self._dsn, self._topic, self._group, self._max_records = dsn, topic, group, max_records
        self._connection: asyncpg.Connection | None = None
        self._share: Share | None = None
        self._is_member = False
        self._positions: dict[int, int] = {}  # of every partition we hold: what to read next
        self._woken = asyncio.Event()
        self._next_tick = self._next_trim = 0.0
        self._turn = 0

    def is_of(self, topic: str, group: str) -> bool:
        return (self._topic.name, self._group) == (topic, group)

    @property
    def has_joined(self) -> bool:
        """Whether its session lives and took its share, be it nothing."""
        return self._is_member and self._connection is not None and not self._connection.is_closed()

    async def next_batch(self) -> list[Record]:
        """Waits for records, through restarts of PostgreSQL."""
        pause = 0.1
        while True:
            try:
                if batch := await self._try_batch():
                    return batch
                pause = 0.1
            except Exception as error:
                if not is_away(error):
                    raise
                self._warn("event log away", error)
                await self.close()
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def commit(self, batch: Sequence[Record]) -> None:
        """On the session that holds the partitions: when it is gone, so is our right to commit, and they come again."""
        if self._connection is None or self._share is None:
            return
        done = {record.partition: record.offset + 1 for record in batch}
        try:
            await self._connection.execute(_COMMIT, self._share.group_id, list(done), list(done.values()))
        except Exception as error:
            if not is_away(error):
                raise
            self._warn("batch not committed", error)
            await self.close()

    async def close(self) -> None:
        """Gives the partitions back."""
        connection, self._connection, self._share = self._connection, None, None
        self._is_member = False
        self._positions.clear()
        if connection is not None:
            await close_quietly(connection)

    def _warn(self, what: str, error: Exception) -> None:
        log.warning(what, topic=self._topic.name, group=self._group, error=f"{type(error).__name__} {error}")

    async def _try_batch(self) -> list[Record]:
        connection, share = await self._session()
        self._woken.clear()
        if time.monotonic() >= self._next_tick:
            await self._tick(connection, share)
        if batch := await self._read(connection):
            return batch
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, self._next_tick - time.monotonic())):
                await self._woken.wait()
        return []

    async def _session(self) -> tuple["asyncpg.Connection", Share]:
        if self._connection is not None and self._share is not None:
            return self._connection, self._share
        self._connection = connection = await asyncpg.connect(
            self._dsn, server_settings=_SESSION, command_timeout=_STATEMENT_SECONDS, timeout=10
        )
        connection.add_termination_listener(lambda _: self._woken.set())
        await connection.add_listener(CHANNEL, self._on_notice)
        group_id = await make_group(connection, self._topic, self._group)
        self._share = share = Share(connection, group_id, self._topic.partitions)
        await share.join()
        await self._call_members(connection)
        self._next_tick = 0.0
        return connection, share

    def _on_notice(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        if payload == f"group {self._share.group_id if self._share else None}":
            self._next_tick = 0.0
        elif payload != f"topic {self._topic.topic_id}":
            return
        self._woken.set()

    async def _tick(self, connection: "asyncpg.Connection", share: Share) -> None:
        taken, given = await share.rebalance()
        self._is_member = True
        for partition in given:
            del self._positions[partition]
        if taken:
            self._positions |= await self._committed(connection, share.group_id, taken)
        if given:
            await self._call_members(connection)
        now = time.monotonic()
        if now >= self._next_trim:
            await trim(connection, self._topic)
            self._next_trim = now + _TRIM_SECONDS
        self._next_tick = now + _TICK_SECONDS

    async def _call_members(self, connection: "asyncpg.Connection") -> None:
        if self._share is not None:
            await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, f"group {self._share.group_id}")

    async def _committed(self, connection: "asyncpg.Connection", group_id: int, taken: set[int]) -> dict[int, int]:
        rows = await connection.fetch(
            "SELECT p.partition, greatest(c.position, p.first_position) AS position FROM log.partition p"
            " LEFT JOIN log.committed c ON c.group_id = $1 AND c.partition = p.partition"
            " WHERE p.topic_id = $2 AND p.partition = ANY($3::int[])",
            group_id,
            self._topic.topic_id,
            list(taken),
        )
        return {row["partition"]: row["position"] for row in rows}

    async def _read(self, connection: "asyncpg.Connection") -> list[Record]:
        ranges = fair_ranges(await self._waiting(connection), self._max_records, self._turn)
        if not ranges:
            return []
        self._turn += 1
        columns = [list(column) for column in zip(*ranges, strict=True)]
        rows = await connection.fetch(_READ, self._topic.topic_id, *columns, _BATCH_BYTES)
        batch = [_record(self._topic.name, row) for row in rows]
        self._positions |= {record.partition: record.offset + 1 for record in batch}
        return batch

    async def _waiting(self, connection: "asyncpg.Connection") -> list[tuple[int, int, int]]:
        """(partition, first, past) of the records not yet read of the partitions we hold."""
        if not self._positions:
            return []
        rows = await connection.fetch(
            "SELECT partition, next_position FROM log.partition WHERE topic_id = $1 ORDER BY partition",
            self._topic.topic_id,
        )
        known = {row["partition"]: row["next_position"] for row in rows}
        return [(p, first, known[p]) for p, first in self._positions.items() if first < known[p]]


def fair_ranges(waiting: Sequence[tuple[int, int, int]], most: int, turn: int) -> list[tuple[int, int, int]]:
    """At most so many records, from all partitions alike, who gets the odd ones going round with the turn."""
    ranges: list[tuple[int, int, int]] = []
    shift = turn % len(waiting) if waiting else 0
    # The short ones first: what they leave is for the long ones.
    order = sorted([*waiting[shift:], *waiting[:shift]], key=lambda one: min(one[2] - one[1], most))
    for number, (partition, first, past) in enumerate(order):
        left = most - sum(end - start for _, start, end in ranges)
        take = min(past - first, -(-left // (len(order) - number)))
        if take > 0:
            ranges.append((partition, first, first + take))
    return ranges


def _record(topic: str, row: "asyncpg.Record") -> Record:
    headers = json.loads(row["headers"]) if row["headers"] else {}
    key = row["key"].decode("utf-8", "surrogatepass")
    return Record(topic, row["partition"], row["position"], key, row["value"], headers)
