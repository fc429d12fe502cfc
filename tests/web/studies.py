"""Studies for the browser: with phases, and with texts that would do harm if they were taken for markup."""

from pathlib import Path
from typing import Any

import numpy as np
from pydicom.uid import generate_uid

from tests.makers import ct_bytes

HARM = '<img src=x onerror="alert(1)"><script>alert(2)</script>'
SLICES = 6


def write_studies(folder: Path) -> list[Path]:
    """A liver CT of three phases and a study of harmful texts; one file that is no DICOM."""
    found = []
    study = _ids()
    for number, (phase, description) in enumerate(
        (("a", "Liver arterial phase"), ("p", "Liver portal venous phase"), ("d", "Liver delayed phase")), start=1
    ):
        series = generate_uid()
        for place in range(SLICES):
            path = folder / f"{phase}{place}.dcm"
            path.write_bytes(_slice(place, SeriesNumber=number, SeriesInstanceUID=series, SeriesDescription=description,
                                    ContrastBolusAgent="iodine", BodyPartExamined="LIVER", **study))  # fmt: skip
            found.append(path)
    harmful = folder / "<svg onload=alert(3)>.dcm"
    harmful.write_bytes(
        _slice(
            0,
            PatientName="<svg onload=alert(4)>",
            StudyDescription=HARM,
            SeriesDescription=HARM,
            StudyDate="20230105",
            PhotometricInterpretation="MONOCHROME1",
            **_ids(),
        )
    )
    broken = folder / "notes.txt"
    broken.write_text("no picture")
    return [*found, harmful, broken]


def _ids() -> dict[str, Any]:
    return {"StudyInstanceUID": generate_uid(), "FrameOfReferenceUID": generate_uid()}


def _slice(place: int, **elements: Any) -> bytes:
    """Brighter with every slice, with a dark square: two slices never look alike."""
    pixels = np.full((64, 64), 1000 + 30 * place, "<u2")
    pixels[8 : 16 + 4 * place, 8:24] = 900
    return ct_bytes(Rows=64, Columns=64, PixelData=pixels.tobytes(), InstanceNumber=place + 1,
                    ImagePositionPatient=[0, 0, 5 * place], SliceThickness=5, **elements)  # fmt: skip
