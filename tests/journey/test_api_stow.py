"""Two real bridges at the door of the whole system: Orthanc's chunked multipart and Google's single part."""

from collections.abc import Iterator

import httpx
import pytest
from pydicom.uid import generate_uid

from tests.journey.outside import Json, every_item
from tests.journey.surface import Surface, assert_problem
from tests.makers import ct_bytes
from tests.waiting import until

pytestmark = pytest.mark.timeout(300)

_BOUNDARY = "b" * 73
_REFERENCED, _FAILED, _REASON, _INSTANCE = "00081199", "00081198", "00081197", "00081155"


def _orthanc(surface: Surface, *bodies: bytes, path: str = "/dicom-web/studies") -> httpx.Response:
    """Chunked, no Content-Length, a long boundary without quotes, as Orthanc sends."""

    def chunks() -> Iterator[bytes]:
        for body in bodies:
            yield f"--{_BOUNDARY}\r\nContent-Type: application/dicom\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            yield from (body[start : start + 700] for start in range(0, len(body), 700))
            yield b"\r\n"
        yield f"--{_BOUNDARY}--\r\n".encode()

    kind = f"multipart/related; type=application/dicom; boundary={_BOUNDARY}"
    return surface.http.post(path, content=chunks(), headers={"Content-Type": kind, "Accept": "application/dicom+json"})


def test_what_orthanc_sends_is_stored_and_found(surface: Surface) -> None:
    """A3, A4, A12, C23"""
    study = generate_uid()
    answer = _orthanc(surface, *(ct_bytes(StudyInstanceUID=study, PatientID="stow") for _ in range(3)))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/dicom+json")
    stored: list[Json] = answer.json()[_REFERENCED]["Value"]
    assert [item["00081190"]["Value"][0].startswith(surface.system.address) for item in stored] == [True] * 3


async def test_it_is_in_the_catalogue_in_a_moment(surface: Surface) -> None:
    study = generate_uid()
    assert _orthanc(surface, ct_bytes(StudyInstanceUID=study)).status_code == 200
    await until(lambda: study in [it["study_instance_uid"] for it in every_item(surface.http, "/api/v1/occurrences")])


def test_a_bad_part_fails_alone(surface: Surface) -> None:
    """A10"""
    answer = _orthanc(surface, ct_bytes(), b"no image", ct_bytes())
    assert answer.status_code == 202
    assert [len(answer.json()[tag]["Value"]) for tag in (_REFERENCED, _FAILED)] == [2, 1]
    assert answer.json()[_FAILED]["Value"][0][_REASON]["Value"] == [0xC000]
    assert _orthanc(surface, b"no image").status_code == 409


def test_what_google_sends_is_stored_and_taken_twice(surface: Surface) -> None:
    """A8, A13"""
    body = ct_bytes()
    for _ in range(2):
        answer = surface.http.post("/dicom-web/studies", content=body, headers={"Content-Type": "application/dicom"})
        assert answer.status_code == 200
        assert _FAILED not in answer.json()


def test_another_study_than_the_address_says_is_refused(surface: Surface) -> None:
    """A11"""
    answer = _orthanc(surface, ct_bytes(), path=f"/dicom-web/studies/{generate_uid()}")
    assert answer.status_code == 409
    assert answer.json()[_FAILED]["Value"][0][_REASON]["Value"] == [0xA901]


def test_a_body_without_instance_is_no_success(surface: Surface) -> None:
    """A1"""
    assert_problem(_orthanc(surface), 400)
    assert_problem(surface.http.post("/dicom-web/studies", headers={"Content-Type": "application/dicom"}), 400)


def test_other_kinds_are_named_as_unsupported(surface: Surface) -> None:
    """A9"""
    assert_problem(
        surface.http.post("/dicom-web/studies", content=b"{}", headers={"Content-Type": "application/json"}), 415
    )
    accept = {"Content-Type": "application/dicom", "Accept": "application/dicom+xml"}
    assert_problem(surface.http.post("/dicom-web/studies", content=ct_bytes(), headers=accept), 406)
