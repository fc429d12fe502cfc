"""A running system that holds seven studies of two hospitals and one data set, and how to ask it."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from pydicom.uid import BasicTextSRStorage, MRImageStorage, generate_uid

from tests.journey.outside import Json, add_files, every_image, every_item, open_upload, settled
from tests.makers import ct_bytes
from tests.system import System

STUDIES_OF_A, STUDIES_OF_B, SLICES = 4, 3, 3
PROBLEM = "application/problem+json"
_CORONAL = [1, 0, 0, 0, 0, -1]


@dataclass(frozen=True)
class Surface:
    """What an outside client has and knows."""

    system: System
    http: httpx.Client
    upload_id: str
    occurrences: list[Json]
    images: dict[str, Json]
    dataset: Json

    @property
    def image(self) -> Json:
        """One that has a picture."""
        return next(image for image in self.images.values() if image["render_status"] == "PICTURE")

    @property
    def occurrence_id(self) -> int:
        return int(self.image["radiology_occurrence_id"])

    @property
    def version(self) -> str:
        return f"/api/v1/datasets/{self.dataset['dataset']}/versions/{self.dataset['version']}"


@contextmanager
def known_surface(system: System) -> Iterator[Surface]:
    with system.client() as http:
        upload_id = open_upload(http, "A")
        add_files(http, upload_id, [part for number in range(STUDIES_OF_A) for part in _ct_study(number)])
        other = open_upload(http, "B")
        add_files(http, other, [part for number in range(STUDIES_OF_B) for part in _mr_study(number)])
        for upload in (upload_id, other):
            assert settled(http, upload)["failed"] == 0
        occurrences = every_item(http, "/api/v1/occurrences")
        yield Surface(system, http, upload_id, occurrences, every_image(http), create_dataset(http, "surface"))


def create_dataset(http: httpx.Client, name: str, mode: str = "plane", **asked: object) -> Json:
    """The answer to the request, once the version is built."""
    answer = http.post("/api/v1/datasets", json={"name": name, "mode": mode, "format": "png", **asked})
    assert answer.status_code == 202, answer.text
    accepted: Json = answer.json()
    assert final_operation(http, accepted["operation_id"])["state"] == "done"
    return accepted


def final_operation(http: httpx.Client, operation_id: str) -> Json:
    end = time.monotonic() + 30
    while True:
        operation: Json = http.get(f"/api/v1/operations/{operation_id}").json()
        if operation["state"] in ("done", "failed", "cancelled"):
            return operation
        assert time.monotonic() < end, operation
        time.sleep(0.05)


def assert_problem(answer: httpx.Response, status: int) -> Json:
    """The one shape of errors, with the request's id in body and header."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text
    body: Json = answer.json()
    assert {"type", "title", "status", "detail", "request_id"} <= body.keys()
    assert (body["status"], body["request_id"]) == (status, answer.headers["x-request-id"])
    return body


def get_routes(surface: Surface) -> list[tuple[str, list[str]]]:
    """The address of every GET route of the API, with ids that exist, and the names of its query parameters."""
    known = {
        "upload_id": surface.upload_id,
        "operation_id": surface.dataset["operation_id"],
        "name": surface.dataset["dataset"],
        "version": surface.dataset["version"],
        "occurrence_id": surface.occurrence_id,
        "image_id": surface.image["image_id"],
    }
    found = []
    for path, methods in surface.http.get("/api/v1/openapi.json").json()["paths"].items():
        if "get" in methods and path.startswith(("/api/", "/dicom-web/")):
            address = re.sub(r"\{(\w+)\}", lambda name: str(known.get(name[1], 1)), path)
            queries = [one["name"] for one in methods["get"].get("parameters", []) if one["in"] == "query"]
            found.append((address, queries))
    return found


def events_of(http: httpx.Client, path: str) -> list[Json]:
    """The data of every event until the server ends the stream."""
    with http.stream("GET", path) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        return [json.loads(line.removeprefix("data:")) for line in answer.iter_lines() if line.startswith("data:")]


def _ct_study(number: int) -> list[tuple[str, bytes]]:
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    shared = {
        "StudyInstanceUID": study,
        "SeriesInstanceUID": series,
        "FrameOfReferenceUID": frame,
        "PatientID": f"A{number}",
        "PatientSex": "F" if number % 2 else "M",
        "StudyDate": f"2024010{number + 1}",
        "StudyDescription": f"Abdomen {number}",
        "BodyPartExamined": "ABDOMEN",
    }
    slices = [
        ct_bytes(**shared, InstanceNumber=place + 1, ImagePositionPatient=[0, 0, place]) for place in range(SLICES)
    ]
    report = ct_bytes(
        **{**shared, "SeriesInstanceUID": generate_uid(), "SOPClassUID": BasicTextSRStorage, **_NO_PIXELS}
    )
    bodies = [*slices, report] if number == 0 else slices
    return [(f"a/{number}/{place}.dcm", body) for place, body in enumerate(bodies)]


_NO_PIXELS: Json = {
    **dict.fromkeys(("Rows", "Columns", "PixelData", "BitsAllocated", "BitsStored", "HighBit")),
    "Modality": "SR",
    "ContentSequence": [],
    "ImageOrientationPatient": None,
}


def _mr_study(number: int) -> list[tuple[str, bytes]]:
    shared = {
        "SOPClassUID": MRImageStorage,
        "Modality": "MR",
        "StudyInstanceUID": generate_uid(),
        "SeriesInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
        "ImageOrientationPatient": _CORONAL,
        "PatientID": f"B{number}",
        "StudyDate": f"2023050{number + 1}",
        "SeriesDescription": "T1 COR POST GD",
        "ContrastBolusAgent": "Gadovist",
    }
    return [
        (f"b/{number}/{place}.dcm", ct_bytes(**shared, ImagePositionPatient=[0, place, 0])) for place in range(SLICES)
    ]
