"""`rcdm dataset download`: several pieces at once, killed, cut off and gone on with; the archive is the same."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.export.archive.verify import verify_archive
from tests.caller import KEY
from tests.journey.export_house import House, open_house
from tests.relay import relay_to
from tests.waiting import until

_MIB = 1 << 20
_PIECE = 8 * _MIB


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A data set of five pieces."""
    async with open_house(postgres_server, tmp_path_factory.mktemp("download")) as opened:
        occurrence = await opened.occurrence("LARGE", "patient", "1.2.88")
        for number in range(36):
            await opened.image(occurrence, f"1.2.88.{number}", side=1024)
        await opened.build("large", "LARGE")
        yield opened


async def started(port: int, target: Path, *options: str) -> Process:
    environment = {**os.environ, "RCDM_SERVER": f"http://127.0.0.1:{port}", "RCDM_KEY": KEY}
    command = [sys.executable, "-m", "services", "dataset", "download", "large", "-o", str(target), *options]
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=DEVNULL, stderr=PIPE)


async def ended(process: Process) -> None:
    _, error = await process.communicate()
    assert process.returncode == 0, error.decode()


def pieces(target: Path) -> int:
    """How many are noted to be there."""
    (journal, *_) = [*target.parent.glob("*.pieces"), None]
    return journal.read_text().count("\n") - 1 if journal else 0


async def whole(house: House) -> bytes:
    return (await house.http.get("/api/v1/datasets/large/versions/latest/archive")).content


async def test_a_killed_download_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    """D10: kill -9 after some pieces; the same command fetches the others only, and all of it is verified."""
    expected, target = await whole(house), tmp_path / "a.zip"
    async with relay_to(house.port) as relay:
        relay.down, relay.falls_silent = 3 * _PIECE + _PIECE // 2, True
        process = await started(relay.port, target, "--connections", "1")
        await until(lambda: pieces(target) == 3, what="three pieces")
        process.send_signal(signal.SIGKILL)
        await process.communicate()
        assert not target.exists()
        carried = relay.carried
        await ended(await started(relay.port, target, "--connections", "1"))
        assert relay.carried - carried < len(expected) - 3 * _PIECE + _MIB
    assert target.read_bytes() == expected
    assert verify_archive(target).ok
    assert os.listdir(tmp_path) == ["a.zip"]


async def test_a_connection_that_breaks_is_taken_up_again(house: House, tmp_path: Path) -> None:
    async with relay_to(house.port) as relay:
        relay.down = _PIECE + _MIB
        await ended(await started(relay.port, tmp_path / "b.zip"))
        assert relay.cuts == 1
    assert (tmp_path / "b.zip").read_bytes() == await whole(house)


@pytest.mark.parametrize("left", ["", "other 8388608\n0\n1\n", "{size} 8388608\n0\n1"])
async def test_what_an_earlier_try_left_is_used_only_if_it_fits(house: House, tmp_path: Path, left: str) -> None:
    """A note without its end, or of another archive, is none."""
    expected = await whole(house)
    version = (await house.http.get("/api/v1/datasets/large")).json()["latest"]
    part = tmp_path / f"c.zip.{version}.part"
    part.write_bytes(expected[:_PIECE] if "size" in left else b"rubbish" * 100)
    part.with_name(f"{part.name}.pieces").write_text(left.format(size=len(expected)))
    await ended(await started(house.port, tmp_path / "c.zip"))
    assert (tmp_path / "c.zip").read_bytes() == expected
