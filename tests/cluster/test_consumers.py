"""Consumers that come and go while images arrive."""

import re

import httpx
import pytest

from deploy.laptop.home import start_all
from deploy.laptop.server import Server
from tests.cluster.conftest import AsCalm, Write
from tests.cluster.home import Cluster
from tests.cluster.topics import extracted_order, received_order
from tests.cluster.uploads import uploading

_IMAGES = 240

pytestmark = pytest.mark.timeout(300)


def test_consumers_come_and_go_during_load(cluster: Cluster, write: Write, as_calm: AsCalm) -> None:
    """G1, C12: one extract process, four, one; nothing is lost, and each study keeps its order."""
    files = write("consumers", _IMAGES)
    more = [cluster.one_more(f"extract-{number}", "extract") for number in (2, 3, 4)]
    more.append(cluster.one_more("catalog-2", "catalog"))
    studies = files.studies
    try:
        with uploading(cluster.system, files, *studies[:4]) as upload:
            start_all(more)
            upload.finished()
        with uploading(cluster.system, files, *studies[4:8]) as upload:
            upload.finished()
        shares = [_handled(server) for server in more]
        with uploading(cluster.system, files, *studies[8:]) as upload:
            for server in more:
                server.stop()
            upload.finished()
    finally:
        for server in more:
            server.kill()
    assert sum(share > 0 for share in shares) >= 2
    assert extracted_order(cluster.places, files.hospital) == received_order(cluster.places, files.hospital)
    as_calm(files)


def _handled(server: Server) -> float:
    """Records this process has handled since it was started."""
    told = httpx.get(f"{server.address}/metrics").text
    return sum(map(float, re.findall(r'^rcdm_records_total\{outcome="handled".*\} (\S+)$', told, re.MULTILINE)))
