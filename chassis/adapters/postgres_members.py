"""Members of a group share its partitions by holding advisory locks: a dead session's locks are free at once.

Every member holds slot 0 of its group (shared), and slot n + 1 (alone) of each partition n it reads. Who the members
are, in which order, and what each one holds is in pg_locks for all to see, so nobody has to be the leader.
"""

from dataclasses import dataclass, field

from chassis.adapters.postgres_log_schema import Connection

_CLASS = 0x10C_0000  # group numbers start here, away from other people's advisory locks

_HELD = """
SELECT objid::bigint AS slot, pid, pid = pg_backend_pid() AS mine FROM pg_locks
WHERE locktype = 'advisory' AND objsubid = 2 AND granted AND classid = $1::bigint::oid
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
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
