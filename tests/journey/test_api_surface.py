"""Uploads and occurrences answer as the public reference says: shapes, statuses, filters, facets, pages, streams."""

import hashlib
import json
import re
from collections import Counter
from typing import Any

import pytest

from tests.journey.outside import add_files, every_item, open_upload, pages, settled
from tests.journey.surface import SLICES, STUDIES_OF_A, STUDIES_OF_B, Surface, assert_problem, events_of
from tests.makers import ct_bytes

pytestmark = pytest.mark.timeout(300)

_STUDIES = STUDIES_OF_A + STUDIES_OF_B
_ANSWER = {"upload_id", "received", "stored", "duplicate", "refused", "items"}
_PROGRESS = (_ANSWER - {"items"}) | {
    "created_at",
    "hospital",
    "extracted",
    "no_picture",
    "catalogued",
    "failed",
    "deleted",
    "pending",
    "done",
}
_PAGE = {"items", "next", "total", "total_is_estimate"}


def test_an_upload_answers_each_file(surface: Surface) -> None:
    good = ct_bytes()
    answer = surface.http.post(
        "/api/v1/uploads",
        files=[("files", (name, body)) for name, body in (("a/1.dcm", good), ("a/2.dcm", good), ("b.dcm", b"none"))],
        data={"hospital": "C", "diagnosis": "간세포암", "diagnosis_code": "C22.0", "vocabulary": "KCD7"},
    )
    body = answer.json()
    assert (answer.status_code, body.keys()) == (201, _ANSWER)
    assert [body[name] for name in ("received", "stored", "duplicate", "refused")] == [3, 1, 1, 1]
    digest = hashlib.sha256(good).hexdigest()
    assert [(i["name"], i["outcome"], i["sha256"]) for i in body["items"][:2]] == [
        ("a/1.dcm", "stored", digest),
        ("a/2.dcm", "duplicate", digest),
    ]
    assert body["items"][2]["reason"].keys() >= {"code", "detail"}


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/dicom", ct_bytes(), 201),
        ("application/dicom", b"no image at all", 422),
        ("application/dicom", b"", 400),
        ("application/json", b"{}", 415),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=x", b"no multipart", 400),
    ],
)
def test_one_body_is_an_upload_too(surface: Surface, content_type: str, body: bytes, status: int) -> None:
    query = {"hospital": "C", "diagnosis": "Cough"}
    answer = surface.http.post("/api/v1/uploads", content=body, params=query, headers={"Content-Type": content_type})
    assert answer.status_code == status
    if status in (400, 415):
        assert_problem(answer, status)


def test_an_upload_tells_how_far_it_is(surface: Surface) -> None:
    counts = surface.http.get(f"/api/v1/uploads/{surface.upload_id}").json()
    assert counts.keys() == _PROGRESS
    assert (counts["catalogued"], counts["no_picture"], counts["done"]) == (STUDIES_OF_A * SLICES + 1, 1, True)


def test_files_of_an_upload_come_page_by_page_by_outcome(surface: Surface) -> None:
    path = f"/api/v1/uploads/{surface.upload_id}/files"
    names = [item["name"] for item in every_item(surface.http, path, 5, outcome="stored")]
    assert names == sorted(names)
    assert len(names) == STUDIES_OF_A * SLICES + 1
    assert every_item(surface.http, path, 5, outcome="refused") == []


def test_known_digests_need_not_be_sent(surface: Surface) -> None:
    digests = [image["image_sha256"] for image in surface.images.values()] + ["0" * 64]
    body = {"sha256": digests, "hospital": "A"}
    assert len(surface.http.post("/api/v1/uploads/check", json=body).json()["known"]) == STUDIES_OF_A * SLICES + 1


def test_the_events_of_an_upload_end_with_done(surface: Surface) -> None:
    upload = open_upload(surface.http, "C")
    add_files(surface.http, upload, [("new.dcm", ct_bytes())])
    events = events_of(surface.http, f"/api/v1/uploads/{upload}/events")
    assert (events[-1]["done"], events[-1]["catalogued"]) == (True, 1)


def test_an_occurrence_carries_columns_texts_and_counts(surface: Surface) -> None:
    item = next(item for item in surface.occurrences if item["hospital"] == "B")
    assert (item["modality"], item["planes"], item["image_total_count"]) == ("MR", {"CORONAL": SLICES}, SLICES)
    assert item["phases"] == {"POST_CONTRAST": SLICES}
    assert surface.http.get(item["thumbnail"]).headers["content-type"] == "image/png"
    assert surface.http.get(f"/api/v1/occurrences/{item['radiology_occurrence_id']}").json().keys() >= item.keys()


def test_no_name_of_a_patient_comes_out(surface: Surface) -> None:
    """F13"""
    texts = [surface.http.get(f"/api/v1/images/{surface.image['image_id']}{part}").text for part in ("", "/tags")]
    assert not re.search(r"Test\^Case|ACC-1|19600101|\"A0\"", json.dumps(surface.occurrences) + "".join(texts))


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"hospital": "A"}, STUDIES_OF_A),
        ({"hospital": ["A", "B"]}, _STUDIES),
        ({"hospital": "A", "modality": "MR"}, 0),
        ({"modality": "MR", "plane": "CORONAL", "phase": "POST_CONTRAST"}, STUDIES_OF_B),
        ({"hospital": "A", "sex": "F"}, STUDIES_OF_A // 2),
        ({"hospital": "A", "date_from": "2024-01-02", "date_to": "2024-01-03"}, 2),
        ({"hospital": ["A", "B"], "age_min": "63", "age_max": "63"}, STUDIES_OF_B),
        ({"q": "abdomen 2"}, 1),
        ({"body_part": "abdomen"}, STUDIES_OF_A),
        ({"hospital": "%"}, 0),
        ({"q": "_"}, 0),
    ],
)  # fmt: skip
def test_filters_find_what_they_say(surface: Surface, filters: dict[str, Any], count: int) -> None:
    """D4: repeated means any of, different means and, and every value is literal text."""
    assert surface.http.get("/api/v1/occurrences", params=filters).json()["total"] == count


def test_facets_follow_the_filter(surface: Surface) -> None:
    found = every_item(surface.http, "/api/v1/occurrences", hospital="A")
    facets = surface.http.get("/api/v1/occurrences/facets", params={"hospital": "A"}).json()
    counted = {name: {value["value"]: value["count"] for value in values} for name, values in facets.items()}
    assert counted["sex"] == Counter(item["person_sex"] for item in found)
    assert sum(counted["plane"].values()) >= STUDIES_OF_A
    assert "POST_CONTRAST" not in counted["phase"]


def test_series_and_images_of_an_occurrence(surface: Surface) -> None:
    path = f"/api/v1/occurrences/{surface.occurrence_id}"
    series = every_item(surface.http, f"{path}/series")
    images = every_item(surface.http, f"{path}/images", series=surface.image["series_instance_uid"])
    (of_image,) = [one for one in series if one["series_instance_uid"] == surface.image["series_instance_uid"]]
    assert of_image["thumbnail"] == images[(SLICES - 1) // 2]["png"]
    assert [image["image_no"] for image in images] == list(range(1, SLICES + 1))
    assert every_item(surface.http, f"{path}/images", plane="OBLIQUE") == []


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_walking_pages_meets_everything_once(surface: Surface, limit: int) -> None:
    """D3: occurrences and the images of one."""
    walked = [item["radiology_occurrence_id"] for item in every_item(surface.http, "/api/v1/occurrences", limit, **_AB)]
    assert sorted(walked) == sorted(item["radiology_occurrence_id"] for item in surface.occurrences)
    path = f"/api/v1/occurrences/{surface.occurrence_id}/images"
    images = [image["image_id"] for image in every_item(surface.http, path, limit)]
    assert sorted(images) == sorted(image["image_id"] for image in every_item(surface.http, path))
    assert len(set(images)) == len(images)


_AB: Any = {"hospital": ["A", "B"]}


def test_a_page_has_the_shape_of_a_page(surface: Surface) -> None:
    lists = ("uploads", "occurrences", f"occurrences/{surface.occurrence_id}/images", "datasets", "dead-letters")
    for path in lists:
        page = next(iter(pages(surface.http, f"/api/v1/{path}", 1)))
        assert page.keys() >= _PAGE, path
        assert isinstance(page["total"], int), path


def test_the_audit_answers(surface: Surface) -> None:
    settled(surface.http, surface.upload_id)
    assert surface.http.post("/api/v1/audit").status_code == 202
    assert surface.http.get("/api/v1/audit").json().keys() >= {"state", "report"}


def test_the_docs_are_served_without_other_hosts(surface: Surface) -> None:
    page = surface.http.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert addresses
    for address in addresses:
        assert not address.startswith(("http", "//")), address
        answer = surface.http.get(address)
        assert answer.status_code == 200, address
        assert not re.search(r"""["'(]https?://(?!www\.w3\.org)""", answer.text), address


def test_the_reference_describes_every_route(surface: Surface) -> None:
    reference = surface.http.get("/api/v1/openapi.json").json()
    operations = [(path, method, it) for path, methods in reference["paths"].items() for method, it in methods.items()]
    assert [place[:2] for place in operations if not place[2].get("summary")] == []
    assert {"/api/v1/uploads", "/api/v1/occurrences", "/api/v1/datasets", "/dicom-web/studies"} <= reference[
        "paths"
    ].keys()
