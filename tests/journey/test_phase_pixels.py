"""Contrast phases from pixels, from the bytes to the rows of the catalogue."""

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from pydicom.uid import generate_uid

from proto.rcdm.v1 import events_pb2 as pb
from tests.journey.catalog_shelf import Shelf, extracted
from tests.makers import ct_bytes

STUDY = {name: generate_uid() for name in ("StudyInstanceUID", "FrameOfReferenceUID")}
SERIES = {number: generate_uid() for number in (1, 2, 3)}
_SIDE = 96
_PHASES = "SELECT DISTINCT series_number, image_phase, phase_source FROM rcdm.radiology_image ORDER BY 1"


def pixels(vessel_hu: int) -> dict[str, Any]:
    """A body of 40 HU with a vessel in it, stored from -1024."""
    rows, columns = np.mgrid[:_SIDE, :_SIDE] - _SIDE // 2
    hounsfield = np.where(rows**2 + columns**2 < 40**2, 40, -1000)
    hounsfield[(rows + 8) ** 2 + columns**2 < 10**2] = vessel_hu
    return {"Rows": _SIDE, "Columns": _SIDE, "PixelData": (hounsfield + 1024).astype("<u2").tobytes()}


def series(number: int, vessel_hu: int, **elements: Any) -> list[pb.InstanceExtracted]:
    """Five slices of a CT whose agent is left open, two minutes after the series before."""
    shared = {
        **STUDY, **pixels(vessel_hu), "SeriesInstanceUID": SERIES[number], "SeriesNumber": number,
        "SeriesDescription": ("liver", "spleen", "kidney")[number - 1], "ContrastBolusAgent": "", "KVP": 120,
        "AcquisitionDate": "20240110", "AcquisitionTime": f"10{2 * number:02d}00",
    }  # fmt: skip
    return [
        extracted(ct_bytes(**(shared | elements), ImagePositionPatient=[0, 0, 10 * place], InstanceNumber=place + 1))[0]
        for place in range(5)
    ]


def without_intensity(messages: list[pb.InstanceExtracted]) -> list[pb.InstanceExtracted]:
    """As images were extracted before pixels were measured."""
    for message in messages:
        message.extraction.ClearField("body_intensity")
    return messages


async def told(shelf: Shelf) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in await shelf.rows(_PHASES)]


async def test_an_agent_seen_in_the_pixels_names_the_phases_whatever_came_first(shelf: Shelf) -> None:
    study = [series(1, 42), series(2, 250), series(3, 180)]
    expected = [(1, "NON_CONTRAST", "PIXELS"), (2, "POST_CONTRAST", "PIXELS"), (3, "POST_CONTRAST", "PIXELS")]
    for order in permutations(study):
        await shelf.emptied()
        for messages in order:
            await shelf.take(*messages)
        assert await told(shelf) == expected


async def test_the_pixels_of_a_study_wait_for_its_second_volume(shelf: Shelf) -> None:
    await shelf.take(*series(1, 42))
    assert await told(shelf) == [(1, "UNKNOWN", "NONE")]
    await shelf.take(*series(2, 250))
    item = (await shelf.get("/occurrences"))["items"][0]
    assert item["phases"] == {"NON_CONTRAST": 5, "POST_CONTRAST": 5}


@pytest.mark.parametrize("kvp", [120, 100])
async def test_volumes_alike_or_made_otherwise_show_no_agent(shelf: Shelf, kvp: int) -> None:
    await shelf.take(*series(1, 42), *series(2, 42 if kvp == 120 else 250, KVP=kvp))
    assert {phase for _, phase, _ in await told(shelf)} == {"UNKNOWN"}


async def test_images_extracted_before_pixels_were_measured_are_no_evidence(shelf: Shelf) -> None:
    await shelf.take(*without_intensity(series(1, 42)), *series(2, 250))
    assert {phase for _, phase, _ in await told(shelf)} == {"UNKNOWN"}
    assert await shelf.value("SELECT count(*) FROM rcdm.radiology_image WHERE body_intensity IS NULL") == 5


async def test_images_extracted_again_become_evidence(shelf: Shelf) -> None:
    first = series(1, 42)
    again = [pb.InstanceExtracted.FromString(message.SerializeToString()) for message in first]
    for message in again:
        message.extracted_at.seconds += 60
    await shelf.take(*without_intensity(first), *series(2, 250))
    await shelf.take(*again)
    assert [phase for _, phase, _ in await told(shelf)] == ["NON_CONTRAST", "POST_CONTRAST"]


async def test_a_bright_ct_without_an_agent_is_told_and_not_called_plain(shelf: Shelf) -> None:
    await shelf.take(*series(1, 250, ContrastBolusAgent=None), *series(2, 42, ContrastBolusAgent=None, KVP=100))
    assert [phase for _, phase, _ in await told(shelf)] == ["UNKNOWN", "NON_CONTRAST"]
    rows = await shelf.rows("SELECT warnings, phase_reason FROM rcdm.radiology_image WHERE series_number = 1")
    assert all("looks enhanced" in " ".join(row["warnings"]) for row in rows)
    assert all("as bright as enhanced vessels" in row["phase_reason"] for row in rows)
