"""Objects without usable UIDs, taken by choice; and images that come again in another encoding."""

import io
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import (
    UID,
    CTImageStorage,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from imaging.dicom.uids import is_uid
from tests.journey.ingest_door import Door
from tests.makers import ct_bytes, ct_dataset, file_bytes

pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR UI")

_BAD = ["1.2.03", "0A1B2C3D4E5F", "c56a4180-65aa-42ec-a945-5fd21dec0538", "1." * 40 + "1", "1.2.840.", "1..2"]


def _without(*keywords: str, **elements: Any) -> bytes:
    dataset = ct_dataset(**dict.fromkeys(keywords), **elements)
    dataset.file_meta.MediaStorageSOPClassUID, dataset.file_meta.MediaStorageSOPInstanceUID = (
        CTImageStorage,
        UID("1.2.3"),
    )
    dataset.StudyDescription = generate_uid()  # no two files are alike
    return file_bytes(dataset)


def _encoded(dataset: Dataset, syntax: UID) -> bytes:
    copy = dcmread(io.BytesIO(file_bytes(dataset)))
    if syntax in (JPEG2000Lossless, JPEGLSLossless, RLELossless):
        copy.compress(syntax, generate_instance_uid=False)
        written = io.BytesIO()
        copy.save_as(written, enforce_file_format=True)
        return written.getvalue()
    written = io.BytesIO()
    copy.file_meta.TransferSyntaxUID = syntax
    copy.save_as(written, implicit_vr=syntax == ImplicitVRLittleEndian)
    return written.getvalue()


@pytest.fixture
def picture() -> Dataset:
    dataset = ct_dataset(SOPInstanceUID=generate_uid(), Rows=64, Columns=64, BitsStored=16, HighBit=15)
    dataset.PixelData = np.random.default_rng(1).integers(-1000, 3000, (64, 64)).astype("<i2").tobytes()
    dataset.PixelRepresentation = 1
    return dataset


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
async def test_without_the_choice_they_are_refused_and_it_is_named(door: Door, keyword: str) -> None:
    answer = await door.upload(_without(keyword), _without(**{keyword: "1.2.03"}))
    missing, bad = answer.json()["items"]
    assert (answer.status_code, missing["reason"]["code"], bad["reason"]["code"]) == (422, "missing_uid", "bad_uid")
    assert "assign_uids" in missing["reason"]["detail"]
    assert "assign_uids" in bad["reason"]["detail"]
    assert await door.is_clean()


@pytest.mark.parametrize("keyword", ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"])
async def test_missing_ones_are_derived_from_the_bytes(door: Door, keyword: str) -> None:
    bodies = [_without(keyword), _without(keyword)]
    answer = await door.upload(*bodies, assign_uids="true")
    assert [item["outcome"] for item in answer.json()["items"]] == ["stored", "stored"]
    again = await door.upload(*bodies, assign_uids="true")
    assert [item["outcome"] for item in again.json()["items"]] == ["duplicate", "duplicate"]
    names = {"SOPInstanceUID": "sop_instance_uid", "StudyInstanceUID": "study_instance_uid",
             "SeriesInstanceUID": "series_instance_uid"}  # fmt: skip
    rows = await door.rows(f"SELECT {names[keyword]} AS uid, assigned_uids FROM ingest.instance")
    assert len({row["uid"] for row in rows}) == 2
    assert all(is_uid(row["uid"]) and row["uid"].startswith("2.25.") for row in rows)
    assert {row["assigned_uids"] for row in rows} == {f'{{"{keyword}": ""}}'}
    assert await door.is_clean()


@pytest.mark.parametrize("written", _BAD)
async def test_bad_ones_stay_together_within_a_hospital(door: Door, written: str) -> None:
    studies = [ct_bytes(StudyInstanceUID=written, SeriesInstanceUID=written + "7") for _ in range(2)]
    for body, hospital in zip(studies, ("A", "A"), strict=True):
        await door.upload(body, assign_uids="true", hospital=hospital)
    await door.upload(ct_bytes(StudyInstanceUID=written, SeriesInstanceUID="1.2.3"), assign_uids="true", hospital="B")
    rows = await door.rows(
        "SELECT hospital, study_instance_uid AS study, assigned_uids FROM ingest.instance ORDER BY hospital"
    )
    assert rows[0]["study"] == rows[1]["study"] != rows[2]["study"]
    assert all(is_uid(row["study"]) for row in rows)
    assert written in rows[0]["assigned_uids"]


async def test_a_field_behind_the_files_counts_too(door: Door) -> None:
    files: dict[str, Any] = {"files": ("a.dcm", _without("StudyInstanceUID")), "assign_uids": (None, "true")}
    assert (await door.http.post("/api/v1/uploads", files=files)).json()["stored"] == 1


async def test_an_upload_that_was_opened_with_the_choice_keeps_it(door: Door) -> None:
    form = {"assign_uids": (None, "true")}
    opened = (await door.http.post("/api/v1/uploads", files=form)).json()["upload_id"]
    answer = await door.upload(_without("SOPInstanceUID"), to=f"/api/v1/uploads/{opened}/files")
    assert answer.json()["stored"] == 1


async def test_what_is_no_uid_and_may_be_a_name_is_not_shown(door: Door) -> None:
    await door.upload(ct_bytes(StudyInstanceUID="HONG GILDONG"), assign_uids="true")
    (row,) = await door.rows("SELECT assigned_uids FROM ingest.instance")
    assert "HONG" not in row["assigned_uids"]


async def test_an_object_of_no_class_is_refused_all_the_same(door: Door) -> None:
    body = _without("SOPClassUID")
    dataset = dcmread(io.BytesIO(body))
    dataset.file_meta.MediaStorageSOPClassUID = UID("")
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=False)
    (item,) = (await door.upload(written.getvalue(), assign_uids="true")).json()["items"]
    assert (item["outcome"], item["reason"]["code"]) == ("refused", "missing_uid")
    assert "assign_uids" not in item["reason"]["detail"]


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless, RLELossless, ImplicitVRLittleEndian])
async def test_the_same_image_in_another_encoding_is_told_and_the_first_is_kept(
    door: Door, picture: Dataset, syntax: UID, together: bool
) -> None:
    first, second = file_bytes(picture), _encoded(picture, syntax)
    if together:
        items = (await door.upload(first, second)).json()["items"]
    else:
        await door.upload(first)
        items = [{"outcome": "stored"}, *(await door.upload(second)).json()["items"]]
    assert [item["outcome"] for item in items] == ["stored", "same_image"]
    assert "reason" not in items[1]
    assert await door.events("instance.refused") == 0
    assert await door.stored() == 1
    assert await door.is_clean()


async def test_a_bridge_is_told_that_the_same_image_is_stored(door: Door, picture: Dataset) -> None:
    await door.stow(file_bytes(picture))
    answer = await door.stow(_encoded(picture, JPEG2000Lossless))
    assert answer.status_code == 200
    assert "00081198" not in answer.json()


@pytest.mark.parametrize(
    "elements", [{"PatientID": "OTHER"}, {"PixelData": bytes(64 * 64 * 2)}, {"PatientName": "B^C"}]
)
async def test_another_image_or_patient_under_a_known_uid_is_a_conflict(
    door: Door, picture: Dataset, elements: dict[str, object]
) -> None:
    await door.upload(file_bytes(picture))
    for keyword, value in elements.items():
        setattr(picture, keyword, value)
    (item,) = (await door.upload(_encoded(picture, JPEG2000Lossless))).json()["items"]
    assert (item["outcome"], item["reason"]["code"]) == ("refused", "conflicting_bytes")
    assert await door.events("instance.refused") == 1


async def test_another_header_in_the_same_encoding_is_a_conflict(door: Door, picture: Dataset) -> None:
    """A14"""
    await door.upload(file_bytes(picture))
    picture.StudyDescription = "changed"
    (item,) = (await door.upload(file_bytes(picture))).json()["items"]
    assert item["reason"]["code"] == "conflicting_bytes"
