"""Who a patient is: shown to stewards who say why, written down before it is shown, and hidden from researchers."""

from collections.abc import Iterator

import httpx
import pytest
from pydicom.uid import SecondaryCaptureImageStorage

from tests.journey.callers import new_key
from tests.journey.outside import Json, add_files, every_item, open_upload, settled
from tests.journey.surface import Surface, assert_problem
from tests.makers import ct_bytes

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def plain(surface: Surface) -> Iterator[httpx.Client]:
    """Says no reason and has no key of its own."""
    with httpx.Client(base_url=surface.system.address, timeout=30) as http:
        yield http


def bearer(surface: Surface, *roles: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {new_key(surface.http, *roles)['key']}"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_original_bytes_need_a_reason(surface: Surface, plain: httpx.Client, method: str) -> None:
    """E11"""
    path, steward = f"/api/v1/images/{surface.image['image_id']}/dicom", bearer(surface, "steward")
    for query in ("", "?reason=short", "?reason=%20%20%20%20%20%20%20%20%20", "?reason=line%0Abreaks"):
        assert plain.request(method, path + query, headers=steward).status_code == 400
    assert plain.request(method, f"{path}?reason=second+reading", headers=steward).status_code == 200


def test_who_saw_an_identity_and_why_is_in_the_trail(surface: Surface, plain: httpx.Client) -> None:
    """F11, E11: by the image's UID, with no name."""
    steward, request_id = bearer(surface, "steward"), "look-0000000001"
    said = {**steward, "X-Access-Reason": "ticket 4711, wrong side", "X-Request-Id": request_id}
    image = surface.image
    answer = plain.get(f"/api/v1/images/{image['image_id']}/dicom", headers=said)
    assert answer.content[128:132] == b"DICM"
    assert answer.headers["content-disposition"].startswith("attachment")
    subject = plain.get("/api/v1/session", headers=steward).json()["subject"]
    (row,) = every_item(surface.http, "/api/v1/callers/trail", action="identity.read", subject=subject)
    assert row["objects"] == [image["sop_instance_uid"]]
    assert (row["reason"], row["request_id"]) == ("ticket 4711, wrong side", request_id)


def test_a_researcher_is_told_whom_to_ask(surface: Surface, plain: httpx.Client) -> None:
    path = f"/api/v1/images/{surface.image['image_id']}/dicom?reason=curiosity"
    body = assert_problem(plain.get(path, headers=bearer(surface, "researcher")), 403)
    assert body["needs"] == ["steward", "admin"]
    assert "Ask an administrator" in body["detail"]


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"BurnedInAnnotation": "YES"}, "burned_in_annotation"),
        ({"SOPClassUID": SecondaryCaptureImageStorage}, "secondary_capture"),
        ({"Modality": "US"}, "ultrasound"),
    ],
)
def test_a_picture_with_names_in_it_is_for_stewards(
    surface: Surface, plain: httpx.Client, element: Json, reason: str
) -> None:
    """E7: what no data set takes because of names in its pixels, no researcher looks at."""
    upload = open_upload(surface.http, f"PIXELS {reason}")
    add_files(surface.http, upload, [("x.dcm", ct_bytes(**element))])
    assert settled(surface.http, upload)["catalogued"] == 1
    (study,) = every_item(surface.http, "/api/v1/occurrences", hospital=f"PIXELS {reason}")
    (image,) = every_item(surface.http, f"/api/v1/occurrences/{study['radiology_occurrence_id']}/images")
    refused = assert_problem(plain.get(image["png"], headers=bearer(surface, "researcher")), 403)
    assert refused["reason"] == reason
    assert plain.get(image["png"], headers=bearer(surface, "steward")).status_code == 200


def test_nothing_of_a_patient_is_kept_on_the_way(surface: Surface) -> None:
    """F9"""
    image = f"/api/v1/images/{surface.image['image_id']}"
    for path in (
        image,
        f"{image}/png",
        f"{image}/tags",
        f"{image}/dicom",
        "/api/v1/occurrences",
        f"{surface.version}/archive",
    ):
        answer = surface.http.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store"), path
        assert answer.headers["x-content-type-options"] == "nosniff"
