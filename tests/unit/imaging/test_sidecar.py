"""Beside a volume stand numbers and known codes, and nothing a person or a device may have written freely."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from imaging.header.dicom_json import Document, tag_key
from imaging.volume.dimensions import Axis, Slice
from imaging.volume.nifti import volume_affine
from imaging.volume.sidecar import known_about, only_known, volume_sidecar
from imaging.volume.stacks import stacks_of
from tests.unit.imaging.slices import AXIAL, CORONAL, at

CANARY = "Qzvxcanary"
HEIGHTS = [0.0, 3.0, 6.0]


def document(**elements: Any) -> Document:
    return {tag_key(keyword): {"vr": "UN", "Value": values} for keyword, values in elements.items()}


def sidecar(series: list[Slice], about: dict[str, Any] | None = None) -> dict[str, Any]:
    stack = stacks_of(series)[0]
    told = volume_sidecar(stack, about or {}, volume_affine([one.facts for one in stack.volumes[0]]), "RESCALE")
    found: dict[str, Any] = json.loads(json.dumps(told, allow_nan=False))
    return found


def test_times_are_seconds_as_bids_has_them() -> None:
    told = sidecar(at(HEIGHTS, echo_time_ms=4.6, repetition_time_ms=2300.0, inversion_time_ms=900.0, flip_angle=8.0))
    assert (told["EchoTime"], told["RepetitionTime"], told["InversionTime"], told["FlipAngle"]) == (0.0046, 2.3, 0.9, 8)
    assert (told["SpacingBetweenSlices"], told["ValueTransform"]) == (3, "RESCALE")


def test_of_texts_only_known_terms_are_told() -> None:
    about = known_about(
        document(
            Modality=["MR"], Manufacturer=[f"SIEMENS {CANARY}"], ScanningSequence=["GR", CANARY], KVP=[120, CANARY],
            MagneticFieldStrength=[3], PatientPosition=[CANARY], MRAcquisitionType=["3D"],
        )
    )  # fmt: skip
    assert about["Manufacturer"] == ["Siemens"]
    assert about["ScanningSequence"] == ["GR"]
    assert CANARY not in json.dumps(about)


def test_what_a_worker_says_is_held_against_the_same_list() -> None:
    said = {"Modality": ["MR", CANARY], "PatientName": [CANARY], "KVP": [CANARY, float("nan"), True, 120], "Units": 5}
    assert only_known(said) == {"Modality": ["MR"], "KVP": [120]}


@pytest.mark.parametrize("name", ["image_type", "kernel", "component", "stack_id"])
def test_what_sets_a_stack_apart_quotes_nobody(name: str) -> None:
    value: Any = (CANARY, "PRIMARY") if name == "image_type" else CANARY
    other: Any = ("DERIVED", "PRIMARY") if name == "image_type" else "MAGNITUDE"
    series = [*at(HEIGHTS, **{name: value}), *at(HEIGHTS, 4, **{name: other})]
    for stack in stacks_of(series):
        affine = volume_affine([one.facts for one in stack.volumes[0]])
        assert CANARY not in json.dumps(volume_sidecar(stack, {}, affine, "NONE"))


def test_an_axis_has_its_values_and_their_unit() -> None:
    told = sidecar([one for point in (0, 1) for one in at(HEIGHTS, trigger_time_ms=50.0 * point)])
    assert (told["Axis"], told["AxisValues"], told["AxisUnit"]) == (Axis.TRIGGER, [0, 50], "ms")


def test_numbered_time_points_have_no_unit() -> None:
    told = sidecar([one for point in (1, 2) for one in at(HEIGHTS, temporal_position=point)])
    assert (told["Axis"], told["AxisValues"]) == (Axis.TIME, [1, 2])
    assert "AxisUnit" not in told


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL])
def test_directions_are_told_along_the_axes_of_the_image(orientation: tuple[float, ...]) -> None:
    """FSL: a gradient along the image's own axes has a one there; x is turned where the axes are right-handed."""
    normal = np.cross(orientation[:3], orientation[3:])
    along = [None, orientation[:3], tuple(-value for value in orientation[3:]), tuple(normal)]
    series = [
        one
        for place, direction in enumerate(along)
        for one in at(HEIGHTS, 1 + 3 * place, orientation=orientation, b_value=1000.0 if direction else 0.0,
                      b_direction=direction)
    ]  # fmt: skip
    series = [Slice(one.sop_uid, _moved(one.facts, normal), one.instance_number) for one in series]
    told = sidecar(series)
    assert told["bval"] == [0, 1000, 1000, 1000]
    turned = -1 if np.linalg.det(np.array(told["Affine"])[:3, :3]) > 0 else 1
    assert np.allclose(np.array(told["bvec"]).T, [[0, 0, 0], [turned, 0, 0], [0, 1, 0], [0, 0, 1]], atol=1e-6)


def _moved(facts: Any, normal: Any) -> Any:
    return replace(facts, position=tuple(float(part) for part in facts.position[2] * normal))
