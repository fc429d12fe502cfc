"""Which key the command line calls with."""

from pathlib import Path

import httpx
import pytest

from services.cli.client.http import Failed, caller_key, checked


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine whose own system keeps its first key in the data folder."""
    for name in ("RCDM_KEY", "RCDM_ADMIN_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RCDM_DATA", str(tmp_path))
    (tmp_path / "admin-key").write_text("the-first-key\n")
    return monkeypatch


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"])
def test_on_its_own_machine_it_finds_the_first_key(environment: pytest.MonkeyPatch, host: str) -> None:
    assert caller_key(f"http://{host}:8000") == "the-first-key"


@pytest.mark.parametrize("host", ["rcdm.example", "192.168.1.7", "127.0.0.1.evil.example"])
def test_the_first_key_is_sent_to_no_other_machine(environment: pytest.MonkeyPatch, host: str) -> None:
    """F14"""
    assert caller_key(f"https://{host}") is None


def test_the_key_that_was_said_counts_first(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RCDM_ADMIN_KEY", "given")
    assert caller_key("http://127.0.0.1:8000") == "given"
    environment.setenv("RCDM_KEY", "mine")
    assert caller_key("http://127.0.0.1:8000") == caller_key("https://rcdm.example") == "mine"


def test_without_a_key_anywhere_it_calls_without(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "admin-key").unlink()
    assert caller_key("http://127.0.0.1:8000") is None


@pytest.mark.parametrize("status", [401, 403])
def test_a_refusal_says_what_to_set(status: int) -> None:
    with pytest.raises(Failed, match=r"No\. .*RCDM_KEY"):
        checked(httpx.Response(status, json={"detail": "No.", "request_id": "x"}))
