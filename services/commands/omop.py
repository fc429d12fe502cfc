"""`rcdm omop`: bring the tables of the site's own OMOP CDM, or use its database where it is."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from services.commands.output import AsJson, print_json, say

omop = typer.Typer(help="The site's own OMOP CDM: load its tables, or use them where they are.", no_args_is_help=True)


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
    from services.commands.omop_loading import load_here

    loaded = load_here(folder)
    print_json(loaded) if as_json else _tell(loaded)


@omop.command()
def status(as_json: AsJson = False) -> None:
    """Whether the site's own OMOP database (RCDM_OMOP) answers, and how many patients are persons of it.

    Runs beside the system, with its settings. Exits 1 when the database cannot be used.
    """
    from services.commands.omop_linking import status_here

    found = status_here()
    print_json(found) if as_json else _tell_status(found)
    sys.exit(1 if found["problem"] else 0)


@omop.command()
def refresh(as_json: AsJson = False) -> None:
    """Bring the linked persons, their observation periods and the visits of their studies up to date.

    Runs beside the system, with its settings, as often as you like; the site's database (RCDM_OMOP) is only read.
    """
    from services.commands.omop_linking import refresh_here

    done = refresh_here()
    print_json(done) if as_json else _tell_refresh(done)


def _tell_status(found: dict[str, Any]) -> None:
    say(f"{found['address']}: {found['problem'] or 'answers'}")
    if found["cdm_version"]:
        say(f"  CDM version {found['cdm_version']}")
    for table, rows in found["rows"].items():
        say(f"  {table:22} {rows:>12,}")
    say(f"{found['linked']:,} of {found['patients']:,} persons with studies are persons of the site.")


def _tell_refresh(done: dict[str, Any]) -> None:
    _tell({**done, "left": []})
    say(f"{done['persons']:,} persons of the site; {done['studies_in_visits']:,} studies lie in a visit of the site.")
    if done["gone"]:
        say(f"{done['gone']:,} persons are no longer in the site's database and stay as they were.")


def _tell(loaded: dict[str, Any]) -> None:
    for table, one in loaded["tables"].items():
        say(f"  {table:22} {one['rows']:>12,} rows, {one['added']:,} new, {one['changed']:,} changed")
    for table, count in loaded["renumbered"].items():
        say(f"  {table}: {count:,} rows made from DICOM had numbers of the dump and got others")
    for name in loaded["left"]:
        say(f"  {name} was left: rcdm vocabulary load brings the vocabulary")
    for gap in loaded["gaps"]:
        say(f"  {gap['table']}.{gap['column']}: {gap['rows']:,} rows name what is not there, such as {gap['example']}")
