"""What a data set would hold: the very work of freezing it, looked at and taken back."""

from typing import Any

from pydantic import BaseModel, Field

from chassis.auth.access import Caller
from chassis.db.database import Database
from chassis.secrets import SiteKeys
from services.export.freeze.approval import waits
from services.export.freeze.balance import FROZEN, balance
from services.export.freeze.freeze import Fixed, fix_members, freezing
from services.export.models import DatasetRequest

_COUNTS = """
SELECT count(*) AS pictures, count(DISTINCT person_key) AS persons, count(DISTINCT image_id) AS images,
    count(DISTINCT (hospital, study_instance_uid)) AS occurrences,
    count(DISTINCT (hospital, series_instance_uid)) AS series
FROM export.member WHERE version_id = $1"""
_GROUPS = {"plane": "image_plane", "phase": "image_phase", "modality": "modality"}


class Foreseen(BaseModel):
    """What the next version would hold, frozen now. Of which images no file can be made shows only in the build."""

    pictures: int
    images: int
    persons: int
    occurrences: int
    series: int
    plane: dict[str, int] = Field(description="Pictures of each.")
    phase: dict[str, int]
    modality: dict[str, int]
    exclusions: dict[str, int] = Field(description="Images held back, by reason.")
    split_achieved: dict[str, Any] | None = Field(
        description="By `all` and by stratum: side to persons, pictures and share of persons; null: no split."
    )
    needs_approval: bool = Field(description="So few patients that a steward would have to let it be built.")


async def foresee(
    database: Database, keys: SiteKeys, request: DatasetRequest, maker: Caller, smallest: int
) -> Foreseen:
    """Nothing of it stays: no version, no side of a patient. Raises Conflict, NotFound, Unavailable."""
    async with freezing(database, request.name) as transaction:
        found = await _looked_at(await fix_members(transaction, keys, request, maker), smallest, maker)
        await transaction.rollback()
    return found


async def _looked_at(fixed: Fixed, smallest: int, maker: Caller) -> Foreseen:
    driver, version_id, request = fixed.driver, fixed.version_id, fixed.request
    counts = dict(await driver.fetchrow(_COUNTS, version_id))
    groups = {name: await _group(driver, version_id, column) for name, column in _GROUPS.items()}
    split = await balance(driver, version_id, request.stratify, FROZEN) if request.split else None
    return Foreseen(
        **counts,
        **groups,
        exclusions=fixed.exclusions,
        split_achieved=split,
        needs_approval=waits(counts["persons"], smallest, maker),
    )


async def _group(driver: Any, version_id: int, column: str) -> dict[str, int]:
    rows = await driver.fetch(
        f"SELECT coalesce({column}, '') AS value, count(*) AS n FROM export.member WHERE version_id = $1"
        " GROUP BY 1 ORDER BY 2 DESC, 1",
        version_id,
    )
    return {row["value"]: row["n"] for row in rows}
