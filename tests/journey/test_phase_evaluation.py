"""The evaluation of phases: of series whose truth is known by construction, as the catalogue decides them."""

from types import ModuleType

import pytest

from imaging.dicom.header import read_tags
from imaging.header.dicom_json import text
from tests.bench import phases_held_out, phases_known
from tests.bench.phase_cases import decided_phases, elements
from tests.bench.phases import cases, evaluated
from tests.journey.catalog_shelf import Shelf, extracted
from tests.makers import ct_bytes


def test_every_series_the_rules_were_made_with_gets_its_phase() -> None:
    table = evaluated("", cases(phases_known))
    assert table.wrong == []
    assert len(table.outcomes) > 150


def test_what_is_named_of_held_out_series_is_right() -> None:
    table = evaluated("", cases(phases_held_out))
    assert [one for one in table.outcomes if not one.is_right and one.decision.phase != "UNKNOWN"] == []
    assert sum(one.is_right for one in table.outcomes) > 0.98 * len(table.outcomes) > 300


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", [phases_known, phases_held_out])
async def test_the_catalogue_decides_as_the_evaluation_does(shelf: Shelf, part: ModuleType) -> None:
    expected, messages = {}, []
    for case in part.studies():
        bodies = [ct_bytes(**says) for _, says in elements(case)]
        documents = [read_tags(body).document for body in bodies]
        for document, decision in zip(documents, decided_phases(documents), strict=True):
            uid = text(document, "SOPInstanceUID")
            expected[uid] = (case.kind, decision.phase, decision.source, decision.reason)
        messages += [extracted(body)[0] for body in bodies]
    await shelf.take(*reversed(messages))
    rows = await shelf.rows(
        "SELECT sop_instance_uid, image_phase, phase_source, phase_reason FROM rcdm.radiology_image"
    )
    found = {
        uid: (expected[uid][0], row["image_phase"], row["phase_source"], row["phase_reason"])
        for row in rows
        for uid in [row["sop_instance_uid"]]
    }
    assert found == expected
