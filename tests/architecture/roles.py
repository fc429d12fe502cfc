"""The table of who may call what, made from the OpenAPI document: `python -m tests.architecture.roles`."""

import json
from pathlib import Path
from typing import Any

from chassis.auth.access import Role

TABLE = Path(__file__).parents[2] / "docs/roles.md"
_DOCUMENT = Path(__file__).parents[2] / "services/front/pages/openapi.json"
_COLUMNS = ("nobody", *Role)
_HEAD = """# Who may call what

Made by `make roles` from the OpenAPI document; a test calls every route as everybody and compares. `●` may, `·` is
refused: 401 without a key, 403 with one. `all` in the last column: only with a key that is for all hospitals. What
a caller may call still shows only its own hospitals; a bridge sees only its own uploads.

"""


def allowed(operation: dict[str, Any], caller: str) -> bool:
    """`caller` is a role, or `nobody` for who has no key."""
    return not operation["security"] or caller in operation["x-roles"]


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, description) of every route, in the document's order."""
    return [(method.upper(), path, it) for path, all_of in document["paths"].items() for method, it in all_of.items()]


def table(document: dict[str, Any]) -> str:
    head = ["route", *_COLUMNS, "hospitals"]
    lines = [head, ["---"] * len(head)]
    for method, path, it in operations(document):
        marks = ["●" if allowed(it, caller) else "·" for caller in _COLUMNS]
        lines.append([f"`{method} {path}`", *marks, "all" if it.get("x-all-hospitals") else ""])
    return _HEAD + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def written_table() -> str:
    return table(json.loads(_DOCUMENT.read_text()))


if __name__ == "__main__":
    TABLE.write_text(written_table())
