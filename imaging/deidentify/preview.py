"""What de-identification would do to one object, element by element: for who has to answer for it."""

import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pydicom import Dataset, dcmread

from imaging.deidentify.deidentify import Subject, deidentify
from imaging.deidentify.elements import values_of

_LONGEST_VALUE = 200
_BULK = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN"})


@dataclass(frozen=True)
class Change:
    """`element` is a path such as `SourceImageSequence[0].PatientComments`; None: it is not there, before or after."""

    element: str
    before: str | None
    after: str | None


def changes(
    body: bytes,
    subject: Subject,
    replace: Callable[[Sequence[str]], Sequence[str]],
    assigned: Mapping[str, str] = MappingProxyType({}),
) -> list[Change]:
    """Those elements that do not stay as they are, in the file's order. Raises what `deidentify` raises."""
    made = deidentify(body, subject, replace, assigned)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = (dict(_told(dcmread(io.BytesIO(one), force=True), "")) for one in (body, made))
    return [
        Change(element, before.get(element), after.get(element))
        for element in dict.fromkeys((*before, *after))
        if before.get(element) != after.get(element)
    ]


def _told(dataset: Dataset, path: str) -> Iterator[tuple[str, str]]:
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
        except Exception:  # pydicom raises what its converters raise
            yield f"{path}{tag}", "(cannot be read)"
            continue
        name = f"{path}{element.keyword or tag}"
        if element.VR == "SQ":
            for place, item in enumerate(element.value or ()):
                yield from _told(item, f"{name}[{place}].")
        elif element.VR in _BULK:
            yield name, f"({len(element.value or b'')} bytes)"
        else:
            yield name, "\\".join(map(str, values_of(element)))[:_LONGEST_VALUE]
