"""Pictures on different sides of a split that look almost the same: one patient under two names, an image sent again.

Each picture is reduced to 256 signs, whether it grows brighter from left to right (a difference hash on a grid of 17 by
16); two are almost the same when at most six signs differ. What has next to no contrast says nothing and is left out.
"""

import asyncio
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from chassis.aio import gather_bounded
from chassis.messaging.ports import BlobStore
from services.export.members import JOINED
from services.export.table_statistics import refresh_statistics
from services.export.versions import StoredVersion

MOST_DIFFERENT_SIGNS = 6
_COLUMNS, _ROWS, _BANDS = 17, 16, 8
_LEAST_SIGNS = 24
_PAGE, _READS_AT_ONCE, _LONGEST_RUN, _EXAMPLES = 500, 8, 64, 20

# A page at a time by its number: looking for what is unknown would read the whole version for each page.
_PICTURES = """
SELECT ordinal, png_sha256, png_key, EXISTS (SELECT FROM export.picture_hash WHERE sha256 = png_sha256) AS is_known
FROM export.member WHERE version_id = $1 AND ordinal > $2 ORDER BY ordinal LIMIT $3
"""

Hashes = npt.NDArray[np.uint8]


async def near_duplicates(pool: Any, blobs: BlobStore, version: StoredVersion) -> dict[str, Any]:
    """How many pictures have a near duplicate on another side, and some of the pairs by their names in the archive."""
    await _hash_new(pool, blobs, version.version_id)
    rows = await pool.fetch(
        f"SELECT path, split, hash FROM {JOINED} JOIN export.picture_hash ON picture_hash.sha256 = png_sha256"
        " WHERE version_id = $1 AND hash IS NOT NULL ORDER BY entry_ordinal", version.version_id,
    )  # fmt: skip
    pairs = await asyncio.to_thread(_pairs, [row["hash"] for row in rows], [row["split"] for row in rows])
    examples = [[rows[one]["path"], rows[other]["path"]] for one, other in pairs[:_EXAMPLES]]
    return {"pictures": len({place for pair in pairs for place in pair}), "examples": examples}


def picture_hash(png: bytes) -> bytes | None:
    """256 signs in 32 bytes; None for a picture that has next to no contrast."""
    with Image.open(io.BytesIO(png)) as image:
        small = image.convert("L").resize((_COLUMNS, _ROWS), Image.Resampling.BOX)
    values = np.asarray(small, np.int16)
    signs = np.diff(values, axis=1) > 1
    return np.packbits(signs).tobytes() if signs.sum() >= _LEAST_SIGNS else None


async def _hash_new(pool: Any, blobs: BlobStore, version_id: int) -> None:
    """Of pictures no version had before; what is known is not looked at again."""

    async def one(picture: tuple[str, str]) -> tuple[str, bytes | None]:
        sha256, key = picture
        return sha256, await asyncio.to_thread(picture_hash, await blobs.get(key))

    ordinal = new = 0
    while rows := await pool.fetch(_PICTURES, version_id, ordinal, _PAGE):
        unknown = {row["png_sha256"]: row["png_key"] for row in rows if not row["is_known"]}
        found = await gather_bounded(_READS_AT_ONCE, one, unknown.items())
        await pool.executemany("INSERT INTO export.picture_hash VALUES ($1, $2) ON CONFLICT DO NOTHING", found)
        ordinal, new = rows[-1]["ordinal"], new + len(found)
    await refresh_statistics(pool, "picture_hash", new)


def _pairs(hashes: Sequence[bytes], sides: Sequence[str]) -> list[tuple[int, int]]:
    """Places of two that look alike on different sides.

    With at most seven signs between two, one of eight parts is the same in both: only those are compared.
    """
    if len(hashes) < 2:
        return []
    signs = np.frombuffer(b"".join(hashes), np.uint8).reshape(len(hashes), -1)
    parts = signs.reshape(len(hashes), _BANDS, -1).view(np.uint32)[:, :, 0]
    found: set[tuple[int, int]] = set()
    for band in range(_BANDS):
        order = np.argsort(parts[:, band], kind="stable")
        starts = np.flatnonzero(np.diff(parts[order, band])) + 1
        for run in np.split(order, starts):
            if len(run) > 1:
                found |= _alike(run[:_LONGEST_RUN], signs, sides)
    return sorted(found)


def _alike(places: npt.NDArray[np.intp], signs: Hashes, sides: Sequence[str]) -> set[tuple[int, int]]:
    found = set()
    for number, one in enumerate(places):
        rest = places[number + 1 :]
        different = np.unpackbits(signs[rest] ^ signs[one], axis=1).sum(axis=1)
        for other in rest[different <= MOST_DIFFERENT_SIGNS]:
            if sides[one] != sides[other]:
                found.add((int(min(one, other)), int(max(one, other))))
    return found
