"""Records nobody can handle, and an object that is gone: buried with their reason, named, and mended."""

import asyncio
import hashlib
import os

import pydicom
import pytest

from chassis.blobs.keys import dicom_key
from chassis.blobs.s3.store import s3_blobs
from chassis.messaging.ports import Event
from chassis.messaging.topics import INSTANCE_RECEIVED, TYPE_HEADER
from proto.rcdm.v1 import events_pb2 as pb
from tests.cluster.conftest import AsCalm, Write
from tests.cluster.files import Files
from tests.cluster.home import Cluster, Places
from tests.cluster.topics import append, lag
from tests.cluster.uploads import uploading, wait_until
from tests.journey.outside import Json, add_files, open_upload, settled
from tests.system import rcdm

_IMAGES = 60

pytestmark = pytest.mark.timeout(300)


def test_poison_is_buried_and_its_partition_goes_on(cluster: Cluster, write: Write, as_calm: AsCalm) -> None:
    """C9: in the middle of a study's good records; each with its reason, within its attempts, and once."""
    files = write("poison", _IMAGES)
    first, *others = files.studies
    rcdm(cluster.system, "upload", str(first), "--hospital", files.hospital)
    poison = _poison(files)
    append(cluster.places, INSTANCE_RECEIVED.name, list(poison.values()))
    with uploading(cluster.system, files, *others) as upload:
        assert upload.finished()["progress"]["failed"] == 0
    wait_until(lambda: len(_letters(cluster, files)) == len(poison), 60, "a letter for each")
    letters = _letters(cluster, files)
    assert {name: letter["reason"].partition(":")[0] for name, letter in zip(poison, letters, strict=True)} == {
        "random bytes": "BadRequest",
        "unknown type": "BadRequest",
        "missing object": "BlobMissing",
        "wrong digest": "Refused",
    }
    assert {letter["attempts"] for letter in letters} == {1}  # verdicts: to try again would change nothing
    wait_until(lambda: lag(cluster.places, INSTANCE_RECEIVED.name, "extract") == 0, 60, "a lag of 0")
    as_calm(files)


def test_a_lost_object_is_named_and_mended(cluster: Cluster, write: Write, as_calm: AsCalm) -> None:
    """C9, C10, C15: its record is buried, the audit names it; sent again and replayed, it is as if nothing had been."""
    files, extract = write("lost object", _IMAGES), cluster.server("extract-1")
    body = files.paths[0].read_bytes()
    key = dicom_key(hashlib.sha256(body).hexdigest())
    extract.stop()
    with cluster.system.client() as http:
        upload = open_upload(http, files.hospital)
        add_files(http, upload, [(path.name, path.read_bytes()) for path in files.paths])
        _remove(cluster.places, key)
        extract.start()
        counts = settled(http, upload)
        assert (counts["catalogued"], counts["failed"]) == (_IMAGES - 1, 1)
        found = rcdm(cluster.system, "audit", expect=1)["report"]["findings"]
        assert [(one["fault"], one["what"]) for one in found] == [("lost_object", key)]
        add_files(http, upload, [("again", body)])
        (letter,) = _letters(cluster, files)
        assert rcdm(cluster.system, "replay", str(letter["dead_letter_id"])) == {"replayed": 1}
        wait_until(lambda: settled(http, upload)["failed"] == 0, 60, "the last image")
    as_calm(files)


def _poison(files: Files) -> dict[str, Event]:
    """With the key of a study that is being stored, so that they stand in the way of its good records."""
    study = _study(files)
    known = hashlib.sha256(files.paths[0].read_bytes()).hexdigest()
    nothing = hashlib.sha256(b"nothing").hexdigest()
    ours = {TYPE_HEADER: INSTANCE_RECEIVED.message.DESCRIPTOR.full_name}
    return {
        "random bytes": Event(study, b"\xff" + os.urandom(64), ours),
        "unknown type": Event(study, b"", {TYPE_HEADER: "rcdm.v9.InstanceReceived"}),
        "missing object": _received(files, study, nothing, nothing),
        "wrong digest": _received(files, study, nothing, known),
    }


def _received(files: Files, study: str, sha256: str, lies_at: str) -> Event:
    instance = pb.Instance(
        hospital=files.hospital,
        study_instance_uid=study,
        series_instance_uid="1.2",
        sop_instance_uid="1.2.3",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        sha256=sha256,
        size=files.paths[0].stat().st_size,
        blob_key=dicom_key(lies_at),
    )
    return INSTANCE_RECEIVED.event(study, pb.InstanceReceived(instance=instance))


def _study(files: Files) -> str:
    return str(pydicom.dcmread(files.studies[-1] / "000.dcm", stop_before_pixels=True).StudyInstanceUID)


def _letters(cluster: Cluster, files: Files) -> list[Json]:
    """What an operator sees of the records that were keyed by a study of these files."""
    studies = {str(pydicom.dcmread(path, stop_before_pixels=True).StudyInstanceUID) for path in files.paths}
    return [one for one in rcdm(cluster.system, "replay", "--list")["items"] if one["key"] in studies]


def _remove(places: Places, key: str) -> None:
    async def remove() -> None:
        async with s3_blobs(places.blobs) as store:
            await store.delete(key)

    asyncio.run(remove())
