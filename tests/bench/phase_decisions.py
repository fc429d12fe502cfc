"""The phases of a study's headers without a database: as the catalogue would decide them."""

import json
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from imaging.document import Document, text
from imaging.phase import PhaseDecision, own_phase
from imaging.plane import image_plane
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.records import image_record
from services.catalog.study import Cell, phases


def decided_phases(documents: Sequence[Document]) -> list[PhaseDecision]:
    """One decision for each document of one study, in their order."""
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
    return Cell(**{field.name: row[field.name] for field in fields(Cell)})
