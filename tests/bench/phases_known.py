"""Series the rules are made with: kinds, wordings of makers and languages, and studies, truth known by construction."""

from collections.abc import Iterator
from random import Random

from tests.bench.phase_cases import Case, Series, mr

# kind | modality | truth | description; a CT of these has an empty agent.
WORDS = """
misleading, English|CT|UNKNOWN|A-P PORTABLE
misleading, English|CT|UNKNOWN|Post op liver
misleading, English|CT|UNKNOWN|Heart Model
misleading, English|CT|UNKNOWN|Cartilage Press
misleading, English|CT|UNKNOWN|70sec delay
misleading, English|CT|UNKNOWN|C-spine
misleading, English|CT|UNKNOWN|C+T spine
misleading, English|CT|UNKNOWN|with and without contrast
misleading, English|CT|UNKNOWN|Oral contrast
misleading, English|CT|UNKNOWN|3 phase liver
misleading, English|MR|UNKNOWN|T2 W/O FS
misleading, English|MR|UNKNOWN|Phase contrast aqueduct
misleading, English|MR|UNKNOWN|pre/post
misleading, English|MR|UNKNOWN|arterial spin labeling
misleading, English|MR|UNKNOWN|Portal vein thrombosis T2
misleading, English|MR|UNKNOWN|t1_vibe_WO
English|CT|NON_CONTRAST|CT HEAD WO CONTRAST
English|CT|NON_CONTRAST|Abd W/O 5.0
English|CT|NON_CONTRAST|NON-CONTRAST 3mm
English|CT|NON_CONTRAST|PLAIN HEAD
English|CT|NON_CONTRAST|NCCT brain
English|CT|NON_CONTRAST|CT w/o IV contrast
English|CT|NON_CONTRAST|Contrast: none
English|CT|NON_CONTRAST|True non contrast 2.0
English|CT|POST_CONTRAST|CT CHEST W CONTRAST
English|CT|POST_CONTRAST|CECT neck
English|CT|POST_CONTRAST|POST 3.0 B30f
English|CT|POST_CONTRAST|Enhanced 5mm
English|CT|ARTERIAL|HAP 2.0
English|CT|ARTERIAL_EARLY|early arterial
English|CT|ARTERIAL_LATE|corticomedullary 2mm
English|CT|PORTAL_VENOUS|POR 5.0
English|CT|PORTAL_VENOUS|PV phase
English|CT|VENOUS|VEN 5.0
English|CT|NEPHROGRAPHIC|nephro 3.0
English|CT|EXCRETORY|excretory 8min
English|CT|DELAYED|DELAY 3 MIN
English|CT|DELAYED|late 5.0
English|MR|NON_CONTRAST|T1 PRE
English|MR|NON_CONTRAST|T1 GD-
English|MR|NON_CONTRAST|T1 CE(-)
English|MR|POST_CONTRAST|T1 + C
English|MR|POST_CONTRAST|T1 +GD
English|MR|POST_CONTRAST|T1 CE (+)
English|MR|POST_CONTRAST|SAG T1 POST FS
English|MR|POST_CONTRAST|sag 3d gre +c
English|MR|HEPATOBILIARY|Gd-EOB HBP 20min
English|MR|DELAYED|late gadolinium enhancement
German|CT|NON_CONTRAST|Kopf nativ 2.0 H70h
German|CT|NON_CONTRAST|Thorax o. KM
German|CT|NON_CONTRAST|Becken ohne Kontrast
German|CT|POST_CONTRAST|Kopf nach KM
German|CT|POST_CONTRAST|Kopf mit Kontrastmittel
German|CT|ARTERIAL|arterielle Phase
German|CT|VENOUS|Abdomen venöse Phase
German|CT|DELAYED|Spätphase 5.0
German|MR|NON_CONTRAST|t1_mprage_tra_nativ
German|MR|POST_CONTRAST|t1_mprage_tra_KM
German|MR|UNKNOWN|mit und ohne KM
German|MR|UNKNOWN|Knie ohne Schiene
French|CT|NON_CONTRAST|Abdomen sans injection
French|CT|NON_CONTRAST|TDM sans produit de contraste
French|CT|POST_CONTRAST|Abdomen avec injection
French|CT|PORTAL_VENOUS|temps portal 1.25
French|CT|DELAYED|temps tardif
French|CT|ARTERIAL_LATE|artériel tardif
French|MR|POST_CONTRAST|T1 EG gado
French|MR|UNKNOWN|sans et avec gadolinium
Spanish|CT|NON_CONTRAST|Craneo sin contraste
Spanish|CT|NON_CONTRAST|fase simple
Spanish|CT|POST_CONTRAST|Craneo con contraste
Spanish|CT|ARTERIAL|fase arterial
Spanish|CT|ARTERIAL_LATE|fase arterial tardia
Spanish|CT|PORTAL_VENOUS|fase portal venosa
Spanish|CT|DELAYED|fase tardia
Spanish|CT|EXCRETORY|fase excretora
Spanish|CT|UNKNOWN|TAC del abdomen
Spanish|MR|UNKNOWN|rodilla sin
Japanese|CT|NON_CONTRAST|単純CT
Japanese|CT|POST_CONTRAST|造影CT
Japanese|CT|ARTERIAL|動脈相 1mm
Japanese|CT|PORTAL_VENOUS|門脈優位相
Japanese|CT|DELAYED|平衡相 5mm
Japanese|CT|NON_CONTRAST|造影(-)
Japanese|CT|POST_CONTRAST|造影(+)
Japanese|MR|UNKNOWN|脳血管造影
Korean|CT|NON_CONTRAST|복부 조영전
Korean|CT|POST_CONTRAST|복부 조영후
Korean|CT|NON_CONTRAST|흉부 비조영 CT
Korean|CT|ARTERIAL_LATE|후기동맥기
Korean|CT|PORTAL_VENOUS|간문맥기
Korean|CT|UNKNOWN|조영전후
Korean|CT|UNKNOWN|조영 전신
Korean|MR|HEPATOBILIARY|간담도기
"""

# modality | truth | agent.
AGENTS = """
CT|POST_CONTRAST|Iopamidol
CT|POST_CONTRAST|ISOVUE300/100
CT|POST_CONTRAST|ORAL & OMNIPAQUE 350
CT|POST_CONTRAST|Omnipauqe 300
CT|NON_CONTRAST|NONE
CT|NON_CONTRAST|no
CT|NON_CONTRAST|C-
CT|NON_CONTRAST|0
CT|NON_CONTRAST|without contrast
CT|UNKNOWN|YES
CT|UNKNOWN|xxx
CT|UNKNOWN|barium
MR|POST_CONTRAST|Magnevist
MR|POST_CONTRAST|10cc Multihance
MR|NON_CONTRAST|off
"""


def studies() -> Iterator[Case]:
    """The same ones each time."""
    yield from _computed_tomography()
    yield from _magnetic_resonance()
    for modality in ("CR", "DX", "MG", "SR", "SC"):
        yield Case("no contrast phase", (Series("NOT_APPLICABLE", {"Modality": modality, "SOPClassUID": "1.2.3.4"}),))


def _computed_tomography() -> Iterator[Case]:
    chance = Random(3)
    agent = {"ContrastBolusAgent": "Iopamidol"}
    four = (("NON_CONTRAST", -60), ("ARTERIAL_LATE", 35), ("PORTAL_VENOUS", 70), ("DELAYED", 180))
    named = {
        "English": ("w/o contrast", "Late arterial", "Portal venous", "Delayed 3 min"),
        "abbreviated": ("Liver PRE", "LATE ART 1.0", "PORTAL 5.0", "DELAY"),
        "Korean": ("복부 조영전", "후기동맥기", "복부문맥기CT", "지연기"),
        "misleading": ("Non contrast Heart", "Portable late arterial", "Post op portal venous", "Model delayed"),
    }
    for language, words in named.items():
        yield Case(
            f"four-phase liver CT, {language}",
            tuple(
                Series(truth, {"SeriesDescription": word} | (agent if truth != "NON_CONTRAST" else {}), seconds)
                for (truth, seconds), word in zip(four, words, strict=True)
            ),
        )
    for kind, start in (("by time since injection", 36_000), ("by time across midnight", 86_400 - 60)):
        moments = [(truth, seconds + chance.randrange(-3, 4)) for truth, seconds in four[1:]]
        yield Case(
            f"three-phase liver CT, {kind}",
            tuple(Series(truth, {"SeriesDescription": "Abdomen 5.0", **agent}, seconds) for truth, seconds in moments),
            {"ContrastBolusStartTime": f"{start // 3600:02d}{start // 60 % 60:02d}00"},
            start,
        )
    chest = {"SeriesDescription": "Chest 5.0"}
    yield Case("CT with agent later, nothing in words", (
        Series("NON_CONTRAST", chest, 0), Series("POST_CONTRAST", chest | agent, 120),
    ))  # fmt: skip
    yield Case("CT twice, the first with an empty agent", (
        Series("NON_CONTRAST", {**chest, "ContrastBolusAgent": ""}, 0), Series("POST_CONTRAST", chest | agent, 120),
    ))  # fmt: skip
    yield Case("no agent, no words, no times", (Series("NON_CONTRAST", {"SeriesDescription": "Posterior fossa"}),))
    yield Case("absence in a study with contrast", (
        Series("UNKNOWN", {"SeriesDescription": "Chest 5.0", "StudyDescription": "CT CHEST W CONTRAST"}),
    ))  # fmt: skip
    for text in ("A-P projection", "Artifact check", "Press box", "Cartilage", "Pre-op planning", "Oral contrast"):
        yield Case("words that are no phase", (Series("POST_CONTRAST", {"SeriesDescription": text, **agent}),))
    planning = {"SeriesDescription": "Topogram", "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    yield Case("agent on the topogram, too", (
        Series("UNKNOWN", {**planning, **agent}, 0),
        Series("UNKNOWN", {"SeriesDescription": "Head 4.0", **agent}, 60),
        Series("UNKNOWN", {"SeriesDescription": "Neck 2.0", **agent}, 160),
    ))  # fmt: skip


def _magnetic_resonance() -> Iterator[Case]:
    agent = {"ContrastBolusAgent": "Gadovist"}
    yield Case("dynamic MR, one description for all", tuple(
        Series(f"DYNAMIC_{n}", mr("vibe dyn", echo=2, repetition=5, AcquisitionNumber=n), 20 * n) for n in range(1, 6)
    ), is_one_series=True)  # fmt: skip
    yield Case("dynamic MR without a word", tuple(
        Series(f"DYNAMIC_{n}", mr("t1 vibe", echo=2, repetition=5, AcquisitionNumber=n), 20 * n) for n in range(1, 6)
    ), is_one_series=True)  # fmt: skip
    for kind, says in (
        ("fMRI", mr("ep2d_bold_moco", echo=30, repetition=2000, ScanningSequence="EP")),
        ("echo planar without a word", mr("Product EPI", echo=30, repetition=2000, ScanningSequence="EP")),
        ("ASL", mr("3D pCASL perfusion", echo=14, repetition=4000)),
        ("MOLLI", mr("T1 MOLLI", echo=1, repetition=300)),
        ("cine", mr("tfi_cine_4ch", echo=1.4, repetition=40, TriggerTime=30)),
    ):
        yield Case(f"{kind} repeats without contrast", tuple(
            Series("UNKNOWN", says | {"AcquisitionNumber": n}, 2 * n) for n in range(1, 5)
        ), is_one_series=True)  # fmt: skip
    yield Case("echoes", tuple(
        Series("UNKNOWN", mr("gre_me", echo=5 * n, repetition=50, AcquisitionNumber=n), 2 * n) for n in range(1, 5)
    ), is_one_series=True)  # fmt: skip
    yield Case("T1 and T1 +C, one agent for both", (
        Series("NON_CONTRAST", mr("Ax T1", echo=9, repetition=500, **agent), 0),
        Series("POST_CONTRAST", mr("Ax T1 +C", echo=9, repetition=500, **agent), 600),
    ))  # fmt: skip
    yield Case("agent on every series", (
        Series("UNKNOWN", mr("Ax T2", echo=100, repetition=4000, **agent), 0),
        Series("UNKNOWN", mr("Ax T1", echo=9, repetition=500, **agent), 300),
    ))  # fmt: skip
    yield Case("subtraction beside repetitions", (
        Series("PHASE_1", mr("Ax LAVA", echo=2, repetition=5), 0),
        Series("PHASE_2", mr("Ax LAVA", echo=2, repetition=5), 100),
        Series("UNKNOWN", mr("Ax LAVA", echo=2, repetition=5, ImageType=["DERIVED", "SECONDARY", "SUBTRACTION"]), 100),
    ))  # fmt: skip
