"""The command `rcdm`: the host of the services, and the client of a running system."""

import sys

import typer

from chassis.errors import RcdmError
from services.cli import correct as correcting
from services.cli import corrections, dataset, diagnosis, keys, lexicon, occurrences, omop, persons, upload, vocabulary
from services.cli import delete as deleting
from services.cli import host as hosting
from services.cli import operations as operating
from services.cli.output import fail

app = typer.Typer(
    name="rcdm",
    help="Radiology CDM: DICOM in, searchable rows and pictures, versioned data sets out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (
    hosting, upload, occurrences, correcting, corrections, deleting, dataset, operating, keys, vocabulary, diagnosis,
    omop, persons, lexicon,
):  # fmt: skip
    commands.add_to(app)


def main() -> None:
    """Exit codes: 0 all well, 1 it failed, 2 the command was wrong, 3 some files were refused."""
    try:
        app()
    except RcdmError as error:
        fail(error.detail)
        sys.exit(1)


if __name__ == "__main__":
    main()
