"""Series written down before the rules were touched, to which the rules are not fitted.

By the same hand, so they flatter. The first run named 333 of 335 rightly; of what it missed one kind was mended
afterwards (words joined in CamelCase), and a later, stricter rule lost another ("Head w/o 5.0 UB").

One line is one series without any other evidence: maker or language | modality | truth | description. A CT of these has
an empty agent, so that its absence says nothing.
"""

from tests.bench.phases_held_out_studies import studies

__all__ = ["AGENTS", "WORDS", "studies"]

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
