"""Writes into values.schema.json what the code already says: the settings, the secrets, the names of the services."""

import json
from pathlib import Path
from typing import Any

from chassis.settings import PREFIX, Settings
from services import SERVICES

PATH = Path(__file__).parent / "rcdm" / "values.schema.json"
# What the chart decides itself, from the pod or from a value of its own.
DECIDED = frozenset({"data", "listen", "member", "auth"})
ADDRESSES = ("database", "omop", "events", "blobs")
_LINE = 150


def main() -> None:
    PATH.write_text(written())


def written() -> str:
    """The schema as it should lie there."""
    schema = json.loads(PATH.read_text())
    schema["properties"]["settings"] = _settings()
    schema["properties"]["secrets"] = _secrets()
    schema["$defs"]["service"]["properties"]["run"]["items"]["enum"] = [*SERVICES, "up"]
    return _laid_out(schema) + "\n"


def secret_names() -> list[str]:
    return [name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)]


def _settings() -> dict[str, Any]:
    fields = Settings.model_json_schema()["properties"]
    names = [name for name in fields if name not in DECIDED and name not in secret_names()]
    text = "Settings of rcdm (docs/operations.md), the same for all services; what is secret stands in secrets."
    return _closed(text, {PREFIX + name.upper(): _setting(fields[name]) for name in names})


def _setting(field: dict[str, Any]) -> dict[str, Any]:
    allowed = next((one for one in field.get("anyOf", []) if one["type"] != "null"), field)
    kept = ("type", "enum", "minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "pattern")
    return {"description": field["description"], **{key: allowed[key] for key in kept if key in allowed}}


def _secrets() -> dict[str, Any]:
    text = (
        "Where the secret settings lie: of each the Secret and the key in it. An address may stand in settings instead."
    )
    names = [PREFIX + name.upper() for name in (*ADDRESSES, *secret_names())]
    return _closed(text, {name: {"$ref": "#/$defs/secret"} for name in names})


def _closed(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "type": "object", "additionalProperties": False, "properties": properties}


def _laid_out(value: Any, indent: str = "") -> str:
    """JSON with what fits on a line on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict) or len(indent + flat) <= _LINE:
        return flat
    deeper = indent + "  "
    lines = [f"{deeper}{json.dumps(key)}: {_laid_out(part, deeper)}" for key, part in value.items()]
    return "{\n" + ",\n".join(lines) + "\n" + indent + "}"


if __name__ == "__main__":
    main()
