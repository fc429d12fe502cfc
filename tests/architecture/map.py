"""The map of the folders in the README, made from each package's own sentence: `python -m tests.architecture.map`."""

import ast
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_START, _END = "<!-- map: made by `make map` -->\n```\n", "```\n<!-- end of map -->"
_ROWS = (
    "proto/rcdm/v1/events.proto",
    "imaging/__init__.py",
    "cohort/__init__.py",
    "chassis/__init__.py",
    "chassis/adapters/__init__.py",
    "services/ingest/service.py",
    "services/extract/service.py",
    "services/catalog/service.py",
    "services/export/service.py",
    "services/operations/service.py",
    "services/access/service.py",
    "services/front/service.py",
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
