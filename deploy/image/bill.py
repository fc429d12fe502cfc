"""The bill of materials of the environment it runs in: each package with version and licence, as CycloneDX JSON.

It imports nothing of ours: the image's builder runs it alone.
"""

import json
import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from typing import Any

_SHORT = 60  # some packages put the whole text of their licence where its name belongs


def licence(package: Distribution) -> str:
    """As the package says it: its SPDX expression, else its classifiers, else the first line of its licence field."""
    if expression := _said(package, "License-Expression"):
        return expression[0]
    classifiers = [line.split(" :: ") for line in _said(package, "Classifier") if line.startswith("License :: ")]
    if named := [words[-1] for words in classifiers if len(words) > 2]:
        return " AND ".join(named)
    return "".join(_said(package, "License")).strip().split("\n")[0][:_SHORT]


def bill(packages: Iterable[Distribution]) -> dict[str, Any]:
    """CycloneDX 1.6, in the order of the names."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "components": [_component(package) for package in sorted(packages, key=lambda one: one.name.lower())],
    }


def _said(package: Distribution, field: str) -> list[str]:
    return package.metadata.get_all(field) or []


def _component(package: Distribution) -> dict[str, Any]:
    return {
        "type": "library",
        "name": package.name,
        "version": package.version,
        "purl": f"pkg:pypi/{package.name.lower()}@{package.version}",
        "licenses": [{"license": {"name": licence(package)}}],
    }


if __name__ == "__main__":
    json.dump(bill(distributions()), sys.stdout, indent=1)
