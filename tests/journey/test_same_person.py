"""One patient is one person, and two are two: by PatientID, issuer, birth date and sex, in whatever order they come."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.deletion.rows import remove_study
from services.catalog.omop.persons import own_persons
from services.catalog.site_omop.dump.load import load_omop
from services.catalog.site_omop.person_map.apply import apply_map
from services.catalog.site_omop.person_map.read import read_map
from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.home import KEYS
from tests.makers import ct_bytes
from tests.omop.site import made_up_site

HONG = {"PatientID": "8812", "PatientName": "Hong^Gildong", "PatientBirthDate": "19700102", "PatientSex": "M"}


@pytest.fixture
async def shelf(one_shelf: Shelf) -> Shelf:
    return await one_shelf.emptied()


def study(uid: str, **elements: Any) -> pb.InstanceExtracted:
    values = {"StudyInstanceUID": uid, "SOPInstanceUID": f"{uid}.1", **HONG, **elements}
    return extracted(ct_bytes(**values))[0]


async def persons(shelf: Shelf) -> dict[str, str]:
    """Study to its person's pseudonym; every image has the person of its study."""
    rows = await shelf.rows(
        "SELECT study_instance_uid AS study, person_source_value AS person, image.person_id = study.person_id AS same"
        " FROM rcdm.radiology_image image JOIN rcdm.radiology_occurrence study USING (radiology_occurrence_id)"
        " JOIN cdm.person person ON person.person_id = study.person_id"
    )
    assert all(row["same"] for row in rows)
    return {row["study"]: row["person"] for row in rows}


async def quality(shelf: Shelf) -> dict[str, int]:
    usual = {"PERSON_FROM_DICOM", "VISIT_MADE"}
    return {
        one["assumption"]: one["count"]
        for one in await shelf.get("/quality")
        if one["count"] and one["assumption"] not in usual
    }


KINDS: dict[str, tuple[tuple[dict[str, Any], ...], int, dict[str, int]]] = {
    "an issuer now and then": (({}, {"IssuerOfPatientID": "SNUH"}, {}), 1, {"ISSUERS_DIFFER": 1}),
    "two issuers, one of them none": (
        ({"IssuerOfPatientID": "A"}, {"IssuerOfPatientID": "B"}, {}), 1, {"ISSUERS_DIFFER": 1},
    ),
    "another birth date": (
        ({}, {"IssuerOfPatientID": "SNUH", "PatientBirthDate": "19810101"}), 2, {"SAME_ID_APART": 2},
    ),
    "another sex": (({}, {"IssuerOfPatientID": "SNUH", "PatientSex": "F"}), 2,
                    {"SAME_ID_APART": 2}),
    "no birth date": (({}, {"IssuerOfPatientID": "SNUH", "PatientBirthDate": None}), 2,
                      {"SAME_ID_APART": 2, "BIRTH_YEAR_FROM_STUDY": 1}),
    "contradiction through a third": (
        ({"IssuerOfPatientID": "A"}, {"PatientSex": None}, {"IssuerOfPatientID": "B", "PatientSex": "F"}),
        3, {"SAME_ID_APART": 3, "SEX_UNKNOWN": 1},
    ),
    "one issuer, two birth dates": (({}, {"PatientBirthDate": "19810101"}), 1, {"BIRTH_DATES_DIFFER": 1}),
    "a placeholder of two people": (
        ({"PatientID": "UNKNOWN"}, {"PatientID": "UNKNOWN", "PatientName": "Bae^B", "PatientBirthDate": "20010101"}),
        2, {"PLACEHOLDER_ID": 2},
    ),
    "a placeholder of one person": (({"PatientID": "0000"}, {"PatientID": "0000"}), 1, {"PLACEHOLDER_ID": 2}),
    "a placeholder and no name": (
        ({"PatientID": "무명", "PatientName": "ANON"}, {"PatientID": "무명", "PatientName": "ANON"}),
        2, {"PLACEHOLDER_ID": 2},
    ),
    "two PatientIDs": (({}, {"PatientID": "8813", "IssuerOfPatientID": "SNUH"}), 2, {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_who_is_one_person_does_not_depend_on_the_order(shelf: Shelf, kind: str) -> None:
    """C8"""
    elements, count, told = KINDS[kind]
    messages = [study(f"1.2.{number}", SpecificCharacterSet="ISO_IR 192", **one) for number, one in enumerate(elements)]
    outcomes = []
    for order in (messages, messages[::-1], [*messages[1:], messages[0]]):
        await shelf.emptied()
        for message in order:
            await shelf.take(message)
        outcomes.append((sorted((await persons(shelf)).items()), await quality(shelf)))
        assert await shelf.value("SELECT count(*) FROM cdm.person") == count
    await shelf.emptied()
    await shelf.take(*messages)
    outcomes.append((sorted((await persons(shelf)).items()), await quality(shelf)))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len({person for _, person in outcomes[0][0]}) == count
    assert outcomes[0][1] == told


async def test_two_consumers_at_once_find_one_person(shelf: Shelf) -> None:
    """C9"""
    await asyncio.gather(
        *(shelf.take(study(f"1.2.{number}", IssuerOfPatientID="SNUH" if number % 2 else None)) for number in range(6))
    )
    assert len(set((await persons(shelf)).values())) == 1
    assert await quality(shelf) == {"ISSUERS_DIFFER": 1}
    assert await shelf.value("SELECT count(*) FROM cdm.person") == 1


async def test_images_of_one_study_with_and_without_an_issuer_are_one_person(shelf: Shelf) -> None:
    first, second = study("1.2.1"), study("1.2.1", SOPInstanceUID="1.2.1.2", IssuerOfPatientID="SNUH")
    await shelf.take(second)
    await shelf.take(first)
    assert len(set((await persons(shelf)).values())) == 1
    assert await quality(shelf) == {"ISSUERS_DIFFER": 1}


async def test_neither_id_nor_birth_date_stand_in_the_keys(shelf: Shelf) -> None:
    """E5: equal birth dates of two patients look different."""
    await shelf.take(study("1.2.1"), study("1.2.2", PatientID="9901"))
    rows = await shelf.rows("SELECT patient_key, birth_key FROM rcdm.radiology_image")
    assert len({row["birth_key"] for row in rows}) == len({row["patient_key"] for row in rows}) == 2
    assert not any("8812" in str(value) or str(value)[:4] == "1970" for row in rows for value in row.values())


async def test_what_is_left_after_a_deletion_is_told_anew(shelf: Shelf) -> None:
    await shelf.take(study("1.2.1"), study("1.2.2", IssuerOfPatientID="SNUH"))
    async with shelf.home.database.pool.acquire() as connection, connection.transaction():
        await own_persons(connection)
        occurrence = await connection.fetchval(
            "SELECT radiology_occurrence_id FROM rcdm.radiology_occurrence WHERE study_instance_uid = '1.2.1'"
        )
        await remove_study(connection, occurrence)
    assert await persons(shelf) == {"1.2.2": KEYS.pseudonym("person", "SNUH", "8812")}
    assert await quality(shelf) == {}
    assert await shelf.value("SELECT count(*) FROM cdm.person") == 1
    assert await shelf.value("SELECT count(*) FROM vault.person_identity") == 1


async def test_an_image_read_again_with_its_issuer_leaves_nobody_behind(shelf: Shelf) -> None:
    await shelf.take(extracted(ct_bytes(StudyInstanceUID="1.2.1", SOPInstanceUID="1.2.1.1", **HONG), minute=0)[0])
    again = HONG | {"PatientID": "8899"}
    await shelf.take(extracted(ct_bytes(StudyInstanceUID="1.2.1", SOPInstanceUID="1.2.1.1", **again), minute=1)[0])
    assert await persons(shelf) == {"1.2.1": KEYS.pseudonym("person", "SEOUL", "8899")}
    assert await shelf.value("SELECT count(*) FROM cdm.person") == 1


@pytest.mark.usefixtures("vocabulary")
@pytest.mark.parametrize("issuer", ["", "SNUH"])
async def test_the_other_pseudonym_follows_to_the_person_of_the_site(shelf: Shelf, tmp_path: Path, issuer: str) -> None:
    await load_omop(shelf.home.database, KEYS, made_up_site(tmp_path / "dump"))
    await shelf.take(study("1.2.1"), study("1.2.2", IssuerOfPatientID="SNUH"))
    path = tmp_path / "map.csv"
    for person in (2, 1):
        path.write_text(f"PatientID,issuer,person_id\n8812,{issuer},{person}\n")
        await apply_map(shelf.home.database, KEYS, read_map(path, KEYS, "SEOUL"), dry_run=False)
        found = await shelf.rows("SELECT DISTINCT person_id FROM rcdm.radiology_occurrence")
        assert [row["person_id"] for row in found] == [person]
    await shelf.take(study("1.2.3", IssuerOfPatientID="SNUH"), study("1.2.4"))
    found = await shelf.rows("SELECT DISTINCT person_id FROM rcdm.radiology_occurrence")
    assert [row["person_id"] for row in found] == [1]
    assert await shelf.value("SELECT count(*) FROM cdm.person WHERE person_id > 1000000000") == 0
