"""A mosaic holds the slices of a volume side by side in one picture: which tile is which slice, and where it lies.

PS3.3 knows no mosaic: ImageType says MOSAIC (Siemens) or VFRAME (UIH), private elements say how many tiles there are.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from imaging.header.dicom_json import Document, integer, number, numbers, tag_key, texts
from imaging.header.orientation import Vector, angle_degrees, dot, slice_normal
from imaging.header.private import MOSAIC_COUNT, SLICE_NORMAL, private_count, private_values

SIEMENS_COUNT = ("SIEMENS MR HEADER", 0x0019_0A)
UIH_COUNT, UIH_SLICES = ("Image Private Header", 0x0065_50), ("Image Private Header", 0x0065_51)

# Where all of these stand, as 0xggggee.
MOSAIC_PLACES = frozenset(place for _, place in (SIEMENS_COUNT, UIH_COUNT, UIH_SLICES, MOSAIC_COUNT, SLICE_NORMAL))

_UIH = "VFRAME"
_MAKERS = frozenset({"MOSAIC", _UIH})
_IMAGE_TYPE, _ROWS, _COLUMNS = map(tag_key, ("ImageType", "Rows", "Columns"))
_POSITION = tag_key("ImagePositionPatient")
_MOST_SLICES = 1024
# Both are written with rounded digits.
_SAME_LINE_DEGREES = 0.5


class UnknownMosaic(ValueError):
    """Slices side by side, and nothing says how; the text is a sentence without patient data."""


@dataclass(frozen=True)
class Mosaic:
    """`tiles` slices of `rows` × `columns` pixels, `across` beside each other, the first at the upper left.

    The rest of the `places` is black.
    """

    tiles: int
    places: int
    across: int
    rows: int
    columns: int

    def corner(self, tile: int) -> tuple[int, int]:
        """Row and column of the first pixel of tile `tile` (from 0)."""
        return tile // self.across * self.rows, tile % self.across * self.columns


def is_mosaic(image_type: Iterable[str]) -> bool:
    """Does ImageType say so?"""
    return not _MAKERS.isdisjoint(value.upper() for value in image_type)


def mosaic_of(document: Document) -> Mosaic | None:
    """How the picture is cut; None when it is no mosaic. Raises UnknownMosaic.

    An object of several frames that was converted from a mosaic holds its slices as frames.
    """
    image_type = [value.upper() for value in texts(document, "ImageType")]
    if not is_mosaic(image_type):
        return None
    is_uih = _UIH in image_type
    counts, frames = _counts(document, is_uih=is_uih), integer(document, "NumberOfFrames") or 1
    if frames > 1 and counts <= {1, frames}:
        return None
    if not counts:
        raise UnknownMosaic("slices lie side by side in it, and nothing says how many")
    if frames > 1 or len(counts) > 1:
        raise UnknownMosaic("slices lie side by side in it, and its header tells different numbers of them")
    return _grid(counts.pop(), integer(document, "Rows") or 0, integer(document, "Columns") or 0, is_uih=is_uih)


def tile_documents(document: Document, mosaic: Mosaic) -> list[Document]:
    """The header of each tile as that of an image of its own, no mosaic: its size and position, and its own times."""
    common = {key: element for key, element in document.items() if key != _POSITION} | {
        _IMAGE_TYPE: {"vr": "CS", "Value": [one for one in texts(document, "ImageType") if not is_mosaic([one])]},
        _ROWS: {"vr": "US", "Value": [mosaic.rows]},
        _COLUMNS: {"vr": "US", "Value": [mosaic.columns]},
    }
    slices = _uih_slices(document)
    if slices:
        return [common | own for own in slices]
    positions = _positions(document, mosaic)
    if positions is None:
        return [common] * mosaic.tiles
    return [common | {_POSITION: {"vr": "DS", "Value": list(position)}} for position in positions]


def mosaic_warnings(document: Document) -> list[str]:
    """What is not known of this mosaic."""
    try:
        mosaic = mosaic_of(document)
    except UnknownMosaic as unknown:
        return [f"mosaic: {unknown}"]
    if mosaic is None or _uih_slices(document) or _positions(document, mosaic):
        return []
    return ["mosaic: its header does not tell where its slices lie"]


def is_readable_as(copy: Document, original: Document) -> bool:
    """Would whoever has only the copy of a mosaic cut it alike, and put its slices in the same order and places?"""
    try:
        is_cut_alike = mosaic_of(copy) == mosaic_of(original)
    except UnknownMosaic:
        return False
    places = [[numbers(one, "ImagePositionPatient") for one in _uih_slices(both)] for both in (copy, original)]
    # Without a CSA header slices are taken to follow each other along the normal.
    runs_against = _runs_along_normal(original) is False and _runs_along_normal(copy) is None
    return is_cut_alike and places[0] == places[1] and not runs_against


def _grid(count: int, rows: int, columns: int, *, is_uih: bool) -> Mosaic:
    across = math.isqrt(max(count, 1) - 1) + 1
    # Siemens lays out a square, UIH no more rows of tiles than it needs.
    down = -(-count // across) if is_uih else across
    if count > _MOST_SLICES:
        raise UnknownMosaic(f"slices lie side by side in it, and {count} are more than anybody made")
    if count < 1 or rows < down or columns < across or rows % down or columns % across:
        raise UnknownMosaic(f"slices lie side by side in it, and {count} do not fit into {columns} × {rows} pixels")
    return Mosaic(count, across * down, across, rows // down, columns // across)


def _counts(document: Document, *, is_uih: bool) -> set[int]:
    places = (UIH_COUNT,) if is_uih else (SIEMENS_COUNT, MOSAIC_COUNT)
    found = {private_count(document, *place) for place in places}
    if is_uih:
        found.add(len(_uih_slices(document)) or None)
    return {count for count in found if count is not None}


def _uih_slices(document: Document) -> list[Document]:
    return [item for item in private_values(document, *UIH_SLICES) if isinstance(item, dict)]


def _positions(document: Document, mosaic: Mosaic) -> list[Vector] | None:
    """The middle of each tile's first pixel in mm; None where the step or its direction is not said.

    Siemens gives the corner of a picture as large as the mosaic that lies around the middle of the first slice.
    """
    corner, spacing = numbers(document, "ImagePositionPatient"), numbers(document, "PixelSpacing")
    orientation, step = numbers(document, "ImageOrientationPatient"), number(document, "SpacingBetweenSlices")
    normal, runs_along = slice_normal(orientation), _runs_along_normal(document)
    if len(corner) != 3 or len(spacing) != 2 or normal is None or not step or runs_along is None:
        return None
    right = spacing[1] * ((integer(document, "Columns") or 0) - mosaic.columns) / 2
    down = spacing[0] * ((integer(document, "Rows") or 0) - mosaic.rows) / 2
    first = [corner[axis] + orientation[axis] * right + orientation[axis + 3] * down for axis in range(3)]
    stride = abs(step) if runs_along else -abs(step)
    places = ([first[axis] + normal[axis] * stride * tile for axis in range(3)] for tile in range(mosaic.tiles))
    return [(place[0], place[1], place[2]) for place in places]


def _runs_along_normal(document: Document) -> bool | None:
    """Whether the slices follow each other along row × column, or against it; None: not said."""
    normal, written = (
        slice_normal(numbers(document, "ImageOrientationPatient")),
        private_values(document, *SLICE_NORMAL),
    )
    if normal is None or len(written) != 3 or angle_degrees(normal, written) > _SAME_LINE_DEGREES:
        return None
    return dot(normal, written) > 0
