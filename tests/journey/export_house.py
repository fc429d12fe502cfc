"""The service export alone on a made-up catalogue, answering on a real port."""

import asyncio
import hashlib
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from chassis.aio import gather_bounded
from chassis.blobs import keys as blob_keys
from chassis.messaging.consumer import react
from chassis.messaging.outbox import Outbox
from chassis.sandbox.pool import Pool, open_pool
from chassis.service import Home, Running, Service
from imaging.pixels.png import write_grey8
from services.export.build.files import WORK
from services.export.build.worker import Builder
from services.export.service import service
from tests.addresses import empty_database
from tests.journey.home import client_of, open_journey_home, served
from tests.waiting import until

_CATALOG = Path(__file__).parents[2] / "services/catalog/migrations/versions"


@asynccontextmanager
async def _nothing(home: Home) -> AsyncIterator[Running]:
    yield Running()


# Only its tables: the rows are made up here.
catalog = Service("catalog", _nothing, _CATALOG)


@dataclass(frozen=True)
class House:
    """A running export: its client, its home, its port."""

    http: httpx.AsyncClient
    home: Home
    running: Running
    port: int
    pool: Pool

    async def value(self, sql: str, *values: Any) -> Any:
        return await self.home.database.pool.fetchval(sql, *values)

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        return list(await self.home.database.pool.fetch(sql, *values))

    async def request(self, name: str, hospital: str, **more: Any) -> httpx.Response:
        body = {"name": name, "filter": {"hospital": hospital}, "mode": "phase"} | more
        return await self.http.post("/api/v1/datasets", json=body)

    async def freeze(self, name: str, hospital: str, **more: Any) -> dict[str, Any]:
        """Accepted; nothing is built unless the house works."""
        answer = await self.request(name, hospital, **more)
        assert answer.status_code == 202, answer.text
        accepted: dict[str, Any] = answer.json()
        return accepted

    async def build(self, name: str, hospital: str, **more: Any) -> str:
        """The address of a version that is ready."""
        accepted = await self.freeze(name, hospital, **more)
        await self.builder().work()
        operation = (await self.http.get(f"/api/v1/operations/{accepted['operation_id']}")).json()
        assert operation["state"] == "done", operation
        return f"/api/v1/datasets/{name}/versions/{accepted['version']}"

    def builder(self) -> Builder:
        """One more builder, as another process would have."""
        return Builder(self.home, Outbox("export", self.home.database, self.home.events), self.pool)

    async def person(self, key: str) -> int:
        found = await self.value("SELECT person_id FROM cdm.person WHERE person_source_value = $1", key)
        made: int = found or await self.value(
            "INSERT INTO cdm.person (gender_concept_id, year_of_birth, race_concept_id, ethnicity_concept_id,"
            " person_source_value) VALUES (0, 1960, 0, 0, $1) RETURNING person_id", key,
        )  # fmt: skip
        return made

    async def occurrence(self, hospital: str, person: str, study: str, **values: Any) -> int:
        """A study of a person; found again by its UID."""
        hospital_id = await self.value(
            "INSERT INTO rcdm.radiology_hospital (text) VALUES ($1) ON CONFLICT (text) DO UPDATE SET text = $1"
            " RETURNING radiology_hospital_id", hospital,
        )  # fmt: skip
        row = {
            "study_instance_uid": study,
            "radiology_hospital_id": hospital_id,
            "radiology_occurrence_date": date(2024, 1, 10),
            "person_id": await self.person(person),
            "person_sex": "F",
            "modalities": ["CT"],
        } | values
        return await self._insert("radiology_occurrence", row, "radiology_occurrence_id")

    async def image(self, occurrence_id: int, sop: str, *, frames: int = 1, side: int = 8, **values: Any) -> int:
        """An image of a study with a picture of its own in the blob store."""
        study = (
            await self.rows("SELECT * FROM rcdm.radiology_occurrence WHERE radiology_occurrence_id = $1", occurrence_id)
        )[0]
        sha256 = hashlib.sha256(f"{study['radiology_hospital_id']} {sop}".encode()).hexdigest()
        prefix = blob_keys.png_prefix(sha256, "1")
        drawn = [picture(f"{sha256} {number}", side) for number in range(1, frames + 1)]

        async def put(number: int) -> None:
            await self.home.blobs.put(blob_keys.png_key(prefix, number), drawn[number - 1])

        await gather_bounded(16, put, range(1, frames + 1))
        row = {
            "radiology_occurrence_id": occurrence_id, "radiology_hospital_id": study["radiology_hospital_id"],
            "person_id": study["person_id"], "person_from_study": False, "person_sex": "F",
            "sop_instance_uid": sop, "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
            "transfer_syntax_uid": "1.2.840.10008.1.2.1", "series_instance_uid": f"{study['study_instance_uid']}.1",
            "series_number": 1, "number_of_frames": frames, "modality": "CT", "image_type_class": "PRIMARY",
            "phase_group": "", "pixel_spacing": [0.7, 0.7], "slice_position": 0.0, "image_plane": "AXIAL",
            "plane_source": "ORIENTATION", "own_phase": "ARTERIAL", "own_phase_source": "TEXT",
            "own_phase_confidence": 0.9, "image_phase": "ARTERIAL", "phase_source": "TEXT", "phase_confidence": 0.9,
            "image_window_level_center": "-600\\40", "image_window_level_width": "1500\\400", "rescale_slope": 1.0,
            "rescale_intercept": -1024.0, "image_filepath": blob_keys.dicom_key(sha256), "image_sha256": sha256,
            "image_bytes": 1, "png_filepath": prefix, "render_status": "PICTURE", "tags": "{}",
            "png_frames": json.dumps([recorded(number, body) for number, body in enumerate(drawn, 1)]),
            "received_at": datetime.now(UTC), "extracted_at": datetime.now(UTC),
        } | values  # fmt: skip
        return await self._insert("radiology_image", row, "image_id")

    async def cohort(self, hospital: str, persons: int, images: int = 2) -> None:
        """Persons with one study each; persons of other calls are others when the hospital is."""
        for person in range(persons):
            study = f"1.2.{sum(hospital.encode())}.{person + 1}"
            occurrence = await self.occurrence(hospital, f"{hospital} person {person}", study)
            for number in range(images):
                await self.image(occurrence, f"{study}.1.{number + 1}", slice_position=5.0 * number)

    async def _insert(self, table: str, row: dict[str, Any], key: str) -> int:
        marks = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        found: int = await self.value(
            f"INSERT INTO rcdm.{table} ({', '.join(row)}) VALUES ({marks}) RETURNING {key}", *row.values()
        )
        return found


def picture(text: str, side: int = 8) -> bytes:
    """A PNG of its own for every text; noise, which nothing makes smaller."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest())
    return write_grey8(np.random.default_rng(seed).integers(0, 256, (side, side), np.uint8))


def recorded(number: int, body: bytes) -> dict[str, Any]:
    """What the catalogue keeps of a frame's picture."""
    return {"number": number, "width": 8, "height": 8, "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(), "crc32": zlib.crc32(body)}  # fmt: skip


@asynccontextmanager
async def open_house(server: str, folder: Path) -> AsyncIterator[House]:
    """Export on a database of its own; its background tasks run only inside `working`."""
    async with (
        empty_database(server) as dsn,
        open_journey_home(dsn, folder, [catalog, service]) as home,
        service.open(home) as running,
        served(home, {service.name: running}) as port,
        client_of(port) as http,
        open_pool(WORK, 2, home.settings, at_once=False) as pool,
    ):
        yield House(http, home, running, port, pool)


@asynccontextmanager
async def working(house: House) -> AsyncIterator[None]:
    """The relay, the reaction to export.requested and the builder run, as the host lets them."""
    tasks = [asyncio.ensure_future(task()) for task in house.running.tasks]
    tasks += [asyncio.ensure_future(react(house.home.events, "export", r, 3)) for r in house.running.reactions]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ended(house: House, operation_id: str) -> dict[str, Any]:
    """The operation once it is final."""

    async def is_final() -> bool:
        return (await _operation(house, operation_id))["state"] in ("done", "failed", "cancelled")

    await until(is_final, what="the operation's end")
    return await _operation(house, operation_id)


async def _operation(house: House, operation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await house.http.get(f"/api/v1/operations/{operation_id}")).json()
    return found
