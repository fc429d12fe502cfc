"""Series written down before the rules were touched, and never read while they were: what a stranger's data would show.

One line is one series without any other evidence: maker or language | modality | truth | description. A CT of these has
an empty agent, so that its absence says nothing.
"""

from collections.abc import Iterator
from typing import Any

from tests.bench.phase_cases import Case, Series, mr

WORDS = """
Philips, English|CT|NON_CONTRAST|Abd Native 3mm
Philips, English|CT|NON_CONTRAST|Head w/o 5.0 UB
Philips, English|CT|NON_CONTRAST|BRAIN W/O CONTRAST/BRAIN
Philips, English|CT|ARTERIAL|Arterial Phase, iDose (3)
Philips, English|CT|PORTAL_VENOUS|Portal Venous Phase, iDose (3)
Philips, English|CT|DELAYED|Delay 5min, iDose
Philips, English|CT|VENOUS|Venous Phase 2mm
Philips, English|CT|POST_CONTRAST|+C Chest, lung
Philips, English|CT|POST_CONTRAST|Chest with IV
Philips, English|MR|POST_CONTRAST|T1W_TSE_AX +C
Philips, English|MR|POST_CONTRAST|sT1W_3D_TFE_GD
Philips, English|MR|POST_CONTRAST|T1W_SE GADO
Philips, English|MR|NON_CONTRAST|eTHRIVE_BH_pre
Philips, English|MR|NON_CONTRAST|mDIXON_W_PRE
Philips, English|MR|ARTERIAL|eTHRIVE_arterial
Philips, English|MR|DELAYED|eTHRIVE_delayed 5min
Philips, English|MR|UNKNOWN|T2W_TSE_ax
Philips, English|MR|UNKNOWN|B0 map post processing
Philips, English|MR|UNKNOWN|sWIP SENSE posterior coil
Philips, English|MR|UNKNOWN|Survey_32ch_HeadCoil
Canon, English|CT|NON_CONTRAST|Plain 5.0 CE
Canon, English|CT|ARTERIAL_EARLY|Early Arterial 0.5
Canon, English|CT|ARTERIAL_LATE|Late Art Phase 1.0
Canon, English|CT|PORTAL_VENOUS|PVP 3.0
Canon, English|CT|DELAYED|Equilibrium 5.0 Body
Canon, English|CT|NEPHROGRAPHIC|Nephrographic phase 1.0
Canon, English|CT|EXCRETORY|Excretory Phase 10 min
Canon, English|CT|ARTERIAL_LATE|Cortico-medullary phase
Canon, English|MR|NON_CONTRAST|Quick3D PreContrast
Canon, English|MR|POST_CONTRAST|Quick3D Post Contrast
Canon, English|MR|UNKNOWN|FASE2D mAA
Canon, English|MR|UNKNOWN|FFE3D artery tof
GE, English|CT|NON_CONTRAST|C- CHEST
GE, English|CT|NON_CONTRAST|2.5MM C-
GE, English|CT|POST_CONTRAST|C+ ABD/PEL
GE, English|CT|POST_CONTRAST|CHEST C+ 1.25
GE, English|CT|UNKNOWN|C- & C+ CHEST
GE, English|CT|UNKNOWN|Smart Prep Series
GE, English|CT|UNKNOWN|LUMBAR C- SPINE 2.5
GE, English|CT|UNKNOWN|W/WO ABD PELVIS
GE, English|CT|ARTERIAL|ART PHASE 2.5MM
GE, English|CT|PORTAL_VENOUS|PORTAL VENOUS 5MM STD
GE, English|CT|DELAYED|DELAYS 5MM
GE, English|CT|NON_CONTRAST|NON CON HEAD
GE, English|CT|NON_CONTRAST|NONCON 5.0
GE, English|CT|NON_CONTRAST|UNENHANCED LIVER
GE, English|CT|POST_CONTRAST|IV CONTRAST 70 SEC
GE, English|MR|POST_CONTRAST|Ax T1 FLAIR +C
GE, English|MR|POST_CONTRAST|COR T1 FSE FS C+
GE, English|MR|POST_CONTRAST|+C Ax 3D BRAVO
GE, English|MR|POST_CONTRAST|SAG T1 POST GAD
GE, English|MR|POST_CONTRAST|Ax T1 POST
GE, English|MR|NON_CONTRAST|AX LAVA PRE
GE, English|MR|NON_CONTRAST|Ax T1 PRE-GAD
GE, English|MR|NON_CONTRAST|Ax T1 w/o
GE, English|MR|HEPATOBILIARY|AX LAVA HBP 20 MIN
GE, English|MR|UNKNOWN|AX T2 PROPELLER
GE, English|MR|UNKNOWN|POST OP SAG T2
GE, English|MR|UNKNOWN|Ax T2 POST ABLATION
GE, English|MR|UNKNOWN|POST FOSSA T2
GE, English|MR|UNKNOWN|Inhance 3D Velocity
GE, English|MR|UNKNOWN|NOT FOR DIAGNOSIS
GE, English|MR|UNKNOWN|T2 w/o fat suppression
Siemens, English|MR|POST_CONTRAST|t1_mprage_sag_p2_iso_post
Siemens, English|MR|POST_CONTRAST|t1_tse_tra_fs_gd
Siemens, English|MR|POST_CONTRAST|t1_vibe_fs_tra_post_contrast
Siemens, English|MR|NON_CONTRAST|t1_vibe_fs_tra_precontrast
Siemens, English|MR|NON_CONTRAST|t1_vibe_dixon_tra_bh_pre_W
Siemens, English|MR|PORTAL_VENOUS|t1_vibe_fs_tra_portal
Siemens, English|MR|DELAYED|psir_lge_sax
Siemens, English|MR|UNKNOWN|t1_fl3d_tra_dyn_WO
Siemens, English|MR|UNKNOWN|t1_fl3d_tra_dyn_WI
Siemens, English|MR|UNKNOWN|t1_fl3d_tra_dynaVIEWS_PEI
Siemens, English|MR|UNKNOWN|wash-out map
Siemens, English|MR|UNKNOWN|wash out
Siemens, English|MR|UNKNOWN|ep2d_diff_trace_post_op
Siemens, English|MR|UNKNOWN|pd_tse_fs_cor knee post horn
Siemens, English|MR|UNKNOWN|fl3d_vibe_sinus
Siemens, English|CT|ARTERIAL|LiverArt 3.0 Br40 S3
Siemens, English|CT|NON_CONTRAST|HeadSeq w/o 4.0 J40s
Siemens, English|CT|UNKNOWN|VNC 1.0 Monoenergetic
Siemens, English|CT|UNKNOWN|Virtual non-contrast 3.0
Siemens, English|CT|UNKNOWN|PreMonitoring 10.0
Siemens, English|CT|EXCRETORY|Urographic phase 1.5
UIH, English|CT|NON_CONTRAST|Plain Scan 1.0
UIH, English|MR|POST_CONTRAST|t1_quick3d_tra_fs_C+
UIH, English|MR|NON_CONTRAST|t1_quick3d_tra_fs_C-
Siemens, German|CT|NON_CONTRAST|Thorax nat. 5.0 B31f
Siemens, German|CT|NON_CONTRAST|Abdomen nativ 5.0 B30f
Siemens, German|CT|NON_CONTRAST|Schaedel ohne KM
Siemens, German|CT|NON_CONTRAST|NNH ohne Kontrastmittel
Siemens, German|CT|POST_CONTRAST|Thorax mit KM 5.0
Siemens, German|CT|POST_CONTRAST|Hals KM 3.0
Siemens, German|CT|POST_CONTRAST|Abdomen m. KM
Siemens, German|CT|ARTERIAL|Leber arteriell 3.0
Siemens, German|CT|ARTERIAL_EARLY|Leber früharteriell
Siemens, German|CT|ARTERIAL_LATE|Abdomen spätarteriell 2.0
Siemens, German|CT|PORTAL_VENOUS|Abdomen portalvenös
Siemens, German|CT|PORTAL_VENOUS|Oberbauch pv Phase 5.0
Siemens, German|CT|VENOUS|Becken venös 5.0
Siemens, German|CT|DELAYED|Leber Spätphase
Siemens, German|CT|EXCRETORY|Ausscheidungsphase 2.0
Siemens, German|MR|NON_CONTRAST|t1_tse_tra_nativ
Siemens, German|MR|NON_CONTRAST|T1 SE sag vor KM
Siemens, German|MR|POST_CONTRAST|t1_se_tra_KM
Siemens, German|MR|POST_CONTRAST|t1_tse_cor nach KM
Siemens, German|MR|POST_CONTRAST|t1_fl2d_tra +KM
Siemens, German|MR|POST_CONTRAST|T1 tra post KM
Siemens, German|MR|UNKNOWN|t2_tse_tra Schulter sin
Siemens, German|MR|UNKNOWN|t2_tse ohne Fettsättigung
Siemens, German|MR|UNKNOWN|ISG nach OP
Siemens, German|CT|UNKNOWN|Nat Sinus 1.0
Siemens, French|CT|NON_CONTRAST|SANS IV 5.0
Siemens, French|CT|NON_CONTRAST|Crâne sans injection
Siemens, French|CT|NON_CONTRAST|ABDOMEN SANS CONTRASTE
Siemens, French|CT|POST_CONTRAST|TAP avec injection
Siemens, French|CT|POST_CONTRAST|Thorax injecté 1.25
Siemens, French|CT|ARTERIAL|Temps artériel 1.25
Siemens, French|CT|PORTAL_VENOUS|Foie temps portal
Siemens, French|CT|VENOUS|Temps veineux
Siemens, French|CT|DELAYED|Temps tardif 5 min
Siemens, French|CT|DELAYED|ABDO TARDIF
Siemens, French|CT|EXCRETORY|Temps excréteur
Siemens, French|MR|POST_CONTRAST|AX T1 GADO
Siemens, French|MR|POST_CONTRAST|T1 SE après gado
Siemens, French|MR|NON_CONTRAST|T1 SE sans gado
Siemens, French|MR|NON_CONTRAST|T1 avant injection
Siemens, French|CT|NON_CONTRAST|Foie non injecté
Siemens, French|MR|UNKNOWN|T2 sans saturation
Siemens, French|MR|UNKNOWN|T2 sans apnée
Siemens, French|CT|UNKNOWN|Avec et sans injection
GE, Spanish|CT|NON_CONTRAST|ABDOMEN SIN CONTRASTE
GE, Spanish|CT|NON_CONTRAST|CRANEO SIN CIV
GE, Spanish|CT|NON_CONTRAST|TC simple abdomen
GE, Spanish|CT|POST_CONTRAST|TORAX CON CONTRASTE
GE, Spanish|CT|POST_CONTRAST|TAC CON CIV
GE, Spanish|CT|ARTERIAL|FASE ARTERIAL
GE, Spanish|CT|PORTAL_VENOUS|FASE PORTAL 2.5
GE, Spanish|CT|VENOUS|FASE VENOSA
GE, Spanish|CT|DELAYED|FASE TARDÍA 5MM
GE, Spanish|CT|EXCRETORY|FASE EXCRETORA
GE, Spanish|CT|NEPHROGRAPHIC|FASE NEFROGRÁFICA
GE, Spanish|MR|NON_CONTRAST|T1 SIN GADOLINIO
GE, Spanish|MR|POST_CONTRAST|T1 CON GADOLINIO
GE, Spanish|MR|POST_CONTRAST|T1 POSTCONTRASTE
GE, Spanish|CT|UNKNOWN|SIN Y CON CONTRASTE
GE, Spanish|CT|UNKNOWN|TAC del torax
GE, Spanish|CT|UNKNOWN|SINUS COR
GE, Spanish|MR|UNKNOWN|T2 sin fat sat
Canon, Japanese|CT|NON_CONTRAST|単純 5mm
Canon, Japanese|CT|NON_CONTRAST|腹部単純CT
Canon, Japanese|CT|NON_CONTRAST|造影前
Canon, Japanese|CT|POST_CONTRAST|造影CT 胸部
Canon, Japanese|CT|POST_CONTRAST|造影後 1mm
Canon, Japanese|CT|ARTERIAL|動脈相
Canon, Japanese|CT|ARTERIAL_EARLY|早期動脈相
Canon, Japanese|CT|ARTERIAL_LATE|後期動脈相
Canon, Japanese|CT|PORTAL_VENOUS|門脈相 5mm
Canon, Japanese|CT|DELAYED|平衡相
Canon, Japanese|CT|DELAYED|遅延相
Canon, Japanese|CT|EXCRETORY|排泄相
Canon, Japanese|MR|NON_CONTRAST|T1W 非造影
Canon, Japanese|MR|HEPATOBILIARY|肝細胞相
Canon, Japanese|MR|UNKNOWN|単純ヘルペス脳炎 T2
Canon, Japanese|CT|UNKNOWN|単純+造影
GE, Korean|CT|NON_CONTRAST|흉부 비조영
GE, Korean|CT|NON_CONTRAST|조영전 복부
GE, Korean|CT|NON_CONTRAST|조영제 없이
GE, Korean|CT|POST_CONTRAST|복부 조영후
GE, Korean|CT|POST_CONTRAST|조영증강 흉부 CT
GE, Korean|CT|ARTERIAL|동맥기 3mm
GE, Korean|CT|PORTAL_VENOUS|문맥기
GE, Korean|CT|DELAYED|지연기 5mm
GE, Korean|MR|HEPATOBILIARY|간담도기 20분
GE, Korean|MR|NON_CONTRAST|T1 조영 전
GE, Korean|MR|POST_CONTRAST|T1 조영 후
GE, Korean|CT|UNKNOWN|대동맥 CT
GE, Korean|CT|UNKNOWN|조영전/후
"""

# Agent texts of a single series without words: modality | truth | agent.
AGENTS = """
CT|POST_CONTRAST|OMNIPAQUE 300
CT|POST_CONTRAST|Iomeron 400
CT|POST_CONTRAST|90ml Ultravist 370
CT|POST_CONTRAST|XENETIX
CT|POST_CONTRAST|iohexol
CT|NON_CONTRAST|NON CONTRAST
CT|NON_CONTRAST|w/o
CT|NON_CONTRAST|OFF
CT|NON_CONTRAST|No IV contrast
CT|NON_CONTRAST|0 ml
CT|NON_CONTRAST|sin contraste
CT|NON_CONTRAST|ohne
CT|UNKNOWN|Gastrografin
CT|UNKNOWN|ORAL
CT|UNKNOWN|unknown
CT|UNKNOWN|ANONYMIZED
MR|POST_CONTRAST|DOTAREM
MR|POST_CONTRAST|gadobutrol
MR|POST_CONTRAST|15 ml Clariscan
MR|NON_CONTRAST|none
MR|NON_CONTRAST|C-
MR|UNKNOWN|see report
"""


def studies() -> Iterator[Case]:
    """Studies whose truth follows from how they are made; the same ones each time."""
    agent = {"ContrastBolusAgent": "Imeron 350", "ContrastBolusRoute": "IV", "ContrastBolusVolume": 90}
    yield Case("T1 before and after KM, agent from then on", (
        Series("NON_CONTRAST", mr("t1_tse_tra", echo=11, repetition=550), 0),
        Series("UNKNOWN", mr("t2_tse_tra", echo=98, repetition=4000, ContrastBolusAgent=""), 240),
        Series("POST_CONTRAST", mr("t1_tse_tra_KM", echo=11, repetition=550, ContrastBolusAgent="Dotarem"), 600),
    ))  # fmt: skip
    yield Case("T1 and T1 post with one agent typed in for the study", tuple(
        Series(truth, mr(words, echo=9, repetition=500, ContrastBolusAgent="Gadovist"), seconds)
        for truth, words, seconds in (("NON_CONTRAST", "AX T1 SE", 0), ("POST_CONTRAST", "AX T1 SE POST", 900))
    ))  # fmt: skip
    yield Case("an agent typed in for the study, nothing else", tuple(
        Series("UNKNOWN", mr(words, echo=echo, repetition=600, ContrastBolusAgent="ProHance"), seconds)
        for words, echo, seconds in (("SAG T1", 10, 0), ("AX T2 FSE", 102, 300), ("AX T1", 10, 600))
    ))  # fmt: skip
    yield Case("CT before and after, agent of the second", (
        Series("NON_CONTRAST", {"SeriesDescription": "Oberbauch 5.0 B30f"}, 0),
        Series("POST_CONTRAST", {"SeriesDescription": "Oberbauch 5.0 B30f", **agent}, 400),
    ))  # fmt: skip
    yield Case("CT of which only the arterial phase is marked", (
        Series("NON_CONTRAST", {"SeriesDescription": "Foie 1.25", "ContrastBolusAgent": ""}, 0),
        Series("ARTERIAL", {"SeriesDescription": "Foie 1.25 artériel", **agent}, 200),
        Series("PORTAL_VENOUS", {"SeriesDescription": "Foie 1.25 portal", **agent}, 240),
    ))  # fmt: skip
    yield Case("CT of an export that lost PRIMARY", (
        Series("NON_CONTRAST", {"SeriesDescription": "Thorax", "ImageType": ["ORIGINAL", "SECONDARY", "AXIAL"]}, 0),
        Series("POST_CONTRAST", {"SeriesDescription": "Thorax", "ImageType": ["ORIGINAL", "SECONDARY"], **agent}, 90),
    ))  # fmt: skip
    yield Case("CT by moments in two zones", (
        Series("NON_CONTRAST", {"SeriesDescription": "Abdomen", "AcquisitionDateTime": "20240110090000.00+0200"}),
        Series("POST_CONTRAST", {"SeriesDescription": "Abdomen", "AcquisitionDateTime": "202401100710+0000", **agent}),
    ))  # fmt: skip
    yield Case("CT by moments and a zone for all", (
        Series("NON_CONTRAST", {"SeriesDescription": "Abdomen", "AcquisitionDateTime": "20240110000100+0000",
                                "TimezoneOffsetFromUTC": "+0900"}),
        Series("POST_CONTRAST", {"SeriesDescription": "Abdomen", "AcquisitionDate": "20240110",
                                 "AcquisitionTime": "090500", "TimezoneOffsetFromUTC": "+0900", **agent}),
    ))  # fmt: skip
    yield Case("CT past midnight with the day of the study on all", (
        Series("NON_CONTRAST", {"SeriesDescription": "Abdomen", "StudyTime": "233000", "AcquisitionDate": "20240110",
                                "AcquisitionTime": "235000"}),
        Series("POST_CONTRAST", {"SeriesDescription": "Abdomen", "StudyTime": "233000", "AcquisitionDate": "20240110",
                                 "AcquisitionTime": "000500", **agent}),
    ))  # fmt: skip
    yield _repeated("Philips fMRI without a word", "UNKNOWN", mr("FE_EPI_run1", echo=30, repetition=2000,
                                                                 ScanningSequence="GR"))  # fmt: skip
    yield _repeated(
        "GE fMRI", "UNKNOWN", mr("Ax BOLD motor task", echo=30, repetition=3000, ScanningSequence=["EP", "GR"])
    )
    yield _repeated("pulsed ASL", "UNKNOWN", mr("tgse_pasl_3d_perf", echo=14, repetition=4600))
    yield _repeated("diffusion", "UNKNOWN", mr("ep2d_diff_mddw_30", echo=89, repetition=9000, DiffusionBValue=1000.0))
    yield _repeated("cine", "UNKNOWN", mr("cine_sax_stack", echo=1.4, repetition=40, TriggerTime=200))
    yield _repeated("phase contrast flow", "UNKNOWN", mr("fl_pc_aorta venc150 flow", echo=3, repetition=40))
    yield _repeated("T1 mapping", "UNKNOWN", mr("ShMOLLI_SAX", echo=1.1, repetition=380))
    yield _repeated("joint in motion", "UNKNOWN", mr("knee kinematic trufi", echo=2, repetition=5))
    yield _repeated("GE DCE with a clock in TriggerTime", "DYNAMIC", mr("Ax VIBRANT DCE", echo=2.1, repetition=5,
                                                                        TriggerTime=9000))  # fmt: skip
    yield _repeated("DSC with an agent", "DYNAMIC", mr("ep2d_gre", echo=32, repetition=1500, ScanningSequence="EP",
                                                       ContrastBolusAgent="gadoteridol"))  # fmt: skip
    yield _repeated("DSC by its name", "DYNAMIC", mr("DSC perfusion", echo=30, repetition=1500, ScanningSequence="EP"))
    yield _repeated("breast DCE", "DYNAMIC", mr("t1_fl3d_tra_spair_dynamic", echo=1.7, repetition=4.5))
    yield _repeated("CT perfusion", "DYNAMIC", {"SeriesDescription": "Neuro Perfusion 5.0", **agent})
    yield _repeated("CT of breathing", "NON_CONTRAST", {"SeriesDescription": "4DCT resp 3.0"})
    yield _repeated("CT of a needle", "NON_CONTRAST", {"SeriesDescription": "Biopsy 4.8"})
    reformat, derived = {"ImageType": ["DERIVED", "SECONDARY", "MPR"]}, {"ImageType": ["DERIVED", "SECONDARY"]}
    yield Case("repetitions and what was computed of them", (
        Series("PHASE_1", {"SeriesDescription": "Nieren", **agent}, 100),
        Series("PHASE_2", {"SeriesDescription": "Nieren", **agent}, 200),
        Series("POST_CONTRAST", {"SeriesDescription": "Nieren", **reformat, **agent}, 220),
        Series("UNKNOWN", {"SeriesDescription": "Nieren", **derived, "ContrastBolusAgent": ""}, 100),
        Series("PHASE_3", {"SeriesDescription": "Nieren", **agent}, 300),
    ))  # fmt: skip
    yield Case("breast with subtractions and kinetics", (
        Series("NON_CONTRAST", mr("t1_fl3d_pre", echo=2, repetition=5), 0),
        Series("POST_CONTRAST", mr("t1_fl3d_post", echo=2, repetition=5, ContrastBolusAgent="Gadavist"), 300),
        Series("UNKNOWN", mr("t1_fl3d_post_TTP", echo=2, repetition=5, **derived), 300),
        Series("UNKNOWN", mr("Wash-in", echo=2, repetition=5, **derived), 300),
    ))  # fmt: skip
    for modality in ("CR", "DX", "MG", "US", "PT", "NM", "RF", "OT"):
        yield Case(
            "what has no contrast phase", (Series("NOT_APPLICABLE", {"Modality": modality, "SOPClassUID": "1.2.3.4"}),)
        )
    yield Case("what has no contrast phase", (
        Series("NOT_APPLICABLE", {"SeriesDescription": "Dose Report", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.7"}),
        Series("NOT_APPLICABLE", {"Modality": "SR", "SOPClassUID": "1.2.840.10008.5.1.4.1.1.88.67"}),
        Series("NOT_APPLICABLE", {"SeriesDescription": "Plan", "ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}),
    ))  # fmt: skip
    for seconds, truth in ((18, "ARTERIAL_EARLY"), (40, "ARTERIAL_LATE"), (75, "PORTAL_VENOUS"), (200, "DELAYED")):
        start = {"ContrastBolusStartTime": "235950", "AcquisitionDate": "20240110"}
        moment = 86_390 + seconds
        clock = f"{moment // 3600 % 24:02d}{moment // 60 % 60:02d}{moment % 60:02d}"
        yield Case("CT by time since injection, past midnight", (
            Series(truth, {"SeriesDescription": "Abdomen", **agent, **start, "AcquisitionTime": clock}),
        ))  # fmt: skip


def _repeated(kind: str, truth: str, says: dict[str, Any]) -> Case:
    """Six time points of one series; DYNAMIC is numbered."""
    return Case(kind, tuple(
        Series(f"DYNAMIC_{place}" if truth == "DYNAMIC" else truth, says | {"AcquisitionNumber": place,
               "TemporalPositionIdentifier": place}, 5 * place)
        for place in range(1, 7)
    ), is_one_series=True)  # fmt: skip
