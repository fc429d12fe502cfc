"""A study moves to the hospital it belongs to: what follows it, and what does not go."""

from typing import Any

from pydicom.uid import generate_uid

from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.corrected_shelf import correct, fill, image, post


async def test_a_study_moves_to_its_hospital_and_what_comes_later_follows(shelf: Shelf) -> None:
    study = await fill(shelf)
    await correct(shelf, "occurrence", {"hospital": "BUSAN"}, ids=[study])
    await shelf.take(extracted(image(place=5))[0], extracted(image(place=6), hospital="BUSAN")[0])
    item = (await shelf.get("/occurrences"))["items"][0]
    assert (item["hospital"], item["image_total_count"]) == ("BUSAN", 7)
    assert item["original_values"] == {"hospital": "SEOUL"}
    care = "SELECT care_site_name FROM cdm.visit_occurrence JOIN cdm.care_site USING (care_site_id)"
    assert await shelf.value(care) == "BUSAN"
    told = await shelf.rows("SELECT value FROM catalog.outbox WHERE topic = 'occurrence.changed'")
    # The ledger knows each image by the hospital its upload said.
    said = {(one.hospital, uid) for one in map(_changed, told) for uid in one.sop_instance_uids}
    assert ("SEOUL", "1.2.1.1.6") in said
    assert ("BUSAN", "1.2.1.1.7") in said


async def test_a_study_that_took_images_of_its_new_hospital_stays_there(shelf: Shelf) -> None:
    """Otherwise what is said of those images later would make a second study of them."""
    study = await fill(shelf)
    done = await correct(shelf, "occurrence", {"hospital": "BUSAN"}, ids=[study])
    await shelf.take(extracted(image(place=6), hospital="BUSAN")[0])
    refused = await post(shelf, f"/{done['correction_id']}/undo")
    assert (refused.status_code, refused.json()["radiology_occurrence_id"]) == (409, study)
    assert (await shelf.get(f"/occurrences/{study}"))["hospital"] == "BUSAN"


async def test_two_studies_never_become_one(shelf: Shelf) -> None:
    study = await fill(shelf)
    await shelf.take(extracted(image(), hospital="BUSAN")[0])
    for dry_run in (True, False):
        answer = await post(shelf, target="occurrence", ids=[study], set={"hospital": "BUSAN"}, dry_run=dry_run)
        assert answer.status_code == 409
    other = generate_uid()
    await shelf.take(extracted(image(study=other, SOPInstanceUID="1.2.77"), hospital="JEJU")[0])
    await shelf.take(extracted(image(study="1.2.3", SOPInstanceUID="1.2.77"), hospital="SEOUL")[0])
    answer = await post(
        shelf, target="occurrence", filter={"hospital": "JEJU"}, set={"hospital": "SEOUL"}, dry_run=False
    )
    assert (answer.status_code, await shelf.value("SELECT count(*) FROM rcdm.correction")) == (409, 0)


def _changed(row: Any) -> pb.OccurrenceChanged:
    return pb.OccurrenceChanged.FromString(row["value"])
