"""Whether the site's tables are those of the CDM 5.4, and may be read, as far as they are needed."""

from collections.abc import Mapping, Sequence

from chassis.errors import SettingsError
from services.catalog.lookups import Connection

Shape = Mapping[str, Sequence[str]]  # columns by table

MIRRORED: Shape = {
    "care_site": ("care_site_id", "care_site_name", "place_of_service_concept_id", "care_site_source_value"),
    "person": (
        "person_id", "gender_concept_id", "year_of_birth", "month_of_birth", "day_of_birth", "birth_datetime",
        "race_concept_id", "ethnicity_concept_id", "care_site_id", "person_source_value", "gender_source_value",
        "gender_source_concept_id", "race_source_value", "race_source_concept_id", "ethnicity_source_value",
        "ethnicity_source_concept_id",
    ),
    "visit_occurrence": (
        "visit_occurrence_id", "person_id", "visit_concept_id", "visit_start_date", "visit_start_datetime",
        "visit_end_date", "visit_end_datetime", "visit_type_concept_id", "care_site_id", "visit_source_value",
        "visit_source_concept_id", "admitted_from_concept_id", "admitted_from_source_value",
        "discharged_to_concept_id", "discharged_to_source_value",
    ),
    "observation_period": (
        "observation_period_id", "person_id", "observation_period_start_date", "observation_period_end_date",
        "period_type_concept_id",
    ),
}  # fmt: skip

_MOST_TOLD = 5
_COLUMNS = """
SELECT attname::text, has_column_privilege(attrelid, attnum, 'SELECT') FROM pg_attribute
WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
"""


async def has_table(site: Connection, table: str) -> bool:
    return bool(await site.fetchval("SELECT to_regclass($1) IS NOT NULL", table))


async def check_shape(site: Connection, shape: Shape) -> None:
    """Raises SettingsError that names tables and columns."""
    found = [said for table, columns in shape.items() for said in await _wrong(site, table, columns)]
    if found:
        version = await cdm_version(site)
        more = f" Its cdm_source says version {version}." if version else ""
        raise SettingsError(
            f"RCDM_OMOP: {'; '.join(found[:_MOST_TOLD])}. The tables are looked for in the schemas of search_path and "
            f"are those of the CDM 5.4.{more} Nothing was changed."
        )


async def cdm_version(site: Connection) -> str | None:
    """As the site says it, or nothing where it says none."""
    if not await has_table(site, "cdm_source"):
        return None
    columns = dict(await site.fetch(_COLUMNS, "cdm_source"))
    if not columns.get("cdm_version"):
        return None
    said = await site.fetchval("SELECT max(cdm_version) FROM cdm_source")
    return str(said)[:20] if said else None


async def _wrong(site: Connection, table: str, columns: Sequence[str]) -> list[str]:
    found = dict(await site.fetch(_COLUMNS, table))
    if not found:
        return [f"there is no table {table}, or we may not look into its schema"]
    missing = [one for one in columns if one not in found]
    closed = [one for one in columns if found.get(one) is False]
    return [f"{table} {what} {', '.join(names)}" for what, names in (("lacks", missing), ("forbids", closed)) if names]
