"""B18, B20: real files, the broken ones too, end in a header or a refusal, and what is taken can be read."""

import csv
import json
from pathlib import Path

import pytest

from imaging.dicom.header import read_tags
from imaging.dicom.part10 import Header, Refusal, RefusalCode, read_header
from imaging.fields.fields import image_fields, occurrence_fields

CORPUS = Path(__file__).resolve().parents[2] / "../shared/dicom"
MANIFEST = CORPUS / "manifest.csv"

pytestmark = pytest.mark.corpus

# Pictures that decode and are still refused: each for a UID that is missing or malformed, a depth, or a length.
_JUSTLY_REFUSED = {RefusalCode.MISSING_UID, RefusalCode.BAD_UID, RefusalCode.TOO_DEEP, RefusalCode.TRUNCATED}

_NAMES = {
    "chrI2": ("Hong^Gildong", "洪^吉洞", "홍^길동"),
    "chrKoreanMulti": ("김희중", "", ""),
    "chrH31": ("Yamada^Tarou", "山田^太郎", "やまだ^たろう"),
    "chrH32": ("ﾔﾏﾀﾞ^ﾀﾛｳ", "山田^太郎", "やまだ^たろう"),
    "chrX1": ("Wang^XiaoDong", "王^小東", ""),
    "chrX2": ("Wang^XiaoDong", "王^小东", ""),
    "chrRuss": ("Люкceмбypг", "", ""),
    "chrGerm": ("Äneas^Rüdiger", "", ""),
}


def _files() -> list[dict[str, str]]:
    if not MANIFEST.exists():
        return []
    with MANIFEST.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


FILES = _files()


@pytest.mark.parametrize("row", FILES, ids=lambda row: row["path"])
def test_a_real_file_is_taken_and_read_or_refused(row: dict[str, str]) -> None:
    """B18, B20"""
    body = (CORPUS / row["path"]).read_bytes()
    found = _header_or_refusal(body)
    if isinstance(found, Refusal):
        assert row["decodes"] != "yes" or found.code in _JUSTLY_REFUSED
        return
    tags = read_tags(body)
    written = json.dumps([tags.document, tags.identity.as_json()], allow_nan=False, ensure_ascii=False)
    assert "\\u0000" not in written
    assert '"PN"' not in json.dumps(tags.document)
    assert occurrence_fields(tags.document).study_instance_uid == found.study_instance_uid
    assert image_fields(tags.document).sop_instance_uid == found.sop_instance_uid


@pytest.mark.parametrize("name", _NAMES if FILES else [])
def test_names_of_real_files_are_right(name: str) -> None:
    """B14"""
    read = read_tags((CORPUS / "pydicom/charset_files" / f"{name}.dcm").read_bytes()).identity.patient_name
    assert (read.alphabetic, read.ideographic, read.phonetic) == _NAMES[name]


def _header_or_refusal(body: bytes) -> Header | Refusal:
    try:
        return read_header(body)
    except Refusal as refusal:
        return refusal
