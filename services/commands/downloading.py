"""Fetch an archive into a file, going on where an earlier try stopped."""

from pathlib import Path

import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

from services.commands.client import Failed, checked
from services.commands.output import screen

_CHUNK = 1 << 20


def download_archive(http: httpx.Client, name: str, version: str, output: Path | None) -> Path:
    """The path written. A part lies beside it as NAME.part until it is whole. Raises Failed."""
    version = checked(http.get(f"/api/v1/datasets/{name}/versions/{version}"))["version"]
    target = output or Path(f"{name}-{version}.zip")
    if target.is_dir():
        target = target / f"{name}-{version}.zip"
    part = target.with_name(f"{target.name}.{version}.part")
    address = f"/api/v1/datasets/{name}/versions/{version}/archive"
    for _ in range(5):
        try:
            if _fetch(http, address, part):
                part.replace(target)
                return target
        except httpx.TransportError:
            continue  # what has arrived is kept; the next try asks for the rest
    raise Failed(f"The connection broke five times; {part} keeps what arrived, the same command goes on from there.")


def _fetch(http: httpx.Client, address: str, part: Path) -> bool:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with http.stream("GET", address, headers=headers) as answer:
        if answer.status_code == 416:  # nothing is left to fetch
            return have == _whole(answer)
        if not answer.is_success:
            answer.read()
            checked(answer)
        whole = _whole(answer) if answer.status_code == 206 else int(answer.headers["Content-Length"])
        _write(answer, part, have if answer.status_code == 206 else 0, whole)
    return part.stat().st_size == whole


def _write(answer: httpx.Response, part: Path, start: int, whole: int) -> None:
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with part.open("r+b" if start else "wb") as file, Progress(*columns, console=screen, transient=True) as bar:
        file.seek(start)
        task = bar.add_task("download", total=whole, completed=start)
        for chunk in answer.iter_bytes(_CHUNK):
            file.write(chunk)
            bar.advance(task, len(chunk))


def _whole(answer: httpx.Response) -> int:
    return int(answer.headers["Content-Range"].rpartition("/")[2])
