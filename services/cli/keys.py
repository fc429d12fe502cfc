"""`rcdm key`: make, list and revoke the keys by which callers are known."""

from typing import Annotated, Any

import typer

from services.cli.client.http import Failed, checked, client, exit_one_on_failure
from services.cli.client.output import AsJson, print_json, print_table, say

key = typer.Typer(help="Keys of callers: create, list, revoke.", no_args_is_help=True)
_ROLES = "bridge, researcher, steward, operator, admin"


def add_to(app: typer.Typer) -> None:
    app.add_typer(key, name="key")


@key.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is: a device, a person's account, a program.")],
    role: Annotated[list[str], typer.Option(help=f"What it may do: {_ROLES}; can be given again.")],
    hospital: Annotated[list[str] | None, typer.Option(help="Whose data it reaches; can be given again.")] = None,
    all_hospitals: Annotated[bool, typer.Option("--all-hospitals", help="It reaches the data of all.")] = False,
    days: Annotated[int, typer.Option(min=1, max=3650, help="Until it expires.")] = 365,
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown this once: only its digest is kept."""
    with exit_one_on_failure(), client() as http:
        if bool(hospital) == all_hospitals:
            raise Failed("Say whose data the key reaches: --hospital NAME (can be given again) or --all-hospitals.")
        body = {"name": name, "roles": role, "hospitals": hospital or None, "days": days}
        made = checked(http.post("/api/v1/keys", json=body))
    if as_json:
        print_json(made)
    else:
        say(f"{made['key']}")
        say(f"Shown this once. {_sentence(made)}")


@key.command("list")
def list_all(as_json: AsJson = False) -> None:
    """List all keys there ever were, never the keys themselves."""
    with exit_one_on_failure(), client() as http:
        page = checked(http.get("/api/v1/keys", params={"limit": 1000}))
    if as_json:
        print_json(page)
        return
    print_table(
        ("id", "name", "roles", "hospitals", "state", "expires"),
        (
            (one["key_id"], one["name"], " ".join(one["roles"]), _hospitals(one), one["state"], one["expires_at"][:10])
            for one in page["items"]
        ),
    )


@key.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `rcdm key list` shows it.")], as_json: AsJson = False
) -> None:
    """Refuse a key from now on: within 45 seconds everywhere."""
    with exit_one_on_failure(), client() as http:
        revoked = checked(http.delete(f"/api/v1/keys/{key_id}"))
    print_json(revoked) if as_json else say(f"{key_id} ({revoked['name']}) is revoked.")


def _sentence(made: dict[str, Any]) -> str:
    return (
        f"Key {made['key_id']} of {made['name']}: {', '.join(made['roles'])}; hospitals: {_hospitals(made)}; "
        f"until {made['expires_at'][:10]}."
    )


def _hospitals(item: dict[str, Any]) -> str:
    return "all" if item["hospitals"] is None else ", ".join(item["hospitals"])
