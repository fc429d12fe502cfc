"""Numbers that may leave in a text, because what stands beside them says what they measure.

A number of which that cannot be said may be a day, an age or an identifier. Texts are `plain` (unsafe_spans.py).
"""

_START = r"(?<!\d)(?<!\d[./:,|\\-])"  # not in the middle of a chain such as 10:30
_END = r"(?!\d)(?![./:,_|\\-]\d)"
_NO_LETTER, _NO_WORD, _ALONE = r"(?![^\W\d_])", r"(?![^\W_])", r"(?<![^\W_])"
_YEAR = r"(?:19\d\d|20[0-3]\d)(?<!2000)(?!\d)"
_DECIMALS = r"(?:[.,]\d{1,3})?"
# No year, and no zero in front of another digit.
_N2, _N3, _N5 = (rf"(?!{_YEAR}|0\d)\d{{1,{most}}}" for most in (2, 3, 5))

# What is measured in them; a number of hours or tesla is small, of four digits it would be a year.
_SMALL_UNITS = r"t|tesla|h|hrs?|hours?|heures?|horas?|m/s|mci|gbq"
_UNITS = (
    r"(?:ml|cc)/s(?:ec)?|mgi?/ml|mmol/(?:l|kg)|cm/s|mm[23]|cm[23]|mm|cm|ml|cc|mg|mgi|mcg|ug|mmol|kev|kvp?|mas?|%|°|deg|degrees?"
    r"|s|secs?|seconds?|sek|sekunden|secondes?|segundos?|min|mins|minutes?|minuten|minutos?|bpm|m?sv|[mc]?gy|mbq"
)
_LARGE_UNITS = r"ms|msec|us|hz|khz|mhz|hu|s/mm2"
_ASIAN_UNITS = r"분(?:\s?지연)?|초|밀리|分|秒"
# What is counted.
_THINGS = (
    r"ph|phases?|phasen|fases?|pass(?:es)?|x|times|fold|dyn|dynamics|beds?|shots?|stations?|steps?|parts?|planes?|pl|echo(?:es)?"
    r"|ch|channels?|sl|slc|slices?|schichten|coupes|cortes|views?|projections|frames?|averages?|nex|nsa|dirs?|directions?"
    r"|richtungen|volumes?|images?|imgs?|fps|flip"
)
_ASIAN_THINGS = r"회|상|채널|방향|단계|차|배|相|枚|方向|回|列|倍"
# Words whose number counts something, and words whose number is a setting.
_COUNTED = (
    r"phases?|ph|echo|series|serie|ser|se|im|acq|acquisition|part|teil|station|stack|slab|bed|dyn|dynamic|pass|vol|volume"
    r"|frame|img|image|bild|set|level|seg|segment|type|typ|stage|grade|run|loc|view|recon|scan|step|position|pos|quality"
    r"|(?:bi|pi|li)-?rads|lao|rao|cran(?:ial)?|caud(?:al)?|상|위상|시리즈"
)
_SET = (
    r"te|tr|ti|td|ta|dir|fa|es|etl|flip|fov|thk|thickness|gap|pitch|tilt|angle|nex|nsa|venc|delay|grappa|caipi|sense|asset|ipat"
    r"|acc|arc|cs|sms|mb|kvp?|kev|mas|ww|wl|wc|zoom|iter|strength|asir-?v?|safire|admire|idose|imr|aidr|fc|mono|sl|bh"
)
_AGENTS = (
    r"iopamidol|iohexol|iopromide?|iodixanol|ioversol|iomeprol|iobitridol|iomeron|iopamiro|omnipaque|ultravist|visipaque"
    r"|isovue|optiray|xenetix|pamiray|bonorex|oxilan|hexabrix|gadovist|gadobutrol|dotarem|clariscan|primovist|eovist"
    r"|magnevist|prohance|multihance|omniscan"
)
_LEVEL = r"(?:(?:C|HWK)[1-8]|(?:TH?|D|BWK)(?:1[0-2]|[1-9])|(?:L|LWK)[1-6]|S[1-5])"
_ISOTOPES = (
    r"F-?18|18-?F|Tc-?99m|99m-?Tc|Ga-?6[78]|6[78]-?Ga|I-?12[34]|I-?131|12[34]-?I|131-?I|Lu-?177|177-?Lu|Tl-?201|201-?Tl"
    r"|In-?111|111-?In|Zr-?89|89-?Zr|C-?11|11-?C|N-?13|13-?N|O-?15|15-?O|Rb-?82|82-?Rb|Cu-?64|64-?Cu|Y-?90|90-?Y|Xe-?133"
)
_B_VALUE = rf"(?!{_YEAR})(?:[05]|15|25|[1-9]\d{{0,3}}0)(?!\d)"
_KERNEL = r"(?:[BDHIJTU][1-8]\d[fhmspdu]{1,2}\d?|(?:B[flrv]|H[cfpr]|Qr|S[ad]|U[bvh])[1-8]\d[a-z]?\d?|FC[0-8]\d)"
_PLANES = ("ax", "axial", "sag", "cor", "tra", "obl", "fs")
_BEHIND_PLANE = "|".join(rf"(?<={plane})" for plane in _PLANES)
_UNIT_BEHIND = rf"(?:\s?(?:{_UNITS}|{_LARGE_UNITS}))?{_NO_LETTER}"


def _measured(number: str, units: str) -> str:
    """One number, a range or a size, and its unit."""
    return rf"{_START}(?:{number}\s?[-~x×*]\s?){{0,2}}{number}[\s_-]?(?:{units}){_NO_WORD}"


_MEANINGS = (
    # contrast medium given or not, and other signs that are no words
    rf"{_ALONE}(?:(?:C|CE|CM|KM|GD|IV|contrast)|조영|造影)\s?(?:[+-](?:/[+-])?(?![\w.])|\([+-]\))",
    rf"(?<![\w.])(?:[+-]/)?[+-]\s?(?:C|CE|CM|KM|GD|IV){_NO_WORD}|{_ALONE}[OMVN]\.?\s?(?:KM|GD){_NO_WORD}",
    rf"{_ALONE}(?:w\s?[/&+]?\s?(?:and\s)?w/?o|wo?/c|w/o|w/(?=\s)|[sc]/\s?(?:c|contraste?|iv|gd)|f/u|r/o|v/q|i\.\s?v\.){_NO_LETTER}",
    rf"{_ALONE}(?:a-p|p-a|o-mar|min[- ]?ip|(?:C|T|L|LS|TL)[- .]?spine){_NO_LETTER}",
    # weightings, dimensions, levels of the spine, isotopes, kernels of CT
    rf"(?:(?<![^\W\d_])|{_BEHIND_PLANE})T[12](?:\*|star|rho|wi?|map|gd|ce|c)?(?!\d)",
    rf"[2-5]D{_NO_LETTER}",
    rf"{_ALONE}{_LEVEL}(?:\s?[-/~]?\s?{_LEVEL}|\s?[-/~]\s?(?:1[0-2]|[1-9]))*{_NO_WORD}",
    rf"{_ALONE}(?:{_ISOTOPES}){_NO_WORD}",
    rf"{_ALONE}{_KERNEL}{_NO_WORD}|{_START}\d{{1,2}}[.,]\d{{1,3}}(?=[\s_]{_KERNEL}{_NO_WORD})",
    # diffusion weightings, also several of them
    rf"{_ALONE}b[-\s_]?(?:val(?:ue)?s?|factor|wert)?[-\s_=:]{{0,3}}{_B_VALUE}(?:\s?[,/;+_&-]\s?b?{_B_VALUE})*"
    rf"{_END}(?:\s?s/mm2)?{_NO_LETTER}",
    # a measure and its unit, a size, a number of things
    _measured(_N5 + _DECIMALS, _LARGE_UNITS),
    _measured(_N3 + _DECIMALS, _UNITS),
    _measured(_N2 + _DECIMALS, _SMALL_UNITS),
    _measured(_N3, _THINGS),
    rf"{_START}(?:{_N3}\s?[-~]\s?)?{_N3}\s?(?:{_ASIAN_UNITS}|{_ASIAN_THINGS})",
    rf"{_START}{_N5}{_DECIMALS}(?:\s?[x×*]\s?{_N5}{_DECIMALS}){{1,2}}{_END}",
    # what is counted or set, and its number
    rf"(?<![^\W\d_])(?:{_COUNTED})[\s#:._=-]{{0,3}}{_N3}{_END}{_UNIT_BEHIND}",
    rf"(?<![^\W\d_])(?:{_SET})[\s:._=-]{{0,3}}{_N5}{_DECIMALS}{_END}{_UNIT_BEHIND}",
    rf"{_ALONE}(?:{_AGENTS})[\s_-]?(?:[1-4]\d0|\d[.,]\d{{1,2}})(?!\d){_NO_LETTER}",
    rf"{_START}[1-9]\s?of\s?[1-9](?!\d)|{_ALONE}[1-9](?:st|nd|rd|th|er|re|ème){_NO_WORD}",
    # a decimal that is no day of a month
    rf"{_START}(?:0[.,]\d{{1,3}}|\d{{1,2}}[.,]0){_END}{_NO_LETTER}",
)
# An expression to be compiled without case; what it finds may leave whole.
MEANING = "|".join(f"(?:{one})" for one in _MEANINGS)
# A plane's short name that is written together with the weighting behind it: `axT2`.
BEFORE_WEIGHTING = rf"(?:{'|'.join(_PLANES)})(?=T[12](?!\d))"
