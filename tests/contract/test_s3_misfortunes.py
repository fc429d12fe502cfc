"""The store on S3 when its server is stopped, killed, frozen or cut off: C2, at the adapter."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from chassis.blobs.s3.store import S3Blobs, s3_blobs
from chassis.errors import Unavailable
from deploy.laptop.minio import minio
from deploy.laptop.server import Server
from tests.relay import Relay, relay_to
from tests.waiting import until

MiB = 1 << 20
LARGE = 32 * MiB
BODY = bytes(range(256)) * (LARGE // 256)
SOON_SECONDS = 15

Calls = dict[str, Callable[[], Awaitable[object]]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """Of this test alone."""
    server = minio(tmp_path / "minio")
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.kill)


@pytest.fixture
async def store(server: Server) -> AsyncIterator[S3Blobs]:
    async with s3_blobs(server.address) as store:
        await store.put("kept", b"kept")
        yield store


@pytest.fixture
def large(tmp_path: Path) -> Path:
    source = tmp_path / "large"
    source.write_bytes(BODY)
    return source


def calls(store: S3Blobs, large: Path) -> Calls:
    async def listing() -> list[str]:
        return [blob.key async for blob in store.list("")]

    async def streaming() -> list[bytes]:
        return [chunk async for chunk in store.stream("kept")]

    return {
        "put": lambda: store.put("new/small", b"small"),
        "create": lambda: store.put("new/created", b"small", create_only=True),
        "put large": lambda: store.put("new/large", large),
        "create large": lambda: store.put("new/large-created", large, create_only=True),
        "get": lambda: store.get("kept"),
        "stream": streaming,
        "size": lambda: store.size("kept"),
        "list": listing,
        "delete": lambda: store.delete("nothing"),
        "check": store.check,
    }


async def refusals(some: Calls) -> dict[str, tuple[str, bool]]:
    """Of each call what it raised, and whether that was soon; all at once."""

    async def refusal(call: Callable[[], Awaitable[object]]) -> tuple[str, bool]:
        begun = time.monotonic()
        try:
            await call()
        except Exception as error:
            return type(error).__name__, time.monotonic() - begun < SOON_SECONDS
        return "nothing", False

    return dict(zip(some, await asyncio.gather(*map(refusal, some.values())), strict=True))


def through(relay: Relay, server: Server) -> str:
    return server.address.replace(f":{server.port}", f":{relay.port}")


async def sizes(store: S3Blobs) -> dict[str, int]:
    return {blob.key: blob.size async for blob in store.list("")}


async def test_a_stopped_server_is_soon_unavailable_and_found_again(
    server: Server, store: S3Blobs, large: Path
) -> None:
    """C2: no call waits long, nothing is half stored, and no restart of ours is needed."""
    await asyncio.to_thread(server.stop)
    assert set((await refusals(calls(store, large))).values()) == {("Unavailable", True)}
    with pytest.raises(Unavailable):
        async with s3_blobs(server.address):
            pass
    await asyncio.to_thread(server.start)
    assert await sizes(store) == {"kept": 4}
    for call in calls(store, large).values():
        await call()
    assert await sizes(store) == {
        "kept": 4, "new/small": 5, "new/created": 5, "new/large": LARGE, "new/large-created": LARGE,
    }  # fmt: skip


async def test_a_frozen_server_is_soon_unavailable_and_found_again(server: Server, store: S3Blobs, large: Path) -> None:
    """C2: connections stay open and nobody answers. What it finishes when it thaws is whole."""
    server.pause()
    assert set((await refusals(calls(store, large))).values()) == {("Unavailable", True)}
    server.resume()
    await store.check()
    assert await store.get("kept") == b"kept"
    await store.put("new/large", large)
    assert (await sizes(store)).items() <= {
        "kept": 4, "new/small": 5, "new/created": 5, "new/large": LARGE, "new/large-created": LARGE,
    }.items()  # fmt: skip


async def test_what_was_put_before_a_crash_is_there_and_whole(server: Server, store: S3Blobs, large: Path) -> None:
    """C2, C1: the server is killed while sixteen files come in."""

    async def put(number: int) -> int | None:
        try:
            await store.put(f"many/{number}", large, create_only=number % 2 == 0)
        except Unavailable:
            return None
        return number

    puts = [asyncio.create_task(put(number)) for number in range(16)]
    await asyncio.wait(puts, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(server.kill)
    done = {f"many/{number}" for number in await asyncio.gather(*puts) if number is not None}
    await asyncio.to_thread(server.start)
    found = await sizes(store)
    assert done <= found.keys() - {"kept"}
    assert {found[key] for key in found.keys() - {"kept"}} <= {LARGE}
    for key in done:
        assert await store.get(key) == BODY


@pytest.mark.parametrize("create_only", [False, True])
async def test_a_put_cut_in_the_middle_leaves_nothing(server: Server, large: Path, create_only: bool) -> None:
    """C2: connection reset mid-PUT. The same put succeeds on the next connection."""
    async with relay_to(server.port) as relay, s3_blobs(through(relay, server)) as store:
        relay.up = LARGE // 2
        with pytest.raises(Unavailable):
            await store.put("large", large, create_only=create_only)
        assert relay.cuts == 1
        assert await sizes(store) == {}
        assert await store.put("large", large, create_only=create_only)
        assert await store.get("large") == BODY


@pytest.mark.parametrize("create_only", [False, True])
async def test_a_put_that_gets_stuck_is_soon_unavailable(server: Server, large: Path, create_only: bool) -> None:
    """C2: in the middle of a body the network swallows everything."""
    async with relay_to(server.port) as relay, s3_blobs(through(relay, server)) as store:
        relay.falls_silent, relay.up = True, LARGE // 2
        put: Calls = {"put": lambda: store.put("large", large, create_only=create_only)}
        assert await refusals(put) == {"put": ("Unavailable", True)}
        assert await sizes(store) == {}


async def test_a_get_cut_in_the_middle_goes_on_where_it_was(server: Server, large: Path) -> None:
    """C2: nobody notices, and every byte comes once."""
    async with relay_to(server.port) as relay, s3_blobs(through(relay, server)) as store:
        await store.put("large", large)
        for first in (0, 5 * MiB):
            relay.down = LARGE // 2
            body = b"".join([chunk async for chunk in store.stream("large", first)])
            assert body == BODY[first:]
        assert relay.cuts == 2


async def test_wrong_credentials_are_told_and_never_shown(server: Server) -> None:
    with pytest.raises(Unavailable, match=r"refuses us \(SignatureDoesNotMatch\)") as told:
        async with s3_blobs(server.address.replace("@", "canary@")):
            pass
    assert "canary" not in repr(told.value) + repr(told.value.__context__)


async def test_a_bucket_that_goes_is_no_missing_object(server: Server, store: S3Blobs, large: Path) -> None:
    """A reader that took it for BlobMissing would bury every record."""
    store._client.admin.remove_object(bucket_name="rcdm", object_name="objects/kept")
    for name in ("written", "create-only"):
        store._client.admin.remove_object(bucket_name="rcdm", object_name=f"probe/{name}")
    store._client.admin.remove_bucket(bucket_name="rcdm")
    assert {error for error, _ in (await refusals(calls(store, large))).values()} == {"Unavailable"}


async def test_a_private_authority_is_believed_when_it_is_named(tmp_path: Path, large: Path) -> None:
    server = minio(tmp_path / "minio")
    await asyncio.to_thread(self_signed, server.folder / "certs")
    address = server.address.replace("=http:", "=https:")

    async def is_known() -> bool:
        with suppress(Unavailable):
            async with s3_blobs(f"{address}&ca={server.folder / 'certs/public.crt'}") as store:
                return await store.put("large", large) and await store.get("large") == BODY
        return False

    await asyncio.to_thread(server.launch)
    try:
        await until(is_known, 30, "MinIO's answer over TLS")
        with pytest.raises(Unavailable):
            async with s3_blobs(address):
                pass
    finally:
        await asyncio.to_thread(server.kill)


def self_signed(folder: Path) -> None:
    """A key and a certificate of this machine which nobody knows, as MinIO wants them named."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True)
    (folder / "public.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "private.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
