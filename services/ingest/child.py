"""What a worker at the door does: one body becomes what tells whether two are one image. Started by the pool."""

import hashlib
import json

from chassis.workers.child import Body, NotTaken, Service, is_whole, serve
from chassis.workers.wire import Task
from imaging.frames import stored_pixels
from imaging.no_picture import NoPicture
from imaging.pixel_dataset import pixel_dataset
from imaging.refusal import Refusal
from imaging.tags import read_tags


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
