"""A file's header becomes a DICOM JSON document (PS3.18 F) without bulk data, and apart from it who the patient is."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from pydicom._private_dict import private_dictionaries
from pydicom.datadict import dictionary_VR, private_dictionary_VR

from imaging.dicom.charsets import UNDECLARED, CharacterSet, character_set
from imaging.dicom.elements import (
    ITEM,
    ITEM_END,
    KNOWN_VRS,
    SEQUENCE,
    SEQUENCE_END,
    UNDEFINED,
    Element,
    Limits,
    tag_name,
)
from imaging.dicom.identity import IDENTIFYING_TAGS, Identity, identity_from, names_any, traces, without_traces, words
from imaging.dicom.part10 import walked_file
from imaging.dicom.values import converted, is_bulk
from imaging.dicom.walk import Walk
from imaging.header.dicom_json import Document, texts
from imaging.header.mosaic import is_mosaic
from imaging.header.private import CSA_HEADER, csa_elements

MOST_WARNINGS = 50

_SPECIFIC_CHARACTER_SET, _PIXEL_REPRESENTATION = 0x00080005, 0x00280103
_REMEMBERED = frozenset((_SPECIFIC_CHARACTER_SET, _PIXEL_REPRESENTATION))
_ITEM_BYTES = b"\xfe\xff\x00\xe0"
_SHORT_BYTES = 64
_FREE_TEXT = frozenset(("LO", "SH", "LT", "ST", "UT", "UC", "UN"))
# Commands, file meta, directories; trailing padding and signatures (which no longer hold for a header in JSON).
_SKIPPED_GROUPS = frozenset((0x0000, 0x0002, 0x0004, 0x0006, 0x7FE0, 0xFFFA, 0xFFFC, 0xFFFE))
# As pydicom's dictionary of private elements spells them; devices do not keep to upper and lower case.
_CREATORS = {creator.casefold(): creator for creator in private_dictionaries}
# The document itself, and what is drawn or recorded: encapsulated document, waveform, audio.
_BULK_TAGS = frozenset((0x00420011, 0x54001010, 0x00283006))


@dataclass(frozen=True)
class Tags:
    """`document` holds nobody's name, `identity` is for the vault, `warnings` name elements and never their values."""

    document: Document
    identity: Identity
    warnings: tuple[str, ...]


class _Known(NamedTuple):
    key: str
    vr: str
    skipped: bool
    identifying: bool
    creator: bool


@dataclass(slots=True)
class _Place:
    """The data set being filled: the file's own or an item's, with what it inherits from around it."""

    document: Document
    path: str
    identifying: bool
    characters: CharacterSet
    signed: bool
    creators: dict[int, str] = field(default_factory=dict)


def read_tags(body: bytes | memoryview, limits: Limits = Limits()) -> Tags:
    """Everything a file's header says; raises Refusal for what the walk refuses, and nothing else.

    An element that cannot be read is a warning and is left out. The result is always valid JSON for PostgreSQL: no NaN,
    no infinity, no U+0000. An empty element stays, as `{"vr": "LO"}`.
    """
    with walked_file(body, limits) as file:
        reader = _Reader(file.walk, file.encoding.big_endian)
        reader.warnings += [*file.warnings, *sorted(file.walk.oddities)]
        reader.read()
    identity = identity_from(reader.identifying)
    reader.split_traces(identity)
    return Tags(reader.document, identity, tuple(dict.fromkeys(reader.warnings))[:MOST_WARNINGS])


class _Reader:
    """Follows the walk's steps with a stack of places, so depth costs no recursion."""

    def __init__(self, walk: Walk, big_endian: bool) -> None:
        self.document: Document = {}
        self.identifying: Document = {}
        self.warnings: list[str] = []
        self._walk = walk
        self._big_endian = big_endian
        self._places = [_Place(self.document, "", False, UNDECLARED, False)]
        self._sequences: list[tuple[str, bool, dict[str, Any]]] = []
        self._free_texts: list[tuple[Document, str, str]] = []

    def read(self) -> None:
        for element in self._walk.elements:
            tag = element[0]
            if element[1] == SEQUENCE:
                self._open_sequence(tag)
            elif tag == ITEM:
                self._open_item()
            elif tag == ITEM_END:
                self._places.pop()
            elif tag == SEQUENCE_END:
                self._sequences.pop()
            else:
                self._read_element(self._places[-1], element)

    def split_traces(self, identity: Identity) -> None:
        """Free text that names the patient in so many words goes where the name went; what else it says stays."""
        found = traces(identity)
        hints = [max(trace, key=len) for trace in found]
        for document, key, path in self._free_texts:
            written = free_text(document[key]).casefold() if key in document else ""
            if any(hint in written for hint in hints) and names_any(written, found):
                self.identifying[path] = document[key]
                rest = _without_name(document[key], found)
                if rest is None:
                    del document[key]
                else:
                    document[key] = rest
                self.warnings.append(f"{tag_name(int(key, 16))}: names the patient, kept apart")

    def _open_sequence(self, tag: int) -> None:
        place, known = self._places[-1], _known(tag)
        content: dict[str, Any] = {"vr": "SQ"}
        identifying = place.identifying or known.identifying
        if not known.skipped:
            self._put(place, known.key, content, identifying)
        self._sequences.append((place.path + known.key, identifying, content))

    def _open_item(self) -> None:
        outer, (path, identifying, content) = self._places[-1], self._sequences[-1]
        values = content.setdefault("Value", [])
        inner: Document = {}
        self._places.append(_Place(inner, f"{path}/{len(values)}/", identifying, outer.characters, outer.signed))
        values.append(inner)

    def _read_element(self, place: _Place, element: Element) -> None:
        tag, written_vr, start, length = element
        known = _known(tag)
        if known.skipped or length == UNDEFINED:
            return
        vr = _vr(known, written_vr, tag, place)
        if is_bulk(vr, length):
            self._read_csa(place, tag, start, length)
            return
        raw = self._walk.body[start : start + length].tobytes()
        if vr == "SQ" or (vr == "UN" and raw.startswith(_ITEM_BYTES)):
            # Nobody looks for names in what is not opened.
            self.warnings.append(f"{tag_name(tag)}: a sequence hidden in bytes, left out")
            return
        # PS3.5 6.2.2: what lost its VR is little endian.
        big_endian = self._big_endian and written_vr not in (b"UN", b"")
        read = _content_before if length <= _SHORT_BYTES else _content
        content, complaint = read(vr, raw, place.characters, big_endian)
        if complaint:
            self.warnings.append(f"{tag_name(tag)}: {complaint}")
        identifying = place.identifying or known.identifying or vr == "PN"
        self._put(place, known.key, content, identifying)
        if not identifying and vr in _FREE_TEXT:
            self._free_texts.append((place.document, known.key, place.path + known.key))
        if tag in _REMEMBERED or known.creator:
            self._remember(place, tag, raw, content)

    def _read_csa(self, place: _Place, tag: int, start: int, length: int) -> None:
        """Of a bulk element no more stays than what a mosaic is cut by."""
        creator, element = CSA_HEADER
        of_block = place.creators.get(tag >> 16 << 16 | (tag & 0xFFFF) >> 8)
        if (
            of_block == creator
            and tag >> 16 << 8 | tag & 0xFF == element
            and is_mosaic(texts(self.document, "ImageType"))
        ):
            place.document.update(csa_elements(self._walk.body[start : start + length].tobytes()))

    def _put(self, place: _Place, key: str, content: dict[str, Any], identifying: bool) -> None:
        # Inside an identifying sequence everything stays together; the sequence itself was set apart.
        if identifying and not place.identifying:
            self.identifying[place.path + key] = content
        else:
            place.document[key] = content

    def _remember(self, place: _Place, tag: int, raw: bytes, content: dict[str, Any]) -> None:
        """What decides how the elements after it are read."""
        if tag == _SPECIFIC_CHARACTER_SET:
            place.characters = character_set(raw)
            if place.characters.complaint:
                self.warnings.append(place.characters.complaint)
        elif tag == _PIXEL_REPRESENTATION:
            place.signed = content.get("Value") == [1]
        else:
            place.creators[tag] = str((content.get("Value") or [""])[0])


def free_text(content: dict[str, Any]) -> str:
    """The words of one element, also those in bytes nobody declared."""
    if "InlineBinary" in content:
        raw = base64.b64decode(content["InlineBinary"])
        return " ".join(raw.decode(codec, "ignore") for codec in ("utf_8", "cp949"))
    return " ".join(str(value) for value in content.get("Value", ()))


def _without_name(content: dict[str, Any], found: Sequence[frozenset[str]]) -> dict[str, Any] | None:
    """The element less the patient; None when nothing is left. A name over several values takes all of them."""
    values = [without_traces(str(value or ""), found) for value in content.get("Value", ())]
    left = " ".join(values)
    return {**content, "Value": values} if words(left) and not names_any(left, found) else None


def _content(vr: str, raw: bytes, characters: CharacterSet, big_endian: bool) -> tuple[dict[str, Any], str | None]:
    members, complaint = converted(vr, raw, characters, big_endian)
    return {"vr": vr, **members}, complaint


# The images of a series, and the frames of an object, share nearly all of their short values; nobody changes them.
_content_before = lru_cache(maxsize=1 << 13)(_content)


@lru_cache(maxsize=1 << 14)
def _known(tag: int) -> _Known:
    group, number = tag >> 16, tag & 0xFFFF
    key, creator = f"{tag:08X}", bool(group & 1) and 0x10 <= number <= 0xFF
    drawn = group >> 8 in (0x50, 0x60) and number == 0x3000
    skipped = number == 0 or group in _SKIPPED_GROUPS or drawn or tag in _BULK_TAGS
    if group & 1:
        return _Known(key, "LO" if creator else "UN", skipped, False, creator)
    try:
        vr = dictionary_VR(tag)
    except KeyError:
        vr = "UN"
    return _Known(key, vr, skipped, tag in IDENTIFYING_TAGS or vr == "PN", False)


def _vr(known: _Known, written: bytes, tag: int, place: _Place) -> str:
    """The VR the file writes, else the dictionary's; PS3.6 leaves some to the pixel representation."""
    if written in KNOWN_VRS and written != b"UN":
        return written.decode("ascii")
    if known.vr == "UN" and tag >> 16 & 1:
        return _private_vr(tag, place.creators.get(tag >> 16 << 16 | (tag & 0xFFFF) >> 8, ""))
    if " or " not in known.vr:
        return known.vr
    return "OW" if "OW" in known.vr else "SS" if place.signed else "US"


@lru_cache(maxsize=1 << 14)
def _private_vr(tag: int, creator: str) -> str:
    known = _CREATORS.get(creator.casefold())
    try:
        vr = private_dictionary_VR(tag, known) if known else "UN"
    except KeyError:
        return "UN"
    return vr if vr.encode() in KNOWN_VRS else "UN"
