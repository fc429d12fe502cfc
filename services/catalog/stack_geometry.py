"""What is odd about the stacks of a study, one for each phase group: computed when somebody asks."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from chassis.database import Database
from chassis.errors import NotFound
from chassis.paging import Page
from cohort.scope import Hospitals
from cohort.stacks import STACK_COLUMNS, stack_geometry
from imaging.geometry import GeometryFinding

_IMAGES = f"""
SELECT series_instance_uid, phase_group, series_number, series_description, image_phase, image_plane,
    {", ".join(STACK_COLUMNS)}
FROM rcdm.radiology_image WHERE radiology_occurrence_id = $1 AND number_of_frames <= 1
ORDER BY series_number NULLS LAST, series_instance_uid, phase_group, image_no, sop_instance_uid
"""
_SEEN = """
SELECT count(*) FROM rcdm.radiology_occurrence JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
WHERE radiology_occurrence_id = $1 AND ($2::text[] IS NULL OR hospital.text = ANY($2))
"""


class StackGeometry(BaseModel):
    """One stack: the images of one series at one time point; objects of several frames are not among them."""

    series_instance_uid: str
    phase_group: str
    series_number: int | None
    series_description: str | None
    image_phase: str
    image_plane: str
    slices: int
    spacing_mm: float | None = Field(description="Median step; null below two places.")
    is_regular: bool = Field(description="A volume: one orientation, even steps, nothing twice, nothing missing.")
    findings: Mapping[GeometryFinding, str] = Field(description="What is odd, each with a sentence.")


async def stacks_of(database: Database, occurrence_id: int, hospitals: Hospitals) -> Page[StackGeometry]:
    """By series number. Raises NotFound."""
    names = None if hospitals is None else sorted(hospitals)
    if not await database.pool.fetchval(_SEEN, occurrence_id, names):
        raise NotFound("There is no such radiology occurrence.", radiology_occurrence_id=occurrence_id)
    groups: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in await database.pool.fetch(_IMAGES, occurrence_id):
        groups[row["series_instance_uid"], row["phase_group"]].append(row)
    items = [_stack(rows) for rows in groups.values()]
    return Page(items=items, total=len(items))


def _stack(rows: Sequence[Any]) -> StackGeometry:
    report = stack_geometry(rows)
    told = ("series_instance_uid", "phase_group", "series_number", "series_description", "image_phase", "image_plane")
    return StackGeometry(
        **{name: rows[0][name] for name in told},
        slices=report.slice_count,
        spacing_mm=report.spacing_mm,
        is_regular=report.is_regular,
        findings=report.findings,
    )
