"""Small image objects made on the spot, and a way to look at a picture."""

import io
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import UID, ExplicitVRLittleEndian

from imaging.pixels.render import Picture, render

Array = npt.NDArray[Any]


def image_object(pixels: Array, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> Dataset:
    """A grey (rows, columns) or colour (rows, columns, 3) object of one frame; `elements` overrule by keyword."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if pixels.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if pixels.ndim == 3 else "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = pixels.itemsize * 8
    dataset.HighBit = pixels.itemsize * 8 - 1
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes()
    dataset["PixelData"].VR = "OW"
    for keyword, value in elements.items():
        setattr(dataset, keyword, Sequence(value) if isinstance(value, list) and _are_items(value) else value)
    return dataset


def item(**elements: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, Sequence(value) if isinstance(value, list) and _are_items(value) else value)
    return dataset


def lut_item(first: int, entries: list[int], bits: int = 16) -> Dataset:
    """An item of a Modality LUT or VOI LUT Sequence."""
    made = Dataset()
    made.add_new("LUTDescriptor", "SS" if first < 0 else "US", [len(entries), first, bits])
    made.add_new("LUTData", "OW", np.array(entries, "<u2").tobytes())
    return made


def only_picture(dataset: Dataset) -> Picture:
    (picture,) = render(dataset)
    return picture


def seen(png: bytes) -> Array:
    """The pixels another program reads out of a PNG."""
    with Image.open(io.BytesIO(png)) as image:
        return np.array(image)


def drawn(dataset: Dataset) -> list[int]:
    """The grey of each pixel of the only picture, row by row."""
    return [int(grey) for grey in seen(only_picture(dataset).png).ravel()]


def _are_items(values: list[Any]) -> bool:
    return all(isinstance(value, Dataset) for value in values)
