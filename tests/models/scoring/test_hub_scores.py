"""Hub forecasts scored: full quantiles as their draws, a few as straight lines, a point as its error."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from models.forecasting.draws import LEVELS
from models.forecasting.forecasters import FORECASTERS, POOL_ID
from models.forecasting.forecasts import HUB_KEYS
from models.forecasting.pool import forecast
from models.scoring.hub_scores import score_dates, score_rows, score_series, spread
from models.scoring.replay import posed, score_all
from tests.models.histories_made import GROWING, ORIGIN, rows_of, series_of, three_kinds

TODAY = date(2026, 6, 1)
DAY = date(2025, 1, 1)
LATER = (date(2024, 12, 15), 4e23)


def hub(*rows, target="compute", forecaster="f", day=DAY):
    data = [(forecaster, target, ORIGIN, day, kind, level, value) for kind, level, value in rows]
    schema = dict(
        zip(HUB_KEYS, (pl.String, pl.String, pl.Date, pl.Date, pl.String, pl.String, pl.Float64), strict=True)
    )
    return pl.DataFrame(data, schema=schema, orient="row")


@pytest.fixture
def world():
    return rows_of("compute", *GROWING, LATER), series_of("compute")


def test_the_pools_published_quantiles_score_like_its_own_draws(world):
    rows, _ = three_kinds()
    rows = pl.concat([rows, rows_of("bench", (DAY, 0.7)), rows_of("compute", LATER), rows_of("rating", (DAY, 1700))])
    series = three_kinds()[1]
    published = forecast(rows, series, ORIGIN, [DAY]).to_hub()
    scored = score_series(published, rows, series, TODAY).sort("series_id")
    questions = scored.select("series_id", "origin_date", "target_date")
    pool = {POOL_ID: FORECASTERS[POOL_ID]}
    refitted = score_all(posed(rows, series, questions, TODAY, is_refit=True), pool).sort("series_id")
    assert scored["series_id"].to_list() == ["bench", "compute", "rating"]
    for metric, tolerance in (("crps", 0.02), ("wis", 0.002), ("coverage_80", 0.02)):
        assert scored[metric].to_list() == pytest.approx(refitted[metric].to_list(), rel=tolerance, abs=0.01)


def test_a_point_is_scored_for_its_error_and_for_nothing_it_did_not_say(world):
    (row,) = score_series(hub(("median", None, 4e22)), *world, TODAY).to_dicts()
    assert row["crps"] == pytest.approx(1.0)
    assert row["wis"] == row["wis_underprediction"] == pytest.approx(1.0)
    assert (row["wis_dispersion"], row["coverage_50"], row["log_score"]) == (0.0, None, None)
    assert (row["truth"], row["horizon_months"]) == (4e23, 6)


def test_a_few_quantiles_are_joined_by_straight_lines_and_get_no_tails(world):
    given = hub(("quantile", "0.25", 4e22), ("quantile", "0.5", 4e23), ("quantile", "0.75", 4e24))
    (row,) = score_series(given, *world, TODAY).to_dicts()
    assert row["coverage_50"] == 1.0
    assert row["wis_dispersion"] > 0
    assert 0 < row["crps"] < 0.5


def test_straight_lines_pass_through_the_levels_given():
    weights = spread(np.array([0.25, 0.5, 0.75]))
    draws = np.array([1.0, 2.0, 4.0]) @ weights
    assert draws[[0, -1]].tolist() == [1.0, 4.0]
    assert np.interp(0.5, LEVELS, draws) == pytest.approx(2.0, abs=0.02)
    assert weights.sum(axis=0) == pytest.approx(np.ones(256))


@pytest.mark.parametrize(
    ("why", "given"),
    [
        ("its day has not come", hub(("median", None, 1e23), day=date(2030, 7, 1))),
        ("no such series", hub(("median", None, 1e23), target="other")),
        ("only P(no new record)", hub(("pmf", "no_new_record", 0.3))),
        ("nothing was said", hub()),
    ],
)
def test_what_cannot_be_scored_leaves_no_row_but_all_columns(world, why, given):
    scored = score_series(given, *world, TODAY)
    assert scored.is_empty(), why
    assert {"crps", "wis", "coverage_90", "forecaster_id"} <= set(scored.columns)


HAPPENED = pl.DataFrame(
    {"target": ["gold"], "truth": [2025.5], "truth_date": [date(2025, 7, 2)], "truth_system_id": ["by x"]}
)


def test_a_day_is_scored_in_years_against_the_day_it_came():
    (row,) = score_dates(hub(("median", None, 2028.0), target="gold"), HAPPENED).to_dicts()
    assert row["crps"] == row["wis_overprediction"] == pytest.approx(2.5)
    assert (row["kind"], row["target_date"], row["horizon_months"]) == ("date", date(2025, 7, 2), 12)


def test_a_day_named_after_the_event_is_no_forecast():
    early = HAPPENED.with_columns(truth_date=date(2024, 6, 30))
    assert score_dates(hub(("median", None, 2028.0), target="gold"), early).is_empty()


def test_two_forecasters_with_different_levels_are_scored_side_by_side():
    several = pl.concat([
        hub(("median", None, 2026.5), target="gold", forecaster="one"),
        hub(("quantile", "0.25", 2025.0), ("quantile", "0.75", 2026.0), target="gold", forecaster="two"),
    ])  # fmt: skip
    crps = dict(score_dates(several, HAPPENED).select("forecaster_id", "crps").iter_rows())
    assert crps["one"] == pytest.approx(1.0)
    assert 0 < crps["two"] < 0.5


class TestRows:
    """Rows of the table, once their day has come: quantities in dex, shares in points."""

    def resolved(self, truth, unit="FLOP"):
        return pl.DataFrame(
            [("row", DAY, unit, truth, DAY, "a system")],
            schema=["target", "target_date", "unit", "truth", "truth_date", "truth_system_id"], orient="row",
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("unit", "stated", "truth", "error", "kind"),
        [
            ("FLOP", 1e25, 1e27, 2.0, "log"),
            ("%", 80.0, 92.0, 12.0, "bounded"),
            ("probability", 0.4, 1.0, 60.0, "bounded"),
        ],
    )
    def test_a_point_is_off_by_its_distance(self, unit, stated, truth, error, kind):
        scored = score_rows(hub(("median", None, stated), target="row"), self.resolved(truth, unit)).row(0, named=True)
        assert scored["crps"] == pytest.approx(error)
        assert (scored["kind"], scored["truth"]) == (kind, truth)

    def test_quantiles_that_hold_the_truth_cover_it(self):
        given = hub(
            *(("quantile", str(level), 10 ** (20 + 10 * level)) for level in (0.05, 0.25, 0.5, 0.75, 0.95)),
            target="row",
        )
        scored = score_rows(given, self.resolved(1e25)).row(0, named=True)
        assert scored["coverage_50"] == 1
        assert scored["crps"] < 2

    def test_what_was_said_for_another_day_or_too_late_is_not_scored(self):
        early = hub(("median", None, 1e25), target="row", day=date(2026, 1, 1))
        late = hub(("median", None, 1e25), target="row").with_columns(origin_date=pl.lit(DAY))
        assert score_rows(pl.concat([early, late]), self.resolved(1e25)).is_empty()
