"""Which series a row's own chart shows: one that is the row's number, and none that the number is reckoned from."""

from __future__ import annotations

import pytest

from flows.edition.row_chart import factor_of, is_of_series
from tests.warehouse.edition_frames import property_row

HORIZON = {"series_id": "metr/v1.1/p80-horizon", "unit": "minutes"}


@pytest.mark.parametrize("kind", ["measured", None])
def test_a_series_in_the_units_of_its_row_is_the_line_of_its_chart(kind):
    row = property_row(unit="hours", actual_kind=kind)
    assert factor_of(row, HORIZON) == pytest.approx(1 / 60)
    assert is_of_series(row, HORIZON)


@pytest.mark.parametrize("kind", ["derived", "implied"])
def test_what_a_number_is_reckoned_from_is_not_drawn_as_the_number(kind):
    """The time between check-ins showed METR's horizon as its best so far, eight times what it says it is."""
    row = property_row(unit="hours", actual_kind=kind)
    assert factor_of(row, HORIZON) is None
    assert not is_of_series(row, HORIZON)


def test_a_series_in_another_unit_is_never_drawn_as_the_row():
    assert factor_of(property_row(unit="human-years", actual_kind="measured"), HORIZON) is None
