"""What a well-formed UID is (PS3.5 9.1), and how its padding is taken off."""

import re

_WELL_FORMED = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
LONGEST_UID = 64


def trimmed_uid(value: bytes) -> str:
    """A UI value without the NUL (or, wrongly, space) that pads it to even length; never fails."""
    return value.rstrip(b"\0 ").decode("ascii", "backslashreplace")


def is_uid(text: str) -> bool:
    """Digits and dots, no component with a leading zero, 1 to 64 characters."""
    return len(text) <= LONGEST_UID and _WELL_FORMED.fullmatch(text) is not None
