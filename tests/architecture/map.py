"""The map of the folders in the README, made from each package's own sentence: `python -m tests.architecture.map`."""

import ast
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_START, _END = "<!-- map: made by `make map` -->\n```\n", "```\n<!-- end of map -->"
_ROWS = (
    "proto/rcdm/v1/events.proto",
    "imaging/__init__.py",
    "imaging/dicom/__init__.py",
    "imaging/header/__init__.py",
    "imaging/pixels/__init__.py",
    "imaging/geometry/__init__.py",
    "imaging/sequence/__init__.py",
    "imaging/phase/__init__.py",
    "imaging/fields/__init__.py",
    "imaging/volume/__init__.py",
    "imaging/deidentify/__init__.py",
    "cdm/__init__.py",
    "cdm/query/__init__.py",
    "chassis/__init__.py",
    "chassis/http/__init__.py",
    "chassis/auth/__init__.py",
    "chassis/messaging/__init__.py",
    "chassis/blobs/__init__.py",
    "chassis/db/__init__.py",
    "chassis/sandbox/__init__.py",
    "chassis/telemetry/__init__.py",
    "services/ingest/service.py",
    "services/extract/service.py",
    "services/catalog/service.py",
    "services/export/service.py",
    "services/operations/service.py",
    "services/access/service.py",
    "services/front/service.py",
    "services/cli/__init__.py",
    "services/__main__.py",
)


def folder_map() -> str:
    """The block between the two marks, marks included."""
    return _START + "".join(f"{_name(row):22} {_sentence(row)}\n" for row in _ROWS) + _END


def _name(row: str) -> str:
    return (
        row.rpartition("/")[0] + "/"
        if row.endswith(("__init__.py", "service.py"))
        else row.removeprefix("proto/rcdm/v1/")
    )


def _sentence(row: str) -> str:
    text = (_ROOT / row).read_text()
    if row.endswith(".proto"):
        return text.partition("\n")[0].removeprefix("// ").partition(". ")[0]
    first = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].rstrip(".")
    return first.partition(": ")[2] if row.endswith("service.py") and ": " in first else first


def main() -> None:
    readme = _ROOT / "README.md"
    text = readme.read_text()
    before, _, rest = text.partition(_START)
    readme.write_text(before + folder_map() + rest.partition(_END)[2])


if __name__ == "__main__":
    main()
