"""`rcdm correct`: say what is true of studies, series or images that rules or headers have wrong."""

from typing import Annotated, Any, Literal

import typer

from services.cli.client.http import Failed, checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, print_table, say
from services.cli.occurrences import pairs

_CONDITION = {"condition": "text", "condition_code": "code", "condition_vocabulary": "vocabulary"}
_SECONDS = 300  # a thousand large studies are computed again before the answer comes


def add_to(app: typer.Typer) -> None:
    app.command("correct")(correct)


def correct(
    target: Annotated[Literal["occurrence", "series", "image"], typer.Argument(help="occurrence, series or image.")],
    values: Annotated[
        list[str],
        typer.Argument(
            help="What is true instead: plane=AXIAL phase=ARTERIAL, or hospital=, protocol=, condition=, "
            "condition_code=, condition_vocabulary=. An empty protocol= or condition= says that there is none."
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    where: Annotated[list[str] | None, typer.Option(help="A filter as NAME=VALUE, as a search has it.")] = None,
    ids: Annotated[list[int] | None, typer.Option("--id", help="Instead: image or occurrence ids.")] = None,
    series: Annotated[list[str] | None, typer.Option(help="Of those studies only this Series Instance UID.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would change, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Correct planes and phases of images, or hospital, protocol and diagnosis of studies.

    `rcdm corrections undo` takes it back.
    """
    with exit_one_on_failure(), client() as http:
        body: dict[str, Any] = {
            "target": target, "set": _values(values), "reason": reason, "ids": ids or [], "series": series or [],
            "dry_run": dry_run,
        }  # fmt: skip
        if where:
            body["filter"] = _filter(where)
        outcome = checked(http.post("/api/v1/corrections", json=body, timeout=_SECONDS))
    print_json(outcome) if as_json else _show(outcome)


def _values(said: list[str]) -> dict[str, Any]:
    """Raises Failed for what is said twice."""
    found: dict[str, Any] = {}
    given = pairs(said)
    if len({name for name, _ in given}) < len(given):
        raise Failed("Say each value once: two cannot both be true.")
    for name, value in given:
        if name in _CONDITION and value:
            found["condition"] = (found.get("condition") or {}) | {_CONDITION[name]: value}
        elif name == "condition":
            found.setdefault("condition", None)
        else:
            found[name] = value or None
    return found


def _filter(said: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs(said):
        found[name] = [*found[name], value] if name in found else [value]
    return {name: some[0] if len(some) == 1 else some for name, some in found.items()}


def _show(outcome: dict[str, Any]) -> None:
    counted = ("occurrences", "series", "images")
    print_table(
        ("field", "before", "after", "studies", "series", "images"),
        (
            (one["field"], _text(one["before"]), _text(one["after"]), *(str(one[name]) for name in counted))
            for one in outcome["changes"]
        ),
    )
    found, changed = outcome["found"], outcome["changed"]
    what = "Would change" if outcome["dry_run"] else "Changed"
    kept = f" Correction {outcome['correction_id']}." if outcome["correction_id"] is not None else ""
    say(f"{what} {changed['images']} of {found['images']} images of {changed['occurrences']} studies.{kept}")


def _text(value: Any) -> str:
    parts = value.values() if isinstance(value, dict) else [value]
    return " ".join(str(part) for part in parts if part) or "none"
