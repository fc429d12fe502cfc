"""Kafka stopped while files arrive, and Kafka that lost everything."""

import os
import shutil

import pytest

from tests.cluster.conftest import AsCalm, Write
from tests.cluster.files import OF_A_STUDY
from tests.cluster.home import Cluster
from tests.cluster.state import ledger_counts, rows
from tests.cluster.topics import received_order
from tests.cluster.uploads import add_one_by_one, await_count, uploading, wait_until
from tests.journey.outside import open_upload, settled
from tests.system import rcdm

# Two minutes show what a short stop cannot: TEST_STOP_SECONDS=120.
_STOP_SECONDS = float(os.environ.get("TEST_STOP_SECONDS", "10"))
_IMAGES = 80

pytestmark = pytest.mark.timeout(240 + 2 * _STOP_SECONDS)


def test_uploads_succeed_while_kafka_is_stopped_and_all_arrives_after(
    cluster: Cluster, write: Write, as_calm: AsCalm
) -> None:
    """C4: every file is answered 201, the upload is not done; afterwards it is, in the order received."""
    files = write("kafka stopped", _IMAGES)
    before, during, after = files.paths[:20], files.paths[20:-20], files.paths[-20:]
    with cluster.system.client() as http:
        upload = open_upload(http, files.hospital)
        answers = add_one_by_one(http, upload, before)
        cluster.kafka.stop()
        answers += add_one_by_one(http, upload, during, pause_seconds=_STOP_SECONDS / len(during))
        meanwhile = http.get(f"/api/v1/uploads/{upload}").json()
        cluster.kafka.start()
        answers += add_one_by_one(http, upload, after)
        counts = settled(http, upload, 120)
    assert {answer.status_code for answer in answers} == {201}
    assert (meanwhile["stored"], meanwhile["done"]) == (_IMAGES - 20, False)
    assert (counts["catalogued"], counts["failed"]) == (_IMAGES, 0)
    sent = [item["sop_instance_uid"] for answer in answers for item in answer.json()["items"]]
    told = received_order(cluster.places, files.hospital).values()
    assert {*map(tuple, told)} == {tuple(sent[first : first + OF_A_STUDY]) for first in range(0, _IMAGES, OF_A_STUDY)}
    as_calm(files)


def test_a_broker_that_lost_everything_is_told_again(cluster: Cluster, write: Write, as_calm: AsCalm) -> None:
    """C5: events were acknowledged and waited when Kafka lost them; the operator's one command brings them back."""
    files = write("kafka emptied", _IMAGES)
    extract = cluster.server("extract-1")
    extract.stop()
    with uploading(cluster.system, files) as upload:
        await_count(cluster, files, "stored", _IMAGES)
        wait_until(lambda: rows(cluster.places, "SELECT FROM ingest.outbox") == [], 60, "an empty outbox")
        cluster.kafka.kill()
        shutil.rmtree(cluster.kafka.folder / "data")
        cluster.kafka.start()
        extract.start()
        assert ledger_counts(cluster.places, files.hospital)["extracted"] == 0
        assert rcdm(cluster.system, "republish", "--minutes", "0") == {"republished": _IMAGES}
        assert upload.finished()["progress"]["catalogued"] == _IMAGES
    as_calm(files)
