"""What an MR image shows (T1, T2, FLAIR, DWI, ADC …), only where the header says so in whole words."""

import re

from imaging.document import Document, text, texts

# Acquisition Contrast of enhanced MR (PS3.3 C.8.13.2.1.1) in our words.
_CONTRASTS = {
    "T1": "T1",
    "T2": "T2",
    "T2_STAR": "T2_STAR",
    "DIFFUSION": "DWI",
    "FLUID_ATTENUATED": "FLAIR",
    "PROTON_DENSITY": "PD",
    "PERFUSION": "PERFUSION",
}
_IMAGE_TYPES = {"ADC": "ADC", "DIFFUSION": "DWI", "TRACEW": "DWI", "SWI": "SWI"}
_KINDS = (
    ("ADC", r"e?adc|dadc"),
    ("DWI", r"dwi|diff|diffusion|dti|tracew"),
    ("SWI", r"swi|swan"),
    ("PERFUSION", r"perfusion|dsc|asl"),
    ("FLAIR", r"flair|tirm"),
    ("T2_STAR", r"t2star"),
    ("T1", r"t1(w|wi|c|ce|gd|post|pre)?|mprage"),
    ("T2", r"t2(w|wi)?"),
    ("PD", r"pd(w|wi)?"),
)
_FIRST_THAT_STANDS = ("ADC", "DWI", "SWI", "PERFUSION", "T2_STAR")


def sequence_kind(document: Document) -> str | None:
    """None for other modalities and whenever the words leave a doubt, such as T1 and T2 in one description."""
    if text(document, "Modality") != "MR":
        return None
    found = _CONTRASTS.get(text(document, "AcquisitionContrast") or "")
    typed = next((_IMAGE_TYPES[value] for value in texts(document, "ImageType") if value in _IMAGE_TYPES), None)
    return typed or found or _worded(text(document, "SeriesDescription")) or _worded(text(document, "ProtocolName"))


def _worded(description: str | None) -> str | None:
    words = re.findall(r"[a-z0-9]+", (description or "").lower().replace("t2*", " t2star "))
    kinds = {kind for kind, pattern in _KINDS if any(re.fullmatch(pattern, word) for word in words)}
    for kind in _FIRST_THAT_STANDS:
        if kind in kinds:
            return kind
    if "FLAIR" in kinds:  # "T2 FLAIR" is FLAIR; "T1 FLAIR" weighs T1.
        return "T1" if "T1" in kinds else "FLAIR"
    return kinds.pop() if len(kinds) == 1 else None
