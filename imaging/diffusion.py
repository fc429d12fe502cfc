"""The diffusion weighting of an image in s/mm², from the standard's element or from where makers keep it."""

from imaging.document import Document, number

# Private block 10 under its creator: the maker's own place for the b-value (DICOM conformance statements).
_PRIVATE = (("SIEMENS MR HEADER", "00190010", "0019100C"), ("Philips Imaging DD 001", "20010010", "20011003"))
_GE_CREATOR, _GE_BLOCK, _GE_ELEMENT = "GEMS_PARM_01", "00430010", "00431039"
_GE_OFFSET = 1_000_000_000


def b_value(document: Document) -> float | None:
    """None when there is none; 0.0 is a real value (the unweighted image)."""
    standard = number(document, "DiffusionBValue")
    if standard is not None:
        return standard
    for creator, block, element in _PRIVATE:
        if _first(document, block) == creator:
            return _as_number(_first(document, element))
    if _first(document, _GE_BLOCK) == _GE_CREATOR:
        found = _as_number(_first(document, _GE_ELEMENT))
        # GE adds a thousand million on some releases.
        return found % _GE_OFFSET if found is not None else None
    return None


def _first(document: Document, key: str) -> object:
    return (document.get(key, {}).get("Value") or [None])[0]


def _as_number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
