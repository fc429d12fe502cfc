"""The contrast phase of an image: the best evidence wins, and says where it comes from, how surely and why."""

from collections import Counter
from collections.abc import Sequence

from imaging.header.dicom_json import Document
from imaging.phase.contrast_agent import has_agent
from imaging.phase.evidence import from_agent, from_enhanced, from_kind, from_text, from_time, without_evidence
from imaging.phase.groups import PhaseGroup, PhaseKey, acquisition_settings, with_lost_scans
from imaging.phase.lexicon import Lexicon, default_lexicon
from imaging.phase.ordering import (
    after_none,
    before_its_twin,
    before_the_agent,
    filled_for_the_study,
    repetition_chains,
    repetitions,
    time_points,
)
from imaging.phase.pixels import arrivals, looks_enhanced
from imaging.phase.types import Phase, PhaseDecision, PhaseSource, unknown_phase

__all__ = [
    "PHASE_RULES_VERSION",
    "Phase",
    "PhaseDecision",
    "PhaseGroup",
    "PhaseKey",
    "PhaseSource",
    "acquisition_settings",
    "common_phase",
    "has_agent",
    "own_phase",
    "study_phases",
]

# Raised when the same headers would get another answer; records keep it, and the lexicon's digest, beside the phase.
PHASE_RULES_VERSION = 2

_BEST_FIRST = tuple(PhaseSource)
_STANDING = frozenset({PhaseSource.ENHANCED, PhaseSource.TEXT, PhaseSource.TIME, PhaseSource.KIND})


def own_phase(document: Document, lexicon: Lexicon | None = None) -> PhaseDecision:
    """What one image says of itself, without its neighbours: agent phase, kind, then words, then time, then agent."""
    words = lexicon or default_lexicon()
    return (
        from_enhanced(document)
        or from_kind(document)
        or from_text(document, words)
        or from_time(document)
        or from_agent(document, words)
        or without_evidence(document, words)
    )


def common_phase(decisions: Sequence[PhaseDecision]) -> PhaseDecision:
    """Of the images of one phase group: the best kind of evidence among them, and of that the commonest answer."""
    if not decisions:
        return unknown_phase("there are no images")
    source = min((decision.source for decision in decisions), key=_BEST_FIRST.index)
    best = [decision for decision in decisions if decision.source is source]
    counts = Counter(decision.phase for decision in best)
    return next(decision for decision in best if counts[decision.phase] == max(counts.values()))


def study_phases(groups: Sequence[PhaseGroup], lexicon: Lexicon | None = None) -> dict[PhaseKey, PhaseDecision]:
    """The phase of every group of one study, its own evidence weighed against the order of the others.

    What a group says by agent phase, words or time stands; the answer does not depend on the order of `groups`.
    """
    words, groups = lexicon or default_lexicon(), with_lost_scans(groups)
    chains = repetition_chains(groups, words)
    before = before_its_twin(groups, words) | before_the_agent(groups, chains)
    # The last to speak wins: an agent that means nothing, one that does, a place in a chain, what the pixels show,
    # before the agent.
    by_order = (
        filled_for_the_study(groups)
        | after_none(groups, before)
        | repetitions(chains, before)
        | arrivals(groups)
        | before
        | time_points(groups)
    )
    return {
        group.key: group.own if group.own.source in _STANDING else _not_refuted(group, by_order.get(group.key))
        for group in groups
    }


def _not_refuted(group: PhaseGroup, decision: PhaseDecision | None) -> PhaseDecision:
    """NON_CONTRAST because no agent is named does not hold for a CT that is as bright as with one."""
    found = decision or group.own
    return (looks_enhanced(group) or found) if found.phase == Phase.NON_CONTRAST else found
