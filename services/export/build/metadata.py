"""What a version says of itself: dataset.json for programs, README.txt for people."""

import json
from collections.abc import Mapping
from typing import Any

from chassis.messaging.ports import BlobStore
from services.export.build.leakage import near_duplicates
from services.export.freeze.balance import PLACED, balance
from services.export.members import JOINED
from services.export.versions import StoredVersion

_FORMS = {
    "png": "pictures of 8 bits as they are shown, in PNG.",
    "png16": "pictures of 16 bits in PNG; a value means slope * value + intercept of its line in the manifest.",
    "nifti": "volumes in NIfTI-1 (.nii.gz), real values, each with a JSON beside it.",
    "dicom": "DICOM objects, de-identified by the profile that dataset.json names.",
}
# A volume's line tells its own plane and phases.
_GROUPS = {
    "plane": "coalesce(said ->> 'plane', image_plane)",
    "phase": "coalesce(said ->> 'phase', image_phase)",
    "modality": "modality",
}
_JOINED = f"FROM {JOINED} WHERE version_id = $1"


async def describe(pool: Any, blobs: BlobStore, version: StoredVersion, manifest_sha256: str) -> dict[str, Any]:
    """Everything about the version but the archive's size; the same version always says the same."""
    return {
        "name": version.name,
        "version": version.version,
        "number": version.number,
        "created_at": version.created_at.isoformat(),
        **version.rule,
        "content_sha256": version.content_sha256,
        "manifest_sha256": manifest_sha256,
        "counts": await _counts(pool, version.version_id),
        "split_achieved": await balance(pool, version.version_id, version.rule["stratify"], PLACED)
        if version.rule["split"]
        else None,
        "leaks": await _leaks(pool, blobs, version) if version.rule["split"] else None,
        "exclusions": version.exclusions,
        **version.made_with,
        "renderers": await _renderers(pool, version.version_id),
        "citation": citation(version),
    }


def citation(version: StoredVersion) -> str:
    """How to name the version in a paper: it is these files for ever."""
    day = version.created_at.date().isoformat()
    return f"{version.name}, version {version.version} ({day}). rcdm data set, sha256:{version.content_sha256}."


async def _renderers(pool: Any, version_id: int) -> list[str]:
    """Which versions of the renderer drew the pictures: their keys say it (chassis/blobs/keys.py)."""
    rows = await pool.fetch(
        "SELECT DISTINCT split_part(png_key, '/', 2) AS renderer FROM export.member WHERE version_id = $1 ORDER BY 1",
        version_id,
    )
    return [row["renderer"] for row in rows]


async def _counts(pool: Any, version_id: int) -> dict[str, Any]:
    whole = await pool.fetchrow(
        "SELECT count(*) AS pictures, count(DISTINCT person_key) AS persons,"
        " coalesce(sum((said ->> 'images')::integer), count(DISTINCT image_id)) AS images,"
        " count(DISTINCT (hospital, study_instance_uid)) AS occurrences,"
        f" count(DISTINCT (hospital, series_instance_uid)) AS series {_JOINED}", version_id,
    )  # fmt: skip
    by_group: dict[str, Any] = {}
    for name, column in _GROUPS.items():
        rows = await pool.fetch(
            f"SELECT coalesce({column}, '') AS value, count(*) AS n {_JOINED} GROUP BY 1 ORDER BY 1", version_id
        )
        by_group[name] = {row["value"]: row["n"] for row in rows}
    return {**dict(whole), **by_group}


async def _achieved(pool: Any, version: StoredVersion) -> dict[str, Any]:
    return await balance(pool, version.version_id, version.rule["stratify"], PLACED)


_ON_SEVERAL_SIDES = f"""
SELECT count(*) FROM (SELECT {{}} {_JOINED} GROUP BY {{}} HAVING count(DISTINCT split) > 1) AS several
"""


async def _leaks(pool: Any, blobs: BlobStore, version: StoredVersion) -> dict[str, Any]:
    """What stands on more than one side: patients (never), pictures that are the same, and almost the same."""
    kinds = {"persons": "person_key", "identical_pictures": "png_sha256"}
    counted = {
        name: await pool.fetchval(_ON_SEVERAL_SIDES.format(column, column), version.version_id)
        for name, column in kinds.items()
    }
    return {**counted, "near_duplicates": await near_duplicates(pool, blobs, version)}


def description_file(description: Mapping[str, Any]) -> bytes:
    return (json.dumps(description, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _about_faces(version: StoredVersion) -> str:
    faces = version.made_with.get("recognizable_faces") or {"series": 0}
    if not faces["series"]:
        return ""
    return (
        f"Thin slices of the head ({faces['series']} series of {faces['persons']} persons): faces could be rebuilt\n"
        "from them, they were not removed. Do not try to recognise anybody, and do not publish them as they are.\n\n"
    )


def readme_file(version: StoredVersion) -> bytes:
    """How to read the archive, for someone who has never seen one."""
    folders = {
        "phase": "person / occurrence / contrast phase / series",
        "plane": "person / occurrence / anatomical plane / series",
        "both": "person / occurrence / contrast phase / anatomical plane / series",
        "series": "person / occurrence / series",
        "flat": "none: person, occurrence and series stand in the file's name",
    }[version.rule["mode"]]
    split = version.rule["split"]
    sides = (
        "Above them stands train, validation or test. All pictures of one person are on one side, and a person\n"
        "stays there in all versions of this data set.\n"
        if split
        else ""
    )
    return f"""{version.name}, version {version.version}
{"=" * (len(version.root) + 10)}

Files: {version.members}, {_FORMS[version.rule["format"]]} Folders: {folders}.
{sides}
Files are numbered along the slice normal inside their folder; frames of one object follow each other.

manifest.csv   One line per file (UTF-8, comma, first line is the header). "path" is the file's name in this
               archive, "sha256" its checksum. Lengths are in mm. Several numbers stand between backslashes.
               Text that a spreadsheet could take for a formula begins with an apostrophe.
manifest.jsonl, manifest.parquet
               The same lines as JSON and as Parquet.
monai.json     A data list for MONAI; load.py reads it and is a beginning for your own.
croissant.json The data set in the words of MLCommons Croissant 1.0.
dataset.json   The query, the rules, counts, the shares reached, and how many images were held back and why.

Persons, occurrences and series carry pseudonyms; UIDs are replaced. The same thing has the same name in every
version of this data set and an unrelated one in any other data set.

{_about_faces(version)}Cite it as: {citation(version)}

Check the whole archive with: rcdm dataset verify {version.root}.zip
""".encode()
