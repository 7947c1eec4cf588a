"""The series of a home put to the backtest, month by month, from the copy that readers have."""

from datetime import date

import pytest

from flows.ask.own_series import origins_until, own_tasks
from flows.settings import Clock
from infra.sample import SAMPLE_DAY
from models.forecasting.forecasters import FORECASTERS


def test_the_origins_are_the_ends_of_all_months_that_are_over():
    found = origins_until(date(2026, 11, 28))
    assert (found[0], found[-2:]) == (date(2021, 6, 30), [date(2026, 9, 30), date(2026, 10, 31)])
    assert origins_until(date(2026, 12, 1))[-1] == date(2026, 11, 30)


def test_every_forecaster_is_judged_on_the_series_of_the_home(published):
    tasks = own_tasks(published(), (6, 12), Clock.read(SAMPLE_DAY))
    assert set(tasks["forecaster_id"]) == set(FORECASTERS)
    assert set(tasks["horizon_months"]) == {6, 12}
    assert tasks["target_date"].max() <= SAMPLE_DAY
    assert not tasks.select("forecaster_id", "series_id", "origin_date", "horizon_months").is_duplicated().any()


def test_it_reads_and_writes_nothing(published):
    home = published()
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    own_tasks(home, (6,), Clock.read(SAMPLE_DAY))
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before


@pytest.mark.parametrize("day", [date(2026, 11, 28)])
def test_no_origin_lies_in_a_month_that_goes_on(day):
    assert all(origin < day.replace(day=1) for origin in origins_until(day))
