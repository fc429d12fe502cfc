"""How stored values become grey: the formulas of PS3.3 C.11 worked out by hand."""

from typing import Any

import numpy as np
import pytest

from imaging.pixels.modality_values import real_values
from imaging.pixels.render import RENDERER_VERSION, render
from tests.unit.imaging.pixel_objects import Array, drawn, image_object, item, lut_item, only_picture, seen


def _values(*values: int, kind: str = "<i2") -> Array:
    return np.array([values], kind)


def test_a_linear_window_follows_the_standards_formula() -> None:
    """C.11.2.1.2.1 with c=50, w=101: black up to -0.5, white above 99.5, ((x - 49.5) / 100 + 0.5) * 255 between."""
    dataset = image_object(_values(-1, 0, 25, 50, 99, 100, 500), WindowCenter=50, WindowWidth=101)
    assert drawn(dataset) == [0, 1, 65, 129, 254, 255, 255]


def test_a_linear_window_of_width_one_is_a_step() -> None:
    """C.11.2.1.2.1: x <= c - 0.5 is black, above is white."""
    assert drawn(image_object(_values(9, 10, 11), WindowCenter=10, WindowWidth=1)) == [0, 255, 255]


def test_a_linear_exact_window_follows_the_standards_formula() -> None:
    """C.11.2.1.3.2 with c=50, w=100: ((x - 50) / 100 + 0.5) * 255."""
    dataset = image_object(_values(-1, 0, 25, 50, 100), WindowCenter=50, WindowWidth=100, VOILUTFunction="LINEAR_EXACT")
    assert drawn(dataset) == [0, 0, 64, 128, 255]


def test_a_sigmoid_window_follows_the_standards_formula() -> None:
    """C.11.2.1.3.1 with c=50, w=100: 255 / (1 + exp(-4 (x - 50) / 100))."""
    dataset = image_object(_values(-500, 0, 50, 100, 600), WindowCenter=50, WindowWidth=100, VOILUTFunction="SIGMOID")
    assert drawn(dataset) == [0, 30, 128, 225, 255]


def test_rescale_comes_before_the_window() -> None:
    """Stored 1024, 1074, 1124 are -1 + 1, 50 and 100 HU."""
    dataset = image_object(
        _values(1024, 1074, 1124), RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=50, WindowWidth=101
    )
    assert drawn(dataset) == [1, 129, 255]


def test_monochrome1_is_inverted_after_the_window() -> None:
    dataset = image_object(
        _values(0, 25, 100), WindowCenter=50, WindowWidth=101, PhotometricInterpretation="MONOCHROME1"
    )
    assert drawn(dataset) == [254, 190, 0]
    assert only_picture(dataset).rendering.inverted


def test_padding_is_black_also_in_an_inverted_image() -> None:
    dataset = image_object(
        _values(-2000, 0, 100), WindowCenter=50, WindowWidth=101, PhotometricInterpretation="MONOCHROME1"
    )
    dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    assert drawn(dataset) == [0, 254, 0]


def test_a_padding_range_does_not_widen_the_percentiles() -> None:
    dataset = image_object(_values(-3000, -2500, -2000, 10, 20, 30))
    dataset.add_new("PixelPaddingValue", "SS", -2000)
    dataset.add_new("PixelPaddingRangeLimit", "SS", -3000)
    assert drawn(dataset) == [0, 0, 0, 0, 128, 255]


@pytest.mark.parametrize("bits", [10, 12, 14])
@pytest.mark.parametrize("padding", [-2000, -32000, 63536, 40000])
def test_padding_that_no_stored_value_can_be_pads_nothing(padding: int, bits: int) -> None:
    """-2000 is 2096 modulo 4096, and 2096 is bone."""
    wrapped = padding % (1 << bits)
    dataset = image_object(np.array([[0, wrapped, (1 << bits) - 1]], "<u2"), BitsStored=bits, HighBit=bits - 1)
    dataset.WindowCenter, dataset.WindowWidth = (1 << bits) // 2, 1 << bits
    before = drawn(dataset)
    dataset.add_new("PixelPaddingValue", "SS" if padding < 0 else "US", padding)
    assert drawn(dataset) == before
    assert before[1] > 0


@pytest.mark.parametrize("bits", [12, 16])
def test_padding_of_signed_pixels_is_a_signed_word_whatever_its_vr(bits: int) -> None:
    dataset = image_object(
        _values(-2000, 0, 100), BitsStored=bits, HighBit=bits - 1, WindowCenter=-950, WindowWidth=2101
    )
    dataset.add_new("PixelPaddingValue", "US", 65536 - 2000)
    assert drawn(dataset)[0] == 0
    assert only_picture(dataset).rendering.padding == (-2000, -2000)


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_the_modality_lut_of_xa_and_rf_is_not_for_display(number: str) -> None:
    """PS3.3 C.8.7.1.1.2: it leads back to X-ray intensities; values that are measured and windowed do without, too."""
    table = lut_item(0, [900 - value for value in range(300)])
    dataset = image_object(
        np.array([[0, 100, 250]], "<u2"), ModalityLUTSequence=[table], WindowCenter=128, WindowWidth=256
    )
    with_table = drawn(dataset)
    dataset.SOPClassUID = f"1.2.840.10008.5.1.4.1.1.12.{number}"
    assert drawn(dataset) == [0, 100, 250] != with_table
    assert "not for display" in " ".join(only_picture(dataset).rendering.notes)
    assert real_values(dataset, 1).tolist() == [[0, 100, 250]]
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    assert drawn(dataset) == with_table


def test_without_a_window_the_percentiles_are_the_range() -> None:
    """The smallest and largest half percent of 1,000 values saturate."""
    dataset = image_object(np.arange(1000, dtype="<u2").reshape(10, 100), RescaleSlope=2, RescaleIntercept=-10)
    rendering = only_picture(dataset).rendering
    assert (rendering.voi, rendering.low, rendering.high) == ("PERCENTILE", 4 * 2 - 10, 994 * 2 - 10)


def test_a_small_object_on_a_flat_ground_is_still_seen() -> None:
    pixels = np.zeros((40, 40), np.uint8)
    pixels[5, 5] = 3
    assert max(drawn(image_object(pixels))) == 255


@pytest.mark.parametrize("kind", ["<u4", "<i4"])
def test_32_bit_values_give_a_picture(kind: str) -> None:
    assert drawn(image_object(_values(0, 50_000, 100_000, kind=kind))) == [0, 128, 255]


def test_the_first_voi_lut_wins_over_the_window() -> None:
    """C.11.2: what lies outside the table gets its first or last entry."""
    voi = lut_item(10, [0, 65535, 32768])
    dataset = image_object(_values(-5, 10, 11, 12, 99), VOILUTSequence=[voi], WindowCenter=1, WindowWidth=2)
    assert drawn(dataset) == [0, 0, 255, 128, 128]
    assert only_picture(dataset).rendering.voi == "VOI_LUT"


def test_the_modality_lut_takes_the_place_of_rescale() -> None:
    modality = lut_item(0, [0, 100, 50])
    dataset = image_object(
        _values(0, 1, 2), ModalityLUTSequence=[modality], RescaleSlope=9, WindowCenter=50, WindowWidth=101
    )
    assert drawn(dataset) == [1, 255, 129]
    assert only_picture(dataset).rendering.modality_lut


def test_bits_that_are_not_stored_do_not_count() -> None:
    """PS3.5 8.1.1: an old overlay in the high bits, and the sign in bit 11."""
    words = np.array([[0x0000, 0xF000, 0x07FF, 0xF800]], "<u2").view("<i2")
    dataset = image_object(words, BitsStored=12, HighBit=11, WindowCenter=0, WindowWidth=4096)
    assert drawn(dataset) == [128, 128, 255, 0]


def test_values_may_stand_in_the_upper_bits() -> None:
    words = np.array([[0x0000, 0xFFF0, 0x800F]], "<u2")
    dataset = image_object(words, BitsStored=12, HighBit=15, WindowCenter=2048, WindowWidth=4096)
    assert drawn(dataset) == [0, 255, 128]


def test_a_large_frame_is_drawn_as_a_small_one() -> None:
    """The table over all words and the sum per pixel agree."""
    window: dict[str, Any] = {"WindowCenter": 40, "WindowWidth": 400, "RescaleIntercept": -1024}
    values = np.arange(1 << 16, dtype="<u2").reshape(256, 256)
    large = drawn(image_object(values, **window))
    assert large[1000:1100] == drawn(image_object(values.ravel()[1000:1100].reshape(1, 100), **window))


def test_each_frame_of_an_enhanced_object_has_its_own_window() -> None:
    dataset = image_object(np.array([[100, 100]], "<u2"), NumberOfFrames=2)
    dataset.Rows = dataset.Columns = 1
    window = item(FrameVOILUTSequence=[item(WindowCenter=50, WindowWidth=101)])
    dataset.SharedFunctionalGroupsSequence = [window]
    dataset.PerFrameFunctionalGroupsSequence = [
        item(PixelValueTransformationSequence=[item(RescaleSlope=1, RescaleIntercept=-50)]),
        item(FrameVOILUTSequence=[item(WindowCenter=500, WindowWidth=101)]),
    ]
    assert [int(seen(picture.png)[0, 0]) for picture in render(dataset)] == [129, 0]


def test_a_rendering_says_what_was_used() -> None:
    dataset = image_object(_values(0, 100), WindowCenter=50, WindowWidth=101, RescaleSlope=1, RescaleIntercept=0)
    assert only_picture(dataset).rendering.as_json() == {
        "voi": "WINDOW",
        "photometric": "MONOCHROME2",
        "function": "LINEAR",
        "center": 50.0,
        "width": 101.0,
        "modality_lut": False,
        "slope": 1.0,
        "intercept": 0.0,
        "inverted": False,
        "renderer": RENDERER_VERSION,
    }
