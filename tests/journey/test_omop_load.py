"""A site's CDM tables come in whole or not at all, beside rows made from DICOM; what is wrong with them is said."""

import asyncio
import gzip
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.errors import BadRequest, SettingsError
from chassis.secrets import site_keys
from chassis.settings import Settings
from services.catalog.site_omop.dump.load import Loaded, load_omop
from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.home import KEYS
from tests.makers import ct_bytes
from tests.omop.site import PERSONS, TABLES, changed, made_up_site
from tests.vocabulary.made_up import concept_id

COST = b"cost_id,cost_event_id,cost_domain_id,cost_type_concept_id\n" + b"1,1,Visit,32817\n" * 9


pytestmark = pytest.mark.usefixtures("vocabulary")


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    return made_up_site(tmp_path / "dump")


async def load(shelf: Shelf, folder: Path) -> Loaded:
    return await load_omop(shelf.home.database, KEYS, folder)


async def everything(shelf: Shelf) -> dict[str, list[Any]]:
    """All rows of all tables of the CDM but the vocabulary's."""
    tables = [Path(name).stem.lower() for name in TABLES] + ["procedure_occurrence"]
    return {
        table: [
            row["row"] for row in await shelf.rows(f"SELECT to_jsonb(t)::text AS row FROM cdm.{table} t ORDER BY 1")
        ]
        for table in tables
    }


async def test_rows_are_there_as_the_site_wrote_them(shelf: Shelf, dump: Path) -> None:
    loaded = await load(shelf, dump)
    assert {table: (one.rows, one.added, one.changed) for table, one in loaded.tables.items()} == {
        "location": (1, 1, 0), "care_site": (1, 1, 0), "person": (2, 2, 0), "visit_occurrence": (2, 2, 0),
        "observation_period": (2, 2, 0), "death": (1, 1, 0), "condition_occurrence": (1, 1, 0),
    }  # fmt: skip
    assert await shelf.value("SELECT visit_start_date FROM cdm.visit_occurrence WHERE visit_occurrence_id = 2") == date(
        2024, 3, 1
    )
    assert await shelf.value("SELECT condition_source_value FROM cdm.condition_occurrence") == 'C22.0, "liver"'
    assert (loaded.renumbered, loaded.left) == ({}, [])


async def test_a_file_of_ids_alone_is_a_table_too(shelf: Shelf, dump: Path) -> None:
    (dump / "LOCATION.csv").write_text("location_id\n1\n")
    await load(shelf, dump)
    assert (await load(shelf, dump)).tables["location"].changed == 0


async def test_the_same_dump_again_changes_nothing(shelf: Shelf, dump: Path) -> None:
    await load(shelf, dump)
    before = await shelf.rows("SELECT ctid::text, * FROM cdm.person ORDER BY person_id")
    again = await load(shelf, dump)
    assert {(one.added, one.changed) for one in again.tables.values()} == {(0, 0)}
    assert await shelf.rows("SELECT ctid::text, * FROM cdm.person ORDER BY person_id") == before


async def test_a_later_dump_changes_rows_by_their_key(shelf: Shelf, dump: Path) -> None:
    await load(shelf, dump)
    changed(dump, "person.csv", "1950", "1951")
    changed(dump, "death.csv", "2024-05-05", "2024-05-06")
    again = await load(shelf, dump)
    assert (again.tables["person"].changed, again.tables["death"].changed) == (1, 1)
    assert await shelf.value("SELECT year_of_birth FROM cdm.person WHERE person_id = 2") == 1951
    assert await shelf.value("SELECT count(*) FROM cdm.death") == 1


async def test_what_the_site_calls_its_persons_is_never_kept(shelf: Shelf, dump: Path) -> None:
    await load(shelf, dump)
    values = {row["person_source_value"] for row in await shelf.rows("SELECT person_source_value FROM cdm.person")}
    assert values == {KEYS.pseudonym("site person", f"MRN-000{number}") for number in (1, 2)}


async def test_rows_made_from_dicom_stay_and_no_number_is_taken_twice(shelf: Shelf, dump: Path) -> None:
    await shelf.take(extracted(ct_bytes(StudyInstanceUID="1.2.1"))[0])
    before = await shelf.get("/occurrences")
    loaded = await load(shelf, dump)
    await shelf.take(extracted(ct_bytes(StudyInstanceUID="1.2.2", PatientID="T-2"))[0])
    found = await shelf.get("/occurrences", sort="id")
    assert (found["items"][0], found["total"], loaded.renumbered) == (before["items"][0], 2, {})
    assert await shelf.value("SELECT count(*) FROM cdm.person") == 4


async def test_a_row_of_ours_gives_its_number_to_the_site(shelf: Shelf, dump: Path) -> None:
    """Rows made before numbers of ours began high."""
    await shelf.take(extracted(ct_bytes())[0])
    for table in ("person", "visit_occurrence", "observation_period", "care_site"):
        await shelf.home.database.pool.execute(f"UPDATE cdm.{table} SET {table}_id = 1")
    loaded = await load(shelf, dump)
    assert loaded.renumbered == {"person": 1, "visit_occurrence": 1, "observation_period": 1, "care_site": 1}
    study = (await shelf.get("/occurrences"))["items"][0]
    assert min(study["person_id"], study["visit_occurrence_id"]) > 1_000_000_000
    key = KEYS.pseudonym("person", "SEOUL", "T-1")
    assert study["person"] == key
    assert await shelf.value("SELECT person_id FROM rcdm.radiology_image") == study["person_id"]
    assert await shelf.value("SELECT year_of_birth FROM cdm.person WHERE person_id = 1") == 1961


async def test_numbers_above_ours_are_left_behind(shelf: Shelf, dump: Path) -> None:
    changed(dump, "death.csv", "\n2,", "\n1500000000,")
    changed(dump, "person.csv", "\n2,", "\n1500000000,")
    await load(shelf, dump)
    await shelf.take(extracted(ct_bytes())[0])
    assert (await shelf.get("/occurrences"))["items"][0]["person_id"] == 1_500_000_001


def rewritten(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: changed(f, "person.csv", "1950", "MRN-19"), r"line 3, column year_of_birth: no integer"),
        (lambda f: changed(f, "person.csv", ",gender_concept_id", ",gender"), r"lacks gender_concept_id; .*gender"),
        (lambda f: changed(f, "person.csv", "\n2,", "\n1,"), r"person\.csv: row 2 has the person_id of row 1"),
        (lambda f: changed(f, "person.csv", "MRN-0002", "MRN-0001"), r"row 2 has the person_source_value of row 1"),
        (lambda f: changed(f, "person.csv", "\n2,", "\n2147483647,"), r"row 2 has a person_id above 2,000,000,000"),
        (lambda f: changed(f, "person.csv", '"MRN-0001"', '"MRN-0001'), r"person\.csv, line \d: a quoted text"),
        (lambda f: changed(f, "person.csv", ",MRN-0002,M", ""), r"person\.csv, line 3.*missing data"),
        (lambda f: rewritten(f, "person.csv", PERSONS[:-5]), r"person\.csv: line 3 is cut"),
        (lambda f: rewritten(f, "death.csv", "person_id,death_date\n2,2024-05-0"), r"death\.csv: line 2 is cut"),
        (lambda f: changed(f, "death.csv", "2024-05-05", "05/04/2024"), r"line 2, column death_date: no date"),
        (lambda f: changed(f, "death.csv", "2024-05-05", ""), r"line 2: null value in column \"death_date\""),
        (lambda f: changed(f, "death.csv", "\n2,", "\n7,"), r"cdm\.death\.person_id: 1 rows .*such as 7"),
        (lambda f: changed(f, "visit_occurrence.tsv", "\t1\n", "\t9\n"), r"preceding_visit_occurrence_id: 1 rows"),
        (lambda f: changed(f, "condition_occurrence.csv", "C22.0", "C" * 51), r"line 2.*too long"),
        (lambda f: rewritten(f, "persons.csv", PERSONS), r"persons\.csv is named after no table"),
        (lambda f: rewritten(f, "PERSON.tsv", PERSONS), r"same table"),
        (lambda f: (f / "death.csv").write_bytes(b"person_id,death_date\n2,\xff\n"), r"death\.csv, line 2.*no UTF-8"),
        (lambda f: rewritten(f, "death.csv", ""), r"death\.csv, line 1: the header lacks death_date, person_id"),
        (lambda f: rewritten(f, "death.csv", "person_id;death_date\n2;2024-05-05\n"), r"line 1: the header lacks"),
        (lambda f: rewritten(f, "death.csv", "person_id,death_date\n2,2024-05-05,MRN\n"), r"line 2: extra data"),
        (lambda f: rewritten(f, "death.csv", "person_id,death_date\n\n2,2024-05-05\n"), r"death\.csv, line 2"),
        (lambda f: rewritten(f, "death.csv", "person_id,death_date\n99999999999,2024-05-05\n"), r"person_id: no int"),
        (lambda f: rewritten(f, "death.csv", 'person_id,death_date\n2,"2024-05-05\n'), r"death\.csv.*quoted"),
        (lambda f: changed(f, "LOCATION.csv", "Iksan", "Ik\0san"), r"LOCATION\.csv, line 2: no UTF-8"),
        (lambda f: (f / "person.csv").write_bytes(PERSONS.encode().replace(b"0002", b"\xb1\xe8")), r"line 3: no UTF-8"),
        (lambda f: changed(f, "person.csv", "MRN-0002", "M" * 200_000), r"person\.csv, line 3: a quoted text"),
        (lambda f: (f / "death.csv").rename(f / "death.csv.gz"), r"death\.csv\.gz cannot be read"),
        (lambda f: (f / "cost.csv.gz").write_bytes(gzip.compress(COST)[:-9]), r"cost\.csv\.gz cannot be read"),
    ],
)  # fmt: skip
async def test_a_broken_dump_is_told_without_its_values_and_changes_nothing(
    shelf: Shelf, dump: Path, spoil: Callable[[Path], None], said: str
) -> None:
    await load(shelf, dump)
    before = await everything(shelf)
    spoil(dump)
    with pytest.raises(BadRequest, match=said) as told:
        await load(shelf, dump)
    assert "MRN" not in str(told.value) + repr(told.value.facts)
    assert await everything(shelf) == before
    assert not await shelf.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'omop_load'")


async def test_a_dump_does_not_point_to_rows_made_from_dicom(shelf: Shelf, tmp_path: Path) -> None:
    """A number that happens to be ours is somebody else's."""
    await shelf.take(extracted(ct_bytes())[0])
    person = await shelf.value("SELECT person_id FROM cdm.person")
    (tmp_path / "death.csv").write_text(f"person_id,death_date\n{person},2024-05-05\n")
    with pytest.raises(BadRequest, match=r"cdm\.death\.person_id: 1 rows"):
        await load(shelf, tmp_path)


async def test_packed_files_and_those_of_the_vocabulary(shelf: Shelf, dump: Path) -> None:
    (dump / "PERSON.csv.gz").write_bytes(gzip.compress((dump / "person.csv").read_bytes()))
    (dump / "person.csv").unlink()
    (dump / "CONCEPT.csv").write_text("concept_id\n")
    (dump / "README.txt").write_text("made up")
    loaded = await load(shelf, dump)
    assert (loaded.tables["person"].added, loaded.left) == (2, ["CONCEPT.csv"])


async def test_concepts_the_vocabulary_lacks_are_told(shelf: Shelf, dump: Path) -> None:
    changed(dump, "condition_occurrence.csv", str(concept_id("M5")), "4711")
    gaps = (await load(shelf, dump)).gaps
    assert [(one.rows, one.example) for one in gaps if one.column == "condition_concept_id"] == [(1, "4711")]


async def test_another_site_key_is_refused(shelf: Shelf, dump: Path) -> None:
    await shelf.take(extracted(ct_bytes())[0])
    other = site_keys(Settings(site_key=SecretStr("of another site")))
    with pytest.raises(SettingsError, match="not the secret"):
        await load_omop(shelf.home.database, other, dump)


async def test_studies_of_its_persons_come_in_while_a_dump_is_loaded(shelf: Shelf, dump: Path) -> None:
    """Nobody waits for the end of a load that leaves a person as it was."""
    await load(shelf, dump)
    await shelf.home.database.pool.execute(
        "INSERT INTO rcdm.person_map (person_key, person_id) VALUES ($1, 1)", KEYS.pseudonym("person", "SEOUL", "T-1")
    )
    came = []

    async def take(number: int) -> None:
        await shelf.take(extracted(ct_bytes(StudyInstanceUID=f"1.2.{number}"))[0])
        came.append(number)

    await asyncio.gather(*(take(number) for number in range(12)), load(shelf, dump))
    assert sorted(came) == list(range(12))
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_occurrence WHERE person_id = 1") == 12


async def test_tables_without_a_key_take_each_row_once(shelf: Shelf, tmp_path: Path) -> None:
    """An empty value is as good as another."""
    text = "cohort_definition_id,subject_id,cohort_start_date,cohort_end_date\n" + "1,5,2024-01-01,2024-02-01\n" * 2
    (tmp_path / "cohort.csv").write_text(text)
    (tmp_path / "metadata.csv").write_text("metadata_id,metadata_concept_id,metadata_type_concept_id,name\n1,0,0,a\n")
    (tmp_path / "source_to_concept_map.csv").write_text(
        "source_code,source_concept_id,source_vocabulary_id,source_code_description,target_concept_id,"
        "target_vocabulary_id,valid_start_date,valid_end_date\nA,0,SITE,,0,SNOMED,19700101,20991231\n"
    )
    first, again = await load(shelf, tmp_path), await load(shelf, tmp_path)
    assert {table: one.added for table, one in first.tables.items()} == {
        "metadata": 1, "cohort": 1, "source_to_concept_map": 1,
    }  # fmt: skip
    assert {one.added for one in again.tables.values()} == {0}


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: (
            "\n".join(",".join(f'"{one}"' for one in line.split(",")) for line in text.split("\n")[:-1]) + "\n"
        ),
        lambda text: text.upper(),
    ],
)
async def test_files_as_other_programs_write_them(shelf: Shelf, tmp_path: Path, rewrite: Callable[[str], str]) -> None:
    """Line ends of Windows, a byte order mark, everything in quotes, names in capitals."""
    persons = PERSONS.replace('"', "")
    locations = "location_id,city,latitude\n1,Iksan,\n"
    for name, text in (
        ("person.csv", persons),
        ("care_site.csv", TABLES["care_site.csv"]),
        ("location.csv", locations),
    ):
        (tmp_path / name).write_bytes(rewrite(text).encode())
    assert (await load(shelf, tmp_path)).tables["person"].added == 2
    rows = await shelf.rows("SELECT person_source_value, location_id FROM cdm.person ORDER BY person_id")
    assert [(row["person_source_value"], row["location_id"]) for row in rows] == [
        (KEYS.pseudonym("site person", "MRN-0001"), 1), (KEYS.pseudonym("site person", "MRN-0002"), None),
    ]  # fmt: skip
    assert await shelf.value("SELECT care_site_name FROM cdm.care_site") in ("Made-up clinic", "MADE-UP CLINIC")
