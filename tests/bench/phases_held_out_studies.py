"""Studies held out from the making of the rules; their truth follows from how they are made."""

from collections.abc import Iterator
from typing import Any

from tests.bench.phase_cases import Case, Series, mr


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
