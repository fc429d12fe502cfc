"""How full the spool is, as an operator sees it."""

from pathlib import Path

from services.ingest.metrics import SPOOLED
from services.ingest.spool import MEMORY_BYTES_PER_FILE, Spool


def _filled() -> dict[str, float]:
    (family,) = SPOOLED.collect()
    return {sample.labels["place"]: sample.value for sample in family.samples}


def test_the_spool_tells_what_it_holds_in_memory_and_on_disk_and_when_it_is_gone(tmp_path: Path) -> None:
    """C26"""
    before = _filled()
    spool = Spool(tmp_path)
    small, large = spool.file(), spool.file()
    small.append(b"x" * 100)
    large.append(b"x" * (MEMORY_BYTES_PER_FILE + 1))
    large.settle()
    assert _filled() == {"memory": before["memory"] + 100, "disk": before["disk"] + MEMORY_BYTES_PER_FILE + 1}
    for file in (small, large, large):
        file.close()
    assert _filled() == before
