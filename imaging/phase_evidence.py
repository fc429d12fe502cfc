"""What one image says of its own contrast phase: agent phase, words, time since injection, agent."""

import re

from imaging.acquisition_time import acquisition_clock, seconds_after
from imaging.document import Document, has, items, text, texts, time_value
from imaging.functional_groups import frame_documents
from imaging.lexicon import Lexicon, read_phase
from imaging.phase_values import Phase, PhaseDecision, PhaseSource

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
_NOT_A_SCAN = frozenset({"LOCALIZER", "SCREEN SAVE", "PERFUSION"})
_NO_AGENT = frozenset(
    {"none", "no", "n", "na", "nil", "non", "without", "w o", "no contrast", "non contrast", "0", "없음"}
)
_NOT_IN_VESSELS = frozenset({"oral", "orally", "po", "rectal", "water", "barium", "gastrografin", "enteral", "route"})
_SAYS_LITTLE = frozenset({"contrast", "agent", "only", "ml", "cc", "prep"})


def from_enhanced(document: Document) -> PhaseDecision | None:
    """Contrast/Bolus Agent Phase, when all frames agree; frames of several phases make the whole UNKNOWN for good."""
    named = {_AGENT_PHASES[term] for frame in frame_documents(document) for term in _agent_phases(frame)}
    if not named:
        return None
    if len(named) > 1:
        reason = f"frames of several phases: {', '.join(sorted(named))}"
        return PhaseDecision(Phase.UNKNOWN, PhaseSource.ENHANCED, 0.0, reason)
    return PhaseDecision(named.pop(), PhaseSource.ENHANCED, 0.95, "Contrast/Bolus Agent Phase names it")


def from_text(document: Document, lexicon: Lexicon) -> PhaseDecision | None:
    """The first text with a phase in it; one that names several is about several scans, and so are those behind it."""
    if _modality(document) not in _WORDS_MEAN_CONTRAST:
        return None
    for keyword, weight in _TEXTS:
        reading = read_phase(text(document, keyword) or "", lexicon)
        if reading.is_mixed:
            return None
        if reading.phase is not None:
            reason = f"{keyword} says {', '.join(reading.words)}"
            return PhaseDecision(reading.phase, PhaseSource.TEXT, round(reading.confidence * weight, 2), reason)
    return None


def from_time(document: Document) -> PhaseDecision | None:
    """Acquisition time minus ContrastBolusStartTime, across midnight too."""
    start, clock = time_value(document, "ContrastBolusStartTime"), acquisition_clock(document)
    if start is None or clock is None or _is_not_in_vessels(text(document, "ContrastBolusRoute") or ""):
        return None
    seconds = seconds_after(start, clock)
    if abs(seconds) > _LONGEST_SECONDS:
        return None
    phase = next((phase for bound, phase in _TIMES if seconds < bound), Phase.DELAYED)
    return PhaseDecision(phase, PhaseSource.TIME, 0.7, f"acquired {seconds:.0f} s after the injection began")


def from_agent(document: Document) -> PhaseDecision | None:
    """An agent, often filled in for the whole study, or on CT its absence; both say little."""
    agent = has_agent(document)
    if agent:
        return PhaseDecision(Phase.POST_CONTRAST, PhaseSource.AGENT, 0.3, "a contrast agent is named")
    if agent is False and (_names_none(document) or _absence_counts(document)):
        return PhaseDecision(Phase.NON_CONTRAST, PhaseSource.AGENT, 0.3, "no contrast agent is named")
    return None


def has_agent(document: Document) -> bool | None:
    """Contrast medium in the vessels: True when named, False when the element is absent or says none.

    None (unknown) when it is empty, or names only what was swallowed.
    """
    agents = [text(item, "CodeMeaning") or "" for item in items(document, "ContrastBolusAgentSequence")]
    written = text(document, "ContrastBolusAgent")
    agents += [written] if written else []
    if not agents:
        return None if has(document, "ContrastBolusAgent") else False
    if _names_none(document):
        return False
    is_swallowed = _is_not_in_vessels(text(document, "ContrastBolusRoute") or "")
    return None if is_swallowed or all(_is_not_in_vessels(agent) for agent in agents) else True


def _agent_phases(frame: Document) -> list[str]:
    usages = [*items(frame, "ContrastBolusUsageSequence"), frame]
    terms = [(text(usage, "ContrastBolusAgentPhase") or "").upper() for usage in usages]
    return [term for term in terms if term in _AGENT_PHASES]


def _names_none(document: Document) -> bool:
    return " ".join(_words(text(document, "ContrastBolusAgent") or "")) in _NO_AGENT


def _absence_counts(document: Document) -> bool:
    """Only on a CT scan of the body: a planning image, a saved screen or a flow map would not carry the agent."""
    return _modality(document) == "CT" and not _NOT_A_SCAN & {value.upper() for value in texts(document, "ImageType")}


def _is_not_in_vessels(written: str) -> bool:
    words = set(_words(written)) - _SAYS_LITTLE
    return bool(words & _NOT_IN_VESSELS) and all(word in _NOT_IN_VESSELS or word.isdigit() for word in words)


def _modality(document: Document) -> str:
    return (text(document, "Modality") or "").upper()


def _words(written: str) -> list[str]:
    return re.findall(r"\d+|[^\W\d_]+", written.casefold())
