"""The evaluation of phases: of studies whose truth is known by construction every series is named rightly."""

import pytest

from tests.bench.phases import evaluated
from tests.journey.catalog_shelf import Shelf


@pytest.mark.filterwarnings("ignore")
async def test_every_known_series_gets_its_phase(shelf: Shelf) -> None:
    table = await evaluated(shelf)
    assert table.wrong == []
    assert sum(row.total() for row in table.counts.values()) > 150
