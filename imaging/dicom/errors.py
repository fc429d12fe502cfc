"""Why bytes are not taken as a DICOM object: a closed list of codes, and the one error that carries them."""

from enum import StrEnum


class RefusalCode(StrEnum):
    NOT_DICOM = "not_dicom"
    TRUNCATED = "truncated"
    BAD_LENGTH = "bad_length"
    TOO_DEEP = "too_deep"
    TOO_MANY_ELEMENTS = "too_many_elements"
    META_TOO_LARGE = "meta_too_large"
    BAD_DEFLATE = "bad_deflate"
    INFLATES_TOO_MUCH = "inflates_too_much"
    MISSING_UID = "missing_uid"
    BAD_UID = "bad_uid"
    DICOMDIR = "dicomdir"


class Refusal(Exception):
    """`detail` is one sentence for the sender and never holds a value out of the file.

    `offset` counts bytes from the file's start (in a deflated data set: from the start of the inflated one).
    """

    def __init__(self, code: RefusalCode, detail: str, offset: int | None = None) -> None:
        super().__init__(code, detail, offset)
        self.code = code
        self.detail = detail
        self.offset = offset

    def __str__(self) -> str:
        return self.detail if self.offset is None else f"{self.detail} (at byte {self.offset})"
