"""The SQL of the ledger: instances, uploads and their files; and which uploads a caller may see.

A caller sees the uploads of its hospitals; a bridge only its own.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

import asyncpg
from fastapi import Depends

from chassis.auth.access import Calling, Role
from imaging.dicom.uids import Header

SEEN = "($1::text[] IS NULL OR upload.hospital = ANY ($1)) AND ($2::text IS NULL OR upload.made_by = $2)"

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
# What a statement can be sent to: a connection, one lent by the pool, or the pool for a statement on its own.
Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy | asyncpg.Pool[asyncpg.Record]"


@dataclass(frozen=True)
class Sight:
    """None: any."""

    hospitals: frozenset[str] | None
    made_by: str | None

    @property
    def parameters(self) -> tuple[frozenset[str] | None, str | None]:
        """$1 and $2 of a statement that says SEEN."""
        return self.hospitals, self.made_by


def _sight(caller: Calling) -> Sight:
    return Sight(caller.hospitals, None if caller.may(Role.STEWARD, Role.OPERATOR) else caller.subject)


Sees = Annotated[Sight, Depends(_sight)]


@dataclass(frozen=True)
class Upload:
    """What the uploader says of all files of an upload."""

    upload_id: UUID
    hospital: str
    diagnosis: str = ""
    diagnosis_code: str = ""
    vocabulary: str = ""
    made_by: str = ""
    assign_uids: bool = False


@dataclass(frozen=True)
class Entry:
    """An object that wants its row."""

    header: Header
    sha256: str
    bytes: int
    blob_key: str


@dataclass(frozen=True)
class KeptObject:
    """The bytes under a SOP Instance UID, which the blob store has."""

    sha256: str
    bytes: int
    transfer_syntax_uid: str


async def insert_upload(connection: Connection, upload: Upload) -> None:
    """Once; later calls of the same upload change nothing."""
    await connection.execute(
        "INSERT INTO ingest.upload (upload_id, hospital, diagnosis, diagnosis_code, vocabulary, made_by, assign_uids)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        upload.upload_id, upload.hospital, upload.diagnosis, upload.diagnosis_code, upload.vocabulary, upload.made_by,
        upload.assign_uids,
    )  # fmt: skip


async def find_upload(connection: Connection, upload_id: UUID, sight: Sight) -> Upload | None:
    row = await connection.fetchrow(
        "SELECT upload_id, hospital, diagnosis, diagnosis_code, vocabulary, made_by, assign_uids FROM ingest.upload"
        f" WHERE {SEEN} AND upload_id = $3",
        *sight.parameters, upload_id,
    )  # fmt: skip
    return Upload(**row) if row else None


async def insert_instances(
    connection: Connection, upload: Upload, received_at: datetime, entries: Sequence[Entry]
) -> tuple[set[str], dict[str, str]]:
    """The SOP Instance UIDs that got their row by this call, and the digest each UID has now, whoever wrote it.

    Of several entries of one UID the first counts. Rows go in by order of UID, so that two calls never wait for each
    other in a circle.
    """
    new = await connection.fetch(_INSERT, upload.hospital, upload.upload_id, received_at, *_columns(entries))
    kept = await connection.fetch(
        "SELECT sop_instance_uid, sha256 FROM ingest.instance WHERE hospital = $1 AND sop_instance_uid = ANY($2)",
        upload.hospital,
        [entry.header.sop_instance_uid for entry in entries],
    )
    return {row[0] for row in new}, {row[0]: row[1] for row in kept}


_INSERT = """
INSERT INTO ingest.instance (hospital, upload_id, received_at, sop_instance_uid, study_instance_uid,
    series_instance_uid, sop_class_uid, transfer_syntax_uid, sha256, bytes, blob_key, assigned_uids)
SELECT $1, $2, $3, sop, study, series, class, syntax, digest, size, key, assigned::jsonb
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::text[],
    $12::text[]) WITH ORDINALITY AS entry (sop, study, series, class, syntax, digest, size, key, assigned, number)
ORDER BY sop, number
ON CONFLICT (hospital, sop_instance_uid) DO NOTHING
RETURNING sop_instance_uid"""


def _columns(entries: Sequence[Entry]) -> list[list[Any]]:
    headers = [entry.header for entry in entries]
    return [
        [header.sop_instance_uid for header in headers],
        [header.study_instance_uid for header in headers],
        [header.series_instance_uid for header in headers],
        [header.sop_class_uid for header in headers],
        [header.transfer_syntax_uid for header in headers],
        [entry.sha256 for entry in entries],
        [entry.bytes for entry in entries],
        [entry.blob_key for entry in entries],
        [json.dumps(dict(header.assigned)) for header in headers],
    ]


async def objects_kept(connection: Connection, hospital: str, sops: Sequence[str]) -> dict[str, KeptObject]:
    """By SOP Instance UID, what a hospital has of these."""
    rows = await connection.fetch(
        "SELECT sop_instance_uid, sha256, bytes, transfer_syntax_uid FROM ingest.instance"
        " WHERE hospital = $1 AND sop_instance_uid = ANY($2)",
        hospital,
        sops,
    )
    return {
        row["sop_instance_uid"]: KeptObject(row["sha256"], row["bytes"], row["transfer_syntax_uid"]) for row in rows
    }


async def insert_files(connection: Connection, upload_id: UUID, rows: Sequence[tuple[Any, ...]]) -> None:
    """Rows in the order received: name, outcome, reason code, detail and offset, SOP Instance UID, digest, bytes."""
    await connection.execute(
        "INSERT INTO ingest.upload_file (upload_id, name, outcome, reason_code, reason_detail, reason_offset,"
        " sop_instance_uid, sha256, bytes) SELECT $1, name, outcome, code, detail, at, sop, digest, size"
        " FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[],"
        " $9::bigint[]) WITH ORDINALITY AS file (name, outcome, code, detail, at, sop, digest, size, number)"
        " ORDER BY number",
        upload_id,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def digests_kept(connection: Connection, digests: Sequence[str], hospital: str | None = None) -> set[str]:
    """Which of the digests a ledger row speaks of, in one hospital or in any."""
    rows = await connection.fetch(
        "SELECT DISTINCT sha256 FROM ingest.instance WHERE sha256 = ANY($1) AND ($2::text IS NULL OR hospital = $2)",
        digests,
        hospital,
    )
    return {row[0] for row in rows}
