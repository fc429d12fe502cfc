"""One body becomes what we know of it: header, plane, phase, patient and pictures. Runs in the sandbox worker.

It knows no secret: the patient's identity comes out beside the extraction, and only the service makes pseudonyms of it.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from traceback import extract_tb
from types import MappingProxyType
from typing import Any

from chassis.sandbox.worker_main import Body
from imaging.dicom.header import read_tags
from imaging.dicom.identity import Identity
from imaging.dicom.uids import assigned_warning
from imaging.geometry.plane import image_plane
from imaging.header.dicom_json import Document, tag_key, text
from imaging.header.kept_tags import kept_tags
from imaging.header.mosaic import mosaic_warnings
from imaging.phase.intensity import MEASURED, MOST_ENHANCED, SLICE_LOOKS_ENHANCED, BodyMeter
from imaging.phase.rules import has_agent, own_phase
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import SEGMENTATIONS, NoPicture, NoPictureReason
from imaging.pixels.render import Picture, Rendering, render
from proto.rcdm.v1 import events_pb2 as pb
from services.extract.frame_message import FrameMessages
from services.extract.patient import person_facts

STAGES = ("verify", "tags", "decode", "digest", "png", "send")  # in the order in which one image meets them


class Renderings:
    """A list of runs: each is a rendering with the first and last frame it holds for."""

    def __init__(self) -> None:
        self._runs: list[dict[str, Any]] = []
        self._last: Rendering | None = None

    def add(self, picture: Picture) -> None:
        """Frames come in order."""
        if picture.rendering == self._last:
            self._runs[-1]["last_frame"] = picture.frame
            return
        frames = {"first_frame": picture.frame, "last_frame": picture.frame}
        self._runs.append(frames | picture.rendering.as_json())
        self._last = picture.rendering

    def as_json(self) -> str:
        return json.dumps(self._runs, ensure_ascii=False, separators=(",", ":"))


class Laps:
    """`lap` ends a stage; a stage may come many times."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.seconds[stage] += now - self._last
        self._last = now


@dataclass(frozen=True)
class Description:
    """`extraction` still lacks the pseudonyms and the pictures' place; `identity` is JSON for the vault."""

    extraction: pb.Extraction
    identity: bytes


def describe(
    body: Body,
    emit: Callable[[Picture], None] | None,
    laps: Laps | None = None,
    assigned: Mapping[str, str] = MappingProxyType({}),
) -> Description:
    """Everything about one object; each picture goes to `emit` as it is drawn (None: draw nothing).

    `assigned`: by keyword, the UIDs that stand for those it came without, or with others that are none.

    Raises imaging.dicom.errors.Refusal when the bytes are no object we take; what pixels do wrong is only told.
    """
    laps = laps or Laps()
    with memoryview(body) as view:
        tags = read_tags(view)
    for keyword, uid in assigned.items():
        tags.document[tag_key(keyword)] = {"vr": "UI", "Value": [uid]}
    kept, left_out = kept_tags(tags.document)
    extraction = pb.Extraction(
        tags=kept,
        plane=_plane(tags.document),
        phase=_phase(tags.document),
        person=_person(tags.document, tags.identity),
        warnings=[*tags.warnings, *left_out, *map(assigned_warning, assigned), *mosaic_warnings(tags.document)],
    )
    laps.lap("tags")
    if text(tags.document, "SOPClassUID") in SEGMENTATIONS:
        extraction.picture.CopyFrom(
            no_picture(NoPictureReason.NOT_AN_IMAGE, "a segmentation is data about other images")
        )
    elif emit is not None:
        meter = BodyMeter(modality) if (modality := text(tags.document, "Modality")) in MEASURED else None
        messages = FrameMessages(tags.document, extraction.plane)
        extraction.picture.CopyFrom(_draw(body, emit, laps, messages, meter))
        _add_intensity(extraction, tags.document, meter)
    return Description(extraction, json.dumps(tags.identity.as_json(), ensure_ascii=False).encode())


def no_picture(reason: NoPictureReason, detail: str) -> pb.Picture:
    return pb.Picture(no_picture_reason=reason, no_picture_detail=detail)


def _add_intensity(extraction: pb.Extraction, document: Document, meter: BodyMeter | None) -> None:
    """Only of objects that could be drawn whole."""
    found = meter.intensity() if meter and not extraction.picture.no_picture_reason else None
    if found is None:
        return
    extraction.body_intensity.CopyFrom(
        pb.BodyIntensity(map=found.map, body_cells=found.body_cells, bright_cells=found.bright_cells)
    )
    if has_agent(document) is False and SLICE_LOOKS_ENHANCED <= found.bright_part <= MOST_ENHANCED:
        extraction.warnings.append(
            f"looks enhanced: {found.bright_part:.1%} of the body is as bright as enhanced vessels, and no contrast"
            " agent is named"
        )


def _draw(
    body: Body, emit: Callable[[Picture], None], laps: Laps, messages: FrameMessages, meter: BodyMeter | None
) -> pb.Picture:
    try:
        return _drawn(body, emit, laps, messages, meter)
    except NoPicture as none:
        return no_picture(none.reason, none.detail)
    except MemoryError:
        return no_picture(NoPictureReason.DECODER_LIMIT, "the image needs more memory than an image may have")
    except ConnectionError:
        raise  # the service is gone: nothing about the image
    except Exception as error:
        place = extract_tb(error.__traceback__)[-1]
        # Never the error's text, which may quote a value.
        detail = f"the renderer failed: {type(error).__name__} in {place.name}, line {place.lineno}"
        return no_picture(NoPictureReason.UNDECODABLE, detail)


class _PixelDigest:
    """What is fed to it was decoded just before."""

    def __init__(self, laps: Laps) -> None:
        self._laps, self._digest = laps, hashlib.sha256()

    def update(self, values: bytes | memoryview, /) -> None:
        self._laps.lap("decode")
        self._digest.update(values)
        self._laps.lap("digest")

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def _drawn(
    body: Body, emit: Callable[[Picture], None], laps: Laps, messages: FrameMessages, meter: BodyMeter | None
) -> pb.Picture:
    pixel_digest = _PixelDigest(laps)
    frames, renderings = [], Renderings()
    for picture in render(pixel_dataset(body), digest=pixel_digest, meter=meter):
        laps.lap("png")
        emit(picture)
        laps.lap("send")
        frames.append(messages.message(picture))
        renderings.add(picture)
    return pb.Picture(frames=frames, rendering=renderings.as_json(), pixel_sha256=pixel_digest.hexdigest())


def _plane(document: Document) -> pb.Plane:
    found = image_plane(document)
    return pb.Plane(
        plane=found.plane,
        source=found.source,
        reason=found.reason,
        nearest=found.nearest or "",
        angle_degrees=found.angle_degrees,
    )


def _phase(document: Document) -> pb.Phase:
    found = own_phase(document)
    return pb.Phase(phase=found.phase, source=found.source, confidence=found.confidence, reason=found.reason)


def _person(document: Document, identity: Identity) -> pb.Person:
    facts = person_facts(document, identity.birth_date)
    return pb.Person(sex=facts.sex, birth_year=facts.birth_year, age_days=facts.age_days)
