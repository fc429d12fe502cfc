"""From the site's database come persons with images, their observation periods, and the vocabulary as a whole.

Everything else stays where it is, under the same ids. The vocabulary passes the same checks and the same swap as a
download of Athena.
"""

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from chassis.db.database import Database
from chassis.errors import BadRequest
from chassis.secrets import SiteKeys
from services.catalog.site_omop.dump.files import OURS
from services.catalog.site_omop.dump.load import Loaded, load_omop
from services.catalog.site_omop.link.connection import Site
from services.catalog.vocabulary.files import OPTIONAL, REQUIRED

_OF = "person_id = ANY($1::integer[])"
_PROVIDERS = f"SELECT provider_id FROM person WHERE {_OF}"
_CARE_SITES = (
    f"SELECT care_site_id FROM person WHERE {_OF}"
    f" UNION SELECT care_site_id FROM provider WHERE provider_id IN ({_PROVIDERS})"
)
_LOCATIONS = (
    f"SELECT location_id FROM person WHERE {_OF}"
    f" UNION SELECT location_id FROM care_site WHERE care_site_id IN ({_CARE_SITES})"
)
# Of whom a person only names, no more than the key needs: no address, no physician's name.
_ONLY: Mapping[str, Sequence[str]] = {
    "location": ("location_id",),
    "provider": ("provider_id", "specialty_concept_id", "care_site_id"),
    "care_site": ("care_site_id", "place_of_service_concept_id", "location_id"),
}
_ROWS: Mapping[str, str] = {
    "location": f"location_id IN ({_LOCATIONS})", "care_site": f"care_site_id IN ({_CARE_SITES})",
    "provider": f"provider_id IN ({_PROVIDERS})", "person": _OF, "observation_period": _OF,
}  # fmt: skip
TABLES = (*_ROWS, "visit_occurrence")

_DAYS = "SELECT DISTINCT person_id, radiology_occurrence_date FROM rcdm.radiology_occurrence WHERE person_id = ANY($1)"
_VISITS_HERE = f"""
SELECT visit_occurrence_id FROM cdm.visit_occurrence WHERE person_id = ANY($1) EXCEPT ({OURS["visit_occurrence"]})
"""
# Found from the studies: a site has a hundred million visits. $1, $2: persons and days; $3: those that came before.
_VISITS = """visit_occurrence_id IN (
    SELECT unnest($3::integer[]) UNION
    SELECT visit_occurrence_id FROM unnest($1::integer[], $2::date[]) AS study (person, day)
    JOIN visit_occurrence ON person = person_id AND day BETWEEN visit_start_date AND visit_end_date)"""
# Where they point to, nothing came over for them.
_NOT_OF_VISITS = frozenset({"provider_id", "care_site_id", "preceding_visit_occurrence_id"})

VOCABULARY_TABLES = REQUIRED
_IS_THERE = "SELECT to_regclass($1) IS NOT NULL"
# Many loaders of Athena's files leave an empty text in these where there is nothing.
_MAY_BE_EMPTY = frozenset({"standard_concept", "invalid_reason", "vocabulary_reference", "vocabulary_version"})

_OURS = """
SELECT (SELECT count(DISTINCT person_id) FROM rcdm.radiology_occurrence) AS persons,
    (SELECT count(DISTINCT person_id) FROM rcdm.radiology_occurrence JOIN rcdm.site_person USING (person_id)) AS linked
"""


async def pull(
    database: Database,
    keys: SiteKeys,
    site: Site,
    person_ids: Collection[int],
    progress: Callable[[str, int, int], None],
) -> Loaded:
    """These persons as the site has them now. Raises BadRequest: what a dump of theirs would be refused for."""
    with tempfile.TemporaryDirectory(prefix="rcdm-omop-") as name:  # which only this user reads
        folder = Path(name)
        for place, (table, rows) in enumerate(_ROWS.items()):
            progress("reading RCDM_OMOP", place, len(_ROWS))
            columns = await _columns(database, site, table)
            path = folder / f"{table}.csv"
            if table == "person":
                await site.write_persons(columns, sorted(person_ids), path, partial(keys.pseudonym, "site person"))
            else:
                question = f"SELECT {', '.join(columns)} FROM {table} WHERE {rows}"
                await site.write(question, path, sorted(person_ids))
        progress("reading RCDM_OMOP", 1, 1)
        return await load_omop(database, keys, folder, progress, has_pseudonyms=True)


async def pull_visits(
    database: Database,
    keys: SiteKeys,
    site: Site,
    person_ids: Collection[int],
    progress: Callable[[str, int, int], None],
) -> Loaded:
    """The visits that cover the day of a study of these persons, as they are now; raises as `pull`."""
    ids = sorted(person_ids)
    days = await database.pool.fetch(_DAYS, ids)
    here = [row[0] for row in await database.pool.fetch(_VISITS_HERE, ids)]
    columns = [one for one in await _columns(database, site, "visit_occurrence") if one not in _NOT_OF_VISITS]
    with tempfile.TemporaryDirectory(prefix="rcdm-omop-") as name:
        await site.write(
            f"SELECT {', '.join(columns)} FROM visit_occurrence WHERE {_VISITS}", Path(name) / "visit_occurrence.csv",
            [row[0] for row in days], [row[1] for row in days], here,
        )  # fmt: skip
        return await load_omop(database, keys, Path(name), progress)


async def _columns(database: Database, site: Site, table: str) -> Sequence[str]:
    """Those that both sides have. Raises BadRequest when the site lacks one that must be given."""
    rows = await database.pool.fetch(
        "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0",
        f"cdm.{table}",
    )
    there = set(site.columns[table])
    if missing := [row["attname"] for row in rows if row["attnotnull"] and row["attname"] not in there]:
        raise BadRequest(
            f"RCDM_OMOP: table {table} lacks {', '.join(missing)}. The CDM 5.3 and 5.4 have it.", missing=missing
        )
    wanted = _ONLY.get(table)
    return [row["attname"] for row in rows if row["attname"] in there and (not wanted or row["attname"] in wanted)]


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


@dataclass(frozen=True)
class LinkStatus:
    """`persons` are the site's; of ours that have images, `linked` are known to be one of them."""

    address: str
    cdm_version: str | None
    vocabulary_version: str | None
    persons: int
    persons_with_images: int
    linked: int


async def link_status(database: Database, site: Site, address: str) -> LinkStatus:
    """Without the password."""
    ours = await database.pool.fetchrow(_OURS)
    assert ours is not None
    return LinkStatus(
        without_password(address),
        await _said(site, "cdm_source", "SELECT max(cdm_version) FROM cdm_source"),
        await _said(site, "vocabulary", "SELECT max(vocabulary_version) FROM vocabulary WHERE vocabulary_id = 'None'"),
        await site.connection.fetchval("SELECT count(*) FROM person"),
        ours["persons"],
        ours["linked"],
    )


def without_password(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


async def _said(site: Site, table: str, question: str) -> str | None:
    """None for a table that is not there."""
    is_there = await site.connection.fetchval("SELECT to_regclass($1) IS NOT NULL", table)
    found: str | None = await site.connection.fetchval(question) if is_there else None
    return found
