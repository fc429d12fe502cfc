"""What of a header the catalogue keeps as JSON: all of it, unless its frames say more than a row should hold."""

import json
from typing import Any

from imaging.header.dicom_json import Document, items, tag_key

MOST_BYTES = 8 << 20
_PER_FRAME = "PerFrameFunctionalGroupsSequence"


def kept_tags(document: Document) -> tuple[str, tuple[str, ...]]:
    """The JSON, and a warning when something was left out; that is still in the file.

    Private elements of the frames go first (nine of ten, in objects of thousands of frames), then the last frames.
    """
    written = _written(document)
    frames = items(document, _PER_FRAME)
    if len(written) <= MOST_BYTES or not frames:
        return written, ()
    frames = [_without_private(frame) for frame in frames]
    written = _written(_with_frames(document, frames))
    if len(written) <= MOST_BYTES:
        return written, (f"{_PER_FRAME}: private elements are left out of the catalogue, they are in the file",)
    first = max(1, len(frames) * MOST_BYTES // len(written))
    told = (
        f"{_PER_FRAME}: only the first {first} of {len(frames)} frames are kept in the catalogue, all are in the file"
    )
    return _written(_with_frames(document, frames[:first])), (told,)


def _written(document: Document) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _with_frames(document: Document, frames: list[Document]) -> Document:
    return document | {tag_key(_PER_FRAME): {"vr": "SQ", "Value": frames}}


def _without_private(document: Document) -> Document:
    return {key: _public(content) for key, content in document.items() if int(key[:4], 16) % 2 == 0}


def _public(content: dict[str, Any]) -> dict[str, Any]:
    if content.get("vr") != "SQ":
        return content
    values = [_without_private(item) for item in content.get("Value", ())]
    return content | {"Value": values} if values else content
