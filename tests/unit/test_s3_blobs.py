"""What only the blob store on S3 has to show: its address, and the answers of stores we cannot start here."""

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from obstore.exceptions import GenericError

from chassis.blobs.s3.address import s3_address
from chassis.blobs.s3.store import S3Blobs, s3_blobs
from chassis.errors import BlobMissing, SettingsError, TooLarge, Unavailable
from chassis.messaging.ports import CHUNK_BYTES

ACCESS, SECRET = "AKIACANARY", "ca/nary+secret"
BODY = bytes(range(256)) * (3 * CHUNK_BYTES // 256)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """`cut` closes the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None


def error(status: int, code: str) -> Answer:
    key = f"<AWSAccessKeyId>{ACCESS}</AWSAccessKeyId>"  # as AWS does in its refusals
    return Answer(status, f"<Error><Code>{code}</Code><Message>Said at length.</Message>{key}</Error>".encode())


class StandIn:
    """Speaks HTTP/1.1 as far as the clients need, answers as the test says, and keeps what it was asked."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self._answer = answer
        self.asked: list[Asked] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) and await self._serve(head.decode(), reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _serve(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = first.split(" ")
        self.asked.append(Asked(method, path, headers))
        answer = _prepared(self.asked[-1]) or self._answer(self.asked[-1])
        said = {"ETag": '"one"', "Last-Modified": "Mon, 23 Nov 2026 00:00:00 GMT", **answer.headers}
        length = {} if "Content-Length" in said else {"Content-Length": str(len(answer.body))}
        lines = [f"HTTP/1.1 {answer.status} Said", *(f"{name}: {value}" for name, value in (said | length).items())]
        body = b"" if method == "HEAD" else answer.body[: answer.cut]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        return answer.cut is None


def _prepared(asked: Asked) -> Answer | None:
    """A bucket as it should be."""
    if asked.path.endswith("/probe/create-only"):
        return error(412, "PreconditionFailed")
    return Answer(body=b"<VersioningConfiguration/>") if "versioning" in asked.path else None


@asynccontextmanager
async def stand_in(answer: Callable[[Asked], Answer]) -> AsyncIterator[tuple[S3Blobs, StandIn]]:
    there = StandIn(answer)
    server = await asyncio.start_server(there.handle, "127.0.0.1", 0)
    endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, s3_blobs(f"s3://{ACCESS}:ca%2Fnary%2Bsecret@bucket?endpoint={endpoint}") as store:
        there.asked.clear()
        yield store, there


def test_reads_an_address_and_never_shows_its_secret() -> None:
    address = s3_address("s3://AKIACANARY:ca%2Fnary%2Bsecret@some-bucket/site/a/?region=eu-west-1")
    assert (address.access, address.secret, address.bucket) == (ACCESS, SECRET, "some-bucket")
    assert (address.prefix, address.endpoint) == ("site/a/", "https://s3.eu-west-1.amazonaws.com")
    assert "CANARY" not in repr(address)
    assert "nary" not in repr(address)


@pytest.mark.parametrize(
    "address",
    [
        "s3://", "s3://ab", "s3://Bucket", "s3://nary:@bucket", "s3://:nary@bucket", "s3://user:na/ry@bucket",
        "s3://bucket/../nary", "s3://bucket?endpoint=minio:9000", "s3://bucket?endpoint=http://user:nary@minio:9000",
        "s3://bucket?secret=nary", "s3://bucket?ca=/nary/there", "s3://bucket/a//b", "s3://bucket?nary",
    ],
)  # fmt: skip
def test_refuses_an_address_it_cannot_use(address: str) -> None:
    with pytest.raises(SettingsError, match="RCDM_BLOBS: the address") as told:
        s3_address(address)
    assert "nary" not in str(told.value)


async def every_error(store: S3Blobs) -> list[Exception]:
    large = bytes(5 << 20)
    calls = [
        store.put("a", b""), store.put("a", b"", create_only=True), store.put("a", large),
        store.put("a", large, create_only=True), store.get("a"), store.get_range("a", 0, 1), store.size("a"),
        store.delete("a"), anext(store.list("")), anext(store.list("a")), store.check(),
    ]  # fmt: skip
    found = await asyncio.gather(*calls, return_exceptions=True)
    return [one for one in found if isinstance(one, Exception)]


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests"), (400, "RequestTimeout"),
        (403, "RequestTimeTooSkewed"), (403, "AccessDenied"), (401, "Unauthorized"), (403, "InvalidAccessKeyId"),
        (404, "NoSuchBucket"), (400, "ExpiredToken"),
    ],
)  # fmt: skip
async def test_what_is_no_verdict_on_an_object_is_unavailable(status: int, code: str) -> None:
    """C2: whoever waits for what is Unavailable loses nothing; everything else would be buried."""
    async with stand_in(lambda _: error(status, code)) as (store, _):
        found = await every_error(store)
    assert [type(one) for one in found] == [Unavailable] * 11
    for one in found:
        assert not [word for word in (ACCESS, SECRET) if word in "".join(traceback.format_exception(one))]


async def test_a_verdict_passes_as_it_is() -> None:
    async with stand_in(lambda _: error(400, "InvalidArgument")) as (store, _):
        found = await every_error(store)
    assert {type(one) for one in found} == {GenericError, RuntimeError}


async def test_only_404_of_an_object_is_missing() -> None:
    async with stand_in(lambda _: error(404, "NoSuchKey")) as (store, _):
        for call in (store.get("a"), store.get_range("a", 0, 1), store.get_range("a", 0, 0), store.size("a")):
            with pytest.raises(BlobMissing):
                await call
        await store.delete("a")


@pytest.mark.parametrize("conflicts", [2, 100])
async def test_a_create_that_meets_another_is_tried_again(conflicts: int) -> None:
    """AWS says 409 while another writes, and that may yet fail: neither created nor there."""
    answers = [*[error(409, "ConditionalRequestConflict")] * conflicts, Answer()]
    async with stand_in(lambda _: answers.pop(0)) as (store, _):
        if conflicts == 2:
            assert await store.put("a", b"", create_only=True)
        else:
            with pytest.raises(Unavailable):
                await store.put("a", b"", create_only=True)


async def test_a_large_body_is_signed_checked_and_sent_once() -> None:
    def answer(asked: Asked) -> Answer:
        return Answer() if asked.method == "PUT" else error(404, "NoSuchKey")

    async with stand_in(answer) as (store, there):
        assert await store.put("a", bytes(5 << 20), create_only=True)
    *_, put = there.asked
    assert [asked.method for asked in there.asked] == ["HEAD", "GET", "PUT"]
    assert (put.headers["if-none-match"], put.headers["content-length"]) == ("*", str(5 << 20))
    assert put.headers["content-md5"] == "XzY+DlipXwbL6bvGYsXftg=="


async def test_a_body_above_what_one_put_takes_is_refused(tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate((5 << 30) + 1)
    async with stand_in(lambda _: Answer()) as (store, there):
        with pytest.raises(TooLarge):
            await store.put("a", sparse)
    assert there.asked == []


def broken(etags: list[str]) -> Callable[[Asked], Answer]:
    """Cuts every answer after two chunks and a half."""

    def answer(asked: Asked) -> Answer:
        etag = {"ETag": etags.pop(0)}
        if "if-match" in asked.headers and asked.headers["if-match"] != etag["ETag"]:
            return error(412, "PreconditionFailed")
        if "range" not in asked.headers:
            return Answer(200, BODY, etag, cut=5 * CHUNK_BYTES // 2)
        first, last = (int(place) for place in asked.headers["range"].removeprefix("bytes=").split("-"))
        return Answer(206, BODY[first : last + 1], etag | {"Content-Range": f"bytes {first}-{last}/{len(BODY)}"})

    return answer


async def test_a_broken_read_goes_on_with_the_same_body() -> None:
    async with stand_in(broken(['"one"'] * 9)) as (store, there):
        assert b"".join([chunk async for chunk in store.stream("a")]) == BODY
    assert len(there.asked) == 2


async def test_a_broken_read_never_goes_on_with_another_body() -> None:
    async with stand_in(broken(['"one"', *['"two"'] * 9])) as (store, _):
        with pytest.raises(Unavailable):
            _ = [chunk async for chunk in store.stream("a")]


@pytest.mark.parametrize("answer", [Answer(), error(501, "NotImplemented")])
async def test_a_store_without_create_only_is_refused_at_the_start(answer: Answer) -> None:
    """A13 would be lost without a word."""

    class Old(StandIn):
        async def _serve(self, head: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
            writer.write(f'HTTP/1.1 {answer.status} Said\r\nETag: "a"\r\nContent-Length: 0\r\n\r\n'.encode())
            return True

    server = await asyncio.start_server(Old(lambda _: answer).handle, "127.0.0.1", 0)
    async with server:
        with pytest.raises(SettingsError, match="If-None-Match"):
            async with s3_blobs(f"s3://a:b@bucket?endpoint=http://127.0.0.1:{server.sockets[0].getsockname()[1]}"):
                pass
