"""The words by which makers and people name kinds of MR sequences and parts of fat-water images, in six languages."""

import re
from functools import lru_cache

from imaging.header.series_words import without_accents

# Each kind by whole words of a text whose signs are blanks and whose `T1w` is `t1 w`. TIRM is a manner of inverting
# that is FLAIR or STIR by its inversion time; a field map, a calibration or a spectrum is none of the kinds.
_WORDS = {
    "ADC": r"e?adcs?|dadc|adc ?map\w*|adcb\d+|apparent diffusion coeff?icient|coeficiente de difusion( aparente)?"
    r"|coefficient (de |d )?diffusion( apparent)?|diffusionskoeffizient\w*"
    r"|average dc|mean diffusivity|(dti|tensor|diff|mddw)( \w+)* md",
    "FA": r"fa ?maps?|col ?fa|color fa|fractional anisotrop\w*|anisotropie fractionnelle|anisotropia fraccional"
    r"|fraktionelle anisotropie|(dti|tensor|diff|mddw)( \w+)* fa|fa (dti|tensor|color)",
    "T1_MAP": r"q ?t1|t1 (\w+ )?(map\w*|karte|mapa|carto\w*)|molli|shmolli|sasha",
    "T2_MAP": r"q ?t2|t2 (\w+ )?(map\w*|karte|mapa|carto\w*)",
    "T2_STAR_MAP": r"t2star (\w+ )?(map\w*|karte|mapa|carto\w*)|r2star|r2 map",
    "ASL": r"p?c?asl|arterial spin label\w*",
    "DSC": r"dsc|weisskoff|ep2d perf\w*|dynamic susceptibility( \w+)*",
    "DCE": r"dce|dynamic contrast enhanced|ktrans|kep|iauc\w*",
    "PERFUSION": r"perf|perfus\w*|perfusion\w*|pwi|r?(el)?cb[fv]|(rel)?mtt|durchblutung",
    "SWI": r"swip?|swan|ven(ous|o)? ?bold|(mip|mag|pha) images sw|susz?ept?ib\w*|sus[cz]\w*ibili\w*",
    "BOLD": r"bold|fmri|rs ?fmri|resting ?state",
    "MRA": r"tof|(ce|nce|pc|tof)? ?mr[av]|angio\w*|venogra\w*|pca|twist(?! vibe)|tricks|inhance|qiss|trance",
    "FLOW_ENCODED": r"q ?flow|4d ?flow|flow ?quant\w*|venc ?\d*|phase contrast|contraste de fase|contraste de phase"
    r"|phasenkontrast|flussmessung|flujo|(pc|csf)( \w+)? flow|flow study",
    "MRCP": r"mrcp|colangio\w*|cholangio\w*",
    "DARK_FLUID": r"dark ?fluid|da ?fl",
    "FLAIR": r"\w*flair\w*",
    "TIRM": r"tirm|tir",
    "STIR": r"stir",
    "BSSFP": r"ciss|fiesta\w?|trufi\w*|true ?fisp|b ?ffe|b ?tfe|b?ssfp|balanced (ffe|tfe|ssfp)",
    "DWI": r"dw|\w{0,4}dwi\w?|dwibs|bval\w*|diff|diffw?|diffusion\w*|difusion\w*"
    r"|dti|dki|ivim|trace ?w?|mddw|resolve|b[1-9]\d{2,3}t?",
    "T2_STAR": r"t2star|medic|merge|m ?ffe|me2d|ha?emo",
    "T1": r"t1|mp ?2?rage|(star)?vibe|lava|e?thrive|bravo|f?spgr|vibrant|pondere t1",
    "T2": r"t2|haste|ssfse|ss ?h?tse|ss fse|fase",
    "PD": r"pdw?i?|dp|proton|proton (density|weighted)|protonen\w*|densite (de |des )?protons?|densidad protonica"
    r"|densidad (de )?protones",
    "NONE": r"field ?map\w*|field mapping|gre field|b[01] ?map\w*|calibra\w*|asset cal|coil ?sens\w*|ref ?scan|prescan"
    r"|spectro\w*|spektro\w*|mrs|t1rho|svs|csi",
    "AT_REST": r"rest\d*|resting|task\w*|func\w*",
    "FAT_WATER": r"m?q?dixon\w*|ideal|flex",
    "BOTH_PARTS": r"(in|ip)( phase)?( and| und| et| y)? (opp|out|op)\w*"
    r"|(opp|out|op)\w*( of)?( phase)?( and| und| et| y)? (in|ip)",
    "GRADIENT_ECHO": r"gre|ffe|fl[23]d|flash|fgre",
}
_SIGNS = {
    "ADC": "겉보기확산계수|겉보기 확산계수|현성확산계수|현성 확산계수|かけの拡散係数|掛けの拡散係数",
    "PERFUSION": "관류|灌流",
    "ASL": "동맥스핀|動脈スピン",
    "SWI": "자화율|磁化率",
    "MRA": "혈관조영|血管撮影|mr血管",
    "MRCP": "담췌관|담도췌관|胆管膵管",
    "FLAIR": "플레어|フレア",
    "DWI": "확산|拡散",
    "BOLD": "기능적 ?자기공명|脳機能",
    "PD": "양성자|プロトン",
    "IN_PHASE": "동위상|同位相",
    "OPPOSED_PHASE": "역위상|逆位相",
    "WATER": "물 ?영상|水画像",
    "FAT": "지방 ?영상|脂肪画像",
}
# A part of a fat-water image is named by itself, or by a letter where the text says that it is one.
_PARTS = {
    "IN_PHASE": (r"in ?phase|inph|en phase|en fase", r"in|ip"),
    "OPPOSED_PHASE": (
        r"(out|opp|opposed|opposite)( of)? ?phase|opposed|opp|oop|gegenphase|opposition de phase|fase opuesta"
        r"|oposicion de fase",
        r"op|out",
    ),
    "WATER": (r"wasserbild", r"w|water|wasser|eau|agua"),
    "FAT": (r"fettbild", r"f|fat(?! ?(sat|sup|frac))|fett|graisse|grasa"),
}
# "WATER: Ax LAVA-Flex", as GE labels what it computes; "Fat sat" is none of these.
_LABEL = re.compile(r"\s*(in ?phase|out ?phase|water|fat)\s*:")
_LABELS = {"water": "WATER", "fat": "FAT", "inphase": "IN_PHASE", "outphase": "OPPOSED_PHASE"}
PARTS = frozenset(_PARTS)
_GLUE = (
    (re.compile(r"t2 ?\*|\bt2[ _-]?star"), " t2star "),
    (re.compile(r"\bt2[ _-]?prep\w*|\bt1[-/]t?\d+"), " "),  # a preparation; vertebrae and the disc between them
    (re.compile(r"[^\w]|_"), " "),
    (re.compile(r"\b([23]d)(?=[a-z])"), r"\1 "),
    (re.compile(r"(?<=[a-z]{3})[23]d\b"), " 3d"),
    (re.compile(r"\b(ax|axial|sag|cor|tra|obl|fs|s|e)?(t[12])(?!star|rho)(?=[^\d\s])"), r"\1 \2 "),
    (re.compile(r"\b(ax|axial|sag|cor|tra|obl|fs|s|e)(t[12])\b"), r"\1 \2"),
    (re.compile(r"\b(t[12]) wi?\b"), r"\1"),
    (re.compile(r"\s+"), " "),
)
# T3 to T12 beside T1 or T2 are vertebrae.
_VERTEBRAE = re.compile(r"\bt([3-9]|1[0-2])\b")


@lru_cache(maxsize=1 << 12)
def sequence_words(written: str) -> frozenset[str]:
    """Every kind and part that words of the text name, and what helps to tell kinds apart (DARK_FLUID, TIRM …)."""
    named = without_accents(written)
    plain = named
    for pattern, instead in _GLUE:
        plain = pattern.sub(instead, plain)
    found = {kind for kind, pattern in _WHOLE_WORDS.items() if pattern.search(plain)}
    found |= {kind for kind, signs in _SIGNS.items() if re.search(signs, plain)}
    if _VERTEBRAE.search(plain):
        found -= {"T1", "T2"}
    parts = _ALL_PARTS if "FAT_WATER" in found else _CLEAR_PARTS
    label = _LABEL.match(named)
    found |= {_LABELS[label[1].replace(" ", "")]} if label else {k for k, one in parts.items() if one.search(plain)}
    return frozenset(found | ({"IN_PHASE", "OPPOSED_PHASE"} if "BOTH_PARTS" in found else set()))


def _whole_words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b")


_WHOLE_WORDS = {kind: _whole_words(pattern) for kind, pattern in _WORDS.items()}
_CLEAR_PARTS = {part: _whole_words(clear) for part, (clear, _) in _PARTS.items()}
_ALL_PARTS = {part: _whole_words(f"{clear}|{short}") for part, (clear, short) in _PARTS.items()}
