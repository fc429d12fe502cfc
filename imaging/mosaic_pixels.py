"""The pixels of a mosaic, cut into its slices."""

import warnings
from collections.abc import Iterator

from pydicom import DataElement, Dataset
from pydicom.tag import BaseTag

from imaging.csa import CSA_HEADER, csa_elements
from imaging.document import Document
from imaging.mosaic import SIEMENS_COUNT, UIH_COUNT, UIH_SLICES, Mosaic, UnknownMosaic, is_mosaic, mosaic_of
from imaging.no_picture import NoPicture, NoPictureReason
from imaging.pixel_elements import UNREADABLE, element_of, texts_of

_PUBLIC = ("ImageType", "Rows", "Columns", "NumberOfFrames", "ImageOrientationPatient")


def pixel_mosaic(dataset: Dataset) -> Mosaic | None:
    """How the picture of this data set is cut; None for nearly all of them. Raises NoPicture."""
    if not is_mosaic(texts_of(dataset, "ImageType")):
        return None
    try:
        return mosaic_of(mosaic_header(dataset))
    except UnknownMosaic as unknown:
        raise NoPicture(NoPictureReason.MOSAIC, str(unknown)) from None


def mosaic_header(dataset: Dataset) -> Document:
    """As much of a data set's header as imaging/mosaic.py asks for, as a document."""
    wanted = Dataset()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning quotes the value, and the value may be about a patient
        for element in _elements(dataset):
            wanted.add(element)
        document: Document = wanted.to_json_dict(suppress_invalid_tags=True)
        csa = _private(dataset, *CSA_HEADER)
    return document | csa_elements(csa[-1].value) if csa and isinstance(csa[-1].value, bytes) else document


def _elements(dataset: Dataset) -> Iterator[DataElement]:
    yield from (found for keyword in _PUBLIC if (found := element_of(dataset, keyword)) is not None)
    for creator, element in (SIEMENS_COUNT, UIH_COUNT, UIH_SLICES):
        yield from _private(dataset, creator, element)


def _private(dataset: Dataset, creator: str, element: int) -> list[DataElement]:
    """The creator's element and the one in its block, or nothing."""
    try:
        block = dataset.private_block(element >> 8, creator)
        return [dataset[BaseTag(element >> 8 << 16 | block.block_start >> 8)], block[element & 0xFF]]
    except UNREADABLE:
        return []
