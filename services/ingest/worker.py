"""What a worker at the door does: one body becomes what tells whether two are one image. Started by the pool."""

import hashlib
import json

from chassis.sandbox.protocol import Task
from chassis.sandbox.worker_main import Body, NotTaken, Service, is_whole, serve
from imaging.dicom.errors import Refusal
from imaging.dicom.header import read_tags
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import NoPicture
from imaging.pixels.frames import stored_pixels


def weigh_body(task: Task, body: Body, service: Service) -> bytes:
    """JSON: digests of the pixels (null without), of who the patient is, and of the header."""
    if not is_whole(task, body):
        raise NotTaken("altered", "The stored bytes are not those that were received.")
    try:
        with memoryview(body) as view:
            tags = read_tags(view)
        found = {
            "pixels": _pixels(body),
            "patient": _digest(tags.identity.as_json()),
            "header": _digest([tags.document, tags.identity.as_json()]),
        }
    except Refusal as refusal:
        raise NotTaken(refusal.code, str(refusal)) from None
    return json.dumps(found).encode()


def _pixels(body: Body) -> str | None:
    """Of shape, colour space and values of every frame, whatever encodes them."""
    digest = hashlib.sha256()
    try:
        for frame in stored_pixels(pixel_dataset(body)).frames:
            digest.update(repr((frame.values.shape, frame.photometric)).encode())
            values = frame.values if frame.values.dtype.kind == "f" else frame.values.astype("<i8")
            digest.update(values.data)
    except NoPicture:
        return None
    return digest.hexdigest()


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    serve(weigh_body)
