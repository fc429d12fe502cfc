"""Uploads over a real port: outcomes, statuses, fields, archives, progress."""

import asyncio
import hashlib
import zipfile
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from chassis.messaging.topics import INSTANCE_RECEIVED
from tests.journey.ingest_door import Door
from tests.makers import ct_bytes


def zipped(**members: bytes) -> bytes:
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"folder/{name}.dcm", content)
    return body.getvalue()


async def test_one_file_becomes_one_row_one_blob_and_one_event(door: Door) -> None:
    body = ct_bytes(StudyInstanceUID="1.2.3")
    answer = await door.upload(body, hospital="A", diagnosis="간암", diagnosis_code="C22.0", vocabulary="KCD8")
    event = (await door.rows("SELECT key, value FROM ingest.outbox"))[0]
    message = INSTANCE_RECEIVED.message.FromString(event["value"])
    assert (answer.status_code, answer.json()["items"][0]["outcome"]) == (201, "stored")
    assert (event["key"], message.instance.sha256) == ("1.2.3", hashlib.sha256(body).hexdigest())
    assert (message.instance.hospital, message.diagnosis.text, message.instance.size) == ("A", "간암", len(body))
    assert await door.is_clean()


async def test_every_file_has_an_outcome_in_the_order_sent(door: Door) -> None:
    good = ct_bytes()
    document = (await door.upload(good, good, b"x", b"", ct_bytes()[:-9])).json()
    told = [(i["name"], i["outcome"], i.get("reason", {}).get("code")) for i in document["items"]]
    assert told == [
        ("a/0.dcm", "stored", None),
        ("a/1.dcm", "duplicate", None),
        ("a/2.dcm", "refused", "not_dicom"),
        ("a/3.dcm", "refused", "empty"),
        ("a/4.dcm", "refused", "truncated"),
    ]
    assert (document["received"], document["stored"], document["duplicate"], document["refused"]) == (5, 1, 1, 3)


async def test_statuses_say_new_known_and_refused(door: Door) -> None:
    body = ct_bytes()
    statuses = [(await door.upload(*bodies)).status_code for bodies in ([body], [body], [b"x"], [body, b"x"])]
    assert statuses == [201, 200, 422, 200]


@pytest.mark.parametrize("kind", ["application/dicom", "application/octet-stream"])
async def test_one_file_may_be_the_whole_body(door: Door, kind: str) -> None:
    headers = {"content-type": kind, "content-disposition": 'attachment; filename="x/1.dcm"'}
    address = "/api/v1/uploads?hospital=B&diagnosis=I10"
    answer = await door.http.post(address, content=ct_bytes(), headers=headers)
    assert (answer.status_code, answer.json()["items"][0]["name"]) == (201, "x/1.dcm")
    assert await door.value("SELECT hospital FROM ingest.instance") == "B"


@pytest.mark.parametrize("kind", ["application/zip", "application/octet-stream"])
async def test_the_members_of_an_archive_are_files(door: Door, kind: str) -> None:
    content = zipped(a=ct_bytes(), b=b"x")
    answer = await door.http.post("/api/v1/uploads", content=content, headers={"content-type": kind})
    told = [(item["name"], item["outcome"]) for item in answer.json()["items"]]
    assert told == [("body/folder/a.dcm", "stored"), ("body/folder/b.dcm", "refused")]


async def test_an_archive_among_files_is_unpacked_in_its_place(door: Door) -> None:
    answer = await door.upload(ct_bytes(), zipped(a=ct_bytes()), zipped(nested=zipped(a=b"x")), ct_bytes())
    told = [(item["name"], item["outcome"]) for item in answer.json()["items"]]
    assert told == [
        ("a/0.dcm", "stored"),
        ("a/1.dcm/folder/a.dcm", "stored"),
        ("a/2.dcm/folder/nested.dcm", "refused"),
        ("a/3.dcm", "stored"),
    ]


async def test_a_field_behind_the_files_holds_for_them(door: Door) -> None:
    head = b'--edge\r\nContent-Disposition: form-data; name="'
    content = (
        head + b'files"; filename="1.dcm"\r\n\r\n' + ct_bytes() + b"\r\n" + head + b'hospital"\r\n\r\nLATE\r\n--edge--'
    )
    kind = {"content-type": "multipart/form-data; boundary=edge"}
    assert (await door.http.post("/api/v1/uploads", content=content, headers=kind)).status_code == 201
    assert await door.value("SELECT hospital FROM ingest.instance") == "LATE"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"hopsital": "A"}, "hopsital"),
        ({"diagnosis": "x" * 10_000}, "diagnosis"),
        ({"hospital": "x" * 51}, "hospital"),
        ({"hospital": "a\x00b"}, "hospital"),
        ({"diagnosis": "a\nb"}, "diagnosis"),
    ],
)
async def test_a_wrong_field_is_400_names_it_and_stores_nothing(door: Door, fields: dict[str, str], named: str) -> None:
    answer = await door.upload(ct_bytes(), **fields)
    assert answer.status_code == 400
    assert named in answer.json()["detail"]
    assert (await door.stored(), await door.value("SELECT count(*) FROM ingest.upload")) == (0, 0)
    assert await door.is_clean()


async def test_an_unknown_query_parameter_is_400(door: Door) -> None:
    answer = await door.http.post(
        "/api/v1/uploads?hopsital=A", content=b"x", headers={"content-type": "application/dicom"}
    )
    assert answer.status_code == 400


async def test_an_upload_is_opened_filled_and_inherits_its_fields(door: Door) -> None:
    form: Any = {"hospital": (None, "C"), "diagnosis": (None, "I10")}
    opened = await door.http.post("/api/v1/uploads", files=form)
    address = f"/api/v1/uploads/{opened.json()['upload_id']}"
    added = await asyncio.gather(*(door.upload(ct_bytes(), to=f"{address}/files") for _ in range(4)))
    assert (opened.status_code, {answer.status_code for answer in added}) == (201, {201})
    assert (await door.http.get(address)).json()["stored"] == 4
    assert await door.value("SELECT count(*) FROM ingest.instance WHERE hospital = 'C'") == 4


async def test_files_for_an_unknown_upload_are_404_and_none_at_all_400(door: Door) -> None:
    opened = await door.http.post("/api/v1/uploads", files={"hospital": (None, "C")})
    address = f"/api/v1/uploads/{opened.json()['upload_id']}/files"
    nothing = await door.http.post(
        address, content=b"--e--", headers={"content-type": "multipart/form-data; boundary=e"}
    )
    unknown = await door.upload(ct_bytes(), to=f"/api/v1/uploads/{uuid4()}/files")
    assert (unknown.status_code, nothing.status_code) == (404, 400)


async def test_the_same_instance_of_another_hospital_is_another_row_and_the_same_blob(door: Door) -> None:
    """F6: hospitals do not learn of each other's objects; the bytes lie once."""
    body = ct_bytes()
    answers = [await door.upload(body, hospital=hospital) for hospital in ("A", "B")]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert (await door.stored(), len(await door.blobs())) == (2, 1)


async def test_a_check_knows_what_the_hospital_sent(door: Door) -> None:
    body = ct_bytes()
    await door.upload(body, hospital="A")
    digests = [hashlib.sha256(body).hexdigest(), "0" * 64]
    known = [
        (await door.http.post("/api/v1/uploads/check", json={"sha256": digests, "hospital": hospital})).json()["known"]
        for hospital in ("A", "B")
    ]
    assert known == [digests[:1], []]


async def test_uploads_and_files_are_paged(door: Door) -> None:
    for number in range(3):
        await door.upload(ct_bytes(), b"x", hospital=f"H{number}")
    first = (await door.http.get("/api/v1/uploads?limit=2")).json()
    second = (await door.http.get(f"/api/v1/uploads?limit=2&cursor={first['next']}")).json()
    hospitals = [item["hospital"] for item in first["items"] + second["items"]]
    assert (hospitals, first["total"], second["next"]) == (["H2", "H1", "H0"], 3, None)
    address = f"/api/v1/uploads/{first['items'][0]['upload_id']}/files"
    refused = (await door.http.get(f"{address}?outcome=refused&limit=1")).json()
    assert (refused["total"], refused["items"][0]["reason"]["code"], refused["next"]) == (1, "not_dicom", None)
    assert (await door.http.get(f"{address}?cursor=bad")).status_code == 400


async def test_a_name_keeps_its_path_and_loses_control_characters(door: Door) -> None:
    disposition = 'Content-Disposition: form-data; name="files"; filename="한글/\x01a.dcm"'
    content = f"--edge\r\n{disposition}\r\n\r\nx\r\n--edge--".encode()
    answer = await door.http.post(
        "/api/v1/uploads", content=content, headers={"content-type": "multipart/form-data; boundary=edge"}
    )
    assert answer.json()["items"][0]["name"] == "한글/\ufffda.dcm"


async def test_many_files_of_one_request_are_all_there(door: Door) -> None:
    """More than one batch."""
    answer = await door.upload(*(ct_bytes() for _ in range(150)))
    assert (answer.json()["stored"], await door.stored(), await door.events()) == (150, 150, 150)
    assert await door.is_clean()
