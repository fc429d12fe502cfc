"""Text in a header is decoded as its Specific Character Set says (PS3.3 C.12.1.1.2), or as it must have been meant."""

import re
from dataclasses import dataclass
from functools import lru_cache

# PS3.3 C.12.1.1.2 by ISO registration number. Korean and Chinese use the supersets that devices really write.
_BY_REGISTRATION = {
    "6": "ascii",
    "13": "shift_jis",
    "58": "gb18030",
    "87": "iso2022_jp",
    "100": "latin_1",
    "101": "iso8859_2",
    "109": "iso8859_3",
    "110": "iso8859_4",
    "126": "iso8859_7",
    "127": "iso8859_6",
    "138": "iso8859_8",
    "144": "iso8859_5",
    "148": "iso8859_9",
    "149": "cp949",
    "159": "iso2022_jp_2",
    "166": "iso8859_11",
    "192": "utf_8",
    "203": "iso8859_15",
}
_BY_NAME = {"": "ascii", "GB18030": "gb18030", "GBK": "gbk", "UTF8": "utf_8", "EUCKR": "cp949", "ISO202258": "gb18030"}
# PS3.5 6.1.2.5: what an escape sequence switches to, where Python's codec does not read the sequence itself.
_ESCAPES = {b"$)C": "cp949", b"$)A": "gb18030", b")I": "shift_jis", b"(J": "shift_jis"} | {
    b"-" + final: _BY_REGISTRATION[number]
    for final, number in zip(
        (b"A", b"B", b"C", b"D", b"F", b"G", b"H", b"L", b"M", b"T", b"b"),
        ("100", "101", "109", "110", "126", "127", "138", "144", "148", "166", "203"),
        strict=True,
    )
}
_SELF_READING = {b"$B": "iso2022_jp", b"$@": "iso2022_jp", b"$(D": "iso2022_jp_2"}
_ESCAPE = b"\x1b"
_PIECE = re.compile(rb"(\$\)[AC]|\$\(D|\$[B@]|[-()][A-Za-z])?(.*)", re.DOTALL)


@dataclass(frozen=True)
class CharacterSet:
    """`codec` for text without escape sequences, `others` when that fails, `complaint` when a term is unknown."""

    codec: str
    others: tuple[str, ...] = ()
    complaint: str | None = None

    def decode(self, raw: bytes) -> tuple[str, str | None]:
        """The text and, when it is not what was declared, a sentence about it. Never fails: bad bytes become U+FFFD."""
        if _ESCAPE in raw:
            return self._decode_escaped(raw)
        for codec in (self.codec, *self.others):
            try:
                text = raw.decode(codec)
            except UnicodeError:
                continue
            return text, None if codec == self.codec else f"text is not in its declared character set, read as {codec}"
        return raw.decode(self.codec, "replace"), "text is not in its declared character set, bad bytes replaced"

    def _decode_escaped(self, raw: bytes) -> tuple[str, str | None]:
        first, *pieces = raw.split(_ESCAPE)
        text = first.decode(self.codec, "replace") + "".join(self._piece(piece) for piece in pieces)
        return (
            text,
            "text has bytes its character sets do not, replaced" if "\N{REPLACEMENT CHARACTER}" in text else None,
        )

    def _piece(self, piece: bytes) -> str:
        match = _PIECE.match(piece)
        escape, rest = (match[1] or b"", match[2]) if match else (b"", piece)
        if escape in _SELF_READING:
            return (_ESCAPE + piece).decode(_SELF_READING[escape], "replace")
        return rest.decode(_ESCAPES.get(escape, self.codec), "replace")


# Undeclared: most of what arrives is Korean or UTF-8; Latin-1 reads any byte and can be turned back.
UNDECLARED = CharacterSet("ascii", ("utf_8", "cp949", "latin_1"))


@lru_cache(maxsize=256)
def character_set(declared: bytes) -> CharacterSet:
    """From the raw value of (0008,0005); an empty one is undeclared, an unknown term is guessed with a complaint."""
    terms = [term.strip(" \0") for term in declared.decode("ascii", "replace").split("\\")]
    codecs = [_codec(term) for term in terms]
    if not any(terms):
        return UNDECLARED
    known = [codec for codec in codecs if codec]
    complaint = None if len(known) == len(codecs) else "SpecificCharacterSet: a term the standard does not know"
    others = tuple(dict.fromkeys([*known[1:], "utf_8", "cp949"]))
    return CharacterSet(known[0] if known else "ascii", others if known else UNDECLARED.others, complaint)


def _codec(term: str) -> str | None:
    number = re.search(r"IR[ _-]?(\d+)$", term.upper())
    if number:
        return _BY_REGISTRATION.get(number[1])
    return _BY_NAME.get(re.sub(r"[^A-Z0-9]", "", term.upper()))
