"""The templates: every variable is explained, and nginx takes what they become."""

import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.gateway.render import render, variables
from tests.gateway.certificates import self_signed
from tests.gateway.nginx import as_nobody, command, values

_HEAD = (Path(__file__).parents[2] / "deploy/gateway/nginx.conf.template").read_text().partition("\ndaemon")[0]


def test_every_variable_is_explained_at_the_head() -> None:
    assert set(re.findall(r"^#   (GATEWAY_[A-Z_]+) ", _HEAD, re.MULTILINE)) == variables()


@pytest.mark.parametrize("transport", ["plain", "tls"])
def test_nginx_takes_the_configuration_and_warns_of_nothing(transport: str) -> None:
    """As nobody, with one folder to write to: F17."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        certificate, key = self_signed()
        (folder / "tls.crt").write_bytes(certificate)
        (folder / "tls.key").write_bytes(key)
        configuration = render(folder, values(folder, TRANSPORT=transport))
        done = subprocess.run(
            [*command(folder, configuration), "-t"], capture_output=True, text=True, check=False, **as_nobody(folder)
        )
    assert done.returncode == 0, done.stderr
    assert "[warn]" not in done.stderr


def test_a_variable_left_out_is_no_silent_gap() -> None:
    with TemporaryDirectory() as name, pytest.raises(KeyError):
        render(Path(name), {})
