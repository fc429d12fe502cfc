"""What follows for a study from all of its images; pure, and the same whatever order they came in."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from typing import Any

from imaging.fields.fields import OccurrenceFields
from imaging.geometry.plane import PLANE_RULES_VERSION
from imaging.phase.groups import Volume
from imaging.phase.lexicon import default_lexicon
from imaging.phase.rules import PHASE_RULES_VERSION, PhaseGroup, PhaseKey, common_phase, study_phases
from imaging.phase.types import PhaseDecision, PhaseSource
from imaging.sequence.kind import SEQUENCE_RULES_VERSION

# Objects about images; beside images they do not make a study of several modalities.
_NO_IMAGES = frozenset(
    {"ANN", "ASMT", "AU", "DOC", "ECG", "EPS", "FID", "HC", "HD", "KO", "M3D", "PLAN", "PR", "REG", "RESP", "RTINTENT"}
    | {"RTPLAN", "RTRAD", "RTRECORD", "RTSEGANN", "RTSTRUCT", "RWV", "SEG", "SMR", "SR", "STAIN", "TEXTUREMAP"}
)
# The part that gives a hybrid examination its name comes first.
_HYBRID_FIRST = ("PT", "NM")
# Far more than any header has, far less than an index entry may hold.
LOOKUP_CHARACTERS, SEARCH_CHARACTERS = 150, 8000


@dataclass(frozen=True)
class Cell:
    """Images of one study that are alike in all of these, counted; the minima are over the counted images."""

    phase_group: str
    frame_of_reference_uid: str | None
    series_instance_uid: str
    acquisition_number: int | None
    temporal_position: int | None
    own_phase: str
    own_phase_source: str
    image_plane: str
    image_type_class: str
    modality: str | None
    sequence_kind: str | None
    has_agent: bool | None
    acquisition_settings: tuple[str, ...]
    render_status: str
    count: int
    series_number: int | None
    series_description: str | None
    acquired_at: datetime | None
    low_mm: float | None
    high_mm: float | None
    confidence: float
    reason: str | None
    content_time: time | None
    intensity_settings: str | None = None  # equal where the pixels of two groups can be compared
    body_cells: int | None = None
    bright_cells: int | None = None
    corrected_phase: str | None = None  # as a person said it: the evidence is what it was
    frame_planes: tuple[str, ...] = ()  # where frames are of other planes than the image


@dataclass(frozen=True)
class Totals:
    """The counted columns of an occurrence."""

    images: int
    pictures: int
    series: int
    planes: dict[str, int]
    phases: dict[str, int]
    sequences: dict[str, int]
    modalities: list[str]
    modality: str | None
    content_time: time | None


def phases(cells: Sequence[Cell], volumes: Mapping[str, Volume] | None = None) -> dict[str, PhaseDecision]:
    """The decision for each phase group (by its column `phase_group`), the order of all of them weighed.

    `volumes`: of the groups whose pixels may be evidence, by the same name.
    """
    groups = _groups(cells)
    if volumes:
        groups = {name: replace(group, volume=volumes.get(name)) for name, group in groups.items()}
    decided = study_phases(list(groups.values()))
    return {name: decided[group.key] for name, group in groups.items()}


def totals(cells: Sequence[Cell], decided: dict[str, PhaseDecision]) -> Totals:
    """Counts over all images of a study; phases as they were corrected or decided."""
    modalities = sorted({cell.modality for cell in cells if cell.modality})
    return Totals(
        images=sum(cell.count for cell in cells),
        pictures=sum(cell.count for cell in cells if cell.render_status == "PICTURE"),
        series=len({cell.series_instance_uid for cell in cells}),
        planes=_counted((plane, cell.count) for cell in cells for plane in cell.frame_planes or (cell.image_plane,)),
        phases=_counted((cell.corrected_phase or decided[cell.phase_group].phase, cell.count) for cell in cells),
        sequences=_counted((cell.sequence_kind, cell.count) for cell in cells if cell.sequence_kind),
        modalities=modalities,
        modality=combined_modality(modalities),
        content_time=min((cell.content_time for cell in cells if cell.content_time), default=None),
    )


def combined_modality(modalities: Iterable[str]) -> str | None:
    """One text for a study: `CT`; `PETCT` for PT and CT; otherwise joined in order, `CR/DX`."""
    found = sorted(set(modalities) - _NO_IMAGES) or sorted(modalities)
    hybrid = [name for name in _HYBRID_FIRST if name in found]
    if len(found) == 2 and len(hybrid) == 1 and not set(found).isdisjoint({"CT", "MR"}):
        other = next(name for name in found if name != hybrid[0])
        return ("PET" if hybrid == ["PT"] else hybrid[0]) + other
    return "/".join(found)[:LOOKUP_CHARACTERS] or None


def first_said(said: Sequence[OccurrenceFields]) -> OccurrenceFields:
    """For each field what the first image says that says anything; `said` is in the study's own order."""
    values = {
        field.name: next((value for one in said if (value := getattr(one, field.name)) is not None), None)
        for field in fields(OccurrenceFields)
    }
    # A text and the element it stood in, a number and its unit belong together.
    for value, of_value in (("protocol", "protocol_source_tag"), ("dosage_value", "dosage_unit")):
        values[of_value] = next((getattr(one, of_value) for one in said if getattr(one, value) is not None), None)
    return OccurrenceFields(**values)


def cut(value: str | None) -> str:
    """As long as a lookup's text may be."""
    return (value or "")[:LOOKUP_CHARACTERS]


def search_text(parts: Iterable[str | None]) -> str:
    """What `q` looks into: composed and in lower case."""
    words = " ".join(part for part in parts if part)
    return unicodedata.normalize("NFC", words).lower()[:SEARCH_CHARACTERS]


def mapping_version() -> str:
    """Which rules read the images: another one says that they may be read otherwise now."""
    rules = f"plane {PLANE_RULES_VERSION}, phase {PHASE_RULES_VERSION}, sequence {SEQUENCE_RULES_VERSION}"
    return f"{rules}, lexicon {default_lexicon().digest[:12]}"


def _groups(cells: Sequence[Cell]) -> dict[str, PhaseGroup]:
    by_group: dict[str, list[Cell]] = {}
    for cell in sorted(cells, key=_steady):
        by_group.setdefault(cell.phase_group, []).append(cell)
    return {name: _group(members) for name, members in by_group.items()}


def _group(cells: Sequence[Cell]) -> PhaseGroup:
    first = cells[0]
    decisions = [decision for cell in cells for decision in [_own(cell)] * cell.count]
    agents = {cell.has_agent for cell in cells}
    return PhaseGroup(
        key=PhaseKey(
            first.frame_of_reference_uid, first.series_instance_uid, first.acquisition_number, first.temporal_position
        ),
        series_number=_least(cell.series_number for cell in cells),
        modality=_commonest((cell.modality or "", cell.count) for cell in cells),
        plane=_commonest((cell.image_plane, cell.count) for cell in cells),
        image_type_class=_commonest((cell.image_type_class, cell.count) for cell in cells),
        acquired_at=_least(cell.acquired_at for cell in cells),
        low_mm=_least(cell.low_mm for cell in cells),
        high_mm=max((cell.high_mm for cell in cells if cell.high_mm is not None), default=None),
        has_agent=True if True in agents else None if None in agents else False,
        series_description=_least(cell.series_description for cell in cells) or "",
        own=common_phase(decisions),
        image_count=len(decisions),
        settings=frozenset(setting for cell in cells for setting in cell.acquisition_settings),
        bright_part=_bright_part(cells),
    )


def _bright_part(cells: Sequence[Cell]) -> float | None:
    body = sum(cell.body_cells or 0 for cell in cells)
    return sum(cell.bright_cells or 0 for cell in cells) / body if body else None


def _own(cell: Cell) -> PhaseDecision:
    return PhaseDecision(cell.own_phase, PhaseSource(cell.own_phase_source), cell.confidence, cell.reason or "")


def _steady(cell: Cell) -> tuple[Any, ...]:
    """An order that follows from the images alone."""
    return cell.phase_group, cell.own_phase, cell.own_phase_source, cell.confidence, cell.reason or ""


def _least(values: Iterable[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)


def _counted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for name, count in pairs:
        found[name] += count
    return dict(sorted(found.items()))


def _commonest(pairs: Iterable[tuple[str, int]]) -> str:
    found = _counted(pairs)
    return max(sorted(found), key=lambda name: found[name])
