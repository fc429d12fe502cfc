"""What is known of the vocabulary in use, without counting millions of rows."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, Field

from chassis.database import Database
from services.catalog.vocabulary.source import Source


class Gap(BaseModel):
    """Rows that name what the vocabulary does not have."""

    table: str
    column: str
    rows: int
    example: str = Field(description="One of the names or ids that are not there.")


class VocabularyStatus(BaseModel):
    """The vocabulary in use; `version` is null until one was loaded."""

    version: str | None
    loaded_at: datetime | None
    source: Source | None = Field(description="A download of Athena, or the site's own OMOP database (RCDM_OMOP).")
    rows: Mapping[str, int] = Field(description="Rows of each table.")
    vocabularies: Mapping[str, str | None] = Field(description="The version of each vocabulary in it.")
    gaps: Sequence[Gap]


async def vocabulary_status(database: Database) -> VocabularyStatus:
    """Of the last load."""
    row = await database.pool.fetchrow(
        "SELECT vocabulary_version, loaded_at, source, row_counts, findings FROM rcdm.vocabulary_load"
        " ORDER BY vocabulary_load_id DESC LIMIT 1"
    )
    names = await database.pool.fetch("SELECT vocabulary_id, vocabulary_version FROM cdm.vocabulary ORDER BY 1")
    return VocabularyStatus(
        version=row and row["vocabulary_version"],
        loaded_at=row and row["loaded_at"],
        source=row and row["source"],
        rows=json.loads(row["row_counts"]) if row else {},
        vocabularies={name: version for name, version in names if name != "None"},
        gaps=json.loads(row["findings"]) if row else [],
    )
