"""The seconds a worker says it spent: counted by stage, and believed only as far as they can be times."""

import pytest

from services.extract.describe import STAGES, Laps, describe
from services.extract.worker import seconds_from
from tests.makers import ct_bytes


def test_an_image_meets_every_stage_of_its_description() -> None:
    laps = Laps()
    describe(ct_bytes(), lambda _: None, laps)
    assert list(laps.seconds) == [stage for stage in STAGES if stage != "verify"]
    assert all(seconds >= 0 for seconds in laps.seconds.values())


def test_only_stages_we_know_and_possible_times_are_believed() -> None:
    """Nothing a worker gone mad says becomes a label."""
    assert seconds_from(b'{"decode": 0.5, "Kim^Canary": 1, "png": -3, "tags": 1e99, "digest": NaN}') == {
        "tags": 86_400.0,
        "decode": 0.5,
        "digest": 0.0,
        "png": 0.0,
    }


@pytest.mark.parametrize("said", [b"[]", b'{"png": "soon"}', b"no"])
def test_what_is_no_time_is_refused(said: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller knows no finer one
        seconds_from(said)
