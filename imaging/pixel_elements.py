"""Single values of an untrusted pydicom data set: absent and unreadable are answers, not exceptions."""

import math
import struct
import warnings
from collections.abc import Iterable, Sequence

from pydicom import DataElement, Dataset

# What pydicom raises while turning hostile bytes into a value.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, NotImplementedError, struct.error)


def element_of(dataset: Dataset, keyword: str) -> DataElement | None:
    """The element with this keyword, None when it is absent or cannot be read."""
    if keyword not in dataset:
        return None
    with warnings.catch_warnings():
        # A warning quotes the value, and the value may be about a patient.
        warnings.simplefilter("ignore")
        try:
            return dataset[keyword]
        except UNREADABLE:
            return None


def numbers_of(dataset: Dataset, keyword: str) -> list[float]:
    """All values as floats: empty when absent, `[nan]` when something stands there that is no number."""
    if keyword not in dataset:
        return []
    element = element_of(dataset, keyword)
    if element is None:
        return [math.nan]
    return _floats(_values(element))


def first_number(dataset: Dataset, keyword: str) -> float | None:
    """The first value as a float, None when absent or empty, nan when it is no number."""
    return next(iter(numbers_of(dataset, keyword)), None)


def first_text(dataset: Dataset, keyword: str) -> str:
    """The first value as trimmed text, "" when absent or unreadable."""
    element = element_of(dataset, keyword)
    values = _values(element) if element is not None else []
    return str(values[0]).strip(" \0") if values else ""


def texts_of(dataset: Dataset, keyword: str) -> list[str]:
    """All values as trimmed text, empty when absent or unreadable."""
    element = element_of(dataset, keyword)
    return [str(value).strip(" \0") for value in _values(element)] if element is not None else []


def items_of(dataset: Dataset, keyword: str) -> Sequence[Dataset]:
    """The items of a sequence; empty when it is absent or unreadable."""
    element = element_of(dataset, keyword)
    return element.value or [] if element is not None and element.VR == "SQ" else []


def _values(element: DataElement) -> Sequence[object]:
    if element.value is None or element.value == "":
        return []
    return element.value if element.VM > 1 else [element.value]


def _floats(values: Iterable[object]) -> list[float]:
    try:
        return [float(value) for value in values]  # type: ignore[arg-type]  # what is no number is answered below
    except UNREADABLE:
        return [math.nan]
