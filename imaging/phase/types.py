"""The names of contrast phases, and what is said together with one: from where, how surely, why."""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """The values of image_phase with a fixed name; `dynamic_phase` and `repeated_phase` make the numbered ones."""

    NON_CONTRAST = "NON_CONTRAST"
    ARTERIAL_EARLY = "ARTERIAL_EARLY"
    ARTERIAL = "ARTERIAL"
    ARTERIAL_LATE = "ARTERIAL_LATE"
    PORTAL_VENOUS = "PORTAL_VENOUS"
    VENOUS = "VENOUS"
    NEPHROGRAPHIC = "NEPHROGRAPHIC"
    EXCRETORY = "EXCRETORY"
    DELAYED = "DELAYED"
    HEPATOBILIARY = "HEPATOBILIARY"
    POST_CONTRAST = "POST_CONTRAST"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    UNKNOWN = "UNKNOWN"


class PhaseSource(StrEnum):
    """The kinds of evidence, best first; KIND is the kind of object, which has no phase."""

    ENHANCED = "ENHANCED"
    TEXT = "TEXT"
    TIME = "TIME"
    ORDER = "ORDER"
    PIXELS = "PIXELS"
    AGENT = "AGENT"
    KIND = "KIND"
    NONE = "NONE"


@dataclass(frozen=True)
class PhaseDecision:
    """`phase` is a `Phase`, `DYNAMIC_k` or `PHASE_k`; `confidence` runs from 0 (a guess) to 1 (the device says so)."""

    phase: str
    source: PhaseSource
    confidence: float
    reason: str


def dynamic_phase(place: int) -> str:
    """The k-th time point, from 1, of one series."""
    return f"DYNAMIC_{place}"


def repeated_phase(place: int) -> str:
    """The k-th time, from 1, that a study repeats one protocol; it says nothing about contrast medium."""
    return f"PHASE_{place}"


def no_phase(reason: str) -> PhaseDecision:
    """There is none to name, and why."""
    return PhaseDecision(Phase.NOT_APPLICABLE, PhaseSource.KIND, 0.9, reason)


def unknown_phase(reason: str) -> PhaseDecision:
    """Nothing is known, and why."""
    return PhaseDecision(Phase.UNKNOWN, PhaseSource.NONE, 0.0, reason)
