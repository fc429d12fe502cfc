"""What a well-formed UID is (PS3.5 9.1), and UIDs for objects that have none or a malformed one.

Assigned UIDs are always the same for the same file, or the same text. Only the sender may choose so: what refers to the
object from outside no longer does.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

_WELL_FORMED = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
LONGEST_UID = 64

# What is shown of the text there was; anything else may be about a person, and stays in the file alone.
_HARMLESS = re.compile(r"[0-9A-Fa-f.\-{}]*")
_NOT_SHOWN = "(not shown)"


def trimmed_uid(value: bytes) -> str:
    """A UI value without the NUL (or, wrongly, space) that pads it to even length; never fails."""
    return value.rstrip(b"\0 ").decode("ascii", "backslashreplace")


def is_uid(text: str) -> bool:
    """Digits and dots, no component with a leading zero, 1 to 64 characters."""
    return len(text) <= LONGEST_UID and _WELL_FORMED.fullmatch(text) is not None


@dataclass(frozen=True)
class Header:
    """What the door needs to know; `warnings` are sentences that hold no value of the file.

    `assigned`: by keyword, the text in whose place a UID was assigned; empty where there was none.
    """

    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    transfer_syntax_uid: str
    warnings: tuple[str, ...]
    has_preamble: bool
    assigned: Mapping[str, str] = field(default_factory=dict)


def with_assigned_uids(header: Header, hospital: str, sha256: str) -> Header:
    """The header with a UID in each place that has none.

    A text that is no UID gives the same UID in every file of a hospital, so that what belongs together stays together.
    In the place of nothing stands one of the file itself, whose digest is `sha256`; a study's that of its series.
    """
    written = {
        "SOPInstanceUID": header.sop_instance_uid,
        "StudyInstanceUID": header.study_instance_uid,
        "SeriesInstanceUID": header.series_instance_uid,
    }
    missing = [keyword for keyword, text in written.items() if not is_uid(text)]
    found = written | {keyword: _assigned(keyword, written, hospital, sha256) for keyword in missing}
    return replace(
        header,
        sop_instance_uid=found["SOPInstanceUID"],
        study_instance_uid=found["StudyInstanceUID"],
        series_instance_uid=found["SeriesInstanceUID"],
        assigned={**header.assigned, **{keyword: _shown(written[keyword]) for keyword in missing}},
        warnings=(*header.warnings, *(assigned_warning(keyword) for keyword in missing)),
    )


def assigned_warning(keyword: str) -> str:
    return f"{keyword} was missing or no UID: one was assigned."


def _assigned(keyword: str, written: Mapping[str, str], hospital: str, sha256: str) -> str:
    if written[keyword]:
        return derived_uid("text", hospital, written[keyword])
    if keyword == "StudyInstanceUID" and written["SeriesInstanceUID"]:
        return derived_uid("study of", hospital, written["SeriesInstanceUID"])
    return derived_uid(keyword, hospital, sha256)


def derived_uid(*parts: str) -> str:
    """The UID of a name-based UUID (PS3.5 B.2), always the same for the same parts."""
    digest = hashlib.sha256("\0".join(("rcdm", *parts)).encode("utf-8", "backslashreplace")).digest()
    return f"2.25.{UUID(bytes=digest[:16], version=5).int}"


def _shown(text: str) -> str:
    return text[:128] if _HARMLESS.fullmatch(text) else _NOT_SHOWN
