"""Which series a row's own chart shows: one that is the row's number, and none that the number is reckoned from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.edition.row_chart import MANY_EDITIONS, factor_of, history_picture, is_of_series
from flows.edition.site import Site
from tests.warehouse.edition_frames import EDITION, ORIGIN, property_row

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


@pytest.mark.parametrize(("count", "marked"), [(2, 2), (MANY_EDITIONS - 1, MANY_EDITIONS - 1), (MANY_EDITIONS, 0)])
def test_the_points_of_a_history_are_marked_while_they_are_few(count, marked):
    row = property_row()
    before = [row | {"origin_date": ORIGIN - timedelta(days=30 * k)} for k in range(count - 1, 0, -1)]
    site = Site(EDITION, [row], {}, {}, {}, {}, {}, {}, history={row["property_id"]: before})
    picture = history_picture(row, site, "en")
    assert len(picture.fan) == count
    assert picture.editions == tuple(one.day for one in picture.fan)[:marked]
