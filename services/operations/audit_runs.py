"""One audit at a time: started on request, run in the background, the last report kept."""

import json
from datetime import datetime

from pydantic import BaseModel

from chassis.aio import Rounds
from chassis.db.database import Database
from chassis.errors import NotFound, story_of
from chassis.ids import uuid7
from chassis.messaging.ports import BlobStore
from chassis.telemetry.metrics import log
from services.operations.audit import audit
from services.operations.findings import Report

_POLL_SECONDS = 2.0


class Audit(BaseModel):
    """An audit and, when it is done, what it found."""

    audit_id: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    report: Report | None


class Audits:
    """Whoever starts one while another runs is given the running one."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database, self._blobs = database, blobs
        self._rounds = Rounds("operations", "audit", _POLL_SECONDS, self._work)
        self.run = self._rounds.run

    async def start(self) -> Audit:
        await self._database.pool.execute(
            "INSERT INTO operations.audit (audit_id, state) VALUES ($1, 'running') ON CONFLICT DO NOTHING", str(uuid7())
        )
        self._rounds.wake()
        return await self.last()

    async def last(self) -> Audit:
        """Raises NotFound before the first one."""
        row = await self._database.pool.fetchrow("SELECT * FROM operations.audit ORDER BY audit_id DESC LIMIT 1")
        if row is None:
            raise NotFound("No audit has run yet; start one with POST /api/v1/audit.")
        report = json.loads(row["report"]) if row["report"] else None
        return Audit.model_validate({**dict(row), "report": report})

    async def _work(self) -> None:
        """Audits that were asked for, also before a crash, are run to their end."""
        while await self._run_one():
            pass

    async def _run_one(self) -> bool:
        """Whether there was one that no other process runs already."""
        async with self._database.pool.acquire() as connection:
            # The lock is the session's: it falls with the process, and with the connection's return to the pool.
            if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('operations audit'))"):
                return False
            running: str | None = await connection.fetchval(
                "SELECT audit_id FROM operations.audit WHERE state = 'running'"
            )
            if running:
                await self._finish(running)
            return running is not None

    async def _finish(self, audit_id: str) -> None:
        try:
            report = await audit(self._database, self._blobs)
        except Exception as error:  # whatever stopped it is the audit's result, not the service's end
            log.error("audit failed", service="operations", audit=audit_id, **story_of(error))
            await self._set(audit_id, "failed", None)
        else:
            await self._set(audit_id, "done", report)

    async def _set(self, audit_id: str, state: str, report: Report | None) -> None:
        await self._database.pool.execute(
            "UPDATE operations.audit SET state = $2, report = $3::jsonb, finished_at = now() WHERE audit_id = $1",
            audit_id, state, report.model_dump_json() if report else None,
        )  # fmt: skip
