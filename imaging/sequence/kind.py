"""What an MR image shows (T1, T2, FLAIR, DWI, ADC …): a kind is right, or there is none.

Evidence, best first: ImageType and the attributes of enhanced objects, words of description and protocol, names of
pulse sequences, and last the times. Evidence that contradicts itself gives none.
"""

import re
from collections.abc import Set

from imaging.header.dicom_json import Document, has, text, texts
from imaging.header.functional_groups import frame_document
from imaging.header.series_words import series_names
from imaging.sequence.diffusion import b_value
from imaging.sequence.times import SequenceTimes, sequence_times
from imaging.sequence.words import PARTS, sequence_words

# Raised when the same header would get another answer; records keep it beside the plane's.
SEQUENCE_RULES_VERSION = 2

_SHORTEST_T2_MS = 60
# Acquisition Contrast of enhanced MR (PS3.3 C.8.13.2.1.1) in our words.
_CONTRASTS = {
    "T1": "T1",
    "T2": "T2",
    "T2_STAR": "T2_STAR",
    "PROTON_DENSITY": "PD",
    "DIFFUSION": "DWI",
    "FLUID_ATTENUATED": "FLAIR",
    "STIR": "STIR",
    "PERFUSION": "PERFUSION",
    "TOF": "MRA",
    "FLOW_ENCODED": "FLOW_ENCODED",
}
# Value 3 and later of ImageType as makers write them, the first that is there.
_IMAGE_TYPES = (
    ("ADC", {"ADC", "EADC", "DADC"}),
    ("FA", {"FA", "FRACTIONAL ANISOTROPY"}),
    ("T1_MAP", {"T1 MAP"}),
    ("T2_MAP", {"T2 MAP"}),
    ("T2_STAR_MAP", {"T2 STAR MAP", "T2* MAP", "T2_STAR MAP"}),
    ("DWI", {"TRACEW", "DIFFUSION", "DW", "DWI"}),
    ("SWI", {"SWI"}),
    ("ASL", {"ASL"}),
    ("BOLD", {"FMRI", "BOLD"}),
    ("MRA", {"TOF"}),
    ("FLOW_ENCODED", {"VELOCITY MAP", "PHASE CONTRAST", "VELOCITY"}),
    (
        "PERFUSION",
        {"PERFUSION", "PERFUSION FFE", "TTP", "RELCBF", "RELCBV", "RELMTT", "CBF", "CBV", "MTT", "PBP", "GBP"},
    ),
    ("WATER", {"WATER", "W"}),
    ("FAT", {"FAT", "F"}),
    ("IN_PHASE", {"IN PHASE", "IP"}),
    ("OPPOSED_PHASE", {"OPP PHASE", "OUT PHASE", "OPPOSED PHASE", "OP"}),
)
# Of names of pulse sequences: Siemens writes `*ep_b1000t`, `*swi3d1r`, `*fl2d1_v150in`.
_SEQUENCE_NAMES = (
    ("SWI", re.compile(r"swi[23]d")),
    ("DWI", re.compile(r"ep_b\d|epi_dti|epi_dwi|re_b\d")),
    ("BSSFP", re.compile(r"\bci3d|\btfi[23]d")),
    ("FLOW_ENCODED", re.compile(r"_v\d+")),
)
_WEIGHTINGS = frozenset({"T1", "T2", "T2_STAR", "PD"})
_INVERTED = frozenset({"FLAIR", "STIR", "TIRM", "DARK_FLUID"})
_DIFFUSION = frozenset({"DWI", "ADC", "FA"})
_MAPS = {"T1_MAP": "T1", "T2_MAP": "T2", "T2_STAR_MAP": "T2_STAR"}
_HELPERS = frozenset({"AT_REST", "BOTH_PARTS", "FAT_WATER", "GRADIENT_ECHO", "NONE"})
# Kinds whose names come together: the first is meant.
_INCLUDED = {
    "ADC": {"DWI", "FA"},
    "FA": {"DWI"},
    "ASL": {"PERFUSION", "BOLD", "DSC"},
    "DSC": {"PERFUSION", "BOLD"},
    "DCE": {"PERFUSION"},
    "SWI": {"BOLD", "MRA"},
    "MRA": {"BSSFP", "FLOW_ENCODED"},
    "MRCP": {"BSSFP"},
}


def sequence_kind(document: Document) -> str | None:
    """None for other modalities and whenever the evidence leaves a doubt, such as T1 and T2 in one description."""
    if text(document, "Modality") != "MR":
        return None
    frame = frame_document(document)
    words = next((found for name in series_names(document) if (found := sequence_words(name))), frozenset())
    if "NONE" in words or "TENSOR" in texts(frame, "ImageType"):
        return None
    is_phase = _is_phase(document) or _is_phase(frame)
    header, times = _header_kind(frame, is_phase), sequence_times(frame)
    special = _special_kinds(header, words, frame, times)
    if special:
        return _undoubted(special, words)
    return None if is_phase else _part(header, words, times) or _weighting(header, words, times)


def _header_kind(frame: Document, is_phase: bool) -> str | None:
    """What ImageType or, in enhanced objects, the acquisition says."""
    if has(frame, "ArterialSpinLabelingContrast") or has(frame, "MRArterialSpinLabelingSequence"):
        return "ASL"
    written = {value.upper().replace("_", " ") for value in texts(frame, "ImageType")[2:]}
    typed = next((kind for kind, names in _IMAGE_TYPES if names & written), None)
    # The phase of a signal, and a field map made of it, are no weighting whatever the acquisition was.
    contrast = None if is_phase else _CONTRASTS.get((text(frame, "AcquisitionContrast") or "").upper())
    return typed or contrast


def _special_kinds(header: str | None, words: Set[str], frame: Document, times: SequenceTimes) -> set[str]:
    """The kinds beyond a weighting that anything names; what comes with a narrower one is left out."""
    found = {*words, *filter(None, (header,))} - _WEIGHTINGS - _INVERTED - PARTS - _HELPERS
    if not found:
        found = _named_by_sequence(frame) or ({"BOLD"} if "AT_REST" in words and times.is_first_pass else set())
    if found <= _DIFFUSION and (b_value(frame) or 0) > 0:
        found = found if found and not _is_original(frame) else {"DWI"}
    if found == {"PERFUSION"} and _is_original(frame) and times.is_first_pass:
        return {"DSC"}
    return found - set[str]().union(*(_INCLUDED.get(kind, set()) for kind in found))


def _undoubted(special: Set[str], words: Set[str]) -> str | None:
    kind = next(iter(special))
    is_mixed = len(special) > 1 or (kind in _MAPS and bool(_WEIGHTINGS & words - {_MAPS[kind]}))
    return None if is_mixed else kind


def _named_by_sequence(frame: Document) -> set[str]:
    name = f"{text(frame, 'SequenceName') or ''} {text(frame, 'PulseSequenceName') or ''}".lower()
    return {kind for kind, pattern in _SEQUENCE_NAMES if pattern.search(name)}


def _is_original(frame: Document) -> bool:
    return next(iter(texts(frame, "ImageType")), "").upper() == "ORIGINAL"


def _is_phase(frame: Document) -> bool:
    component = (text(frame, "ComplexImageComponent") or "").upper()
    return component in ("PHASE", "MIXED") or not {"P", "PHASE", "PHASE MAP"}.isdisjoint(texts(frame, "ImageType")[2:])


def _part(header: str | None, words: Set[str], times: SequenceTimes) -> str | None:
    """Of a fat-water image; a text that names both echoes leaves the choice to the echo time."""
    parts = PARTS & words
    if header in PARTS:
        return header
    if parts == {"IN_PHASE", "OPPOSED_PHASE"}:
        return times.echo_part
    return next(iter(parts)) if len(parts) == 1 else None


def _weighting(header: str | None, words: Set[str], times: SequenceTimes) -> str | None:
    said = {*words, *filter(None, (header,))}
    if said & _INVERTED:
        return _inverted_kind(said, times)
    weightings = said & _WEIGHTINGS
    if not weightings:
        return times.kind
    if weightings == {"T2", "PD"} and times.echo_ms is not None:
        return "PD" if times.echo_ms < _SHORTEST_T2_MS else "T2"
    if weightings == {"T2", "T2_STAR"}:
        return "T2_STAR"
    if len(weightings) > 1:
        return None
    kind = next(iter(weightings))
    if kind == "T2" and (times.is_gradient or ("GRADIENT_ECHO" in words and not times.is_spin)):
        return "T2_STAR"
    return None if kind == "T1" and times.is_spin and (times.echo_ms or 0) >= _SHORTEST_T2_MS else kind


def _inverted_kind(said: Set[str], times: SequenceTimes) -> str | None:
    """TIRM is FLAIR, STIR or a T1 weighting by its inversion time; of the others it must not say the contrary."""
    by_time = times.inversion_kind
    fluid = "FLAIR" if said & {"FLAIR", "DARK_FLUID"} else None
    named = fluid if not said & {"STIR", "TIRM"} else "STIR" if "STIR" in said and not fluid else None
    if "T1" in said and by_time not in ("FLAIR", "STIR") and not said & {"STIR"}:
        return "T1"
    if by_time is None:
        return named or (fluid if "STIR" not in said else None)
    return by_time if named in (None, by_time) else None
