"""The audit: blobs, ledger, log and catalogue compared; every loss, orphan and flipped bit is named.

It reads the other services' tables and writes none: the auditor has to see what each of them would rather not.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from chassis.aio import gather_bounded
from chassis.blobs import keys as blob_keys
from chassis.db.database import Database
from chassis.errors import BlobMissing
from chassis.messaging.ports import Blob, BlobStore
from services.operations.findings import Fault, Findings, Report

_PAGE = 1000
_READERS = 8

Row = Any


async def audit(database: Database, blobs: BlobStore) -> Report:
    """Reads every byte once, in bounded memory. Work on its way (not yet catalogued) is counted, not a fault."""
    findings = Findings()
    await _check_objects(database, blobs, findings)
    await _check_pictures(database, blobs, findings)
    await _check_orphans(database, blobs, findings)
    await _check_events(database, findings)
    await _check_rows(database, findings)
    await _check_datasets(database, blobs, findings)
    await _check_files(database, blobs, findings)
    return findings.report()


async def _check_objects(database: Database, blobs: BlobStore, findings: Findings) -> None:
    async def check(row: Row) -> None:
        findings.counts["objects"] += 1
        try:
            digest = await _digest(blobs, row["blob_key"])
        except BlobMissing:
            if await _still_there(database, "ingest.instance", "sha256", row["sha256"]):
                findings.add(Fault.LOST_OBJECT, row["blob_key"], "The ledger knows it; its bytes are gone.")
            return
        if digest != row["sha256"]:
            findings.add(Fault.ALTERED_OBJECT, row["blob_key"], f"Its bytes now digest to {digest}.")

    sql = """SELECT DISTINCT ON (sha256) sha256, blob_key FROM ingest.instance
             WHERE sha256 > $1 ORDER BY sha256 LIMIT $2"""
    async for rows in _pages(database, sql, "sha256", ""):
        await gather_bounded(_READERS, check, rows)


async def _check_pictures(database: Database, blobs: BlobStore, findings: Findings) -> None:
    async def check(picture: tuple[str, str, int]) -> None:
        key, sha256, image_id = picture
        findings.counts["pictures"] += 1
        try:
            body = await blobs.get(key)
        except BlobMissing:
            if await _still_there(database, "rcdm.radiology_image", "image_id", image_id):
                findings.add(Fault.LOST_PICTURE, key, "The catalogue knows it; its bytes are gone.")
            return
        if hashlib.sha256(body).hexdigest() != sha256:
            findings.add(Fault.ALTERED_PICTURE, key, "Its bytes are not those that were drawn.")

    sql = """SELECT image_id, png_filepath, png_frames::text AS frames FROM rcdm.radiology_image
             WHERE image_id > $1 AND png_filepath IS NOT NULL ORDER BY image_id LIMIT $2"""
    async for rows in _pages(database, sql, "image_id", 0):
        frames = [
            (blob_keys.png_key(row["png_filepath"], frame["number"]), frame["sha256"], row["image_id"])
            for row in rows
            for frame in json.loads(row["frames"])
        ]
        await gather_bounded(_READERS, check, frames)


async def _check_orphans(database: Database, blobs: BlobStore, findings: Findings) -> None:
    # A digest that an upload has under way right now, or that is to go with a deleted study, is no orphan: the tables
    # are asked in one snapshot.
    known_sql = """SELECT sha256 FROM ingest.instance WHERE sha256 = ANY($1::text[])
                   UNION SELECT sha256 FROM ingest.pending_blob WHERE sha256 = ANY($1::text[])
                   UNION SELECT sha256 FROM ingest.purge_blob WHERE sha256 = ANY($1::text[])"""
    for prefix, fault in (
        (blob_keys.DICOM, Fault.ORPHAN_OBJECT),
        (blob_keys.PNG, Fault.ORPHAN_PICTURE),
        (blob_keys.EXTRACTION, Fault.ORPHAN_OBJECT),
    ):
        async for page in _blob_pages(blobs, prefix):
            findings.counts["blobs"] += len(page)
            digests = {blob.key: blob_keys.digest_in(blob.key) for blob in page}
            rows = await database.pool.fetch(known_sql, [digest for digest in digests.values() if digest])
            known = {row["sha256"] for row in rows}
            for key, digest in digests.items():
                if digest not in known and await _exists(blobs, key):
                    findings.add(fault, key, "Nothing in the ledger speaks of it.")


async def _check_events(database: Database, findings: Findings) -> None:
    row = await database.pool.fetchrow(
        """SELECT count(*) AS instances, count(catalogued_at) AS catalogued,
                  count(*) FILTER (WHERE failed_at IS NOT NULL AND catalogued_at IS NULL) AS failed,
                  count(*) FILTER (WHERE failed_at IS NULL AND catalogued_at IS NULL) AS pending
           FROM ingest.instance"""
    )
    findings.counts.update(dict(row))
    if not row["pending"] or await _something_is_on_its_way(database):
        return
    lost = await database.pool.fetch(
        """SELECT sop_instance_uid FROM ingest.instance
           WHERE failed_at IS NULL AND catalogued_at IS NULL ORDER BY 1 LIMIT 1000"""
    )
    for one in lost:
        detail = "Stored, neither catalogued nor failed, and no event is on its way: rcdm republish."
        findings.add(Fault.LOST_EVENT, one["sop_instance_uid"], detail)


async def _something_is_on_its_way(database: Database) -> bool:
    sql = """SELECT EXISTS (SELECT FROM ingest.outbox) OR EXISTS (SELECT FROM catalog.outbox)
                 OR EXISTS (SELECT FROM ingest.instance WHERE catalogued_at IS NULL AND failed_at IS NULL
                            AND greatest(received_at, extracted_at) > now() - interval '10 minutes')"""
    return bool(await database.pool.fetchval(sql))


async def _check_rows(database: Database, findings: Findings) -> None:
    # The ledger keeps the hospital an upload said; of a study that a person moved the catalogue knows both.
    images = """rcdm.radiology_image m JOIN rcdm.radiology_occurrence o USING (radiology_occurrence_id)
                JOIN rcdm.radiology_hospital h ON h.radiology_hospital_id = m.radiology_hospital_id
                LEFT JOIN rcdm.radiology_hospital said ON said.radiology_hospital_id = o.said_hospital_id"""
    alike = """m.sop_instance_uid = i.sop_instance_uid AND m.image_sha256 = i.sha256
               AND i.hospital IN (h.text, said.text)"""
    lost = f"""SELECT i.sop_instance_uid AS what FROM ingest.instance i LEFT JOIN ({images}) ON {alike}
               WHERE i.catalogued_at IS NOT NULL AND m.image_id IS NULL AND NOT EXISTS (
                   SELECT FROM rcdm.radiology_deletion d WHERE d.study_instance_uid = i.study_instance_uid
                       AND i.hospital = ANY(d.hospitals) AND d.purged_at IS NULL) LIMIT 1000"""
    orphans = f"""SELECT m.sop_instance_uid AS what FROM {images} LEFT JOIN ingest.instance i ON {alike}
                  WHERE i.sop_instance_uid IS NULL LIMIT 1000"""
    counts = """SELECT o.radiology_occurrence_id::text AS what FROM rcdm.radiology_occurrence o
                LEFT JOIN (SELECT radiology_occurrence_id, count(*) AS images,
                                  count(DISTINCT series_instance_uid) AS series
                           FROM rcdm.radiology_image GROUP BY 1) m USING (radiology_occurrence_id)
                WHERE o.image_total_count <> coalesce(m.images, 0)
                   OR o.series_total_count <> coalesce(m.series, 0) LIMIT 1000"""
    for sql, fault, detail in (
        (lost, Fault.LOST_ROW, "The ledger says catalogued; the catalogue has no such image."),
        (orphans, Fault.ORPHAN_ROW, "The catalogue has it; the ledger never received these bytes."),
        (counts, Fault.WRONG_COUNT, "The occurrence's counters differ from its images."),
    ):
        for row in await database.pool.fetch(sql):
            findings.add(fault, row["what"], detail)


async def _check_datasets(database: Database, blobs: BlobStore, findings: Findings) -> None:
    ready = await database.pool.fetch("SELECT name, version, state FROM export.version")
    kept = {blob_keys.dataset_key(row["name"], row["version"], "") for row in ready}
    seen: set[str] = set()
    async for page in _blob_pages(blobs, blob_keys.DATASET):
        for blob in page:
            folder = blob.key.rpartition("/")[0] + "/"
            seen.add(folder)
            if folder not in kept:
                findings.add(Fault.ORPHAN_DATASET_FILE, blob.key, "No version of a data set speaks of it.")
    for row in ready:
        folder = blob_keys.dataset_key(row["name"], row["version"], "")
        if row["state"] == "ready" and folder not in seen:
            findings.add(Fault.LOST_DATASET_FILE, folder, "The version is ready; its manifest is gone.")


async def _check_files(database: Database, blobs: BlobStore, findings: Findings) -> None:
    """Those made for data sets: each as it was made while an archive holds it, and none that no table speaks of."""

    async def check(item: tuple[str, str]) -> None:
        key, sha256 = item
        try:
            digest = await _digest(blobs, key)
        except BlobMissing:
            if await _still_there(database, "export.file", "file_key", key):
                findings.add(Fault.LOST_DATASET_FILE, key, "A data set knows it; its bytes are gone.")
            return
        if digest != sha256:
            findings.add(Fault.ALTERED_DATASET_FILE, key, "Its bytes are not those that were made.")

    sql = """SELECT file_key, sha256 FROM export.file WHERE file_key > $1 AND sha256 IS NOT NULL
             ORDER BY file_key LIMIT $2"""
    async for rows in _pages(database, sql, "file_key", ""):
        await gather_bounded(_READERS, check, [(row["file_key"], row["sha256"]) for row in rows])
    async for page in _blob_pages(blobs, blob_keys.FILE):
        keys = [blob.key for blob in page]
        rows = await database.pool.fetch("SELECT file_key FROM export.file WHERE file_key = ANY($1)", keys)
        known = {row["file_key"] for row in rows}
        for key in set(keys) - known:
            if await _exists(blobs, key):
                findings.add(Fault.ORPHAN_DATASET_FILE, key, "No data set speaks of it.")


async def _still_there(database: Database, table: str, column: str, value: object) -> bool:
    """What was deleted while we read is no loss."""
    return bool(await database.pool.fetchval(f"SELECT EXISTS (SELECT FROM {table} WHERE {column} = $1)", value))


async def _digest(blobs: BlobStore, key: str) -> str:
    """In hexadecimal. Raises BlobMissing."""
    digest = hashlib.sha256()
    async with aclosing(blobs.stream(key)) as chunks:
        async for chunk in chunks:
            digest.update(chunk)
    return digest.hexdigest()


async def _exists(blobs: BlobStore, key: str) -> bool:
    try:
        await blobs.size(key)
    except BlobMissing:
        return False
    return True


async def _pages(database: Database, sql: str, key: str, start: object) -> AsyncIterator[Sequence[Row]]:
    while rows := await database.pool.fetch(sql, start, _PAGE):
        yield rows
        start = rows[-1][key]


async def _blob_pages(blobs: BlobStore, prefix: str) -> AsyncIterator[list[Blob]]:
    page: list[Blob] = []
    async for blob in blobs.list(prefix):
        page.append(blob)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page
