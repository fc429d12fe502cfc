"""Why a series repeats one place in time: contrast medium on its way, or something else."""

from enum import StrEnum
from itertools import pairwise

from imaging.header.dicom_json import Document, number, text, texts
from imaging.header.functional_groups import frame_document
from imaging.phase.lexicon import pieces
from imaging.sequence.diffusion import b_value


class Repeats(StrEnum):
    """CONTRAST: a bolus is followed. CARDIAC and ECHO_PLANAR repeat for other reasons unless a bolus is spoken of.

    LATE_ECHO is no reason, but no weighting by T1 either, with which a bolus would be followed.
    """

    CONTRAST = "CONTRAST"
    BOLD = "BOLD"
    ASL = "ASL"
    DIFFUSION = "DIFFUSION"
    MAPPING = "MAPPING"
    FLOW = "FLOW"
    MOTION = "MOTION"
    CARDIAC = "CARDIAC"
    ECHO_PLANAR = "ECHO_PLANAR"
    LATE_ECHO = "LATE_ECHO"


# Whole words of the series' description and protocol, best first; what stands above contradicts a bolus.
_WORDS = {
    Repeats.ASL: "asl pasl pcasl casl vsasl",
    Repeats.BOLD: "bold fmri rsfmri rfmri fcmri resting restingstate mbold",
    Repeats.DIFFUSION: "dwi dti dki diff diffusion ivim tracew hardi noddi adc",
    Repeats.MAPPING: "molli shmolli sasha mapping map fieldmap looklocker locker tiscout relaxometry vfa qsm mre elasto"
    " elastography cest thermometry flips flip",
    Repeats.FLOW: "flow qflow venc velocity fluss flusso flujo",
    Repeats.MOTION: "kine kinematic swallow swallowing defecography defecation defako defaeko speech motility tmj"
    " flexion extension patella realtime breathing resp respiration fluoro biopsy intervention needle drainage"
    " punktion tagging",
    Repeats.CONTRAST: "dce dsc pwi perf perfusion dyn dynamic dynamisch dynamique dinamico dinamica dynaviews twist"
    " tricks disco trak bolus ctp vpct monitoring premonitoring smartprep weisskoff dynamics 다이나믹 역동 관류"
    " ダイナミック 灌流",
    Repeats.CARDIAC: "cine retro",
}
_BY_WORD = {word: kind for kind, words in _WORDS.items() for word in words.split()}
_PHRASES = ((("arterial", "spin"), Repeats.ASL), (("phase", "contrast"), Repeats.FLOW),
            (("ti", "scout"), Repeats.MAPPING), (("first", "pass"), Repeats.CONTRAST),
            (("real", "time"), Repeats.MOTION), (("pelvic", "floor"), Repeats.MOTION),
            (("time", "resolved"), Repeats.CONTRAST), (("smart", "prep"), Repeats.CONTRAST))  # fmt: skip
_TYPES = {"FMRI": Repeats.BOLD, "BOLD": Repeats.BOLD, "ASL": Repeats.ASL, "PERFUSION": Repeats.CONTRAST,
          "DIFFUSION": Repeats.DIFFUSION, "VELOCITY": Repeats.FLOW, "MOTION": Repeats.MOTION}  # fmt: skip
_TRIGGERS = ("TriggerTime", "NominalPercentageOfCardiacPhase", "NominalCardiacTriggerDelayTime")
# A gradient echo so slow and late is an echo-planar one, whatever its maker calls it: milliseconds.
_SLOW_REPETITION, _LATE_GRADIENT_ECHO = 500, 15
_LATE_ECHO = 10


def repeats_for(document: Document) -> frozenset[Repeats]:
    """Everything in the header that would make one place appear several times; empty when nothing is said."""
    frame = frame_document(document)
    found = set(_said_in_words(document))
    found |= {_TYPES[value] for value in _types(document, frame) if value in _TYPES}
    found |= {Repeats.ASL} if text(frame, "ArterialSpinLabelingContrast") else set()
    found |= {Repeats.DIFFUSION} if _is_diffusion(frame) else set()
    found |= {Repeats.CARDIAC} if any(number(frame, name) for name in _TRIGGERS) else set()
    found |= {Repeats.ECHO_PLANAR} if _is_echo_planar(frame) else set()
    found |= {Repeats.LATE_ECHO} if (number(frame, "EchoTime") or 0) >= _LATE_ECHO else set()
    return frozenset(found)


def follows_contrast(found: frozenset[Repeats], has_agent: bool | None) -> bool | None:
    """True when a bolus is followed, False when something else repeats, None when nothing tells."""
    if found & {Repeats.ASL, Repeats.BOLD, Repeats.DIFFUSION, Repeats.MAPPING, Repeats.FLOW, Repeats.MOTION}:
        return False
    if Repeats.CONTRAST in found:
        return True
    if Repeats.CARDIAC in found:
        return False
    if has_agent:
        return True
    return False if Repeats.ECHO_PLANAR in found else None


def _types(document: Document, frame: Document) -> set[str]:
    return {value.upper() for value in (*texts(document, "ImageType"), *texts(frame, "FrameType"))}


def _said_in_words(document: Document) -> set[Repeats]:
    """Of the first text that says anything: the protocol of a GE examination may speak of other series."""
    for keyword in ("SeriesDescription", "ProtocolName"):
        words = pieces(text(document, keyword) or "")
        found = {_BY_WORD[word] for word in words if word in _BY_WORD}
        found |= {Repeats.DIFFUSION} if any(word.startswith(("dti", "dwi")) for word in words) else set()
        found |= {kind for phrase, kind in _PHRASES if phrase in pairwise(words)}
        if found:
            return found
    return set()


def _is_diffusion(frame: Document) -> bool:
    sequence = pieces((text(frame, "SequenceName") or "").replace("_", " "))
    is_named_so = any(word == "b" and behind.isdigit() for word, behind in pairwise(sequence))
    contrast = text(frame, "AcquisitionContrast") or ""
    return is_named_so or b_value(frame) is not None or contrast.upper() == "DIFFUSION"


def _is_echo_planar(frame: Document) -> bool:
    if "EP" in texts(frame, "ScanningSequence") or text(frame, "EchoPlanarPulseSequence") == "YES":
        return True
    names = " ".join(text(frame, name) or "" for name in ("SequenceName", "PulseSequenceName", "SeriesDescription"))
    if {"epi", "epfid", "ep"} & set(pieces(names.replace("_", " "))):
        return True
    is_gradient_echo = "GR" in texts(frame, "ScanningSequence")
    repetition, echo = number(frame, "RepetitionTime") or 0, number(frame, "EchoTime") or 0
    return is_gradient_echo and repetition >= _SLOW_REPETITION and echo >= _LATE_GRADIENT_ECHO
