"""The heart of the door: bytes first, then row and event in one transaction, and an outcome for every file."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.blobs.keys import dicom_key
from chassis.db.database import Database
from chassis.errors import BlobMissing, Unavailable
from chassis.messaging.consumer import may_pass
from chassis.messaging.outbox import Outbox
from chassis.messaging.ports import BlobStore
from chassis.telemetry.metrics import BYTES, FILES, stage
from services.ingest import ledger
from services.ingest.deletion import standing
from services.ingest.events import announcements
from services.ingest.http.receiver import batches
from services.ingest.ledger import Entry, Upload
from services.ingest.outcomes import Outcome, OutcomeKind, Received, Secured, examined, judged, named, row_of
from services.ingest.pending_blobs import Pending
from services.ingest.same_image import SameImages
from services.ingest.spool import SpooledFile

_PUTS_AT_ONCE = 8
_LONGEST_SECONDS = 300.0  # for a batch, or for one file of the largest size
_RECORDED = (OutcomeKind.STORED, OutcomeKind.DUPLICATE)  # a row speaks of these bytes


@dataclass(frozen=True)
class Door:
    """What accepting stands on."""

    database: Database
    blobs: BlobStore
    outbox: Outbox
    pending: Pending
    same_images: SameImages

    @asynccontextmanager
    async def request(self) -> AsyncIterator["Acceptance"]:
        """One request's files. What is secured and not recorded when it ends is removed again."""
        async with self.pending.batch() as batch:
            acceptance = Acceptance(self, batch)
            try:
                yield acceptance
            finally:
                await acceptance.tidy()


class Acceptance:
    def __init__(self, door: Door, batch: int) -> None:
        self._door, self._batch = door, batch
        self._unrecorded: set[str] = set()

    async def take(
        self, upload: Upload, files: AsyncIterator[Received], study: str | None = None, *, at_once: bool = False
    ) -> list[Outcome]:
        """Secure and record batch by batch, or `at_once` when the last file has come. Raises Unavailable."""
        outcomes: list[Outcome] = []
        secured: list[Secured] = []
        async with aclosing(batches(files)) as arriving:
            async for batch in arriving:
                secured += await self.secure(batch, study)
                if not at_once:
                    outcomes += await self.record(upload, secured)
                    secured = []
        return outcomes + (await self.record(upload, secured) if secured else [])

    async def secure(self, files: Sequence[Received], study: str | None = None) -> list[Secured]:
        """Look at each file, make the good ones durable, close them all. `study`: the only one to be taken.

        Raises Unavailable.
        """
        try:
            with stage("ingest", "examine"):
                secured = await asyncio.to_thread(lambda: [examined(file, study) for file in files])
            async with _within_reach("put"):
                await self._put(files, secured)
            return secured
        finally:
            for file in files:
                if file.body:
                    file.body.close()

    async def record(self, upload: Upload, files: Sequence[Secured]) -> list[Outcome]:
        """Rows and events of secured files in one transaction; outcomes in their order. Raises Unavailable."""
        files = [named(file, upload) for file in files]
        same = await self._same_images(upload, files)
        async with (
            _within_reach("record"),
            self._door.database.pool.acquire() as connection,
            connection.transaction(),
        ):
            now = datetime.now(UTC)
            await ledger.insert_upload(connection, upload)
            files = await standing(connection, upload.hospital, files)
            good = [_entry(file) for file in files if file.reason is None]
            new, kept = await ledger.insert_instances(connection, upload, now, good) if good else (set(), {})
            outcomes = judged(files, new, kept, same)
            if outcomes:
                await ledger.insert_files(connection, upload.upload_id, [row_of(outcome) for outcome in outcomes])
            for topic, events in announcements(upload, now, outcomes).items():
                await self._door.outbox.write(connection, topic, events)
            recorded = self._unrecorded & {o.sha256 for o in outcomes if o.kind in _RECORDED and o.sha256}
            await self._door.pending.forget(connection, self._batch, list(recorded))
        self._unrecorded -= recorded
        self._door.outbox.wake()
        _count(outcomes)
        return outcomes

    async def tidy(self) -> None:
        """Leaves it to the next sweep when something is away, or when the process is ending."""
        task = asyncio.current_task()
        if not self._unrecorded or (task and task.cancelling()):
            return
        try:
            await self._door.pending.abandon(self._batch)
        except Exception as error:
            if not may_pass(error):
                raise

    async def _same_images(self, upload: Upload, files: Sequence[Secured]) -> set[tuple[str, str]]:
        """Before the transaction: looking at images takes longer than rows may be locked."""
        sops = [file.header.sop_instance_uid for file in files if file.header and file.reason is None]
        if not sops:
            return set()
        async with _within_reach("compare"):
            kept = await ledger.objects_kept(self._door.database.pool, upload.hospital, sops)
            return await self._door.same_images.pairs(kept, files)

    async def _put(self, files: Sequence[Received], secured: Sequence[Secured]) -> None:
        good = {s.sha256: f for f, s in zip(files, secured, strict=True) if s.may_be_taken and s.sha256}
        if not good:
            return
        # Also of what is here: nobody may remove it between our look and our row.
        self._unrecorded |= good.keys()
        await self._door.pending.note(self._batch, list(good))
        known = await ledger.digests_kept(self._door.database.pool, list(good))
        await self._put_all(good, known)

    async def _put_all(self, files: dict[str, Received], known: set[str]) -> None:
        """What a row speaks of is only looked for: sending a lost object again brings it back."""
        slots = asyncio.Semaphore(_PUTS_AT_ONCE)

        async def put(digest: str, body: SpooledFile) -> None:
            async with slots:
                if digest not in known or not await self._is_there(digest):
                    await self._door.blobs.put(dicom_key(digest), body.body(), create_only=True)

        puts = [put(digest, file.body) for digest, file in files.items() if file.body]
        # All of them are over, well or not, before anyone may remove what they put.
        failures = [e for e in await asyncio.gather(*puts, return_exceptions=True) if isinstance(e, BaseException)]
        if failures:
            raise failures[0]

    async def _is_there(self, digest: str) -> bool:
        try:
            await self._door.blobs.size(dicom_key(digest))
        except BlobMissing:
            return False
        return True


@asynccontextmanager
async def _within_reach(name: str) -> AsyncIterator[None]:
    """A stage. Says Unavailable, in words for the sender, when something is away or does not answer in time."""
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            with stage("ingest", name):
                yield
    except Exception as error:
        if not may_pass(error):
            raise
        detail = "The files could not be made durable; send them again. What was stored stays and is not taken twice."
        raise Unavailable(detail) from error


def _entry(file: Secured) -> Entry:
    assert file.header is not None
    assert file.sha256 is not None
    return Entry(file.header, file.sha256, file.bytes, dicom_key(file.sha256))


def _count(outcomes: Sequence[Outcome]) -> None:
    for (kind, code), count in Counter(
        (o.kind.value, o.reason.code.value if o.reason else "") for o in outcomes
    ).items():
        FILES.labels(kind, code).inc(count)
    BYTES.inc(sum(outcome.bytes for outcome in outcomes))
