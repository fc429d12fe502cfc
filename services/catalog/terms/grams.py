"""Two or three letters of a word that stand together: what misspelt and reordered names still share."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Grams = NDArray[np.uint64]  # gram << 32 | number of its text, sorted, none twice

_WORDS = re.compile(r"[^\W_]+")
_LINE, _SPACE = ord("\n"), ord(" ")
# Odd, and far from each other: letters that differ give grams that differ, but for one in thousands of millions.
_FACTORS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9))
_HALF = np.uint64(32)


def words_of(text: str) -> str:
    """In lower case, without accents and signs, with single spaces: `Ménière's` → `meniere s`."""
    if not text.isascii():
        apart = unicodedata.normalize("NFKD", text)
        text = unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))
    return " ".join(_WORDS.findall(text.casefold()))


def grams_of(texts: Sequence[str]) -> Grams:
    """Of texts as `words_of` gives them. A gram never reaches over two words: their order says nothing."""
    lines = "\n".join(["", *(f" {text} " for text in texts), ""])
    letters = np.frombuffer(lines.encode("utf-32-le"), np.uint32)
    owners = (np.cumsum(letters == _LINE) - 1).astype(np.uint64)
    inside = letters != _LINE
    first, second, third = letters[:-2], letters[1:-1], letters[2:]
    two = inside[:-2] & inside[1:-1]
    three = two & inside[2:] & (second != _SPACE)
    found = np.concatenate([
        _hashed(first[two], second[two]) << _HALF | owners[:-2][two],
        _hashed(first[three], second[three], third[three]) << _HALF | owners[:-2][three],
    ])  # fmt: skip
    found.sort()
    once = np.ones(len(found), bool)
    np.not_equal(found[1:], found[:-1], out=once[1:])  # np.unique takes ten times as long
    return found[once]


def split(grams: Grams) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The grams, and the number of the text each is of."""
    return (grams >> _HALF).astype(np.int64), (grams & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _hashed(*letters: NDArray[np.uint32]) -> NDArray[np.uint64]:
    mixed = np.full(letters[0].shape, len(letters), np.uint64)
    for one, factor in zip(letters, _FACTORS, strict=False):
        mixed = (mixed ^ one.astype(np.uint64)) * factor
        mixed ^= mixed >> _HALF
    return mixed >> _HALF


def weight_of(texts_with_it: NDArray[np.int64], texts: int) -> NDArray[np.float64]:
    """Inverse document frequency: what few have says much."""
    weights: NDArray[np.float64] = np.log1p(texts / np.maximum(texts_with_it, 1))
    return weights
