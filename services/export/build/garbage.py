"""Files made for data sets that no archive holds any more, or whose image was deleted, leave the store."""

from functools import partial

from chassis.aio import Rounds, gather_bounded
from chassis.service import Home
from chassis.telemetry.metrics import log

_EVERY_SECONDS = 3600.0
_BATCH = 500
_DELETES_AT_ONCE = 8

# What a build makes or takes again right now was used a moment ago; an hour later it is in an archive or left over. An
# archive that lost a picture is not given out: a volume with that picture in it goes with the archive's other files.
_LEFT_OVER = """
SELECT file_key FROM export.file
WHERE image_id IN (SELECT image_id FROM export.deleted_image) OR (used_at < now() - interval '1 hour'
    AND NOT EXISTS (SELECT FROM export.entry JOIN export.version USING (version_id)
                    WHERE blob_key = file_key AND blob_key LIKE 'file/%' AND deleted = 0))
LIMIT $1
"""


def sweeper(home: Home) -> Rounds:
    return Rounds("export", "sweeper", _EVERY_SECONDS, partial(sweep_files, home))


async def sweep_files(home: Home) -> int:
    """How many were removed: first the bytes, then the row, so that a killed sweep is finished by the next."""
    removed = 0
    while keys := [row[0] for row in await home.database.pool.fetch(_LEFT_OVER, _BATCH)]:
        await gather_bounded(_DELETES_AT_ONCE, home.blobs.delete, keys)
        await home.database.pool.execute("DELETE FROM export.file WHERE file_key = ANY($1)", keys)
        removed += len(keys)
    if removed:
        log.info("files of data sets removed", service="export", files=removed)
    return removed
