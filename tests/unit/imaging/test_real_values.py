"""The numbers behind a grey frame: PS3.3 C.11.1 worked out by hand, in the fewest bits that hold them."""

from typing import Any

import numpy as np
import pytest

from imaging.pixels.errors import NoPicture
from imaging.pixels.modality_values import real_values
from imaging.pixels.raw_png import stored_pictures
from tests.unit.imaging.pixel_objects import Array, image_object, lut_item, only_picture


def _values(*values: float, kind: str = "<i2") -> Array:
    return np.array([values], kind)


def _twelve_bits(*values: int, **elements: Any) -> Any:
    return image_object(_values(*values, kind="<u2"), BitsStored=12, HighBit=11, **elements)


def test_hounsfield_units_are_whole_numbers_of_sixteen_bits() -> None:
    """Twelve bits less 1024 lie between -1024 and 3071, whatever this frame happens to hold."""
    found = real_values(_twelve_bits(0, 1024, 4095, RescaleSlope=1, RescaleIntercept=-1024), 1)
    assert found.dtype == np.dtype("<i2")
    assert found.tolist() == [[-1024, 0, 3071]]


def test_values_that_nothing_scales_stay_what_they_are() -> None:
    assert real_values(image_object(_values(0, 7, 65535, kind="<u2")), 1).tolist() == [[0, 7, 65535]]
    assert real_values(image_object(_values(0, 7, 255, kind="u1")), 1).dtype == np.uint8


def test_what_sixteen_bits_may_not_hold_becomes_float() -> None:
    """All sixteen bits less 1024 would be below int16 and above uint16."""
    found = real_values(image_object(_values(0, 65535, kind="<u2"), RescaleSlope=1, RescaleIntercept=-1024), 1)
    assert found.dtype == np.dtype("<f4")
    assert found.tolist() == [[-1024, 64511]]


def test_a_slope_that_is_no_whole_number_gives_float() -> None:
    found = real_values(_twelve_bits(1, 3, RescaleSlope=0.5, RescaleIntercept=0), 1)
    assert found.tolist() == [[0.5, 1.5]]


def test_a_table_is_looked_up() -> None:
    found = real_values(image_object(_values(0, 1, 2, kind="u1"), ModalityLUTSequence=[lut_item(0, [5, 50, 500])]), 1)
    assert found.tolist() == [[5, 50, 500]]


def test_only_the_frame_asked_for() -> None:
    frames = np.arange(12, dtype="<i2").reshape(3, 2, 2)
    dataset = image_object(frames[0], NumberOfFrames=3, PixelData=frames.tobytes())
    assert real_values(dataset, 2).tolist() == [[4, 5], [6, 7]]
    with pytest.raises(NoPicture, match="no frame 4, there are 3"):
        real_values(dataset, 4)


def test_colours_are_no_values() -> None:
    with pytest.raises(NoPicture, match="colours"):
        real_values(image_object(np.zeros((2, 2, 3), np.uint8)), 1)


@pytest.mark.parametrize("kind", ["<u2", "<u4", "<i4"])
@pytest.mark.parametrize("scaling", ["0.0000025", "1.5e-3"])
def test_dose_is_the_stored_value_times_the_dose_grid_scaling(kind: str, scaling: str) -> None:
    """PS3.3 C.8.8.3."""
    dose = image_object(np.array([[0, 1, 5000, 32000]], kind), SOPClassUID="1.2.840.10008.5.1.4.1.1.481.2")
    dose.DoseGridScaling = scaling
    assert np.allclose(real_values(dose, 1), np.array([[0, 1, 5000, 32000]]) * float(scaling), rtol=1e-6)
    assert only_picture(dose).rendering.slope == float(scaling)
    (stored,) = stored_pictures(dose)
    assert (stored.slope, stored.intercept) == (float(scaling), float(scaling) * stored.offset)


@pytest.mark.parametrize("scaling", [None, "0"])
def test_a_dose_without_scaling_says_so(scaling: str | None) -> None:
    dose = image_object(np.array([[0, 7]], "<u2"), SOPClassUID="1.2.840.10008.5.1.4.1.1.481.2")
    if scaling is not None:
        dose.add_new("DoseGridScaling", "DS", scaling)
    assert real_values(dose, 1).tolist() == [[0, 7]]
    assert "dose grid scaling" in " ".join(only_picture(dose).rendering.notes)
