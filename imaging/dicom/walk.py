"""A walk over a data set's lengths: each is held against the file and its parent, nothing is copied, nothing recurses.

The same walk serves the door and the tags, so what one accepts the other can read.
"""

from dataclasses import dataclass, field
from typing import NoReturn

from pydicom._dicom_dict import DicomDictionary

from imaging.dicom.elements import (
    IMPLICIT_LITTLE,
    ITEM,
    ITEM_END,
    KNOWN_VRS,
    LONG_FORM,
    SEQUENCE,
    SEQUENCE_END,
    SHORT_FORM,
    UNDEFINED,
    Element,
    Encoding,
    Limits,
    tag_name,
)
from imaging.dicom.errors import Refusal, RefusalCode

ODD_LENGTH = "An element has an odd length."
IMPLICIT_INSIDE_EXPLICIT = "An element without VR stands in a data set with VRs."
STRAY_ITEM = "An item or delimiter stands outside any sequence and is passed over."
UNKNOWN_VR = "An element has a VR the standard does not know."

_UIH_SLICES = 0x00651051  # private, and told by no dictionary
_SEQUENCES = frozenset({_UIH_SLICES} | {tag for tag, entry in DicomDictionary.items() if entry[0] == "SQ"})
_DELIMITER_GROUP, _PIXEL_GROUP = 0xFFFE, 0x7FE0
_PER_FRAME = 0x52009230


@dataclass(slots=True)
class _Level:
    """The data set or sequence the walk is in; `end` is its own, or its parent's when a delimiter ends it."""

    holds_items: bool
    end: int
    delimited: bool
    encoding: Encoding


@dataclass
class Walk:
    """What a walk saw: every element in file order, the watched ones of the top level, and what was odd about them.

    Without `keeps_frames` those of the per-frame groups are only counted: there may be millions of them.
    """

    body: memoryview
    limits: Limits
    watched: frozenset[int]
    keeps_frames: bool = True
    elements: list[Element] = field(default_factory=list)
    top: list[Element] = field(default_factory=list)
    oddities: set[str] = field(default_factory=set)
    end: int = -1  # of the data set; -1: that of the body
    fragments_end: dict[int, int] = field(default_factory=dict)  # where encapsulated pixel data end, by their start
    _position: int = 0
    _fragments: int = 0
    _uncounted: int = 0  # of `elements`: ends, and those of frames that are over
    _most: int = 0
    _levels: list[_Level] = field(default_factory=list)
    _frames_start: int = -1
    _frame: tuple[int, int] = (0, 0)  # of the frame we are in: its place in `elements`, and what was counted before it

    def run(self, start: int, encoding: Encoding) -> None:
        """From `start` to the end; raises Refusal at the first length that cannot be."""
        self._position = start
        self.end = self.end if self.end >= 0 else len(self.body)
        self._most = self.limits.elements
        top = _Level(False, self.end, False, encoding)
        self._levels = [top]
        while self._levels:
            level = self._levels[-1]
            seen = len(self.elements)
            if level.holds_items:
                self._next_item(level)
            else:
                self._read_elements(level)
            if level is top:
                self.top += [element for element in self.elements[seen:] if element[0] in self.watched]

    def _read_elements(self, level: _Level) -> None:
        """Until the data set ends or a sequence begins; local names, since each element pays for each step."""
        body, elements, position, end = self.body, self.elements, self._position, level.end
        implicit, header = level.encoding.implicit, level.encoding.header
        most, odd = self._most + self._uncounted - self._fragments, 0
        while position < end:
            if end - position < 8:
                self._cut(position, end)
            if implicit:
                group, number, length = header(body, position)
                vr, start, tag = b"", position + 8, group << 16 | number
                plain = length != UNDEFINED and tag not in _SEQUENCES and group != _DELIMITER_GROUP
            else:
                group, number, vr, length = header(body, position)
                start, tag = position + 8, group << 16 | number
                plain = vr in SHORT_FORM
                if not plain:
                    vr, start, length = self._long_form(level, position, vr, length)
                    plain = length != UNDEFINED and not _may_hold_items(tag, vr)
            if not plain:
                self._position = position
                self._step_in(level, tag, vr, start, length)
                break
            position = start + length
            if position > end:
                self._too_long(tag_name(tag), start, length, end)
            odd |= length
            elements.append((tag, vr, start, length))
            if len(elements) > most:
                self._too_many(start)
        else:
            self._reach_end(level)
        if odd & 1:
            self.oddities.add(ODD_LENGTH)

    def _long_form(self, level: _Level, position: int, vr: bytes, length: int) -> tuple[bytes, int, int]:
        if vr in LONG_FORM:
            if level.end - position < 12:
                self._cut(position, level.end)
            return vr, position + 12, level.encoding.length(self.body, position + 8)[0]
        if b"AA" <= vr <= b"ZZ":
            self.oddities.add(UNKNOWN_VR)
            return vr, position + 8, length
        # Delimiters have no VR; and some writers switch to implicit VR inside sequences.
        group, _, length = level.encoding.item(self.body, position)
        if group != _DELIMITER_GROUP:
            self.oddities.add(IMPLICIT_INSIDE_EXPLICIT)
        return b"", position + 8, length

    def _step_in(self, level: _Level, tag: int, vr: bytes, start: int, length: int) -> None:
        """What is no plain value: a delimiter, a sequence, or fragments."""
        if tag == ITEM_END and level.delimited:
            return self._leave(level, start)
        if tag >> 16 == _DELIMITER_GROUP and len(self._levels) == 1 and length <= level.end - start:
            self.oddities.add(STRAY_ITEM)
            self._position = start + length
            return None
        if tag >> 16 == _DELIMITER_GROUP:
            raise Refusal(RefusalCode.BAD_LENGTH, "An item or delimiter stands where none can be.", start - 8)
        if length == UNDEFINED and (tag >> 16 == _PIXEL_GROUP or vr in (b"OB", b"OW")):
            return self._skip_fragments(level, tag, vr, start)
        if not vr and 0 < length <= level.end - start and not self._begins_with_item(level, start):
            self._position = start + length
            return self._add((tag, vr, start, length))
        if vr in (SEQUENCE, b"", b"UN"):
            return self._enter_sequence(level, tag, vr, start, length)
        raise Refusal(RefusalCode.BAD_LENGTH, f"{tag_name(tag)} has an undefined length.", start)

    def _begins_with_item(self, level: _Level, start: int) -> bool:
        # Some tags were no sequences in older editions, and implicit VR does not tell which edition was meant.
        if level.end - start < 8:
            return False
        group, number, _ = level.encoding.item(self.body, start)
        return bool(group << 16 | number == ITEM)

    def _enter_sequence(self, level: _Level, tag: int, vr: bytes, start: int, length: int) -> None:
        if (len(self._levels) + 1) // 2 > self.limits.depth:
            raise Refusal(RefusalCode.TOO_DEEP, f"Sequences are nested deeper than {self.limits.depth}.", start)
        end = level.end if length == UNDEFINED else start + length
        if end > level.end:
            self._too_long(tag_name(tag), start, length, level.end)
        encoding = self._unknown_encoding(start, level) if vr == b"UN" else level.encoding
        self._add((tag, SEQUENCE, start, length))
        if tag == _PER_FRAME and len(self._levels) == 1:
            self._frames_start = start
        self._levels.append(_Level(True, end, length == UNDEFINED, encoding))
        self._position = start

    def _unknown_encoding(self, start: int, level: _Level) -> Encoding:
        # PS3.5 6.2.2: UN of undefined length is a sequence in implicit VR little endian; some writers keep the VRs.
        keeps_vrs = bytes(self.body[start + 12 : start + 14]) in KNOWN_VRS
        return level.encoding if keeps_vrs else IMPLICIT_LITTLE

    def _next_item(self, level: _Level) -> None:
        position, end = self._position, level.end
        if position == end:
            return self._reach_end(level)
        if end - position < 8:
            self._cut(position, end)
        group, number, length = level.encoding.item(self.body, position)
        tag, start = group << 16 | number, position + 8
        if tag == SEQUENCE_END and level.delimited:
            return self._leave(level, start)
        if tag != ITEM:
            raise Refusal(RefusalCode.BAD_LENGTH, "A sequence holds something that is not an item.", position)
        delimited = length == UNDEFINED
        if not delimited and start + length > end:
            self._too_long("An item", start, length, end)
        if self._frames_start >= 0 and len(self._levels) == 2:
            self._begin_frame(start)
        self._add((ITEM, b"", start, length))
        self._levels.append(_Level(False, end if delimited else start + length, delimited, level.encoding))
        self._position = start
        return None

    def _skip_fragments(self, level: _Level, tag: int, vr: bytes, start: int) -> None:
        """PS3.5 A.4: items of defined length, then a sequence delimiter."""
        read, position, end = level.encoding.item, start, level.end
        while True:
            if end - position < 8:
                self._cut(position, end)
            group, number, length = read(self.body, position)
            position += 8
            if group << 16 | number == SEQUENCE_END:
                break
            if group << 16 | number != ITEM or length == UNDEFINED:
                raise Refusal(RefusalCode.BAD_LENGTH, f"{tag_name(tag)} holds what is no fragment.", position - 8)
            position += length
            if position > end:
                self._too_long("A fragment", position - length, length, end)
            self._fragments += 1
            if self._fragments > self.limits.elements:
                self._too_many(position)
        self._position = self.fragments_end[start] = position
        self._add((tag, vr, start, UNDEFINED))

    def _reach_end(self, level: _Level) -> None:
        if level.delimited:
            self._cut(level.end, level.end)
        self._leave(level, level.end)

    def _leave(self, level: _Level, position: int) -> None:
        self._levels.pop()
        self._position = position
        if self._levels:
            self._uncounted += 1
            self.elements.append((SEQUENCE_END if level.holds_items else ITEM_END, b"", position, 0))
        if self._frames_start >= 0 and len(self._levels) < 3:
            self._end_frame(level)

    def _begin_frame(self, start: int) -> None:
        if start - self._frames_start > self.limits.frames_bytes:
            most = self.limits.frames_bytes
            raise Refusal(RefusalCode.TOO_MANY_ELEMENTS, f"What is said of frames has more than {most} bytes.", start)
        self._frame = len(self.elements), self._count()
        self._most = self._count() + self.limits.frame_elements

    def _end_frame(self, level: _Level) -> None:
        if level.holds_items:
            self._frames_start = -1
            return
        place, before = self._frame
        self._uncounted += self._count() - before
        self._most = self.limits.elements
        if not self.keeps_frames:
            self._uncounted -= len(self.elements) - place
            del self.elements[place:]

    def _count(self) -> int:
        return len(self.elements) + self._fragments - self._uncounted

    def _add(self, element: Element) -> None:
        self.elements.append(element)
        if self._count() > self._most:
            self._too_many(element[2])

    def _too_many(self, offset: int) -> NoReturn:
        in_frame = self._most != self.limits.elements
        most, where = (self.limits.frame_elements, " of one frame") if in_frame else (self.limits.elements, "")
        raise Refusal(RefusalCode.TOO_MANY_ELEMENTS, f"There are more than {most} data elements{where}.", offset)

    def _too_long(self, what: str, start: int, length: int, end: int) -> NoReturn:
        if start + length > self.end:
            there = max(0, self.end - start)
            raise Refusal(RefusalCode.TRUNCATED, f"{what} claims {length} bytes, {there} are there.", start)
        there = max(0, end - start)
        raise Refusal(RefusalCode.BAD_LENGTH, f"{what} claims {length} bytes, {there} are left where it stands.", start)

    def _cut(self, position: int, end: int) -> NoReturn:
        """The next header does not fit before `end`."""
        if end == self.end:
            raise Refusal(RefusalCode.TRUNCATED, "The file ends before its data set does.", position)
        raise Refusal(RefusalCode.BAD_LENGTH, "An item or sequence ends before what it holds does.", position)


def _may_hold_items(tag: int, vr: bytes) -> bool:
    return vr == SEQUENCE or (not vr and (tag in _SEQUENCES or tag >> 16 == _DELIMITER_GROUP))
