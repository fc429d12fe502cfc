"""The vocabulary of the site's database comes over as a download of Athena would: the same checks, the same swap."""

from collections.abc import Callable
from pathlib import Path

from services.catalog.site_link.connection import Site
from services.catalog.vocabulary.files import OPTIONAL, REQUIRED

VOCABULARY_TABLES = REQUIRED
_IS_THERE = "SELECT to_regclass($1) IS NOT NULL"
# Many loaders of Athena's files leave an empty text in these where there is nothing.
_MAY_BE_EMPTY = frozenset({"standard_concept", "invalid_reason", "vocabulary_reference", "vocabulary_version"})


async def write_vocabulary(site: Site, folder: Path, progress: Callable[[str, int, int], None]) -> Path:
    """Its tables as files in `folder`; some gigabytes for a whole one."""
    tables = [*VOCABULARY_TABLES, *[one for one in OPTIONAL if await site.connection.fetchval(_IS_THERE, one)]]
    for place, table in enumerate(tables):
        progress("reading RCDM_OMOP", place, len(tables))
        columns = ", ".join(map(_column, site.columns[table])) if table in site.columns else "*"
        await site.write(f"SELECT {columns} FROM {table}", folder / f"{table.upper()}.csv", athena=True)
    progress("reading RCDM_OMOP", 1, 1)
    return folder


def _column(name: str) -> str:
    return f"nullif({name}, '') AS {name}" if name in _MAY_BE_EMPTY else name
