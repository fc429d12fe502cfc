"""What the manifest says of a volume: of the whole of it, not of its first image."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from imaging.geometry.plane import PlaneSource, plane_of_orientation
from imaging.header.orientation import angle_degrees
from imaging.volume.nifti import Affine
from imaging.volume.sidecar import variant_words
from imaging.volume.stacks import Stack
from services.export.members import Member

_CORRECTED = "CORRECTED"  # plane_source of images whose plane a person said


def volume_plane(stack: Stack, members: Sequence[Member]) -> tuple[str, str]:
    """The plane of the slices and what says so; a person's word counts more."""
    first = members[0]
    if first.plane_source == _CORRECTED:
        return first.image_plane, _CORRECTED
    return plane_of_orientation(stack.volumes[0][0].facts.orientation or ()).plane, PlaneSource.ORIENTATION


def volume_line(stack: Stack, members: Sequence[Member], affine: Affine, transform: str) -> dict[str, Any]:
    """Values of a line of the manifest; several between backslashes. `members` are its images, in order."""
    volume = stack.volumes[0]
    first = volume[0]
    plane, source = volume_plane(stack, members)
    variant = [f"{axis}={_written(value)}" for axis, value in variant_words(stack).items()]
    return {
        "images": len(members),
        "slices": len(volume),
        "volumes": len(stack.volumes),
        "plane": plane,
        "plane_source": source,
        "phase": "\\".join(dict.fromkeys(member.image_phase for member in members)),
        "phase_confidence": min(member.phase_confidence for member in members),
        "rows": first.facts.rows,
        "columns": first.facts.columns,
        "pixel_spacing": list(first.facts.pixel_spacing or ()),
        "slice_position": first.place,
        "slice_thickness": first.facts.slice_thickness,
        "slice_spacing": stack.spacing_mm,
        "affine": "\\".join(_written(float(value)) for value in affine[:3].ravel()),
        "axis": stack.axis,
        "axis_values": "\\".join(map(_written, stack.axis_values)) or None,
        "variant": "\\".join(variant) or None,
        "gantry_tilt": _tilt(affine) if stack.flaws else 0.0,
        "value_transform": transform,
        "slope": 1.0,
        "intercept": 0.0,
    }


def _tilt(affine: Affine) -> float:
    """Degrees between the way from slice to slice and the normal of the slices."""
    across = np.cross(affine[:3, 0], affine[:3, 1])
    return round(angle_degrees([*map(float, affine[:3, 2])], [*map(float, across)]), 3)


def _written(value: Any) -> str:
    return "" if value is None else f"{value:.9g}" if isinstance(value, float) else str(value)
