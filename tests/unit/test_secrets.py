"""The site's secret: pseudonyms nobody can compute, seals only its holder opens."""

import hashlib
import stat
from pathlib import Path

import pytest

from chassis.errors import BadRequest
from chassis.secrets import SiteKeys, site_keys
from chassis.settings import Settings

KEYS = SiteKeys(b"0" * 32)
OTHER = SiteKeys(b"1" * 32)


def test_a_pseudonym_is_the_same_for_the_same_person_and_site_only() -> None:
    assert KEYS.pseudonym("person", "SEOUL", "1") == KEYS.pseudonym("person", "SEOUL", "1")
    others = {KEYS.pseudonym("person", "BUSAN", "1"), OTHER.pseudonym("person", "SEOUL", "1")}
    assert KEYS.pseudonym("person", "SEOUL", "1") not in others


def test_parts_are_kept_apart() -> None:
    assert KEYS.pseudonym("ab", "c") != KEYS.pseudonym("a", "bc")


def test_a_pseudonym_is_no_plain_digest_of_the_id() -> None:
    """E6: a dictionary of all patient ids does not find it."""
    plain = {kind(b"12345678").hexdigest()[:32] for kind in (hashlib.md5, hashlib.sha1, hashlib.sha256)}
    assert KEYS.pseudonym("person", "SEOUL", "12345678") not in plain


def test_a_replaced_uid_is_valid_and_steady_within_a_project() -> None:
    """E3"""
    uid = KEYS.project("liver").uid("1.2.3")
    assert uid.startswith("2.25.")
    assert len(uid) <= 64
    assert uid == KEYS.project("liver").uid("1.2.3")
    assert uid != KEYS.project("lung").uid("1.2.3")


def test_fractions_are_spread_evenly() -> None:
    drawn = [KEYS.fraction("split", str(person)) for person in range(2000)]
    assert 0.47 < sum(value < 0.5 for value in drawn) / 2000 < 0.53


def test_a_seal_opens_for_its_holder_only_and_shows_nothing() -> None:
    sealed = KEYS.seal(b"Hong^Gildong")
    assert b"Hong" not in sealed
    assert KEYS.unseal(sealed) == b"Hong^Gildong"
    with pytest.raises(BadRequest):
        OTHER.unseal(sealed)


def test_an_altered_seal_does_not_open() -> None:
    sealed = bytearray(KEYS.seal(b"Hong^Gildong"))
    sealed[-1] ^= 1
    with pytest.raises(BadRequest):
        KEYS.unseal(bytes(sealed))


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    first = site_keys(settings).pseudonym("x")
    assert site_keys(settings).pseudonym("x") == first
    assert stat.S_IMODE((tmp_path / "site-key").stat().st_mode) == 0o600


def test_keys_are_never_printed() -> None:
    """F14"""
    assert "0000" not in repr(KEYS)
