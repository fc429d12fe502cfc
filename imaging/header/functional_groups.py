"""Enhanced multi-frame objects keep plane, position and times per frame (PS3.3 C.7.6.16); here one reads as an image.

So does each slice of a mosaic.

`numbers(frame_document(document, 3), "ImageOrientationPatient")` is the fourth frame's orientation, wherever it stands.
"""

from imaging.header.dicom_json import Document, items, tag_key
from imaging.header.mosaic import UnknownMosaic, mosaic_of, tile_documents

_GROUPS = frozenset(map(tag_key, ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")))


def frame_documents(document: Document) -> list[Document]:
    """One document per item of the Per-Frame Functional Groups or slice of a mosaic, in frame order; else a single one.

    They read as classic images do: the groups' sequences are not in them.
    """
    tiles = _tiles(document)
    if tiles:
        return tiles
    per_frame = items(document, "PerFrameFunctionalGroupsSequence")
    image = {key: element for key, element in document.items() if key not in _GROUPS}
    common = image | _shared(document)
    return [common | _flattened(groups) for groups in per_frame] or [common]


def frame_document(document: Document, frame: int = 0) -> Document:
    """The header with the functional groups of one frame (0 is the first) over it: own, else shared, else the image's.

    A frame number outside the groups gives what all frames share.
    """
    tiles = _tiles(document)
    if tiles:
        return tiles[frame] if 0 <= frame < len(tiles) else document
    per_frame = items(document, "PerFrameFunctionalGroupsSequence")
    own = _flattened(per_frame[frame]) if 0 <= frame < len(per_frame) else {}
    over = _shared(document) | own
    return document | over if over else document


def _tiles(document: Document) -> list[Document]:
    """Of a mosaic that can be cut."""
    try:
        mosaic = mosaic_of(document)
    except UnknownMosaic:
        return []
    return tile_documents(document, mosaic) if mosaic else []


def _shared(document: Document) -> Document:
    shared = items(document, "SharedFunctionalGroupsSequence")
    return _flattened(shared[0]) if shared else {}


def _flattened(groups: Document) -> Document:
    """The elements of each group's first item side by side, and the groups themselves.

    A maker's own groups give way: Philips keeps there what it would write into a classic image, half a pixel off.
    """
    flat = dict(groups)
    for key in sorted(groups, key=lambda key: not _is_private(key)):
        for item in (groups[key].get("Value") or [])[:1]:
            if isinstance(item, dict):
                flat |= item
    return flat


def _is_private(key: str) -> bool:
    return key[3] in "13579BDF"
