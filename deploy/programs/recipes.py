"""How a program comes to be: jars by Maven, programs in Go by Go itself."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.programs import machine

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>rcdm</groupId><artifactId>{name}</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>
"""
_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"


@dataclass(frozen=True)
class Program:
    """`build` fills an empty folder and writes what it says into the file; `file` is what is asked for in it.

    An empty `file` means the folder itself. `needs` are programs of the machine, `usual` is how long a build takes.
    """

    name: str
    version: str
    build: Callable[[Path, IO[bytes]], None]
    file: str = ""
    needs: tuple[str, ...] = ()
    usual: str = "a minute"


def go_program(name: str, version: str, package: str, usual: str) -> Program:
    """One program of a published Go module."""

    def build(folder: Path, says: IO[bytes]) -> None:
        run([machine.find("go"), "install", f"{package}@{version}"], says, {"GOBIN": str(folder), "CGO_ENABLED": "0"})

    return Program(name, version, build, name, ("go",), usual)


def jars(name: str, version: str, artifacts: Sequence[str], usual: str) -> Program:
    """A folder of jars: the artifacts (group:name:version) and everything they stand on."""

    def build(folder: Path, says: IO[bytes]) -> None:
        pom = folder / "pom.xml"
        dependencies = "".join(_DEPENDENCY.format(*artifact.split(":")) for artifact in artifacts)
        pom.write_text(_POM.format(name=name, dependencies=dependencies))
        run([machine.find("mvn"), "-B", "-f", pom, _COPY, f"-DoutputDirectory={folder}"], says)

    return Program(name, version, build, needs=("java", "mvn"), usual=usual)


def run(
    command: Sequence[str | Path],
    says: IO[bytes],
    more: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Raises CalledProcessError; what it said is in the file."""
    environment, nothing = {**os.environ, **(more or {})}, subprocess.DEVNULL
    subprocess.run(list(command), stdin=nothing, stdout=says, stderr=says, check=True, env=environment, cwd=cwd)
