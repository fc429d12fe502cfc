"""The stored ZIP byte for byte, where it is small and where 32 bits are not enough."""

import io
import zipfile
import zlib
from pathlib import Path

import pytest

from services.export.archive.zip import Entry, directory_end, directory_record, local_header

GiB = 1 << 30


def written(bodies: dict[str, bytes]) -> bytes:
    """A whole archive of small bodies."""
    archive, directory = bytearray(), bytearray()
    for name, body in bodies.items():
        entry = Entry(name, len(body), zlib.crc32(body))
        directory += directory_record(entry, len(archive))
        archive += local_header(entry) + body
    return bytes(archive + directory + directory_end(len(bodies), len(archive), len(directory)))


def test_python_reads_what_was_written() -> None:
    """D7."""
    with zipfile.ZipFile(io.BytesIO(written({"a/1.png": b"one", "a/간.txt": b"", "b": b"x" * 1000}))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a/1.png", "a/간.txt", "b"]
        info = archive.infolist()[0]
    assert (info.date_time, info.compress_type, info.external_attr >> 16) == ((1980, 1, 1, 0, 0, 0), 0, 0o100644)


def test_more_files_than_sixteen_bits_count_need_zip64() -> None:
    """D7: 65,535 is the first number that no longer fits."""
    for count in (65_534, 65_535, 70_000):
        body = written({f"{number:06d}": b"" for number in range(count)})
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            assert len(archive.infolist()) == count
        assert (b"PK\6\6" in body) is (count >= 65_535)


def test_files_behind_four_gibibytes_are_found(tmp_path: Path) -> None:
    """D7: offsets beyond 32 bits stand in the extra field; the file has holes, so that nothing large is written."""
    path, directory, offset = tmp_path / "large.zip", bytearray(), 0
    with path.open("wb") as file:
        for name, size, body in (("huge", 5 * GiB, b""), ("behind", 4, b"four"), ("last", 3, b"one")):
            entry = Entry(name, size, zlib.crc32(body))
            file.seek(offset)
            file.write(local_header(entry) + body)
            directory += directory_record(entry, offset)
            offset += len(local_header(entry)) + size
        file.seek(offset)
        file.write(directory + directory_end(3, offset, len(directory)))
    with zipfile.ZipFile(path) as archive:
        assert (archive.infolist()[0].filename, archive.infolist()[0].file_size) == ("huge", 5 * GiB)
        assert (archive.read("behind"), archive.read("last")) == (b"four", b"one")


@pytest.mark.parametrize(
    ("size", "offset", "extra"), [(1, 1, 0), (1, 0xFFFFFFFF, 12), (0xFFFFFFFF, 1, 20), (5 * GiB, 5 * GiB, 28)]
)
def test_a_directory_record_is_only_as_long_as_it_must_be(size: int, offset: int, extra: int) -> None:
    assert len(directory_record(Entry("name", size, 0), offset)) == 46 + 4 + extra


def test_a_million_members_are_laid_out_by_sums_alone() -> None:
    """D7: the end record speaks of what no 32-bit field could hold."""
    end = directory_end(1_000_000, 300 * GiB, 120_000_000)
    assert len(end) == 56 + 20 + 22
    assert end[-22:-14] == b"PK\5\6\0\0\0\0"
