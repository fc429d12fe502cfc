"""`rcdm audit`, `rcdm replay` and `rcdm republish`: what an operator asks of a running system."""

import sys
import time
from typing import Annotated, Any

import typer

from services.commands.client import checked, client, exit_one_on_failure, patiently
from services.commands.output import AsJson, print_json, say, screen


def add_to(app: typer.Typer) -> None:
    app.command("audit")(audit)
    app.command("replay")(replay)
    app.command("republish")(republish)


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
