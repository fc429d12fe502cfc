"""`rcdm audit`, `rcdm replay`, `rcdm republish` and `rcdm reextract`: what an operator asks of a running system."""

import sys
import time
from typing import Annotated, Any

import typer

from services.cli.client.http import checked, client, exit_one_on_failure, patiently
from services.cli.client.output import AsJson, print_json, say, screen
from services.cli.occurrences import Filters, grouped

_ASK_SECONDS = 600.0  # writing down which images takes a while, where there are millions


def add_to(app: typer.Typer) -> None:
    app.command("audit")(audit)
    app.command("replay")(replay)
    app.command("republish")(republish)
    app.command("reextract")(reextract)


def audit(as_json: AsJson = False) -> None:
    """Compare blobs, ledger, log and catalogue, reading every byte; exits 1 and names what is lost or altered."""
    with exit_one_on_failure(), client() as http:
        started = checked(http.post("/api/v1/audit"))
        with screen.status("auditing …"):
            while started["state"] == "running":
                time.sleep(0.2)
                started = checked(patiently(lambda: http.get("/api/v1/audit")))
    report = started["report"]
    print_json(started) if as_json else _tell(report)
    sys.exit(0 if report and report["clean"] else 1)


def _tell(report: dict[str, Any] | None) -> None:
    if report is None:
        say("The audit could not be finished; the server's log says why.")
        return
    say(", ".join(f"{count} {name}" for name, count in report["counts"].items()))
    for finding in report["findings"]:
        say(f"  {finding['fault']}: {finding['what']}: {finding['detail']}")
    say("clean" if report["clean"] else f"NOT clean: {report['faults']}")


def replay(
    letter: Annotated[int | None, typer.Argument(help="Id of one dead letter; default: all that wait.")] = None,
    group: Annotated[str | None, typer.Option(help="Only letters of this consumer group.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only letters whose reason holds this text.")] = None,
    show: Annotated[bool, typer.Option("--list", help="Only list the waiting letters.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send records that were buried to their topics again, for the group that buried them."""
    with exit_one_on_failure(), client() as http:
        chosen = {name: value for name, value in (("group", group), ("reason", reason)) if value}
        if show:
            only_group = {"group": group} if group else {}
            answer = checked(http.get("/api/v1/dead-letters", params={**only_group, "limit": "1000"}))
        else:
            place = f"/{letter}" if letter is not None else ""
            answer = checked(http.post(f"/api/v1/dead-letters{place}/replay", params={} if letter else chosen))
    if as_json:
        print_json(answer)
    elif show:
        for item in answer["items"]:
            say(f"{item['dead_letter_id']:6} {item['group']} {item['topic']} {item['reason']}")
        say(f"{answer['total']} waiting")
    else:
        say(f"{answer['replayed']} sent again")


def republish(
    minutes: Annotated[int, typer.Option(min=0, help="Only objects nothing was heard of for so long.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Announce again what is stored, neither catalogued nor failed: for a log that was lost or kept too little."""
    with exit_one_on_failure(), client() as http:
        answer = checked(http.post("/api/v1/uploads/republish", params={"minutes": minutes}))
    print_json(answer) if as_json else say(f"{answer['republished']} announced again")


def reextract(
    filters: Filters = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many images it would be.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read images again by the rules of today: those a filter finds, else all that older rules had read.

    The server goes on when this command is stopped.
    """
    with exit_one_on_failure(), client() as http:
        body = {"filter": grouped(filters) if filters else None, "dry_run": dry_run}
        asked = checked(http.post("/api/v1/reextractions", json=body, timeout=_ASK_SECONDS))
        address = f"/api/v1/reextractions/{asked['reextraction_id']}"
        with screen.status("") as status:
            while not dry_run and asked["finished_at"] is None:
                status.update(f"{asked['images'] - asked['remaining']} of {asked['images']} images read again")
                time.sleep(1)
                asked = checked(patiently(lambda: http.get(address)))
    if as_json:
        print_json(asked)
    elif dry_run:
        say(f"{asked['images']} images would be read again")
    else:
        say(f"{asked['images'] - asked['failed']} of {asked['images']} images read again; the others stay as they were")
    sys.exit(1 if asked["failed"] else 0)
