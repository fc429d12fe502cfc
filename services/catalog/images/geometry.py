"""The stacks of a study and what is odd about them: computed when somebody asks."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from pydantic import BaseModel, Field

from cdm.query.access import Scope
from cdm.query.stacks import STACK_COLUMNS, series_stacks
from chassis.db.database import Database
from chassis.errors import NotFound
from chassis.http.paging import Page
from imaging.geometry.plane import plane_of_orientation
from imaging.geometry.spacing import GeometryFinding
from imaging.volume.dimensions import Axis
from imaging.volume.stacks import Stack

_IMAGES = f"""
SELECT image.series_instance_uid, phase_group, series_description, image_phase, image_plane,
    {STACK_COLUMNS}
FROM rcdm.radiology_image image WHERE radiology_occurrence_id = $1
ORDER BY series_number NULLS LAST, series_instance_uid, phase_group, image_no, sop_instance_uid
"""
_SEEN = """
SELECT count(*) FROM rcdm.radiology_occurrence JOIN rcdm.radiology_hospital hospital USING (radiology_hospital_id)
WHERE radiology_occurrence_id = $1 AND ($2::text[] IS NULL OR hospital.text = ANY($2))
"""


class StackGeometry(BaseModel):
    """Images of one series at the same places: one volume, several along an axis, or none."""

    series_instance_uid: str
    phase_groups: list[str] = Field(description="Of its images, as `phase_group` of an image names them.")
    series_number: int | None
    series_description: str | None
    image_phase: str = Field(description="Of its images; several between backslashes.")
    image_plane: str
    slices: int = Field(description="Of one volume; of what is no volume all its images and frames.")
    volumes: int = Field(description="Of the same places, one after the other along `axis`.")
    axis: Axis | None = Field(description="What goes on from volume to volume; null: there is one.")
    axis_values: list[float | str | None] = Field(
        description="One for each volume: seconds after the first (or the number of the time point), s/mm², ms."
    )
    variant: dict[Axis, float | str | None] = Field(description="What sets it apart from other stacks of the series.")
    spacing_mm: float | None = Field(description="Median step; null below two places.")
    is_regular: bool = Field(description="A volume: one orientation, even steps, nothing twice, nothing missing.")
    findings: Mapping[GeometryFinding, str] = Field(description="What is odd, each with a sentence.")


async def stacks_of(database: Database, occurrence_id: int, hospitals: Scope) -> Page[StackGeometry]:
    """By series number. Raises NotFound."""
    names = None if hospitals is None else sorted(hospitals)
    if not await database.pool.fetchval(_SEEN, occurrence_id, names):
        raise NotFound("There is no such radiology occurrence.", radiology_occurrence_id=occurrence_id)
    rows = await database.pool.fetch(_IMAGES, occurrence_id)
    # The headers of a large enhanced object take seconds to read.
    items = await asyncio.to_thread(_all_stacks, rows)
    return Page(items=items, total=len(items))


def _all_stacks(rows: Sequence[Any]) -> list[StackGeometry]:
    series = [list(group) for _, group in groupby(rows, key=lambda row: row["series_instance_uid"])]
    return [_shown(stack, images) for images in series for stack in series_stacks(images)]


def _shown(stack: Stack, rows: Sequence[Any]) -> StackGeometry:
    own = {one.sop_uid for one in stack.slices}
    images = [row for row in rows if row["sop_instance_uid"] in own]
    orientation = stack.slices[0].facts.orientation
    return StackGeometry(
        **{name: images[0][name] for name in ("series_instance_uid", "series_number", "series_description")},
        phase_groups=list(dict.fromkeys(row["phase_group"] for row in images)),
        image_phase="\\".join(dict.fromkeys(row["image_phase"] for row in images)),
        image_plane=plane_of_orientation(orientation).plane if orientation else images[0]["image_plane"],
        slices=len(stack.volumes[0]),
        volumes=len(stack.volumes),
        axis=stack.axis,
        axis_values=list(stack.axis_values),
        variant=dict(stack.variant),
        spacing_mm=stack.spacing_mm,
        is_regular=stack.is_regular,
        findings=stack.findings,
    )
