"""What was seen while extract was scaled, second by second: kept as CSV and drawn as SVG."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

_WIDTH, _HEIGHT, _LEFT, _TOP = 900, 170, 70, 40
_COLOURS = {"lag": "#0b6e99", "replicas": "#b3541e", "processes": "#5b6b7a", "catalogued": "#3f7d4e"}


@dataclass(frozen=True)
class Sample:
    """`seconds` since the start; `lag` as KEDA's API tells it; `replicas` of the Deployment; `processes` that run."""

    seconds: float
    lag: float
    replicas: int
    processes: int
    catalogued: int


def write_csv(path: Path, samples: Sequence[Sample]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Sample))
        writer.writerows(astuple(sample) for sample in samples)


def write_svg(path: Path, samples: Sequence[Sample], title: str) -> None:
    """Three panels over one axis of time: what waits, who works, what is done."""
    panels = (("lag",), ("replicas", "processes"), ("catalogued",))
    height = _TOP + len(panels) * (_HEIGHT + 40)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + _LEFT + 30} {height}"'
        ' font-family="system-ui,sans-serif" font-size="13">',
        f'<rect width="100%" height="100%" fill="#fff"/><text x="{_LEFT}" y="24" font-size="16">{title}</text>',
    ]
    for number, names in enumerate(panels):
        parts += _panel(samples, names, _TOP + number * (_HEIGHT + 40))
    path.write_text("\n".join([*parts, "</svg>"]) + "\n")


def _panel(samples: Sequence[Sample], names: Sequence[str], top: int) -> list[str]:
    most = max(1.0, *(float(getattr(sample, name)) for sample in samples for name in names))
    end = samples[-1].seconds or 1.0

    def x(seconds: float) -> float:
        return _LEFT + seconds / end * _WIDTH

    def y(value: float) -> float:
        return top + _HEIGHT - value / most * (_HEIGHT - 20)

    parts = [
        f'<line x1="{_LEFT}" y1="{top + _HEIGHT}" x2="{_LEFT + _WIDTH}" y2="{top + _HEIGHT}" stroke="#999"/>',
        f'<text x="{_LEFT - 8}" y="{y(most) + 4:.0f}" text-anchor="end">{most:g}</text>',
        f'<text x="{_LEFT - 8}" y="{top + _HEIGHT}" text-anchor="end">0</text>',
        f'<text x="{_LEFT + _WIDTH}" y="{top + _HEIGHT + 16}" text-anchor="end">{end:.0f} s</text>',
    ]
    for place, name in enumerate(names):
        points = _points(samples, name, x, y)
        parts.append(f'<polyline fill="none" stroke="{_COLOURS[name]}" stroke-width="2" points="{points}"/>')
        label = f'<text x="{_LEFT + 8 + 110 * place}" y="{top + 8}" fill="{_COLOURS[name]}">{name}</text>'
        parts.append(label)
    return parts


def _points(samples: Sequence[Sample], name: str, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    points = [f"{x(sample.seconds):.1f},{y(float(getattr(sample, name))):.1f}" for sample in samples]
    return " ".join(points)
