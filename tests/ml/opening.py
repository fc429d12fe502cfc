"""Open an unpacked data set as researchers do and say what was found, as JSON: `opening.py FOLDER`.

Runs in the environment of `make test-ml`, which has none of our packages.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import mlcroissant
import nibabel
import pandas
from monai.data import load_decathlon_datalist


def found_in(folder: Path) -> dict[str, Any]:
    """What each tool makes of it."""
    table = pandas.read_csv(folder / "manifest.csv", dtype={"person": str})
    croissant = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    sides = [
        name for name in json.loads((folder / "monai.json").read_text()) if name in ("training", "validation", "test")
    ]
    lists = [
        load_decathlon_datalist(str(folder / "monai.json"), is_segmentation=False, data_list_key=side) for side in sides
    ]
    volumes: list[Any] = [nibabel.load(path) for path in sorted(folder.rglob("*.nii.gz"))]
    return {
        "paths": sorted(table["path"]),
        "persons": table["person"].nunique(),
        "parquet_is_csv": list(pandas.read_parquet(folder / "manifest.parquet")["path"]) == list(table["path"]),
        "lines_are_csv": list(pandas.read_json(folder / "manifest.jsonl", lines=True)["path"]) == list(table["path"]),
        "croissant_errors": sorted(croissant.metadata.ctx.issues.errors),
        "croissant_records": sum(1 for _ in croissant.records("manifest")),
        "listed": sum(map(len, lists)),
        "volumes": [[list(one.shape), [float(size) for size in one.header.get_zooms()]] for one in volumes],
        "batches": _batches(folder),
    }


def _batches(folder: Path) -> list[list[int]]:
    """The shapes that the data set's own load.py gives for its training side."""
    loader = runpy.run_path(str(folder / "load.py"))["loader"]
    return [list(batch["image"].shape) for batch in loader(batch_size=2)]


if __name__ == "__main__":
    print(json.dumps(found_in(Path(sys.argv[1]))))
