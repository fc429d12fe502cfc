"""What the order of a study's groups says of their phases; it never names an arterial or a portal one."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from datetime import timedelta

from imaging.lexicon import Lexicon, words_beside_phases
from imaging.phase_group import PhaseGroup, PhaseKey, in_time_order, is_comparable, shared_extent
from imaging.phase_values import Phase, PhaseDecision, PhaseSource, dynamic_phase, repeated_phase

Decisions = dict[PhaseKey, PhaseDecision]
# One acquisition is one or more groups: the same raw data reconstructed twice.
Acquisition = list[PhaseGroup]

_ONE_ACQUISITION = timedelta(seconds=2)
_SAME_STACK = 0.8
_SAME_REGION = 0.5


def time_points(groups: Iterable[PhaseGroup]) -> Decisions:
    """Several acquisitions of one stack under one series: DYNAMIC_1 … DYNAMIC_k.

    Not when more than time differs (echo, flip angle, b-value), nor for a beating heart, nor for stacks side by side.
    """
    decisions: Decisions = {}
    for series in _sorted_out(groups, lambda group: group.key[:2]):
        for stack in _one_region(series, of_longer=True, at_least=_SAME_STACK):
            if len(stack) > 1 and len({(group.plane, group.settings) for group in stack}) == 1:
                decisions |= _dynamic(stack)
    return decisions


def repetition_chains(groups: Sequence[PhaseGroup], lexicon: Lexicon) -> list[list[Acquisition]]:
    """Series that repeat one protocol over one region, as acquisitions in order of time; only chains of two and more.

    One protocol is the same description beside phase words and numbers, and the same settings. Without times the
    acquisition numbers must tell acquisitions apart.
    """
    dynamic = time_points(groups)
    single = [group for group in groups if group.key not in dynamic]
    chains = []
    for alike in _sorted_out(single, lambda group: _protocol(group, lexicon)):
        if len({group.acquired_at is None for group in alike}) > 1:
            continue  # Some with a time and some without cannot be put in order.
        for region in _one_region(alike, of_longer=False, at_least=_SAME_REGION):
            chain = _acquisitions(in_time_order(region))
            chains += [chain] if len(chain) > 1 else []
    return chains


def before_the_agent(groups: Sequence[PhaseGroup], chains: Sequence[list[Acquisition]]) -> Decisions:
    """No agent named, and one named later in the same study (whatever its plane) or chain: NON_CONTRAST."""
    decisions: Decisions = {}
    for modality in sorted({group.modality for group in groups}):
        timed = [group for group in groups if group.modality == modality and group.acquired_at and _is_primary(group)]
        decisions |= _none_before_agent(_acquisitions(in_time_order(timed)), 0.6)
    for chain in chains:
        decisions = _none_before_agent(chain, 0.6 if chain[0][0].acquired_at else 0.4) | decisions
    return decisions


def after_none(groups: Sequence[PhaseGroup], before: Decisions) -> Decisions:
    """An agent named where others of the study name none is not filled in for the whole study: POST_CONTRAST."""
    reason = "a contrast agent is named, and earlier series of the study name none"
    decision = PhaseDecision(Phase.POST_CONTRAST, PhaseSource.ORDER, 0.5, reason)
    modalities = {group.modality for group in groups if group.key in before}
    return {group.key: decision for group in groups if group.has_agent and group.modality in modalities}


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
    if not words and not group.settings:
        return group.key  # Nothing is known of it, so it repeats nothing.
    return group.key.frame_of_reference_uid, group.plane, group.modality, words, group.settings


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


def _is_primary(group: PhaseGroup) -> bool:
    return group.image_type_class == "PRIMARY" and group.modality in ("CT", "MR")
