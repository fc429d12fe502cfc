"""Mosaics made on the spot: slices laid side by side, with the private elements their makers describe them by."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom import Dataset
from pydicom.sequence import Sequence as Items

from tests.makers import ct_dataset

Array = npt.NDArray[Any]
MR = "1.2.840.10008.5.1.4.1.1.4"


def slices(count: int, rows: int = 14, columns: int = 22) -> Array:
    """Of which no two are alike."""
    return np.arange(count * rows * columns, dtype="<u2").reshape(count, rows, columns) + 1


def laid_out(volume: Array, across: int, down: int) -> Array:
    """The picture the slices make, black where there are no more of them."""
    count, rows, columns = volume.shape
    picture = np.zeros((down * rows, across * columns), volume.dtype)
    for tile in range(count):
        row, column = tile // across * rows, tile % across * columns
        picture[row : row + rows, column : column + columns] = volume[tile]
    return picture


def csa_header(entries: Mapping[str, Sequence[object]], first_form: bool = False) -> bytes:
    """Bytes as (0029,xx10) of Siemens holds them: entries of name, VM, VR, and six items each."""
    made = [struct.pack("<2I", len(entries) + 1, 77)]
    for name, values in {"EchoLinePosition": ["32"], **entries}.items():
        made.append(struct.pack("<64si4siii", name.encode(), len(values), b"FD", 4, 6, 77))
        for place in range(6):
            text = f"{values[place]}".encode() + b"\0" if place < len(values) else b""
            told = len(text) + 6 if first_form else len(text)
            made.append(struct.pack("<4i", told, len(text), 77, told) + text + bytes(-len(text) % 4))
    return b"".join(made) if first_form else b"SV10\4\3\2\1" + b"".join(made)


def mosaic(volume: Array, **overrides: Any) -> Dataset:
    """A Siemens mosaic without its private elements."""
    across = int(np.ceil(np.sqrt(len(volume))))
    picture = laid_out(volume, across, across)
    elements = {
        "SOPClassUID": MR,
        "Modality": "MR",
        "ImageType": ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"],
        "Rows": picture.shape[0],
        "Columns": picture.shape[1],
        "BitsStored": 16,
        "HighBit": 15,
        "PixelSpacing": [2, 3],
        "SliceThickness": 4,
        "SpacingBetweenSlices": 5,
        "ImagePositionPatient": [-30, -20, 10],
        "RescaleIntercept": None,
        "RescaleSlope": None,
        "PixelData": picture.tobytes(),
    }
    return ct_dataset(**(elements | overrides))


def count_told(dataset: Dataset, count: int) -> Dataset:
    dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", count)
    return dataset


def csa_told(dataset: Dataset, header: bytes) -> Dataset:
    # Blocks need not be the first of their group.
    dataset.private_block(0x0029, "SIEMENS MEDCOM HEADER", create=True)
    dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(
        0x10, "OB", header + bytes(len(header) % 2)
    )
    return dataset


def siemens(count: int = 5, normal: Sequence[float] = (0, 0, 1), **overrides: Any) -> Dataset:
    """A whole one of `count` slices."""
    header = csa_header({"NumberOfImagesInMosaic": [count], "SliceNormalVector": normal})
    return csa_told(count_told(mosaic(slices(count), **overrides), count), header)


def uih(count: int = 5, **overrides: Any) -> Dataset:
    """Slices of UIH, each with its position and time in an item of a private sequence."""
    volume = slices(count)
    across = int(np.ceil(np.sqrt(count)))
    picture = laid_out(volume, across, -(-count // across))
    dataset = mosaic(
        volume,
        **{
            "ImageType": ["ORIGINAL", "PRIMARY", "M", "VFRAME"],
            "Rows": picture.shape[0],
            "Columns": picture.shape[1],
            "ImagePositionPatient": None,
            "PixelData": picture.tobytes(),
        }
        | overrides,
    )
    block = dataset.private_block(0x0065, "Image Private Header", create=True)
    block.add_new(0x50, "DS", str(count))
    block.add_new(0x51, "SQ", Items([_uih_slice(place) for place in range(count)]))
    return dataset


def _uih_slice(place: int) -> Dataset:
    made = Dataset()
    made.AcquisitionDateTime = f"20240110101500.{place:06d}"
    made.ImagePositionPatient = [-30, -20, 10 + 5 * place]
    return made
