"""`rcdm corrections`: what was corrected, by whom and why; and taking it back."""

from typing import Annotated, Any

import typer

from services.cli.client.http import checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, print_table, say

corrections = typer.Typer(help="What `rcdm correct` changed: list it, take it back.", no_args_is_help=True)
_SECONDS = 300  # a thousand large studies are computed again before the answer comes


def add_to(app: typer.Typer) -> None:
    app.add_typer(corrections, name="corrections")


@corrections.command("list")
def list_them(
    occurrence: Annotated[int | None, typer.Option(help="Only of this study, by its id.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """A line for each study, series or image that was corrected, the last correction first."""
    wanted = {"limit": limit} | ({"occurrence": occurrence} if occurrence else {})
    with exit_one_on_failure(), client() as http:
        page = checked(http.get("/api/v1/corrections", params=wanted))
    print_json(page) if as_json else _show(page["items"])


@corrections.command()
def undo(
    correction_id: Annotated[int, typer.Argument(metavar="ID", help="As `rcdm corrections list` shows it.", min=1)],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    as_json: AsJson = False,
) -> None:
    """Take a whole correction back: what an earlier one said holds again, or what rules and headers say."""
    with exit_one_on_failure(), client() as http:
        answer = http.post(f"/api/v1/corrections/{correction_id}/undo", json={"reason": reason}, timeout=_SECONDS)
        done = checked(answer)
    print_json(done) if as_json else say(f"Correction {correction_id} is taken back.")


def _show(items: list[dict[str, Any]]) -> None:
    print_table(("id", "study", "of it", "before", "after", "why", "by", "undone by"), map(_row, items))


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    part = "an image" if one["sop_instance_uid"] else "a series" if one["series_instance_uid"] else "all"
    return (
        str(one["correction_id"]), str(one["radiology_occurrence_id"]), part, _values(one["before"]),
        _values(one["after"]), one["reason"], one["corrected_by"], one["undone_by"] or "",
    )  # fmt: skip


def _values(said: dict[str, Any]) -> str:
    return ", ".join(f"{name}={_text(value)}" for name, value in said.items())


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part) or "none"
    return str(value) if value is not None else "none"
