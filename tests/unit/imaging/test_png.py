"""What our PNG writer promises: another program reads the same pixels, and the same pixels give the same bytes."""

import numpy as np
import pytest

from imaging.pixels.png import write_grey8, write_grey16, write_rgb
from tests.unit.imaging.pixel_objects import seen

_RANDOM = np.random.default_rng(7)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (64, 48)])
def test_eight_bit_grey_reads_back_equal(shape: tuple[int, int]) -> None:
    pixels = _RANDOM.integers(0, 256, shape, np.uint8)
    assert np.array_equal(seen(write_grey8(pixels)), pixels)


@pytest.mark.parametrize("shape", [(1, 1), (5, 3), (64, 48)])
def test_sixteen_bit_grey_keeps_every_stored_value(shape: tuple[int, int]) -> None:
    """B22: the 16-bit PNG is lossless."""
    pixels = _RANDOM.integers(0, 1 << 16, shape, np.uint16)
    assert np.array_equal(seen(write_grey16(pixels)), pixels)


def test_colour_reads_back_equal() -> None:
    pixels = _RANDOM.integers(0, 256, (17, 5, 3), np.uint8)
    assert np.array_equal(seen(write_rgb(pixels)), pixels)


def test_the_same_pixels_give_the_same_bytes() -> None:
    pixels = _RANDOM.integers(0, 256, (64, 64), np.uint8)
    assert write_grey8(pixels) == write_grey8(pixels.copy())


def test_a_png_holds_no_text_and_no_time() -> None:
    png = write_grey8(np.zeros((4, 4), np.uint8))
    assert not any(kind in png for kind in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"))
