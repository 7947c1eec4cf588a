"""Of two refreshes that begin at once, the second speaks from a moment after the edition of the first."""

from datetime import date, datetime, timedelta

import pytest

from flows.run import steps
from flows.run.run import Request
from flows.settings import Clock, load_settings
from tests.warehouse.edition_frames import EDITION, frame
from warehouse.contracts import out
from warehouse.store import Warehouse

DAY = date(2027, 3, 2)
ISSUED = datetime(2027, 3, 2, 1, 30, 2)


def begun(home, now):
    with Warehouse.open(home, now=now) as warehouse:
        edition = EDITION | {"edition_id": "2027-03-02-0badcafe", "origin_date": DAY, "issued_at": ISSUED}
        warehouse.insert(out.EDITION, frame(out.EDITION, [edition]))
        run = steps.begin(load_settings(home=home), Request(), Clock(DAY, now, False, now), home, warehouse)
        run.reader.close()
        return run


@pytest.mark.parametrize(
    ("before", "later"), [(1, timedelta(microseconds=1)), (0, timedelta()), (-5, timedelta(seconds=5))]
)
def test_who_read_the_clock_first_and_waited_comes_after_the_edition_of_the_other(tmp_path, before, later):
    """Otherwise its edition would have been issued ahead of its own time, and be held as a fault of ours."""
    run = begun(tmp_path, ISSUED - timedelta(seconds=before))
    assert run.clock.now == ISSUED + later
    assert not run.is_looking_back
