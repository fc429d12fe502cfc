"""The file as nibabel reads it: shape, affine, values, one byte stream for one volume."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest

from imaging.volume.frame_facts import FrameFacts
from imaging.volume.nifti import NiftiType, kept_values, type_for, volume_affine, write_nifti
from tests.unit.imaging.slices import AXIAL, CORONAL, SAGITTAL, one_slice

WAYS = {AXIAL: (0.0, 0.0, 1.0), CORONAL: (0.0, 1.0, 0.0), SAGITTAL: (-1.0, 0.0, 0.0)}
OBLIQUE = (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)


def facts(orientation: tuple[float, ...], positions: Sequence[tuple[float, ...]], **more: Any) -> list[FrameFacts]:
    return [one_slice(0, orientation=orientation, position=place, **more).facts for place in positions]


def dicom_place(one: FrameFacts, row: int, column: int) -> Any:
    """PS3.3 C.7.6.2.1.1, equation C.7.6.2.1-1, in RAS."""
    assert one.orientation is not None
    assert one.position is not None
    assert one.pixel_spacing is not None
    along_row, along_column = np.array(one.orientation[:3]), np.array(one.orientation[3:])
    place = one.position + along_row * one.pixel_spacing[1] * column + along_column * one.pixel_spacing[0] * row
    return place * [-1, -1, 1]


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, SAGITTAL, OBLIQUE])
@pytest.mark.parametrize("lean", [0.0, 0.4])
def test_a_voxel_lies_where_its_pixel_lies(orientation: tuple[float, ...], lean: float) -> None:
    normal = np.cross(orientation[:3], orientation[3:])
    steps = [np.array([10.0, 20.0, 30.0]) + 3 * n * normal + lean * n * np.array(orientation[3:]) for n in range(5)]
    stack = facts(orientation, [tuple(step) for step in steps], pixel_spacing=(2.0, 0.5))
    affine = volume_affine(stack)
    for place, one in enumerate(stack):
        for row in range(one.rows):
            for column in range(one.columns):
                voxel = affine @ [column, one.rows - 1 - row, place, 1]
                assert np.allclose(voxel[:3], dicom_place(one, row, column))


def test_a_single_slice_is_as_thick_as_it_says() -> None:
    (one,) = facts(AXIAL, [(0.0, 0.0, 0.0)], slice_thickness=5.0, spacing_between_slices=6.0)
    assert np.linalg.norm(volume_affine([one])[:3, 2]) == 6
    (one,) = facts(AXIAL, [(0.0, 0.0, 0.0)], slice_thickness=5.0)
    assert np.linalg.norm(volume_affine([one])[:3, 2]) == 5


def test_numbers_that_span_no_space_make_no_affine() -> None:
    with pytest.raises(ArithmeticError):
        volume_affine(facts(AXIAL, [(0.0, 0.0, 1.0), (0.0, 0.0, 1.0)]))


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([("<i2", -5, 900, 1, -1024)] * 2, NiftiType("i2", 1, -1024)),
        ([("<u2", 0, 4095, 0.5, 3)], NiftiType("i2", 0.5, 3)),
        ([("<u2", 0, 40000, 1, 0)], NiftiType("f4")),
        ([("|u1", 0, 255, 1, 0)], NiftiType("u1")),
        ([("<u2", 0, 9, 1, 0), ("<u2", 0, 9, 2, 0)], NiftiType("f4")),
        ([("<f4", 0, 9, 1, 0)], NiftiType("f4")),
        ([("<u4", 0, 70000, 1, 0)], NiftiType("f4")),
    ],
)
def test_the_type_is_the_smallest_that_loses_nothing(kinds: Any, expected: NiftiType) -> None:
    assert type_for(kinds) == expected


def written(path: Path, count: int, kind: NiftiType, **more: Any) -> tuple[Any, Any]:
    """The image as it is read back, and the slices as they were: (count, rows, columns[, 3])."""
    stack = facts(AXIAL, [(0.0, 0.0, 3.0 * n) for n in range(2)])
    shape = (count, 4, 6, 3) if kind.name == "rgb" else (count, 4, 6)
    slices = np.random.default_rng(7).integers(0, 200, shape)
    volumes = [] if count == 2 else [count // 2]
    bodies = [kept_values(one, more.get("slope", 1.0), more.get("intercept", 0.0), kind) for one in slices]
    write_nifti(path, (6, 4, 2, *volumes), kind, volume_affine(stack), 2.5, bodies)
    return nibabel.load(path), slices


def test_values_are_those_of_the_slices_with_rows_from_the_last(tmp_path: Path) -> None:
    image, slices = written(tmp_path / "a.nii.gz", 2, NiftiType("i2", 2.0, -1024.0))
    assert np.array_equal(np.asarray(image.dataobj), slices[:, ::-1].transpose(2, 1, 0) * 2.0 - 1024)
    assert (image.header["qform_code"], image.header["sform_code"]) == (1, 1)
    assert np.allclose(image.get_qform(), image.affine, atol=1e-5)
    assert image.header.get_xyzt_units() == ("mm", "sec")


def test_volumes_follow_each_other_in_the_fourth_dimension(tmp_path: Path) -> None:
    image, slices = written(tmp_path / "a.nii.gz", 6, NiftiType("f4"), slope=0.25)
    assert image.shape == (6, 4, 2, 3)
    assert np.array_equal(image.get_fdata()[..., 1], slices[2:4, ::-1].transpose(2, 1, 0) * 0.25)
    assert image.header.get_zooms()[3] == 2.5


def test_colour_is_three_bytes_a_voxel(tmp_path: Path) -> None:
    image, slices = written(tmp_path / "a.nii.gz", 2, NiftiType("rgb"))
    data = np.asarray(image.dataobj)
    assert image.header["datatype"] == 128
    assert np.array_equal(data["G"], slices[:, ::-1, :, 1].transpose(2, 1, 0))


@pytest.mark.parametrize("orientation", [AXIAL, CORONAL, SAGITTAL, OBLIQUE])
def test_rotation_and_affine_say_the_same(tmp_path: Path, orientation: tuple[float, ...]) -> None:
    normal = np.cross(orientation[:3], orientation[3:])
    stack = facts(orientation, [tuple(4.0 * n * normal) for n in range(3)])
    write_nifti(tmp_path / "a.nii.gz", (6, 4, 3), NiftiType("u1"), volume_affine(stack), 0, [bytes(24)] * 3)
    image: Any = nibabel.load(tmp_path / "a.nii.gz")
    assert np.allclose(image.get_qform(), image.get_sform(), atol=1e-5)


def test_a_sheared_volume_has_no_rotation(tmp_path: Path) -> None:
    stack = facts(AXIAL, [(0.0, 1.0 * n, 3.0 * n) for n in range(3)])
    write_nifti(tmp_path / "a.nii.gz", (6, 4, 3), NiftiType("u1"), volume_affine(stack), 0, [bytes(24)] * 3)
    image: Any = nibabel.load(tmp_path / "a.nii.gz")
    assert (image.header["qform_code"], image.header["sform_code"]) == (0, 1)
    assert np.allclose(image.affine[:3, 2], [0, -1, 3])


def test_the_same_volume_is_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.nii.gz", "b.nii.gz"):
        written(tmp_path / name, 2, NiftiType("i2"))
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()
