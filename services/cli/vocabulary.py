"""`rcdm vocabulary`: load an Athena download; say which one is in use."""

from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.client.http import checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, say

vocabulary = typer.Typer(help="The OMOP vocabulary: load it, say which one is in use.", no_args_is_help=True)


_FROM = {"ATHENA": "from a download of Athena", "OMOP": "from the site's own OMOP database"}


def add_to(app: typer.Typer) -> None:
    app.add_typer(vocabulary, name="vocabulary")


@vocabulary.command()
def load(
    path: Annotated[
        Path | None, typer.Argument(help="The folder or the ZIP of an Athena download.", exists=True)
    ] = None,
    from_omop: Annotated[
        bool, typer.Option("--from-omop", help="Take it from the site's OMOP database, RCDM_OMOP.")
    ] = False,
    accept_missing: Annotated[
        bool, typer.Option("--accept-missing", help="Load it although some rows name concepts that are not in it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a vocabulary in the place of the one in use: whole, or not at all.

    Speaks with the database itself: run it beside the system, with the system's settings. Services may run meanwhile.
    """
    # The client's other commands answer at once because nothing of the services is imported for them.
    from services.cli.local.vocabulary_load import load_here

    if (path is None) is not from_omop:
        raise typer.BadParameter("Name an Athena download, or say --from-omop.")
    loaded = load_here(path, accept_missing)
    if as_json:
        print_json(loaded)
    else:
        say(f"Vocabulary {loaded['version']} is in use.")
        _print_rows(loaded)


@vocabulary.command()
def status(as_json: AsJson = False) -> None:
    """Which vocabulary is in use, and which concepts rows name that it does not have."""
    with exit_one_on_failure(), client() as http:
        found = checked(http.get("/api/v1/vocabulary"))
    if as_json:
        print_json(found)
    elif found["version"] is None:
        say("No vocabulary is loaded: rcdm vocabulary load FOLDER")
    else:
        say(f"Vocabulary {found['version']}, loaded {found['loaded_at']} ({_FROM[found['source']]}).")
        _print_rows(found)


def _print_rows(found: dict[str, Any]) -> None:
    for table, rows in found["rows"].items():
        say(f"  {table:22} {rows:>12,}")
    for gap in found["gaps"]:
        say(f"  {gap['table']}.{gap['column']}: {gap['rows']:,} rows name what is not there, such as {gap['example']}")
