"""The catalogue's tables filled with made-up studies by COPY, without going through uploads."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import asyncpg

from chassis.db.database import Database
from services.catalog.db import Connection
from services.catalog.vocabulary.load import load_vocabulary
from tests.bench.synthetic_studies import CONDITIONS, DEVICES, HOSPITALS, MODALITIES, PROTOCOLS, Series, Study, studies
from tests.vocabulary.large import condition, large_vocabulary

_STUDIES_AT_ONCE = 100
_FEW = 4  # series
_LOOKUPS = f"""
INSERT INTO rcdm.radiology_hospital (text) SELECT 'Hospital ' || n FROM generate_series(1, {HOSPITALS}) n;
INSERT INTO rcdm.radiology_device (radiology_hospital_id, station_name, manufacturer, model, serial_number)
    SELECT 1 + n % {HOSPITALS}, 'STATION' || n, 'Maker ' || n % 7, 'Model ' || n % 20, n
    FROM generate_series(1, {DEVICES}) n;
INSERT INTO rcdm.radiology_protocol (radiology_hospital_id, text, source_tag)
    SELECT 1 + n % {HOSPITALS}, 'Protocol ' || n, 'ProtocolName' FROM generate_series(1, {PROTOCOLS}) n;
INSERT INTO rcdm.radiology_condition (source_text, source_code, source_vocabulary_id, source_digest)
    SELECT 'Condition ' || n || ' 질환', '', '', md5(n::text) FROM generate_series(1, {CONDITIONS}) n
"""
_OCCURRENCE = (
    "radiology_occurrence_id", "study_instance_uid", "radiology_hospital_id", "radiology_occurrence_date", "person_id",
    "person_age_days", "person_sex", "radiology_condition_id", "radiology_device_id", "radiology_modality_id",
    "radiology_protocol_id", "anatomic_site_source_value", "study_description", "image_total_count",
    "series_total_count", "picture_total_count", "modalities", "plane_counts", "phase_counts", "search_text",
)  # fmt: skip
_IMAGE = (
    "radiology_occurrence_id", "radiology_hospital_id", "person_id", "radiology_condition_id", "person_from_study",
    "person_sex", "person_age_days", "sop_instance_uid", "sop_class_uid", "transfer_syntax_uid", "series_instance_uid",
    "series_number", "series_description", "instance_number", "number_of_frames", "modality", "body_part", "image_type",
    "image_type_class", "frame_of_reference_uid", "phase_group", "pixel_spacing", "slice_position", "image_plane",
    "plane_source", "own_phase", "own_phase_source", "own_phase_confidence", "image_phase", "phase_source",
    "phase_confidence", "image_no", "phase_total_no", "image_resolution_rows", "image_resolution_columns",
    "image_slice_thickness", "kvp", "magnetic_field_strength",
    "image_filepath", "image_sha256", "image_bytes", "png_filepath", "pixel_sha256",
    "render_status", "received_at", "extracted_at", "tags",
)  # fmt: skip
_KIND = (
    "radiology_occurrence_id", "image_plane", "image_phase", "pixel_spacing", "image_slice_thickness", "kvp",
    "magnetic_field_strength",
)  # fmt: skip


async def make_lookups(connection: Connection) -> None:
    """Once, on empty tables."""
    for number, modality in enumerate(MODALITIES, start=1):
        await connection.execute(
            "INSERT INTO rcdm.radiology_modality (radiology_modality_id, text) VALUES ($1, $2)", number, modality
        )
    for statement in _LOOKUPS.split(";\n"):
        await connection.execute(statement)


async def map_conditions(database: Database, folder: Path) -> None:
    """Every diagnosis to a concept of its own, approved, in a tree where each has ten below it."""
    await load_vocabulary(database, large_vocabulary(folder, CONDITIONS))
    await database.pool.execute(
        "INSERT INTO rcdm.radiology_condition_target SELECT radiology_condition_id,"
        " concept[radiology_condition_id] FROM rcdm.radiology_condition, (SELECT $1::integer[]) AS given (concept)",
        [condition(number) for number in range(CONDITIONS)],
    )
    await database.pool.execute(
        "UPDATE rcdm.radiology_condition SET mapping_status = 'APPROVED',"
        " condition_concept_id = target.condition_concept_id"
        " FROM rcdm.radiology_condition_target target"
        " WHERE target.radiology_condition_id = radiology_condition.radiology_condition_id"
    )


async def fill(dsn: str, first_study: int, images: int) -> int:
    """At least as many images more, in whole studies. Returns the number of the study after the last."""
    source, next_study = studies(first_study), first_study
    async with _filling(dsn) as connection:
        while images > 0:
            batch = list(islice(source, _STUDIES_AT_ONCE))
            await _copy(
                connection, batch, (row for study in batch for one in study.series for row in _images(study, one))
            )
            images -= sum(study.images for study in batch)
            next_study += len(batch)
    return next_study


async def fill_studies(dsn: str, count: int) -> None:
    """Studies of few series whose counters speak of all their images, of which one row is there: for who looks at
    studies, not at images."""
    source = (replace(study, series=study.series[:_FEW]) for study in studies(1))
    async with _filling(dsn) as connection:
        while batch := list(islice(source, min(count, 10 * _STUDIES_AT_ONCE))):
            await _copy(connection, batch, (next(_images(study, study.series[0])) for study in batch))
            count -= len(batch)


@asynccontextmanager
async def _filling(dsn: str) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(dsn, server_settings={"session_replication_role": "replica"})
    try:
        yield connection
        await _settle_numbers(connection)
    finally:
        await connection.close()


async def _copy(connection: Any, batch: Sequence[Study], images: Iterator[str]) -> None:
    persons = sorted({(study.person, study.sex) for study in batch})
    await connection.executemany(
        "INSERT INTO cdm.person (person_id, gender_concept_id, year_of_birth, race_concept_id, ethnicity_concept_id,"
        " person_source_value) VALUES ($1, 0, 1960, 0, 0, $2) ON CONFLICT DO NOTHING",
        [(person, f"person{person}") for person, _ in persons],
    )
    for table, names, rows in (
        ("radiology_occurrence", _OCCURRENCE, (_occurrence(study) for study in batch)),
        ("radiology_image", _IMAGE, images),
        ("radiology_image_kind", _KIND, (row for study in batch for row in _kinds(study))),
    ):
        await connection.copy_to_table(table, schema_name="rcdm", columns=names, source=_chunks(rows))


async def _chunks(rows: Iterator[str]) -> AsyncIterator[bytes]:
    while chunk := "".join(islice(rows, 500)):
        yield chunk.encode()


def _occurrence(study: Study) -> str:
    condition = r"\N" if study.condition is None else str(study.condition)
    modality = MODALITIES[study.modality - 1]
    words = f"{study.body_part} study {study.number % 977}"
    said = "" if study.condition is None else f"condition {study.condition} 질환"
    return (
        f"{study.number}\t{study.uid}\t{study.hospital}\t{study.day}\t{study.person}\t{study.age_days}\t{study.sex}\t"
        f"{condition}\t{study.device}\t{study.modality}\t{study.protocol}\t{study.body_part}\t{words}\t{study.images}\t"
        f"{len(study.series)}\t{study.images}\t{{{modality}}}\t{study.counted('plane')}\t{study.counted('phase')}\t"
        f"{words.lower()} protocol {study.protocol} station{study.device} {said} hospital {study.hospital}\n"
    )


def _images(study: Study, series: Series) -> Iterator[str]:
    condition = r"\N" if study.condition is None else str(study.condition)
    modality = MODALITIES[study.modality - 1]
    before = f"{study.number}\t{study.hospital}\t{study.person}\t{condition}\tf\t{study.sex}\t{study.age_days}\t"
    of_series = f"{series.uid}\t{series.number}\tSeries {series.number}\t"
    header, stamp = _header(study, series, modality), f"{study.day} 08:00:00+00"
    phase = f"{series.phase}\tTEXT\t0.9"
    for place in range(1, series.images + 1):
        uid, digest = f"{series.uid}.{place}", f"{study.number:032x}{series.number:016x}{place:016x}"
        yield (
            f"{before}{uid}\t1.2.840.10008.5.1.4.1.1.2\t1.2.840.10008.1.2.1\t{of_series}{place}\t1\t{modality}\t"
            f"{study.body_part}\tORIGINAL\\\\PRIMARY\tPRIMARY\t{study.uid}.0\t{series.uid}||\t{{0.7,0.7}}\t"
            f"{place * series.thickness}\t{series.plane}\tGEOMETRY\t{phase}\t{phase}\t"
            f"{place}\t{series.images}\t512\t512\t{series.thickness}\t120\t1.5\tdicom/{digest}\t{digest}\t527000\tpng/{digest}\t"
            f"{digest}\tPICTURE\t{stamp}\t{stamp}\t{header.replace('@', str(place))}\n"
        )


def _kinds(study: Study) -> set[str]:
    return {
        f"{study.number}\t{one.plane}\t{one.phase}\t{{0.7,0.7}}\t{one.thickness}\t120\t1.5\n" for one in study.series
    }


def _header(study: Study, series: Series, modality: str) -> str:
    """As DICOM JSON; `@` stands for the number of the image."""
    day = study.day.strftime("%Y%m%d")
    values = {
        "00080008": ("CS", ["ORIGINAL", "PRIMARY", "AXIAL"]), "00080016": ("UI", ["1.2.840.10008.5.1.4.1.1.2"]),
        "00080018": ("UI", [f"{series.uid}.@"]), "00080020": ("DA", [day]), "00080021": ("DA", [day]),
        "00080030": ("TM", ["080000"]), "00080060": ("CS", [modality]),
        "00080070": ("LO", [f"Maker {study.device % 7}"]), "00081010": ("SH", [f"STATION{study.device}"]),
        "00081030": ("LO", [f"{study.body_part} study"]),
        "0008103E": ("LO", [f"Series {series.number}"]), "00081090": ("LO", [f"Model {study.device % 20}"]),
        "00180015": ("CS", [study.body_part]), "00180050": ("DS", [series.thickness]), "00180060": ("DS", [120]),
        "00180081": ("DS", [series.echo_time]), "00180087": ("DS", [1.5]),
        "00181030": ("LO", [f"Protocol {study.protocol}"]),
        "00185100": ("CS", ["HFS"]), "0020000D": ("UI", [study.uid]), "0020000E": ("UI", [series.uid]),
        "00200011": ("IS", [series.number]), "00200013": ("IS", ["@"]), "00200037": ("DS", [1, 0, 0, 0, 1, 0]),
        "00280010": ("US", [512]), "00280011": ("US", [512]), "00280030": ("DS", [0.7, 0.7]),
        "00281050": ("DS", [40]), "00281051": ("DS", [400]), "00281052": ("DS", [-1024]), "00281053": ("DS", [1]),
    }  # fmt: skip
    document = {key: {"vr": vr, "Value": value} for key, (vr, value) in values.items()}
    return json.dumps(document, separators=(",", ":")).replace('"@"', "@")


async def _settle_numbers(connection: Any) -> None:
    """Rows made by the catalogue come after ours; the planner knows what there is."""
    for table, key in (("rcdm.radiology_occurrence", "radiology_occurrence_id"), ("cdm.person", "person_id")):
        await connection.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', '{key}'), (SELECT max({key}) FROM {table}))"
        )
    await connection.execute("VACUUM ANALYZE")
