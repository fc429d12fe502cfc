"""Blob keys: each follows from the SHA-256 of bytes or from a data set's version; none can leave the store."""

import re

from chassis.errors import BadKey

DICOM, PNG, EXTRACTION, DATASET, FILE = "dicom/", "png/", "extraction/", "dataset/", "file/"
# Every renderer version that ever drew: whoever removes an object's pictures looks for all of them.
RENDERERS = ("1", "2")

MAX_KEY_BYTES = 512
_SEGMENT = re.compile(r"[A-Za-z0-9._-]{1,255}")


def dicom_key(sha256: str) -> str:
    """The received bytes, unchanged."""
    return f"{DICOM}{sha256[:2]}/{sha256}"


def png_prefix(sha256: str, renderer: str) -> str:
    """The pictures one renderer version drew of an object: another version never overwrites them."""
    return f"{PNG}{renderer}/{sha256[:2]}/{sha256}"


def png_key(prefix: str, frame: int) -> str:
    """Frame counts from 1, as DICOM does. No folder of its own: making one costs as much as the picture."""
    return f"{prefix}-{frame:06d}.png"


def extraction_key(sha256: str) -> str:
    """An extraction too large for an event."""
    return f"{EXTRACTION}{sha256[:2]}/{sha256}"


def dataset_key(dataset: str, version: str, name: str) -> str:
    """A file of a data set's version: its manifest, its description."""
    return f"{DATASET}{dataset}/{version}/{name}"


def file_key(dataset: str, digest: str, extension: str) -> str:
    """A file made for a data set; its versions share it. The digest is of everything that decides its bytes."""
    return f"{FILE}{dataset}/{digest[:2]}/{digest}.{extension}"


def digest_in(key: str) -> str | None:
    """The SHA-256 a dicom, png or extraction key speaks of."""
    found = re.search(r"/([0-9a-f]{64})(-|$)", key)
    return found[1] if found else None


def key_segments(key: str) -> list[str]:
    """The key's parts between slashes. Raises BadKey.

    A key is made of A-Z a-z 0-9 . _ - and slashes, has no empty part, no part `.` or `..`, and at most 512 bytes.
    """
    segments = key.split("/")
    if len(key) > MAX_KEY_BYTES or not all(map(_is_segment, segments)):
        raise BadKey(f"{key[:80]!r} is no blob key.")
    return segments


def prefix_segments(prefix: str) -> list[str]:
    """The parts of a prefix, which is empty or whole parts of keys, with or without a slash at the end."""
    return key_segments(prefix.removesuffix("/")) if prefix else []


def _is_segment(segment: str) -> bool:
    return segment not in (".", "..") and _SEGMENT.fullmatch(segment) is not None
