"""`rcdm delete`, `rcdm deletions`: let studies go for good, and see what was let go."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import httpx
import typer

from services.cli.client.http import Failed, checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, print_table, say, screen

deletions = typer.Typer(help="What `rcdm delete` let go: list it, let it be sent again.", no_args_is_help=True)
_SECONDS = 300  # a study of many thousand images takes its time
Reason = Annotated[str, typer.Option(help="Why; it is kept.")]


def add_to(app: typer.Typer) -> None:
    app.command("delete")(delete)
    app.add_typer(deletions, name="deletions")


def delete(
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="As `rcdm occurrences` shows them.", min=1)],
    reason: Reason,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would go, and delete nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Delete studies: rows, received bytes and pictures; a tombstone keeps them from coming back.

    Versions of data sets that hold them are named, and can no longer be downloaded.
    """
    done: list[dict[str, Any]] = []
    try:
        with exit_one_on_failure(), client() as http:
            found = [_asked(http, one, reason, dry_run=True) for one in ids]
            if not dry_run and not yes:
                _confirm(found)
            for place, occurrence_id in enumerate(ids):
                done.append(found[place] if dry_run else _asked(http, occurrence_id, reason, dry_run=False))
                for line in () if as_json else _lines(done[-1:]):
                    say(line)
    finally:  # what is deleted is told, also where a later one failed
        if as_json:
            print_json({"items": done})


@deletions.command("list")
def list_them(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The last deletion first."""
    with exit_one_on_failure(), client() as http:
        page = checked(http.get("/api/v1/deletions", params={"limit": limit}))
    if as_json:
        return print_json(page)
    print_table(("id", "study", "hospital", "images", "deleted", "by", "why", "bytes", "lifted by"), (
        (
            str(one["deletion_id"]), one["study_instance_uid"], one["hospital"], str(one["images"]),
            one["deleted_at"][:19], one["deleted_by"], one["reason"], "gone" if one["purged_at"] else "going",
            one["lifted_by"] or "",
        )
        for one in page["items"]
    ))  # fmt: skip
    return None


@deletions.command()
def lift(
    deletion_id: Annotated[int, typer.Argument(metavar="ID", help="As `rcdm deletions list` shows it.", min=1)],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Let a deleted study be sent again; what was deleted stays gone."""
    with exit_one_on_failure(), client() as http:
        done = checked(http.post(f"/api/v1/deletions/{deletion_id}/lift", json={"reason": reason}))
    print_json(done) if as_json else say(f"Study {done['study_instance_uid']} is taken again when it is sent.")


def _asked(http: httpx.Client, occurrence_id: int, reason: str, *, dry_run: bool) -> dict[str, Any]:
    body = {"radiology_occurrence_id": occurrence_id, "reason": reason, "dry_run": dry_run}
    found: dict[str, Any] = checked(http.post("/api/v1/deletions", json=body, timeout=_SECONDS))
    study = {"study_instance_uid": found["study"]["study_instance_uid"], "hospital": found["study"]["hospital"]}
    held = checked(http.get("/api/v1/dataset-versions", params={**study, "limit": 1000}))
    return {**found, "dataset_versions": held["items"]}


def _confirm(found: list[dict[str, Any]]) -> None:
    """Raises Failed where nobody can be asked, or the answer is no."""
    for line in _lines(found):
        screen.print(line, markup=False)
    if not sys.stdin.isatty():
        raise Failed("Nothing is deleted: nobody is here to ask. Say --yes.")
    if not typer.confirm("Delete this for good?", err=True):
        raise Failed("Nothing is deleted.")


def _lines(found: list[dict[str, Any]]) -> Iterator[str]:
    for one in found:
        study = one["study"]
        what = "Would delete" if one["dry_run"] else f"Deletion {one['deletion']['deletion_id']}:"
        last = ", the last of its person" if study["last_of_person"] else ""
        yield (
            f"{what} study {study['radiology_occurrence_id']} of {study['hospital']}, {study['images']} images, "
            f"{study['bytes']:,} bytes{last}."
        )
        for held in one["dataset_versions"]:
            yield f"  in data set {held['name']} {held['version']}: {held['pictures']} pictures"
