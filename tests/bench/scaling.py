"""`make bench-scaling`: one, two and four extract processes, with the store far away so that they wait and not compute.

Real Kafka, MinIO and PostgreSQL. The lag over time is the number by which KEDA scales: records that the group
`extract.instance.received` has not committed.
"""

import argparse
import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chassis.messaging.kafka.log import kafka_log
from chassis.messaging.ports import EventLog
from chassis.messaging.topics import INSTANCE_RECEIVED
from deploy.laptop.home import start_all, stop_all
from tests.bench.far_store import far_away
from tests.bench.scaling_told import Run, told, write_csv
from tests.cluster.files import write_files
from tests.cluster.home import Cluster, own_cluster
from tests.cluster.state import ledger_counts
from tests.system import rcdm
from tests.waiting import until

_FLEETS = (1, 2, 4)
_OF_A_STUDY = 4  # many studies: their keys spread evenly over the partitions
_PARTITIONS = 16
_AWAY_SECONDS = 0.06
_LOOK_SECONDS = 0.5
_LONGEST_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1200)
    parser.add_argument("--keep", type=Path, help="Folder for scaling.md and scaling.csv.")
    given = parser.parse_args()
    os.environ.setdefault("TEST_HOME", "cluster")
    with (
        tempfile.TemporaryDirectory(prefix="rcdm-scaling-") as folder,
        own_cluster(Path(folder) / "cluster", 0, RCDM_PARTITIONS=str(_PARTITIONS)) as cluster,
    ):
        runs = asyncio.run(_measure(cluster, Path(folder), given.images))
    text = told(runs, given.images, f"{_AWAY_SECONDS * 1000:.0f} ms away, there and back again each")
    print(text)
    if given.keep:
        (given.keep / "scaling.md").write_text(text)
        write_csv(given.keep / "scaling.csv", runs)


async def _measure(cluster: Cluster, folder: Path, images: int) -> list[Run]:
    async with (
        kafka_log(cluster.places.events, _PARTITIONS, "") as log,
        far_away(cluster.minio.port, _AWAY_SECONDS) as port,
    ):
        far = cluster.places.blobs.replace(f":{cluster.minio.port}", f":{port}")
        runs = [await _run(cluster, log, far, folder, number, images) for number in _FLEETS]
    report = await asyncio.to_thread(rcdm, cluster.system, "audit")
    assert report["report"]["clean"], report
    return runs


async def _run(cluster: Cluster, log: EventLog, far: str, folder: Path, processes: int, images: int) -> Run:
    """All images wait; then the processes are started, and the clock runs from the moment all of them have joined."""
    files = write_files(folder, f"{processes} processes", images, _OF_A_STUDY)
    words = ("upload", str(files.folder), "--hospital", files.hospital, "--no-wait")
    await asyncio.to_thread(rcdm, cluster.system, *words)
    await until(lambda: _waits(log, images), _LONGEST_SECONDS, "all images in the log")
    fleet = [cluster.one_more(f"{processes}-of-{one}", "extract", RCDM_BLOBS=far) for one in range(processes)]
    async with _watched(log) as lags:
        await asyncio.to_thread(start_all, fleet)
        joined, left = lags[-1]
        await until(lambda: lags[-1][1] == 0, _LONGEST_SECONDS, "a lag of 0")
    await asyncio.to_thread(stop_all, fleet)
    await until(lambda: _is_catalogued(cluster, files.hospital, images), _LONGEST_SECONDS, "all images catalogued")
    print(f"extract processes: {processes}, done", flush=True)
    return Run(processes, left / (lags[-1][0] - joined), lags)


@asynccontextmanager
async def _watched(log: EventLog) -> AsyncIterator[list[tuple[float, int]]]:
    """The lag, again and again until the block ends."""
    lags: list[tuple[float, int]] = []
    started = time.monotonic()

    async def look() -> None:
        lag = await log.lag(INSTANCE_RECEIVED.name, "extract")
        lags.append((round(time.monotonic() - started, 1), lag))

    async def watch() -> None:
        while True:
            await look()
            await asyncio.sleep(_LOOK_SECONDS)

    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watch())
        yield lags
        watching.cancel()
    await look()


async def _waits(log: EventLog, images: int) -> bool:
    return await log.lag(INSTANCE_RECEIVED.name, "extract") == images


async def _is_catalogued(cluster: Cluster, hospital: str, images: int) -> bool:
    counts = await asyncio.to_thread(ledger_counts, cluster.places, hospital)
    return bool(counts["catalogued"] == images)


if __name__ == "__main__":
    main()
