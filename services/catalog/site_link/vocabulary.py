"""The vocabulary of the site's database comes over as a download of Athena would: the same checks, the same swap."""

from collections.abc import Callable
from pathlib import Path

from services.catalog.site_link.connection import Site
from services.catalog.vocabulary.files import REQUIRED

TABLES = REQUIRED


async def write_vocabulary(site: Site, folder: Path, progress: Callable[[str, int, int], None]) -> Path:
    """Its tables as files in `folder`; some gigabytes for a whole one."""
    for place, table in enumerate(TABLES):
        progress("reading RCDM_OMOP", place, len(TABLES))
        columns = ", ".join(site.columns[table])
        await site.write(f"SELECT {columns} FROM {table}", folder / f"{table.upper()}.csv", athena=True)
    progress("reading RCDM_OMOP", 1, 1)
    return folder
