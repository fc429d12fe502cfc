"""`make chart`: lints the chart, renders its examples, compares them with the golden files, validates them by schema.

With --golden these files are written anew, and values.schema.json from the code.
"""

import difflib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from deploy.helm import schema
from deploy.helm.kinds import NEWEST, OLDEST, lay_out
from deploy.helm.rendering import CHART, EXAMPLES, by_template, helm, rendered, values_of
from deploy.programs.cache import ready


def main(arguments: list[str]) -> int:
    if arguments == ["--golden"]:
        _write()
    elif arguments:
        sys.exit("usage: python -m deploy.helm [--golden]")
    problems = _stale()
    with tempfile.TemporaryDirectory() as folder:
        locations = lay_out(Path(folder))
        for example in EXAMPLES:
            print(helm("lint", "--strict", "--quiet", str(CHART), "--values", str(values_of(example))), end="")
            text = rendered(example)
            problems += _differences(example, by_template(text))
            for version in (OLDEST, NEWEST):
                answer = kubeconform(text, version, locations)
                print(f"{example}, Kubernetes {version}: {answer.stdout.strip()}")
                problems += [f"{example} does not fit Kubernetes {version}"] if answer.returncode else []
    print("\n".join(problems) or "The chart is as it should be.")
    return 1 if problems else 0


def kubeconform(text: str, version: str, locations: list[str]) -> subprocess.CompletedProcess[str]:
    """Strict: what a schema does not name is refused."""
    command = [str(ready("kubeconform")), "-strict", "-summary", "-kubernetes-version", version]
    for location in locations:
        command += ["-schema-location", location]
    return subprocess.run([*command, "-"], input=text, capture_output=True, text=True, timeout=60)


def _stale() -> list[str]:
    if schema.PATH.read_text() == schema.written():
        return []
    return ["values.schema.json does not know what the code says: run `make chart GOLDEN=1`"]


def _write() -> None:
    schema.main()
    for example in EXAMPLES:
        folder = values_of(example).parent / "rendered"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in by_template(rendered(example)).items():
            (folder / name).write_text(text)


def _differences(example: str, parts: dict[str, str]) -> list[str]:
    folder = values_of(example).parent / "rendered"
    golden = {path.name: path.read_text() for path in folder.glob("*.yaml")}
    found: list[str] = []
    for name in sorted(golden.keys() | parts.keys()):
        was, now = (side.get(name, "").splitlines() for side in (golden, parts))
        found += difflib.unified_diff(was, now, f"{example}/rendered/{name}", "rendered now", lineterm="")
    return [*found, "If that is meant, run `make chart GOLDEN=1`."] if found else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
