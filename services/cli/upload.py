"""`rcdm upload`: folders, zips and files to a server, with progress, resumable by sending again."""

import sys
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.client.http import checked, client, exit_one_on_failure, patiently
from services.cli.client.output import AsJson, print_json, say, screen
from services.cli.client.send import Fields, find_files, send

REFUSED = 3


def add_to(app: typer.Typer) -> None:
    app.command("upload")(upload)


def upload(
    paths: Annotated[list[Path], typer.Argument(help="Files, zips and folders (searched through).")],
    hospital: Annotated[str | None, typer.Option(help="Hospital the images come from.")] = None,
    diagnosis: Annotated[str | None, typer.Option(help="Diagnosis in words, for all files.")] = None,
    diagnosis_code: Annotated[str | None, typer.Option(help="Diagnosis code, such as I10.")] = None,
    vocabulary: Annotated[str | None, typer.Option(help="Vocabulary of the code, such as KCD7.")] = None,
    assign_uids: Annotated[
        bool, typer.Option("--assign-uids", help="Take files without usable UIDs under UIDs made for them.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait until every stored image can be searched.")] = True,
    as_json: AsJson = False,
) -> None:
    """Send DICOM files. What the server has is not sent again, so a stopped upload is finished by the same command.

    Exits 0 when every file was stored or already there, 3 when some were refused, 1 otherwise.
    """
    with exit_one_on_failure():
        result = _send_all(paths, Fields(hospital, diagnosis, diagnosis_code, vocabulary, assign_uids), wait)
    print_json(result) if as_json else _tell(result)
    sys.exit(REFUSED if result["refused"] else 0)


def _send_all(paths: list[Path], fields: Fields, wait: bool) -> dict[str, Any]:
    files = list(find_files(paths))
    columns = (TextColumn("sending"), BarColumn(), MofNCompleteColumn(), DownloadColumn(), TimeRemainingColumn())
    with client() as http, Progress(*columns, console=screen, transient=True) as bar:
        sent = bar.add_task("bytes", total=sum(file.size for file in files))
        result = send(http, files, fields, lambda _, size: bar.advance(sent, size))
        if wait:
            bar.update(sent, visible=False)
            result["progress"] = wait_until_done(http, str(result["upload_id"]), bar)
    return result


def wait_until_done(http: httpx.Client, upload_id: str, bar: Progress) -> dict[str, Any]:
    """The upload's counts once nothing is pending."""
    task = bar.add_task("cataloguing", total=None)
    pause = 0.1
    while True:
        counts: dict[str, Any] = checked(patiently(lambda: http.get(f"/api/v1/uploads/{upload_id}")))
        settled = counts["catalogued"] + counts["failed"]
        bar.update(task, total=settled + counts["pending"], completed=settled)
        if counts["done"]:
            return counts
        time.sleep(pause)
        pause = min(pause * 1.5, 1.0)


def _tell(result: dict[str, Any]) -> None:
    say(
        f"{result['received']} files: {result['stored']} stored, {result['duplicate']} already there, "
        f"{result['refused']} refused  (upload {result['upload_id']})"
    )
    progress = result.get("progress")
    if progress and result["stored"]:
        settled = "{catalogued} searchable, {no_picture} without a picture, {failed} failed"
        say(settled.format(**progress))
    refused = [item for item in result["items"] if item["outcome"] == "refused"]
    for reason, count in Counter(item["reason"]["code"] for item in refused).most_common():
        first = next(item for item in refused if item["reason"]["code"] == reason)
        say(f"  {count:5} {reason}  e.g. {first['name']}: {first['reason']['detail']}")
