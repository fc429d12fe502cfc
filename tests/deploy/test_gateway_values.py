"""nginx takes the gateway's files as chart and compose fill them."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.gateway.render import render, variables
from deploy.helm.rendering import CHART
from deploy.programs.machine import find
from tests.deploy.manifests import environment, golden, one

_CONTAINERS = one(golden("cluster"), "Deployment", "rcdm-gateway")["spec"]["template"]["spec"]["containers"]
_COMPOSE = yaml.safe_load((CHART.parents[1] / "compose" / "compose.yaml").read_text())["services"]["gateway"]
_HOMES: dict[str, dict[str, Any]] = {"chart": environment(_CONTAINERS[0]), "compose": _COMPOSE["environment"]}
for_each_home = pytest.mark.parametrize("told", _HOMES.values(), ids=_HOMES)


@for_each_home
def test_the_gateway_is_told_every_variable_of_its_files(told: dict[str, Any]) -> None:
    assert {name for name in told if name.startswith("GATEWAY_")} == variables()


@pytest.mark.chart
@for_each_home
def test_nginx_takes_what_the_gateway_is_told(told: dict[str, Any], tmp_path: Path) -> None:
    # Their names are known in the cluster only, and the log is the container's.
    here = {name: "127.0.0.1:8000" for name, value in told.items() if str(value).endswith(":8000")}
    values = {**told, **here, "GATEWAY_TEMP": tmp_path, "GATEWAY_ACCESS_LOG": tmp_path / "access.log"}
    path = render(tmp_path, {name: str(value) for name, value in values.items()})
    command = [str(find("nginx")), "-t", "-e", "stderr", "-c", str(path)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert answer.returncode == 0, answer.stderr
