"""The vocabulary of the site's OMOP database comes over as an Athena download would: the same checks, the same swap."""

from pathlib import Path
from tempfile import TemporaryDirectory

from chassis.database import Database
from services.catalog.omop_link.copying import copy_out
from services.catalog.omop_link.shape import check_shape, has_table
from services.catalog.omop_link.site import open_site
from services.catalog.vocabulary.files import OPTIONAL, REQUIRED
from services.catalog.vocabulary.load import Loaded, load_vocabulary
from services.catalog.vocabulary.staging import Progress

_COLUMNS = """
SELECT column_name::text AS name, is_nullable = 'YES' AND data_type LIKE 'character%' AS may_be_empty
FROM information_schema.columns WHERE table_schema = 'cdm' AND table_name = $1 ORDER BY ordinal_position
"""


async def load_vocabulary_from_site(
    database: Database, address: str, progress: Progress = lambda *_: None, accept_missing: bool = False
) -> Loaded:
    """Raises SettingsError, Unavailable, and what `load_vocabulary` raises; then the vocabulary in use stays.

    Copied into files first, which need the room an unpacked download needs: where TMPDIR says.
    """
    with TemporaryDirectory(prefix="rcdm-vocabulary-") as folder:
        async with open_site(address, database.dsn) as site:
            tables = [*REQUIRED, *[one for one in OPTIONAL if await has_table(site, one)]]
            columns = {table: await database.pool.fetch(_COLUMNS, table) for table in tables}
            await check_shape(site, {table: [one["name"] for one in found] for table, found in columns.items()})
            for done, table in enumerate(tables, start=1):
                names = [_column(one["name"], one["may_be_empty"]) for one in columns[table]]
                path = Path(folder) / f"{table.upper()}.csv"
                await copy_out(site, f"SELECT {', '.join(names)} FROM {table}", path, delimiter="\t", quote="\b")
                progress("from the site's database", done, len(tables))
        return await load_vocabulary(database, Path(folder), progress, accept_missing, source="OMOP")


def _column(name: str, may_be_empty: bool) -> str:
    """Many loaders of Athena files leave an empty text where there is none."""
    return f"nullif({name}, '') AS {name}" if may_be_empty else name
