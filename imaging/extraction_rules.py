"""Which rules an image is read by: one that was read by others says what those said, and can be read again."""

from imaging.phase import PHASE_RULES_VERSION
from imaging.plane import PLANE_RULES_VERSION

# Raised when the same bytes would give another header, other warnings or other facts of the person.
_READING_VERSION = 2


def extraction_rules(renderer: str) -> str:
    """Of today, with the version of the renderer that draws."""
    return f"reading {_READING_VERSION}, plane {PLANE_RULES_VERSION}, phase {PHASE_RULES_VERSION}, renderer {renderer}"
