"""From which side a picture looks: the slice normal decides, words only when there is no orientation."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from imaging.header.dicom_json import Document, items, numbers, text, texts
from imaging.header.functional_groups import frame_documents
from imaging.header.mosaic import UnknownMosaic, mosaic_of
from imaging.header.orientation import angle_degrees, orientation_flaw, slice_normal
from imaging.header.series_words import series_names, without_accents

# Raised when the same header would get another answer; records keep it beside the plane.
PLANE_RULES_VERSION = 2


class Plane(StrEnum):
    """The values of image_plane."""

    AXIAL = "AXIAL"
    CORONAL = "CORONAL"
    SAGITTAL = "SAGITTAL"
    OBLIQUE = "OBLIQUE"
    PROJECTION = "PROJECTION"
    UNKNOWN = "UNKNOWN"


class PlaneSource(StrEnum):
    """What the plane was read from."""

    ORIENTATION = "ORIENTATION"
    FRAMES = "FRAMES"
    TEXT = "TEXT"
    MODALITY = "MODALITY"
    NONE = "NONE"


@dataclass(frozen=True)
class PlaneDecision:
    """`nearest` and `angle_degrees` (0 to 90, normal to that plane's axis) stand whenever an orientation was read."""

    plane: Plane
    source: PlaneSource
    reason: str
    confidence: float
    nearest: Plane | None = None
    angle_degrees: float | None = None


# The axes of patient coordinates (PS3.3 C.7.6.2.1.1): a normal along x looks from the side.
_PLANES = (Plane.SAGITTAL, Plane.CORONAL, Plane.AXIAL)
_DECIDES_ABOVE = 0.8

_ALWAYS_PROJECTION = frozenset({"CR", "DX", "IO", "MG", "PX", "RG"})
_PROJECTION_WITHOUT_ORIENTATION = _ALWAYS_PROJECTION | {"XA", "RF"}
# PS3.3 C.8.4.9.1.1: what a gamma camera sees from outside; reconstructed slices are left UNKNOWN.
_PROJECTED_BY_GAMMA_CAMERA = frozenset({"STATIC", "DYNAMIC", "GATED", "WHOLE BODY", "TOMO", "GATED TOMO"})
# Only of these is a plane named in words one of the body; a sonographer's "tra" is the direction of the probe.
_SLICED = frozenset({"CT", "MR", "PT"})
_WORDS = {
    **dict.fromkeys(("ax", "axial", "tra", "transverse", "transversal"), Plane.AXIAL),
    **dict.fromkeys(("cor", "coronal"), Plane.CORONAL),
    **dict.fromkeys(("sag", "sagittal"), Plane.SAGITTAL),
}
_MOST_PLANNING_FRAMES = 45
# Words that name an image made to plan others, in the languages of the places; a CT "bone survey" is a diagnostic
# examination, a scanogram of projection X-ray measures legs, and "localization" is a procedure.
_PLANNING = re.compile(
    r"\w*lo[ck]ali[sz](er|ator|ador|ateur)s?\w*|locali[sz]zator[ei]|\w*scouts?|scout(view|bild|image)s?|topo"
    r"|\w*topogramm?[aes]?|surview|scano|scanogram|reperages?|\w*(位置決め|スカウト|定位像|로컬라이저|스카우트)\w*"
)
_PLANNING_IN_MR = re.compile(
    r"survey|\w*survey|pilot|locs?|(tri|plane?|pl)loc|loc(plane?|pl)|triplane|planscan|ubersicht|uebersicht"
)
_PLANNING_PHRASES_IN_MR = re.compile(r"\b(3|three|tri)[ _-]?pl(ane?)?\b|\bplan[ _-]scan\b")


def plane_of_orientation(orientation: Sequence[float]) -> PlaneDecision:
    """From six direction cosines (ImageOrientationPatient): the largest part of the normal above 0.8 decides."""
    normal = slice_normal(orientation)
    if normal is None:
        return _unknown(orientation_flaw(orientation) or "the orientation has no normal")
    axis = max(range(3), key=lambda which: abs(normal[which]))
    nearest, share = _PLANES[axis], abs(normal[axis])
    angle = round(angle_degrees(normal, [float(which == axis) for which in range(3)]), 2)
    plane = nearest if share > _DECIDES_ABOVE else Plane.OBLIQUE
    reason = f"the slice normal is {angle:.1f} degrees from that of {nearest}"
    return PlaneDecision(plane, PlaneSource.ORIENTATION, reason, 1.0, nearest, angle)


def image_plane(document: Document) -> PlaneDecision:
    """Of one image, classic or enhanced (its frames together). A radiograph is never given a plane of the body."""
    modality = (text(document, "Modality") or "").upper()
    if modality in _ALWAYS_PROJECTION:
        return _projection(f"{modality} looks through the body")
    try:
        mosaic_of(document)
    except UnknownMosaic as unknown:
        return _unknown(str(unknown))
    if items(document, "PerFrameFunctionalGroupsSequence") or items(document, "SharedFunctionalGroupsSequence"):
        of_frames = _plane_of_frames(document)
        if of_frames is not None:
            return of_frames
    orientation = numbers(document, "ImageOrientationPatient")
    if orientation or text(document, "ImageOrientationPatient"):
        return plane_of_orientation(orientation)
    return _without_orientation(document, modality)


def common_plane(decisions: Sequence[PlaneDecision], things: str = "images") -> PlaneDecision:
    """The plane of a series: that of more than half of its images; a mix without such a majority is UNKNOWN."""
    counts = Counter(decision.plane for decision in decisions)
    if not counts:
        return _unknown(f"there are no {things}")
    plane, count = counts.most_common(1)[0]
    first = next(decision for decision in decisions if decision.plane == plane)
    if count == len(decisions):
        return first
    mix = ", ".join(f"{number} {name}" for name, number in counts.most_common())
    if count * 2 <= len(decisions):
        return PlaneDecision(Plane.UNKNOWN, first.source, f"the {things} are mixed: {mix}", 0.0)
    confidence = round(first.confidence * count / len(decisions), 2)
    reason = f"most of {len(decisions)} {things}: {mix}"
    return PlaneDecision(plane, first.source, reason, confidence, first.nearest, first.angle_degrees)


def is_localizer(document: Document) -> bool:
    """Was it made to plan other images? Said by ImageType, or in words by series or protocol."""
    if "LOCALIZER" in {value.upper() for value in texts(document, "ImageType")[2:]}:
        return True  # PS3.3 C.8.2.1.1.1 (CT) and C.8.13.1.1.1 (enhanced)
    modality = (text(document, "Modality") or "").upper()
    if modality == "MR" and _looks_from_three_sides(document):
        return True
    return modality not in _PROJECTION_WITHOUT_ORIENTATION and any(
        _names_planning(written, modality == "MR") for written in series_names(document)
    )


def _looks_from_three_sides(document: Document) -> bool:
    """Do the few frames of one enhanced object lie in all three planes?"""
    if not 3 <= len(items(document, "PerFrameFunctionalGroupsSequence")) <= _MOST_PLANNING_FRAMES:
        return False
    written = {tuple(numbers(frame, "ImageOrientationPatient")) for frame in frame_documents(document)}
    return {plane_of_orientation(one).plane for one in written if one} >= set(_PLANES)


def _names_planning(written: str, is_mr: bool) -> bool:
    plain = without_accents(written)
    kinds = (_PLANNING, _PLANNING_IN_MR) if is_mr else (_PLANNING,)
    if any(kind.fullmatch(word) for word in _words(plain) for kind in kinds):
        return True
    return is_mr and bool(_PLANNING_PHRASES_IN_MR.search(plain))


def _plane_of_frames(document: Document) -> PlaneDecision | None:
    written = [tuple(numbers(frame, "ImageOrientationPatient")) for frame in frame_documents(document)]
    known = {orientation: plane_of_orientation(orientation) for orientation in set(written) if orientation}
    if not known:
        return None
    decision = common_plane([known[orientation] for orientation in written if orientation], "frames")
    return PlaneDecision(
        decision.plane,
        PlaneSource.FRAMES,
        decision.reason,
        decision.confidence,
        decision.nearest,
        decision.angle_degrees,
    )


def _without_orientation(document: Document, modality: str) -> PlaneDecision:
    kind = next(iter(texts(document, "ImageType")[2:3]), "").upper()
    if modality in _PROJECTION_WITHOUT_ORIENTATION or (modality == "NM" and kind in _PROJECTED_BY_GAMMA_CAMERA):
        return _projection(f"{modality} without an orientation looks through the body")
    if modality not in _SLICED:
        return _unknown("there is no orientation")
    words = {word: _WORDS[word] for word in _words(text(document, "SeriesDescription") or "") if word in _WORDS}
    if len(set(words.values())) != 1:
        return _unknown("there is no orientation, and the series description does not name one plane")
    word, plane = next(iter(words.items()))
    return PlaneDecision(plane, PlaneSource.TEXT, f"no orientation; the series description says {word!r}", 0.5)


def _words(written: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", written.casefold())


def _projection(reason: str) -> PlaneDecision:
    return PlaneDecision(Plane.PROJECTION, PlaneSource.MODALITY, reason, 0.9)


def _unknown(reason: str) -> PlaneDecision:
    return PlaneDecision(Plane.UNKNOWN, PlaneSource.NONE, reason, 0.0)
