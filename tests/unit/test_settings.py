"""Settings: a wrong or unknown one stops the start with a sentence that says what to write."""

import pytest

from chassis.errors import SettingsError
from chassis.settings import read_settings


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The process's environment without settings of ours."""
    for name in ("RCDM_DATA", "RCDM_LISTEN", "RCDM_SERVER", "RCDM_KEY"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_every_default_works(environment: pytest.MonkeyPatch) -> None:
    settings = read_settings()
    assert (settings.host, settings.port, settings.database) == ("127.0.0.1", 8000, "embedded:")


def test_an_unknown_setting_is_refused_by_name(environment: pytest.MonkeyPatch) -> None:
    """G4"""
    environment.setenv("RCDM_HOSPITALS", "A")
    with pytest.raises(SettingsError, match=r"RCDM_HOSPITALS is no setting; the settings are .*RCDM_HOSPITAL,"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("RCDM_LISTEN", "8000", "write HOST:PORT"),
        ("RCDM_LISTEN", "127.0.0.1:99999", "write HOST:PORT"),
        ("RCDM_PARTITIONS", "0", "greater than or equal to 1"),
        ("RCDM_PROXIES", "127.0.0.1,gateway", "'gateway' does not appear to be an IPv4 or IPv6 network"),
        ("RCDM_LOG", "xml", "'text' or 'json'"),
    ],
)
def test_a_wrong_value_names_its_setting(environment: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """G4"""
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=f"{name}: .*{said}"):
        read_settings()


def test_what_the_command_line_reads_is_no_unknown_setting(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("RCDM_SERVER", "http://elsewhere:8000")
    assert read_settings().listen == "127.0.0.1:8000"


def test_the_site_key_is_never_printed(environment: pytest.MonkeyPatch) -> None:
    """F14"""
    environment.setenv("RCDM_SITE_KEY", "canary-secret")
    assert "canary-secret" not in repr(read_settings())
