"""Where a data set ends that bytes follow: transfers, mails and disks pad files with zeros, line ends and more."""

from imaging.dicom.completeness import closing_keywords, closing_tags
from imaging.dicom.elements import ITEM, ITEM_END, SEQUENCE, SEQUENCE_END, UNDEFINED, Element, Encoding
from imaging.dicom.uids import is_uid, trimmed_uid
from imaging.dicom.walk import Walk

_SOP_CLASS = 0x00080016
# What pads a file of a class that nothing closes.
_FILLER = b"\0\n\r\x1a \xff"
_PIECE = 1 << 20
_NO_GROUPS = (0xFFFE, 0xFFFF)  # items, and what PS3.5 7.1 forbids


def data_set_end(walk: Walk, start: int, encoding: Encoding) -> int | None:
    """The byte behind the last element of a walk that was refused, or went on in zeros; None: the object may be cut.

    Only behind what closes an object of its class, and where no element can begin: with a tag that ascends (PS3.5 7.1)
    and a VR. `start`: where the data set begins.
    """
    top = _top_level(walk)
    sop_class = next((_value(walk, element) for element, _ in top if element[0] == _SOP_CLASS), "")
    if not is_uid(sop_class):
        return None
    closing = closing_tags(closing_keywords(sop_class))
    places = [place for place, (element, _) in enumerate(top) if element[0] in closing]
    if closing and not places:
        return None
    first = places[-1] if places else 0
    place = next((place for place in range(first + 1, len(top)) if _is_none(top, place, encoding)), len(top))
    end, last = (top[place - 1][1], top[place - 1][0][0]) if place else (start, 0)
    if _is_filler(walk.body, end):
        return end
    begin = bytes(walk.body[end : end + 8])
    is_cut = not closing or (place == len(top) and _may_begin_an_element(begin, last, encoding))
    return None if is_cut else end


def ends_in_zeros(walk: Walk) -> bool:
    """Zeros read as elements of group 0000, which no data set has (PS3.7 E.1: they are of commands)."""
    return bool(walk.elements) and walk.elements[-1][0] >> 16 == 0


def _top_level(walk: Walk) -> list[tuple[Element, int]]:
    """The elements of the data set itself that were read to their end, each with the byte behind it."""
    found: list[tuple[Element, int]] = []
    depth, opened = 0, None
    for element in walk.elements:
        tag, vr, start, length = element
        if tag in (ITEM_END, SEQUENCE_END):
            depth -= 1
            if depth == 0 and opened is not None:
                found.append((opened, start))
        elif vr == SEQUENCE or tag == ITEM:
            opened = element if depth == 0 else opened
            depth += 1
        elif depth == 0:
            found.append((element, walk.fragments_end.get(start, start) if length == UNDEFINED else start + length))
    return found


def _value(walk: Walk, element: Element) -> str:
    return trimmed_uid(bytes(walk.body[element[2] : element[2] + element[3]]))


def _is_none(top: list[tuple[Element, int]], place: int, encoding: Encoding) -> bool:
    (tag, vr, _, _), _ = top[place]
    return tag <= top[place - 1][0][0] or (not vr and not encoding.implicit)


def _is_filler(body: memoryview, start: int) -> bool:
    pieces = (bytes(body[place : place + _PIECE]) for place in range(start, len(body), _PIECE))
    return not any(piece.strip(_FILLER) for piece in pieces)


def _may_begin_an_element(rest: bytes, last: int, encoding: Encoding) -> bool:
    """Are these bytes, perhaps fewer than a header has, the beginning of an element behind the tag `last`?"""
    if len(rest) < 2:
        return True
    order = "big" if encoding.big_endian else "little"
    group, number = int.from_bytes(rest[:2], order), int.from_bytes(rest[2:4], order)  # type: ignore[arg-type]
    if group < last >> 16 or group in _NO_GROUPS or (len(rest) >= 4 and group << 16 | number <= last):
        return False
    return encoding.implicit or len(rest) < 6 or b"AA" <= rest[4:6] <= b"ZZ"
