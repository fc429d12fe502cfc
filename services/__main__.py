"""The command `rcdm`: the host of the services, and the client of a running system."""

import sys

import typer

from chassis.errors import RcdmError
from services.cli import (
    correct,
    corrections,
    dataset,
    delete,
    diagnosis,
    host,
    keys,
    lexicon,
    occurrences,
    omop,
    operations,
    persons,
    upload,
    vocabulary,
)
from services.cli.client.output import fail

app = typer.Typer(
    name="rcdm",
    help="Radiology CDM: DICOM in, searchable rows and pictures, versioned data sets out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (
    host, upload, occurrences, correct, corrections, delete, dataset, operations, keys, vocabulary, diagnosis,
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
