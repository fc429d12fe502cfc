"""The de-identification benchmark on a few objects: every action scores 100 % (reliability E7, E10)."""

import pytest

from tests.bench.deidentification import ACTIONS, scored
from tests.journey.export_house import open_house


@pytest.mark.filterwarnings("ignore")
async def test_every_action_is_right_every_time(
    postgres_server: str, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    """E10: the table is printed, so that CI shows it."""
    async with open_house(postgres_server, tmp_path_factory.mktemp("deid")) as house:
        score = await scored(house, 60)
    with capsys.disabled():
        print("\n" + "\n".join(score.lines()))
    assert set(score.made) == set(ACTIONS)
    assert score.passed == score.made
