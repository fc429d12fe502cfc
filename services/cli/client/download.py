"""Fetch an archive into a file: in pieces, several at once, going on where an earlier try stopped."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from pathlib import Path
from threading import Event, Lock

import httpx
from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

from services.cli.client.http import Failed, checked, patiently
from services.cli.client.output import screen

_PIECE = 8 << 20
_CHUNK = 1 << 18
_TRIES = 5
_AGAIN = (429, 502, 503, 504)


def download_archive(http: httpx.Client, name: str, version: str, output: Path | None, connections: int) -> Path:
    """The path written. Until it is whole, NAME.part and NAME.part.pieces lie beside it. Raises Failed."""
    version = checked(http.get(f"/api/v1/datasets/{name}/versions/{version}"))["version"]
    target = output or Path(f"{name}-{version}.zip")
    if target.is_dir():
        target = target / f"{name}-{version}.zip"
    address = f"/api/v1/datasets/{name}/versions/{version}/archive"
    with closing(_Part(target.with_name(f"{target.name}.{version}.part"), _size(http, address))) as part:
        _Fetching(http, address, part).fetch(connections)
    part.become(target)
    return target


def _size(http: httpx.Client, address: str) -> int:
    answer = patiently(lambda: http.head(address))
    if not answer.is_success:
        checked(http.get(address, headers={"Range": "bytes=0-0"}))  # it says why not
    return int(answer.headers["Content-Length"])


class _Part:
    """A file of `whole` bytes of which pieces are there; the journal beside it has a line for each, after its bytes."""

    def __init__(self, path: Path, whole: int) -> None:
        self.path, self.whole = path, whole
        self._journal_path, self._lock = path.with_name(f"{path.name}.pieces"), Lock()
        known = self._known()
        self._file = path.open("r+b" if known else "wb")
        self._file.truncate(whole)
        self._journal = self._journal_path.open("w")
        self._journal.write(f"{whole} {_PIECE}\n")
        self.there: set[int] = set()
        for number in known:
            self._note(number)

    def missing(self) -> Iterator[tuple[int, int, int]]:
        """(number, start, length) of each piece that is not there."""
        for number, start in enumerate(range(0, self.whole, _PIECE)):
            if number not in self.there:
                yield number, start, min(_PIECE, self.whole - start)

    def keep(self, number: int, body: bytes) -> None:
        with self._lock:
            self._file.seek(number * _PIECE)
            self._file.write(body)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._note(number)

    def become(self, target: Path) -> None:
        self.path.replace(target)
        self._journal_path.unlink()

    def close(self) -> None:
        self._file.close()
        self._journal.close()

    def _note(self, number: int) -> None:
        self._journal.write(f"{number}\n")
        self._journal.flush()
        self.there.add(number)

    def _known(self) -> list[int]:
        """What an earlier try left, if it was for the same bytes in the same pieces."""
        if not (self.path.exists() and self._journal_path.exists()):
            return []
        head, *lines = self._journal_path.read_text().split("\n")
        # A line without an end was being written when the try stopped.
        return [int(line) for line in lines[:-1]] if head == f"{self.whole} {_PIECE}" else []


class _Fetching:
    """The missing pieces of a part, over several connections."""

    def __init__(self, http: httpx.Client, address: str, part: _Part) -> None:
        self._http, self._address, self._part = http, address, part
        self._stop = Event()

    def fetch(self, connections: int) -> None:
        columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn())
        missing = list(self._part.missing())
        with Progress(*columns, console=screen, transient=True) as bar, ThreadPoolExecutor(connections) as pool:
            there = self._part.whole - sum(length for _, _, length in missing)
            self._bar, self._task = bar, bar.add_task("download", total=self._part.whole, completed=there)
            try:
                for done in as_completed([pool.submit(self._piece, *piece) for piece in missing]):
                    done.result()
            finally:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _piece(self, number: int, start: int, length: int) -> None:
        for attempt in range(_TRIES):
            try:
                self._part.keep(number, self._bytes(start, length))
                return
            except httpx.TransportError:
                self._stop.wait(0.2 * 2**attempt)
            if self._stop.is_set():
                return
        raise Failed(f"The connection broke {_TRIES} times; what arrived is kept, the same command goes on from there.")

    def _bytes(self, start: int, length: int) -> bytes:
        """Raises httpx.TransportError when it is worth another try, Failed."""
        found = bytearray()
        try:
            wanted = {"Range": f"bytes={start}-{start + length - 1}"}
            with self._http.stream("GET", self._address, headers=wanted) as answer:
                if answer.status_code in _AGAIN:
                    raise httpx.TransportError(f"HTTP {answer.status_code}")
                if not answer.is_success:
                    answer.read()
                    checked(answer)
                for chunk in answer.iter_bytes(_CHUNK):
                    found += chunk
                    self._bar.advance(self._task, len(chunk))
                    if self._stop.is_set():
                        raise httpx.TransportError("stopped")
            if len(found) != length:
                raise httpx.TransportError("cut short")
        except httpx.TransportError:
            self._bar.advance(self._task, -len(found))
            raise
        return bytes(found)
