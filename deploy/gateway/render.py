"""Fill the gateway's templates, as the official image does with envsubst."""

import re
from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).parent
_VARIABLE = re.compile(r"\$\{(GATEWAY_[A-Z_]+)\}")


def variables() -> set[str]:
    """The names of all variables of the templates, GATEWAY_ included."""
    return {name for path in _HERE.glob("*.template") for name in _VARIABLE.findall(path.read_text())}


def render(folder: Path, values: Mapping[str, str]) -> Path:
    """Write the configuration into a folder; the path of its nginx.conf. Raises KeyError for a variable left out."""
    for path in sorted(_HERE.glob("*.template")):
        text = _VARIABLE.sub(lambda found: values[found[1]], path.read_text())
        (folder / path.name.removesuffix(".template")).write_text(text)
    return folder / "nginx.conf"
