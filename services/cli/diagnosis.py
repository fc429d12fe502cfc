"""`rcdm diagnosis`: the mapping desk on the command line."""

from typing import Annotated, Any, Literal

import typer

from services.cli import mapping_files
from services.cli.client.http import checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, print_table, say

diagnosis = typer.Typer(help="Diagnoses and the SNOMED concepts they are mapped to.", no_args_is_help=True)
Status = Literal["APPROVED", "UNCHECKED", "AUTO_MAPPED", "FLAGGED", "UNMAPPED"]
Equivalence = Literal["EQUAL", "EQUIVALENT", "WIDER", "NARROWER", "INEXACT", "UNMATCHED"]
_STATUSES = "APPROVED, UNCHECKED, AUTO_MAPPED, FLAGGED or UNMAPPED"
DiagnosisId = Annotated[int, typer.Argument(metavar="ID", help="As `rcdm diagnosis list` shows it.", min=1)]


def add_to(app: typer.Typer) -> None:
    mapping_files.add_to(diagnosis)
    app.add_typer(diagnosis, name="diagnosis")


@diagnosis.command("list")
def list_them(
    status: Annotated[list[str] | None, typer.Option(help=f"{_STATUSES}; can be given again.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Diagnoses as they were written, the most frequent first."""
    with exit_one_on_failure(), client() as http:
        page = checked(http.get("/api/v1/diagnoses", params={"status": status or [], "limit": limit}))
    print_json(page) if as_json else _show(page["items"])


@diagnosis.command()
def suggest(
    diagnosis_id: DiagnosisId,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many to show.")] = 10,
    as_json: AsJson = False,
) -> None:
    """What a diagnosis may mean, the most likely first, and why."""
    with exit_one_on_failure(), client() as http:
        found = checked(http.get(f"/api/v1/diagnoses/{diagnosis_id}/suggestions", params={"limit": limit}))
    if as_json:
        print_json(found)
    elif not found["items"]:
        say("Nothing is alike." if found["vocabulary"] else "No vocabulary is loaded: rcdm vocabulary load FOLDER")
    else:
        print_table(
            ("score", "concepts", "why"),
            [
                (f"{one['score']:.2f}", _targets(one), " ".join(filter(None, (one["method"], one["matched_term"]))))
                for one in found["items"]
            ],
        )


@diagnosis.command("map")
def map_one(
    diagnosis_id: DiagnosisId,
    concepts: Annotated[list[int] | None, typer.Argument(help="concept_id, one or several.")] = None,
    status: Annotated[Status, typer.Option(help="What is said of it.")] = "APPROVED",
    equivalence: Annotated[Equivalence, typer.Option(help="How well it fits.")] = "EQUIVALENT",
    as_json: AsJson = False,
) -> None:
    """Say what a diagnosis means; `--status UNMAPPED` without concepts: nothing that SNOMED has."""
    wanted = {
        "concept_id": concepts or [],
        "status": status,
        "equivalence": equivalence if concepts else "UNMATCHED",
    }
    with exit_one_on_failure(), client() as http:
        found = checked(http.put(f"/api/v1/diagnoses/{diagnosis_id}/mapping", json=wanted))
    print_json(found) if as_json else _show([found])


@diagnosis.command()
def undo(diagnosis_id: DiagnosisId, as_json: AsJson = False) -> None:
    """Take the last change of a diagnosis back."""
    with exit_one_on_failure(), client() as http:
        found = checked(http.post(f"/api/v1/diagnoses/{diagnosis_id}/undo"))
    print_json(found) if as_json else _show([found])


@diagnosis.command("approve-exact")
def approve_exact(as_json: AsJson = False) -> None:
    """Approve what was mapped by an exact code, an exact name, or an earlier approval of the same text."""
    with exit_one_on_failure(), client() as http:
        found = checked(http.post("/api/v1/diagnoses/approve-exact"))
    print_json(found) if as_json else say(f"{found['approved']} approved.")


def _show(items: list[dict[str, Any]]) -> None:
    print_table(
        ("id", "studies", "status", "written", "code", "concepts"),
        [
            (
                str(one["radiology_condition_id"]), str(one["occurrences"]), one["mapping_status"], one["source_text"],
                " ".join(filter(None, (one["source_vocabulary_id"], one["source_code"]))), _targets(one),
            )
            for one in items
        ],
    )  # fmt: skip


def _targets(item: dict[str, Any]) -> str:
    return "; ".join(f"{one['concept_id']} {one['concept_name'] or ''}".strip() for one in item["targets"])
