"""What stands beside a row: a publisher that has stopped is said to have, with what goes on in its place."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from models.properties.companions import frozen
from tests.models.world import TODAY, observation, series, world

METR, METR_80, PRO = "metr/v1.1/p50-horizon", "metr/v1.1/p80-horizon", "swe-bench-pro/public/vendor"


def said(age: int, *statuses: str, more: tuple[dict[str, object], ...] = ()) -> dict[str, object] | None:
    """What is said of METR's row when its newest fact is so many days old and its series are declared like this."""
    newest = TODAY - timedelta(days=age)
    names = (METR, METR_80)[: len(statuses)]
    rows = [observation(name, newest, 100.0, unit="minutes") for name in names]
    kinds = [series(name, "minutes") | {"status": one} for name, one in zip(names, statuses, strict=True)]
    return frozen("auto.metr_h", names, world([*rows, *more], [*kinds, series(PRO)]))


def test_a_publisher_that_has_stopped_is_named_with_its_newest_fact():
    assert said(200, "frozen", "frozen") == {
        "newest": (TODAY - timedelta(days=200)).isoformat(),
        "successor": None,
    }


def test_what_goes_on_in_its_place_is_named_once_it_has_rows():
    goes_on = observation(PRO, date(2026, 9, 1), 0.8)
    found = said(200, "frozen", "frozen", more=(goes_on,))
    assert found is not None
    assert found["successor"] == "SWE-bench Pro, public set, by the makers"


@pytest.mark.parametrize(
    ("age", "statuses"),
    [(200, ("open", "frozen")), (200, ("open", "open")), (90, ("frozen", "frozen")), (200, ())],
)
def test_a_row_is_not_frozen_while_a_series_goes_on_or_its_facts_are_fresh(age, statuses):
    assert said(age, *statuses) is None
