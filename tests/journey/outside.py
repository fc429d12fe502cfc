"""What an outside driver does all the time: send files, wait until they are settled, walk lists page by page."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

Json = dict[str, Any]


def open_upload(http: httpx.Client, hospital: str) -> str:
    """An upload to be filled; an empty multipart body opens one."""
    form = {"Content-Type": "multipart/form-data; boundary=nothing"}
    answer = http.post("/api/v1/uploads", params={"hospital": hospital}, content=b"--nothing--\r\n", headers=form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["upload_id"])


def add_files(http: httpx.Client, upload_id: str, files: Sequence[tuple[str, bytes]]) -> httpx.Response:
    parts = [("files", (name, body, "application/octet-stream")) for name, body in files]
    return http.post(f"/api/v1/uploads/{upload_id}/files", files=parts)


def settled(http: httpx.Client, upload_id: str, seconds: float = 60) -> Json:
    """The upload's counts once nothing is pending."""
    end = time.monotonic() + seconds
    while True:
        counts: Json = http.get(f"/api/v1/uploads/{upload_id}").json()
        if counts["done"]:
            return counts
        assert time.monotonic() < end, counts
        time.sleep(0.1)


def every_item(http: httpx.Client, path: str, limit: int = 1000, **filters: str) -> list[Json]:
    return [item for page in pages(http, path, limit, **filters) for item in page["items"]]


def pages(http: httpx.Client, path: str, limit: int, **filters: str) -> Iterator[Json]:
    """Each page of a list by following `next`."""
    cursor: Mapping[str, str] = {}
    while True:
        answer = http.get(path, params={**filters, "limit": str(limit), **cursor})
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        yield page
        if page["next"] is None:
            return
        cursor = {"cursor": page["next"]}


def every_image(http: httpx.Client, **filters: str) -> dict[str, Json]:
    """All images of the occurrences that match, by SOP Instance UID."""
    found = every_item(http, "/api/v1/occurrences", 1000, **filters)
    ids = [occurrence["radiology_occurrence_id"] for occurrence in found]
    return {
        image["sop_instance_uid"]: image
        for number in ids
        for image in every_item(http, f"/api/v1/occurrences/{number}/images")
    }
