"""Which rules an image is read by: one that was read by others says what those said, and can be read again."""

from imaging.geometry.plane import PLANE_RULES_VERSION
from imaging.phase.rules import PHASE_RULES_VERSION
from imaging.sequence.kind import SEQUENCE_RULES_VERSION

# Raised when the same bytes would give another header, other warnings or other facts of the person.
_READING_VERSION = 2


def extraction_rules(renderer: str) -> str:
    """Of today, with the version of the renderer that draws."""
    images = f"plane {PLANE_RULES_VERSION}, phase {PHASE_RULES_VERSION}, sequence {SEQUENCE_RULES_VERSION}"
    return f"reading {_READING_VERSION}, {images}, renderer {renderer}"
