"""What an object of a class cannot be without (PS3.3 A): so a file cut between two elements is seen as cut."""

from functools import lru_cache

from pydicom.datadict import tag_for_keyword
from pydicom.uid import UID

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData", "PixelDataProviderURL")

# A phrase of the SOP Class name (PS3.6 A; the UID itself where the dictionary is older than the class) and the
# attributes of which one closes the object. The first phrase found wins.
_CLOSING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Surface Segmentation Storage", ("SurfaceSequence",)),
    ("Image Storage", _PIXELS),
    ("Segmentation Storage", _PIXELS),
    ("1.2.840.10008.5.1.4.1.1.66.7", _PIXELS),
    ("Parametric Map Storage", _PIXELS),
    ("Enhanced US Volume Storage", _PIXELS),
    ("Thickness Map Storage", _PIXELS),
    ("Topography Map Storage", _PIXELS),
    ("B-scan Volume Analysis Storage", _PIXELS),
    ("RT Dose Storage", (*_PIXELS, "DVHSequence")),
    ("RT Structure Set Storage", ("RTROIObservationsSequence",)),
    ("RT Plan Storage", ("BeamSequence", "ApplicationSetupSequence")),
    ("RT Ion Plan Storage", ("IonBeamSequence",)),
    ("Encapsulated", ("EncapsulatedDocument",)),
    ("Waveform Storage", ("WaveformSequence",)),
    ("Spectroscopy Storage", ("SpectroscopyData",)),
    ("SR Storage - Trial", ()),  # retired, their content stands at the top level
    (" SR", ("ContentSequence",)),
    ("Procedure Log Storage", ("ContentSequence",)),
    ("Key Object Selection", ("ContentSequence",)),
    ("Grayscale Softcopy Presentation State", ("PresentationLUTShape", "PresentationLUTSequence")),
    ("Softcopy Presentation State", ("DisplayedAreaSelectionSequence",)),
    ("Real World Value Mapping", ("ReferencedImageRealWorldValueMappingSequence",)),
    ("Microscopy Bulk Simple Annotations", ("AnnotationGroupSequence",)),
    ("Deformable Spatial Registration", ("DeformableRegistrationSequence",)),
    ("Spatial Registration", ("RegistrationSequence",)),
    ("Spatial Fiducials", ("FiducialSetSequence",)),
    ("Tractography", ("TrackSetSequence",)),
)


@lru_cache(maxsize=512)
def closing_keywords(sop_class_uid: str) -> tuple[str, ...]:
    """Attributes of which a whole object of this class has at least one at its top level; may be none."""
    name = UID(sop_class_uid).name
    return next((keywords for phrase, keywords in _CLOSING if phrase in name), ())


def closing_tags(keywords: tuple[str, ...]) -> frozenset[int]:
    return frozenset(tag_for_keyword(keyword) or 0 for keyword in keywords)


CLOSING_TAGS = closing_tags(tuple(keyword for _, keywords in _CLOSING for keyword in keywords))
