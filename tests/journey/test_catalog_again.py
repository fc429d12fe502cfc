"""The same events twice, in any order, by two consumers at once: the same tables."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from proto.rcdm.v1 import events_pb2 as pb
from services.catalog.load.consumer import catalogue
from tests.journey.catalog_shelf import Shelf, extracted, received
from tests.makers import ct_bytes

# Every table in words that do not depend on which number a row happened to get.
DUMPS = {
    "occurrences": """
        SELECT o.study_instance_uid, h.text AS hospital, p.person_source_value, d.station_name, m.text, pr.text,
            pos.text, c.source_text, u.text, v.visit_start_date, v.visit_start_datetime, pc.procedure_date,
            pc.procedure_source_value, t.sop_instance_uid AS thumbnail,
            to_jsonb(o) - ARRAY['radiology_occurrence_id', 'person_id', 'visit_occurrence_id', 'thumbnail_image_id',
                'procedure_occurrence_id', 'radiology_condition_id', 'radiology_device_id', 'radiology_modality_id',
                'radiology_protocol_id', 'radiology_hospital_id'] AS rest
        FROM rcdm.radiology_occurrence o JOIN rcdm.radiology_hospital h USING (radiology_hospital_id)
        JOIN cdm.person p USING (person_id) LEFT JOIN rcdm.radiology_device d USING (radiology_device_id)
        LEFT JOIN rcdm.radiology_modality m USING (radiology_modality_id)
        LEFT JOIN rcdm.radiology_protocol pr USING (radiology_protocol_id)
        LEFT JOIN rcdm.radiology_person_position pos USING (person_position_id)
        LEFT JOIN rcdm.radiology_condition c USING (radiology_condition_id)
        LEFT JOIN rcdm.radiology_units u ON u.radiology_units_id = o.dosage_unit_id
        LEFT JOIN cdm.visit_occurrence v USING (visit_occurrence_id)
        LEFT JOIN cdm.procedure_occurrence pc USING (procedure_occurrence_id)
        LEFT JOIN rcdm.radiology_image t ON t.image_id = o.thumbnail_image_id ORDER BY 1, 2""",
    "images": """
        SELECT i.sop_instance_uid, h.text, o.study_instance_uid, p.person_source_value, c.source_text,
            to_jsonb(i) - ARRAY['image_id', 'radiology_occurrence_id', 'radiology_hospital_id', 'person_id',
                'radiology_condition_id'] AS rest
        FROM rcdm.radiology_image i JOIN rcdm.radiology_hospital h USING (radiology_hospital_id)
        JOIN rcdm.radiology_occurrence o USING (radiology_occurrence_id)
        JOIN cdm.person p ON p.person_id = i.person_id
        LEFT JOIN rcdm.radiology_condition c ON c.radiology_condition_id = i.radiology_condition_id ORDER BY 1, 2""",
    "persons": """
        SELECT p.person_source_value, year_of_birth, gender_concept_id, gender_source_value,
            observation_period_start_date, observation_period_end_date, i.sealed, i.updated_at
        FROM cdm.person p LEFT JOIN cdm.observation_period USING (person_id)
        LEFT JOIN vault.person_identity i ON i.person_key = p.person_source_value ORDER BY 1""",
    "quality": """
        SELECT assumption, person_source_value, study_instance_uid FROM rcdm.radiology_quality q
        LEFT JOIN cdm.person p ON p.person_id = q.person_id
        LEFT JOIN rcdm.radiology_occurrence o ON o.radiology_occurrence_id = q.radiology_occurrence_id
        ORDER BY 1, 2, 3""",
    "visits": "SELECT count(*) FROM cdm.visit_occurrence",
    "procedures": "SELECT count(*) FROM cdm.procedure_occurrence",
}


async def _dump(shelf: Shelf) -> dict[str, list[dict[str, object]]]:
    return {name: await shelf.rows(sql) for name, sql in DUMPS.items()}


async def _take(shelf: Shelf, messages: Sequence[pb.InstanceExtracted], size: int) -> None:
    for first in range(0, len(messages), size):
        await shelf.take(*messages[first : first + size])


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_and_any_repetition_makes_the_same_tables(
    one_shelf: Shelf, messages: list[pb.InstanceExtracted], seed: int
) -> None:
    """C8"""
    await _take(await one_shelf.emptied(), messages, 200)
    expected = await _dump(one_shelf)
    chance = random.Random(seed)
    again = messages + chance.choices(messages, k=20)
    chance.shuffle(again)
    await _take(await one_shelf.emptied(), again, chance.choice([1, 5, 17]))
    found = await _dump(one_shelf)
    for name in DUMPS:
        assert found[name] == expected[name], name


async def test_the_same_events_again_change_nothing(one_shelf: Shelf, messages: list[pb.InstanceExtracted]) -> None:
    """C8"""
    await _take(await one_shelf.emptied(), messages, 200)
    before = await one_shelf.rows("SELECT ctid, image_id FROM rcdm.radiology_image ORDER BY image_id")
    await _take(one_shelf, messages, 7)
    after = await one_shelf.rows("SELECT ctid, image_id FROM rcdm.radiology_image ORDER BY image_id")
    assert before == after


async def test_several_consumers_at_once_make_the_same_tables(
    one_shelf: Shelf, messages: list[pb.InstanceExtracted]
) -> None:
    """C8"""
    await _take(await one_shelf.emptied(), messages, 200)
    expected = await _dump(one_shelf)
    await one_shelf.emptied()

    async def consumer(seed: int) -> None:
        mine = list(messages)
        random.Random(seed).shuffle(mine)
        for first in range(0, len(mine), 6):
            batch = [received(message) for message in mine[first : first + 6]]
            await catalogue(one_shelf.home, one_shelf.outbox, batch)

    await asyncio.gather(*(consumer(seed) for seed in range(3)))
    found = await _dump(one_shelf)
    for name in DUMPS:
        assert found[name] == expected[name], name


async def test_of_two_extractions_of_one_object_the_later_stays(one_shelf: Shelf) -> None:
    shelf = await one_shelf.emptied()
    body = ct_bytes()
    older, newer = extracted(body, minute=1)[0], extracted(body, minute=2)[0]
    newer.extraction.plane.plane = "OBLIQUE"
    for order in ([older, newer], [newer, older]):
        await _take(await shelf.emptied(), order, 1)
        assert await shelf.value("SELECT image_plane FROM rcdm.radiology_image") == "OBLIQUE"


async def test_the_database_alone_keeps_one_row_of_each_object(one_shelf: Shelf) -> None:
    """C17"""
    shelf = await one_shelf.emptied()
    await shelf.take(extracted(ct_bytes())[0])
    copy = (
        "INSERT INTO rcdm.radiology_image SELECT (jsonb_populate_record(image, '{\"image_id\": 99}')).*"
        " FROM rcdm.radiology_image image"
    )
    with pytest.raises(Exception, match="radiology_image_sop_instance_uid"):
        await shelf.home.database.pool.execute(copy)
