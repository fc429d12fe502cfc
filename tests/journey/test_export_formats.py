"""Data sets of de-identified DICOM and of 16-bit pictures, made by the workers from what was received."""

import asyncio
import hashlib
import io
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from chassis.blobs.keys import dicom_key
from chassis.errors import BlobMissing
from services.export.archive.verify import verify_archive
from services.export.build.garbage import sweep_files
from services.export.names import OWN_FILES
from tests.journey.export_house import House, open_house
from tests.journey.export_objects import opened, stack, stored_image
from tests.makers import ct_bytes
from tests.waiting import until

CANARY = "Qzvxcanary"
_OWN = len(OWN_FILES)


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("formats")) as opened:
        yield opened


async def test_dicom_leaves_with_nobodys_identity_and_the_manifests_names(house: House) -> None:
    """E2, E3, D9: the object says what its line in the manifest says, and nothing of who it was."""
    body = ct_bytes(PatientName=CANARY, PatientID=CANARY, InstitutionName=CANARY, SeriesDescription=f"liver {CANARY}")
    await stored_image(house, "DICOM", "p1", 1, body)
    address = await house.build("dicom", "DICOM", format="dicom")
    archive, lines = await opened(house, address)
    (line,) = lines
    assert line["path"].endswith("/0001.dcm")
    made = archive.read(line["path"])
    found = dcmread(io.BytesIO(made))
    assert hashlib.sha256(made).hexdigest() == line["sha256"]
    assert (found.PatientID, found.SOPInstanceUID) == (line["person"], line["sop_uid"])
    assert (found.StudyInstanceUID, found.SeriesInstanceUID) == (line["study_uid"], line["series_uid"])
    assert found.SeriesDescription == "liver"
    assert found.StudyDate < "20230111"
    assert str(dcmread(io.BytesIO(body)).SOPInstanceUID).encode() not in made
    assert CANARY.encode() not in b"".join(archive.read(name) for name in archive.namelist())


async def test_the_next_version_uses_the_files_of_the_one_before_and_another_data_set_does_not(house: House) -> None:
    body = ct_bytes()
    await stored_image(house, "TWICE", "p2", 1, body)
    first, _ = await opened(house, await house.build("twice", "TWICE", format="dicom"))
    await stored_image(house, "TWICE", "p2", 2, ct_bytes())
    made = await house.rows("SELECT file_key, used_at FROM export.file WHERE file_key LIKE 'file/twice/%'")
    second, lines = await opened(house, await house.build("twice", "TWICE", format="dicom"))
    assert len(lines) == 2
    assert len(await house.rows("SELECT FROM export.file WHERE file_key LIKE 'file/twice/%'")) == 2
    assert [len(made), len(first.namelist()), len(second.namelist())] == [1, 1 + _OWN, 2 + _OWN]
    other, others = await opened(house, await house.build("twice-other", "TWICE", format="dicom"))
    assert not {line["sop_uid"] for line in lines} & {line["sop_uid"] for line in others}
    assert len(other.namelist()) == 2 + _OWN


@pytest.mark.parametrize(("signed", "offset"), [(0, 0), (1, -32768)])
async def test_sixteen_bits_are_the_stored_values_with_their_line(house: House, signed: int, offset: int) -> None:
    """B22: value · slope + intercept of the manifest is what the scanner meant."""
    stored = np.arange(-128 * signed, 256 - 128 * signed, dtype="<i2").reshape(16, 16)
    body = ct_bytes(PixelRepresentation=signed, PixelData=stored.tobytes(), RescaleSlope=2, RescaleIntercept=-1000)
    await stored_image(house, f"DEEP{signed}", "p3", 1, body)
    archive, (line,) = await opened(house, await house.build(f"deep{signed}", f"DEEP{signed}", format="png16"))
    picture = np.asarray(Image.open(io.BytesIO(archive.read(line["path"]))), np.int64)
    assert (picture + offset == stored).all()
    assert (picture * float(line["slope"]) + float(line["intercept"]) == stored * 2.0 - 1000).all()


async def test_an_object_that_cannot_be_cleaned_is_listed_and_not_let_out(house: House) -> None:
    """D11: it is among the exclusions, and the rest is built."""
    await stored_image(house, "HALF", "p4", 1, ct_bytes())
    await stored_image(house, "HALF", "p4", 2, ct_bytes()[:-200])
    address = await house.build("half", "HALF", format="dicom")
    archive, lines = await opened(house, address)
    version = (await house.http.get(address)).json()
    assert len(lines) == version["members"] == 1
    assert version["exclusions"] == {"truncated": 1}
    assert version["description"]["exclusions"] == {"truncated": 1}
    assert len(archive.namelist()) == 1 + _OWN


async def test_a_version_of_which_nothing_can_be_made_fails_and_says_so(house: House) -> None:
    await stored_image(house, "NONE", "p5", 1, ct_bytes()[:-200])
    accepted = await house.freeze("none", "NONE", format="dicom")
    await house.builder().work()
    operation = (await house.http.get(f"/api/v1/operations/{accepted['operation_id']}")).json()
    assert operation["state"] == "failed"
    assert "exclusions" in operation["error"]


async def test_bytes_that_were_altered_stop_the_build(house: House) -> None:
    body = ct_bytes()
    await stored_image(house, "BENT", "p6", 1, body)
    await house.home.blobs.delete(dicom_key(hashlib.sha256(body).hexdigest()))
    await house.home.blobs.put(dicom_key(hashlib.sha256(body).hexdigest()), body[:-2] + b"xx")
    accepted = await house.freeze("bent", "BENT", format="dicom")
    await house.builder().work()
    operation = (await house.http.get(f"/api/v1/operations/{accepted['operation_id']}")).json()
    assert operation["state"] == "failed"
    assert "altered" in operation["error"]


async def test_files_of_a_deleted_image_leave_the_store_and_what_is_used_stays(house: House) -> None:
    """F22"""
    gone = await stored_image(house, "SWEEP", "p7", 1, ct_bytes())
    await stored_image(house, "SWEEP", "p8", 2, ct_bytes())
    await house.build("sweep", "SWEEP", format="dicom")
    ours = "SELECT image_id, file_key FROM export.file WHERE file_key LIKE 'file/sweep/%'"
    keys = {row["image_id"]: row["file_key"] for row in await house.rows(ours)}
    assert await sweep_files(house.home) == 0
    await house.value("INSERT INTO export.deleted_image VALUES ($1, '1.2.3', 1) RETURNING 1", gone)
    await house.value("UPDATE export.file SET used_at = now() - interval '2 days' RETURNING 1")
    await sweep_files(house.home)
    kept = {row["file_key"] for row in await house.rows(ours)}
    removed = keys.pop(gone)
    assert set(keys.values()) == kept
    with pytest.raises(BlobMissing):
        await house.home.blobs.size(removed)


async def test_a_series_becomes_a_volume_with_its_sidecar(house: House, tmp_path: Path) -> None:
    """One line for the volume; what stands beside it names nobody."""
    for number, body in enumerate(stack(5, PatientName=CANARY, SeriesDescription=f"liver {CANARY}"), start=1):
        await stored_image(house, "VOLUME", "p9", number, body, slice_position=3.0 * number)
    await stored_image(house, "VOLUME", "p9", 1, ct_bytes()[:-200])
    address = await house.build("volume", "VOLUME", format="nifti", split={"train": 1, "validation": 0, "test": 0})
    archive, lines = await opened(house, address)
    (line,) = lines
    assert line["path"].endswith("/0001.nii.gz")
    assert line["path"].split("/")[1] == "train"
    assert (line["images"], line["sidecar"]) == ("5", line["path"].replace(".nii.gz", ".json"))
    (tmp_path / "volume.nii.gz").write_bytes(archive.read(line["path"]))
    volume: Any = nibabel.load(tmp_path / "volume.nii.gz")
    assert volume.shape == (16, 16, 5)
    assert [float(one) for one in volume.header.get_zooms()] == [1, 1, 3]
    assert CANARY not in archive.read(line["sidecar"]).decode()
    version = (await house.http.get(address)).json()
    assert (version["members"], version["exclusions"]) == (1, {"truncated": 1})
    counts = version["description"]["counts"]
    assert (counts["pictures"], counts["images"]) == (1, 5)
    path = tmp_path / "whole.zip"
    path.write_bytes((await house.http.get(f"{address}/archive")).content)
    assert verify_archive(path).ok


async def test_the_same_volume_is_the_same_bytes(house: House) -> None:
    """D10: also when it is made twice."""
    for number, body in enumerate(stack(3), start=1):
        await stored_image(house, "AGAIN", "p10", number, body, slice_position=3.0 * number)
    _, one = await opened(house, await house.build("again", "AGAIN", format="nifti"))
    _, two = await opened(house, await house.build("again", "AGAIN", format="nifti"))
    assert one[0]["sha256"] == two[0]["sha256"]
    assert one[0]["sidecar_sha256"] == two[0]["sidecar_sha256"]


@pytest.mark.parametrize("form", ["dicom", "png16", "nifti"])
async def test_a_build_killed_in_the_middle_ends_as_one_that_was_not(house: House, form: str) -> None:
    """D10: kill -9 while files are made; the next builder ends with the archive of a build nobody disturbed."""
    hospital = f"KILL-{form}"
    for person in range(3):
        for number, body in enumerate(stack(4), start=1):
            await stored_image(house, hospital, f"{hospital} {person}", number, body, slice_position=3.0 * number)
    accepted = await house.freeze(f"killed-{form}", hospital, format=form)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.journey.export_process", house.home.database.dsn, str(house.home.settings.data),
        "6", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    async with asyncio.timeout(120):
        assert await process.stdout.readline() == b"reached\n"
        process.kill()
        await process.wait()
    address = f"/api/v1/datasets/killed-{form}/versions/{accepted['version']}"
    assert (await house.http.get(f"{address}/archive")).status_code == 409

    async def is_built() -> bool:
        await house.builder().work()
        return bool((await house.http.get(f"{address}/archive")).status_code == 200)

    await until(is_built, what="the second build")
    _, killed = await opened(house, address)
    _, clean = await opened(house, await house.build(f"killed-{form}", hospital, format=form))
    assert [line["sha256"] for line in killed] == [line["sha256"] for line in clean]
    assert len(killed) == (3 if form == "nifti" else 12)


async def test_a_dry_run_shows_before_and_after_and_is_written_down(house: House) -> None:
    """E11: who looks says why."""
    body = ct_bytes(PatientName=CANARY, SeriesDescription=f"liver {CANARY}")
    image = await stored_image(house, "PREVIEW", "p11", 1, body)
    address = "/api/v1/datasets/preview/preview"
    silent = await house.http.get(address, params={"image_id": image}, headers={"X-Access-Reason": ""})
    assert silent.status_code == 400
    asked: dict[str, str | int] = {"image_id": image, "reason": "checking the profile"}
    answer = await house.http.get(address, params=asked)
    assert answer.status_code == 200, answer.text
    changes = {one["element"]: (one["before"], one["after"]) for one in answer.json()["changes"]}
    assert changes["PatientName"] == (CANARY, answer.json()["person"])
    assert changes["SeriesDescription"] == (f"liver {CANARY}", "liver")
    assert changes["AccessionNumber"] == ("ACC-1", "")
    assert "Rows" not in changes
    (row,) = await house.rows("SELECT objects, reason FROM access.trail WHERE action = 'identity.read'")
    assert (row["objects"], row["reason"]) == ([answer.json()["person"]], "checking the profile")
    assert (await house.http.get(address, params=asked | {"image_id": 10**9})).status_code == 404
