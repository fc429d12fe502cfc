"""D12: archives that lie or explode are refused before anything is unpacked; of others an odd member is told."""

import bz2
import gzip
import lzma
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from chassis.settings import Settings
from services.ingest.outcomes import ReasonCode
from services.ingest.spool import Spool, SpooledFile, open_spool
from services.ingest.zip_archives import Member, Unsafe, is_archive, members

MiB = 1 << 20


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path) as opened:
        yield opened


def spooled(spool: Spool, body: bytes) -> SpooledFile:
    file = spool.file()
    file.append(body)
    file.finish()
    return file


def archive_of(fill: Callable[[zipfile.ZipFile], object]) -> bytes:
    body = BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        fill(archive)
    return body.getvalue()


def named(name: str, content: bytes = b"content") -> bytes:
    return holding({name: content})


def holding(contents: dict[str, bytes]) -> bytes:
    def fill(archive: zipfile.ZipFile) -> None:
        for name, content in contents.items():
            archive.writestr(name, content)

    return archive_of(fill)


def unpack(spool: Spool, body: bytes, **limits: int) -> list[Member]:
    settings = Settings(data=spool.folder, **limits)  # type: ignore[arg-type]
    return list(members(spooled(spool, body), spool, settings))


def link() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def encrypted(body: bytes) -> bytes:
    """The first member says so."""
    marked = bytearray(body)
    marked[6] |= 1
    marked[body.index(b"PK\1\2") + 8] |= 1
    return bytes(marked)


def overlapping() -> bytes:
    """The second entry of the directory points at the first one's bytes."""
    body = bytearray(holding({"a": b"content", "b": b"content"}))
    second = body.index(b"PK\1\2", body.index(b"PK\1\2") + 1)
    body[second + 42 : second + 46] = struct.pack("<L", 0)
    return bytes(body)


def many(count: int) -> bytes:
    return holding({str(number): b"" for number in range(count)})


def beside(odd: str | zipfile.ZipInfo, content: bytes = b"content", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An odd member, and good ones around it."""

    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("first", b"1")
        archive.writestr(odd, content, method)
        archive.writestr("last", b"2")

    return archive_of(fill)


_ODD = {
    "name that leads out": beside("../a"),
    "name that leads out below": beside("a/../../b"),
    "name that leads out in Windows": beside("..\\a"),
    "long name": beside("x" * 600),
    "link": beside(link(), b"/etc/passwd"),
    "bzip2": beside("a", method=zipfile.ZIP_BZIP2),
    "lzma": beside("a", method=zipfile.ZIP_LZMA),
    "archive": beside("report.zip", named("a")),
    "archive by another name": beside("image.dcm", named("a")),
    "empty archive": beside("empty.zip", archive_of(lambda archive: None)),
    "gzip": beside("image.dcm.gz", gzip.compress(b"content")),
    "bzip2 file": beside("a.bz2", bz2.compress(b"content")),
    "xz file": beside("a.xz", lzma.compress(b"content")),
}


@pytest.mark.parametrize("body", _ODD.values(), ids=list(_ODD))
def test_an_odd_member_is_told_and_the_others_are_taken(spool: Spool, body: bytes) -> None:
    first, odd, last = unpack(spool, body)
    assert [member.body.read(bytes) for member in (first, last) if member.body] == [b"1", b"2"]
    assert odd.body is None
    assert odd.reason is not None
    assert odd.reason.code is ReasonCode.ARCHIVE_UNSAFE
    assert len(odd.name) <= 512


def test_an_encrypted_member_is_told_and_the_others_are_taken(spool: Spool) -> None:
    odd, other = unpack(spool, encrypted(holding({"a": b"1", "b": b"2"})))
    assert odd.reason is not None
    assert "encrypted" in odd.reason.detail
    assert other.body is not None


@pytest.mark.parametrize("name", ["/a/b", "C:\\a\\b", "C:/a/b", "//server/a/b", "\\a\\b", "c:a/b"])
def test_a_name_from_a_root_only_names(spool: Spool, name: str) -> None:
    (member,) = unpack(spool, named(name))
    assert member.body is not None
    assert member.name.replace("\\", "/").removeprefix("server/") == "a/b"


@pytest.mark.parametrize("name", ["__MACOSX/._a.zip", "a.gz", "a.tar", "scan.7z"])
def test_a_name_says_nothing_of_what_a_member_is(spool: Spool, name: str) -> None:
    """A resource fork is no archive, and whether it is an image is seen later."""
    (member,) = unpack(spool, named(name, b"\0\5\x16\7" + bytes(80)))
    assert member.reason is None


@pytest.mark.parametrize(
    "body",
    [
        overlapping(),
        many(21),
        many(2000),
        named("bomb", bytes(70 * MiB)),
        named("a")[:-5],
        b"PK\3\4" + b"x" * 100,
        b"PK\3\4",
    ],
    ids=lambda body: None,
)
def test_an_unsafe_archive_is_refused_before_unpacking(spool: Spool, body: bytes) -> None:
    with pytest.raises(Unsafe) as refused:
        unpack(spool, body, parts=20)
    assert refused.value.reason.code is ReasonCode.ARCHIVE_UNSAFE


def test_what_it_unpacks_to_is_limited_by_the_largest_request(spool: Spool) -> None:
    with pytest.raises(Unsafe, match="unpacks to"):
        unpack(spool, named("a", bytes(MiB)), request_bytes=1000)


def test_an_archive_without_files_is_empty(spool: Spool) -> None:
    with pytest.raises(Unsafe) as refused:
        unpack(spool, named("folder/", b""))
    assert refused.value.reason.code is ReasonCode.EMPTY


def test_members_come_in_order_with_their_bytes(spool: Spool) -> None:
    body = holding({f"x/{n}": bytes([n]) * 3 * MiB for n in (2, 1)})
    found = unpack(spool, body)
    assert [member.name for member in found] == ["x/2", "x/1"]
    assert [member.body.read(lambda b: (len(b), b[0])) for member in found if member.body] == [
        (3 * MiB, 2),
        (3 * MiB, 1),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_korean_names_are_read_though_nothing_says_their_encoding(spool: Spool, encoding: str) -> None:
    body = named("AAAA").replace(b"AAAA", "뇌".encode(encoding).ljust(4, b"_"))
    assert unpack(spool, body)[0].name.rstrip("_") == "뇌"


def test_a_member_beyond_one_files_limit_is_refused_by_itself(spool: Spool) -> None:
    body = holding({"a": bytes(9), "b": bytes(11)})
    assert [m.reason.code if m.reason else None for m in unpack(spool, body, part_bytes=10)] == [
        None,
        ReasonCode.TOO_LARGE,
    ]


@pytest.mark.parametrize("place", [14, 22], ids=["checksum", "size"])
def test_a_member_that_is_not_what_the_directory_says_is_refused_by_itself(spool: Spool, place: int) -> None:
    body = bytearray(named("a", b"content"))
    directory = body.index(b"PK\1\2") + place + 2
    body[directory] ^= 1
    reasons = [member.reason.code if member.reason else None for member in unpack(spool, bytes(body))]
    assert reasons == [ReasonCode.ARCHIVE_UNSAFE]


def test_a_dicom_file_with_an_archive_in_its_preamble_is_no_archive(spool: Spool) -> None:
    """B1."""
    assert not is_archive(spooled(spool, b"PK\3\4" + bytes(124) + b"DICM"))
    assert is_archive(spooled(spool, named("a")))


def test_refused_archives_leave_no_file(spool: Spool) -> None:
    unpack(spool, named("image.dcm", named("a", bytes(5 * MiB))))
    assert [path.name for path in spool.folder.iterdir()] == ["lock"]
