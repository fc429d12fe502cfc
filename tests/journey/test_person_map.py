"""A site says who of its persons a DICOM patient is: studies to come follow, and those that are there move."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from chassis.errors import BadRequest, Conflict
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.site_omop.dump.load import LOCK, load_omop
from services.catalog.site_omop.person_map.apply import Applied, apply_map
from services.catalog.site_omop.person_map.read import read_map
from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.home import KEYS
from tests.makers import ct_bytes
from tests.omop.site import changed, made_up_site

FOLLOWING = ("rcdm.radiology_occurrence", "rcdm.radiology_image", "cdm.visit_occurrence", "cdm.procedure_occurrence",
             "cdm.condition_occurrence", "cdm.observation_period")  # fmt: skip


pytestmark = pytest.mark.usefixtures("vocabulary")


@pytest.fixture
async def shelf(one_shelf: Shelf, tmp_path: Path) -> Shelf:
    """With the site's persons 1, a woman of 1961, and 2, a man of 1950."""
    await one_shelf.emptied()
    await load_omop(one_shelf.home.database, KEYS, made_up_site(tmp_path / "dump"))
    return one_shelf


async def apply(shelf: Shelf, folder: Path, text: str, dry_run: bool = False) -> Applied:
    path = folder / "map.csv"
    path.write_text(text)
    return await apply_map(shelf.home.database, KEYS, read_map(path, KEYS, "SEOUL"), dry_run)


def study(uid: str, patient: str = "T-1", minute: int = 0, **more: Any) -> pb.InstanceExtracted:
    values = {"StudyInstanceUID": uid, "SOPInstanceUID": f"{uid}.1", "PatientID": patient, **more}
    return extracted(ct_bytes(**values), minute=minute)[0]


async def persons(shelf: Shelf, table: str) -> set[int]:
    """Of the rows that come from studies: those of the site are of before."""
    schema, name = table.split(".")
    rows = await shelf.rows(f"SELECT person_id FROM {table}" + (f" WHERE {name}_id > 2" if schema == "cdm" else ""))
    return {row["person_id"] for row in rows}


async def made_from_dicom(shelf: Shelf) -> int:
    return int(await shelf.value("SELECT count(*) FROM cdm.person WHERE person_id > 1000000000"))


async def test_everything_follows_and_the_person_made_from_dicom_is_gone(shelf: Shelf, tmp_path: Path) -> None:
    message = study("1.2.1")
    message.diagnosis.text = "폐렴"
    await shelf.take(message, study("1.2.2", StudyDate="20240301"))
    await shelf.http.post("/api/v1/diagnoses/approve-exact")
    applied = await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\n")
    assert (applied.changed, applied.patients, applied.studies, applied.images, applied.removed) == (1, 1, 2, 2, 1)
    assert {table: await persons(shelf, table) for table in FOLLOWING} == {table: {1} for table in FOLLOWING}
    assert await made_from_dicom(shelf) == 0
    assert await shelf.value("SELECT year_of_birth FROM cdm.person WHERE person_id = 1") == 1961
    assert (await shelf.get("/occurrences"))["items"][0]["person"] == KEYS.pseudonym("site person", "MRN-0001")


async def test_studies_that_come_later_follow_and_so_does_a_second_extraction(shelf: Shelf, tmp_path: Path) -> None:
    await shelf.take(study("1.2.1"))
    await apply(shelf, tmp_path, "PatientID,person_source_value\nT-1,MRN-0001\n")
    await shelf.take(study("1.2.2"), study("1.2.1", minute=5))
    assert await persons(shelf, "rcdm.radiology_image") == {1}
    assert await persons(shelf, "rcdm.radiology_occurrence") == {1}
    assert await made_from_dicom(shelf) == 0


async def test_a_map_may_come_before_the_images(shelf: Shelf, tmp_path: Path) -> None:
    await apply(shelf, tmp_path, "PatientID\tIssuer\tperson_id\nT-1\t\t1\nT-1\tOTHER\t2\n")
    await shelf.take(study("1.2.1"), study("1.2.2", IssuerOfPatientID="OTHER"))
    rows = await shelf.rows("SELECT person_id FROM rcdm.radiology_occurrence ORDER BY study_instance_uid")
    assert [row["person_id"] for row in rows] == [1, 2]


async def test_the_same_map_again_changes_nothing(shelf: Shelf, tmp_path: Path) -> None:
    await shelf.take(study("1.2.1"))
    await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\n")
    before = await shelf.rows("SELECT ctid::text, image_id FROM rcdm.radiology_image")
    again = await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\n")
    assert (again.changed, again.patients, again.images, again.removed) == (0, 0, 0, 0)
    assert await shelf.rows("SELECT ctid::text, image_id FROM rcdm.radiology_image") == before


async def test_a_corrected_map_moves_only_who_was_meant(shelf: Shelf, tmp_path: Path) -> None:
    """Two patients of DICOM were one person, then one of them is found to be somebody else."""
    await shelf.take(study("1.2.1"), study("1.2.2", "T-2"))
    await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\nT-2,1\n")
    assert await persons(shelf, "rcdm.radiology_occurrence") == {1}
    applied = await apply(shelf, tmp_path, "PatientID,person_id\nT-2,2\n")
    assert (applied.patients, applied.removed) == (1, 0)
    rows = await shelf.rows("SELECT person_id FROM rcdm.radiology_occurrence ORDER BY study_instance_uid")
    assert [row["person_id"] for row in rows] == [1, 2]


async def test_a_dry_run_counts_and_changes_nothing(shelf: Shelf, tmp_path: Path) -> None:
    await shelf.take(study("1.2.1"), study("1.2.2", StudyDate="20240301"))
    counted = await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\nT-9,2\n", dry_run=True)
    assert (counted.changed, counted.patients, counted.studies, counted.images, counted.removed) == (2, 1, 2, 2, 1)
    assert await shelf.value("SELECT count(*) FROM rcdm.person_map") == 0
    assert await made_from_dicom(shelf) == 1
    assert await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\nT-9,2\n") == counted


async def test_what_was_stopped_in_the_middle_goes_on(shelf: Shelf, tmp_path: Path) -> None:
    """The map is kept, nobody has moved yet; images that come meanwhile go where the map says."""
    await shelf.take(study("1.2.1"))
    await shelf.home.database.pool.execute(
        "INSERT INTO rcdm.person_map (person_key, person_id) VALUES ($1, 1)", KEYS.pseudonym("person", "SEOUL", "T-1")
    )
    await shelf.take(study("1.2.1.5", StudyInstanceUID="1.2.1"))
    assert await persons(shelf, "rcdm.radiology_image") != {1}
    await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\n")
    assert await persons(shelf, "rcdm.radiology_image") == {1}
    assert await made_from_dicom(shelf) == 0


async def test_images_that_come_while_a_map_is_applied_are_not_left_behind(shelf: Shelf, tmp_path: Path) -> None:
    """C8"""
    messages = [study(f"1.2.{number}", f"T-{number % 3}") for number in range(24)]
    text = "PatientID,person_id\nT-0,1\nT-1,2\nT-2,1\n"
    await asyncio.gather(*(shelf.take(message) for message in messages), apply(shelf, tmp_path, text))
    rows = await shelf.rows("SELECT person_id, count(*) FROM rcdm.radiology_occurrence GROUP BY 1 ORDER BY 1")
    assert [(row["person_id"], row["count"]) for row in rows] == [(1, 16), (2, 8)]
    assert await made_from_dicom(shelf) == 0


async def test_lines_of_persons_that_were_never_loaded_are_told_and_the_others_used(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Nor can a person made from DICOM be meant."""
    await shelf.take(study("1.2.1"), study("1.2.2", "T-2"))
    ours = await shelf.value("SELECT max(person_id) FROM cdm.person")
    applied = await apply(shelf, tmp_path, f"PatientID,person_id\nT-8,77\nT-1,1\nT-9,{ours}\n")
    assert (list(applied.unknown), applied.patients) == ([2, 4], 1)


async def test_the_site_s_observation_periods_stay_and_a_day_outside_gets_its_own(shelf: Shelf, tmp_path: Path) -> None:
    await shelf.take(study("1.2.1", StudyDate="20240110"), study("1.2.2", StudyDate="20200505"))
    await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\n")
    days = (
        "SELECT observation_period_start_date::text AS day FROM cdm.observation_period WHERE person_id = 1 ORDER BY 1"
    )
    assert [row["day"] for row in await shelf.rows(days)] == ["2020-05-05", "2023-01-01", "2024-01-08"]
    dump = made_up_site(tmp_path / "later")
    changed(dump, "observation_period.csv", "2023-01-01", "2019-01-01")
    await load_omop(shelf.home.database, KEYS, dump)
    assert [row["day"] for row in await shelf.rows(days)] == ["2019-01-01", "2024-01-08"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PatientID\nSECRET-1\n", "line 1: the header is"),
        ("PatientID,person_id,person_source_value\nSECRET-1,1,2\n", "line 1: the header is"),
        ("PatientID,person_id,SECRET\nSECRET-1,1,2\n", "line 1: the header is"),
        ("PatientID,person_id\nSECRET-1\n", "line 2: 2 values"),
        ("PatientID,person_id\n ,1\n", "line 2: no PatientID"),
        ("PatientID,person_id\nSECRET-1,\n", "line 2: nobody"),
        ("PatientID,person_id\nSECRET-1,SECRET\n", "line 2: the person_id is no id"),
        ("PatientID,person_id\nSECRET-1,99999999999\n", "line 2: the person_id is no id"),
        ("PatientID,person_id\nSECRET-1,1\nSECRET-1,2\n", "line 3: the patient of line 2"),
        ('PatientID,person_id\n"SECRET-1,1\n', "line 2: a quoted text"),
    ],
)
async def test_a_wrong_map_is_told_without_its_values(shelf: Shelf, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadRequest, match=said) as told:
        await apply(shelf, tmp_path, text)
    assert "SECRET" not in str(told.value) + repr(told.value.facts)
    assert await shelf.value("SELECT count(*) FROM rcdm.person_map") == 0


async def test_no_table_holds_a_patient_s_number(shelf: Shelf, tmp_path: Path) -> None:
    await shelf.take(study("1.2.1", "CANARY-77"))
    await apply(shelf, tmp_path, "PatientID,person_source_value\nCANARY-77,MRN-0001\nCANARY-78,MRN-0002\n")
    tables = await shelf.rows(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('cdm', 'rcdm', 'vault', 'catalog')"
    )
    for table in tables:
        rows = await shelf.rows(f"SELECT row_to_json(t)::text AS row FROM {table['name']} t")
        assert not any("CANARY" in row["row"] or "MRN-" in row["row"] for row in rows), table["name"]


async def test_one_load_or_map_at_a_time(shelf: Shelf, tmp_path: Path) -> None:
    async with shelf.home.database.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
        with pytest.raises(Conflict, match="is being loaded"):
            await apply(shelf, tmp_path, "PatientID,person_id\nT-1,1\n")
        with pytest.raises(Conflict, match="is being loaded"):
            await load_omop(shelf.home.database, KEYS, tmp_path / "dump")
