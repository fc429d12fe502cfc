"""`rcdm lexicon check`, and a system that reads with a site's own words."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chassis.blobs.local.store import folder_blobs
from chassis.errors import SettingsError
from chassis.sandbox.input_file import body_file
from chassis.sandbox.pool import Pool, TaskLimits
from imaging.phase.lexicon import default_lexicon, load_lexicon, use_site_lexicon
from services.catalog.service import read_site_lexicon
from services.extract.extractor import described
from services.extract.worker import WORK
from tests.makers import ct_bytes

_SITE = """
[[phase]]
name = "DELAYED"
words = ["washout 7"]
"""


def rcdm(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-m", "services", *arguments], capture_output=True, text=True, timeout=240)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "words.toml"
    path.write_text(_SITE)
    return path


def test_a_sound_lexicon_is_read_with_examples(site: Path) -> None:
    done = rcdm("lexicon", "check", str(site), "liver washout 7", "Heart", "--json")
    assert done.returncode == 0, done.stderr
    first, second = json.loads(done.stdout)["readings"]
    assert (first["phase"], first["built_in"]["phase"], second["phase"]) == ("DELAYED", None, None)
    assert "is sound" in rcdm("lexicon", "check", str(site)).stdout


@pytest.mark.parametrize(
    ("text", "says"), [("[[phase]]\nname = 'LATE'", "LATE"), ("x", "TOML"), ("[[words]]", "words")]
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "bad.toml").write_text(text)
    done = rcdm("lexicon", "check", str(tmp_path / "bad.toml"))
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr
    assert rcdm("lexicon", "check", str(tmp_path / "none.toml")).returncode == 1


@pytest.fixture
def built_in_afterwards() -> Iterator[None]:
    yield
    use_site_lexicon(None)


async def test_an_image_is_read_with_the_sites_words(site: Path, tmp_path: Path) -> None:
    body = ct_bytes(SeriesDescription="liver washout 7")

    async def keep(frame: int, png: bytes) -> None:
        assert frame == 1

    pool = Pool(WORK, 1, TaskLimits(2 << 30, 60, 60))
    async with folder_blobs(tmp_path / "blobs") as blobs:
        await blobs.put("body", body)
        async with body_file("extract", blobs, "body", len(body)) as descriptor:
            sha256 = hashlib.sha256(body).hexdigest()
            phases = [
                (await described(pool, sha256, descriptor, keep, words)).extraction.phase.phase
                for words in (None, str(site), None)
            ]
    await pool.close()
    assert phases == ["NON_CONTRAST", "DELAYED", "NON_CONTRAST"]


def test_the_catalogue_weighs_a_study_with_the_sites_words(site: Path, built_in_afterwards: None) -> None:
    """G4: and does not start with a file that cannot be used."""
    read_site_lexicon(site)
    assert default_lexicon().digest == load_lexicon([site]).digest
    (site.parent / "bad.toml").write_text("[[words]]")
    with pytest.raises(SettingsError, match="RCDM_LEXICON"):
        read_site_lexicon(site.parent / "bad.toml")
    assert default_lexicon().digest == load_lexicon([site]).digest
