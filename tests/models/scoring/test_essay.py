"""The essay in hub form."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from models.days import decimal_year
from models.forecasting.forecasts import HUB_KEYS
from models.scoring.essay import ESSAY_ID, ON_SERIES, essay_hub
from tests.models.world import embedded, essay

HUB = essay_hub(essay()["core.essay_number"])


def values(target: str) -> dict[str | None, float]:
    return dict(HUB.filter(target=target).select("output_type_id", "value").iter_rows())


def test_it_speaks_from_the_day_it_was_published():
    assert HUB.columns == list(HUB_KEYS)
    assert set(HUB["forecaster_id"]) == {ESSAY_ID}
    assert set(HUB["origin_date"]) == {date(2023, 6, 7)}
    assert HUB.select(pl.struct("target", "target_date", "output_type", "output_type_id").is_unique().all()).item()


def test_bracketed_ranges_are_quartiles():
    assert values("overhang.work_years") == {"0.25": 4e5, "0.5": 1.8e6, "0.75": 1e7}


def test_a_point_is_a_median_and_no_distribution():
    assert values("learn.copies_market") == {None: 1e6}
    assert set(HUB.filter(target="learn.copies_market")["output_type"]) == {"median"}


def test_states_of_2023_and_implied_numbers_are_no_forecasts():
    assert not {"math.sota_pct", "know.context_tokens", "data.train_tokens", "speed.human_tpm"} & set(HUB["target"])


def test_math_by_mid_2025_can_be_resolved_by_its_series():
    (row,) = HUB.filter(target="math/best-reported/any-protocol").iter_rows(named=True)
    assert (row["target_date"], row["value"]) == (date(2025, 6, 30), 0.92)


def test_speed_is_told_in_the_unit_of_its_series():
    assert values("speed/flagship/any-method")["0.5"] == pytest.approx(5 * 380 * 4 / 3 / 60)


def test_the_series_it_is_scored_on_exist():
    known = set(embedded()["core.series"]["series_id"])
    assert {on.series_id for on in ON_SERIES.values()} | {"math/best-reported/any-protocol"} <= known


def test_a_year_stands_for_its_last_day_as_it_does_of_everybody_else():
    """From the first of January the essay's error on the IMO was a year smaller than anybody else's would have been."""
    said = HUB.filter(target="math.imo_gold_date")
    assert said.select("output_type", "value").rows() == [("median", decimal_year(date(2028, 12, 31)))]
    (halfway,) = HUB.filter(target="math.date_92pct")["value"]
    assert 2025 < halfway < 2025.9
