"""Lookup tables as DICOM writes them: a descriptor of three numbers, then words (PS3.3 C.11.1.1, C.7.6.3.1.5)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset

from imaging.pixels.dataset import element_of, numbers_of

Floats = npt.NDArray[np.float64]
_DEEPEST = 16


@dataclass(frozen=True)
class Lut:
    """`words` are the entries (little-endian, 16 bits) for inputs from `first` on; `bits` is the depth of an entry."""

    first: int
    bits: int
    words: bytes

    def entries(self) -> npt.NDArray[np.uint16]:
        return np.frombuffer(self.words, "<u2")

    def look_up(self, values: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
        """The entry for each value; what lies outside the table gets its first or last entry."""
        entries = self.entries()
        index = np.clip(np.rint(np.nan_to_num(values)) - self.first, 0, len(entries) - 1)
        found: npt.NDArray[np.uint16] = entries[index.astype(np.intp)]
        return found


def read_lut(dataset: Dataset, descriptor: str, data: str, is_signed: bool = False) -> Lut | None:
    """The table under these two keywords, None when it is absent, empty or contradictory."""
    numbers = numbers_of(dataset, descriptor)
    if len(numbers) != 3 or not all(np.isfinite(numbers)):
        return None
    count, first, bits = (int(number) for number in numbers)
    count = count & 0xFFFF or 1 << 16  # 65,536 does not fit its 16 bits and is written as 0.
    words = _words(dataset, data, count)
    if not len(words) or not 1 <= bits <= _DEEPEST:
        return None
    return Lut(as_signed(first) if is_signed else first, bits, words.astype("<u2").tobytes())


def _words(dataset: Dataset, keyword: str, count: int) -> npt.NDArray[np.uint16]:
    element = element_of(dataset, keyword)
    if element is None or element.value is None:
        return np.empty(0, np.uint16)
    if not isinstance(element.value, bytes):
        numbers = numbers_of(dataset, keyword)[:count]
        whole = np.asarray(numbers, np.int64) if all(np.isfinite(numbers)) else np.empty(0, np.int64)
        return whole.astype(np.uint16)
    raw = element.value
    if len(raw) in (count, count + count % 2):  # Entries of 8 bits, two in a word.
        return np.frombuffer(raw, np.uint8, count).astype(np.uint16)
    return np.frombuffer(raw, _word_type(dataset), len(raw) // 2)[:count]


def _word_type(dataset: Dataset) -> str:
    is_big = getattr(dataset, "original_encoding", (None, None))[1] is False
    return ">u2" if is_big else "<u2"


def as_signed(word: int) -> int:
    """A number of 16 bits as what it is in two's complement."""
    return word - (1 << 16) if word >= 1 << 15 else word
