"""A start that would leave the door open, or several processes with different secrets, is refused with a sentence."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.auth.api_keys import admin_key, login_link
from chassis.auth.gate import check_start
from chassis.errors import SettingsError
from chassis.settings import Settings

_STRONG = SecretStr("0f3a" * 4 + "Zq8-LmN2.xyzP7wK")


@pytest.mark.parametrize("listen", ["127.0.0.1:8000", "127.8.9.1:8000", "[::1]:8000", "localhost:8000"])
def test_this_machine_needs_no_decision(listen: str) -> None:
    check_start(Settings(listen=listen))


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8000", "[::]:8000", "192.168.1.7:8000", "10.0.0.1:80", "pacs.example:8000", "[fe80::1]:8000"]
)
def test_listening_for_other_machines_needs_a_decision(listen: str) -> None:
    """F14"""
    with pytest.raises(SettingsError, match="nobody decided who may call: write RCDM_AUTH=keys"):
        check_start(Settings(listen=listen))
    check_start(Settings(listen=listen, auth="keys"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"auth": "oidc"}, "RCDM_AUTH=oidc: write the issuer's address in RCDM_OIDC_ISSUER"),
        ({"oidc_issuer": "http://id.example"}, "RCDM_OIDC_ISSUER: write an https:// address"),
        ({"oidc_jwks": "http://10.0.0.2/keys"}, "RCDM_OIDC_JWKS: write an https:// address"),
        ({"oidc_jwks": "file:///etc/keys"}, "RCDM_OIDC_JWKS: write an https:// address"),
        ({"database": "postgresql://rcdm@db/rcdm"}, "RCDM_SITE_KEY: several processes"),
        ({"admin_key": "admin"}, "RCDM_ADMIN_KEY: too weak"),
        ({"admin_key": "changeme" * 5}, "RCDM_ADMIN_KEY: too weak"),
        ({"admin_key": "0f3a Zq8-LmN2.xyzP7wK with spaces"}, "RCDM_ADMIN_KEY: too weak, or not sendable"),
    ],
)
def test_what_is_missing_or_weak_is_said(said: dict[str, Any], sentence: str) -> None:
    """F14, G4"""
    with pytest.raises(SettingsError, match=sentence):
        check_start(Settings(**said))


def test_what_is_decided_starts() -> None:
    check_start(
        Settings(database="postgresql://rcdm@db/rcdm", site_key=SecretStr("x" * 40), admin_key=_STRONG, auth="oidc",
                 oidc_issuer="https://id.example", listen="0.0.0.0:8000")
    )  # fmt: skip


def test_the_first_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    key = admin_key(settings)
    assert key is not None
    assert (admin_key(settings), (tmp_path / "admin-key").stat().st_mode & 0o777) == (key, 0o600)
    assert login_link(settings) == f"http://127.0.0.1:8000/#key={key}"


def test_a_key_that_was_given_is_not_printed_and_none_is_made(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, admin_key=_STRONG)
    assert (admin_key(settings), login_link(settings)) == (_STRONG.get_secret_value(), None)
    assert not (tmp_path / "admin-key").exists()


@pytest.mark.parametrize("said", [{"database": "postgresql://rcdm@db/rcdm"}, {"auth": "oidc"}])
def test_no_process_makes_a_key_that_others_would_not_know(tmp_path: Path, said: dict[str, Any]) -> None:
    assert admin_key(Settings(data=tmp_path, **said)) is None
    assert not (tmp_path / "admin-key").exists()


def test_the_command_stops_with_the_sentence(tmp_path: Path) -> None:
    """F14: before anything is opened or made."""
    said = {"PATH": os.environ["PATH"], "RCDM_DATA": str(tmp_path / "data"), "RCDM_LISTEN": "0.0.0.0:1"}
    command = [sys.executable, "-m", "services", "up"]
    done = subprocess.run(command, env=said, capture_output=True, text=True, timeout=240, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "nobody decided who may call" in done.stderr
    assert not (tmp_path / "data").exists()
