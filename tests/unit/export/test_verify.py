"""A verified archive is as it was made, to the last byte."""

import hashlib
import json
import random
import zlib
from pathlib import Path

import pytest

from chassis.errors import BadRequest
from services.export.archive.verify import Report, verify_archive
from services.export.archive.zip import Entry, directory_end, directory_record, local_header
from services.export.csv_safe import csv_line

PICTURES = {f"set-1/P-{number}/0001.png": f"picture {number}".encode() * 9 for number in range(5)}


def archive_of(pictures: dict[str, bytes], said: dict[str, bytes] = PICTURES) -> bytes:
    """An archive with these pictures and a manifest that speaks of `said`."""
    lines = [csv_line(["path", "sha256"]), *(csv_line([n, hashlib.sha256(b).hexdigest()]) for n, b in said.items())]
    manifest = "".join(lines).encode()
    own = {
        "set-1/manifest.csv": manifest,
        "set-1/dataset.json": json.dumps({"manifest_sha256": hashlib.sha256(manifest).hexdigest()}).encode(),
        "set-1/README.txt": b"read me",
    }
    body, directory = bytearray(), bytearray()
    for name, content in {**pictures, **own}.items():
        entry = Entry(name, len(content), zlib.crc32(content))
        directory += directory_record(entry, len(body))
        body += local_header(entry) + content
    return bytes(body + directory + directory_end(len(pictures) + 3, len(body), len(directory)))


def verified(folder: Path, body: bytes) -> Report:
    path = folder / "set-1.zip"
    path.write_bytes(body)
    return verify_archive(path)


def test_an_untouched_archive_is_whole(tmp_path: Path) -> None:
    report = verified(tmp_path, archive_of(PICTURES))
    assert report == Report(pictures=5)
    assert report.as_json()["ok"] is True


def test_every_flipped_byte_is_found(tmp_path: Path) -> None:
    """D9: wherever it lies, in a picture, a header, the manifest or the directory."""
    whole = archive_of(PICTURES)
    for place in random.Random(3).sample(range(len(whole)), 400):
        body = bytearray(whole)
        body[place] ^= 1 << (place % 8)
        try:
            assert not verified(tmp_path, bytes(body)).ok, place
        except BadRequest:
            continue  # so broken that it cannot be opened


def test_the_altered_picture_is_named(tmp_path: Path) -> None:
    """D9."""
    whole = bytearray(archive_of(PICTURES))
    whole[whole.index(b"picture 3") + 20] ^= 1
    assert verified(tmp_path, bytes(whole)).altered == ["set-1/P-3/0001.png"]


def test_a_picture_replaced_with_its_checksum_is_named(tmp_path: Path) -> None:
    """D9: the archive is sound in itself, only the manifest knows better."""
    forged = PICTURES | {"set-1/P-2/0001.png": b"another picture"}
    assert verified(tmp_path, archive_of(forged, PICTURES)).altered == ["set-1/P-2/0001.png"]


def test_lost_and_added_pictures_are_named(tmp_path: Path) -> None:
    """D9."""
    other = {name: body for name, body in PICTURES.items() if "P-0" not in name} | {"set-1/x.png": b"x"}
    report = verified(tmp_path, archive_of(other, PICTURES))
    assert (report.missing, report.added) == (["set-1/P-0/0001.png"], ["set-1/x.png"])
    assert "set-1/x.png" in report.sentence()


@pytest.mark.parametrize("body", [b"", b"PK", b"no archive", archive_of(PICTURES)[:-30], archive_of(PICTURES)[:200]])
def test_half_an_archive_is_none(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(BadRequest):
        verified(tmp_path, body)
