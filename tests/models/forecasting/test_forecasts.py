"""What a forecaster hands on: quantiles between draws, and the form that forecast hubs exchange."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from models.forecasting.forecasts import HUB_LEVELS, NEW_RECORD, NO_NEW_RECORD, Forecasts, at_levels
from models.forecasting.pool import forecast
from tests.models.histories_made import ORIGIN, TARGETS, rows_of, series_of, three_kinds
from warehouse.contracts import core, polars_schema


def made(samples, no_record=0.25):
    samples = np.asarray(samples, float)
    return Forecasts(
        "f", ORIGIN, tuple(f"s{k}" for k in range(samples.shape[0])), TARGETS[: samples.shape[1]], samples,
        np.full(samples.shape[:2], no_record), pl.DataFrame(),
    )  # fmt: skip


def test_quantiles_stand_where_the_draws_say():
    draws = np.arange(10.0)
    assert at_levels(draws, (0.05, 0.5, 0.95)) == pytest.approx([0.0, 4.5, 9.0])
    assert at_levels(draws, (0.0, 1.0)) == pytest.approx([0.0, 9.0])
    assert at_levels(draws, (0.1,)) == pytest.approx([0.5])


def test_draws_are_found_by_series_and_day_and_missed_by_name():
    got = made([[[1, 2], [3, 4]]])
    assert got.draws("s0", TARGETS[1]).tolist() == [3, 4]
    with pytest.raises(KeyError, match="no forecast of series other"):
        got.draws("other", TARGETS[0])
    with pytest.raises(KeyError, match="no forecast for 1999-01-01"):
        got.draws("s0", date(1999, 1, 1))


def test_a_series_of_nan_is_not_had():
    got = made([[[np.nan, np.nan]], [[1, 2]]])
    assert [got.has(name) for name in ("s0", "s1", "s2")] == [False, True, False]


def test_hub_levels_are_those_of_the_forecast_hubs():
    assert len(HUB_LEVELS) == 23
    assert list(HUB_LEVELS) == pytest.approx([0.01, 0.025, *(k / 20 for k in range(1, 20)), 0.975, 0.99])


def test_the_hub_form_is_the_contract_without_its_edition():
    hub = forecast(*three_kinds(), ORIGIN, TARGETS).to_hub()
    contract = {
        name: kind for name, kind in polars_schema(core.FORECAST).items() if name not in {"edition_id", "level"}
    }
    assert dict(hub.schema) == contract
    keys = [name for name in core.FORECAST.key if name != "edition_id"]
    assert not hub.select(keys).is_duplicated().any()
    assert hub.height == 3 * len(TARGETS) * 25
    assert set(hub["output_type"]) <= set(next(c.isin for c in core.FORECAST.columns if c.name == "output_type"))


def test_hub_rows_carry_the_numbers_of_their_series_and_day():
    got = forecast(*three_kinds(), ORIGIN, TARGETS)
    hub = got.to_hub().filter(target="compute", target_date=TARGETS[2])
    quantiles = hub.filter(output_type="quantile")
    assert quantiles["output_type_id"].cast(float).to_list() == list(HUB_LEVELS)
    assert quantiles["value"].to_list() == got.quantiles()[1, 2].tolist()
    assert quantiles["value"].is_sorted()
    shares = dict(hub.filter(output_type="pmf").select("output_type_id", "value").iter_rows())
    assert shares[NO_NEW_RECORD] == got.no_record_share[1, 2]
    assert shares[NO_NEW_RECORD] + shares[NEW_RECORD] == pytest.approx(1)


def test_what_was_not_forecast_is_absent_from_the_hub():
    rows, series = three_kinds()
    both = pl.concat([series, series_of("empty")])
    assert set(forecast(rows, both, ORIGIN, TARGETS).to_hub()["target"]) == {"bench", "compute", "rating"}
    levels = forecast(rows_of("speed", (ORIGIN, 50)), series_of("speed", direction="level"), ORIGIN, TARGETS)
    assert set(levels.to_hub()["output_type"]) == {"quantile"}
