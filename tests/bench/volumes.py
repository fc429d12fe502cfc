"""`make eval-nifti`: our volumes of real series beside what dcm2niix makes of the same files, as a table.

Shapes, affines and values are compared volume by volume; copies that dcm2niix resampled (`_Eq`, `_Tilt`, `_ROI`) are
left out. Real series lie beside the checkout (../shared/dicom, ../shared/dicom2) or in the folders given.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.orientations import OrientationError

from imaging.dicom.errors import Refusal
from imaging.dicom.header import read_tags
from imaging.header.dicom_json import Document, text
from imaging.pixels.dataset import pixel_dataset
from imaging.pixels.errors import NoPicture
from imaging.volume.frame_facts import frame_facts
from imaging.volume.frame_values import frame_values
from imaging.volume.stacks import stacks_of
from services.export.build.object_report import frame_report, object_report, read_report
from services.export.build.series_frames import SeriesFrames, why_not, write_volume

_SHARED = Path(__file__).parents[3] / "shared"
_FOLDERS = (_SHARED / "dicom", _SHARED / "dicom2")
# dcm2niix works out real values in single precision.
_SINGLE_PRECISION = 5e-5
_RESAMPLED = ("_Eq", "_Tilt", "_ROI")


@dataclass
class Compared:
    """One series; `verdict` says whether our volumes are among theirs, or why there are none.

    TURNED: the same values at the same places, the array's axes in another order (dcm2niix turns 3D acquisitions to the
    nearest axes, and stacks whose first slice is not the protocol's first). STACKED OTHERWISE: the same volumes in
    other files.
    """

    name: str
    images: int
    ours: list[tuple[int, ...]]
    theirs: list[tuple[int, ...]]
    verdict: str
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Image:
    path: Path
    uid: str
    document: Document


def compared_series(folders: Sequence[Path]) -> Iterator[Compared]:
    """Every series of images in these folders."""
    for images in _series(folders):
        with tempfile.TemporaryDirectory() as name:
            yield _compare(images, Path(name))


def _series(folders: Sequence[Path]) -> list[list[_Image]]:
    """By Series Instance UID; of objects of one UID the first."""
    found: defaultdict[str, dict[str, _Image]] = defaultdict(dict)
    for folder in folders:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            try:
                document = read_tags(path.read_bytes()).document
            except Refusal:
                continue
            series, uid = text(document, "SeriesInstanceUID"), text(document, "SOPInstanceUID")
            if series and uid and text(document, "Rows"):
                found[series].setdefault(uid, _Image(path, uid, document))
    return [list(images.values()) for images in found.values()]


def _compare(images: Sequence[_Image], folder: Path) -> Compared:
    ours, reasons = _ours(images, folder / "ours")
    theirs = _theirs(images, folder / "theirs")
    name = "/".join(images[0].path.parts[-3:-1])
    compared = Compared(name, len(images), [one.shape for one in ours], [one.shape for one in theirs], "", reasons)
    if not ours:
        compared.verdict = "NONE: " + ", ".join(sorted({reason.split(":")[0] for reason in reasons}))
    elif _are_among(ours, theirs):
        compared.verdict = "EQUAL"
    elif _are_among(turned := list(map(_turned, ours)), those := list(map(_turned, theirs))):
        compared.verdict = "TURNED"
    else:
        apart, those = [part for one in turned for part in _parts(one)], [part for one in those for part in _parts(one)]
        differing = [part for part in apart if not _are_among([part], those)]
        compared.verdict = "DIFFERENT" if differing else "STACKED OTHERWISE"
        compared.notes += sorted({_nearest(part, those) for part in differing})
    return compared


def _ours(images: Sequence[_Image], folder: Path) -> tuple[list[Any], list[str]]:
    folder.mkdir()
    series, reasons = SeriesFrames(folder), []
    for image in images:
        try:
            _add(series, image)
        except NoPicture as error:
            reasons.append(f"no pixels: {error}")
        except Exception as error:
            reasons.append(f"unreadable: {type(error).__name__}")  # the service hears of a worker that died
    volumes = []
    for number, stack in enumerate(stacks_of(series.slices)):
        if reason := why_not(stack, series):
            reasons.append(f"{reason}: {len(stack.slices)} slices")
            continue
        path = folder / f"{number}.nii.gz"
        write_volume(path, stack, series)
        volumes.append(nibabel.load(path))
    return volumes, reasons


def _add(series: SeriesFrames, image: _Image) -> None:
    """As a worker and the service do it between them."""
    facts, reports, digests = frame_facts(image.document), [], {}
    for frame in frame_values(pixel_dataset(image.path.read_bytes()), image.document):
        body = np.ascontiguousarray(frame.values).tobytes()
        series.path(image.uid, frame.frame).write_bytes(body)
        digests[frame.frame] = hashlib.sha256(body).hexdigest()
        reports.append(frame_report(facts[frame.frame - 1], frame))
    report = read_report(object_report(image.document, reports))
    assert report is not None
    series.add(image.uid, report, digests)


def _theirs(images: Sequence[_Image], folder: Path) -> list[Any]:
    from dcm2niix import bin_path

    source, target = folder / "in", folder / "out"
    source.mkdir(parents=True)
    target.mkdir()
    for number, image in enumerate(images):
        shutil.copyfile(image.path, source / f"{number:06d}.dcm")
    arguments = ["-b", "n", "-z", "n", "-w", "2", "-f", "v", "-o", str(target), str(source)]
    subprocess.run([str(bin_path), *arguments], capture_output=True, timeout=300, check=False)
    paths = [path for path in sorted(target.glob("*.nii")) if not any(word in path.stem for word in _RESAMPLED)]
    return [nibabel.load(path) for path in paths]


def _are_among(ours: Sequence[Any], theirs: Sequence[Any]) -> bool:
    return all(any(_difference(one, other) is None for other in theirs) for one in ours)


def _turned(image: Any) -> Any:
    """With its axes in the order of the patient's, nothing resampled; as it is where it has no such axes."""
    try:
        return nibabel.as_closest_canonical(image)  # type: ignore[no-untyped-call]
    except OrientationError:
        return image


def _parts(image: Any) -> list[Any]:
    """The volumes of a file."""
    return [image.slicer[..., number] for number in range(image.shape[3])] if len(image.shape) > 3 else [image]


def _difference(one: Any, other: Any) -> str | None:
    """In words; None when shape, affine and values are the same."""
    if _shape(one) != _shape(other):
        return "shape"
    if not np.allclose(one.affine, other.affine, atol=1e-3):
        return f"affine by {np.abs(one.affine - other.affine).max():.3g} mm"
    ours, theirs = _values(one), _values(other)
    scale = max(float(np.abs(theirs).max()), 1e-9)
    worst = float(np.abs(ours - theirs).max()) / scale
    return None if worst < _SINGLE_PRECISION else f"values by {worst:.3g} of the largest"


def _shape(image: Any) -> tuple[int, ...]:
    shape = tuple(image.shape)
    return shape if len(shape) > 2 else (*shape, 1)


def _values(image: Any) -> Any:
    data = np.asarray(image.dataobj)
    if data.dtype.names:
        data = np.stack([data[name] for name in data.dtype.names], axis=-1)
    return data.astype(np.float64).reshape(*_shape(image), -1)


def _nearest(part: Any, those: Sequence[Any]) -> str:
    differences = filter(None, (_difference(part, other) for other in those))
    nearest = min(differences, key=_distance, default="they made nothing")
    return f"{tuple(part.shape)}: {nearest}"


def _distance(difference: str) -> tuple[bool, bool, float]:
    """Values are nearer than an affine, an affine than a shape; of two the smaller difference."""
    _, _, amount = difference.partition(" by ")
    return difference == "shape", difference.startswith("affine"), float(amount.split()[0]) if amount else 0.0


def main(folders: Sequence[Path]) -> None:
    counts: Counter[str] = Counter()
    print("| series | images | ours | dcm2niix | verdict |\n|---|---|---|---|---|")
    for one in compared_series(folders):
        counts[one.verdict.split(":")[0]] += 1
        notes = f" ({'; '.join(one.notes[:3])})" if one.notes else ""
        print(f"| {one.name} | {one.images} | {_listed(one.ours)} | {_listed(one.theirs)} | {one.verdict}{notes} |")
    print("\n" + ", ".join(f"{name} {count}" for name, count in counts.most_common()))


def _listed(shapes: Sequence[tuple[int, ...]]) -> str:
    counted = Counter("×".join(map(str, shape)) for shape in shapes)
    return ", ".join(shape if count == 1 else f"{count} of {shape}" for shape, count in counted.items()) or "–"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=[one for one in _FOLDERS if one.exists()])
    given = parser.parse_args().folders
    sys.exit("There are no folders of series to look at.") if not given else main(given)
