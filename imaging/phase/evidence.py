"""What one image says of its own contrast phase: agent phase, words, time since injection, agent, kind of object."""

from imaging.fields.acquisition_time import acquisition_clock, seconds_after
from imaging.geometry.plane import is_localizer
from imaging.header.dicom_json import Document, items, number, text, texts, time_value
from imaging.header.functional_groups import frame_document, frame_documents
from imaging.phase.contrast_agent import Agent, agent_name, contrast_agent, injection_evidence, is_swallowed
from imaging.phase.derivation import Derivation, derivation
from imaging.phase.lexicon import Lexicon, Reading, pieces, read_phase
from imaging.phase.time_series import Repeats, repeats_for
from imaging.phase.types import Phase, PhaseDecision, PhaseSource, no_phase, unknown_phase
from imaging.sequence.kind import sequence_kind

# PS3.3 C.7.6.16.2.12, defined terms of (0018,9344); what names no phase of ours is still "after contrast".
_AGENT_PHASES = {
    "PRE_CONTRAST": Phase.NON_CONTRAST,
    "ARTERIAL": Phase.ARTERIAL,
    "PORTAL_VENOUS": Phase.PORTAL_VENOUS,
    "VENOUS": Phase.VENOUS,
    "DELAYED": Phase.DELAYED,
    **dict.fromkeys(("POST_CONTRAST", "IMMEDIATE", "DYNAMIC", "STEADY_STATE", "CAPILLARY"), Phase.POST_CONTRAST),
}
# "Delayed" means uptake in nuclear medicine and "post" an operation on a radiograph.
_WORDS_MEAN_CONTRAST = frozenset({"CT", "MR", "XA", ""})
# Emission knows no contrast medium; one that is named belongs to the CT beside it.
_EMISSION = frozenset({"PT", "NM"})
# SOP classes that show no scan: secondary capture, waveforms, presentation states, raw data, structured reports,
# encapsulated documents, radiotherapy; and a maker's data without pixels.
_UID = "1.2.840.10008.5.1.4.1.1."
_SECONDARY_CAPTURE = (f"{_UID}7", f"{_UID}7.")
_NO_SCAN = (*(f"{_UID}{root}." for root in (9, 11, 66, 88, 104, 481)), f"{_UID}66", "1.3.12.2.1107.5.9.1")
_CT_AND_MR = frozenset(f"{_UID}{root}" for root in ("2", "2.1", "2.2", "4", "4.1", "4.3", "4.4"))
_SCREENS = frozenset({"SCREEN SAVE", "DOSEINFO", "DOSE_INFO", "DOSE REPORT", "PROT"})
# The further the text is from the series, the more scans it covers.
_TEXTS = (("SeriesDescription", 1.0), ("ProtocolName", 0.85), ("PerformedProcedureStepDescription", 0.65))
# Seconds after the start of injection; each reaches up to its bound.
_TIMES = (
    (10, Phase.NON_CONTRAST),
    (30, Phase.ARTERIAL_EARLY),
    (60, Phase.ARTERIAL_LATE),
    (100, Phase.PORTAL_VENOUS),
)
# Beyond, the start time belongs to something else, or is a device's 00:00:00.
_LONGEST_SECONDS = 4 * 3600
_PERFUSION = "PERFUSION"
# MR images weighted like these are made before the agent as often as after it, whatever was typed in for the study.
_NO_T1 = frozenset(
    {"T2", "T2_STAR", "FLAIR", "STIR", "PD", "DWI", "ADC", "FA", "SWI", "ASL", "BOLD", "MRA", "FLOW_ENCODED", "BSSFP"}
    | {"MRCP", "T1_MAP", "T2_MAP", "T2_STAR_MAP"}
)
_LATE_ECHO_MS = 30
# A study or protocol called so is made with an agent, also where the header forgot it.
_MADE_WITH_AGENT = frozenset(
    {
        "cta",
        "ctv",
        "ctpa",
        "angio",
        "angiography",
        "angiographie",
        "angiografia",
        "cctpa",
        "ctu",
        "urogram",
        "uro",
        "pe",
        "tavi",
    }
    | {"tavr", "runoff", "ctp", "perfusion", "enterography", "혈관", "血管造影"}
)
_FLOW_WORDS = frozenset({"tof", "pc", "pca", "mrv", "mra", "inhance", "venography", "qiss", "nce"})
_VESSELS = frozenset({Phase.ARTERIAL, Phase.VENOUS, Phase.PORTAL_VENOUS})
_A_WHOLE_WORD = 0.8
_TIMING_SCANS = frozenset({"monitoring", "premonitoring", "smartprep", "prep", "bolus", "timing"})


def from_enhanced(document: Document) -> PhaseDecision | None:
    """Contrast/Bolus Agent Phase, when all frames agree; frames of several phases make the whole UNKNOWN for good."""
    named = {_AGENT_PHASES[term] for frame in frame_documents(document) for term in _agent_phases(frame)}
    if not named:
        return None
    if len(named) > 1:
        reason = f"frames of several phases: {', '.join(sorted(named))}"
        return PhaseDecision(Phase.UNKNOWN, PhaseSource.ENHANCED, 0.0, reason)
    return PhaseDecision(named.pop(), PhaseSource.ENHANCED, 0.95, "Contrast/Bolus Agent Phase names it")


def from_kind(document: Document) -> PhaseDecision | None:
    """What has no contrast phase at all, whatever is written beside it, and maps of several moments, which are none."""
    if _is_no_scan(document):
        return no_phase("no scan: a report, a screen, raw data or a state has no contrast phase")
    if _modality(document) in _WORDS_MEAN_CONTRAST and derivation(document) is Derivation.MAP:
        return unknown_phase("a map computed from several images shows no single moment")
    return None


def from_text(document: Document, lexicon: Lexicon) -> PhaseDecision | None:
    """The first text with a phase in it; one that names several is about several scans, and so are those behind it."""
    if _modality(document) not in _WORDS_MEAN_CONTRAST:
        return None
    for keyword, weight in _TEXTS:
        reading = read_phase(text(document, keyword) or "", lexicon)
        if reading.is_mixed:
            return None
        if reading.phase is not None and _is_believed(reading, keyword, document):
            reason = f"{keyword} says {', '.join(reading.words)}"
            return PhaseDecision(reading.phase, PhaseSource.TEXT, round(reading.confidence * weight, 2), reason)
    return None


def from_time(document: Document) -> PhaseDecision | None:
    """Acquisition time minus ContrastBolusStartTime, across midnight too."""
    start, clock = time_value(document, "ContrastBolusStartTime"), acquisition_clock(document)
    if start is None or clock is None or is_swallowed(document) or contrast_agent(document) is Agent.NONE:
        return None
    seconds = seconds_after(start, clock)
    if abs(seconds) > _LONGEST_SECONDS:
        return None
    phase = next((phase for bound, phase in _TIMES if seconds < bound), Phase.DELAYED)
    return PhaseDecision(phase, PhaseSource.TIME, 0.7, f"acquired {seconds:.0f} s after the injection began")


def from_agent(document: Document, lexicon: Lexicon) -> PhaseDecision | None:
    """An agent by its name, often filled in for the whole study; one said to be none; or on CT not a word of one."""
    agent = contrast_agent(document)
    if agent is Agent.NAMED and _modality(document) not in _EMISSION:
        return _with_agent(document)
    if agent is Agent.NONE and _modality(document) in _WORDS_MEAN_CONTRAST:
        return PhaseDecision(Phase.NON_CONTRAST, PhaseSource.AGENT, 0.5, "ContrastBolusAgent says that there was none")
    if agent is Agent.ABSENT and _absence_counts(document, lexicon):
        return PhaseDecision(Phase.NON_CONTRAST, PhaseSource.AGENT, 0.3, "no contrast agent is named")
    return None


def without_evidence(document: Document, lexicon: Lexicon) -> PhaseDecision:
    """Only CT and MR have phases that could be missing; elsewhere there is none to name."""
    modality = _modality(document)
    if modality in ("CT", "MR") or (not modality and text(document, "SOPClassUID") in _CT_AND_MR):
        return unknown_phase(_silence(document, lexicon))
    if modality in _EMISSION:
        return no_phase("emission shows no contrast medium")
    return no_phase(f"{modality or 'an object'} without contrast agent in the vessels has no contrast phase")


def _silence(document: Document, lexicon: Lexicon) -> str:
    for keyword, _ in _TEXTS:
        if (reading := read_phase(text(document, keyword) or "", lexicon)).is_mixed:
            return f"{keyword} names several phases: {', '.join(reading.words)}"
    agent = contrast_agent(document)
    if agent is Agent.ABSENT and _any_speaks_of_agent(document, lexicon):
        return "no contrast agent is named, though a text speaks of a scan with one"
    if agent is Agent.GIVEN:
        return "contrast medium was given, but nothing says whether before this series"
    return {Agent.NAMED: "an agent is named, but such images are made before it as often as after"}.get(
        agent, "nothing in the header speaks of contrast medium"
    )


def _is_no_scan(document: Document) -> bool:
    uid = text(document, "SOPClassUID") or ""
    if uid.startswith(_NO_SCAN) or _SCREENS & {value.upper() for value in texts(document, "ImageType")}:
        return True
    return uid == _SECONDARY_CAPTURE[0] or uid.startswith(_SECONDARY_CAPTURE[1])


def _agent_phases(frame: Document) -> list[str]:
    usages = [*items(frame, "ContrastBolusUsageSequence"), frame]
    terms = [(text(usage, "ContrastBolusAgentPhase") or "").upper() for usage in usages]
    return [term for term in terms if term in _AGENT_PHASES]


def _is_believed(reading: Reading, keyword: str, document: Document) -> bool:
    """A text about a whole examination can say that there was no agent; that there was one does not hold for all."""
    if _means_something_else(reading, document):
        return False
    if keyword == "SeriesDescription":
        return True
    if reading.phase is Phase.NON_CONTRAST:
        return True
    if _modality(document) == "MR":
        is_of_the_series = keyword == "ProtocolName" and not _is_ge(document)
        return is_of_the_series and not is_localizer(document)
    words = set(pieces(text(document, "SeriesDescription") or ""))
    return not (is_localizer(document) or words & _TIMING_SCANS)


def _means_something_else(reading: Reading, document: Document) -> bool:
    """Vessels of an angiography by flow, "WO" of a wash-out map, "post" of a brain's task."""
    if _modality(document) != "MR":
        return False
    repeats = repeats_for(document)
    words = set(pieces(text(document, "SeriesDescription") or ""))
    is_by_flow = Repeats.FLOW in repeats or bool(words & _FLOW_WORDS)
    is_weak = reading.confidence < _A_WHOLE_WORD
    return (
        (is_by_flow and reading.phase in _VESSELS)
        or (is_weak and bool(repeats & {Repeats.BOLD, Repeats.ASL}))
        or (set(reading.words) <= {"wo", "w/o"} and derivation(document) is not None)
    )


def _is_ge(document: Document) -> bool:
    return (text(document, "Manufacturer") or "").upper().startswith("GE")


def _with_agent(document: Document) -> PhaseDecision | None:
    if is_localizer(document) or (_modality(document) == "MR" and not _can_be_t1(document)):
        return None
    evidence = injection_evidence(document)
    reason = " with ".join(
        [f"a contrast agent is named ({agent_name(document)})", *filter(None, [", ".join(evidence)])]
    )
    return PhaseDecision(Phase.POST_CONTRAST, PhaseSource.AGENT, round(0.3 + 0.1 * len(evidence), 1), reason)


def _can_be_t1(document: Document) -> bool:
    if Repeats.CONTRAST in repeats_for(document):
        return False  # The first moments of a bolus come before it.
    echo = number(frame_document(document), "EchoTime")
    return sequence_kind(document) not in _NO_T1 and (echo is None or echo < _LATE_ECHO_MS)


def _absence_counts(document: Document, lexicon: Lexicon) -> bool:
    """Only on a CT scan of the body, and only when no text speaks of a scan with an agent.

    A planning image would not carry the agent, nor would a flow map; and who forgot it in a study called "with
    contrast" forgot it in every series.
    """
    if _modality(document) != "CT" or is_localizer(document):
        return False
    is_perfusion = _PERFUSION in {value.upper() for value in texts(document, "ImageType")}
    return not is_perfusion and not _any_speaks_of_agent(document, lexicon)


def _any_speaks_of_agent(document: Document, lexicon: Lexicon) -> bool:
    keywords = (*(keyword for keyword, _ in _TEXTS), "StudyDescription")
    return any(_speaks_of_agent(text(document, keyword) or "", lexicon) for keyword in keywords)


def _speaks_of_agent(written: str, lexicon: Lexicon) -> bool:
    reading = read_phase(written, lexicon)
    return (
        reading.is_mixed
        or reading.phase not in (None, Phase.NON_CONTRAST)
        or bool(_MADE_WITH_AGENT & set(pieces(written)))
    )


def _modality(document: Document) -> str:
    return (text(document, "Modality") or "").upper()
