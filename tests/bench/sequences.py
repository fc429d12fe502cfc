"""`make eval-sequence`: which kind is said of MR series whose kind is known, as a confusion table.

Made-up headers by vendor and language, some of them held out; and, where they lie beside the checkout (../shared),
real series whose names leave no doubt to a reader.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.datadict import dictionary_VR, tag_for_keyword

from imaging.dicom.header import read_tags
from imaging.header.dicom_json import Document, text
from imaging.sequence.kind import sequence_kind
from tests.bench.sequence_headers import DEVELOPMENT, HELD_OUT

_SHARED = Path(__file__).parents[3] / "shared"
_NONE = "-"
_KEYWORDS = {
    "TE": "EchoTime", "TR": "RepetitionTime", "TI": "InversionTime", "FA": "FlipAngle", "B": "MagneticFieldStrength",
    "b": "DiffusionBValue", "seq": "ScanningSequence", "var": "SequenceVariant", "name": "SequenceName",
    "protocol": "ProtocolName", "contrast": "AcquisitionContrast", "part": "ComplexImageComponent", "type": "ImageType",
}  # fmt: skip
# Kind and folder: every MR image below it whose description is the third.
_REAL = (
    ("ADC", "dicom/dcmqi/paramaps", "Apparent Diffusion Coefficient (mm?/s)"),
    ("T1", "dicom/brain-tumor-progression-mr", "T1post"),
    ("T1", "dicom/divest", "fl3D_t1_sag"),
    ("DWI", "dicom/divest", "DTIb3000s5"),
    ("T2", "dicom/imagedata-phantom", "t2_tse_tra"),
    ("BOLD", "dicom/nibabel", "RESTING_STATE_Yerkes"),
    ("DWI", "dicom/nibabel", "CBU_DTI_64D_1A"),
    ("MRA", "dicom/nibabel", "<MIP Range>"),
    (_NONE, "dicom/dcm_qa_enh", "B0 NS"),
    ("ADC", "dicom2/adit-heads", "DWI_4scan_trace_tra_ADC"),
    ("DWI", "dicom2/adit-heads", "DWI_4scan_trace_tra_TRACEW"),
    ("SWI", "dicom2/adit-heads", "SWI_Images"),
    ("T1", "dicom2/adit-heads", "t1_mprage_tra_nativ"),
    ("BSSFP", "dicom2/adit-heads", "t2_ciss3d_tra_iso_0.7"),
    ("T2", "dicom2/adit-heads", "t2_tse_tra 5mm"),
    ("ASL", "dicom2/philips-enh", "3DpCASL"),
    ("T1", "dicom2/philips-enh", "ADNI_Sag3D MPRAGE"),
    ("T1", "dicom2/philips-cs", "T1W_TSE_Sno_CSno_CSAIno"),
    ("BOLD", "dicom2/siemens-sag-enhanced", "Product EPI Sag Ascending"),
    ("DSC", "dicom2/legacy-converted-enhanced", "ep2d_fid_weisskoff_25slc"),
    ("DWI", "dicom2/uih-mr", "dti_tra_dir16_PA_rot_SaveBySlc"),
)


@dataclass
class Confusion:
    """truth → said → how many headers, and the same by where they come from; `-` is no kind."""

    counts: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    groups: defaultdict[str, Counter[bool]] = field(default_factory=lambda: defaultdict(Counter))
    wrong: list[str] = field(default_factory=list)

    def note(self, group: str, truth: str, said: str, what: str) -> None:
        self.counts[truth][said] += 1
        self.groups[group][truth == said] += 1
        if truth != said:
            self.wrong.append(f"{group}: {what!r} is {truth}, said to be {said}")

    @property
    def false_names(self) -> int:
        """Headers that were given a kind they are not of; silence is no false name."""
        return sum(
            count for truth, row in self.counts.items() for said, count in row.items() if said not in (_NONE, truth)
        )

    def lines(self) -> Iterator[str]:
        yield f"{'kind':14} {'of':>4} {'said':>5} {'right':>6} {'precision':>10} {'recall':>7}  said otherwise"
        said = Counter[str]()
        for row in self.counts.values():
            said.update(row)
        for truth in sorted(self.counts):
            row, right = self.counts[truth], self.counts[truth][truth]
            others = ", ".join(f"{name} {count}" for name, count in sorted(row.items()) if name != truth)
            precision = f"{right / said[truth]:.3f}" if said[truth] else _NONE
            yield (
                f"{truth:14} {row.total():4} {said[truth]:5} {right:6} {precision:>10} {right / row.total():7.3f}"
                f"  {others}"
            )
        yield ""
        for group, found in sorted(self.groups.items()):
            yield f"{group:40} {found[True]:5} of {found.total():5} right"
        yield from self.wrong


def made_up(parts: Mapping[str, str], name: str) -> Confusion:
    """Of headers as sequence_headers.py writes them."""
    confusion = Confusion()
    for group, lines in parts.items():
        for line in lines.strip().splitlines():
            truth, description, rest = line.split("|")
            confusion.note(
                f"{name}: {group}", truth, sequence_kind(_header(description, rest, group)) or _NONE, description
            )
    return confusion


def real() -> Confusion:
    """Nothing where the files are not."""
    confusion = Confusion()
    for truth, folder, description in _REAL:
        for path in sorted(one for one in (_SHARED / folder).rglob("*") if one.is_file()):
            document = read_tags(path.read_bytes()).document
            if text(document, "SeriesDescription") == description and text(document, "Modality") == "MR":
                confusion.note(f"real: {folder}", truth, sequence_kind(document) or _NONE, description)
    return confusion


def _header(description: str, rest: str, maker: str) -> Document:
    said = dict(word.split("=", 1) for word in _words(rest))
    values = {"Modality": ["MR"], "SeriesDescription": [description]}
    values |= {_KEYWORDS[name]: value.split("+") for name, value in said.items() if name not in ("type", "protocol")}
    values |= {"ProtocolName": [said["protocol"]]} if "protocol" in said else {}
    values["Manufacturer"] = [maker]
    types = said.get("type", "").split("+")
    is_derived = types[0] == "D"
    head = ["DERIVED", "SECONDARY"] if is_derived else ["ORIGINAL", "PRIMARY"]
    values["ImageType"] = [*head, *(one for one in types[is_derived:] if one)]
    return {
        f"{tag_for_keyword(name):08X}": {"vr": dictionary_VR(name), "Value": value} for name, value in values.items()
    }


def _words(rest: str) -> Iterator[str]:
    """`type=D+CSA MIP protocol=x y`: a value may hold blanks."""
    found: list[str] = []
    for word in rest.split():
        if "=" in word and word.split("=")[0] in _KEYWORDS:
            found.append(word)
        else:
            found[-1] += f" {word}"
    yield from found


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    tables = [made_up(DEVELOPMENT, "made up"), made_up(HELD_OUT, "held out"), real()]
    for table in tables:
        print("\n".join(table.lines()) + "\n")
    sys.exit(1 if any(table.false_names for table in tables) else 0)


if __name__ == "__main__":
    main()
