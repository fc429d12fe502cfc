"""How the person lay or stood, in the standard's own terms; anything else a device wrote is no position."""

from imaging.header.dicom_json import Document, text

# PS3.3 C.7.3.1.1.2 (Patient Position) and C.8.1.2 (View Position of projection X-ray).
PATIENT_POSITIONS = frozenset(
    (
        "HFP",
        "HFS",
        "HFDR",
        "HFDL",
        "FFDR",
        "FFDL",
        "FFP",
        "FFS",
        "LFP",
        "LFS",
        "RFP",
        "RFS",
        "AFDR",
        "AFDL",
        "PFDR",
        "PFDL",
    )
)
# Beside the terms of PS3.3 C.8.1.2 and C.8.7.5, the codes of mammography views (CID 4014) and of C.8.11.5, as devices
# write them into View Position (0018,5101).
VIEW_POSITIONS = frozenset(
    (
        *(
            "AP",
            "PA",
            "LL",
            "RL",
            "RLD",
            "LLD",
            "RLO",
            "LLO",
            "LAT",
            "LATERAL",
            "OBL",
            "OBLIQUE",
            "AXIAL",
            "TANGENTIAL",
        ),
        *("LAO", "RAO", "LPO", "RPO", "LORDOTIC", "DECUBITUS", "SUNRISE", "SKYLINE", "FROG", "SWIMMERS", "ODONTOID"),
        *("CC", "MLO", "ML", "LM", "LMO", "SIO", "ISO", "FB", "XCC", "XCCL", "XCCM", "CCID", "MLOID", "MLID", "LMID"),
        *("AXIAL", "TANGENTIAL", "AT", "CV", "RCC", "LCC", "RMLO", "LMLO", "SPECIMEN"),
    )
)


def person_position(document: Document) -> str | None:
    """Patient Position (CT, MR …), else View Position, which exists only for projection X-ray."""
    written = (text(document, "PatientPosition") or "").upper()
    return written if written in PATIENT_POSITIONS else view_position(document)


def view_position(document: Document) -> str | None:
    """From where projection X-ray looks, as one of the terms."""
    written = (text(document, "ViewPosition") or "").upper()
    return written if written in VIEW_POSITIONS else None
