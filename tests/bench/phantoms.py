"""Made-up bodies of ellipsoids, with and without contrast medium in them: slices as a CT or MR would store them.

Positions are millimetres from the middle of the field of view; what a scan varies between two volumes of one study
(breathing, shifts, noise, gain, receive field, fat saturation) is in `Scan`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt

PIXELS = 192
Values = npt.NDArray[Any]


@dataclass(frozen=True)
class Organ:
    """An ellipsoid of one tissue: centre and half axes in mm; `moves` is the part of the breathing it follows."""

    tissue: str
    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    moves: float = 0.0


@dataclass(frozen=True)
class Body:
    """Painted in this order; `width_mm` is the field of view."""

    name: str
    modality: str
    width_mm: float
    organs: tuple[Organ, ...]
    values: Mapping[str, float]
    slices: tuple[float, ...]


@dataclass(frozen=True)
class Scan:
    """What else differs between two volumes. `enhancement` by tissue: HU more on CT, times as bright on MR."""

    enhancement: Mapping[str, float] = field(default_factory=dict)
    breath_mm: float = 0.0
    shift_mm: tuple[float, float] = (0.0, 0.0)
    noise: float = 0.0
    gain: float = 1.0
    field_tilt: tuple[float, float] = (0.0, 0.0)
    tissues: Mapping[str, float] = field(default_factory=dict)  # values that replace the body's own


def volume(body: Body, scan: Scan, chance: Random) -> list[Values]:
    """Stored values (int16; CT in HU, MR from 0), slice by slice."""
    noise = np.random.default_rng(chance.randrange(1 << 32))
    return [_slice(body, scan, place, noise) for place in body.slices]


def _slice(body: Body, scan: Scan, place: float, noise: np.random.Generator) -> Values:
    across = (np.arange(PIXELS, dtype=np.float32) + 0.5) / PIXELS * body.width_mm - body.width_mm / 2
    x, y = across[None, :] - scan.shift_mm[0], across[:, None] - scan.shift_mm[1]
    image = np.full((PIXELS, PIXELS), -1000.0 if body.modality == "CT" else 0.0, np.float32)
    for organ in body.organs:
        (cx, cy, cz), (rx, ry, rz) = organ.centre, organ.half
        z = place - cz - organ.moves * scan.breath_mm
        if abs(z) < rz:
            inside = ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + (z / rz) ** 2 < 1
            image[inside] = _value(body, scan, organ.tissue)
    image = _blurred(image)
    if body.modality == "CT":
        grain = _blurred(noise.normal(0, 2 * scan.noise, image.shape).astype(np.float32))
        return np.clip(np.rint(image + grain), -1024, 3071).astype(np.int16)
    receive = 1 + (scan.field_tilt[0] * x + scan.field_tilt[1] * y) / body.width_mm
    real, imaginary = noise.normal(0, scan.noise, (2, *image.shape))
    stored = np.clip(np.rint(np.hypot(image * receive + real, imaginary) * scan.gain), 0, 32767)
    return np.asarray(stored, np.int16)


def _value(body: Body, scan: Scan, tissue: str) -> float:
    value = scan.tissues.get(tissue, body.values[tissue])
    more = scan.enhancement.get(tissue)
    if more is None:
        return value
    return value + more if body.modality == "CT" else value * more


def _blurred(image: Values) -> Values:
    for axis in (0, 1):
        image = (np.roll(image, 1, axis) + 2 * image + np.roll(image, -1, axis)) / 4
    return image


def _trunk(chance: Random) -> list[Organ]:
    """Upper abdomen from 0 (lung bases) to 200 mm downwards."""
    size = chance.uniform(0.85, 1.2)
    w, h = 165 * size, 115 * size
    tall = 400.0
    organs = [
        Organ("fat", (0, 0, 100), (w, h, tall)),
        Organ("muscle", (0, 0, 100), (w * 0.9, h * 0.87, tall)),
        Organ("fat", (0, -5, 100), (w * 0.8, h * 0.72, tall)),
        Organ("lung", (-80 * size, 5, -20), (60 * size, 75 * size, 60), 1.0),
        Organ("lung", (80 * size, 5, -20), (60 * size, 75 * size, 60), 1.0),
        Organ("liver", (-65 * size, -10, 60), (75 * size, 75 * size, chance.uniform(70, 95)), 1.0),
        Organ("spleen", (95 * size, 30, 50), (30 * size, 40 * size, 55), 1.0),
        Organ("kidney", (-65 * size, 55 * size, 120), (28, 30, 55), 0.7),
        Organ("kidney", (65 * size, 55 * size, 115), (28, 30, 55), 0.7),
        Organ("pelvis", (-65 * size, 55 * size, 120), (8, 9, 20), 0.7),
        Organ("pelvis", (65 * size, 55 * size, 115), (8, 9, 20), 0.7),
        Organ("aorta", (12, 62 * size - 32, 100), (chance.uniform(9, 13), 11, tall)),
        Organ("vein", (-22, 62 * size - 34, 100), (11, 9, tall)),
        Organ("cortex", (0, 62 * size, 100), (22, 18, tall)),
        Organ("marrow", (0, 62 * size, 100), (18, 14, tall)),
        Organ("cortex", (0, 88 * size, 100), (9, 14, tall)),
    ]
    for _ in range(6):
        where = (chance.uniform(-80, 80), chance.uniform(-60, 10), chance.uniform(110, 200))
        tissue = chance.choice(("bowel", "bowel", "gas"))
        organs.append(Organ(tissue, where, (chance.uniform(10, 25), chance.uniform(8, 18), 25), chance.uniform(0, 1)))
    return organs


def _head(chance: Random, is_mr: bool) -> list[Organ]:
    size = chance.uniform(0.92, 1.06)
    return [
        Organ("fat", (0, 0, 0), (82 * size, 98 * size, 110)),
        Organ("muscle", (0, 0, 0), (79 * size, 95 * size, 106)),
        Organ("cortex", (0, 0, 0), (75 * size, 91 * size, 101)),
        Organ("marrow", (0, 0, 0), (73 * size, 89 * size, 98)) if is_mr else Organ("cortex", (0, 0, 0), (73, 89, 98)),
        Organ("cortex", (0, 0, 0), (71 * size, 87 * size, 96)),
        Organ("fluid", (0, 0, 0), (68 * size, 84 * size, 92)),
        Organ("grey", (0, 0, 0), (66 * size, 82 * size, 90)),
        Organ("white", (0, 0, 0), (56 * size, 72 * size, 78)),
        Organ("fluid", (-12, -5, 10), (9, 32, 22)),
        Organ("fluid", (12, -5, 10), (9, 32, 22)),
        Organ("vein", (0, 80 * size, 10), (5, 5, 80)),
        Organ("vein", (0, -78 * size, 40), (3, 4, 40)),
        Organ("vein", (52 * size, 55 * size, -30), (7, 5, 14)),
        Organ("vein", (-52 * size, 55 * size, -30), (7, 5, 14)),
        Organ("aorta", (-22, -5, -35), (3, 3, 12)),
        Organ("aorta", (22, -5, -35), (3, 3, 12)),
        Organ("mucosa", (0, -72 * size, -50), (24, 14, 22)),
        Organ("mucosa", (12, 5, 12), (4, 8, 6)),
        Organ("mucosa", (-12, 5, 12), (4, 8, 6)),
    ]


_CT = {
    "fat": -100.0, "muscle": 55.0, "lung": -850.0, "liver": 58.0, "spleen": 48.0, "kidney": 32.0, "pelvis": 5.0,
    "aorta": 42.0, "vein": 42.0, "cortex": 800.0, "marrow": 150.0, "bowel": 25.0, "gas": -900.0, "grey": 37.0,
    "white": 28.0, "fluid": 5.0, "mucosa": 45.0, "lesion": 30.0,
}  # fmt: skip
_MR = {
    "fat": 900.0, "muscle": 330.0, "lung": 30.0, "liver": 430.0, "spleen": 260.0, "kidney": 300.0, "pelvis": 120.0,
    "aorta": 200.0, "vein": 220.0, "cortex": 40.0, "marrow": 600.0, "bowel": 300.0, "gas": 20.0, "grey": 380.0,
    "white": 500.0, "fluid": 110.0, "mucosa": 350.0, "lesion": 280.0,
}  # fmt: skip
# More Hounsfield units, and times as bright, by phase.
CT_PHASES: dict[str, dict[str, float]] = {
    "ARTERIAL_EARLY": {"aorta": 260, "kidney": 60, "spleen": 30},
    "ARTERIAL_LATE": {"aorta": 270, "kidney": 120, "spleen": 80, "liver": 18, "vein": 40, "mucosa": 40},
    "PORTAL_VENOUS": {
        "aorta": 120, "kidney": 150, "spleen": 75, "liver": 52, "vein": 120, "muscle": 10, "mucosa": 45,
        "grey": 5, "white": 3, "lesion": 40,
    },
    "DELAYED": {
        "aorta": 70, "kidney": 110, "pelvis": 600, "spleen": 45, "liver": 35, "vein": 75, "muscle": 9, "mucosa": 40,
        "grey": 4, "white": 3, "lesion": 45,
    },
}  # fmt: skip
MR_PHASES: dict[str, dict[str, float]] = {
    "ARTERIAL_LATE": {"aorta": 3.6, "kidney": 2.2, "spleen": 2.2, "liver": 1.15, "vein": 1.4, "mucosa": 1.6},
    "PORTAL_VENOUS": {
        "aorta": 2.6, "kidney": 2.6, "spleen": 2.2, "liver": 1.6, "vein": 2.6, "muscle": 1.12, "mucosa": 1.9,
        "grey": 1.05, "white": 1.02, "lesion": 2.0,
    },
    "DELAYED": {
        "aorta": 2.0, "kidney": 2.4, "pelvis": 3.0, "spleen": 1.8, "liver": 1.45, "vein": 2.0, "muscle": 1.15,
        "mucosa": 1.9, "grey": 1.04, "white": 1.02, "lesion": 2.2,
    },
}  # fmt: skip


def make_body(modality: str, region: str, chance: Random) -> Body:
    """A head or a trunk, no two alike; one head in two has a lesion, one trunk of MR in two suppressed fat."""
    organs: Sequence[Organ]
    values = dict(_CT if modality == "CT" else _MR)
    if region == "trunk":
        organs, width, slices = _trunk(chance), 400.0, tuple(np.linspace(5, 195, 12).tolist())
        values["marrow"] = chance.uniform(80, 220) if modality == "CT" else values["marrow"]
        if modality == "MR" and chance.random() < 0.6:
            values |= {"fat": 120.0, "marrow": 200.0}
    else:
        organs, width, slices = _head(chance, modality == "MR"), 230.0, tuple(np.linspace(-60, 70, 12).tolist())
    if chance.random() < 0.5:
        where = (chance.uniform(-40, 40), chance.uniform(-40, 40), slices[len(slices) // 2])
        organs = [*organs, Organ("lesion", where, (chance.uniform(6, 16),) * 3, 1.0)]
    return Body(region, modality, width, tuple(organs), values, slices)


def usual_scan(body: Body, chance: Random) -> Scan:
    """Noise and receive field as usual; no agent, no motion."""
    if body.modality == "CT":
        return Scan(noise=chance.uniform(6, 20))
    tilt = (chance.uniform(-0.5, 0.5), chance.uniform(-0.5, 0.5))
    return Scan(noise=chance.uniform(6, 25), field_tilt=tilt, gain=chance.choice((0.3, 1.0, 4.0)))


def moved(scan: Scan, body: Body, chance: Random) -> Scan:
    """The same again a few minutes later: breathing or a turned head, another noise, nearly the same receive field."""
    motion = chance.choice((0.0, 1.0, 3.0)) if body.name == "head" else chance.choice((1.0, 2.0, 4.0))
    breath = 0.0 if body.name == "head" else chance.choice((0.0, 3.0, 8.0, 15.0)) * chance.choice((-1, 1))
    tilt = (scan.field_tilt[0] + chance.gauss(0, 0.02), scan.field_tilt[1] + chance.gauss(0, 0.02))
    return replace(
        scan,
        breath_mm=breath,
        shift_mm=(chance.gauss(0, motion), chance.gauss(0, motion)),
        noise=scan.noise * chance.choice((0.6, 1.0, 1.6)),
        field_tilt=tilt if body.modality == "MR" else scan.field_tilt,
    )
