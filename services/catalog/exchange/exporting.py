"""Mappings as a file: Usagi's with everything the desk shows, source_to_concept_map with what is approved."""

from collections.abc import Iterator
from typing import Literal

from chassis.database import Database
from services.catalog.diagnoses.listing import every_diagnosis
from services.catalog.exchange.concept_map import map_lines
from services.catalog.exchange.usagi import usagi_lines

Format = Literal["usagi", "source_to_concept_map"]


async def mapping_file(database: Database, file_format: Format) -> Iterator[str]:
    """Lines, of the diagnoses of all hospitals."""
    if file_format == "usagi":
        items = await every_diagnosis(database)
        codes = await database.pool.fetch(
            "SELECT radiology_condition_id, rcdm.map_code(source_text, source_code) FROM rcdm.radiology_condition"
            " WHERE radiology_condition_id = ANY($1)",
            [item.radiology_condition_id for item in items],
        )
        return usagi_lines(items, dict(codes))
    return map_lines(
        await database.pool.fetch(
            "SELECT * FROM cdm.source_to_concept_map WHERE source_vocabulary_id = 'rcdm'"
            " OR source_vocabulary_id LIKE 'rcdm %' ORDER BY source_vocabulary_id, source_code, target_concept_id"
        )
    )
