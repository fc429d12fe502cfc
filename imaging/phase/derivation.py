"""Was an image computed from others, and into what? Said by ImageType, by code, or in words."""

import re
from enum import StrEnum

from imaging.header.dicom_json import Document, items, text, texts
from imaging.header.functional_groups import frame_document
from imaging.phase.lexicon import pieces


class Derivation(StrEnum):
    """What was made: a map over several moments, a measure of one scan, a difference, a projection, a cut, or other."""

    MAP = "MAP"
    MEASURE = "MEASURE"
    SUBTRACTION = "SUBTRACTION"
    PROJECTION = "PROJECTION"
    REFORMAT = "REFORMAT"
    OTHER = "OTHER"  # by ImageType alone: perhaps an export that calls everything so


# Values 3 and later of ImageType (PS3.3 C.7.6.1.1.2 and, for enhanced objects, C.8.16.1), makers' own ones among them.
_TYPES = {
    Derivation.MAP: "TTP MTT TMAX CBF CBV RCBF RCBV RELCBF RELCBV PBP GBP PMAP KTRANS KEP VE VP IAUC PEI WASH_IN WASHIN"
    " WASH-IN WASH_OUT WASHOUT WASH-OUT PERFUSION_MAP",
    Derivation.MEASURE: "ADC EADC FA TRACEW TRACE_MAP T1_MAP T2_MAP T2_STAR_MAP T1MAP T2MAP FIELD_MAP B0_MAP TENSOR EXP"
    " DIFFUSION_ANISO MATERIAL_FRACTION EFF_ATOMIC_NUM IODINE RATIO",
    Derivation.SUBTRACTION: "SUBTRACTION SUB SUBTRACT",
    Derivation.PROJECTION: "MIP MINIP MNIP MIN_IP MAX_IP MEAN_IP MPROJ PJN VOLUME_RENDER VRT SSD VR",
    Derivation.REFORMAT: "MPR REFORMATTED RESAMPLED CURVED CPR AVERAGE STITCHED",
}
_BY_TYPE = {value: kind for kind, values in _TYPES.items() for value in values.split()}
_PHRASES = (("PROJECTION IMAGE", Derivation.PROJECTION), ("CSA MIP", Derivation.PROJECTION),
            ("CSA MPR", Derivation.REFORMAT))  # fmt: skip
# Whole words of a description; "fa" is also a flip angle and "trace" a weighting, so they are none of these.
_WORDS = {
    Derivation.MAP: "_w[io]|pei|ttp|mtt|tmax|r?cb[fv]|ktrans|kep|iauc|perfusion maps?|parametric",
    Derivation.MEASURE: "adc|eadc|dadc|fa map|colfa|t [12] map|t 2 star map|iodine map",
    Derivation.SUBTRACTION: "subs?|subtr|subtract(?:ed|ion)?|subtraktion|soustraction|sustraccion|감산"
    "|サブトラクション",
    Derivation.PROJECTION: "mip|minip|mips|vrt|volume render(?:ed|ing)|rotating",
    Derivation.REFORMAT: "mpr|cpr|reformat(?:s|ted)?|curved",
}
_BY_WORDS = tuple((kind, re.compile(rf"(?<!\S)(?:{words})(?!\S)")) for kind, words in _WORDS.items())
# PS3.16 CID 7203; what only repacks or sharpens is still the acquisition.
_STILL_ACQUIRED = frozenset({"113040", "113085", "113086", "113087", "113088", "113089", "113091", "113092", "113131"})
_CODES = {
    "113062": Derivation.SUBTRACTION,
    **dict.fromkeys(("113048", "113051", "113078", "113079", "113074", "113075"), Derivation.PROJECTION),
    **dict.fromkeys(("113072", "113073", "113090"), Derivation.REFORMAT),
    "129104": Derivation.MAP,
    **dict.fromkeys(("113041", "110808", "110809", "113050", "129105", "129106"), Derivation.MEASURE),
}


def derivation(document: Document) -> Derivation | None:
    """None for an acquired image, also one that lost PRIMARY, or is DERIVED by lossy compression alone."""
    frame = frame_document(document)
    types = [value.upper() for value in (*texts(document, "ImageType"), *texts(frame, "FrameType"))]
    return (
        _by_type(types)
        or _by_code(frame)
        or _by_words(text(document, "SeriesDescription"))
        or _by_wash(document)
        or _by_words(text(frame, "DerivationDescription"))
        or (Derivation.OTHER if _is_secondary(types) and text(document, "LossyImageCompression") != "01" else None)
    )


def _by_type(types: list[str]) -> Derivation | None:
    phrase = next((kind for words, kind in _PHRASES if words in types), None)
    return phrase or next((_BY_TYPE[value] for value in types[2:] if value in _BY_TYPE), None)


def _by_code(frame: Document) -> Derivation | None:
    codes = [text(item, "CodeValue") or "" for item in items(frame, "DerivationCodeSequence")]
    return next((_CODES.get(code, Derivation.OTHER) for code in codes if code and code not in _STILL_ACQUIRED), None)


def _by_words(description: str | None) -> Derivation | None:
    words = " ".join(pieces(description or ""))
    return next((kind for kind, pattern in _BY_WORDS if pattern.search(words)), None)


def _by_wash(document: Document) -> Derivation | None:
    """On CT a wash-out is a late scan, of an adrenal gland."""
    words = " ".join(pieces(text(document, "SeriesDescription") or ""))
    is_wash = text(document, "Modality") == "MR" and re.search(r"\bwash ?(?:in|out)\b", words) is not None
    return Derivation.MAP if is_wash else None


def _is_secondary(types: list[str]) -> bool:
    return types[:2] == ["DERIVED", "SECONDARY"]
