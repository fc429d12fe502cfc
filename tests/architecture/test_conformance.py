"""The conformance statement says what the code does: codes, failures, warnings and transfer syntaxes, both ways."""

import re
from enum import StrEnum
from pathlib import Path

import pytest
from pydicom._uid_dict import UID_dictionary
from pydicom.uid import UID

from imaging.dicom.errors import RefusalCode
from imaging.pixels.decoders import find_decoder
from imaging.pixels.errors import NoPicture, NoPictureReason
from imaging.pixels.layout import _NATIVE
from services.ingest.http.stow import DOES_NOT_MATCH_CLASS
from services.ingest.outcomes import ReasonCode, failure_reason

_TEXT = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text()


def _first_cells(heading: str) -> list[str]:
    """The first column of the table whose head begins with these words."""
    table = _TEXT.partition(f"| {heading}")[2].partition("\n\n")[0]
    return [row.split("|")[1].strip().strip("`") for row in table.splitlines()[2:]]


@pytest.mark.parametrize("code", [*RefusalCode, *ReasonCode, *NoPictureReason], ids=str)
def test_every_code_stands_in_the_statement(code: StrEnum) -> None:
    assert f"`{code}`" in _TEXT


def test_no_other_refusal_is_claimed() -> None:
    assert _first_cells("refused as") == list(ReasonCode)


def test_no_other_missing_picture_is_claimed() -> None:
    assert _first_cells("no picture because of") == list(NoPictureReason)


@pytest.mark.parametrize("code", ReasonCode)
def test_failure_reasons_are_those_we_answer(code: ReasonCode) -> None:
    rows = _TEXT.partition("| Failure Reason (0008,1197)")[2].partition("\n\n")[0].splitlines()
    named = next((row for row in rows if f"`{code}`" in row), next(row for row in rows if "all others" in row))
    assert named.split("|")[1].strip() == str(failure_reason(code))


def test_the_warning_is_the_one_we_answer() -> None:
    assert f"{DOES_NOT_MATCH_CLASS} ({DOES_NOT_MATCH_CLASS:04X})" in _TEXT


def test_the_transfer_syntaxes_are_those_we_draw() -> None:
    table = _TEXT.partition("| transfer syntaxes we draw")[2].partition("\n\n")[0]
    assert set(re.findall(r"\| (1\.2\.[0-9.]+) \|", table)) == {str(uid) for uid in _known_syntaxes() if _draws(uid)}


def _known_syntaxes() -> list[UID]:
    # The newest one is not in every edition of the dictionary.
    known = [UID(uid) for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"]
    return [*known, UID("1.2.840.10008.1.2.8.1")]


def _draws(uid: UID) -> bool:
    if uid in _NATIVE:
        return True
    try:
        find_decoder(uid)
    except NoPicture:
        return False
    return True
