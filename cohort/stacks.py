"""Rows of `rcdm.radiology_image` as a stack of slices."""

from collections.abc import Mapping, Sequence
from typing import Any

from imaging.geometry import GeometryReport, Slice, series_geometry

# What a row has to tell.
STACK_COLUMNS = (
    "sop_instance_uid",
    "image_orientation_patient",
    "image_position_patient",
    "acquisition_number",
    "instance_number",
)


def stack_geometry(rows: Sequence[Mapping[str, Any]]) -> GeometryReport:
    """What is odd about the images of one series at one time point."""
    return series_geometry([
        Slice(
            row["sop_instance_uid"], tuple(row["image_orientation_patient"] or ()),
            tuple(row["image_position_patient"] or ()), row["acquisition_number"], row["instance_number"],
        )
        for row in rows
    ])  # fmt: skip
