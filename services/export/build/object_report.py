"""What a worker says of an object's frames beside their values: numbers and codes, checked when they arrive."""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from imaging.header.dicom_json import Document, integer, text
from imaging.volume.frame_facts import FrameFacts
from imaging.volume.frame_values import FrameValues, ValueTransform
from imaging.volume.sidecar import About, known_about, only_known


class FrameReport(BaseModel):
    """One frame: what it is, and how its values came as a part are to be read."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    facts: FrameFacts
    kind: Literal["|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<f4", "<f8"]
    samples: Literal[1, 3]
    least: float
    largest: float
    slope: float
    intercept: float
    transform: ValueTransform

    @property
    def size_bytes(self) -> int:
        return self.facts.rows * self.facts.columns * self.samples * int(self.kind[2:])

    def values(self, body: bytes) -> Any:
        """The frame's values of shape (rows, columns[, 3])."""
        shape = (self.facts.rows, self.facts.columns, *((3,) if self.samples == 3 else ()))
        return np.frombuffer(body, self.kind).reshape(shape)


class ObjectReport(BaseModel):
    """One object: `about` as `imaging.volume.sidecar.known_about` gives it."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    instance_number: int | None
    series_number: int | None
    frame_of_reference_uid: str | None
    about: About
    frames: tuple[FrameReport, ...]


def frame_report(facts: FrameFacts, frame: FrameValues) -> FrameReport:
    known = frame.values[np.isfinite(frame.values)] if frame.values.dtype.kind == "f" else frame.values
    rows, columns = frame.values.shape[:2]
    return FrameReport(
        facts=replace(facts, frame=frame.frame, rows=rows, columns=columns),
        kind=frame.values.dtype.str,
        samples=3 if frame.values.ndim == 3 else 1,
        least=float(known.min()) if known.size else 0.0,
        largest=float(known.max()) if known.size else 0.0,
        slope=frame.slope,
        intercept=frame.intercept,
        transform=frame.transform,
    )


def object_report(document: Document, frames: list[FrameReport]) -> bytes:
    return (
        ObjectReport(
            instance_number=integer(document, "InstanceNumber"),
            series_number=integer(document, "SeriesNumber"),
            frame_of_reference_uid=text(document, "FrameOfReferenceUID"),
            about=known_about(document),
            frames=tuple(frames),
        )
        .model_dump_json()
        .encode()
    )


def read_report(body: bytes) -> ObjectReport | None:
    """None of what no worker of ours would say."""
    try:
        report = ObjectReport.model_validate_json(body)
    except ValidationError:
        return None
    return report.model_copy(update={"about": only_known(report.about)})
