"""What a header says of the contrast medium: its name, that there was none, and what else was written of it."""

import re
from difflib import get_close_matches
from enum import StrEnum

from imaging.header.dicom_json import Document, has, items, number, text, time_value
from imaging.phase.lexicon import default_lexicon, pieces, read_phase
from imaging.phase.types import Phase


class Agent(StrEnum):
    """NAMED: a substance or a brand. GIVEN: something was given, no name. NONE: said to be none. ABSENT: not a word."""

    NAMED = "NAMED"
    GIVEN = "GIVEN"
    NONE = "NONE"
    ABSENT = "ABSENT"
    UNKNOWN = "UNKNOWN"


_NAMES = (
    "iohexol", "omnipaque", "accupaque", "iopamidol", "isovue", "iopamiron", "iopamiro", "niopam", "solutrast",
    "scanlux", "iodixanol", "visipaque", "iopromide", "ultravist", "ioversol", "optiray", "iomeprol", "imeron",
    "iomeron", "iobitridol", "xenetix", "ioxaglate", "hexabrix", "ioxilan", "oxilan", "ioxitalamate",
    "telebrix", "iothalamate", "conray", "diatrizoate", "gadobutrol", "gadovist", "gadavist", "gadoterate",
    "dotarem", "clariscan", "artirem", "cyclolux", "gadopentetate", "magnevist", "gadobenate", "multihance",
    "gadoxetate", "eovist", "primovist", "gadoteridol", "prohance", "gadodiamide", "omniscan",
    "gadoversetamide", "optimark", "gadofosveset", "ablavar", "vasovist", "gadopiclenol", "elucirem", "vueway",
    "ferumoxytol", "feraheme", "sonovue", "definity", "lumason", "옴니파크", "울트라비스트", "이오메론", "가도비스트",
    "프리모비스트", "도타렘", "オムニパーク", "イオパミロン", "イオメロン", "ウルトラビスト", "ガドビスト",
    "マグネビスト", "プリモビスト",
)  # fmt: skip
_SHORT_NAMES = frozenset(
    {
        "omni",
        "opti",
        "isov",
        "visi",
        "magne",
        "gd",
        "gad",
        "gado",
        "gadolinium",
        "gadolinio",
        "gbca",
        "dtpa",
        "bopta",
        "eob",
    }
    | {"iodine", "iodinated", "iodinado", "contrast", "kontrastmittel", "km", "조영제", "造影剤", "ヨード"}
)
_NONE = frozenset(
    {
        "none",
        "no",
        "n",
        "na",
        "n a",
        "nil",
        "non",
        "without",
        "w o",
        "wo",
        "0",
        "off",
        "false",
        "disabled",
        "not applied",
    }
    | {"not given", "not used", "not administered", "none given", "nein", "kein", "keine", "keines", "ohne", "nativ"}
    | {
        "aucun",
        "aucune",
        "sans",
        "ninguno",
        "ninguna",
        "sin",
        "nessuno",
        "plain",
        "native",
        "없음",
        "무",
        "なし",
        "無し",
        "無",
    }
)
_NO_AMOUNT = re.compile(r"0+(?: 0+)?(?: (?:ml|cc|mg|g|l))?")
_GIVEN = frozenset({"yes", "y", "applied", "given", "on", "true", "iv", "i v", "ja", "oui", "si", "유", "有", "あり"})
_NOT_IN_VESSELS = frozenset({"oral", "orally", "po", "rectal", "water", "barium", "gastrografin", "enteral", "route"})
_SAYS_LITTLE = frozenset({"contrast", "agent", "only", "ml", "cc", "prep"})
_SHORTEST_MISSPELT, _LIKENESS = 6, 0.85


def contrast_agent(document: Document) -> Agent:
    """By the agent's text and code; where there is none, by volume, dose and start of an injection."""
    written = agent_texts(document)
    if not written:
        return _by_amount(document)
    if any(_says_none(one) for one in written):
        return Agent.NONE
    if _is_swallowed(text(document, "ContrastBolusRoute") or "") or all(_is_swallowed(one) for one in written):
        return Agent.UNKNOWN
    if agent_name(document):
        return Agent.NAMED
    return Agent.GIVEN if any(_says_given(one) for one in written) else Agent.UNKNOWN


def has_agent(document: Document) -> bool | None:
    """Contrast medium in the vessels: True when given, False when the element is absent or says none, else None."""
    agent = contrast_agent(document)
    return {Agent.NAMED: True, Agent.GIVEN: True, Agent.NONE: False, Agent.ABSENT: False}.get(agent)


def agent_texts(document: Document) -> list[str]:
    meanings = [text(item, "CodeMeaning") for item in items(document, "ContrastBolusAgentSequence")]
    return [one for one in (*meanings, text(document, "ContrastBolusAgent")) if one]


def agent_name(document: Document) -> str | None:
    """The known name in the agent's text, never the text itself; a slip of the pen counts ("Omnipauqe")."""
    words = [word for one in agent_texts(document) for word in pieces(one.casefold())]  # "SonoVue" is one word
    return next((name for word in words if (name := _known_name(word))), None)


def injection_evidence(document: Document) -> list[str]:
    """What else speaks of an injection into the vessels, in words for a reason."""
    route = " ".join(pieces(text(document, "ContrastBolusRoute") or ""))
    routes = [text(item, "CodeMeaning") or "" for item in items(document, "ContrastBolusAdministrationRouteSequence")]
    is_intravenous = re.search(r"\biv\b|\bi v\b|intraven|vein", " ".join([route, *routes]).lower()) is not None
    found = {
        "route": is_intravenous,
        "volume": (number(document, "ContrastBolusVolume") or 0) > 0,
        "dose": (number(document, "ContrastBolusTotalDose") or 0) > 0,
        "start time": bool(time_value(document, "ContrastBolusStartTime")),
    }
    return [name for name, holds in found.items() if holds]


def is_swallowed(document: Document) -> bool:
    """Does the route say that the medium never reached the vessels?"""
    return _is_swallowed(text(document, "ContrastBolusRoute") or "")


def _by_amount(document: Document) -> Agent:
    evidence = set(injection_evidence(document)) - {"route"}
    if evidence and not is_swallowed(document):
        return Agent.GIVEN
    return Agent.UNKNOWN if has(document, "ContrastBolusAgent") else Agent.ABSENT


def _says_none(written: str) -> bool:
    words = " ".join(pieces(written))
    if words in _NONE or _NO_AMOUNT.fullmatch(words):
        return True
    return read_phase(written, default_lexicon()).phase is Phase.NON_CONTRAST


def _says_given(written: str) -> bool:
    words = pieces(written)
    has_amount = any(word.isdigit() and int(word) for word in words) and bool({"ml", "cc"} & set(words))
    return (
        has_amount or " ".join(words) in _GIVEN or read_phase(written, default_lexicon()).phase is Phase.POST_CONTRAST
    )


def _known_name(word: str) -> str | None:
    if word in _SHORT_NAMES or word in _NAMES:
        return word
    if len(word) < _SHORTEST_MISSPELT:
        return None
    return next(iter(get_close_matches(word, _NAMES, n=1, cutoff=_LIKENESS)), None)


def _is_swallowed(written: str) -> bool:
    words = set(pieces(written)) - _SAYS_LITTLE
    return bool(words & _NOT_IN_VESSELS) and all(word in _NOT_IN_VESSELS or word.isdigit() for word in words)
