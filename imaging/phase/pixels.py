"""Contrast medium that arrives between two volumes of one geometry, seen in their pixels where headers are silent.

A place is brighter only when it is brighter than everything beside it was before, so breathing and a turned head do not
count; and what grew darker speaks against an agent.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from imaging.header.dicom_json import Document, numbers, text, texts
from imaging.header.functional_groups import frame_document
from imaging.phase.groups import PhaseGroup, PhaseKey, Volume, in_time_order, is_comparable
from imaging.phase.intensity import LOOKS_ENHANCED, MEASURED, MOST_ENHANCED, read_map
from imaging.phase.types import Phase, PhaseDecision, PhaseSource
from imaging.sequence.kind import sequence_kind
from imaging.sequence.words import PARTS

# Already this part of a CT's body in bright regions that are no bone is too much for one before the agent.
_NOT_PLAIN = 0.0002

Maps = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

# What differs between two volumes may be time alone, or their values cannot be compared.
_TEXTS = (
    "Modality", "FrameOfReferenceUID", "PatientPosition", "ConvolutionKernel", "ScanningSequence", "SequenceVariant",
    "ScanOptions", "SequenceName", "PulseSequenceName", "MRAcquisitionType", "ReceiveCoilName",
)  # fmt: skip
_NUMBERS = (
    "Rows", "Columns", "NumberOfFrames", "PixelSpacing", "SliceThickness", "ImageOrientationPatient", "KVP", "EchoTime",
    "EffectiveEchoTime", "RepetitionTime", "InversionTime", "FlipAngle", "EchoTrainLength", "PixelBandwidth",
)  # fmt: skip
_CHANGE_BY_THEMSELVES = frozenset(
    {"ADC", "ASL", "BOLD", "DSC", "DWI", "FA", "FLOW_ENCODED", "MRA", "PERFUSION", "SWI"}
    | {"T1_MAP", "T2_MAP", "T2_STAR_MAP"}
)
_HEADERS = frozenset({PhaseSource.ENHANCED, PhaseSource.TEXT, PhaseSource.TIME})
_NOT_ONE_ACQUISITION = timedelta(seconds=10)
_LEAST_SLICES = 3
_SAME_PLACE_MM = 0.5
# Thin slices are compared at this distance: neighbours must be farther than organs move.
_STEP_MM = 10.0
_SOFT_HU, _LATER_HU = 160.0, 400.0


@dataclass(frozen=True)
class Bounds:
    """How much brighter a block is that rose, or rose much: in HU, on MR in natural logarithms of the intensity.

    `least_rise` of the body is more than chance and flow; above `most_weak` some of it must have risen much, or it is
    one phase after another (of CT the brightness of the first tells).
    """

    brighter: float
    much_brighter: float
    least_rise: float
    most_weak: float = 1.0


# Chosen by `make eval-phase-pixels`.
_BOUNDS = {"CT": Bounds(20.0, 50.0, 0.002), "MR": Bounds(0.18, 0.36, 0.003, most_weak=0.02)}
_LEAST_STRONG = 0.004


@dataclass(frozen=True)
class Change:
    """From one volume to a later one, as parts (0 to 1) of the blocks of the body that both show.

    `rise` and `fall` are brighter, or darker, than anything beside it was before; `strong` likewise and by far;
    `darker` counts what is only darker at the same place, that is motion.
    """

    slices: int
    bounds: Bounds
    rise: float
    strong: float
    fall: float
    darker: float

    @property
    def is_agent(self) -> bool:
        """Did contrast medium arrive between the two?"""
        is_more_than_motion = self.rise >= self.darker / 8 and self.fall <= self.rise / 12
        is_first_phase = self.rise <= self.bounds.most_weak or self.strong >= _LEAST_STRONG
        return self.rise >= self.bounds.least_rise and is_more_than_motion and is_first_phase

    @property
    def is_none(self) -> bool:
        return self.rise < self.bounds.least_rise / 5


def intensity_settings(document: Document) -> str | None:
    """A digest of all that must be equal where intensities are compared; None where they change without an agent."""
    kind = sequence_kind(document) or ""
    if text(document, "Modality") not in MEASURED or kind in _CHANGE_BY_THEMSELVES:
        return None
    frame = frame_document(document)
    image_type = texts(document, "ImageType") or texts(frame, "FrameType")
    written = [f"{name}={'+'.join(texts(frame, name))}" for name in _TEXTS]
    measured = [f"{name}={'+'.join(map(_rounded, numbers(frame, name)))}" for name in _NUMBERS]
    part = kind if kind in PARTS else ""  # water beside fat, where the image type does not tell
    settings = "|".join([*written, *measured, "+".join(image_type[2:]), part])
    return blake2b(settings.encode(), digest_size=16).hexdigest()


def looks_enhanced(group: PhaseGroup) -> PhaseDecision | None:
    """A CT that is not said to have an agent, and has its brightness: no name is right."""
    if group.modality != "CT" or not LOOKS_ENHANCED <= (group.bright_part or 0.0) <= MOST_ENHANCED:
        return None
    reason = f"no contrast agent is named, but {group.bright_part:.1%} of the body is as bright as enhanced vessels"
    return PhaseDecision(Phase.UNKNOWN, PhaseSource.PIXELS, 0.0, reason)


def arrivals(groups: Iterable[PhaseGroup]) -> dict[PhaseKey, PhaseDecision]:
    """NON_CONTRAST before an agent arrived and POST_CONTRAST after it, for volumes made alike in one place."""
    alike: defaultdict[tuple[str, bool], list[PhaseGroup]] = defaultdict(list)
    for group in in_time_order(groups):
        if group.volume is not None and group.acquired_at is not None and is_comparable(group):
            alike[group.volume.settings, group.is_on_utc].append(group)
    decisions: dict[PhaseKey, PhaseDecision] = {}
    for _, chain in sorted(alike.items()):
        decisions |= _arrival(chain)
    return decisions


def change(before: Volume, after: Volume, modality: str) -> Change | None:
    """None when they share too few places."""
    pairs = _same_places(before, after)
    if len(pairs) * before.frames < _LEAST_SLICES:
        return None
    thin = _spread(pairs)
    first, second = (np.stack([read_map(maps[place]) for _, *maps in thin]) for place in (0, 1))
    if modality == "MR":
        first, second = _logarithms(first, second)
    return _compared(first, second, modality, len(pairs) * before.frames)


def _arrival(chain: Sequence[PhaseGroup]) -> dict[PhaseKey, PhaseDecision]:
    base = chain[0]
    later = [group for group in chain[1:] if _is_later(base, group)]
    if not later or (base.bright_part or 0.0) >= _NOT_PLAIN:
        return {}
    changes = [(group, _change(base, group)) for group in later]
    after = [(group, found) for group, found in changes if found and found.is_agent]
    if not after:
        return {}
    first_after, at_arrival = after[0]
    before = [(base, at_arrival), *_still_before(changes, first_after)]
    if _contradicts([group for group, _ in before], [group for group, _ in after]):
        return {}
    decisions = {group.key: _named(Phase.NON_CONTRAST, found, group, first_after) for group, found in before}
    return decisions | {group.key: _named(Phase.POST_CONTRAST, found, base, group) for group, found in after}


def _still_before(
    changes: Sequence[tuple[PhaseGroup, Change | None]], first_after: PhaseGroup
) -> Iterator[tuple[PhaseGroup, Change]]:
    """Volumes that nothing distinguishes from the first, and an agent from the one after it arrived."""
    for group, since_first in changes:
        if group is first_after:
            return
        found = _change(group, first_after)
        if since_first and since_first.is_none and found and found.is_agent:
            yield group, found


def _contradicts(before: Iterable[PhaseGroup], after: Iterable[PhaseGroup]) -> bool:
    """Do headers, where they are evidence, say otherwise? Then nothing can be learnt here."""
    is_enhanced = any(one.own.source in _HEADERS and one.own.phase != Phase.NON_CONTRAST for one in before)
    return is_enhanced or any(one.own.source in _HEADERS and one.own.phase == Phase.NON_CONTRAST for one in after)


def _named(phase: Phase, found: Change, before: PhaseGroup, after: PhaseGroup) -> PhaseDecision:
    unit = "20 HU" if before.modality == "CT" else "20 %"
    reason = (
        f"from series {before.series_number} to {after.series_number} {found.rise:.1%} of the body grew brighter by"
        f" more than {unit}, {found.fall:.1%} darker ({found.slices} slices compared)"
    )
    return PhaseDecision(phase, PhaseSource.PIXELS, 0.6, reason)


def _change(before: PhaseGroup, after: PhaseGroup) -> Change | None:
    assert before.volume is not None
    assert after.volume is not None
    return change(before.volume, after.volume, before.modality)


def _is_later(base: PhaseGroup, group: PhaseGroup) -> bool:
    assert base.acquired_at is not None
    assert group.acquired_at is not None
    return group.acquired_at - base.acquired_at >= _NOT_ONE_ACQUISITION


def _same_places(before: Volume, after: Volume) -> list[tuple[float, bytes, bytes]]:
    """Position and both maps; a volume with two images at one place is none, for more than time differs in it."""
    if any(_is_doubled(one) for one in (before, after)):
        return []
    places = np.array([place for place, _ in after.slices])
    pairs = []
    for place, packed in before.slices:
        nearest = int(np.abs(places - place).argmin())
        if abs(places[nearest] - place) <= _SAME_PLACE_MM:
            pairs.append((place, packed, after.slices[nearest][1]))
    return pairs


def _is_doubled(volume: Volume) -> bool:
    return len({round(place, 2) for place, _ in volume.slices}) < len(volume.slices)


def _spread(pairs: Sequence[tuple[float, bytes, bytes]]) -> list[tuple[float, bytes, bytes]]:
    chosen = [pairs[0]]
    for pair in pairs:
        if pair[0] - chosen[-1][0] >= _STEP_MM - _SAME_PLACE_MM:
            chosen.append(pair)
    return chosen


def _logarithms(first: Maps, second: Maps) -> tuple[Maps, Maps]:
    with np.errstate(invalid="ignore", divide="ignore"):
        first, second = np.log(first), np.log(second)
    both = np.isfinite(first) & np.isfinite(second)
    factor = np.median((second - first)[both]) if both.any() else np.float32(0)
    return first, (second - factor).astype(np.float32)


def _compared(first: Maps, second: Maps, modality: str, slices: int) -> Change | None:
    brightest, later_brightest = _brightest_beside(first), _brightest_beside(second)
    both = np.isfinite(first) & np.isfinite(second)
    # Bone that moves by a block, and skin and fat at the edge of MR, whose saturation varies, are left out.
    if modality == "CT":
        both &= (brightest < _SOFT_HU) & (later_brightest < _LATER_HU)
    else:
        both = _inner(both)
    count = int(both.sum())
    if not count:
        return None
    bounds = _BOUNDS[modality]
    rise, fall = (second - brightest)[both], (first - later_brightest)[both]
    darker = (first - second)[both] > bounds.brighter
    parts = (rise > bounds.brighter, rise > bounds.much_brighter, fall > bounds.brighter, darker)
    return Change(slices, bounds, *(float(part.sum()) / count for part in parts))


def _brightest_beside(maps: Maps) -> Maps:
    """The largest of each block and of all that touch it, in the slices before and after, too."""
    padded = np.pad(np.where(np.isfinite(maps), maps, -np.inf), 1, constant_values=-np.inf)
    for axis, size in enumerate(maps.shape):
        padded = np.maximum.reduce([padded.take(range(place, place + size), axis) for place in range(3)])
    return padded.astype(np.float32)


def _inner(body: Mask) -> Mask:
    padded = np.pad(body, ((0, 0), (1, 1), (1, 1)))
    rows = padded[:, :-2] & padded[:, 1:-1] & padded[:, 2:]
    return rows[:, :, :-2] & rows[:, :, 1:-1] & rows[:, :, 2:]


def _rounded(value: float) -> str:
    return f"{value:.3g}" if abs(value) >= 0.01 else "0"
