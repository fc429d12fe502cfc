"""Facts of each frame, from classic, enhanced and dose objects."""

from datetime import datetime
from typing import Any

import pytest

from imaging.header.dicom_json import Document, tag_key
from imaging.volume.frame_facts import MOST_FRAMES, frame_facts


def element(keyword: str, *values: Any) -> Document:
    return {tag_key(keyword): {"vr": "UN", "Value": list(values)}}


def classic(**more: Any) -> Document:
    document: Document = {}
    own: dict[str, list[Any]] = {
        "Modality": ["MR"],
        "Rows": [4],
        "Columns": [6],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
    }
    for keyword, values in (own | more).items():
        document |= element(keyword, *values)
    return document


def enhanced(*frames: Document, shared: Document | None = None) -> Document:
    document = element("Modality", "MR") | element("Rows", 4) | element("Columns", 6)
    document |= element("PerFrameFunctionalGroupsSequence", *frames)
    return document | element("SharedFunctionalGroupsSequence", shared or {})


def test_a_classic_image_is_one_frame_with_all_it_says() -> None:
    found = frame_facts(
        classic(
            ImagePositionPatient=[1, 2, 3], PixelSpacing=[0.5, 0.25], EchoTime=[20], RepetitionTime=[700],
            FlipAngle=[90], AcquisitionNumber=[2], TemporalPositionIdentifier=[5], TriggerTime=[30],
            InversionTime=[120], ImageType=["ORIGINAL", "PRIMARY", "P", "ND"],
        )
    )  # fmt: skip
    assert len(found) == 1
    (one,) = found
    assert (one.frame, one.rows, one.columns, one.position, one.pixel_spacing) == (1, 4, 6, (1, 2, 3), (0.5, 0.25))
    assert (one.echo_time_ms, one.repetition_time_ms, one.inversion_time_ms, one.trigger_time_ms) == (20, 700, 120, 30)
    assert (one.flip_angle, one.acquisition_number, one.temporal_position, one.component) == (90, 2, 5, "PHASE")


def test_an_enhanced_object_has_facts_for_each_frame() -> None:
    positions = [element("PlanePositionSequence", element("ImagePositionPatient", 0, 0, z)) for z in (0, 3)]
    times = [
        element(
            "FrameContentSequence",
            element("FrameAcquisitionDateTime", f"2024010212000{k}.5") | element("TemporalPositionIndex", k + 1),
        )
        for k in range(2)
    ]
    shared = element("PlaneOrientationSequence", element("ImageOrientationPatient", 0, 1, 0, 0, 0, -1))
    first, second = frame_facts(enhanced(*(a | b for a, b in zip(positions, times, strict=True)), shared=shared))
    assert (first.frame, second.frame) == (1, 2)
    assert (first.position, second.position) == ((0, 0, 0), (0, 0, 3))
    assert first.orientation == second.orientation == (0, 1, 0, 0, 0, -1)
    assert (first.temporal_position, second.temporal_position) == (1, 2)
    assert second.acquired_at == datetime(2024, 1, 2, 12, 0, 1, 500000)


def test_a_diffusion_direction_stands_in_its_own_sequence() -> None:
    direction = element("DiffusionGradientDirectionSequence", element("DiffusionGradientOrientation", 0, 0, 1))
    group = element("MRDiffusionSequence", element("DiffusionBValue", 1000.0) | direction)
    (one,) = frame_facts(enhanced(group))
    assert (one.b_value, one.b_direction) == (1000, (0, 0, 1))


@pytest.mark.parametrize(
    ("group", "creator", "block", "elements"),
    [
        ("0019", "SIEMENS MR HEADER", "11", {"0C": [800], "0E": [0.6, 0.8, 0.0]}),
        ("2001", "Philips Imaging DD 001", "10", {"03": [800]}),
        ("0065", "Image Private Header", "10", {"09": [800], "37": [0.6, 0.8, 0.0]}),
    ],
)
def test_private_diffusion_is_read_in_the_block_its_creator_reserved(
    group: str, creator: str, block: str, elements: dict[str, list[float]]
) -> None:
    private = {f"{group}{block}{name}": {"vr": "FD", "Value": values} for name, values in elements.items()}
    document = classic() | {f"{group}00{block}": {"vr": "LO", "Value": [creator]}} | private
    (one,) = frame_facts(document)
    assert one.b_value == 800
    assert one.b_direction == ((0.6, 0.8, 0.0) if len(elements) == 2 else None)


def test_the_planes_of_a_dose_grid_lie_at_its_offsets() -> None:
    dose = classic(Modality=["RTDOSE"], NumberOfFrames=[3], ImagePositionPatient=[0, 0, -5])
    found = frame_facts(dose | element("GridFrameOffsetVector", 0, 2.5, 5))
    assert [one.position for one in found] == [(0, 0, -5), (0, 0, -2.5), (0, 0, 0)]


def test_frames_of_a_loop_have_no_place() -> None:
    found = frame_facts(classic(NumberOfFrames=[3], ImagePositionPatient=[0, 0, -5]))
    assert [(one.frame, one.position) for one in found] == [(1, None), (2, None), (3, None)]


def test_nonsense_is_no_fact() -> None:
    (one,) = frame_facts(
        classic(ImageOrientationPatient=[1, 0, 0, 1, 0, 0], PixelSpacing=[0, 1], ImagePositionPatient=[1, "x", 2])
    )
    assert (one.orientation, one.pixel_spacing, one.position) == (None, None, None)


def test_a_number_of_frames_that_nobody_has_is_bounded() -> None:
    header = {"00280008": {"vr": "IS", "Value": [1_000_000_000]}}
    facts = frame_facts(header)
    assert (len(facts), facts[-1].frame, facts[-1].position) == (MOST_FRAMES, MOST_FRAMES, None)
