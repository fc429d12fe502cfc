"""What a file worker does: one stored object becomes the files a data set takes of it. Started by the pool."""

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np

from chassis.sandbox.protocol import Task
from chassis.sandbox.worker_main import Body, NotTaken, Service, is_whole, serve
from imaging.deidentify.deidentify import CannotClean, MosaicLost, Subject, deidentify
from imaging.deidentify.preview import changes
from imaging.dicom.errors import Refusal
from imaging.dicom.header import read_tags
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.modality_values import real_values
from imaging.pixels.raw_png import NotSixteenBits, stored_pictures
from imaging.volume.frame_facts import frame_facts
from imaging.volume.frame_values import frame_values
from services.export.build.object_report import frame_report, object_report

_CHUNK = 1 << 20


def make_files(task: Task, body: Body, service: Service) -> bytes:
    """JSON: by frame what the manifest says of it. A DICOM file comes in pieces from 0, a picture as its frame's."""
    if not is_whole(task, body):
        raise NotTaken("altered", "The stored bytes are not those that were received.")
    try:
        said = _MAKERS[task.said["format"]](task, body, service)
    except Refusal as refusal:
        raise NotTaken(refusal.code, str(refusal)) from None
    except MosaicLost as error:
        raise NotTaken(NoPictureReason.MOSAIC, str(error)) from None
    except CannotClean as error:
        raise NotTaken("cannot_be_deidentified", str(error)) from None
    except NoPicture as none:
        raise NotTaken(none.reason, none.detail) from None
    except NotSixteenBits as error:
        raise NotTaken("not_sixteen_bits", str(error)) from None
    return said if isinstance(said, bytes) else json.dumps(said).encode()


def _dicom(task: Task, body: Body, service: Service) -> dict[str, Any]:
    made = deidentify(bytes(body), Subject(**task.said["subject"]), service.ask, task.said["assigned"])
    for place, start in enumerate(range(0, len(made), _CHUNK)):
        service.part(place, made[start : start + _CHUNK])
    return {}


def _preview(task: Task, body: Body, service: Service) -> list[Any]:
    subject = Subject(**task.said["subject"])
    return [asdict(change) for change in changes(bytes(body), subject, service.ask, task.said["assigned"])]


def _png16(task: Task, body: Body, service: Service) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for picture in stored_pictures(pixel_dataset(body)):
        service.part(picture.frame, picture.png)
        said[str(picture.frame)] = {
            name: value for name, value in asdict(picture).items() if name in ("slope", "intercept")
        }
    return said


def _values(task: Task, body: Body, service: Service) -> dict[str, Any]:
    written, frame = io.BytesIO(), int(task.said["frame"])
    np.save(written, real_values(pixel_dataset(body), frame), allow_pickle=False)
    service.part(frame, written.getvalue())
    return {}


def _frames(task: Task, body: Body, service: Service) -> bytes:
    """Each frame's values as they lie in memory; nothing else of the object but numbers and codes."""
    with memoryview(body) as view:
        document = read_tags(view).document
    facts, reports = frame_facts(document), []
    for frame in frame_values(pixel_dataset(body), document):
        if frame.frame > len(facts):
            break
        service.part(frame.frame, np.ascontiguousarray(frame.values).tobytes())
        reports.append(frame_report(facts[frame.frame - 1], frame))
    return object_report(document, reports)


_MAKERS: dict[str, Callable[[Task, Body, Service], Any]] = {
    "dicom": _dicom,
    "frames": _frames,
    "png16": _png16,
    "preview": _preview,
    "values": _values,
}


if __name__ == "__main__":
    serve(make_files)
