"""From an extraction to rows: what the tables hold after images came in."""

import json
from datetime import date

import pytest
from pydicom.uid import generate_uid

from chassis.errors import BadRequest, BlobMissing
from chassis.service import PartlyFailed
from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.catalog_shelf import Shelf, extracted
from tests.makers import ct_bytes


def study(**overrides: object) -> dict[str, object]:
    """UIDs shared by the images of one series."""
    shared = {name: generate_uid() for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")}
    return {**shared, **overrides}


async def test_an_image_becomes_rows_of_both_models(shelf: Shelf) -> None:
    message, _ = extracted(ct_bytes(PatientAge="064Y", KVP=120, BodyPartExamined="LIVER"), diagnosis="간세포암종")
    await shelf.take(message)
    item = (await shelf.get("/occurrences"))["items"][0]
    assert item["radiology_occurrence_date"] == "2024-01-10"
    assert (item["modality"], item["hospital"], item["planes"]) == ("CT", "SEOUL", {"AXIAL": 1})
    assert (item["condition"], item["dosage_value_as_number"], item["dosage_unit"]) == ("간세포암종", 120, "kVp")
    person = (await shelf.rows("SELECT * FROM cdm.person"))[0]
    assert (person["year_of_birth"], person["gender_concept_id"]) == (1960, 8532)
    visit = (await shelf.rows("SELECT * FROM cdm.visit_occurrence"))[0]
    assert (visit["visit_start_date"], visit["visit_type_concept_id"]) == (date(2024, 1, 10), 32817)
    assert await shelf.value("SELECT care_site_name FROM cdm.care_site JOIN cdm.visit_occurrence USING (care_site_id)")
    assert await shelf.value("SELECT count(*) FROM cdm.procedure_occurrence") == 1
    assert await shelf.value("SELECT observation_period_end_date FROM cdm.observation_period") == date(2024, 1, 10)


async def test_nothing_but_the_sealed_vault_names_the_patient(shelf: Shelf) -> None:
    message, _ = extracted(ct_bytes(PatientName="Hong^Gildong", PatientID="CANARY-77"))
    await shelf.take(message)
    tables = await shelf.rows(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname IN ('cdm', 'rcdm', 'vault', 'catalog')"
    )
    for table in tables:
        rows = await shelf.rows(f"SELECT row_to_json(t)::text AS row FROM {table['name']} t")
        assert not any("Hong" in row["row"] or "CANARY" in row["row"] for row in rows), table["name"]
    assert await shelf.value("SELECT count(*) FROM vault.person_identity") == 1


async def test_images_are_numbered_along_the_slice_normal(shelf: Shelf) -> None:
    shared = study()
    places = [30, 10, 20, 0]
    for number, place in enumerate(places, start=1):
        body = ct_bytes(**shared, InstanceNumber=number, ImagePositionPatient=[0, 0, place])
        await shelf.take(extracted(body)[0])
    rows = await shelf.rows("SELECT slice_position, image_no, phase_total_no FROM rcdm.radiology_image ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [(0, 1, 4), (10, 2, 4), (20, 3, 4), (30, 4, 4)]


async def test_a_later_series_with_contrast_tells_what_the_first_was(shelf: Shelf) -> None:
    """Order is evidence: the decision of an image that is there already changes, its own stays."""
    uids = study()
    for number, agent in enumerate((None, "Iopamidol"), start=1):
        series = {"SeriesInstanceUID": generate_uid(), "SeriesNumber": number, "ContrastBolusAgent": agent}
        times = {"AcquisitionDate": "20240110", "AcquisitionTime": f"10{number}500", "SeriesDescription": "Abdomen"}
        for place in range(3):
            position = {"ImagePositionPatient": [0, 0, place], "InstanceNumber": place}
            await shelf.take(extracted(ct_bytes(**{**uids, **series, **times, **position}))[0])
    rows = await shelf.rows(
        "SELECT DISTINCT series_number, own_phase_source, image_phase, phase_source FROM rcdm.radiology_image"
    )
    first = next(row for row in rows if row["series_number"] == 1)
    assert (first["own_phase_source"], first["image_phase"], first["phase_source"]) == (
        "AGENT", "NON_CONTRAST", "ORDER"
    )  # fmt: skip


async def test_pet_and_ct_of_one_study_are_petct(shelf: Shelf) -> None:
    shared = study()
    for modality in ("PT", "CT", "SR"):
        await shelf.take(extracted(ct_bytes(**shared, Modality=modality))[0])
    items = await shelf.get("/occurrences", modality="PT")
    assert [item["modality"] for item in items["items"]] == ["PETCT"]


async def test_what_had_to_be_assumed_is_written_down(shelf: Shelf) -> None:
    nobody = ct_bytes(PatientID=None, PatientName=None, PatientBirthDate=None, StudyDate=None, PatientSex=None)
    await shelf.take(extracted(nobody)[0])
    rows = await shelf.rows("SELECT assumption FROM rcdm.radiology_quality ORDER BY 1")
    assert [row["assumption"] for row in rows] == ["BIRTH_YEAR_FROM_STUDY", "NO_PATIENT_ID", "NO_STUDY_DATE"]
    assert await shelf.value("SELECT year_of_birth FROM cdm.person") == 2024


async def test_an_assumption_ends_when_the_header_of_another_image_says_it(shelf: Shelf) -> None:
    shared = study()
    await shelf.take(extracted(ct_bytes(**shared, StudyDate=None))[0])
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_quality WHERE assumption = 'NO_STUDY_DATE'") == 1
    await shelf.take(extracted(ct_bytes(**{**shared, "SeriesInstanceUID": generate_uid()}))[0])
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_quality WHERE assumption = 'NO_STUDY_DATE'") == 0


async def test_each_batch_says_which_objects_can_be_searched(shelf: Shelf) -> None:
    shared = study()
    messages = [extracted(ct_bytes(**shared, InstanceNumber=number))[0] for number in range(3)]
    await shelf.take(*messages)
    value = await shelf.value("SELECT value FROM catalog.outbox WHERE topic = 'occurrence.changed'")
    told = pb.OccurrenceChanged.FromString(value)
    assert sorted(told.sop_instance_uids) == sorted(message.instance.sop_instance_uid for message in messages)


async def test_a_large_extraction_is_read_from_its_blob(shelf: Shelf) -> None:
    message, _ = extracted(ct_bytes())
    await shelf.home.blobs.put("extraction/ab/large", message.extraction.SerializeToString())
    message.ClearField("extraction")
    message.extraction_key = "extraction/ab/large"
    await shelf.take(message)
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_image") == 1


async def test_poison_is_named_and_the_rest_of_the_batch_is_kept(shelf: Shelf) -> None:
    """C9"""
    good, bad, missing = (extracted(ct_bytes())[0] for _ in range(3))
    bad.extraction.tags = '{"00080060": NaN}'
    missing.extraction_key = "extraction/ab/gone"
    with pytest.raises(PartlyFailed) as failed:
        await shelf.take(bad, good, missing)
    assert {place: type(error) for place, error in failed.value.failures.items()} == {0: BadRequest, 2: BlobMissing}
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_image") == 1


@pytest.mark.parametrize("tags", ["", "[]", "{", '{"00080060": {"vr": "CS", "Value": ["a\\u0000"]}}'])
async def test_tags_that_cannot_be_kept_are_a_verdict(shelf: Shelf, tags: str) -> None:
    """C9"""
    message, _ = extracted(ct_bytes())
    message.extraction.tags = tags
    with pytest.raises(PartlyFailed):
        await shelf.take(message)


async def test_overlong_and_odd_values_are_rows_too(shelf: Shelf) -> None:
    """B17"""
    message, _ = extracted(ct_bytes(), diagnosis="가" * 3000)
    tags = json.loads(message.extraction.tags)
    for tag in ("00181030", "00081010", "00080070", "00081090", "00181000", "00081030", "0008103E", "00180015"):
        tags[tag] = {"vr": "LO", "Value": ["\U0001f300\"\\'%" * 400]}
    tags["00200013"] = {"vr": "IS", "Value": [99999999999999]}
    tags["00280010"] = {"vr": "US", "Value": [-1]}
    message.extraction.tags = json.dumps(tags)
    await shelf.take(message)
    assert await shelf.value("SELECT length(source_text) FROM rcdm.radiology_condition") == 1000
    assert await shelf.value("SELECT instance_number FROM rcdm.radiology_image") is None


async def test_a_plain_study_learns_from_the_same_day_that_no_agent_was_given_yet(shelf: Shelf) -> None:
    """A visit cut into two studies: what was acquired before the first agent of the day is without contrast."""
    day = {"PatientID": "TWO-STUDIES", "Modality": "MR", "AcquisitionDate": "20240110"}
    plain, _ = extracted(ct_bytes(**study(**day), AcquisitionTime="074511", SeriesDescription="ax 5 flip"))
    agent, _ = extracted(
        ct_bytes(**study(**day), AcquisitionTime="075649", SeriesDescription="sag gre", ContrastBolusAgent="Magnevist")
    )
    await shelf.take(plain)
    await shelf.take(agent)
    items = (await shelf.get("/occurrences", sort="id"))["items"]
    assert [item["phases"] for item in items] == [{"NON_CONTRAST": 1}, {"POST_CONTRAST": 1}]


async def test_another_day_tells_nothing(shelf: Shelf) -> None:
    shared = {"PatientID": "TWO-DAYS", "Modality": "MR"}
    plain, _ = extracted(ct_bytes(**study(**shared), AcquisitionDate="20240110", AcquisitionTime="074511"))
    agent, _ = extracted(
        ct_bytes(
            **study(**shared), StudyDate="20240111", AcquisitionDate="20240111", AcquisitionTime="075649",
            ContrastBolusAgent="Magnevist",
        )
    )  # fmt: skip
    await shelf.take(plain, agent)
    items = (await shelf.get("/occurrences", sort="date"))["items"]
    assert [item["phases"] for item in items] == [{"UNKNOWN": 1}, {"POST_CONTRAST": 1}]


async def test_a_short_mr_series_in_three_planes_was_made_to_plan_others(shelf: Shelf) -> None:
    """Whatever its names say, and only while it is so: the outcome follows from the images that are there."""
    planes = {"1": [1, 0, 0, 0, 1, 0], "2": [1, 0, 0, 0, 0, -1], "3": [0, 1, 0, 0, 0, -1]}
    common = {"Modality": "MR", "SeriesInstanceUID": "1.2.9", "SeriesDescription": "gre", "StudyInstanceUID": "1.2"}

    async def take(numbers: str) -> set[str]:
        for number in numbers:
            values = {"SOPInstanceUID": f"1.2.9.{number}", "ImageOrientationPatient": planes[number]}
            await shelf.take(extracted(ct_bytes(**common, **values))[0])
        return {
            row["image_type_class"] for row in await shelf.rows("SELECT image_type_class FROM rcdm.radiology_image")
        }

    assert await take("31") == {"PRIMARY"}
    assert await take("2") == {"LOCALIZER"}
    await shelf.take(extracted(ct_bytes(**common, SOPInstanceUID="1.2.9.9", ImageType=["DERIVED", "PRIMARY"]))[0])
    assert await take("1") == {"PRIMARY"}
