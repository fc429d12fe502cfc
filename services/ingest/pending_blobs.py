"""Blobs that are being stored: noted before they are put, forgotten with the row that refers to them.

So a process may die at any point and leave no orphan: garbage collection in a live process finds its notes.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from secrets import randbits

import asyncpg

from chassis.aio import gather_bounded
from chassis.blobs.keys import dicom_key
from chassis.db.database import Database
from chassis.errors import Unavailable, reason_of
from chassis.messaging.consumer import may_pass
from chassis.messaging.ports import BlobStore
from chassis.telemetry.metrics import log
from services.ingest.ledger import Connection

_SLICE = 200  # notes settled under one lock: others wait for it
_DELETES_AT_ONCE = 16  # each is a way to the store and back


_NOTES = """
SELECT DISTINCT note.sha256,
    EXISTS (SELECT FROM ingest.instance kept WHERE kept.sha256 = note.sha256)
    OR EXISTS (SELECT FROM ingest.pending_blob other
               WHERE other.sha256 = note.sha256 AND other.batch <> ALL ($1::bigint[])) AS needed
FROM ingest.pending_blob note WHERE note.batch = ANY ($1::bigint[]) LIMIT $2"""

SWEEP_SECONDS = 30.0


class Pending:
    """This process's notes. `owner` is the key of an advisory lock held as long as the process lives (sweep.py)."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self.owner = randbits(62)
        self._database, self._blobs = database, blobs
        self._live: set[int] = set()

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[int]:
        """The number under which one request makes its notes."""
        number = randbits(62)
        self._live.add(number)
        try:
            yield number
        finally:
            self._live.discard(number)

    async def note(self, batch: int, digests: Sequence[str]) -> None:
        """Committed when it returns; only then may the bytes be put."""
        await self._database.pool.execute(
            "INSERT INTO ingest.pending_blob (sha256, owner, batch) SELECT unnest($1::text[]), $2, $3"
            " ON CONFLICT DO NOTHING",
            sorted(set(digests)), self.owner, batch,
        )  # fmt: skip

    async def forget(self, connection: Connection, batch: int, digests: Sequence[str]) -> None:
        """In the transaction that writes the rows. Raises Unavailable when a sweep held us for dead meanwhile."""
        wanted = set(digests)
        gone = await connection.fetch(
            "DELETE FROM ingest.pending_blob WHERE batch = $1 AND sha256 = ANY($2) RETURNING sha256",
            batch, list(wanted),
        )  # fmt: skip
        if {row[0] for row in gone} != wanted:
            raise Unavailable("The files were not recorded in time; send them again.")

    async def abandon(self, batch: int) -> None:
        """What the request noted and did not record goes; nobody may be putting it any more."""
        self._live.discard(batch)
        while await self._remove_slice([batch]):
            pass

    async def sweep(self) -> int:
        """Remove what requests that are over left behind, here and in dead processes; the number of notes settled."""
        settled = 0
        while count := await self._sweep_slice():
            settled += count
        return settled

    async def _sweep_slice(self) -> int:
        async with self._database.pool.acquire() as connection, connection.transaction():
            dead = [row["batch"] for row in await self._batches(connection) if await self._is_dead(connection, row)]
            return await self._remove(connection, dead) if dead else 0

    async def _remove_slice(self, batches: list[int]) -> int:
        async with self._database.pool.acquire() as connection, connection.transaction():
            return await self._remove(connection, batches)

    async def _batches(self, connection: Connection) -> list[asyncpg.Record]:
        return list(await connection.fetch("SELECT DISTINCT owner, batch FROM ingest.pending_blob"))

    async def _is_dead(self, connection: Connection, row: asyncpg.Record) -> bool:
        if row["owner"] == self.owner:
            return row["batch"] not in self._live
        return bool(await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", row["owner"]))

    async def _remove(self, connection: Connection, batches: list[int]) -> int:
        # Nobody can note or forget while we look: what is unreferenced now stays so until the blob is gone.
        await connection.execute("LOCK TABLE ingest.pending_blob IN EXCLUSIVE MODE")
        rows = await connection.fetch(_NOTES, batches, _SLICE)
        gone = [dicom_key(row["sha256"]) for row in rows if not row["needed"]]
        await gather_bounded(_DELETES_AT_ONCE, self._blobs.delete, gone)
        await connection.execute(
            "DELETE FROM ingest.pending_blob WHERE batch = ANY($1) AND sha256 = ANY($2)",
            batches,
            [row["sha256"] for row in rows],
        )
        return len(rows)


async def sweep_for_ever(dsn: str, pending: Pending, seconds: float = SWEEP_SECONDS) -> None:
    """Hold the lock that says we live, and sweep; both again as long as the database comes back."""
    connection: asyncpg.Connection | None = None
    try:
        while True:
            try:
                connection = await _holding(connection, dsn, pending.owner)
                if settled := await pending.sweep():
                    log.info("swept", service="ingest", blobs=settled)
            except Exception as error:
                if not may_pass(error):
                    raise
                log.warning("sweep waits", service="ingest", reason=reason_of(error))
            await asyncio.sleep(seconds)
    finally:
        if connection:
            with suppress(Exception):
                await connection.close(timeout=5)


async def _holding(connection: asyncpg.Connection | None, dsn: str, owner: int) -> asyncpg.Connection:
    if connection and not connection.is_closed():
        return connection
    fresh = await asyncpg.connect(dsn, timeout=10)
    await fresh.execute("SELECT pg_advisory_lock($1)", owner)
    return fresh
