"""What differs between two versions of one data set: pictures, sides and rules."""

from typing import Any

from chassis.db.database import Database
from services.export.members import JOINED
from services.export.models import Diff, Difference
from services.export.names import Pseudonyms
from services.export.versions import StoredVersion

_KEY = "hospital, sop_instance_uid, frame"
_SIDE = f"""
SELECT {_KEY}, path, (coalesce(entry.sha256, png_sha256), image_plane, image_phase) AS said
FROM {JOINED} WHERE version_id = """
_CHANGES = f"""
SELECT *, CASE WHEN path_before IS NULL THEN 'added' WHEN path IS NULL THEN 'removed' ELSE 'changed' END AS change
FROM (
    SELECT {_KEY}, new.path, old.path AS path_before
    FROM ({_SIDE} $1) old FULL JOIN ({_SIDE} $2) new USING ({_KEY})
    WHERE old.path IS NULL OR new.path IS NULL OR old.said <> new.said
) changes
"""
_MOVED = f"""
SELECT count(DISTINCT old.person_key) FROM
    (SELECT DISTINCT person_key, split FROM {JOINED}
     WHERE version_id = $1) old
JOIN
    (SELECT DISTINCT person_key, split FROM {JOINED}
     WHERE version_id = $2) new USING (person_key)
WHERE old.split <> new.split
"""


async def difference(
    database: Database,
    names: Pseudonyms,
    old: StoredVersion,
    new: StoredVersion,
    after: tuple[str, str, int],
    limit: int,
) -> tuple[Diff, tuple[str, str, int] | None]:
    """The counts, one page of pictures behind `after`, and where the next page begins."""
    ids = (old.version_id, new.version_id)
    counted = await database.pool.fetch(f"SELECT change, count(*) AS n FROM ({_CHANGES}) c GROUP BY change", *ids)
    counts = {row["change"]: row["n"] for row in counted}
    rows = await database.pool.fetch(
        f"{_CHANGES} WHERE ({_KEY}) > ($3, $4, $5) ORDER BY {_KEY} LIMIT $6", *ids, *after, limit
    )
    items = [
        Difference(change=row["change"], sop_uid=names.uid(row["sop_instance_uid"]), frame=row["frame"],
                   path=row["path"], path_before=row["path_before"])
        for row in rows
    ]  # fmt: skip
    found = Diff(
        dataset=new.name, before=old.version, to=new.version,
        added=counts.get("added", 0), removed=counts.get("removed", 0), changed=counts.get("changed", 0),
        moved_persons=await database.pool.fetchval(_MOVED, *ids), rule_changes=_rule_changes(old.rule, new.rule),
        items=items,
    )  # fmt: skip
    last = rows[-1] if len(rows) == limit else None
    return found, last and (last["hospital"], last["sop_instance_uid"], last["frame"])


def _rule_changes(old: dict[str, Any], new: dict[str, Any]) -> dict[str, list[Any]]:
    return {name: [old.get(name), new.get(name)] for name in sorted({*old, *new}) if old.get(name) != new.get(name)}
