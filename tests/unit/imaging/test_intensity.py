"""What is kept of a CT or MR image's pixels: a coarse map of the body, and how much of a CT is as bright as vessels."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from imaging.phase.intensity import GRID, BodyIntensity, BodyMeter, read_map
from imaging.pixels.grayscale import Modality

HU = Modality(1.0, -1024.0)


def disc(size: int, radius: float, middle: tuple[float, float] = (0.5, 0.5)) -> npt.NDArray[np.bool_]:
    """Inside a circle; all in parts of the image's side."""
    rows, columns = np.mgrid[:size, :size] / size
    return np.asarray((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2 < radius**2)


def trunk(size: int = 256) -> npt.NDArray[Any]:
    """Stored values of a body of 40 HU in air."""
    return np.where(disc(size, 0.4), 1064, 0).astype(np.int16)


def measured(values: npt.NDArray[Any], modality: str = "CT", rescale: Modality = HU) -> BodyIntensity | None:
    meter = BodyMeter(modality)
    meter.add(values, rescale)
    return meter.intensity()


def intensity(values: npt.NDArray[Any], modality: str = "CT", rescale: Modality = HU) -> BodyIntensity:
    found = measured(values, modality, rescale)
    assert found is not None
    return found


@pytest.mark.parametrize("size", [48, 100, 256, 512, 1000])
def test_a_map_holds_the_mean_of_the_body_and_nothing_of_the_air(size: int) -> None:
    found = read_map(intensity(trunk(size)).map)
    assert found[GRID // 2, GRID // 2] == pytest.approx(40, abs=2)
    assert np.isnan(found[0, 0])


def test_a_map_of_mr_follows_any_scale() -> None:
    values = np.where(disc(256, 0.4), 100, 3).astype(np.int16)
    values[disc(256, 0.1)] = 200
    dim, bright = (read_map(intensity(values, "MR", Modality(slope)).map) for slope in (0.01, 40.0))
    np.testing.assert_allclose(bright / dim, np.where(np.isnan(dim), np.nan, 4000), rtol=1e-5)
    assert dim[12, 12] / dim[12, 4] == pytest.approx(2, rel=0.02)


def test_the_frames_of_an_object_make_one_map() -> None:
    meter = BodyMeter("CT")
    for value in (1024, 1124):
        meter.add(np.where(disc(128, 0.4), value, 0).astype(np.int16), HU)
    found = meter.intensity()
    assert found is not None
    assert read_map(found.map)[12, 12] == pytest.approx(50, abs=2)
    assert found.body_cells == pytest.approx(2 * np.pi * 51.2**2, rel=0.02)


@pytest.mark.parametrize(
    "values",
    [
        np.zeros((16, 16), np.int16),  # too small for a map
        np.zeros((128, 128), np.int16),  # air alone, in HU
        np.ones((128, 128), np.float32),
        np.ones((128, 128, 3), np.uint8),
    ],
)
def test_what_cannot_be_measured_has_no_intensity(values: npt.NDArray[Any]) -> None:
    assert measured(values) is None


def test_what_is_no_map_is_a_map_of_nothing() -> None:
    assert np.isnan(read_map(b"torn")).all()


@pytest.mark.parametrize("hounsfield", [160, 300, 450])
def test_an_enhanced_vessel_is_bright(hounsfield: int) -> None:
    values = trunk()
    values[disc(256, 0.05, (0.4, 0.5))] = 1024 + hounsfield
    assert intensity(values).bright_part == pytest.approx((0.05 / 0.4) ** 2, rel=0.2)


@pytest.mark.parametrize("hounsfield", [20, 60, 110])
def test_organs_without_an_agent_are_not_bright(hounsfield: int) -> None:
    values = trunk()
    values[disc(256, 0.2, (0.4, 0.5))] = 1024 + hounsfield
    assert intensity(values).bright_cells == 0


def test_a_vertebra_is_bone_and_no_vessel() -> None:
    values = trunk()
    values[disc(256, 0.09, (0.7, 0.5))] = 1024 + 900
    values[disc(256, 0.08, (0.7, 0.5))] = 1024 + 220
    assert intensity(values).bright_cells == 0


def test_grains_of_calcium_are_no_vessel() -> None:
    values = trunk()
    values[100:102, 100:102] = 1024 + 300
    assert intensity(values).bright_cells == 0
