"""Programs of Go modules that `go install` refuses for their `replace` lines: built in a module that repeats them."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from deploy.programs import machine
from deploy.programs.recipes import Program, run

# What a module in a monorepo replaces by a folder beside it is published under a version of its own.
_BESIDE = "./staging/"


def module_programs(
    name: str,
    version: str,
    module: str,
    packages: Sequence[str],
    usual: str,
    beside: str = "",
    says: Mapping[str, str] | None = None,
) -> Program:
    """A folder of programs, each named as the last part of its package; `packages` are paths within the module.

    `beside` is the version of the modules that are replaced by folders of the same repository; `says` are variables
    that a release sets when it is linked, such as the version it tells.
    """
    linked = " ".join(f"-X {variable}={value}" for variable, value in (says or {}).items())

    def build(folder: Path, log: IO[bytes]) -> None:
        work = folder / "module"
        work.mkdir()
        go = machine.find("go")
        tools = [f"{module}/{package}" for package in packages]
        (work / "go.mod").write_text(_go_mod(_published(go, f"{module}@{version}"), module, version, tools, beside))
        run([go, "mod", "tidy", "-e"], log, cwd=work)
        run([go, "build", f"-ldflags={linked}", "-o", f"{folder}/", *tools], log, {"CGO_ENABLED": "0"}, cwd=work)
        shutil.rmtree(work)

    return Program(name, version, build, needs=("go",), usual=usual)


def _published(go: Path, module: str) -> dict[str, Any]:
    """The go.mod of a module as Go reads it."""
    told = _told([str(go), "mod", "download", "-json", module])
    return _told([str(go), "mod", "edit", "-json", told["GoMod"]])


def _told(command: list[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True, cwd="/").stdout)
    return answer


def _go_mod(published: dict[str, Any], module: str, version: str, tools: list[str], beside: str) -> str:
    lines = ["module throwaway", f"go {published['Go']}", f"require {module} {version}"]
    lines += [f"tool {tool}" for tool in tools]
    for replacement in published.get("Replace") or []:
        old, new = replacement["Old"], replacement["New"]
        replaced = f"{old['Path']} {old.get('Version', '')}".rstrip()
        by = f"{old['Path']} {beside}" if new["Path"].startswith(_BESIDE) else f"{new['Path']} {new['Version']}"
        lines.append(f"replace {replaced} => {by}")
    return "\n".join(lines) + "\n"
