"""A study whose phases are known by how it is made, and the phases the rules give it, without a database."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from pydicom.uid import MRImageStorage, generate_uid

from imaging.geometry.plane import image_plane
from imaging.header.dicom_json import Document, text
from imaging.phase.rules import PhaseDecision, own_phase
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.load.records import image_record
from services.catalog.load.study import Cell, phases

_SLICES = 3


@dataclass(frozen=True)
class Series:
    """One acquisition of a study: its truth, what its headers say, and how many seconds after the injection it was."""

    truth: str
    says: dict[str, Any]
    seconds: int | None = None


@dataclass(frozen=True)
class Case:
    """A study of a kind; `start` is the clock at the first second."""

    kind: str
    series: tuple[Series, ...]
    common: dict[str, Any] = field(default_factory=dict)
    start: int = 10 * 3600
    is_one_series: bool = False


def mr(description: str, *, echo: float, repetition: float, **elements: Any) -> dict[str, Any]:
    """What an MR header says; echo and repetition time in milliseconds."""
    image_type = ["ORIGINAL", "PRIMARY", "M", "ND"]
    common = {"Modality": "MR", "SOPClassUID": MRImageStorage, "ImageType": image_type, "FlipAngle": 90}
    return common | {"SeriesDescription": description, "EchoTime": echo, "RepetitionTime": repetition} | elements


def single(kind: str, modality: str, truth: str, **says: Any) -> Case:
    """A study of one series; a CT says nothing by the absence of an agent."""
    if modality == "MR":
        return Case(kind, (Series(truth, mr("", echo=5, repetition=500) | says),))
    return Case(kind, (Series(truth, {"ContrastBolusAgent": ""} | says),))


def elements(case: Case) -> Iterator[tuple[Series, dict[str, Any]]]:
    """What to write into each image of a study, and the series it belongs to."""
    study, frames, only = generate_uid(), generate_uid(), generate_uid()
    for number, series in enumerate(case.series, start=1):
        uid = only if case.is_one_series else generate_uid()
        clock = {} if series.seconds is None else _moment(case.start + series.seconds)
        for place in range(_SLICES):
            yield series, {
                "StudyInstanceUID": study, "SeriesInstanceUID": uid, "FrameOfReferenceUID": frames,
                "SeriesNumber": 1 if case.is_one_series else number, "ImagePositionPatient": [0, 0, 5 * place],
                "InstanceNumber": place + 1, "SpecificCharacterSet": "ISO_IR 192", "PatientID": str(study)[-20:],
            } | case.common | clock | series.says  # fmt: skip


def decided_phases(documents: Sequence[Document]) -> list[PhaseDecision]:
    """One decision for each document of one study, in their order, as the catalogue would decide it."""
    cells = [_cell(document) for document in documents]
    decided = phases(cells)
    return [decided[cell.phase_group] for cell in cells]


def _cell(document: Document) -> Cell:
    own, plane = own_phase(document), image_plane(document)
    extraction = pb.Extraction(
        tags=json.dumps(document, ensure_ascii=False),
        plane=pb.Plane(plane=plane.plane, source=plane.source),
        phase=pb.Phase(phase=own.phase, source=own.source, confidence=own.confidence, reason=own.reason),
        person=pb.Person(key="nobody"),
    )
    instance = pb.Instance(
        hospital="BENCH",
        study_instance_uid=text(document, "StudyInstanceUID") or "1.2.3",
        series_instance_uid=text(document, "SeriesInstanceUID") or "1.2.3",
        sop_instance_uid=text(document, "SOPInstanceUID") or "1.2.3",
    )
    row: dict[str, Any] = dict(image_record(pb.InstanceExtracted(instance=instance), extraction).row)
    row |= {"count": 1, "low_mm": row["slice_position"], "high_mm": row["slice_position"], "corrected_phase": None}
    row |= {"confidence": own.confidence, "reason": own.reason, "series_instance_uid": instance.series_instance_uid}
    values: dict[str, Any] = {one.name: row.get(one.name) for one in fields(Cell)}
    return Cell(**values)


def _moment(seconds: int) -> dict[str, str]:
    clock, days = seconds % 86_400, seconds // 86_400
    return {
        "AcquisitionDate": f"202401{10 + days:02d}",
        "AcquisitionTime": f"{clock // 3600:02d}{clock // 60 % 60:02d}{clock % 60:02d}",
    }
