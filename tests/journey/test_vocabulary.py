"""A vocabulary takes the place of another as a whole; what is wrong with its files is said, and changes nothing."""

import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from chassis.errors import BadRequest, Conflict
from services.catalog.vocabulary.load import Loaded, load_vocabulary
from tests.journey.catalog_shelf import Shelf, open_shelf
from tests.vocabulary.made_up import CONDITIONS, VERSION, concept_id, made_up_vocabulary


@pytest.fixture(scope="module")
async def shelf(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Shelf]:
    async with open_shelf(postgres_server, tmp_path_factory.mktemp("shelf")) as opened:
        yield opened


@pytest.fixture
def download(tmp_path: Path) -> Path:
    return made_up_vocabulary(tmp_path / "download")


async def load(shelf: Shelf, path: Path, accept_missing: bool = False) -> Loaded:
    return await load_vocabulary(shelf.home.database, path, accept_missing=accept_missing)


def zipped(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as file:
        for entry in folder.iterdir():
            file.write(entry, f"download/{entry.name}")
    return archive


async def concepts(shelf: Shelf) -> int:
    return int(await shelf.value("SELECT count(*) FROM cdm.concept"))


async def test_twice_is_once(shelf: Shelf, download: Path) -> None:
    first = await load(shelf, download)
    again = await load(shelf, download)
    status = await shelf.get("/vocabulary")
    assert (again, first.inside) == (first, [])
    assert (status["version"], status["rows"]["concept"]) == (VERSION, await concepts(shelf))
    assert await shelf.value("SELECT vocabulary_version FROM cdm.cdm_source") == VERSION


async def test_names_are_kept_as_they_are_written(shelf: Shelf, download: Path) -> None:
    """A double quote is a letter like others."""
    await load(shelf, download)
    name = await shelf.value("SELECT concept_name FROM cdm.concept WHERE concept_id = $1", concept_id("M12"))
    assert name == CONDITIONS["M12"][0]
    assert '"' in name


async def test_a_zip_is_as_good_as_a_folder(shelf: Shelf, download: Path, tmp_path: Path) -> None:
    archive = zipped(download, tmp_path / "vocabulary.zip")
    assert (await load(shelf, archive)).rows == (await load(shelf, download)).rows


async def test_indices_and_keys_are_those_of_before(shelf: Shelf, download: Path) -> None:
    wanted = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'cdm' ORDER BY 1, 2"
    before = await shelf.rows(wanted)
    await load(shelf, download)
    assert await shelf.rows(wanted) == before


def without(folder: Path, name: str) -> None:
    (folder / name).unlink()


def changed(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def cut(folder: Path, name: str, share: float) -> None:
    path = folder / name
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda folder: without(folder, "CONCEPT_ANCESTOR.csv"), r"lacks CONCEPT_ANCESTOR\.csv"),
        (lambda folder: changed(folder, "CONCEPT.csv", "domain_id", "domain"), r"line 1: .*lacks domain_id; .*domain"),
        (lambda folder: changed(folder, "CONCEPT.csv", "\t", ","), r"CONCEPT\.csv, line 1"),
        (lambda folder: changed(folder, "CONCEPT.csv", "19700101", "19701301"), r"date.*19701301.*line 2.*start_date"),
        (lambda folder: changed(folder, "CONCEPT.csv", "\tCondition\t", "\tCondition"), r"CONCEPT\.csv: .*line 3"),
        (lambda folder: changed(folder, "CONCEPT.csv", "\tM2\t", "\t" + "M" * 51 + "\t"), r"too long.*line 4"),
        (lambda folder: changed(folder, "CONCEPT.csv", f"\n{concept_id('M2')}\t", f"\n{concept_id('M1')}\t"),
         r"CONCEPT\.csv: Key \(concept_id\)"),
        (lambda folder: cut(folder, "CONCEPT_RELATIONSHIP.csv", 0.995), r"CONCEPT_RELATIONSHIP\.csv: .*line"),
        (lambda folder: cut(folder, "CONCEPT_SYNONYM.csv", 0.999), r"CONCEPT_SYNONYM\.csv: line \d+ is cut"),
        (lambda folder: changed(folder, "CONCEPT.csv", f"{concept_id('M2')}\t", f"{concept_id('M2') + 900}\t"),
         r"do not fit together: cdm\.concept_synonym\.concept_id: 1 rows"),
        (lambda folder: changed(folder, "VOCABULARY.csv", "None", "Nil"), r"lacks the row None"),
    ],
)  # fmt: skip
async def test_a_broken_download_is_told_and_changes_nothing(
    shelf: Shelf, download: Path, spoil: Callable[[Path], None], said: str
) -> None:
    await load(shelf, download)
    before = await shelf.rows("SELECT * FROM cdm.concept ORDER BY concept_id")
    spoil(download)
    with pytest.raises(BadRequest, match=said):
        await load(shelf, download)
    assert await shelf.rows("SELECT * FROM cdm.concept ORDER BY concept_id") == before
    assert not await shelf.value("SELECT count(*) FROM pg_namespace WHERE nspname = 'cdm_load'")


async def test_gaps_can_be_accepted_and_are_told(shelf: Shelf, download: Path) -> None:
    changed(download, "CONCEPT.csv", f"{concept_id('M2')}\t", f"{concept_id('M2') + 900}\t")
    loaded = await load(shelf, download, accept_missing=True)
    assert {gap["table"] for gap in (await shelf.get("/vocabulary"))["gaps"]} >= {"cdm.concept_ancestor"}
    assert loaded.inside


async def test_a_damaged_zip_is_told(shelf: Shelf, download: Path, tmp_path: Path) -> None:
    archive = zipped(download, tmp_path / "vocabulary.zip")
    archive.write_bytes(archive.read_bytes().replace(b"Cirrhosis", b"Cirrhosus", 1))
    with pytest.raises(BadRequest, match=r"CONCEPT\.csv cannot be read"):
        await load(shelf, archive)


async def test_two_downloads_in_one_zip_are_told(shelf: Shelf, download: Path, tmp_path: Path) -> None:
    archive = zipped(download, tmp_path / "vocabulary.zip")
    with zipfile.ZipFile(archive, "a") as file:
        file.write(download / "DOMAIN.csv", "older/DOMAIN.csv")
    with pytest.raises(BadRequest, match=r"domain\.csv more than once"):
        await load(shelf, archive)


async def test_nothing_of_the_former_vocabulary_stays(shelf: Shelf, download: Path) -> None:
    """A table that the newer download leaves out is emptied."""
    columns = await shelf.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'cdm' AND table_name = 'drug_strength'"
        " ORDER BY ordinal_position"
    )
    row = (concept_id("M1"), concept_id("M2"), *[""] * 7, "19700101", "20991231", "")
    lines = ("\t".join(map(str, line)) for line in ([one["column_name"] for one in columns], row))
    (download / "DRUG_STRENGTH.csv").write_text("".join(f"{line}\n" for line in lines))
    await load(shelf, download)
    assert await shelf.value("SELECT count(*) FROM cdm.drug_strength") == 1
    without(download, "DRUG_STRENGTH.csv")
    await load(shelf, download)
    assert await shelf.value("SELECT count(*) FROM cdm.drug_strength") == 0


async def test_who_may_read_still_may(shelf: Shelf, download: Path) -> None:
    await shelf.home.database.pool.execute("GRANT SELECT ON cdm.concept TO pg_monitor, PUBLIC")
    await load(shelf, download)
    assert await shelf.value("SELECT has_table_privilege('pg_monitor', 'cdm.concept', 'SELECT')")


async def test_a_view_on_the_vocabulary_is_named(shelf: Shelf, download: Path) -> None:
    await shelf.home.database.pool.execute("CREATE VIEW public.names AS SELECT concept_name FROM cdm.concept")
    try:
        with pytest.raises(Conflict, match=r"view names depends on table cdm\.concept"):
            await load(shelf, download)
    finally:
        await shelf.home.database.pool.execute("DROP VIEW public.names")


async def test_neither_folder_nor_zip_is_told(shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("no vocabulary")
    with pytest.raises(BadRequest, match="neither a folder nor a ZIP"):
        await load(shelf, path)
