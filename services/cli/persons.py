"""`rcdm persons`: say who of the site's persons the patients in DICOM are."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.client.output import AsJson, print_json, say
from services.cli.upload import REFUSED

persons = typer.Typer(help="Who of the site's own persons the patients in DICOM are.", no_args_is_help=True)
_MOST_TOLD = 20


def add_to(app: typer.Typer) -> None:
    app.add_typer(persons, name="persons")


@persons.command("map")
def map_persons(
    file: Annotated[
        Path, typer.Argument(help="CSV: PatientID, issuer (optional), person_id or person_source_value.", exists=True)
    ],
    hospital: Annotated[
        str | None, typer.Option(help="Hospital of the PatientIDs without an issuer; default: RCDM_HOSPITAL.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would move.")] = False,
    as_json: AsJson = False,
) -> None:
    """Link patients to the persons that `rcdm omop load` brought, or that are in RCDM_OMOP: studies now and later.

    Speaks with the database itself: run it beside the system, with the system's settings. Services may run meanwhile.
    Exits 0 when every line was used, 3 when some name persons that were never loaded, 1 otherwise. Stopped, the same
    command goes on where it was.
    """
    # The client's other commands answer at once because nothing of the services is imported for them.
    from services.cli.local.person_map import map_here

    applied = map_here(file, hospital, dry_run)
    print_json(applied) if as_json else _tell(applied)
    sys.exit(REFUSED if applied["unknown"] else 0)


def _tell(applied: dict[str, Any]) -> None:
    moved, gone = ("would move", "would go") if applied["dry_run"] else ("moved", "are gone")
    say(f"{applied['lines']:,} patients in the map, {applied['changed']:,} of them new or changed.")
    say(f"{applied['patients']:,} patients {moved}: {applied['studies']:,} studies, {applied['images']:,} images.")
    say(f"{applied['removed']:,} persons made from DICOM {gone}.")
    if unknown := applied["unknown"]:
        lines = ", ".join(map(str, unknown[:_MOST_TOLD])) + (" …" if len(unknown) > _MOST_TOLD else "")
        say(f"{len(unknown):,} lines name persons that were never loaded (rcdm omop load): {lines}")
