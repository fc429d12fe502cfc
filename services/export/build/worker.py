"""The builder: takes versions that wait, one at a time, builds or cleans them, and stops when they are cancelled.

What waits stands in the tables, so a killed builder's work is taken up by the next; an event only wakes it at once.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from chassis.aio import Rounds
from chassis.blobs.keys import dataset_key
from chassis.errors import story_of
from chassis.messaging.consumer import is_passing
from chassis.messaging.outbox import Outbox
from chassis.sandbox.pool import Pool
from chassis.service import Home
from chassis.telemetry.metrics import log, stage
from services.export import operations
from services.export.build.build import build
from services.export.build.files import BuildFailed
from services.export.metrics import VERSIONS
from services.export.names import OWN_FILES
from services.export.operations import Cancelled
from services.export.versions import StoredVersion, version_by_id

_POLL_SECONDS = 5.0
_HEARTBEAT_SECONDS = 0.8  # progress at most once a second, and a cancelled build stops within one
_WAITING = (
    "SELECT version_id FROM export.version"
    " WHERE state = 'building' OR (state IN ('failed', 'cancelled') AND NOT cleaned) ORDER BY version_id"
)


class Builder:
    """Several processes may have one each: an advisory lock gives a version to one of them."""

    def __init__(self, home: Home, outbox: Outbox, pool: Pool) -> None:
        self._home, self._outbox, self._pool = home, outbox, pool
        self._rounds = Rounds("export", "builder", _POLL_SECONDS, self.work)
        self.run = self._rounds.run

    async def wake(self, _: Sequence[Any] = ()) -> None:
        """Look for work now."""
        self._rounds.wake()

    async def work(self) -> None:
        """Everything that waits now and that no other builder has taken."""
        for row in await self._home.database.pool.fetch(_WAITING):
            async with self._home.database.pool.acquire() as connection:
                # The lock is the session's: it falls with the process, and with the connection's return to the pool.
                taken = "SELECT pg_try_advisory_lock(hashtext('export version'), $1)"
                if not await connection.fetchval(taken, row["version_id"]):
                    continue
                version = await version_by_id(connection, row["version_id"])
                await (self._build(version) if version.state == "building" else self._clean(version))

    async def _build(self, version: StoredVersion) -> None:
        try:
            await operations.start(self._home.database, version.operation_id)
            with stage("export", "build"):
                await self._build_while_wanted(version)
            VERSIONS.labels("ready").inc()
        except Cancelled:
            VERSIONS.labels("cancelled").inc()
            await self._clean(version)
        except Exception as error:
            if is_passing(error):
                raise
            await self._fail(version, error)

    async def _build_while_wanted(self, version: StoredVersion) -> None:
        done = 0

        def report(count: int) -> None:
            nonlocal done
            done = count

        async def watch() -> None:
            while True:
                await asyncio.sleep(_HEARTBEAT_SECONDS)
                await operations.progress(self._home.database, version.operation_id, done)

        work = asyncio.ensure_future(build(self._home, self._outbox, self._pool, version, report))
        watcher = asyncio.ensure_future(watch())
        try:
            await asyncio.wait({work, watcher}, return_when=asyncio.FIRST_COMPLETED)
            (work if work.done() else watcher).result()
        finally:
            for task in (work, watcher):
                task.cancel()
            await asyncio.gather(work, watcher, return_exceptions=True)

    async def _fail(self, version: StoredVersion, error: Exception) -> None:
        log.error("export failed", service="export", version=version.version_id, **story_of(error))
        detail = error.detail if isinstance(error, BuildFailed) else "This is our fault; the log tells more."
        VERSIONS.labels("failed").inc()
        await operations.fail(self._home.database, version.operation_id, detail)
        await self._clean(version)

    async def _clean(self, version: StoredVersion) -> None:
        """Nothing of a version that will never be ready stays but its rows of members, exclusions and the reason."""
        ended = "SELECT state IN ('failed', 'cancelled') FROM export.version WHERE version_id = $1"
        if not await self._home.database.pool.fetchval(ended, version.version_id):
            return  # it came to another end than was thought
        for name in OWN_FILES:
            await self._home.blobs.delete(dataset_key(version.name, version.version, name))
        await self._home.database.pool.execute("DELETE FROM export.entry WHERE version_id = $1", version.version_id)
        await self._home.database.pool.execute(
            "UPDATE export.version SET cleaned = true WHERE version_id = $1 AND state IN ('failed', 'cancelled')",
            version.version_id,
        )
