"""The chart as helm renders it: a release of an example's values, with more on top, as text or as objects."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from deploy.programs.cache import ready

CHART = Path(__file__).parent / "rcdm"
GATEWAY = Path(__file__).parents[1] / "gateway"
OBSERVABILITY = Path(__file__).parents[1] / "observability"
# What the chart carries of others, by links under its files/.
SOURCES = (*sorted(GATEWAY.glob("*.template")), OBSERVABILITY / "rules.yaml", OBSERVABILITY / "dashboard.json")
EXAMPLES = tuple(sorted(path.name for path in (CHART / "examples").iterdir()))


class ChartRefused(Exception):
    """helm's own words."""


def rendered(example: str, more: Sequence[str] = ()) -> str:
    """All objects of a release `rcdm`, hooks too. `more`: helm's own options. Raises ChartRefused."""
    return helm("template", "rcdm", str(CHART), "--namespace", "rcdm", "--values", str(values_of(example)), *more)


def objects(text: str) -> list[dict[str, Any]]:
    return [found for found in yaml.safe_load_all(text) if found]


def by_template(text: str) -> dict[str, str]:
    """The same text in parts, one for each template, by its file name; of the files it carries only their names."""
    parts: dict[str, str] = {}
    for document in _without_sources(text).split("---\n# Source: rcdm/templates/")[1:]:
        name, _, body = document.partition("\n")
        parts[name] = parts.get(name, "") + "---\n" + body.rstrip("\n") + "\n"
    return parts


def _without_sources(text: str) -> str:
    # Only what is there byte by byte is left out.
    for path in SOURCES:
        said = f"as in deploy/{path.parent.name}/{path.name}"
        lines = path.read_text().splitlines()
        if path.suffix == ".yaml":
            block, instead = "".join(f"  {line}\n" for line in lines), f"  # {said}\n"
        else:
            # Blank lines as toYaml and nindent leave them.
            block, instead = "".join(f"    {line}\n" if line else "  \n" for line in lines), f"    {said}\n"
        text = text.replace(block, instead)
    return re.sub("(checksum/templates: )[0-9a-f]{64}", r"\1of deploy/gateway", text)


def values_of(example: str) -> Path:
    return CHART / "examples" / example / "values.yaml"


def helm(*arguments: str) -> str:
    """Raises ChartRefused."""
    done = subprocess.run([str(ready("helm")), *arguments], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise ChartRefused("\n".join(line for line in done.stderr.splitlines() if "symbolic link" not in line))
    return done.stdout
