"""A4, A5: parts are the same however a body is cut into chunks, and their number and sizes have limits."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import BadRequest, TooLarge
from chassis.settings import Settings
from services.ingest.http.body import parameters
from services.ingest.http.multipart import Cut, parts
from services.ingest.spool import open_spool

_SETTINGS = Settings(data=Path("/nowhere"), parts=3, part_bytes=5000)


async def read(body: bytes, size: int) -> list[tuple[str, bytes]]:
    """Names and bodies of the parts of a body that comes in chunks of a size."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), size):
            yield body[start : start + size]

    with tempfile.TemporaryDirectory() as folder, open_spool(Path(folder)) as spool:
        found = []
        async for part in parts(chunks(), b"edge", spool, _SETTINGS):
            found.append((part.headers.get("x", ""), part.body.read(bytes)))
            part.body.close()
        return found


def written(bodies: list[bytes]) -> bytes:
    return b"".join(b"--edge\r\nX: %d\r\n\r\n%s\r\n" % (n, body) for n, body in enumerate(bodies)) + b"--edge--\r\n"


@given(
    bodies=st.lists(
        st.binary(max_size=300) | st.sampled_from([b"\r\n--edg", b"--edge", b"\r\n", b"\r\n--"]), max_size=3
    ),
    size=st.integers(1, 400),
)
async def test_chunks_do_not_matter(bodies: list[bytes], size: int) -> None:
    assert await read(written(bodies), size) == [(str(n), body) for n, body in enumerate(bodies)]


@given(cut=st.integers(1, 100))
async def test_a_body_cut_anywhere_is_never_whole(cut: int) -> None:
    """A2."""
    whole = written([b"a" * 100, b"b" * 100])
    with pytest.raises(BadRequest):
        await read(whole[: -(cut + 2)], 64)


@pytest.mark.parametrize("bodies", [[b""] * 4, [b"x" * 5001]], ids=["parts", "bytes"])
async def test_limits_hold(bodies: list[bytes]) -> None:
    with pytest.raises(TooLarge):
        await read(written(bodies), 100)


@pytest.mark.parametrize("body", [b"no boundary at all", b"--other\r\n\r\nx", b"--edge\r\nbad header\r\n\r\nx"])
async def test_what_is_no_multipart_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest) as refused:
        await read(body, 100)
    assert not isinstance(refused.value, Cut)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('a/B; boundary="x y"; type=Z', ("a/b", {"boundary": "x y", "type": "Z"})),
        ("a/b;boundary=x", ("a/b", {"boundary": "x"})),
        (
            'form-data; name="files"; filename="a\\"b;c=d.dcm"',
            ("form-data", {"name": "files", "filename": 'a"b;c=d.dcm'}),
        ),
        ("", ("", {})),
    ],
)
def test_parameters_may_be_quoted(header: str, found: tuple[str, dict[str, str]]) -> None:
    """A3."""
    assert parameters(header) == found
