"""The files of one misfortune: patients with several studies, small images that all differ, a hospital of their own."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom.uid import generate_uid

from tests.makers import ct_bytes

OF_A_STUDY = 20
_SIDE = 64


@dataclass(frozen=True)
class Files:
    """`hospital` tells them from those of other tests; the same hospital again is the same bytes again."""

    hospital: str
    folder: Path

    @property
    def paths(self) -> list[Path]:
        return sorted(self.folder.rglob("*.dcm"))

    @property
    def studies(self) -> list[Path]:
        """A folder each."""
        return sorted(self.folder.iterdir())

    @property
    def digests(self) -> set[str]:
        return {hashlib.sha256(path.read_bytes()).hexdigest() for path in self.paths}


def write_files(folder: Path, hospital: str, images: int, of_a_study: int = OF_A_STUDY) -> Files:
    """Studies in two series; a patient has two studies, every third study names no patient."""
    for number in range(images):
        study, place = divmod(number, of_a_study)
        path = folder / hospital / f"study-{study:03d}" / f"{place:03d}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_image(hospital, study, place))
    return Files(hospital, folder / hospital)


def _image(hospital: str, study: int, place: int) -> bytes:
    series = place % 2

    def uid(*words: object) -> str:
        return generate_uid(entropy_srcs=[hospital, str(study), *map(str, words)])

    pixels = np.random.default_rng([study, place]).integers(0, 4096, (_SIDE, _SIDE), dtype="<u2")
    pixels[0, :16] = list(hashlib.sha256(hospital.encode()).digest()[:16])
    return ct_bytes(
        StudyInstanceUID=uid("study"),
        SeriesInstanceUID=uid("series", series),
        FrameOfReferenceUID=uid("frame"),
        SOPInstanceUID=uid("image", place),
        PatientID=None if study % 3 == 2 else f"{hospital} {study // 2}",
        PatientSex="FM"[study // 2 % 2],
        AccessionNumber=f"A{study}",
        StudyDate=f"2024{study % 12 + 1:02d}10",
        SeriesNumber=series + 1,
        InstanceNumber=place + 1,
        ImagePositionPatient=[0, 0, float(place)],
        Rows=_SIDE,
        Columns=_SIDE,
        PixelData=pixels.tobytes(),
    )
