"""What a blob key may be, in every home the same."""

import re

from chassis.errors import BadKey

MAX_KEY_BYTES = 512
_SEGMENT = re.compile(r"[A-Za-z0-9._-]{1,255}")


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
