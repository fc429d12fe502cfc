"""Send files to a server: in batches, in parallel, only what it does not have yet, again after a passing failure."""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from services.cli.client.http import Failed, checked, patiently

BATCH_FILES = 64
BATCH_BYTES = 32 << 20
PARALLEL_REQUESTS = 4
_CHECK_DIGESTS = 1000
_CHUNK_BYTES = 1 << 20
_BOUNDARY = f"rcdm-{secrets.token_hex(16)}"
_FORM = f"multipart/form-data; boundary={_BOUNDARY}"
_END = f"--{_BOUNDARY}--\r\n".encode()
_COUNTS = ("received", "stored", "duplicate", "refused")


@dataclass(frozen=True)
class LocalFile:
    """A file to send: its path, the name the server is told, its size in bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class Fields:
    """What the uploader says of all files."""

    hospital: str | None = None
    diagnosis: str | None = None
    diagnosis_code: str | None = None
    vocabulary: str | None = None
    assign_uids: bool = False

    def given(self) -> dict[str, str]:
        return {name: "true" if value is True else value for name, value in vars(self).items() if value}


def find_files(paths: Sequence[Path]) -> Iterator[LocalFile]:
    """Every regular file under the paths, in order of name; hidden files are left out. Raises Failed."""
    for given in paths:
        if given.is_file():
            yield LocalFile(given, given.name, given.stat().st_size)
        elif given.is_dir():
            for path in sorted(given.rglob("*")):
                inside = path.relative_to(given)
                if path.is_file() and not any(part.startswith(".") for part in inside.parts):
                    yield LocalFile(path, f"{given.resolve().name}/{inside.as_posix()}", path.stat().st_size)
        else:
            raise Failed(f"{given} is neither a file nor a folder.")


def send(
    http: httpx.Client, files: Sequence[LocalFile], fields: Fields, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """One upload of all files; the answer has the shape of the API's, files in the order given.

    `progress(files, bytes)` is called as batches are answered. Raises Failed, httpx.TransportError.
    """
    upload_id = open_upload(http, fields)
    result: dict[str, Any] = {"upload_id": upload_id, **_nothing()}
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:

        def batch(files: Sequence[LocalFile]) -> tuple[Sequence[LocalFile], dict[str, Any]]:
            return files, _send_batch(http, upload_id, files, fields)

        for batch_files, answer in pool.map(batch, _batches(files)):
            for name in _COUNTS:
                result[name] += answer[name]
            result["items"] += answer["items"]
            progress(len(batch_files), sum(file.size for file in batch_files))
    return result


def open_upload(http: httpx.Client, fields: Fields) -> str:
    """An upload to be filled. The form is written by hand: httpx sends no multipart body without files."""
    body = b"".join(_part_head(name) + f"{value}\r\n".encode() for name, value in fields.given().items()) + _END
    answer = patiently(lambda: http.post("/api/v1/uploads", content=body, headers={"Content-Type": _FORM}))
    return str(checked(answer)["upload_id"])


def _send_batch(http: httpx.Client, upload_id: str, files: Sequence[LocalFile], fields: Fields) -> dict[str, Any]:
    digests = [_sha256(file.path) for file in files]
    known = _known(http, digests, fields)
    missing = [file for file, digest in zip(files, digests, strict=True) if digest not in known]
    answer = _post_files(http, upload_id, missing) if missing else _nothing()
    here = [
        {"name": file.name, "outcome": "duplicate", "sop_instance_uid": None, "sha256": digest}
        for file, digest in zip(files, digests, strict=True)
        if digest in known
    ]
    return {
        "received": answer["received"] + len(here),
        "stored": answer["stored"],
        "duplicate": answer["duplicate"] + len(here),
        "refused": answer["refused"],
        "items": answer["items"] + here,
    }


def _post_files(http: httpx.Client, upload_id: str, files: Sequence[LocalFile]) -> dict[str, Any]:
    heads = [_part_head("files", file.name) for file in files]
    length = sum(len(head) + file.size + 2 for head, file in zip(heads, files, strict=True)) + len(_END)
    headers = {"Content-Type": _FORM, "Content-Length": str(length)}
    address = f"/api/v1/uploads/{upload_id}/files"
    answer: dict[str, Any] = checked(
        patiently(lambda: http.post(address, content=_parts(heads, files), headers=headers)), 422
    )
    if "items" not in answer:
        raise Failed(str(answer.get("detail", "The server refused the request.")))
    return answer


def _parts(heads: Sequence[bytes], files: Sequence[LocalFile]) -> Iterator[bytes]:
    """The form in large pieces: httpx's own sends 64 KiB at a time, which costs more than hashing the file."""
    for head, file in zip(heads, files, strict=True):
        yield head
        with file.path.open("rb") as body:
            while chunk := body.read(_CHUNK_BYTES):
                yield chunk
        yield b"\r\n"
    yield _END


def _part_head(field: str, name: str | None = None) -> bytes:
    # RFC 7578 4.2 with the escapes browsers use.
    quoted = (
        ""
        if name is None
        else '; filename="{}"'.format(name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22"))
    )
    return f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"{quoted}\r\n\r\n'.encode()


def _known(http: httpx.Client, digests: Sequence[str], fields: Fields) -> set[str]:
    known: set[str] = set()
    body = {"hospital": fields.hospital} if fields.hospital else {}
    for start in range(0, len(digests), _CHECK_DIGESTS):
        some = {**body, "sha256": digests[start : start + _CHECK_DIGESTS]}
        known |= set(checked(patiently(lambda b=some: http.post("/api/v1/uploads/check", json=b)))["known"])  # type: ignore[misc]
    return known


def _batches(files: Iterable[LocalFile]) -> Iterator[list[LocalFile]]:
    batch: list[LocalFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) >= BATCH_FILES or size + file.size > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.size
    if batch:
        yield batch


def _nothing() -> dict[str, Any]:
    return {**dict.fromkeys(_COUNTS, 0), "items": []}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
