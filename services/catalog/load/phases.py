"""Which phase holds for each phase group of a study: its cells decide, and the pixels where those leave it open."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from imaging.phase.groups import Volume
from imaging.phase.rules import PhaseDecision, PhaseSource
from services.catalog.db import Connection
from services.catalog.load.study import Cell, phases

_SILENT = frozenset({PhaseSource.NONE, PhaseSource.AGENT})

# $1: studies; $2: phase groups.
_INTENSITIES = """
SELECT phase_group, slice_position, body_intensity, number_of_frames FROM rcdm.radiology_image
WHERE radiology_occurrence_id = ANY($1) AND phase_group = ANY($2) AND body_intensity IS NOT NULL
    AND slice_position IS NOT NULL
ORDER BY phase_group, slice_position, body_intensity
"""


async def decide_phases(
    connection: Connection, cells: dict[int, list[Cell]], days: Sequence[Sequence[int]]
) -> dict[int, dict[str, PhaseDecision]]:
    """By occurrence and phase group; `days` are the occurrences that are looked at together."""
    found: dict[int, dict[str, PhaseDecision]] = {}
    for day in days:
        of_day = [cell for occurrence_id in day for cell in cells[occurrence_id]]
        volumes = await _volumes(connection, day, _comparable_groups(of_day))
        together = await asyncio.to_thread(phases, of_day, volumes) if volumes else phases(of_day)
        for occurrence_id in day:
            found[occurrence_id] = {cell.phase_group: together[cell.phase_group] for cell in cells[occurrence_id]}
    return found


async def _volumes(connection: Connection, ids: Sequence[int], settings: Mapping[str, str]) -> dict[str, Volume]:
    """Of these phase groups, each with the settings its pixels were made with."""
    if not settings:
        return {}
    slices: dict[str, list[tuple[float, bytes]]] = defaultdict(list)
    frames: dict[str, int] = {}
    for group, position, intensity, count in await connection.fetch(_INTENSITIES, ids, sorted(settings)):
        slices[group].append((position, intensity))
        frames[group] = count
    return {group: Volume(settings[group], tuple(found), frames[group]) for group, found in slices.items()}


def _comparable_groups(cells: Sequence[Cell]) -> dict[str, str]:
    """Phase groups whose pixels may be evidence, with the settings that two or more of them share.

    Nothing is compared where the headers name the phase of all of them.
    """
    settings: defaultdict[str, set[str | None]] = defaultdict(set)
    silent = set()
    for cell in cells:
        settings[cell.phase_group].add(cell.intensity_settings)
        if cell.own_phase_source in _SILENT and cell.intensity_settings:
            silent.add(cell.intensity_settings)
    single = {name: next(iter(found)) for name, found in settings.items() if len(found) == 1}
    known = {name: one for name, one in single.items() if one is not None}
    alike = Counter(known.values())
    return {name: one for name, one in known.items() if alike[one] > 1 and one in silent}
