"""STOW-RS: what each request is answered, and what is stored then."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.journey.ingest_door import Door, open_door, related
from tests.makers import ct_bytes

SUCCESS, FAILED, REASON = "00081199", "00081198", "00081197"


def reasons(answer: httpx.Response) -> list[int]:
    return [item[REASON]["Value"][0] for item in answer.json()[FAILED]["Value"]]


async def test_all_good_is_200_without_a_failed_sequence(door: Door) -> None:
    """A10."""
    answer = await door.stow(ct_bytes(), ct_bytes())
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/dicom+json"
    assert (len(answer.json()[SUCCESS]["Value"]), FAILED in answer.json()) == (2, False)
    assert await door.is_clean()


async def test_three_good_and_one_bad_is_202(door: Door) -> None:
    """A10: the part that is no DICOM is refused by itself."""
    answer = await door.stow(ct_bytes(), b"no DICOM", ct_bytes(), ct_bytes())
    assert answer.status_code == 202
    assert len(answer.json()[SUCCESS]["Value"]) == 3
    assert reasons(answer) == [0xC000]


async def test_none_good_is_409(door: Door) -> None:
    """A10."""
    answer = await door.stow(b"no DICOM", ct_bytes()[:-20])
    assert answer.status_code == 409
    assert SUCCESS not in answer.json()
    assert (await door.stored(), len(await door.blobs())) == (0, 0)


async def test_every_item_names_class_and_instance_and_where_to_get_it(postgres_server: str, tmp_path: Path) -> None:
    """A12: with the public address, not the one we listen on."""
    async with open_door(postgres_server, tmp_path, public_url="https://pacs.example/rcdm/") as door:
        answer = (await door.stow(ct_bytes(StudyInstanceUID="1.2.3", SOPInstanceUID="1.2.3.4"), b"bad")).json()
    item, failed = answer[SUCCESS]["Value"][0], answer[FAILED]["Value"][0]
    assert item["00081155"]["Value"] == ["1.2.3.4"]
    assert item["00081190"]["Value"][0].startswith("https://pacs.example/rcdm/dicom-web/studies/1.2.3/series/")
    assert answer["00081190"]["Value"] == ["https://pacs.example/rcdm/dicom-web/studies/1.2.3"]
    assert {"00081150", "00081155"} <= failed.keys()


async def test_another_studys_instance_fails_alone(door: Door) -> None:
    """A11."""
    mixed = await door.stow(ct_bytes(StudyInstanceUID="1.2.3"), ct_bytes(StudyInstanceUID="1.2.4"), path="/1.2.3")
    wrong = await door.stow(ct_bytes(StudyInstanceUID="1.2.5"), path="/1.2.3")
    assert (mixed.status_code, reasons(mixed)) == (202, [43265])
    assert (wrong.status_code, reasons(wrong)) == (409, [43265])
    assert await door.is_clean()


async def test_a_study_that_is_no_uid_is_400(door: Door) -> None:
    assert (await door.stow(ct_bytes(), path="/1.02.x")).status_code == 400


async def test_a_single_part_body_is_stored_as_one_of_many(door: Door) -> None:
    """A8: as Google's adapter sends it."""
    answer = await door.http.post(
        "/dicom-web/studies", content=ct_bytes(), headers={"content-type": "application/dicom"}
    )
    assert answer.status_code == 200
    assert len(answer.json()[SUCCESS]["Value"]) == 1


async def test_the_same_bytes_again_are_200_and_change_nothing(door: Door) -> None:
    """A13."""
    body = ct_bytes()
    statuses = [(await door.stow(body)).status_code for _ in range(3)]
    assert statuses == [200, 200, 200]
    assert (await door.stored(), await door.events()) == (1, 1)


async def test_sixteen_at_once_make_one_row_and_one_event(door: Door) -> None:
    """A13."""
    body = ct_bytes()
    answers = await asyncio.gather(*(door.stow(body) for _ in range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert (await door.stored(), await door.events()) == (1, 1)
    assert await door.is_clean()


async def test_other_bytes_under_the_same_uid_are_refused_and_the_first_stay(door: Door) -> None:
    """A14: an event tells of it, and no blob of the refused bytes is left."""
    first = ct_bytes(SOPInstanceUID="1.2.3.4")
    await door.stow(first)
    answer = await door.stow(ct_bytes(SOPInstanceUID="1.2.3.4", PatientID="OTHER"))
    assert (answer.status_code, reasons(answer)) == (409, [45070])
    assert await door.events("instance.refused") == 1
    assert await door.home.blobs.get((await door.blobs())[0]) == first
    assert await door.is_clean()


async def test_the_same_instance_twice_in_one_request_is_answered_twice_and_stored_once(door: Door) -> None:
    """A15."""
    body = ct_bytes()
    answer = await door.stow(body, body)
    assert (answer.status_code, len(answer.json()[SUCCESS]["Value"])) == (200, 2)
    assert (await door.stored(), await door.events()) == (1, 1)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain", 415),
        ("multipart/form-data; boundary=edge", 415),
        ('multipart/related; type="application/dicom+json"; boundary=edge', 415),
        ('multipart/related; type="application/dicom"', 400),
        (f"multipart/related; boundary={'x' * 201}", 400),
    ],
)
async def test_a_wrong_content_type_is_refused(door: Door, kind: str, status: int) -> None:
    """A3, A9."""
    answer = await door.http.post("/dicom-web/studies", content=b"--edge--\r\n", headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


@pytest.mark.parametrize(("size", "quoted"), [(73, False), (73, True), (200, False), (200, True)])
async def test_long_boundaries_are_taken(door: Door, size: int, quoted: bool) -> None:
    """A3: Orthanc's has 73 characters and no quotes."""
    content, kind = related([ct_bytes()], "b" * size, quoted)
    answer = await door.http.post("/dicom-web/studies", content=content, headers={"content-type": kind})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/dicom+json", 200),
        ("*/*", 200),
        ("text/html, application/json;q=0.5", 200),
        ("application/dicom+xml", 406),
        ("application/dicom+json;q=0", 406),
    ],
)
async def test_the_answer_has_an_accepted_form_or_is_406(door: Door, accept: str, status: int) -> None:
    """A9: nothing is stored for who cannot read the answer."""
    answer = await door.stow(ct_bytes(), accept=accept)
    assert answer.status_code == status
    assert await door.stored() == (status == 200)


@pytest.mark.parametrize("path", ["", "/1.2.3"])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_other_methods_are_405_with_allow(door: Door, method: str, path: str) -> None:
    """A17."""
    answer = await door.http.request(method, f"/dicom-web/studies{path}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_digest_that_is_wrong_is_400_and_nothing_is_stored(door: Door) -> None:
    """A18."""
    wrong: Any = {"content-digest": "sha-256=:AAAA:"}
    answer = await door.stow(ct_bytes(), **wrong)
    assert answer.status_code == 400
    assert await door.stored() == 0
    assert await door.is_clean()


async def test_a_part_that_is_not_as_long_as_it_says_fails_alone(door: Door) -> None:
    """A18."""
    head = b"--edge\r\nContent-Type: application/dicom\r\nContent-Length: 7\r\n\r\n"
    content = head + ct_bytes() + b"\r\n" + related([ct_bytes()])[0]
    answer = await door.http.post("/dicom-web/studies", content=content, headers={"content-type": related([])[1]})
    assert answer.status_code == 202


async def test_a_request_is_an_upload_whose_progress_can_be_watched(door: Door) -> None:
    answer = await door.stow(ct_bytes(), b"bad")
    counts = (await door.http.get(f"/api/v1/uploads/{answer.headers['x-upload-id']}")).json()
    assert (counts["received"], counts["stored"], counts["refused"], counts["pending"]) == (2, 1, 1, 1)
