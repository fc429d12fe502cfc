"""Is this a DICOM file (PS3.10)? Its lengths are walked before anything in it is believed.

What cannot be seen: a cut exactly between two elements of an image before its pixels, of any object behind the element
that closes it (completeness.py), such as trailing padding or a digital signature, and in a class that nothing closes.
Deflated data sets (PS3.5 A.5) are inflated step by step, so a bomb is met with a refusal and not with memory.
"""

import mmap
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydicom.datadict import keyword_for_tag

from imaging.dicom.completeness import CLOSING_TAGS, closing_keywords, closing_tags
from imaging.dicom.elements import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding, Limits
from imaging.dicom.errors import Refusal, RefusalCode
from imaging.dicom.file_meta import PREAMBLE, FileMeta, encoding_seen, has_preamble, read_file_meta
from imaging.dicom.tail import data_set_end, ends_in_zeros
from imaging.dicom.uids import Header, is_uid, trimmed_uid
from imaging.dicom.walk import Walk

_STEP = 1 << 20

_MEDIA_CLASS, _MEDIA_INSTANCE, _TRANSFER_SYNTAX = 0x00020002, 0x00020003, 0x00020010
_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES = 0x00080016, 0x00080018, 0x0020000D, 0x0020000E
_REQUIRED = (_SOP_CLASS, _SOP_INSTANCE, _STUDY, _SERIES)
_WATCHED = frozenset(_REQUIRED) | CLOSING_TAGS

_DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
_IMPLICIT, _EXPLICIT, _BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
# PS3.5 A.5, and the JPIP syntaxes of A.7 and A.10 that deflate the data set too.
_DEFLATED = ("1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205")
_NAMES = {IMPLICIT_LITTLE: _IMPLICIT, EXPLICIT_LITTLE: _EXPLICIT, EXPLICIT_BIG: _BIG}


def inflate(deflated: memoryview, limits: Limits) -> tuple[bytearray, int]:
    """The whole data set, and how many bytes follow it; raises Refusal when it is cut, broken, or grows too much.

    Holds at most the limit and one step: 100 times what came in, or 1 GiB.
    """
    try:
        return _inflate(deflated, min(limits.inflate_bytes, limits.inflate_ratio * len(deflated)))
    except zlib.error as error:
        raise Refusal(RefusalCode.BAD_DEFLATE, "The deflated data set cannot be inflated.") from error


def _inflate(deflated: memoryview, most: int) -> tuple[bytearray, int]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated, end = bytearray(), 0
    while end < len(deflated) and not inflater.eof:
        start, end = end, min(end + _STEP, len(deflated))
        waiting: bytes | memoryview = deflated[start:end]
        while waiting and not inflater.eof:
            inflated += inflater.decompress(waiting, _STEP)
            if len(inflated) > most:
                raise Refusal(RefusalCode.INFLATES_TOO_MUCH, f"The deflated data set grows beyond {most} bytes.")
            waiting = inflater.unconsumed_tail
    inflated += inflater.flush()
    if not inflater.eof:
        raise Refusal(RefusalCode.TRUNCATED, "The deflated data set ends before its last block.", len(inflated))
    return inflated, len(deflated) - end + len(inflater.unused_data)


__all__ = [
    "PREAMBLE",
    "Header",
    "Limits",
    "Refusal",
    "RefusalCode",
    "UnusableUids",
    "has_preamble",
    "read_header",
    "zero_preamble",
]


class UnusableUids(Refusal):
    """Everything is right but UIDs that are missing or malformed; `header` holds what stands in their places."""

    def __init__(self, refusal: Refusal, header: Header) -> None:
        super().__init__(refusal.code, refusal.detail, refusal.offset)
        self.header = header


@dataclass(frozen=True)
class WalkedFile:
    """A file whose lengths hold; the walk's offsets count in `walk.body`, which is inflated if need be.

    There the data set stands from `start` to `walk.end`.
    """

    meta: FileMeta
    transfer_syntax_uid: str
    encoding: Encoding
    walk: Walk
    start: int
    warnings: list[str]

    @property
    def plain_syntax_uid(self) -> str:
        """The transfer syntax of `walk.body`: nothing of it is deflated any more."""
        return _NAMES[self.encoding] if self.transfer_syntax_uid in _DEFLATED else self.transfer_syntax_uid


def read_header(body: bytes | memoryview | mmap.mmap, limits: Limits = Limits()) -> Header:
    """The UIDs of a whole and well-formed object; raises Refusal for anything else.

    Takes time with the number of elements, not with the size. Only a deflated data set is held in memory.
    """
    with walked_file(body, limits, keeps_frames=False) as file:
        uids = {tag: _written_uid(file.walk, tag) for tag in _REQUIRED}
        refusals = [refusal for tag, uid in uids.items() if (refusal := _refused_uid(tag, uid))]
        sop_class = uids[_SOP_CLASS] or trimmed_uid(file.meta.elements.get(_MEDIA_CLASS, b""))
        if not is_uid(sop_class):  # nobody can say what the object is
            raise refusals[0]
        unfinished = _unfinished(file.walk, sop_class)
        header = Header(
            sop_class_uid=sop_class,
            sop_instance_uid=uids[_SOP_INSTANCE],
            study_instance_uid=uids[_STUDY],
            series_instance_uid=uids[_SERIES],
            transfer_syntax_uid=file.transfer_syntax_uid,
            warnings=(*file.warnings, *unfinished, *_disagreements(file.meta, uids), *sorted(file.walk.oddities)),
            has_preamble=file.meta.has_preamble,
            assigned={} if uids[_SOP_CLASS] else {"SOPClassUID": ""},
        )
        if refusals:
            raise UnusableUids(refusals[0], header)
        return header


@contextmanager
def walked_file(
    body: bytes | memoryview | mmap.mmap, limits: Limits = Limits(), *, keeps_frames: bool = True
) -> Iterator[WalkedFile]:
    """The walk of a file's data set; raises Refusal. The views into the body end with the block."""
    with memoryview(body) as view:
        meta = read_file_meta(view, limits)
        if trimmed_uid(meta.elements.get(_MEDIA_CLASS, b"")) == _DIRECTORY_CLASS:
            raise Refusal(RefusalCode.DICOMDIR, "This is a DICOMDIR, an index of a medium: send the files it lists.")
        transfer_syntax = trimmed_uid(meta.elements.get(_TRANSFER_SYNTAX, b""))
        if transfer_syntax in _DEFLATED:
            with view[meta.end :] as deflated:
                inflated, behind = inflate(deflated, limits)
            if behind > 1:  # PS3.5 A.5: one zero byte makes the length even
                meta.warnings.append(_followed_by(behind))
            yield _walked(meta, transfer_syntax, Walk(memoryview(inflated), limits, _WATCHED, keeps_frames), 0)
        else:
            yield _walked(meta, transfer_syntax, Walk(view, limits, _WATCHED, keeps_frames), meta.end)


def zero_preamble(chunk: bytes, offset: int) -> bytes:
    """A chunk that begins at byte `offset` of a stored file, with what of it lies in the preamble made zero.

    A program may hide in those 128 bytes. Only for files that have a preamble: ask has_preamble on the first 134 bytes.
    """
    hidden = min(len(chunk), PREAMBLE - offset)
    return bytes(hidden) + chunk[hidden:] if hidden > 0 else chunk


def _walked(meta: FileMeta, transfer_syntax: str, walk: Walk, start: int) -> WalkedFile:
    encoding, warnings = _encoding(transfer_syntax, encoding_seen(walk.body, start))
    walk = _run(walk, start, encoding)
    if walk.end < len(walk.body):
        warnings.append(_followed_by(len(walk.body) - walk.end))
    return WalkedFile(meta, transfer_syntax or _NAMES[encoding], encoding, walk, start, [*meta.warnings, *warnings])


def _followed_by(count: int) -> str:
    return f"{count} bytes follow the data set and are no part of it."


def _run(walk: Walk, start: int, encoding: Encoding) -> Walk:
    """The walk, or another one without what follows the data set: it may have read as elements, and as odd ones."""
    try:
        walk.run(start, encoding)
        end = data_set_end(walk, start, encoding) if ends_in_zeros(walk) else None
    except Refusal:
        end = data_set_end(walk, start, encoding)
        if end is None:
            raise
    if end is None:
        return walk
    whole = Walk(walk.body, walk.limits, walk.watched, walk.keeps_frames, end=end)
    whole.run(start, encoding)
    return whole


def _encoding(transfer_syntax: str, seen: Encoding | None) -> tuple[Encoding, list[str]]:
    said = {_IMPLICIT: IMPLICIT_LITTLE, _BIG: EXPLICIT_BIG}.get(transfer_syntax, EXPLICIT_LITTLE)
    if not is_uid(transfer_syntax):
        return seen or said, ["The transfer syntax is missing or malformed and was guessed."]
    if seen is not None and seen != said:
        return seen, ["The data set is not written in the byte order or VR form its transfer syntax names."]
    return said, []


def _written_uid(walk: Walk, tag: int) -> str:
    """Empty where there is none."""
    values = {walk.body[start : start + length].tobytes() for found, _, start, length in walk.top if found == tag}
    uids = {trimmed_uid(value) for value in values}
    if len(uids) > 1:
        detail = f"{keyword_for_tag(tag)} is written twice with different values."
        raise Refusal(RefusalCode.BAD_UID, detail)
    return uids.pop() if uids else ""


def _refused_uid(tag: int, uid: str) -> Refusal | None:
    keyword = keyword_for_tag(tag)
    if not uid:
        return Refusal(RefusalCode.MISSING_UID, f"{keyword} is missing or empty.")
    if not is_uid(uid):
        return Refusal(RefusalCode.BAD_UID, f"{keyword} is no UID: digits and dots, at most 64, no leading zeros.")
    return None


def _unfinished(walk: Walk, sop_class_uid: str) -> list[str]:
    """Raises Refusal for an object without what closes it; an image may come without its pixels, and is told."""
    keywords = closing_keywords(sop_class_uid)
    if not keywords or not closing_tags(keywords).isdisjoint(element[0] for element in walk.top):
        return []
    if keywords[0] != "PixelData" or walk.end < len(walk.body) or ends_in_zeros(walk):
        raise Refusal(RefusalCode.TRUNCATED, f"The object ends without {keywords[0]}.", walk.end)
    return ["The object has no pixel data: it is kept, without a picture."]


def _disagreements(meta: FileMeta, uids: dict[int, str]) -> list[str]:
    pairs = ((_MEDIA_CLASS, _SOP_CLASS), (_MEDIA_INSTANCE, _SOP_INSTANCE))
    return [
        f"{keyword_for_tag(said)} is not the {keyword_for_tag(meant)} of the data set, which counts."
        for said, meant in pairs
        if said in meta.elements and trimmed_uid(meta.elements[said]) != uids[meant]
    ]
