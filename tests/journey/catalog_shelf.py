"""The catalogue alone on an empty database, and extractions made from bytes as extract makes them."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from chassis.blobs.keys import dicom_key, png_key, png_prefix
from chassis.messaging.outbox import Outbox
from chassis.messaging.ports import Record
from chassis.messaging.topics import INSTANCE_EXTRACTED, Received
from chassis.service import Home
from imaging.pixels.render import Picture
from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.load.consumer import catalogue
from services.catalog.service import service
from services.extract.describe import describe
from services.extract.patient import give_pseudonyms
from tests.addresses import empty_database
from tests.journey.home import KEYS, client_of, open_journey_home, served

START = datetime(2024, 3, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Shelf:
    """A catalogue with its routes, and a home to look into."""

    home: Home
    outbox: Outbox
    http: httpx.AsyncClient

    async def take(self, *messages: pb.InstanceExtracted) -> None:
        await catalogue(self.home, self.outbox, [received(message) for message in messages])

    async def store(self, body: bytes, **told: Any) -> pb.InstanceExtracted:
        """Bytes and pictures put where ingest and extract put them; the message is not taken yet."""
        message, pictures = extracted(body, **told)
        await self.home.blobs.put(message.instance.blob_key, body)
        for picture in pictures:
            await self.home.blobs.put(png_key(message.extraction.picture.png_prefix, picture.frame), picture.png)
        return message

    async def value(self, sql: str, *values: Any) -> Any:
        return await self.home.database.pool.fetchval(sql, *values)

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.home.database.pool.fetch(sql, *values)]

    async def emptied(self) -> "Shelf":
        """As it was at the start, which is quicker than starting again."""
        await self.home.database.pool.execute(
            "TRUNCATE rcdm.radiology_occurrence, rcdm.radiology_hospital, rcdm.radiology_condition,"
            " rcdm.radiology_modality, rcdm.radiology_deletion, rcdm.radiology_searchable_tag, cdm.person,"
            " cdm.location, cdm.source_to_concept_map, vault.person_identity, catalog.outbox"
            " RESTART IDENTITY CASCADE"
        )
        return self

    async def get(self, path: str, status: int = 200, **parameters: Any) -> Any:
        answer = await self.http.get(f"/api/v1{path}", params=parameters)
        assert answer.status_code == status, answer.text
        return answer.json()


@asynccontextmanager
async def open_shelf(server: str, folder: Path) -> AsyncIterator[Shelf]:
    """On a database of its own."""
    async with (
        empty_database(server) as dsn,
        open_journey_home(dsn, folder, [service]) as home,
        service.open(home) as running,
        served(home, {service.name: running}) as port,
        client_of(port) as http,
    ):
        yield Shelf(home, Outbox("catalog", home.database, home.events), http)


def extracted(
    body: bytes, hospital: str = "SEOUL", diagnosis: str = "", minute: int = 0
) -> tuple[pb.InstanceExtracted, Sequence[Picture]]:
    """What extract says of these bytes, `minute` minutes after the start of time, and the pictures it drew."""
    pictures: list[Picture] = []
    description = describe(body, pictures.append)
    extraction, digest = description.extraction, hashlib.sha256(body).hexdigest()
    tags = json.loads(extraction.tags)
    instance = pb.Instance(
        hospital=hospital,
        study_instance_uid=tags["0020000D"]["Value"][0],
        series_instance_uid=tags["0020000E"]["Value"][0],
        sop_instance_uid=tags["00080018"]["Value"][0],
        sop_class_uid=tags["00080016"]["Value"][0],
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        sha256=digest,
        size=len(body),
        blob_key=dicom_key(digest),
    )
    give_pseudonyms(extraction.person, instance, json.loads(description.identity), KEYS)
    if pictures:
        extraction.picture.png_prefix = png_prefix(digest, "1")
    message = pb.InstanceExtracted(
        instance=instance, extraction=extraction, no_picture_reason=extraction.picture.no_picture_reason
    )
    if diagnosis:
        message.diagnosis.text = diagnosis
    at = START.replace(hour=8 + minute // 60, minute=minute % 60)
    message.received_at.FromDatetime(at)
    message.extracted_at.FromDatetime(at)
    return message, pictures


def received(message: pb.InstanceExtracted) -> Received[pb.InstanceExtracted]:
    key = message.instance.study_instance_uid
    return Received(key, message, Record(INSTANCE_EXTRACTED.name, 0, 0, key, b"", {}))
