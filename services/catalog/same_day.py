"""Which studies belong to one examination: those of one person on one day."""

from collections import defaultdict
from collections.abc import Iterable

from services.catalog.lookups import Connection

_SAME_DAY = """
SELECT DISTINCT study.radiology_occurrence_id, study.person_id, study.radiology_occurrence_date
FROM rcdm.radiology_occurrence given JOIN rcdm.radiology_occurrence study
    USING (person_id, radiology_occurrence_date)
WHERE given.radiology_occurrence_id = ANY($1) ORDER BY 1
"""


async def same_days(connection: Connection, occurrence_ids: Iterable[int]) -> list[list[int]]:
    """The occurrences given and those of the same person and day, one list for each person and day, in steady order.

    A scanner may close a study in the middle of an examination, and de-identification may cut one in two.
    """
    days: dict[tuple[object, object], list[int]] = defaultdict(list)
    for study, person, day in await connection.fetch(_SAME_DAY, sorted(set(occurrence_ids))):
        days[person, day].append(study)
    return sorted(days.values())
