"""What ingest stands on goes away and comes back; processes die; nothing is lost and nothing is left."""

import asyncio
import hashlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from chassis.db.database import open_database
from chassis.db.migrate import migrate
from chassis.ids import uuid7
from imaging.dicom.part10 import Header
from services.ingest.ledger import Entry, Upload, insert_instances, insert_upload
from services.ingest.pending_blobs import Pending, sweep_for_ever
from services.ingest.service import service
from tests.addresses import empty_database
from tests.caller import HEADERS, KEY, LINES
from tests.journey.database_wire import DatabaseWire, database_wire
from tests.journey.ingest_door import Door, open_door, related
from tests.makers import ct_bytes
from tests.system import free_port
from tests.waiting import until


async def test_a_blob_store_that_is_away_is_503_and_leaves_nothing(door: Door) -> None:
    """C2: the same request is taken when it is back, without a restart."""
    body = ct_bytes()
    door.store.away = True
    away = await door.stow(body)
    assert (away.status_code, away.headers["retry-after"].isdigit()) == (503, True)
    assert (await door.stored(), await door.value("SELECT count(*) FROM ingest.upload_file")) == (0, 0)
    assert await door.is_clean()
    door.store.away = False
    assert (await door.stow(body)).status_code == 200


async def test_sending_a_lost_object_again_brings_it_back(door: Door) -> None:
    """C15: what an audit names as lost is mended by whoever still has the file."""
    body = ct_bytes()
    await door.upload(body)
    key = (await door.blobs())[0]
    await door.home.blobs.delete(key)
    assert (await door.upload(body)).json()["duplicate"] == 1
    assert await door.home.blobs.get(key) == body


async def test_a_store_that_fails_in_the_middle_leaves_no_blob_of_that_batch(door: Door) -> None:
    """C2: the files of a batch are visible together or not at all."""
    door.store.fails_after = 3
    assert (await door.stow(*(ct_bytes() for _ in range(8)))).status_code == 503
    assert (await door.stored(), await door.blobs()) == (0, [])
    assert await door.is_clean()


async def test_a_database_that_is_away_is_503_and_the_next_try_succeeds(postgres_server: str, tmp_path: Path) -> None:
    """C3: nothing half visible, one row in the end."""
    body = ct_bytes()
    async with _wired_door(postgres_server, tmp_path) as (wire, door):
        wire.cut()
        away = await door.upload(body)
        wire.mend()
        again = await door.upload(body)
        assert (away.status_code, again.status_code, await door.stored()) == (503, 201, 1)
        assert await door.is_clean()


async def test_a_commit_whose_answer_is_lost_is_503_and_once_again_200(postgres_server: str, tmp_path: Path) -> None:
    """C3: the connection is cut after COMMIT was sent; the row is there, and stays the only one."""
    body = ct_bytes()
    async with _wired_door(postgres_server, tmp_path) as (wire, door):
        wire.cut_after_commit = True
        lost = await door.stow(body)
        wire.mend()
        again = await door.stow(body)
        assert (lost.status_code, again.status_code, await door.stored(), await door.events()) == (503, 200, 1, 1)
        assert await door.home.blobs.get((await door.blobs())[0]) == body


@asynccontextmanager
async def _wired_door(server: str, folder: Path) -> AsyncIterator[tuple[DatabaseWire, Door]]:
    with tempfile.TemporaryDirectory() as short:  # a socket's path has few characters
        async with database_wire(server, Path(short)) as wire, open_door(server, folder, wire) as door:
            yield wire, door


async def test_the_primary_key_alone_keeps_two_writers_to_one_row(door: Door) -> None:
    """C17: sixteen writers straight at the table, without any look before."""
    header = Header("1.2", "1.2.3.4", "1.2.3", "1.2.3.1", "1.2.840.10008.1.2.1", (), True)
    digests = [hashlib.sha256(bytes([number % 2])).hexdigest() for number in range(16)]

    async def write(digest: str) -> int:
        upload = Upload(uuid7(), "A")
        async with door.home.database.pool.acquire() as connection, connection.transaction():
            await insert_upload(connection, upload)
            now = await connection.fetchval("SELECT now()")
            new, kept = await insert_instances(connection, upload, now, [Entry(header, digest, 1, "key")])
            assert kept.keys() == {"1.2.3.4"}
            return len(new)

    assert sum(await asyncio.gather(*map(write, digests))) == 1
    assert await door.stored() == 1


async def test_a_request_that_was_held_for_dead_records_nothing(door: Door) -> None:
    """A sweep may remove the bytes of a process that lost the database; its transaction then fails instead."""
    sleeper = Pending(door.home.database, door.home.blobs)
    async with sleeper.batch() as batch:
        await sleeper.note(batch, ["0" * 64])
        assert await Pending(door.home.database, door.home.blobs).sweep() == 1
        async with door.home.database.pool.acquire() as connection:
            with pytest.raises(Exception, match="not recorded in time"):
                await sleeper.forget(connection, batch, ["0" * 64])


async def test_a_sweep_spares_who_lives_and_what_a_row_speaks_of(door: Door) -> None:
    body = ct_bytes()
    await door.upload(body)
    pending = Pending(door.home.database, door.home.blobs)
    alive = asyncio.create_task(sweep_for_ever(door.home.database.dsn, pending, 0.01))
    async with pending.batch() as batch:
        await pending.note(batch, ["1" * 64])
        await until(lambda: _is_locked(door, pending.owner))
        dead = Pending(door.home.database, door.home.blobs)
        await dead.note(7, [hashlib.sha256(body).hexdigest()])
        await Pending(door.home.database, door.home.blobs).sweep()  # it or the one that runs settles the dead note

        async def is_settled() -> bool:
            return bool(await door.value("SELECT array_agg(owner) = $1 FROM ingest.pending_blob", [pending.owner]))

        await until(is_settled, what="the dead note settled")
    alive.cancel()
    assert len(await door.blobs()) == 1


async def _is_locked(door: Door, owner: int) -> bool:
    key = "classid::bigint << 32 | objid::bigint = $1"
    return bool(await door.value(f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND {key}", owner))


async def test_a_killed_process_loses_no_answer_and_leaves_no_orphan(postgres_server: str, tmp_path: Path) -> None:
    """C1: kill -9 while a body comes in, its first files durable and not recorded; then a new start."""
    async with empty_database(postgres_server) as dsn, open_database(dsn) as database:
        await migrate(database, [service])
        sent = ct_bytes()
        async with _process(dsn, tmp_path) as (process, port):
            assert (await _post(port, [sent])).status_code == 200
            writer = await _send_without_end(port)
            await until(lambda: len(_blob_files(tmp_path)) > 64, what="blobs on their way")
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()
            writer.close()
        assert await database.pool.fetchval("SELECT count(*) FROM ingest.pending_blob") == 64
        async with _process(dsn, tmp_path):
            expected = [hashlib.sha256(sent).hexdigest()]
            await until(lambda: _blob_files(tmp_path) == expected, what="only recorded blobs")
        assert await database.pool.fetchval("SELECT count(*) FROM ingest.instance") == 1
        assert not list((tmp_path / "spool").glob("*"))


@asynccontextmanager
async def _process(dsn: str, data: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    port = free_port()
    said = {"RCDM_DATABASE": dsn, "RCDM_DATA": str(data), "RCDM_LISTEN": f"127.0.0.1:{port}",
            "RCDM_SITE_KEY": "a site's secret", "RCDM_ADMIN_KEY": KEY}  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services", "serve", "ingest", env={**os.environ, **said}
    )
    try:
        await until(lambda: _answers(port), seconds=30, what="a ready process")
        yield process, port
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


async def _answers(port: int) -> bool:
    async with httpx.AsyncClient() as http:
        try:
            return (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
        except httpx.TransportError:
            return False


async def _post(port: int, bodies: list[bytes]) -> httpx.Response:
    content, kind = related(bodies)
    async with httpx.AsyncClient() as http:
        address = f"http://127.0.0.1:{port}/dicom-web/studies"
        return await http.post(address, content=content, headers={"content-type": kind, **HEADERS})


async def _send_without_end(port: int) -> asyncio.StreamWriter:
    """Files of a form whose end does not come: their rows wait for fields that might."""
    head = b'--edge\r\nContent-Disposition: form-data; name="files"; filename="x"\r\n\r\n'
    content = b"".join(head + ct_bytes() + b"\r\n" for _ in range(70))
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    line = b"POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=edge\r\n"
    line += "".join(f"{said}\r\n" for said in LINES).encode()
    writer.write(line + b"Content-Length: %d\r\n\r\n" % (len(content) + 1000) + content)
    await writer.drain()
    return writer


def _blob_files(data: Path) -> list[str]:
    return [path.name for path in (data / "blobs").rglob("dicom/*/*") if path.is_file()]
