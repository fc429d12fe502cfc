"""A study is deleted, or may come again: tombstone, rows and event in one transaction.

Records of deleted studies are left out, however late they come.
"""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from cdm.query.access import Scope
from chassis.errors import Conflict, NotFound
from chassis.messaging.outbox import Outbox
from chassis.messaging.ports import Event
from chassis.messaging.topics import OCCURRENCE_DELETED, timestamp
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.corrections.models import Id, Reason
from services.catalog.db import Connection
from services.catalog.deletion.rows import remove_study
from services.catalog.deletion.store import COLUMNS, Deletion, deletion_of
from services.catalog.load.records import ImageRecord
from services.catalog.omop.persons import own_persons

_IMAGES_PER_EVENT = 50_000
_LONGEST_SECONDS = 280  # for one study of very many images; whoever asked waits that long

_IMAGES = "SELECT image_id FROM rcdm.radiology_image WHERE radiology_occurrence_id = $1 ORDER BY image_id"

_WRITE = f"""
INSERT INTO rcdm.radiology_deletion (radiology_occurrence_id, study_instance_uid, hospital, hospitals, images, pictures,
    bytes, reason, deleted_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING {COLUMNS}, hospitals
"""

_GONE = """
SELECT deletion_id FROM rcdm.radiology_deletion
WHERE radiology_occurrence_id = $1 AND ($2::text[] IS NULL OR hospital = ANY($2))
"""

_SEEN = f"""
SELECT {COLUMNS}, hospitals FROM rcdm.radiology_deletion
WHERE deletion_id = $1 AND ($2::text[] IS NULL OR hospital = ANY($2)) FOR UPDATE
"""

_LIFT = f"""
UPDATE rcdm.radiology_deletion SET lifted_at = now(), lifted_by = $2, lifted_reason = $3 WHERE deletion_id = $1
RETURNING {COLUMNS}, hospitals
"""

_TOMBSTONES = """
SELECT study_instance_uid, unnest(hospitals) AS hospital, lifted_at IS NOT NULL AS is_lifted, purged_at
FROM rcdm.radiology_deletion WHERE study_instance_uid = ANY($1)
"""


_FOUND = """
SELECT study.radiology_occurrence_id, study_instance_uid, hospital.text AS hospital, image_total_count AS images,
    picture_total_count AS pictures,
    (SELECT coalesce(sum(image_bytes), 0)::bigint FROM rcdm.radiology_image image
     WHERE image.radiology_occurrence_id = study.radiology_occurrence_id) AS bytes,
    NOT EXISTS (SELECT FROM rcdm.radiology_occurrence other WHERE other.person_id = study.person_id
                AND other.radiology_occurrence_id <> study.radiology_occurrence_id) AS last_of_person
FROM rcdm.radiology_occurrence study JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
WHERE radiology_occurrence_id = $1 AND ($2::text[] IS NULL OR hospital.text = ANY($2))
"""


# What uploads said, and what a person said instead: under each of them the door knows the study.
_NAMES = """
SELECT array_agg(text ORDER BY text) FROM rcdm.radiology_hospital WHERE radiology_hospital_id IN (
    SELECT unnest(ARRAY[radiology_hospital_id, said_hospital_id]) FROM rcdm.radiology_occurrence
    WHERE radiology_occurrence_id = $1
    UNION SELECT coalesce(said_hospital_id, radiology_hospital_id) FROM rcdm.radiology_image
    WHERE radiology_occurrence_id = $1)
"""


class DeletionRequest(BaseModel):
    """Which study, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    radiology_occurrence_id: Id
    reason: Reason
    dry_run: bool = Field(True, description="Only tell what would be deleted; false deletes it.")


class LiftRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Reason


class Extent(BaseModel):
    """What a study holds."""

    radiology_occurrence_id: int
    study_instance_uid: str
    hospital: str
    images: int
    pictures: int = Field(description="Images that have a picture.")
    bytes: int = Field(description="Of the received objects.")
    last_of_person: bool = Field(description="No other study of this person is here: what was made of them goes, too.")


class Deleted(BaseModel):
    """What was deleted or, of a dry run, would be."""

    dry_run: bool
    deletion: Deletion | None = Field(description="The tombstone; null of a dry run.")
    study: Extent


async def extent(connection: Connection, occurrence_id: int, hospitals: Scope) -> Extent:
    """Raises NotFound, with the tombstone's number when the study was deleted."""
    names = None if hospitals is None else sorted(hospitals)
    row = await connection.fetchrow(_FOUND, occurrence_id, names)
    if row is None:
        if gone := await connection.fetchval(_GONE, occurrence_id, names):
            raise NotFound(f"This radiology occurrence was deleted already: deletion {gone}.", deletion_id=gone)
        raise NotFound("There is no such radiology occurrence.", radiology_occurrence_id=occurrence_id)
    return Extent.model_validate(dict(row))


async def delete(connection: Connection, outbox: Outbox, wanted: DeletionRequest, hospitals: Scope, by: str) -> Deleted:
    """Rows are gone when it is committed; bytes and pictures follow. Raises NotFound."""
    await own_persons(connection)
    await connection.execute(f"SET LOCAL statement_timeout = '{_LONGEST_SECONDS}s'")
    found = await extent(connection, wanted.radiology_occurrence_id, hospitals)
    names = await connection.fetchval(_NAMES, found.radiology_occurrence_id)
    images = [row[0] for row in await connection.fetch(_IMAGES, found.radiology_occurrence_id)]
    row = await connection.fetchrow(
        _WRITE, found.radiology_occurrence_id, found.study_instance_uid, found.hospital, names, found.images,
        found.pictures, found.bytes, wanted.reason, by,
    )  # fmt: skip
    await remove_study(connection, found.radiology_occurrence_id)
    deletion = deletion_of(row)
    parts = [images[first : first + _IMAGES_PER_EVENT] for first in range(0, len(images) or 1, _IMAGES_PER_EVENT)]
    await outbox.write(connection, OCCURRENCE_DELETED.name, [_event(deletion, names, part) for part in parts])
    return Deleted(dry_run=False, deletion=deletion, study=found)


async def lift(
    connection: Connection, outbox: Outbox, deletion_id: int, hospitals: Scope, by: str, reason: str
) -> Deletion:
    """The study may be sent again. Raises NotFound, Conflict when it was lifted, or is not purged yet."""
    row = await connection.fetchrow(_SEEN, deletion_id, None if hospitals is None else sorted(hospitals))
    if row is None:
        raise NotFound("There is no such deletion.", deletion_id=deletion_id)
    if row["lifted_by"]:
        raise Conflict(f"{row['lifted_by']} has lifted this deletion already.", deletion_id=deletion_id)
    if row["purged_at"] is None:
        raise Conflict("Its bytes are still being removed; lift it when it is purged.", deletion_id=deletion_id)
    row = await connection.fetchrow(_LIFT, deletion_id, by, reason)
    deletion = deletion_of(row)
    await outbox.write(connection, OCCURRENCE_DELETED.name, [_event(deletion, row["hospitals"], [])])
    return deletion


def _event(deletion: Deletion, hospitals: Sequence[str], image_ids: Sequence[int]) -> Event:
    message = pb.OccurrenceDeleted(
        deletion_id=deletion.deletion_id,
        study_instance_uid=deletion.study_instance_uid,
        hospitals=hospitals,
        image_ids=image_ids,
        deleted_at=timestamp(deletion.deleted_at),
        lifted_at=timestamp(deletion.lifted_at) if deletion.lifted_at else None,
    )
    return OCCURRENCE_DELETED.event(deletion.study_instance_uid, message)


async def without_deleted(connection: Connection, records: Sequence[ImageRecord]) -> list[ImageRecord]:
    """Those whose study stands, or may come again and was received after everything of it was gone.

    Shared with who deletes by `share_persons`, which has to be called before.
    """
    rows = await connection.fetch(_TOMBSTONES, sorted({record.study_uid for record in records}))
    if not rows:
        return list(records)
    return [record for record in records if not any(_covers(row, record) for row in rows)]


def _covers(tomb: Any, record: ImageRecord) -> bool:
    if (record.study_uid, record.hospital) != (tomb["study_instance_uid"], tomb["hospital"]):
        return False
    return not tomb["is_lifted"] or record.received_at <= tomb["purged_at"]
