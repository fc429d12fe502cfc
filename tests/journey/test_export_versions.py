"""What a version holds: the query's pictures as they were, what was held back and why, and how versions differ."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from chassis.http.paging import write_cursor
from services.catalog.load.groups import keep_kinds
from tests.journey.export_house import House, open_house

HELD_BACK: dict[str, dict[str, Any]] = {
    "undecodable": {"render_status": "NO_PICTURE", "no_picture_reason": "undecodable", "png_frames": "[]"},
    "localizer": {"image_type_class": "LOCALIZER"},
    "burned_in_annotation": {"burned_in_annotation": "YES"},
    "ultrasound": {"modality": "US"},
    "screen_save": {"image_type": "DERIVED\\SECONDARY\\SCREEN SAVE"},
    "dose_report": {"image_type": "DERIVED\\SECONDARY\\OTHER\\CSA REPORT"},
    "secondary_capture": {"sop_class_uid": "1.2.840.10008.5.1.4.1.1.7"},
}


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("export")) as opened:
        yield opened


async def described(house: House, address: str) -> dict[str, Any]:
    found: dict[str, Any] = (await house.http.get(address)).json()
    return found


async def test_what_is_held_back_is_listed_with_its_reason(house: House) -> None:
    """D11, E7: never silently dropped, never included."""
    occurrence = await house.occurrence("RISKS", "patient", "1.2.50")
    await house.image(occurrence, "1.2.50.1")
    for number, values in enumerate(HELD_BACK.values()):
        await house.image(occurrence, f"1.2.50.9.{number}", **values)
    await house.image(occurrence, "1.2.50.8", tags=json.dumps({"00080064": {"vr": "CS", "Value": ["DF"]}}))
    for number, nothing in enumerate(([], [None], [" "])):  # says nothing: an ordinary image
        tags = {"00080064": {"vr": "CS", "Value": nothing}}
        await house.image(occurrence, f"1.2.50.7.{number}", tags=json.dumps(tags))
    version = await described(house, await house.build("risks", "RISKS"))
    assert version["members"] == 4
    assert version["exclusions"] == dict.fromkeys(HELD_BACK, 1) | {"secondary_capture": 2}
    assert version["description"]["exclusions"] == version["exclusions"]
    assert version["description"]["renderers"] == ["1"]


async def test_nothing_but_held_back_images_is_refused_with_the_reasons(house: House) -> None:
    """D11."""
    occurrence = await house.occurrence("ONLY RISKS", "patient", "1.2.51")
    await house.image(occurrence, "1.2.51.1", modality="US")
    answer = await house.request("only-risks", "ONLY RISKS")
    assert (answer.status_code, answer.json()["exclusions"]) == (422, {"ultrasound": 1})
    assert (await house.http.get("/api/v1/datasets/only-risks")).status_code == 404


async def test_a_query_without_a_match_is_refused(house: House) -> None:
    answer = await house.request("nothing", "NOWHERE")
    assert (answer.status_code, answer.json()["detail"]) == (422, "No image matches this filter.")


async def test_a_phase_in_the_filter_takes_only_images_of_that_phase(house: House) -> None:
    counts = json.dumps({"ARTERIAL": 1, "NON_CONTRAST": 1})
    occurrence = await house.occurrence("PHASES", "patient", "1.2.52", phase_counts=counts)
    await house.image(occurrence, "1.2.52.1", image_phase="NON_CONTRAST")
    await house.image(occurrence, "1.2.52.2")
    filters = {"hospital": "PHASES", "phase": "ARTERIAL"}
    version = await described(house, await house.build("phases", "PHASES", filter=filters))
    assert version["description"]["counts"]["phase"] == {"ARTERIAL": 1}


async def test_measures_in_the_filter_take_only_such_images(house: House) -> None:
    """A study of thick and thin slices gives its thin ones."""
    occurrence = await house.occurrence("THIN", "patient", "1.2.53")
    for number, millimetres in enumerate((1.0, 1.0, 5.0)):
        await house.image(occurrence, f"1.2.53.{number}", image_slice_thickness=millimetres)
    async with house.home.database.pool.acquire() as connection:
        await keep_kinds(connection, [occurrence])
    filters = {"hospital": "THIN", "slice_thickness_max": 1}
    version = await described(house, await house.build("thin", "THIN", filter=filters))
    assert version["members"] == 2


@pytest.mark.parametrize(("modality", "found"), [("PT", {"PT": 1}), ("CT", {"CT": 1}), ("petct", {"CT": 1, "PT": 1})])
async def test_a_modality_takes_its_part_of_a_mixed_study(house: House, modality: str, found: dict[str, int]) -> None:
    both = await house.value(
        "INSERT INTO rcdm.radiology_modality (text) VALUES ('PETCT') ON CONFLICT (text) DO UPDATE SET text = 'PETCT'"
        " RETURNING radiology_modality_id"
    )
    occurrence = await house.occurrence(
        f"MIXED {modality}", "patient", "1.2.58", modalities=["CT", "PT"], radiology_modality_id=both
    )
    await house.image(occurrence, "1.2.58.1")
    await house.image(occurrence, "1.2.58.2", modality="PT", series_instance_uid="1.2.58.9")
    filters = {"hospital": f"MIXED {modality}", "modality": modality}
    version = await described(house, await house.build(f"mixed-{modality}", "", filter=filters))
    assert version["description"]["counts"]["modality"] == found


async def test_slices_are_numbered_along_the_normal_and_frames_follow(house: House) -> None:
    occurrence = await house.occurrence("ORDER", "patient", "1.2.53")
    await house.image(occurrence, "1.2.53.1", slice_position=10.0)
    await house.image(occurrence, "1.2.53.2", slice_position=-5.5)
    await house.image(occurrence, "1.2.53.3", slice_position=2.0, frames=12)
    address = await house.build("order", "ORDER")
    items = (await house.http.get(f"{address}/members")).json()["items"]
    assert [item["path"].rpartition("/")[2] for item in items] == [f"{n:04d}.png" for n in range(1, 15)]
    assert [item["slice_position"] for item in items] == [-5.5, *[2.0] * 12, 10.0]
    assert [item["frame"] for item in items[1:13]] == list(range(1, 13))


async def test_phases_of_one_series_are_numbered_each_for_itself(house: House) -> None:
    occurrence = await house.occurrence("DYNAMIC", "patient", "1.2.54")
    for number in range(6):
        await house.image(
            occurrence, f"1.2.54.{number}", image_phase=f"DYNAMIC_{number % 2 + 1}", slice_position=float(number)
        )
    by_phase = (await house.http.get(f"{await house.build('dynamic', 'DYNAMIC')}/members")).json()["items"]
    flat = (await house.http.get(f"{await house.build('dynamic', 'DYNAMIC', mode='flat')}/members")).json()["items"]
    assert [item["path"][-8:-4] for item in by_phase] == ["0001", "0002", "0003"] * 2
    assert [item["path"][-8:-4] for item in flat] == [f"{n:04d}" for n in range(1, 7)]


async def test_the_same_uids_at_two_hospitals_are_two_studies(house: House) -> None:
    for hospital in ("TWIN A", "TWIN B"):
        occurrence = await house.occurrence(hospital, "patient", "1.2.55")
        await house.image(occurrence, "1.2.55.1")
    address = await house.build("twins", "", filter={"hospital": ["TWIN A", "TWIN B"]}, mode="flat")
    items = (await house.http.get(f"{address}/members")).json()["items"]
    assert len({item["occurrence"] for item in items}) == len({item["path"] for item in items}) == 2


async def test_a_version_does_not_change_when_the_catalogue_does(house: House) -> None:
    """D10: members are fixed when the answer comes, not when the build begins."""
    await house.cohort("FROZEN", persons=2)
    accepted = await house.freeze("frozen", "FROZEN")
    await house.rows("UPDATE rcdm.radiology_image SET image_phase = 'DELAYED' WHERE sop_instance_uid LIKE '1.2.%'")
    await house.builder().work()
    address = f"/api/v1/datasets/frozen/versions/{accepted['version']}"
    assert (await described(house, address))["description"]["counts"]["phase"] == {"ARTERIAL": 4}


async def test_a_diff_lists_what_came_went_and_changed(house: House) -> None:
    occurrence = await house.occurrence("DIFF", "patient", "1.2.57")
    images = [await house.image(occurrence, f"1.2.57.{number}") for number in range(3)]
    before = await house.build("diff", "DIFF")
    await house.rows("UPDATE rcdm.radiology_image SET image_phase = 'VENOUS' WHERE image_id = $1", images[0])
    await house.rows("DELETE FROM rcdm.radiology_image WHERE image_id = $1", images[1])
    await house.image(occurrence, "1.2.57.9")
    after = await house.build("diff", "DIFF")
    items: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"from": before.rpartition("/")[2], "limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await house.http.get(f"{after}/diff", params=params)).json()
        items, cursor = [*items, *page["items"]], page["next"]
    assert sorted(item["change"] for item in items) == ["added", "changed", "removed"]
    assert (page["added"], page["removed"], page["changed"]) == (1, 1, 1)


async def test_versions_asked_for_at_once_get_their_own_numbers(house: House) -> None:
    await house.cohort("CROWD", persons=1, images=1)
    accepted = await asyncio.gather(*(house.freeze("crowd", "CROWD") for _ in range(12)))
    assert sorted(int(one["version"].partition("-")[0]) for one in accepted) == list(range(1, 13))


async def test_names_that_differ_by_case_alone_are_refused(house: House) -> None:
    """D7."""
    await house.cohort("CASE", persons=1, images=1)
    await house.freeze("case", "CASE")
    assert (await house.request("CASE", "CASE")).status_code == 409


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "../x"}, "name"),
        ({"name": "con"}, "Windows"),
        ({"mode": "slices"}, "mode"),
        ({"format": "mha"}, "format"),
        ({"split": {"train": 0.9, "validation": 0.2, "test": 0}}, "add up to 1"),
        ({"split": {"train": 1}}, "split"),
        ({"stratify": ["name"]}, "stratify"),
        ({"filter": {"colour": "red"}}, "colour"),
        ({"filter": {"phase": "art"}}, "phase"),
        ({"extra": 1}, "extra"),
    ],
)
async def test_a_request_that_cannot_be_meant_is_refused(house: House, body: dict[str, Any], says: str) -> None:
    answer = await house.request(**({"name": "x", "hospital": "x"} | body))
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


async def test_lists_and_latest(house: House) -> None:
    await house.cohort("LISTS", persons=1, images=1)
    for number in range(3):
        await house.build(f"zz-list-{number}", "LISTS")
    waiting = await house.freeze("zz-list-0", "LISTS")
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await house.http.get("/api/v1/datasets", params=params)).json()
        names, cursor = [*names, *(item["name"] for item in page["items"])], page["next"]
    assert names == sorted(names)
    assert page["total"] == len(names)
    one = (await house.http.get("/api/v1/datasets/zz-list-0")).json()
    assert (one["versions"], one["state"], [item["number"] for item in one["items"]]) == (2, "ready", [2, 1])
    assert waiting["version"] != (await described(house, "/api/v1/datasets/zz-list-0/versions/latest"))["version"]


@pytest.mark.parametrize(
    "path",
    ["/%00", "/..%5Cx", "/a/versions/1-%00", "/a/versions/1-abc/archive", "/a/versions/latest/diff?from=%00",
     "/a/versions/latest/diff", "?cursor=AAAA", "?cursor=", "?cursor=WyJcdTAwMDAiXQ", "?limit=0", "?name=x"],
)  # fmt: skip
async def test_what_cannot_be_an_address_is_400(house: House, path: str) -> None:
    """F16: never a 500."""
    assert (await house.http.get(f"/api/v1/datasets{path}")).status_code == 400


async def test_a_made_up_cursor_is_400(house: House) -> None:
    await house.cohort("CURSOR", persons=1, images=1)
    address = await house.build("cursor", "CURSOR")
    for values in (["x"], [-1], [1 << 80], [None], [1.5]):
        params = {"cursor": write_cursor(values)}
        assert (await house.http.get(f"{address}/members", params=params)).status_code == 400
    params = {"cursor": write_cursor(["\0", "\0", "x"]), "from": address.rpartition("/")[2]}
    assert (await house.http.get(f"{address}/diff", params=params)).status_code == 400


async def test_what_is_not_there_is_404(house: House) -> None:
    for path in (
        "/none",
        "/none/versions/latest",
        "/none/versions/1-0123456789ab/archive",
        "/none/versions/latest/members",
    ):
        assert (await house.http.get(f"/api/v1/datasets{path}")).status_code == 404
    missing = "/api/v1/operations/0197a000-0000-7000-8000-000000000000"
    assert (await house.http.get(missing)).status_code == 404
    assert (await house.http.delete(missing)).status_code == 404
