"""`rcdm dataset`: freeze a query into a version, list versions, download and verify archives."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import httpx
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.client.download import download_archive
from services.cli.client.http import Failed, checked, client, exit_one_on_failure, patiently
from services.cli.client.output import AsJson, print_json, print_table, say, screen
from services.cli.occurrences import grouped

if TYPE_CHECKING:
    from services.export.archive.verify import Report

dataset = typer.Typer(help="Versioned data sets: create, list, download, verify.", no_args_is_help=True)
_FINAL = ("done", "failed", "cancelled")

Name = Annotated[str, typer.Argument(help="Name of the data set: letters, digits, dot, dash, underscore.")]
Version = Annotated[str, typer.Option(help="A version, or latest.")]


def add_to(app: typer.Typer) -> None:
    app.add_typer(dataset, name="dataset")


@dataset.command()
def create(
    name: Name,
    filters: Annotated[list[str] | None, typer.Argument(help="NAME=VALUE as in `rcdm occurrences`.")] = None,
    mode: Annotated[
        Literal["phase", "plane", "both", "series", "flat"], typer.Option(help="Folders of the archive.")
    ] = "phase",
    form: Annotated[
        Literal["png", "png16", "dicom", "nifti"],
        typer.Option("--format", help="Pictures of 8 or 16 bits, DICOM objects, or volumes."),
    ] = "png",
    characteristics: Annotated[
        bool, typer.Option("--patient-characteristics/--no-patient-characteristics", help="Age, sex, size in DICOM.")
    ] = True,
    cohort: Annotated[str | None, typer.Option(help="The filter of this saved cohort.")] = None,
    occurrences: Annotated[
        Path | None, typer.Option(help="Only the studies of this file, an id in each line.", exists=True)
    ] = None,
    regular: Annotated[
        bool, typer.Option("--regular-volumes", help="Hold back stacks with gaps, uneven steps or a tilt.")
    ] = False,
    split: Annotated[str | None, typer.Option(help="Train/validation/test, such as 0.7/0.15/0.15.")] = None,
    stratify: Annotated[list[str] | None, typer.Option(help="Keep proportions alike by this attribute.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would hold; make nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Freeze the images of a query as the next version of a data set and wait until it is built."""
    with exit_one_on_failure(), client() as http:
        body = {"name": name, "filter": grouped(filters), "mode": mode, "format": form, "split": _ratios(split),
                "retain_patient_characteristics": characteristics, "stratify": stratify or [], "cohort": cohort,
                "occurrences": _ids(occurrences), "regular_volumes": regular}  # fmt: skip
        if dry_run:
            foreseen = checked(http.post("/api/v1/datasets/dry-run", json=body))
            return print_json(foreseen) if as_json else _print_foreseen(name, foreseen)
        accepted = checked(http.post("/api/v1/datasets", json=body))
        if accepted.get("needs_approval"):
            return print_json(accepted) if as_json else say(_waits(name, accepted["version"]))
        operation = _follow(http, accepted["operation_id"])
        if operation["state"] != "done":
            raise Failed(f"Version {accepted['version']} is {operation['state']}: {operation['error']}")
        version = checked(http.get(f"/api/v1/datasets/{name}/versions/{accepted['version']}"))
    if as_json:
        return print_json(version)
    say(
        f"{name} {accepted['version']} is ready: {version['members']} files. "
        f"Download it with: rcdm dataset download {name}"
    )
    if series := version["description"].get("recognizable_faces", {}).get("series"):
        say(f"Faces could be rebuilt from {series} of its series, thin slices of heads; they are not removed.")
    return None


def _print_foreseen(name: str, foreseen: dict[str, Any]) -> None:
    say(
        f"{name} would hold {foreseen['pictures']} pictures of {foreseen['persons']} patients"
        f" in {foreseen['occurrences']} studies."
    )
    if held := foreseen["exclusions"]:
        say("Images held back: " + ", ".join(f"{count} {reason}" for reason, count in held.items()) + ".")
    if foreseen["needs_approval"]:
        say("It has so few patients that a steward would have to approve it.")
    rows = [
        (
            stratum if value == "" else f"{stratum} {value}",
            side,
            str(one["persons"]),
            f"{one['share']:.1%}",
            str(one["pictures"]),
        )
        for stratum, values in _by_value(foreseen["split_achieved"] or {})
        for value, sides in values.items()
        for side, one in sides.items()
    ]
    if rows:
        print_table(("of", "side", "patients", "share", "pictures"), rows)


def _by_value(split: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """`all` has no values; it is shown as if it had one."""
    return [(stratum, {"": values} if stratum == "all" else values) for stratum, values in split.items()]


@dataset.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List data sets and their latest versions."""
    with exit_one_on_failure(), client() as http:
        page = checked(http.get("/api/v1/datasets", params={"limit": 1000}))
    if as_json:
        print_json(page)
        return
    print_table(
        ("name", "latest", "versions", "created"),
        ((one["name"], str(one["latest"]), str(one["versions"]), str(one["created_at"])[:19]) for one in page["items"]),
    )


@dataset.command()
def download(
    name: Name,
    version: Version = "latest",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; default NAME-VERSION.zip.")
    ] = None,
    connections: Annotated[int, typer.Option(help="Pieces fetched at once.", min=1, max=16)] = 4,
    as_json: AsJson = False,
) -> None:
    """Download an archive; a stopped download is finished by the same command, then verified."""
    with exit_one_on_failure(), client() as http:
        path = download_archive(http, name, version, output, connections)
        report = _verified(path)
    print_json({"path": str(path), **report.as_json()}) if as_json else say(f"{path}: {report.sentence()}")
    sys.exit(0 if report.ok else 1)


@dataset.command()
def approve(
    name: Name,
    version: Annotated[str, typer.Argument(help="The version that waits.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    as_json: AsJson = False,
) -> None:
    """Let a version be built that has few patients; stewards may."""
    with exit_one_on_failure(), client() as http:
        done = checked(http.post(f"/api/v1/datasets/{name}/versions/{version}/approve", json={"reason": reason}))
    print_json(done) if as_json else say(f"{name} {version} is being built.")


@dataset.command()
def withdraw(
    name: Name,
    version: Annotated[str, typer.Argument(help="The version that must not be used.")],
    reason: Annotated[str, typer.Option(help="Why; everybody who asks for the version is told.")],
    as_json: AsJson = False,
) -> None:
    """Offer a version's archive no more, for ever; what it was stays known; stewards may."""
    with exit_one_on_failure(), client() as http:
        done = checked(http.post(f"/api/v1/datasets/{name}/versions/{version}/withdraw", json={"reason": reason}))
    print_json(done) if as_json else say(f"{name} {version} is withdrawn.")


@dataset.command()
def preview(
    name: Name,
    image_id: Annotated[int, typer.Argument(metavar="IMAGE_ID", help="As searches give it.", min=1)],
    reason: Annotated[str, typer.Option(help="Why; it shows who the patient is, and is kept.")],
    as_json: AsJson = False,
) -> None:
    """Show what de-identification would change in an image's header, before and after; stewards may."""
    with exit_one_on_failure(), client() as http:
        asked: dict[str, str | int] = {"image_id": image_id, "reason": reason}
        found = checked(http.get(f"/api/v1/datasets/{name}/preview", params=asked))
    if as_json:
        return print_json(found)
    return print_table(("element", "before", "after"), (
        (one["element"], one["before"] or "", "(removed)" if one["after"] is None else one["after"])
        for one in found["changes"]
    ))  # fmt: skip


@dataset.command()
def link(
    name: Name,
    version: Version = "latest",
    path: Annotated[
        str, typer.Option(help="archive, archive.tar, or files/ and a name inside the archive.")
    ] = "archive",
    minutes: Annotated[int, typer.Option(help="How long it can be fetched.", min=1, max=15)] = 15,
    as_json: AsJson = False,
) -> None:
    """Print an address that somebody without a key can fetch for some minutes; it ends with your own rights."""
    with exit_one_on_failure(), client() as http:
        body = {"path": path, "seconds": 60 * minutes}
        made = checked(http.post(f"/api/v1/datasets/{name}/versions/{version}/links", json=body))
        made["address"] = str(http.base_url.join(made["address"]))
    print_json(made) if as_json else typer.echo(made["address"])


@dataset.command()
def verify(archive: Annotated[Path, typer.Argument(help="A downloaded archive.")], as_json: AsJson = False) -> None:
    """Check every file of an archive against its manifest; exits 1 and names what was altered, lost or added."""
    with exit_one_on_failure():
        report = _verified(archive)
    print_json({"path": str(archive), **report.as_json()}) if as_json else say(f"{archive}: {report.sentence()}")
    sys.exit(0 if report.ok else 1)


def _waits(name: str, version: str) -> str:
    return (
        f"{name} {version} is frozen and waits for a steward, it has so few patients: "
        f"rcdm dataset approve {name} {version} --reason …"
    )


def _verified(archive: Path) -> "Report":
    from services.export.archive.verify import verify_archive  # loaded when needed: commands should start at once

    return verify_archive(archive)


def _follow(http: httpx.Client, operation_id: str) -> dict[str, Any]:
    with Progress(TextColumn("building"), BarColumn(), MofNCompleteColumn(), console=screen, transient=True) as bar:
        task = bar.add_task("building", total=None)
        while True:
            operation: dict[str, Any] = checked(patiently(lambda: http.get(f"/api/v1/operations/{operation_id}")))
            bar.update(task, total=operation["total"], completed=operation["done"])
            if operation["state"] in _FINAL:
                return operation
            time.sleep(0.2)


def _ids(path: Path | None) -> list[int]:
    if path is None:
        return []
    try:
        return [int(line) for line in path.read_text().split()]
    except ValueError as error:
        raise Failed(
            f"{path} is no list of ids, one in each line, as `rcdm occurrences` tells them: {error}."
        ) from None


def _ratios(split: str | None) -> dict[str, float] | None:
    if split is None:
        return None
    try:
        train, validation, test = (float(part) for part in split.split("/"))
    except ValueError:
        raise Failed(f"{split!r} is no split; write TRAIN/VALIDATION/TEST, such as 0.7/0.15/0.15.") from None
    return {"train": train, "validation": validation, "test": test}
