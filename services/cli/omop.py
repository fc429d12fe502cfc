"""`rcdm omop`: bring the tables of the site's own OMOP CDM."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.client.output import AsJson, print_json, say

omop = typer.Typer(help="The site's own OMOP CDM: load its tables, or read them where they are.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    app.add_typer(omop, name="omop")


@omop.command()
def load(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Files named after their tables, such as person.csv.", exists=True)
    ],
    as_json: AsJson = False,
) -> None:
    """Load CSV dumps of CDM 5.4 tables: rows are added or changed by their primary key, all of them or none.

    Speaks with the database itself: run it beside the system, with the system's settings. Services may run meanwhile.
    """
    # The client's other commands answer at once because nothing of the services is imported for them.
    from services.cli.local.omop_load import load_here

    loaded = load_here(folder)
    print_json(loaded) if as_json else _tell(loaded)


@omop.command()
def refresh(
    by_patient_id: Annotated[
        bool, typer.Option("--by-patient-id", help="Link patients whose PatientID is a person's person_source_value.")
    ] = False,
    hospital: Annotated[
        str | None, typer.Option(help="Hospital, or issuer, of those PatientIDs; default: RCDM_HOSPITAL.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the persons that have images from the site's OMOP database (RCDM_OMOP), which is never written to.

    Run it again whenever studies or the site's tables changed; what did not change stays. Services may run meanwhile.
    """
    from services.cli.local.omop_link import refresh_here

    found = refresh_here(by_patient_id, hospital)
    if as_json:
        print_json(found)
        return
    say(f"{found['persons']:,} persons of the site have images here.")
    for table, one in found["tables"].items():
        say(f"  {table:22} {one['rows']:>12,} rows, {one['added']:,} new, {one['changed']:,} changed")
    moved = found["moved"]
    say(f"{moved['patients']:,} patients moved: {moved['studies']:,} studies, {moved['images']:,} images.")
    say(f"{found['studies_in_visits']:,} studies lie in a visit of the site.")


@omop.command()
def status(as_json: AsJson = False) -> None:
    """Whether the site's OMOP database (RCDM_OMOP) can be read, what it is, and how many persons are linked."""
    from services.cli.local.omop_link import status_here

    found = status_here()
    if as_json:
        print_json(found)
        return
    say(f"{found['address']}: CDM {found['cdm_version'] or '?'}, vocabulary {found['vocabulary_version'] or '?'}")
    say(f"{found['persons']:,} persons there.")
    say(f"{found['linked']:,} of the {found['persons_with_images']:,} persons with images here are linked.")


def _tell(loaded: dict[str, Any]) -> None:
    for table, one in loaded["tables"].items():
        say(f"  {table:22} {one['rows']:>12,} rows, {one['added']:,} new, {one['changed']:,} changed")
    for table, count in loaded["renumbered"].items():
        say(f"  {table}: {count:,} rows made from DICOM had numbers of the dump and got others")
    for name in loaded["left"]:
        say(f"  {name} was left: rcdm vocabulary load brings the vocabulary")
    for gap in loaded["gaps"]:
        say(f"  {gap['table']}.{gap['column']}: {gap['rows']:,} rows name what is not there, such as {gap['example']}")
