"""Pictures that look almost the same are found, others are not."""

from random import Random

import numpy as np

from imaging.pixels.png import write_grey8
from services.export.build.leakage import _pairs, picture_hash


def scene(seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Smooth, as a body is: a few waves."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[0:128, 0:128] / 128
    waves = sum(
        chance.normal() * np.sin(6.3 * (a * x + b * y) + chance.uniform(0, 6)) for a in range(5) for b in range(5)
    )
    return np.asarray((waves - waves.min()) / (waves.max() - waves.min()) * 255)


def hashed(pixels: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> bytes:
    found = picture_hash(write_grey8(np.clip(pixels, 0, 255).astype(np.uint8)))
    assert found is not None
    return found


def test_the_same_picture_with_a_little_noise_or_light_is_found() -> None:
    noise = np.random.default_rng(0)
    pictures = [
        scene(1),
        scene(1) + noise.normal(0, 2, (128, 128)),
        scene(1) * 0.97 + 3,
        *(scene(n) for n in range(2, 40)),
    ]
    sides = ["train", "test", "test", *("train" if n % 2 else "test" for n in range(2, 40))]
    assert _pairs([hashed(one) for one in pictures], sides) == [(0, 1), (0, 2)]


def test_on_one_side_it_is_no_leak() -> None:
    assert _pairs([hashed(scene(1))] * 3, ["train"] * 3) == []


def test_an_empty_picture_says_nothing() -> None:
    assert picture_hash(write_grey8(np.zeros((64, 64), np.uint8))) is None


def test_up_to_six_signs_are_found_wherever_they_are() -> None:
    """The parts that are compared guarantee it: of eight parts seven can differ at most."""
    chance = Random(2)
    for _ in range(200):
        one = chance.randbytes(32)
        other = bytearray(one)
        for place in chance.sample(range(256), 6):
            other[place // 8] ^= 1 << place % 8
        assert _pairs([one, bytes(other)], ["train", "test"]) == [(0, 1)]
