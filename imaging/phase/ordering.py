"""What the order of a study's groups says of their phases; it never names an arterial or a portal one."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import timedelta

from imaging.phase.groups import (
    PhaseGroup,
    PhaseKey,
    follows_bolus,
    in_time_order,
    is_acquired,
    is_comparable,
    shared_extent,
)
from imaging.phase.lexicon import Lexicon, read_phase, words_beside_phases
from imaging.phase.time_series import Repeats
from imaging.phase.types import Phase, PhaseDecision, PhaseSource, dynamic_phase, repeated_phase, unknown_phase

Decisions = dict[PhaseKey, PhaseDecision]
# One acquisition is one or more groups: the same raw data reconstructed twice.
Acquisition = list[PhaseGroup]

_ONE_ACQUISITION = timedelta(seconds=2)
_SAME_STACK = 0.8
_SAME_REGION = 0.5
# What an unmarked scan of the same protocol goes before; a later phase may follow an unmarked portal venous one.
_FIRST_AFTER_NONE = frozenset({Phase.POST_CONTRAST, Phase.ARTERIAL_EARLY, Phase.ARTERIAL, Phase.ARTERIAL_LATE})
_MEASURED = ("KVP=", "EchoTime=", "EffectiveEchoTime=", "InversionTime=", "FlipAngle=")


def time_points(groups: Iterable[PhaseGroup]) -> Decisions:
    """Several acquisitions of one stack under one series: DYNAMIC_1 … DYNAMIC_k.

    Not when more than time differs (echo, flip angle, inversion time), nor where something else than contrast medium
    makes it repeat (a task, labelled blood, the heart, motion), nor, unless a bolus is spoken of, for what is not
    weighted by T1, nor for stacks side by side. On CT, where dose is not
    spent twice for nothing but for a needle or a breath, an agent or a word has to speak of it.
    """
    decisions: Decisions = {}
    for series in _sorted_out(groups, lambda group: group.key[:2]):
        for stack in _one_region(series, of_longer=True, at_least=_SAME_STACK):
            if len(stack) > 1 and len({(group.plane, group.made_with) for group in stack}) == 1 and _is_dynamic(stack):
                decisions |= _dynamic(stack)
    return decisions


def repetition_chains(groups: Sequence[PhaseGroup], lexicon: Lexicon) -> list[list[Acquisition]]:
    """Series that repeat one protocol over one region, as acquisitions in order of time; only chains of two and more.

    Not the acquisitions of one MR series: they are time points, or repeat for no reason of contrast. One protocol is
    the same description beside phase words and numbers, and the same settings. Without times the acquisition numbers
    must tell acquisitions apart.
    """
    dynamic = time_points(groups)
    single = [group for group in groups if group.key not in dynamic]
    chains = []
    for alike in _sorted_out(single, lambda group: _protocol(group, lexicon)):
        if len({group.acquired_at is None for group in alike}) > 1:
            continue  # Some with a time and some without cannot be put in order.
        for region in _one_region(alike, of_longer=False, at_least=_SAME_REGION):
            chain = _acquisitions(in_time_order(region))
            is_within_series = region[0].modality == "MR" and len({group.key[:2] for group in region}) == 1
            chains += [chain] if len(chain) > 1 and not is_within_series else []
    return chains


def before_the_agent(groups: Sequence[PhaseGroup], chains: Sequence[list[Acquisition]]) -> Decisions:
    """No agent named, and one named later in the same study (whatever its plane) or chain: NON_CONTRAST."""
    decisions: Decisions = {}
    acquired = [group for group in groups if is_acquired(group)]
    for clock in sorted({(group.modality, group.is_on_utc) for group in acquired}):
        timed = [group for group in acquired if group.acquired_at and (group.modality, group.is_on_utc) == clock]
        decisions |= _none_before_agent(_acquisitions(in_time_order(timed)), 0.6)
    for chain in chains:
        decisions = _none_before_agent(chain, 0.6 if chain[0][0].acquired_at else 0.4) | decisions
    in_doubt = _after_untimed_agent(acquired)
    return {key: decision for key, decision in decisions.items() if key not in in_doubt}


def after_none(groups: Sequence[PhaseGroup], before: Decisions) -> Decisions:
    """An agent named where others of the study name none is not filled in for the whole study: POST_CONTRAST."""
    reason = "a contrast agent is named, and earlier series of the study name none"
    decision = PhaseDecision(Phase.POST_CONTRAST, PhaseSource.ORDER, 0.5, reason)
    modalities = {group.modality for group in groups if group.key in before}
    return {
        group.key: decision
        for group in groups
        if group.has_agent and group.modality in modalities and is_acquired(group) and follows_bolus(group) is not False
    }


def before_its_twin(groups: Sequence[PhaseGroup], lexicon: Lexicon) -> Decisions:
    """Of two otherwise equal acquisitions the later is marked as enhanced ("+C", "arterial", an agent), the first not.

    An agent that both name marks none of them. Of several unmarked ones, which could be phases themselves, only the
    agent tells. Without times the series numbers give the order.
    """
    decisions: Decisions = {}
    for alike in _sorted_out(groups, lambda group: _twin(group, lexicon)):
        for region in _one_region(alike, of_longer=False, at_least=_SAME_REGION):
            first, second = [*_in_order(region), [], []][:2]
            decision = _before_twin(first, second, lexicon)
            decisions |= {group.key: decision for group in first if decision}
    in_doubt = _after_untimed_agent([group for group in groups if is_acquired(group)])
    return {key: decision for key, decision in decisions.items() if key not in in_doubt}


def filled_for_the_study(groups: Sequence[PhaseGroup]) -> Decisions:
    """An agent that also stands on what cannot show it says nothing: it was typed in when the study began.

    On a localizer, on a series that calls itself plain, or on MR on every series of several acquisitions.
    """
    decisions: Decisions = {}
    for modality in ("CT", "MR"):
        named = [group for group in groups if group.modality == modality and group.has_agent]
        acquired = [group for group in groups if group.modality == modality and is_acquired(group)]
        reason = _why_it_says_nothing(named, acquired)
        if reason and len(_acquisitions(in_time_order(acquired))) > 1:
            decisions |= {group.key: unknown_phase(reason) for group in named}
    return decisions


def repetitions(chains: Sequence[list[Acquisition]], before: Decisions) -> Decisions:
    """PHASE_k for the k-th acquisition of a chain, unless all but one are known to lie before the agent."""
    decisions: Decisions = {}
    for chain in chains:
        if sum(acquisition[0].key not in before for acquisition in chain) < 2:
            continue
        has_agent = any(group.has_agent for acquisition in chain for group in acquisition)
        for place, acquisition in enumerate(chain, start=1):
            reason = f"acquisition {place} of {len(chain)} of one protocol over one region; order alone names no phase"
            confidence = 0.4 if has_agent else 0.3
            decision = PhaseDecision(repeated_phase(place), PhaseSource.ORDER, confidence, reason)
            decisions |= {group.key: decision for group in acquisition}
    return decisions


def _why_it_says_nothing(named: Sequence[PhaseGroup], acquired: Sequence[PhaseGroup]) -> str | None:
    if any(group.image_type_class == "LOCALIZER" for group in named):
        return "the contrast agent stands on the localizer, too: it was filled in for the whole study"
    if any(_is_named(group) and group.own.phase == Phase.NON_CONTRAST for group in named):
        return "the contrast agent stands on a series without contrast, too: it was filled in for the whole study"
    if acquired and acquired[0].modality == "MR" and all(group.has_agent for group in acquired):
        return "the contrast agent stands on every series of the study, so it does not tell them apart"
    return None


def _is_dynamic(stack: Sequence[PhaseGroup]) -> bool:
    if any(follows_bolus(group) for group in stack):
        return True
    is_late = any(Repeats.LATE_ECHO in group.settings for group in stack)
    return stack[0].modality == "MR" and not is_late and stack[0].own.phase != Phase.NON_CONTRAST


def _after_untimed_agent(groups: Sequence[PhaseGroup]) -> set[PhaseKey]:
    """Timed groups behind an agent whose time is missing, by series number; unnumbered ones may be behind it, too."""
    untimed = [group for group in groups if group.acquired_at is None and _is_after_agent(group)]
    first = min((group.series_number or 0 for group in untimed), default=None)
    return {
        group.key
        for group in groups
        if first is not None and group.acquired_at and (group.series_number is None or group.series_number > first)
    }


def _twin(group: PhaseGroup, lexicon: Lexicon) -> Hashable:
    """As `_protocol`, but names of sequences and options may differ: fat is often saturated after contrast alone."""
    words = words_beside_phases(group.series_description, lexicon)
    measured = frozenset(one for one in group.made_with if one.startswith(_MEASURED))
    place = group.key.frame_of_reference_uid, group.plane, group.modality
    return (*place, words, measured, group.is_on_utc) if words else group.key


def _is_named(group: PhaseGroup) -> bool:
    return group.own.source in (PhaseSource.ENHANCED, PhaseSource.TEXT, PhaseSource.TIME)


def _is_marked(group: PhaseGroup) -> bool:
    return group.own.source is PhaseSource.TEXT and group.own.phase in _FIRST_AFTER_NONE


def _in_order(region: Sequence[PhaseGroup]) -> list[Acquisition]:
    """Acquisitions by time; where none has one, series by number; nothing where some have."""
    has_time = {group.acquired_at is not None for group in region}
    if has_time == {True}:
        return _acquisitions(in_time_order(region))
    is_numbered = all(group.series_number is not None for group in region)
    return [[group] for group in in_time_order(region)] if has_time == {False} and is_numbered else []


def _before_twin(first: Acquisition, second: Acquisition, lexicon: Lexicon) -> PhaseDecision | None:
    if any(map(_is_named, first)):
        return None
    marked = [group for group in second if _is_marked(group)]
    if marked:
        words = read_phase(marked[0].series_description, lexicon).words or ("as enhanced",)
        reason = f"the next acquisition of the same protocol is marked {', '.join(words)}"
        return PhaseDecision(Phase.NON_CONTRAST, PhaseSource.ORDER, 0.7, reason)
    if any(map(_is_after_agent, second)) and not any(group.has_agent for group in first):
        reason = "no contrast agent is named here, and one is in the next acquisition of the same protocol"
        return PhaseDecision(Phase.NON_CONTRAST, PhaseSource.ORDER, 0.5, reason)
    return None


def _sorted_out(groups: Iterable[PhaseGroup], key: Callable[[PhaseGroup], Hashable]) -> list[list[PhaseGroup]]:
    alike: defaultdict[Hashable, list[PhaseGroup]] = defaultdict(list)
    for group in in_time_order(group for group in groups if is_comparable(group)):
        alike[key(group)].append(group)
    return list(alike.values())


def _one_region(groups: Iterable[PhaseGroup], of_longer: bool, at_least: float) -> list[list[PhaseGroup]]:
    regions: list[list[PhaseGroup]] = []
    for group in groups:
        same = (region for region in regions if shared_extent(region[0], group, of_longer) >= at_least)
        region = next(same, None)
        if region is None:
            regions.append([group])
        else:
            region.append(group)
    return regions


def _dynamic(stack: Sequence[PhaseGroup]) -> Decisions:
    decisions: Decisions = {}
    # The temporal position (0020,0100) is meant to count; acquisition numbers only often do.
    ordered = sorted(in_time_order(stack), key=lambda group: group.key.temporal_position or 0)
    for place, group in enumerate(ordered, start=1):
        reason = f"time point {place} of {len(stack)} of one series"
        decisions[group.key] = PhaseDecision(dynamic_phase(place), PhaseSource.ORDER, 0.6, reason)
    return decisions


def _protocol(group: PhaseGroup, lexicon: Lexicon) -> Hashable:
    words = words_beside_phases(group.series_description, lexicon)
    if not words and not group.made_with:
        return group.key  # Nothing is known of it, so it repeats nothing.
    return group.key.frame_of_reference_uid, group.plane, group.modality, words, group.made_with, group.is_on_utc


def _acquisitions(ordered: Sequence[PhaseGroup]) -> list[Acquisition]:
    acquisitions: list[Acquisition] = []
    for group in ordered:
        same = (one for one in acquisitions if _is_same_acquisition(one[0], group))
        acquisition = next(same, None)
        if acquisition is None:
            acquisitions.append([group])
        else:
            acquisition.append(group)
    return acquisitions


def _is_same_acquisition(one: PhaseGroup, other: PhaseGroup) -> bool:
    if one.acquired_at is None or other.acquired_at is None:
        numbers = {one.key.acquisition_number, other.key.acquisition_number}
        return len(numbers) == 1 or None in numbers
    return abs(other.acquired_at - one.acquired_at) <= _ONE_ACQUISITION


def _none_before_agent(ordered: Sequence[Acquisition], confidence: float) -> Decisions:
    with_agent = (place for place, acquisition in enumerate(ordered) if any(map(_is_after_agent, acquisition)))
    first = next(with_agent, 0)
    reason = "no contrast agent is named here, and one is later in the study"
    decision = PhaseDecision(Phase.NON_CONTRAST, PhaseSource.ORDER, confidence, reason)
    earlier = [group for acquisition in ordered[:first] for group in acquisition]
    return {group.key: decision for group in earlier if group.has_agent is False}


def _is_after_agent(group: PhaseGroup) -> bool:
    """An agent on a series that calls itself plain was filled in for the whole study."""
    return group.has_agent is True and group.own.phase != Phase.NON_CONTRAST
