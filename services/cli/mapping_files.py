"""`rcdm diagnosis export` and `import`: mappings as files of other programs."""

import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from services.cli.client.http import checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, fail, print_json, say
from services.cli.upload import REFUSED

_PATIENCE_SECONDS = 600
_MOST_SHOWN = 20


def add_to(diagnosis: typer.Typer) -> None:
    diagnosis.command("export")(export)
    diagnosis.command("import")(take)


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; without it, or `-`: here.")] = None,
    file_format: Annotated[
        Literal["usagi", "source_to_concept_map"], typer.Option("--format", help="Whose columns.")
    ] = "usagi",
) -> None:
    """All mappings as Usagi saves them, or those that are approved as source_to_concept_map."""
    with exit_one_on_failure(), client() as http:
        answer = http.get("/api/v1/diagnoses/export", params={"format": file_format}, timeout=_PATIENCE_SECONDS)
        if not answer.is_success:
            checked(answer)
    if file is None or str(file) == "-":
        sys.stdout.write(answer.text)
        return
    try:
        file.write_bytes(answer.content)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
        raise typer.Exit(1) from None
    say(f"{file}: {answer.text.count(chr(10)) - 1} lines.")


def take(
    file: Annotated[Path, typer.Argument(help="A file that Usagi saved, or a source_to_concept_map.", exists=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come of it.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Also where a person here said something else.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take mappings from a file; exit code 3 when lines were refused, the others are taken."""
    with exit_one_on_failure(), client() as http:
        found = checked(
            http.post(
                "/api/v1/diagnoses/import", params={"dry_run": dry_run, "replace": replace}, content=file.read_bytes(),
                headers={"Content-Type": "text/csv"}, timeout=_PATIENCE_SECONDS,
            )
        )  # fmt: skip
    print_json(found) if as_json else _show(found)
    if found["refused_total"]:
        raise typer.Exit(REFUSED)


def _show(found: dict[str, Any]) -> None:
    would = "would be " if found["dry_run"] else ""
    say(
        f"{found['diagnoses']} diagnoses: {found['changed']} {would}changed ({found['new']} of them new here), "
        f"{found['unchanged']} unchanged, {found['refused_total']} lines {would}refused."
    )
    for one in found["refused"][:_MOST_SHOWN]:
        say(f"  line {one['line']}: {one['reason']}")
    if found["refused_total"] > _MOST_SHOWN:
        say("  … all of them with --json")
