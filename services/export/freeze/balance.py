"""How closely a split meets its shares: persons and pictures on each side, in all and inside each stratum."""

from collections.abc import Sequence
from typing import Any

from services.export.members import JOINED

# Of files that have their place: the side stands in their path. Of members that have none yet: the person's.
PLACED = JOINED
FROZEN = (
    "export.member JOIN export.version USING (version_id)"
    " JOIN export.side ON side.name = version.name AND side.person_key = member.person_key"
)
_SIDE = {PLACED: "split", FROZEN: "side.side"}


async def balance(driver: Any, version_id: int, strata: Sequence[str], source: str) -> dict[str, Any]:
    """`all` and by stratum: value to side to persons, pictures and share (of persons). `source`: PLACED or FROZEN."""
    return {
        "all": (await _sides(driver, version_id, "''", source)).get("", {}),
        **{stratum: await _sides(driver, version_id, stratum, source) for stratum in strata},
    }


async def _sides(driver: Any, version_id: int, stratum: str, source: str) -> dict[str, dict[str, Any]]:
    rows = await driver.fetch(
        f"SELECT coalesce({stratum}, '') AS value, {_SIDE[source]} AS side,"
        " count(DISTINCT member.person_key) AS persons, count(*) AS pictures"
        f" FROM {source} WHERE version_id = $1 GROUP BY 1, 2 ORDER BY 1, 2", version_id,
    )  # fmt: skip
    persons: dict[str, int] = {}
    for row in rows:
        persons[row["value"]] = persons.get(row["value"], 0) + row["persons"]
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["value"], {})[row["side"]] = {
            "persons": row["persons"],
            "pictures": row["pictures"],
            "share": round(row["persons"] / persons[row["value"]], 6),
        }
    return found
