"""What an object of a class cannot be without (PS3.3 A): so a file cut between two elements is still seen as cut."""

from functools import lru_cache

from pydicom.datadict import tag_for_keyword
from pydicom.uid import UID

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "PixelDataProviderURL")

# A phrase of the SOP Class name (PS3.6 A) and the attributes of which one closes the object. First phrase found wins.
_CLOSING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Surface Segmentation Storage", ("SurfaceSequence",)),
    ("Image Storage", _PIXELS),
    ("Segmentation Storage", _PIXELS),
    ("Parametric Map Storage", _PIXELS),
    ("Encapsulated", ("EncapsulatedDocument",)),
    ("Waveform Storage", ("WaveformSequence",)),
    ("ECG", ("WaveformSequence",)),
    (" SR", ("ContentSequence",)),
    ("Key Object Selection", ("ContentSequence",)),
)


@lru_cache(maxsize=512)
def closing_keywords(sop_class_uid: str) -> tuple[str, ...]:
    """Attributes of which a whole object has at least one at its top level; may be none."""
    name = UID(sop_class_uid).name
    return next((keywords for phrase, keywords in _CLOSING if phrase in name), ())


def closing_tags(keywords: tuple[str, ...]) -> frozenset[int]:
    return frozenset(tag_for_keyword(keyword) or 0 for keyword in keywords)


CLOSING_TAGS = closing_tags(tuple(keyword for _, keywords in _CLOSING for keyword in keywords))
