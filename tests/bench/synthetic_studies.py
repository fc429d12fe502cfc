"""Made-up studies with the skew of a hospital: few devices do most of the work, few series hold most of the images."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

CONDITIONS, DEVICES, PROTOCOLS, HOSPITALS = 2000, 60, 300, 4
MODALITIES = ("CT", "MR", "DX", "PT")
_OFTEN = (45, 35, 15, 5)
SERIES_OF_A_STUDY = 20
# Images of a series, and how often there are as many.
_SIZES, _SIZES_OFTEN = (1, 5, 20, 60, 200), (40, 30, 20, 8, 2)
_PLANES, _PLANES_OFTEN = ("AXIAL", "CORONAL", "SAGITTAL", "OBLIQUE"), (70, 12, 12, 6)
_PHASES, _PHASES_OFTEN = ("NON_CONTRAST", "ARTERIAL", "PORTAL_VENOUS", "DELAYED", "UNKNOWN"), (30, 10, 20, 5, 35)
_PARTS = ("CHEST", "ABDOMEN", "HEAD", "PELVIS", "LSPINE", "KNEE")
_FIRST_DAY = date(2005, 1, 1)
_DAYS = 7300


@dataclass(frozen=True)
class Series:
    number: int
    uid: str
    images: int
    plane: str
    phase: str
    echo_time: float
    thickness: float


@dataclass(frozen=True)
class Study:
    """Ids count from 1; `person` and the lookups are ids, too."""

    number: int
    uid: str
    modality: int
    hospital: int
    device: int
    protocol: int
    condition: int | None
    person: int
    sex: str
    age_days: int
    day: date
    body_part: str
    series: tuple[Series, ...]

    @property
    def images(self) -> int:
        return sum(one.images for one in self.series)

    def counted(self, name: str) -> str:
        """Images of each plane or phase, as JSON."""
        found: Counter[str] = Counter()
        for one in self.series:
            found[getattr(one, name)] += one.images
        return json.dumps(found)


def studies(first: int) -> Iterator[Study]:
    """Without end, from that number on; the same number is the same study always."""
    number = first
    while True:
        yield _study(number)
        number += 1


def _study(number: int) -> Study:
    chance = random.Random(number)
    modality = chance.choices(range(len(MODALITIES)), _OFTEN)[0]
    count = 1 if MODALITIES[modality] == "DX" else min(200, 1 + int(chance.expovariate(1 / SERIES_OF_A_STUDY)))
    return Study(
        number=number,
        uid=f"2.25.{number}",
        modality=modality + 1,
        hospital=_skewed(chance, HOSPITALS),
        device=_skewed(chance, DEVICES),
        protocol=_skewed(chance, PROTOCOLS),
        condition=_skewed(chance, CONDITIONS) if chance.random() < 0.8 else None,
        person=1 + number * 5 // 8,
        sex=chance.choice("MF"),
        age_days=int(min(36000, max(0, chance.gauss(21000, 7000)))),
        day=_FIRST_DAY + timedelta(days=chance.randrange(_DAYS)),
        body_part=chance.choice(_PARTS),
        series=tuple(_series(chance, number, place) for place in range(1, count + 1)),
    )


def _series(chance: random.Random, study: int, place: int) -> Series:
    return Series(
        number=place,
        uid=f"2.25.{study}.{place}",
        images=chance.choices(_SIZES, _SIZES_OFTEN)[0],
        plane=chance.choices(_PLANES, _PLANES_OFTEN)[0],
        phase=chance.choices(_PHASES, _PHASES_OFTEN)[0],
        echo_time=round(chance.uniform(2, 120), 1),
        thickness=chance.choice((1.0, 1.25, 3.0, 5.0)),
    )


def _skewed(chance: random.Random, count: int) -> int:
    """1 … count; the first tenth comes half of the time."""
    return 1 + int(count * chance.random() ** 3.3)
