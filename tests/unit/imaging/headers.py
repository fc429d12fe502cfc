"""Headers made on the spot."""

from typing import Any

from pydicom.dataset import Dataset

from imaging.header.dicom_json import Document


def dataset(**elements: Any) -> Dataset:
    """A data set of these elements; lists of data sets are sequences."""
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def header(**elements: Any) -> Document:
    """The same as a document; None is an element that is there and empty."""
    return dataset(**elements).to_json_dict()
