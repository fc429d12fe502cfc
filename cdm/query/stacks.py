"""Rows of `rcdm.radiology_image` as slices, and the stacks they are: what an export writes as volumes."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from imaging.volume.dimensions import Slice
from imaging.volume.frame_facts import FACT_KEYS, PRIVATE_FACTS, FrameFacts, frame_facts
from imaging.volume.stacks import Stack, stacks_of

_KEYS = ", ".join(f"'{key}'" for key in sorted(FACT_KEYS))
_GROUPS = ", ".join(f"'{group:04X}'" for group in sorted({place >> 8 for place in PRIVATE_FACTS}))
_ELEMENTS = ", ".join(f"'{element:02X}'" for element in sorted({place & 0xFF for place in PRIVATE_FACTS}))
# Standard elements, and of private groups creators and what may be a fact, in whichever block.
_IS_FACT = (
    f"key IN ({_KEYS}) OR left(key, 4) IN ({_GROUPS}) AND (substr(key, 5, 2) = '00' OR right(key, 2) IN ({_ELEMENTS}))"
)
# What a row has to tell; of the header the elements alone that say what its frames are.
STACK_COLUMNS = (
    "image.image_id, image.sop_instance_uid, image.instance_number, image.series_number, image.frame_of_reference_uid,"
    " image.pixel_sha256, image.acquisition_number, image.image_orientation_patient, image.image_position_patient,"
    " image.pixel_spacing,"
    " image.image_resolution_rows, image.image_resolution_columns, image.number_of_frames,"
    f" (SELECT jsonb_object_agg(key, value) FROM jsonb_each(image.tags) WHERE {_IS_FACT})::text AS facts"
)


def series_stacks(
    rows: Sequence[Mapping[str, Any]], frames: Mapping[int, Collection[int]] | None = None
) -> list[Stack]:
    """The stacks of one series; `frames` names, by image_id, those that count (None: all of them)."""
    slices = [
        Slice(
            row["sop_instance_uid"],
            facts,
            row["instance_number"],
            row["series_number"],
            row["frame_of_reference_uid"],
            _pixels(row),
        )
        for row in rows
        for facts in _facts(row)
        if frames is None or facts.frame in frames[row["image_id"]]
    ]
    return stacks_of(slices)


def _facts(row: Mapping[str, Any]) -> list[FrameFacts]:
    """Of the header; of a single frame what the header does not say is taken from the row."""
    found = frame_facts(json.loads(row["facts"] or "{}"))
    if len(found) > 1 or (row["number_of_frames"] or 1) > 1:
        return found
    one, spacing = found[0], row["pixel_spacing"]
    return [
        replace(
            one,
            rows=one.rows or row["image_resolution_rows"] or 0,
            columns=one.columns or row["image_resolution_columns"] or 0,
            orientation=one.orientation or tuple(row["image_orientation_patient"] or ()) or None,
            position=one.position or tuple(row["image_position_patient"] or ()) or None,
            pixel_spacing=one.pixel_spacing or (tuple(spacing) if spacing else None),
            acquisition_number=row["acquisition_number"] if one.acquisition_number is None else one.acquisition_number,
        )
    ]


def _pixels(row: Mapping[str, Any]) -> str | None:
    """A digest of the image's pixels, where they are those of one frame."""
    digest: str | None = row["pixel_sha256"]
    return digest if (row["number_of_frames"] or 1) == 1 else None
