"""The site's own OMOP database is read where it is: persons with images and the vocabulary come over, nothing goes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from chassis.errors import BadRequest, SettingsError, Unavailable
from services.catalog.site_omop.link.connection import Site, open_site
from services.catalog.site_omop.link.persons import Refreshed, by_patient_id, refresh
from services.catalog.site_omop.link.pull import TABLES, link_status, write_vocabulary
from services.catalog.site_omop.link.pull import VOCABULARY_TABLES as VOCABULARY
from services.catalog.site_omop.person_map.read import MapLine, read_map
from services.catalog.vocabulary.load import load_vocabulary
from tests.addresses import empty_database
from tests.journey.catalog_shelf import Shelf, extracted, open_shelf
from tests.journey.home import KEYS
from tests.makers import ct_bytes
from tests.vocabulary.made_up import VERSION, made_up_vocabulary

# What a CDM 5.3 or 5.4 has, in a schema of its own, with a column that only this site knows.
_SITE = """
CREATE SCHEMA omop;
SET search_path = omop;
CREATE TABLE location (location_id integer PRIMARY KEY, address_1 varchar(50), city varchar(50));
CREATE TABLE care_site (care_site_id integer PRIMARY KEY, care_site_name varchar(255), location_id integer);
CREATE TABLE provider (provider_id integer PRIMARY KEY, provider_name varchar(255), care_site_id integer);
CREATE TABLE person (person_id integer PRIMARY KEY, gender_concept_id integer NOT NULL, year_of_birth integer NOT NULL,
    race_concept_id integer NOT NULL, ethnicity_concept_id integer NOT NULL, location_id integer, provider_id integer,
    care_site_id integer, person_source_value varchar(50), loyalty_card text);
CREATE TABLE observation_period (observation_period_id integer PRIMARY KEY, person_id integer NOT NULL,
    observation_period_start_date date NOT NULL, observation_period_end_date date NOT NULL,
    period_type_concept_id integer NOT NULL);
CREATE TABLE visit_occurrence (visit_occurrence_id integer PRIMARY KEY, person_id integer NOT NULL,
    visit_concept_id integer NOT NULL, visit_start_date date NOT NULL, visit_end_date date NOT NULL,
    visit_type_concept_id integer NOT NULL, care_site_id integer, admitting_source_value varchar(50));
INSERT INTO visit_occurrence VALUES (1, 17, 9201, '2024-02-20', '2024-03-05', 32817, 3, NULL),
    (2, 17, 9201, '2024-04-01', '2024-04-02', 32817, 3, NULL), (3, 19, 9202, '2024-03-01', '2024-03-01', 32817, 3, NULL);
INSERT INTO location VALUES (5, 'Castle lane 1', 'Iksan'), (6, 'Nobody''s street', 'Seoul');
INSERT INTO care_site VALUES (3, 'Clinic', 6);
INSERT INTO provider VALUES (8, 'Dr. Somebody', 3);
INSERT INTO person VALUES (17, 8532, 1961, 0, 0, 5, 8, NULL, 'T-1', 'gold'), (18, 8507, 1950, 0, 0, NULL, NULL, NULL, 'T-2', ''),
    (19, 8507, 1933, 0, 0, NULL, NULL, NULL, 'T-3', '');
INSERT INTO observation_period VALUES (1, 17, '2024-01-01', '2024-12-31', 32817), (2, 19, '2024-01-01', '2024-12-31', 32817)
"""  # noqa: E501


@pytest.fixture
async def address(postgres_server: str) -> AsyncIterator[str]:
    """Of the site's database."""
    async with empty_database(postgres_server) as dsn:
        await at_site(dsn, _SITE)
        yield dsn + ("&" if "?" in dsn else "?") + "search_path=omop"


async def at_site(dsn: str, sql: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@asynccontextmanager
async def site_at(address: str) -> AsyncIterator[Site]:
    async with open_site(address, TABLES) as site:
        yield site


async def link(shelf: Shelf, address: str, lines: list[MapLine] | None = None) -> Refreshed:
    async with site_at(address) as site:
        said = await by_patient_id(shelf.home.database, KEYS, site, "SEOUL") if lines is None else lines
        return await refresh(shelf.home.database, KEYS, site, said, lambda *_: None)


async def take(shelf: Shelf, *patients: str) -> None:
    for place, patient in enumerate(patients, start=1):
        uid = f"1.2.{place}"
        values: dict[str, Any] = {"StudyInstanceUID": uid, "SOPInstanceUID": f"{uid}.1", "PatientID": patient}
        await shelf.take(extracted(ct_bytes(**values, StudyDate="20240301"))[0])


async def test_patients_become_the_persons_whose_source_value_is_their_patient_id(shelf: Shelf, address: str) -> None:
    await take(shelf, "T-1", "T-2", "T-9")
    done = await link(shelf, address)
    assert (done.persons, done.applied.patients, done.applied.removed) == (2, 2, 2)
    rows = await shelf.rows("SELECT person_id, year_of_birth FROM cdm.person WHERE person_id < 1000000000 ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [(17, 1961), (18, 1950)]
    assert await shelf.value("SELECT count(*) FROM cdm.observation_period WHERE person_id = 17") == 1
    studies = await shelf.rows("SELECT person_id FROM rcdm.radiology_occurrence ORDER BY 1")
    assert [row["person_id"] for row in studies][:2] == [17, 18]
    async with site_at(address) as site:
        status = await link_status(shelf.home.database, site, address)
    assert (status.persons, status.persons_with_images, status.linked) == (3, 3, 2)


async def test_no_more_comes_over_than_studies_hang_on(shelf: Shelf, address: str) -> None:
    """Nobody without images, no address, no physician's name; the site's name for a person as a pseudonym only."""
    await take(shelf, "T-1")
    await link(shelf, address)
    assert await shelf.rows("SELECT location_id, address_1, city FROM cdm.location ORDER BY 1") == [
        {"location_id": 5, "address_1": None, "city": None}, {"location_id": 6, "address_1": None, "city": None},
    ]  # fmt: skip
    assert await shelf.value("SELECT provider_name FROM cdm.provider") is None
    value = await shelf.value("SELECT person_source_value FROM cdm.person WHERE person_id = 17")
    assert value == KEYS.pseudonym("site person", "T-1")
    assert await shelf.value("SELECT count(*) FROM rcdm.site_person") == 1


async def visits(shelf: Shelf) -> list[Any]:
    """Of the procedures, in the order of the studies."""
    rows = await shelf.rows(
        "SELECT made.visit_occurrence_id FROM cdm.procedure_occurrence made JOIN rcdm.radiology_occurrence"
        " USING (procedure_occurrence_id) ORDER BY study_instance_uid"
    )
    return [row["visit_occurrence_id"] for row in rows]


async def test_a_study_lies_in_the_sites_visit_of_its_day_and_follows_it(shelf: Shelf, address: str) -> None:
    """Of several the shortest; without one in that which was made for the study."""
    await take(shelf, "T-1", "T-2")
    done = await link(shelf, address)
    assert (done.studies_in_visits, (await visits(shelf))[0]) == (1, 1)
    assert (await visits(shelf))[1] > 1_000_000_000
    assert await shelf.value("SELECT count(*) FROM cdm.visit_occurrence WHERE visit_occurrence_id < 1000000000") == 1
    again = await link(shelf, address)
    assert again.visits is not None
    assert {(one.added, one.changed) for one in again.visits.tables.values()} == {(0, 0)}
    await at_site(
        address, "UPDATE omop.visit_occurrence SET visit_start_date = '2024-03-01' WHERE visit_occurrence_id = 2"
    )
    await link(shelf, address, [])
    assert (await visits(shelf))[0] == 1
    await at_site(
        address, "UPDATE omop.visit_occurrence SET visit_end_date = '2024-02-21' WHERE visit_occurrence_id = 1"
    )
    await link(shelf, address, [])
    assert (await visits(shelf))[0] == 2
    await take(shelf, "T-1", "T-2")
    assert (await visits(shelf))[0] == 2


async def test_a_number_of_two_persons_links_nobody(shelf: Shelf, address: str, tmp_path: Path) -> None:
    await at_site(address, "UPDATE omop.person SET person_source_value = 'T-1'")
    await take(shelf, "T-1")
    done = await link(shelf, address)
    assert (done.persons, done.applied.lines) == (0, 0)
    path = tmp_path / "map.csv"
    path.write_text("PatientID,person_source_value\nT-1,T-1\n")
    assert (await link(shelf, address, read_map(path, KEYS, "SEOUL"))).applied.unknown == [2]


async def test_again_changes_nothing_and_what_the_site_changed_follows(shelf: Shelf, address: str) -> None:
    await take(shelf, "T-1")
    await link(shelf, address)
    again = await link(shelf, address)
    assert again.loaded is not None
    assert {(one.added, one.changed) for one in again.loaded.tables.values()} == {(0, 0)}
    assert (again.applied.changed, again.applied.patients) == (0, 0)
    await at_site(address, "UPDATE person SET year_of_birth = 1962 WHERE person_id = 17")
    await link(shelf, address, [])
    assert await shelf.value("SELECT year_of_birth FROM cdm.person WHERE person_id = 17") == 1962


async def test_a_map_brings_the_persons_it_names(shelf: Shelf, address: str, tmp_path: Path) -> None:
    """By number or by the site's name for them; who is not there is told by line, the others move."""
    await take(shelf, "A", "B", "C")
    path = tmp_path / "map.csv"
    path.write_text("PatientID,person_source_value\nA,T-3\nB,T-2\nC,nobody\n")
    done = await link(shelf, address, read_map(path, KEYS, "SEOUL"))
    assert (done.applied.unknown, done.applied.patients) == ([4], 2)
    path.write_text("PatientID,person_id\nC,17\n")
    await link(shelf, address, read_map(path, KEYS, "SEOUL"))
    studies = await shelf.rows("SELECT person_id FROM rcdm.radiology_occurrence ORDER BY study_instance_uid")
    assert [row["person_id"] for row in studies] == [19, 18, 17]


async def test_what_the_site_calls_its_persons_never_lies_on_a_disk(address: str, tmp_path: Path) -> None:
    path = tmp_path / "person.csv"
    async with site_at(address) as site:
        await site.write_persons(["person_id", "location_id", "person_source_value"], [18], path, lambda _: "somebody")
    assert path.read_text() == "person_id,location_id,person_source_value\n18,,somebody\n"


async def test_a_site_that_goes_away_in_the_middle_is_told(address: str, tmp_path: Path) -> None:
    async def go_on() -> None:
        async with site_at(address) as site:
            await at_site(address, f"SELECT pg_terminate_backend({site.connection.get_server_pid()})")
            await site.write("SELECT * FROM person", tmp_path / "person.csv")

    with pytest.raises(Unavailable, match="went away"):
        await go_on()


async def test_nothing_can_be_written_whoever_the_role_is(address: str) -> None:
    async with site_at(address) as site:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await site.connection.execute("DELETE FROM person")


async def test_a_role_that_may_only_read_is_enough(shelf: Shelf, address: str) -> None:
    await take(shelf, "T-1")
    await at_site(
        address,
        "DROP ROLE IF EXISTS rcdm_reader; CREATE ROLE rcdm_reader; GRANT USAGE ON SCHEMA omop TO rcdm_reader;"
        " GRANT SELECT ON ALL TABLES IN SCHEMA omop TO rcdm_reader",
    )
    try:
        assert (await link(shelf, f"{address}&role=rcdm_reader")).persons == 1
        await at_site(address, "REVOKE SELECT ON person FROM rcdm_reader")
        with pytest.raises(BadRequest, match=r"permission denied for table person.*needs SELECT"):
            await link(shelf, f"{address}&role=rcdm_reader")
    finally:
        await at_site(address, "DROP OWNED BY rcdm_reader; DROP ROLE rcdm_reader")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ("ALTER SCHEMA omop RENAME TO other", "there is no table location, care_site, provider, person"),
        ("DROP TABLE provider", "there is no table provider in omop"),
        ("ALTER TABLE person DROP year_of_birth", "table person lacks year_of_birth"),
        ("UPDATE person SET location_id = 77", "location_id"),
        (
            "ALTER TABLE person ALTER year_of_birth TYPE text; UPDATE person SET year_of_birth = 'long ago'",
            "year_of_birth",
        ),
    ],
)
async def test_a_database_that_is_no_cdm_is_told_and_changes_nothing(
    shelf: Shelf, address: str, spoil: str, said: str
) -> None:
    """Tables and columns by name, a value never."""
    await take(shelf, "T-1")
    await at_site(address, spoil)
    with pytest.raises(BadRequest, match=said) as told:
        await link(shelf, address)
    assert "long ago" not in str(told.value)
    assert await shelf.value("SELECT count(*) FROM rcdm.site_person") == 0


@pytest.mark.parametrize("wrong", ["", "postgresql://127.0.0.1:1/omop", "mysql://127.0.0.1/omop"])
async def test_an_address_that_nobody_answers_is_told_without_it(wrong: str) -> None:
    with pytest.raises(SettingsError, match="RCDM_OMOP"):
        async with site_at(wrong):
            pass


async def test_the_vocabulary_of_the_site_is_as_good_as_a_download(
    shelf: Shelf, postgres_server: str, tmp_path: Path
) -> None:
    """Also a name with a double quote, and where a loader left an empty text in place of nothing."""
    download = made_up_vocabulary(tmp_path / "download")
    expected = await load_vocabulary(shelf.home.database, download)
    wanted = await shelf.rows("SELECT * FROM cdm.concept ORDER BY concept_id")
    async with open_shelf(postgres_server, tmp_path / "site") as theirs:
        await load_vocabulary(theirs.home.database, download)
        await theirs.home.database.pool.execute(
            "UPDATE cdm.concept SET invalid_reason = '' WHERE invalid_reason IS NULL"
        )
        dsn = theirs.home.database.dsn
        async with open_site(dsn + ("&" if "?" in dsn else "?") + "search_path=cdm", VOCABULARY) as site:
            folder = tmp_path / "pulled"
            folder.mkdir()
            await write_vocabulary(site, folder, lambda *_: None)
            status = await link_status(shelf.home.database, site, dsn)
    assert (await shelf.get("/vocabulary"))["source"] == "ATHENA"
    found = await load_vocabulary(shelf.home.database, folder, source="OMOP")
    assert replace(found, rows={table: found.rows[table] for table in expected.rows}) == expected
    assert (await shelf.get("/vocabulary"))["source"] == "OMOP"
    assert await shelf.rows("SELECT * FROM cdm.concept ORDER BY concept_id") == wanted
    assert status.vocabulary_version == VERSION
