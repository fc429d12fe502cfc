"""What a series is called, and the words in it: without accents, in lower case, scripts kept apart."""

import re
import unicodedata

from imaging.header.dicom_json import Document, text

_ACCENTS = re.compile("[\u0300-\u036f]")


def series_names(document: Document) -> list[str]:
    """Its description, then its protocol; at GE the protocol is that of the whole examination and names no series."""
    is_ge = (text(document, "Manufacturer") or "").upper().startswith("GE")
    names = [text(document, keyword) for keyword in ("SeriesDescription", "ProtocolName")]
    return [name for name in (names[:1] if is_ge and names[0] else names) if name]


def without_accents(written: str) -> str:
    """In lower case; Latin letters lose their marks, signs of other scripts stay composed."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", written).casefold())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", apart))
