"""The site's own OMOP database is used where it is: read, never written; its persons and visits are followed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.errors import SettingsError, Unavailable
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.omop.load import load_omop
from services.catalog.omop_link.apply import apply_with_link
from services.catalog.omop_link.copying import copy_persons_out
from services.catalog.omop_link.matching import match_patients
from services.catalog.omop_link.mirror import Mirrored, refresh
from services.catalog.omop_link.site import open_site, shown
from services.catalog.omop_link.status import link_status
from services.catalog.omop_link.visits import link_visits
from services.catalog.person_map.apply import Applied, apply_map
from services.catalog.person_map.read import read_map
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.journey.home import KEYS
from tests.makers import ct_bytes
from tests.omop.linked import PASSWORD, Site, linked_site
from tests.omop.site import made_up_site

NOBODY = "postgresql://reader@127.0.0.1:1/nothing"
DAY = "20240110"  # within the first visit of person 1


@pytest.fixture(scope="module")
async def one_shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        yield opened


@pytest.fixture
async def shelf(one_shelf: Shelf) -> Shelf:
    await one_shelf.home.database.pool.execute("TRUNCATE cdm.location, cdm.care_site RESTART IDENTITY CASCADE")
    return await one_shelf.emptied()


@pytest.fixture
async def site(postgres_server: str, tmp_path: Path) -> AsyncIterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    async with linked_site(postgres_server, folder) as opened:
        yield opened


def study(uid: str, patient: str = "MRN-0001", day: str = DAY) -> pb.InstanceExtracted:
    values = {"StudyInstanceUID": uid, "SOPInstanceUID": f"{uid}.1", "PatientID": patient, "StudyDate": day}
    return extracted(ct_bytes(**values))[0]


async def map_by_file(shelf: Shelf, address: str, folder: Path, text: str) -> Applied:
    path = folder / "map.csv"
    path.write_text(text)
    lines = read_map(path, KEYS, "SEOUL")
    return await apply_with_link(shelf.home.database, KEYS, address, lines, dry_run=False)


async def map_by_number(shelf: Shelf, address: str) -> Applied:
    matched = await match_patients(shelf.home.database, KEYS, address, "SEOUL")
    return await apply_with_link(shelf.home.database, KEYS, address, matched.lines, dry_run=False)


async def refreshed(shelf: Shelf, address: str) -> Mirrored:
    done = await refresh(shelf.home.database, KEYS, address)
    await link_visits(shelf.home.database)
    return done


async def visit_of(shelf: Shelf, uid: str) -> Any:
    return await shelf.value(
        "SELECT made.visit_occurrence_id FROM cdm.procedure_occurrence made JOIN rcdm.radiology_occurrence"
        " USING (procedure_occurrence_id) WHERE study_instance_uid = $1",
        uid,
    )


async def persons(shelf: Shelf) -> list[int]:
    return [row["person_id"] for row in await shelf.rows("SELECT person_id FROM cdm.person ORDER BY 1")]


@pytest.mark.parametrize("column", ["person_id", "person_source_value"])
async def test_a_map_finds_the_persons_in_the_sites_database(
    shelf: Shelf, site: Site, tmp_path: Path, column: str
) -> None:
    await shelf.take(study("1.2.1", "T-1"))
    value = {"person_id": "1", "person_source_value": "MRN-0001"}[column]
    applied = await map_by_file(shelf, site.reader, tmp_path, f"PatientID,{column}\nT-1,{value}\n")
    assert (applied.unknown, applied.patients, applied.removed) == ([], 1, 1)
    assert await persons(shelf) == [1]
    row = (await shelf.rows("SELECT * FROM cdm.person"))[0]
    assert (row["year_of_birth"], row["gender_concept_id"], row["care_site_id"]) == (1961, 8532, 1)
    assert row["person_source_value"] == KEYS.pseudonym("site person", "MRN-0001")


async def test_patients_are_found_by_their_number_and_nobody_else_comes_over(shelf: Shelf, site: Site) -> None:
    await shelf.take(study("1.2.1"), study("1.2.2", "T-9"))
    applied = await map_by_number(shelf, site.reader)
    assert (applied.lines, applied.patients) == (1, 1)
    assert [one for one in await persons(shelf) if one < 1_000_000_000] == [1]
    again = await map_by_number(shelf, site.reader)
    assert (again.lines, again.changed, again.patients) == (1, 0, 0)


async def test_a_number_of_two_persons_links_nobody(shelf: Shelf, site: Site) -> None:
    await site.execute("UPDATE person SET person_source_value = 'MRN-0001'")
    await shelf.take(study("1.2.1"))
    matched = await match_patients(shelf.home.database, KEYS, site.reader, "SEOUL")
    assert (matched.lines, matched.ambiguous) == ([], 1)


async def test_a_study_lies_in_the_sites_visit_and_a_later_one_after_a_refresh(shelf: Shelf, site: Site) -> None:
    await shelf.take(study("1.2.1"), study("1.2.2", day="20240601"))
    await map_by_number(shelf, site.reader)
    assert await visit_of(shelf, "1.2.1") == 1
    assert await visit_of(shelf, "1.2.2") > 1_000_000_000
    await shelf.take(study("1.2.3", day="20240301"))
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_occurrence WHERE person_id = 1") == 3
    assert await visit_of(shelf, "1.2.3") > 1_000_000_000
    await refreshed(shelf, site.reader)
    assert await visit_of(shelf, "1.2.3") == 2


async def test_a_refresh_with_nobody_linked_brings_care_sites_only(shelf: Shelf, site: Site) -> None:
    done = await refreshed(shelf, site.reader)
    assert {table: one.rows for table, one in done.loaded.tables.items() if one.rows} == {"care_site": 1}


async def test_visits_of_a_dump_hold_studies_too(shelf: Shelf, tmp_path: Path) -> None:
    await shelf.take(study("1.2.1"), study("1.2.2", "T-2"))
    await load_omop(shelf.home.database, KEYS, made_up_site(tmp_path / "dump"))
    path = tmp_path / "map.csv"
    path.write_text("PatientID,person_id\nMRN-0001,1\n")
    await apply_map(shelf.home.database, KEYS, read_map(path, KEYS, "SEOUL"), dry_run=False)
    assert await visit_of(shelf, "1.2.1") == 1
    assert await link_visits(shelf.home.database) == 1
    assert await visit_of(shelf, "1.2.2") > 1_000_000_000


async def test_a_refresh_follows_the_site_and_twice_is_once(shelf: Shelf, site: Site) -> None:
    await shelf.take(study("1.2.1"))
    await map_by_number(shelf, site.reader)
    await site.execute("UPDATE person SET year_of_birth = 1962 WHERE person_id = 1")
    await site.execute("UPDATE visit_occurrence SET visit_end_date = '2024-01-09' WHERE visit_occurrence_id = 1")
    await site.execute("UPDATE visit_occurrence SET visit_start_date = '2024-01-10' WHERE visit_occurrence_id = 2")
    done = await refreshed(shelf, site.reader)
    assert (done.loaded.tables["person"].changed, done.persons, done.gone) == (1, 1, 0)
    assert await shelf.value("SELECT year_of_birth FROM cdm.person") == 1962
    assert await visit_of(shelf, "1.2.1") == 2
    again = await refreshed(shelf, site.reader)
    assert {(one.added, one.changed) for one in again.loaded.tables.values()} == {(0, 0)}
    await site.execute("DELETE FROM observation_period; DELETE FROM condition_occurrence; DELETE FROM visit_occurrence")
    await site.execute("DELETE FROM person WHERE person_id = 1")
    assert (await refreshed(shelf, site.reader)).gone == 1
    assert await persons(shelf) == [1]


async def test_without_the_sites_database_studies_come_in_and_are_linked_later(
    shelf: Shelf, site: Site, tmp_path: Path
) -> None:
    settings = shelf.home.settings.model_copy(update={"omop": NOBODY})
    away = replace(shelf, home=replace(shelf.home, settings=settings))
    await away.take(study("1.2.1"))
    with pytest.raises(Unavailable, match="does not answer"):
        await map_by_file(away, NOBODY, tmp_path, "PatientID,person_id\nMRN-0001,1\n")
    counts = {one["assumption"]: one["count"] for one in await shelf.get("/quality")}
    assert (counts["PERSON_FROM_DICOM"], await shelf.value("SELECT count(*) FROM rcdm.person_map")) == (1, 0)
    await map_by_file(shelf, site.reader, tmp_path, "PatientID,person_id\nMRN-0001,1\n")
    counts = {one["assumption"]: one["count"] for one in await shelf.get("/quality")}
    assert counts["PERSON_FROM_DICOM"] == 0


async def test_a_site_that_goes_away_in_the_middle_is_told(shelf: Shelf, site: Site) -> None:
    async def go_on() -> None:
        async with open_site(site.reader, shelf.home.database.dsn) as connection:
            await site.execute(f"SELECT pg_terminate_backend({connection.get_server_pid()})")
            await connection.fetchval("SELECT count(*) FROM person")

    with pytest.raises(Unavailable, match="does not answer"):
        await go_on()


async def test_a_disk_that_fails_is_not_taken_for_an_absent_site(shelf: Shelf, site: Site, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"cannot be kept in TMPDIR \(Is a directory"):
        async with open_site(site.reader, shelf.home.database.dsn) as connection:
            await copy_persons_out(connection, ["person_id", "person_source_value"], [1], tmp_path, str)


async def test_nothing_can_be_written_even_by_the_owner(shelf: Shelf, site: Site) -> None:
    for address in (site.owner, site.reader, f"{site.owner}%20-cdefault_transaction_read_only%3Doff"):
        async with open_site(address, shelf.home.database.dsn) as connection:
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                async with connection.transaction():
                    await connection.execute("DELETE FROM death")
    assert await site.value("SELECT count(*) FROM death") == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("ALTER TABLE visit_occurrence RENAME discharged_to_concept_id TO discharge_to_concept_id",
         "visit_occurrence lacks discharged_to_concept_id.*version 5.3"),
        ("ALTER TABLE person RENAME TO persons", "there is no table person,"),
        ("REVOKE SELECT ON person FROM PUBLIC, {reader}", "person forbids person_id, .*person_source_value"),
        ("REVOKE USAGE ON SCHEMA cdm FROM {reader}", "no table care_site, or we may not look into its schema"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_told_by_table_and_column(shelf: Shelf, site: Site, spoil: str, said: str) -> None:
    await site.execute(
        "INSERT INTO cdm_source (cdm_source_name, cdm_source_abbreviation, cdm_holder, source_release_date,"
        " cdm_release_date, cdm_version, cdm_version_concept_id, vocabulary_version)"
        " VALUES ('a', 'a', 'a', now(), now(), '5.3', 0, '1')"
    )
    await site.execute(spoil.replace("{reader}", site.reader.partition("//")[2].partition(":")[0]))
    with pytest.raises(SettingsError, match=said) as told:
        await refresh(shelf.home.database, KEYS, site.reader)
    assert "MRN" not in str(told.value)


async def test_addresses_that_cannot_be_meant(shelf: Shelf, site: Site) -> None:
    ours = shelf.home.database.dsn
    own = f"{ours}{'&' if '?' in ours else '?'}search_path=cdm"
    wrong_password = site.reader.replace(PASSWORD, "another")
    for address in ("schema:cdm", "mysql://host/name", "schema:a;b", own, "postgresql://host:port/name"):
        with pytest.raises(SettingsError, match="RCDM_OMOP") as told:
            await refresh(shelf.home.database, KEYS, address)
        assert address not in str(told.value)
    for address, kind in ((NOBODY, Unavailable), (wrong_password, SettingsError)):
        with pytest.raises(kind):
            await refresh(shelf.home.database, KEYS, address)


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://reader:p/a@s?s@host:5433/omop?options=-csearch_path%3Dcdm", "postgresql://host:5433/omop"),
        ("postgresql://host/omop?password=secret", "postgresql://host/omop"),
        ("schema:site_cdm", "schema:site_cdm"),
    ],
)
def test_an_address_is_shown_without_what_is_secret(address: str, told: str) -> None:
    assert shown(address) == told


async def test_what_the_site_calls_its_persons_never_lies_on_a_disk(shelf: Shelf, site: Site, tmp_path: Path) -> None:
    path, columns = tmp_path / "person.csv", ("person_id", "year_of_birth", "month_of_birth", "person_source_value")
    async with open_site(site.reader, shelf.home.database.dsn) as connection:
        assert await copy_persons_out(connection, columns, [2, 3], path, lambda said: f"of {len(said)}") == 1
    assert path.read_text() == "person_id,year_of_birth,month_of_birth,person_source_value\n2,1950,,of 8\n"


async def test_a_schema_of_our_own_database_is_as_good(shelf: Shelf) -> None:
    """A foreign schema, such as postgres_fdw makes, is one."""
    pool = shelf.home.database.pool
    await pool.execute("CREATE SCHEMA site_cdm")
    for table in ("person", "visit_occurrence", "observation_period", "care_site"):
        await pool.execute(f"CREATE TABLE site_cdm.{table} (LIKE cdm.{table})")
    await pool.execute(
        "INSERT INTO site_cdm.person (person_id, gender_concept_id, year_of_birth, race_concept_id,"
        " ethnicity_concept_id, person_source_value) VALUES (7, 8507, 1970, 0, 0, 'MRN-0001')"
    )
    await shelf.take(study("1.2.1"))
    assert (await map_by_number(shelf, "schema:site_cdm")).patients == 1
    assert await persons(shelf) == [7]
    await pool.execute("DROP SCHEMA site_cdm CASCADE")


async def test_the_status_tells_no_password(shelf: Shelf, site: Site) -> None:
    await shelf.take(study("1.2.1"), study("1.2.2", "T-9"))
    await map_by_number(shelf, site.reader)
    found = await link_status(shelf.home.database, site.reader)
    assert (found.problem, found.rows["person"], found.patients, found.linked) == (None, 2, 2, 1)
    assert PASSWORD not in repr(found)
    away = await link_status(shelf.home.database, NOBODY)
    assert (away.address, away.linked, away.rows) == ("postgresql://127.0.0.1:1/nothing", 1, {})
    assert "does not answer" in str(away.problem)
