"""Images whose objects lie in the store, and archives opened again."""

import csv
import hashlib
import io
import zipfile
from typing import Any

from pydicom import dcmread
from pydicom.uid import generate_uid

from chassis.blobs.keys import dicom_key
from tests.journey.export_house import House
from tests.makers import ct_bytes


async def stored_image(house: House, hospital: str, person: str, number: int, body: bytes, **values: Any) -> int:
    """An image whose object lies in the store; its id."""
    dataset = dcmread(io.BytesIO(body))
    study = str(dataset.StudyInstanceUID)
    known = await house.value(
        "SELECT radiology_occurrence_id FROM rcdm.radiology_occurrence WHERE study_instance_uid = $1", study
    )
    occurrence = known or await house.occurrence(hospital, person, study)
    sha256 = hashlib.sha256(body).hexdigest()
    await house.home.blobs.put(dicom_key(sha256), body)
    told: dict[str, Any] = {
        "image_sha256": sha256,
        "instance_number": number,
        "series_instance_uid": str(dataset.SeriesInstanceUID),
    }
    return await house.image(occurrence, str(dataset.SOPInstanceUID), **(told | values))


async def opened(house: House, address: str) -> tuple[zipfile.ZipFile, list[dict[str, str]]]:
    body = (await house.http.get(f"{address}/archive")).content
    archive = zipfile.ZipFile(io.BytesIO(body))
    (name,) = (name for name in archive.namelist() if name.endswith("manifest.csv"))
    return archive, list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def stack(count: int, **elements: Any) -> list[bytes]:
    """Slices of one series, 3 mm apart."""
    ids = {name: generate_uid() for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")}
    return [
        ct_bytes(InstanceNumber=n + 1, ImagePositionPatient=[0, 0, 3 * n], SliceThickness=3, **ids, **elements)
        for n in range(count)
    ]
