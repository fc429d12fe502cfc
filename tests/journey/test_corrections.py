"""A steward knows better: planes, phases, protocols, diagnoses and hospitals corrected, kept, shown, taken back."""

import asyncio
from typing import Any

import pytest

from tests.journey.catalog_shelf import Shelf, extracted
from tests.journey.corrected_shelf import WHY, correct, dump, fill, image, images, post
from tests.journey.test_catalog_again import DUMPS


async def test_a_dry_run_tells_what_would_change_and_changes_nothing(shelf: Shelf) -> None:
    await fill(shelf)
    before = await dump(shelf)
    answer = (await post(shelf, target="series", filter={"plane": "AXIAL"}, set={"plane": "coronal"})).json()
    assert answer == {
        "dry_run": True,
        "correction_id": None,
        "found": {"occurrences": 1, "series": 2, "images": 5},
        "changed": {"occurrences": 1, "series": 2, "images": 5},
        "changes": [
            {"field": "plane", "before": "AXIAL", "after": "CORONAL", "occurrences": 1, "series": 2, "images": 5}
        ],
    }
    assert await dump(shelf) == before
    assert await shelf.value("SELECT count(*) FROM rcdm.correction") == 0


async def test_a_series_is_corrected_and_everything_follows(shelf: Shelf) -> None:
    study = await fill(shelf)
    done = await correct(shelf, "series", {"plane": "CORONAL", "phase": "ARTERIAL"}, ids=[study], series=["1.2.1.1"])
    assert done["changed"] == {"occurrences": 1, "series": 1, "images": 3}
    item = await shelf.get(f"/occurrences/{study}")
    assert (item["planes"], item["phases"]["ARTERIAL"]) == ({"AXIAL": 2, "CORONAL": 3}, 3)
    first = (await images(shelf, study))[0]
    assert (first["image_plane"], first["plane_source"], first["original_plane"]) == ("CORONAL", "CORRECTED", "AXIAL")
    assert (first["image_phase"], first["phase_source"], first["original_phase"]) == (
        "ARTERIAL",
        "CORRECTED",
        "NON_CONTRAST",
    )
    assert (first["original_plane_source"], first["phase_confidence"]) == ("ORIENTATION", 1)
    assert (await shelf.get("/occurrences", phase="ARTERIAL"))["total"] == 1
    # In the Medical Imaging CDM no algorithm takes the credit.
    features = await shelf.rows("SELECT alg_system IS NULL AS said FROM mi_cdm.image_feature ORDER BY 1")
    assert [row["said"] for row in features] == [False, True]


async def test_images_of_a_list_are_numbered_among_themselves(shelf: Shelf) -> None:
    study = await fill(shelf)
    chosen = [one["image_id"] for one in await images(shelf, study) if one["series_instance_uid"] == "1.2.1.1"][1:]
    await correct(shelf, "image", {"phase": "DELAYED"}, ids=chosen)
    found = [
        (one["image_phase"], one["image_no"], one["phase_total_no"])
        for one in sorted(await images(shelf, study), key=lambda one: one["sop_instance_uid"])
    ]
    assert found == [
        ("NON_CONTRAST", 1, 1), ("DELAYED", 1, 2), ("DELAYED", 2, 2), ("NON_CONTRAST", 1, 2), ("NON_CONTRAST", 2, 2)
    ]  # fmt: skip


async def test_a_correction_outlives_what_is_said_again_and_what_is_said_later(shelf: Shelf) -> None:
    """Old messages once more, a later extraction of the same object, and images of the series that come late."""
    study = await fill(shelf)
    await correct(shelf, "series", {"plane": "CORONAL", "phase": "ARTERIAL"}, ids=[study], series=["1.2.1.1"])
    await shelf.take(extracted(image())[0])
    later, _ = extracted(image(), minute=9)
    later.extraction.plane.plane, later.extraction.plane.source = "OBLIQUE", "TEXT"
    await shelf.take(later, extracted(image(place=7))[0])
    found = [one for one in await images(shelf, study) if one["series_instance_uid"] == "1.2.1.1"]
    assert [(one["image_plane"], one["image_phase"]) for one in found] == [("CORONAL", "ARTERIAL")] * 4
    assert [one["original_plane"] for one in found] == ["OBLIQUE", "AXIAL", "AXIAL", "AXIAL"]
    assert [one["image_no"] for one in found] == [1, 2, 3, 4]


async def test_images_that_come_while_a_steward_corrects_take_it_too(shelf: Shelf) -> None:
    """Two stewards and an upload of one study at once: the last word of each field holds for every image."""
    study = await fill(shelf)
    late = [shelf.take(extracted(image(place=place))[0]) for place in range(10, 22)]
    said = [
        correct(shelf, "series", {"plane": plane, "phase": "ARTERIAL"}, ids=[study], series=["1.2.1.1"])
        for plane in ("CORONAL", "SAGITTAL", "OBLIQUE", "CORONAL")
    ]
    await asyncio.gather(*late[:6], said[0], *late[6:], *said[1:])
    rows = await shelf.rows(
        "SELECT image_plane, image_phase, count(DISTINCT image_no) AS numbers, max(phase_total_no) AS total"
        " FROM rcdm.radiology_image WHERE series_instance_uid = '1.2.1.1' GROUP BY 1, 2"
    )
    last = await shelf.value("SELECT said->>'plane' FROM rcdm.correction ORDER BY correction_id DESC LIMIT 1")
    assert [tuple(row.values()) for row in rows] == [(last, "ARTERIAL", 15, 15)]
    item = await shelf.get(f"/occurrences/{study}")
    assert (item["planes"][last], item["image_total_count"]) == (15, 17)


async def test_undone_it_is_as_if_it_had_never_been(shelf: Shelf) -> None:
    study = await fill(shelf, diagnosis="liver")
    before = await dump(shelf)
    first = await correct(shelf, "series", {"plane": "CORONAL", "phase": "ARTERIAL"}, ids=[study])
    second = await correct(
        shelf, "occurrence", {"protocol": "Liver 3 phases", "condition": {"text": "폐렴"}, "hospital": "BUSAN"},
        filter={"hospital": "SEOUL"},
    )  # fmt: skip
    third = await correct(shelf, "occurrence", {"plane": "SAGITTAL"}, ids=[study])
    for done in (second, third, first):
        undone = await post(shelf, f"/{done['correction_id']}/undo")
        assert (undone.status_code, undone.json()["occurrences"]) == (200, 1)
    after = await dump(shelf)
    for name in DUMPS:
        assert after[name] == before[name], name
    again = await post(shelf, f"/{first['correction_id']}/undo")
    assert (again.status_code, again.json()["title"]) == (409, "Conflict")


async def test_of_two_corrections_the_later_holds_and_the_earlier_after_its_undo(shelf: Shelf) -> None:
    study = await fill(shelf)
    await correct(shelf, "series", {"plane": "CORONAL"}, ids=[study], series=["1.2.1.1"])
    later = await correct(shelf, "occurrence", {"plane": "SAGITTAL"}, ids=[study])
    assert (await shelf.get(f"/occurrences/{study}"))["planes"] == {"SAGITTAL": 5}
    await post(shelf, f"/{later['correction_id']}/undo")
    assert (await shelf.get(f"/occurrences/{study}"))["planes"] == {"AXIAL": 2, "CORONAL": 3}


async def test_protocol_and_diagnosis_of_a_study_are_corrected_and_the_original_is_shown(shelf: Shelf) -> None:
    study = await fill(shelf, diagnosis="pneumonia")
    await correct(
        shelf, "occurrence", {"protocol": "Chest", "condition": {"code": "C22.0", "vocabulary": "KCD7"}}, ids=[study]
    )
    await shelf.take(extracted(image(place=5), diagnosis="asthma")[0])
    item = await shelf.get(f"/occurrences/{study}")
    assert (item["protocol"], item["condition_code"], item["condition_vocabulary"]) == ("Chest", "C22.0", "KCD7")
    assert item["original_values"] == {
        "protocol": None, "condition": {"text": "pneumonia", "code": "", "vocabulary": ""}
    }  # fmt: skip
    assert (await shelf.get("/occurrences", q="chest c22.0"))["total"] == 1
    assert (await shelf.get("/occurrences", q="pneumonia"))["total"] == 0
    await correct(shelf, "occurrence", {"condition": None}, ids=[study])
    assert (await shelf.get(f"/occurrences/{study}"))["condition"] is None


async def test_the_history_says_who_when_why_from_what_to_what(shelf: Shelf) -> None:
    study = await fill(shelf)
    done = await correct(shelf, "series", {"plane": "CORONAL"}, filter={})
    await correct(shelf, "occurrence", {"protocol": "Chest"}, ids=[study])
    first = await shelf.get("/corrections", occurrence=study, limit=2)
    rest = await shelf.get("/corrections", occurrence=study, limit=2, cursor=first["next"])
    assert [one["series_instance_uid"] for one in (*first["items"], *rest["items"])] == [None, "1.2.1.2", "1.2.1.1"]
    assert (first["total"], rest["next"]) == (3, None)
    assert first["items"][0]["before"] == {"protocol": None}
    last = rest["items"][0]
    assert (last["before"], last["after"], last["reason"]) == ({"plane": {"AXIAL": 3}}, {"plane": "CORONAL"}, WHY)
    assert last["corrected_by"]
    assert last["corrected_at"]
    await post(shelf, f"/{done['correction_id']}/undo", reason="it was a mistake")
    bulk = await shelf.get("/corrections", correction=done["correction_id"])
    assert [one["undone_reason"] for one in bulk["items"]] == ["it was a mistake"] * 2
    assert (await shelf.get("/corrections", series="1.2.1.1"))["total"] == 1


async def test_what_says_so_already_is_left_alone(shelf: Shelf) -> None:
    study = await fill(shelf)
    done = await correct(shelf, "occurrence", {"plane": "AXIAL"}, ids=[study])
    assert (done["correction_id"], done["found"]["images"], done["changed"]["images"]) == (None, 5, 0)
    assert (await images(shelf, study))[0]["plane_source"] == "ORIENTATION"


@pytest.mark.parametrize(
    "said",
    [
        {"target": "series", "filter": {}, "ids": [1], "set": {"plane": "AXIAL"}},
        {"target": "series", "set": {"plane": "AXIAL"}},
        {"target": "series", "filter": {}, "set": {}},
        {"target": "series", "filter": {}, "set": {"plane": "UPSIDE"}},
        {"target": "series", "filter": {}, "set": {"plane": None}},
        {"target": "series", "filter": {}, "set": {"phase": "x'; DROP TABLE rcdm.correction --"}},
        {"target": "series", "filter": {}, "set": {"protocol": "Chest"}},
        {"target": "image", "filter": {}, "set": {"plane": "AXIAL"}},
        {"target": "occurrence", "filter": {}, "set": {"plane": "AXIAL", "protocol": "Chest"}},
        {"target": "occurrence", "filter": {}, "set": {"protocol": " "}},
        {"target": "occurrence", "filter": {}, "set": {"condition": {"vocabulary": "KCD7"}}},
        {"target": "occurrence", "filter": {}, "set": {"condition": {"text": "x" * 1001}}},
        {"target": "occurrence", "filter": {}, "set": {"protocol": "a\0b"}},
        {"target": "occurrence", "filter": {}, "set": {"protocol": "x"}, "reason": "  short "},
        {"target": "occurrence", "filter": {"colour": "red"}, "set": {"protocol": "x"}},
        {"target": "occurrence", "ids": [1], "series": ["1.2"], "set": {"protocol": "x"}},
    ],
)
async def test_what_contradicts_itself_is_told(shelf: Shelf, said: dict[str, Any]) -> None:
    assert (await post(shelf, **said)).status_code == 400


async def test_too_much_at_once_is_refused_with_the_limit(shelf: Shelf) -> None:
    await fill(shelf)
    await shelf.home.database.pool.execute("UPDATE rcdm.radiology_occurrence SET image_total_count = 100001")
    answer = await post(shelf, target="series", filter={}, set={"plane": "CORONAL"})
    assert (answer.status_code, answer.json()["limit_images"]) == (413, 100_000)


async def test_what_is_not_there_is_named(shelf: Shelf) -> None:
    study = await fill(shelf)
    for said, missing in (
        ({"target": "occurrence", "ids": [study, 999]}, [999]),
        ({"target": "series", "ids": [study], "series": ["1.2.1.1", "9.9"]}, ["9.9"]),
        ({"target": "image", "ids": [1, 999_999]}, None),
    ):
        answer = await post(shelf, **said, set={"plane": "CORONAL"})  # type: ignore[arg-type]
        assert (answer.status_code, answer.json().get("missing")) == (404, missing)
    assert (await post(shelf, "/999/undo")).status_code == 404


async def test_a_percent_sign_in_a_filter_is_a_percent_sign(shelf: Shelf) -> None:
    await fill(shelf)
    answer = (await post(shelf, target="series", filter={"q": "%"}, set={"plane": "CORONAL"})).json()
    assert answer["found"] == {"occurrences": 0, "series": 0, "images": 0}
