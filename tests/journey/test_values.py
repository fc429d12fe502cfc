"""The numbers behind a picture over HTTP, made by a worker from what was received."""

import io
from collections.abc import AsyncIterator

import numpy as np
import pytest

from tests.journey.export_house import House, open_house
from tests.journey.export_objects import stored_image
from tests.makers import ct_bytes


@pytest.fixture(scope="module")
async def house(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(postgres_server, tmp_path_factory.mktemp("values")) as opened:
        yield opened


async def test_a_viewer_gets_what_the_scanner_measured(house: House) -> None:
    stored = np.arange(256, dtype="<i2").reshape(16, 16)
    body = ct_bytes(PixelData=stored.tobytes(), RescaleSlope=1, RescaleIntercept=-1024)
    image = await stored_image(house, "LOOK", "p1", 1, body)
    answer = await house.http.get(f"/api/v1/images/{image}/values")
    assert answer.status_code == 200
    found = np.load(io.BytesIO(answer.content), allow_pickle=False)
    assert (found == stored - 1024).all()
    again = await house.http.get(f"/api/v1/images/{image}/values", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_what_has_no_values_says_why(house: House) -> None:
    image = await stored_image(house, "LOOK", "p1", 2, ct_bytes())
    for address, status, said in (
        (f"/api/v1/images/{image}/values?frame=2", 422, "no frame 2"),
        (f"/api/v1/images/{image + 10**9}/values", 404, "no such image"),
        (f"/api/v1/images/{image}/values?frames=1", 400, "frames"),
    ):
        answer = await house.http.get(address)
        assert answer.status_code == status
        assert said in answer.json()["detail"]
    cut = await stored_image(house, "LOOK", "p1", 3, ct_bytes()[:-200])
    assert (await house.http.get(f"/api/v1/images/{cut}/values")).status_code == 422
