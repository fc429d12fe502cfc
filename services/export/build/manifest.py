"""The manifest of a version: CSV, JSON lines, Parquet with typed columns, and what data loaders want.

Everything is written to files and read from files, some lines at a time: memory does not grow with the members.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from itertools import islice
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet as write

from services.export.csv_safe import csv_line
from services.export.members import (
    FILE_COLUMNS,
    JOINED,
    MANIFEST_COLUMNS,
    MEMBER_COLUMNS,
    ManifestRow,
    cells,
    manifest_row,
)
from services.export.names import SPLITS, Pseudonyms
from services.export.versions import StoredVersion

_BATCH = 10_000
_TYPES = {"int": DataType.int64(), "float": DataType.float64(), "str": DataType.utf8()}

_PAGE = 250  # a page of the manifest is made without a pause: some milliseconds
# What a network's input pipeline sorts and weighs by; everything else stands in the manifest.
_MONAI_FACTS = (
    "person", "occurrence", "series", "modality", "plane", "phase", "frame", "slope", "intercept", "axis", "volumes",
)  # fmt: skip
_MONAI_KEYS = {"train": "training", "validation": "validation", "test": "test"}


def write_parquet(lines: Path, target: Path) -> None:
    """Of manifest.jsonl; ten thousand lines are in memory at a time."""
    schema = Schema([Field(field.name, _type(field.type), nullable=True) for field in fields(ManifestRow)])
    write(RecordBatchReader.from_batches(schema, _batches(lines, schema)), target, compression="zstd(1)")


def _batches(lines: Path, schema: Schema) -> Iterator[RecordBatch]:
    with lines.open(encoding="utf-8") as file:
        while rows := [json.loads(line) for line in islice(file, _BATCH)]:
            columns = [
                Array([_plain(row[field.name], field.type) for row in rows], _type(field.type))
                for field in fields(ManifestRow)
            ]
            yield RecordBatch.from_arrays(columns, schema=schema)


def _type(annotation: Any) -> DataType:
    return _TYPES[str(getattr(annotation, "__name__", annotation)).removesuffix(" | None")]


def _plain(value: Any, annotation: Any) -> Any:
    # JSON writes 1.0 as 1.0 and reads it so; a whole number in a column of fractions still has to become one.
    return float(value) if value is not None and _type(annotation) == _TYPES["float"] else value


async def write_manifests(pool: Any, version: StoredVersion, names: Pseudonyms, folder: Path) -> None:
    """manifest.csv, manifest.jsonl, manifest.parquet and monai.json in `folder`."""
    ordinal = 0
    with (folder / "manifest.csv").open("wb") as table, (folder / "manifest.jsonl").open("wb") as lines:
        table.write(csv_line(MANIFEST_COLUMNS).encode())
        while rows := await pool.fetch(
            f"SELECT {MEMBER_COLUMNS}, {FILE_COLUMNS} FROM {JOINED}"
            " WHERE version_id = $1 AND entry_ordinal > $2 ORDER BY entry_ordinal LIMIT $3",
            version.version_id, ordinal, _PAGE,
        ):  # fmt: skip
            found = [manifest_row(row, names) for row in rows]
            await asyncio.to_thread(table.write, "".join(csv_line(cells(row)) for row in found).encode())
            await asyncio.to_thread(lines.write, "".join(_json_line(asdict(row)) for row in found).encode())
            ordinal = rows[-1]["entry_ordinal"]
    await asyncio.to_thread(write_parquet, folder / "manifest.jsonl", folder / "manifest.parquet")
    await asyncio.to_thread(_write_monai, version, folder / "manifest.jsonl", folder / "monai.json")


def manifest_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Of manifest.jsonl."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _write_monai(version: StoredVersion, lines: Path, target: Path) -> None:
    """A data list as monai.data.load_decathlon_datalist reads it; paths count from this file's own folder.

    A side without a picture is left out: MONAI stumbles over an empty `test`.
    """
    with target.open("w", encoding="utf-8") as file:
        head = {
            "name": version.name,
            "version": version.version,
            "tensorImageSize": "3D" if version.rule["format"] == "nifti" else "2D",
        }
        file.write(json.dumps(head, ensure_ascii=False)[:-1])
        for side in SPLITS:
            entries = (_monai_entry(version, row) for row in manifest_lines(lines) if (row["split"] or "train") == side)
            is_empty = True
            for entry in entries:
                before = f',\n"{_MONAI_KEYS[side]}": [\n' if is_empty else ",\n"
                file.write(before + json.dumps(entry, ensure_ascii=False))
                is_empty = False
            file.write("" if is_empty else "\n]")
        file.write("}\n")


def _monai_entry(version: StoredVersion, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"image": row["path"].removeprefix(f"{version.root}/"), **{name: row[name] for name in _MONAI_FACTS}}


def _json_line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"
