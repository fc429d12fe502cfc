"""The manifest as Parquet: typed columns, for pandas, Arrow and DuckDB."""

import json
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet as write

from services.export.member import ManifestRow

_BATCH = 10_000
_TYPES = {"int": DataType.int64(), "float": DataType.float64(), "str": DataType.utf8()}


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
