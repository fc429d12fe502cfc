"""A first look without own data: pydicom's bundled sample studies, loaded over HTTP like anybody's files."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pydicom
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from imaging.dicom.part10 import Refusal, read_header
from services.cli.client.http import checked, client
from services.cli.client.output import say, screen
from services.cli.client.send import Fields, LocalFile, find_files, send
from services.cli.upload import wait_until_done

HOSPITAL = "SAMPLE"


async def load_samples(address: str, key: str) -> None:
    """Only into an empty system; ends with a short account on standard output."""
    await asyncio.to_thread(_load, address, key)


def sample_files() -> Path:
    """The folder of real DICOM files inside the installed pydicom package."""
    return Path(pydicom.__file__).parent / "data" / "test_files"


def _load(address: str, key: str) -> None:
    started = time.monotonic()
    with client(address, key) as http:
        if checked(http.get("/api/v1/uploads", params={"limit": 1}))["total"]:
            return
        say("The system is empty: loading pydicom's sample studies (SAMPLES=0 leaves it empty).")
        files = _whole_objects(find_files([sample_files()]))
        with Progress(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), console=screen) as bar:
            task = bar.add_task("sending", total=len(files))
            sent = send(http, files, Fields(hospital=HOSPITAL), lambda count, _: bar.advance(task, count))
            wait_until_done(http, sent["upload_id"], bar)
        _account(sent, checked(http.get("/api/v1/statistics")), time.monotonic() - started, address)


def _whole_objects(files: Iterable[LocalFile]) -> list[LocalFile]:
    """The first file of each object. The others are broken on purpose, or the same image in another encoding."""
    found: dict[str, LocalFile] = {}
    for file in files:
        with suppress(Refusal):
            found.setdefault(read_header(file.path.read_bytes()).sop_instance_uid, file)
    return list(found.values())


def _account(sent: dict[str, Any], statistics: dict[str, Any], seconds: float, address: str) -> None:
    say(
        f"Loaded {sent['stored']} files in {seconds:.0f} s: {statistics['pictures']} pictures, "
        f"{statistics['occurrences']} occurrences."
    )
    for name in ("phase", "plane"):
        say(f"  {name}s: " + ", ".join(f"{entry['value']} {entry['count']}" for entry in statistics[name]))
    say(f"Open {address}  ·  API docs at {address}/api/docs")
    say("Next, in another terminal:")
    say("  .venv/bin/rcdm upload FOLDER --hospital NAME")
    say("  .venv/bin/rcdm dataset create first --mode plane && .venv/bin/rcdm dataset download first")
