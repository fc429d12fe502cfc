"""Received objects become announced extractions and stored pictures."""

import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.data import get_testdata_file

from chassis.blobs.keys import png_key
from imaging.pixels.errors import NoPictureReason
from proto.rcdm.v1 import events_pb2 as pb
from tests.addresses import empty_database
from tests.journey.extract_stage import Stage, open_stage, received, running
from tests.makers import ct_bytes


@pytest.fixture(scope="module")
async def stage(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.mktemp("extract")
    async with empty_database(postgres_server) as dsn, open_stage(dsn, folder) as stage, running(stage):
        yield stage


@pytest.mark.parametrize(
    ("name", "frames", "size", "mode"),
    [
        ("CT_small.dcm", 1, (128, 128), "L"),
        ("MR_small.dcm", 1, (64, 64), "L"),
        ("MR_small_RLE.dcm", 1, (64, 64), "L"),
        ("JPEG2000.dcm", 1, (256, 1024), "L"),
        ("image_dfl.dcm", 1, (512, 512), "L"),
        ("rtdose.dcm", 15, (10, 10), "L"),
        ("SC_rgb_small_odd.dcm", 1, (3, 3), "RGB"),
    ],
)
async def test_an_object_has_its_pictures(
    stage: Stage, name: str, frames: int, size: tuple[int, int], mode: str
) -> None:
    picture = (await stage.extract(_file(name))).picture
    assert (picture.no_picture_reason, len(picture.frames)) == ("", frames)
    for frame in picture.frames:
        body = await stage.home.blobs.get(png_key(picture.png_prefix, frame.number))
        image = Image.open(BytesIO(body))
        assert (image.size, image.mode, len(body)) == (size, mode, frame.size)
        assert (frame.width, frame.height) == size
    assert json.loads(picture.rendering)[0]["renderer"]


@pytest.mark.parametrize("name", ["test-SR.dcm", "rtstruct.dcm", "waveform_ecg.dcm"])
async def test_an_object_without_pixels_is_told_with_the_reason(stage: Stage, name: str) -> None:
    """B16"""
    extraction = await stage.extract(_file(name))
    assert extraction.picture.no_picture_reason == NoPictureReason.NO_PIXELS
    assert extraction.tags


async def test_an_unknown_transfer_syntax_is_a_reason_and_no_error(stage: Stage) -> None:
    body = ct_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.9.9.9\0")
    extraction = await stage.extract(body)
    assert extraction.picture.no_picture_reason == NoPictureReason.UNSUPPORTED_TRANSFER_SYNTAX


async def test_an_extraction_too_large_for_an_event_lies_in_a_blob(stage: Stage) -> None:
    reference = Dataset()
    reference.ReferencedSOPInstanceUID = "1.2." + "3" * 60
    (message,) = await stage.receive(ct_bytes(ReferencedImageSequence=[reference] * 4_000))
    await stage.settled()
    told = (await stage.extracted())[message.instance.sha256]
    assert not told.HasField("extraction")
    extraction = pb.Extraction.FromString(await stage.home.blobs.get(told.extraction_key))
    assert len(json.loads(extraction.tags)["00081140"]["Value"]) == 4_000
    assert len(extraction.picture.frames) == 1


async def test_said_again_gives_the_same(stage: Stage) -> None:
    """C8"""
    message = received(body := ct_bytes())
    for _ in range(3):
        await stage.announce(body, message)
    await stage.settled()
    before = await stage.pictures()
    assert len([key for key in before if message.instance.sha256 in key]) == 1
    assert message.instance.sha256 in await stage.extracted()


async def test_the_patient_has_one_pseudonym_and_a_sealed_identity(stage: Stage) -> None:
    person = (await stage.extract(ct_bytes(PatientID="P-9", PatientName="Hong^Gildong"))).person
    again = (await stage.extract(ct_bytes(PatientID="P-9", PatientName="Hong^G"))).person
    assert person.key == again.key == stage.home.keys.pseudonym("person", "H", "P-9")
    assert person.accession_key == stage.home.keys.pseudonym("accession", "H", "ACC-1")
    identity = json.loads(stage.home.keys.unseal(person.sealed_identity))
    assert identity["patient_name"]["alphabetic"] == "Hong^Gildong"


async def test_without_a_patient_id_the_study_stands_for_the_patient(stage: Stage) -> None:
    body = ct_bytes(PatientID=None)
    person = (await stage.extract(body)).person
    study = received(body).instance.study_instance_uid
    assert (person.from_study, person.key) == (True, stage.home.keys.pseudonym("study", study))


async def test_no_name_leaves_in_a_record_or_a_log_line(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    """E2, F13"""
    canaries = {"PatientName": "Canaryname^Ann", "PatientID": "CANARY-ID", "ReferringPhysicianName": "Canarydoc^Bob"}
    good = ct_bytes(**canaries, PatientComments="Canaryname Ann is well")
    undecodable = ct_bytes(**canaries, Rows=17)
    altered = received(other := ct_bytes(**canaries), sha256="0" * 64)
    await stage.receive(good, undecodable)
    await stage.announce(other, altered)
    await stage.settled()
    records = [
        *await stage.records("instance.received"), *await stage.records("instance.extracted"), *await stage.buried()
    ]  # fmt: skip
    said = b"".join(f"{record.key}{dict(record.headers)}".encode() + record.value for record in records)
    assert b"canary" not in said.lower()
    assert "canary" not in "".join(capfd.readouterr()).lower()


async def test_the_events_of_a_study_keep_the_order_received(stage: Stage) -> None:
    study = "1.2.3.4.5"
    messages = await stage.receive(*(ct_bytes(StudyInstanceUID=study, InstanceNumber=n) for n in range(12)))
    await stage.settled()
    ours = [uid for uid, message in (await stage.extracted()).items() if message.instance.study_instance_uid == study]
    assert ours == [message.instance.sha256 for message in messages]


def _file(name: str) -> bytes:
    path = get_testdata_file(name, download=False)
    assert path is not None
    return Path(str(path)).read_bytes()
