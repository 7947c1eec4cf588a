"""Changes: measured in spreads of the old forecast, and split among their causes so that nothing is left over."""

from __future__ import annotations

import csv
from datetime import date
from itertools import permutations
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from models.changes.size import (
    CAUSES,
    MATERIALITY,
    SEEN_FROM,
    comparable,
    distance,
    filled,
    median,
    news,
    scale_of,
    shapley,
    size,
    spread,
    subsets,
)
from models.forecasting.forecasters import POOL_ID
from models.forecasting.forecasts import HUB_LEVELS
from models.forecasting.pool import forecast
from tests.models.histories_made import series_of

NORMAL = ndtri(np.array(HUB_LEVELS))
SCORES = Path(__file__).parents[4] / "shared" / "facts" / "benchmark_scores.csv"
finite = st.floats(-50, 50)
distributions = st.lists(finite, min_size=23, max_size=23).map(lambda values: np.sort(np.array(values)))


# --- size -----------------------------------------------------------------------------------------------------------


def test_a_normal_distribution_has_its_sd_as_spread():
    assert spread(5 + 2 * NORMAL) == pytest.approx(2 * ndtri(0.84), rel=0.01)


def test_a_shift_is_as_far_as_it_shifts():
    assert distance(NORMAL, NORMAL + 0.7) == pytest.approx(0.7)
    assert size(2 * NORMAL, 2 * NORMAL - 1, 0.03) == pytest.approx(1 / spread(2 * NORMAL))


def test_widening_is_a_change_although_the_median_stays():
    assert distance(NORMAL, 2 * NORMAL) == pytest.approx(np.sqrt(2 / np.pi), rel=0.03)
    assert median(2 * NORMAL) == median(NORMAL) == 0


def test_an_all_but_certain_forecast_makes_no_news_of_its_last_digit():
    certain = np.full(23, 3.0)
    assert size(certain, certain + 0.003, MATERIALITY["dex"]) == pytest.approx(0.1)


def test_growing_certain_is_no_news_and_moving_is():
    assert news(NORMAL, 0.2 * NORMAL, 0.03) == 0
    assert news(NORMAL, 0.2 * NORMAL + 1, 0.03) == size(NORMAL, 0.2 * NORMAL + 1, 0.03)
    assert news(NORMAL, NORMAL + 1, 1.5) == 0


@settings(deadline=None)
@given(distributions, distributions, distributions)
def test_distance_is_a_metric(a, b, c):
    assert distance(a, a) == 0
    assert distance(a, b) == pytest.approx(distance(b, a))
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9


@given(st.floats(0.01, 100), st.floats(0.001, 1000))
def test_the_unit_of_a_factor_does_not_matter(factor, unit):
    """Hours or minutes: a forecast on the log scale has moved as far in either."""
    old, new = 10 ** (0.3 * NORMAL), factor * 10 ** (0.4 * NORMAL)
    sizes = [
        size(comparable(k * old, "hours", 2030.5), comparable(k * new, "hours", 2030.5), MATERIALITY["dex"])
        for k in (1.0, unit)
    ]
    assert sizes[0] == pytest.approx(sizes[1])


@pytest.mark.parametrize(
    ("unit", "scale"),
    [("%", "points"), ("share of tasks", "points"), ("probability", "points"), ("year", "years"), ("FLOP", "dex")],
)
def test_every_row_is_compared_in_units_of_its_own(unit, scale):
    assert scale_of(unit) == scale


def test_shares_and_percentages_count_the_same():
    assert comparable(np.full(23, 0.4), "probability", 2030.5)[0] == comparable(np.full(23, 40.0), "%", 2030.5)[0]


def test_a_day_that_may_never_come_counts_as_the_last_day():
    days = np.append(np.full(11, 2027.0), np.full(12, np.inf))
    assert comparable(days, "year", 2030.5)[[0, -1]].tolist() == [2027.0, 2030.5]


def test_what_has_no_logarithm_is_not_comparable():
    assert np.isnan(comparable(np.zeros(23), "FLOP", 2030.5)).all()


# --- split ----------------------------------------------------------------------------------------------------------


@st.composite
def games(draw):
    """A worth for every set of up to five causes."""
    causes = draw(st.lists(st.sampled_from(CAUSES), min_size=1, max_size=5, unique=True))
    return causes, {frozenset(one): np.array([draw(finite), draw(finite)]) for one in subsets(causes)}


@settings(deadline=None)
@given(games())
def test_the_parts_sum_to_the_whole(game):
    causes, worth = game
    whole = worth[frozenset(causes)] - worth[frozenset()]
    np.testing.assert_allclose(sum(shapley(worth, causes).values()), whole, rtol=0, atol=1e-9)


@settings(deadline=None)
@given(games(), st.randoms())
def test_the_order_of_the_causes_does_not_matter(game, chance):
    causes, worth = game
    shuffled = chance.sample(causes, len(causes))
    one, other = shapley(worth, causes), shapley(worth, shuffled)
    for cause in causes:
        np.testing.assert_allclose(one[cause], other[cause], rtol=0, atol=1e-9)


@settings(deadline=None)
@given(games())
def test_a_cause_that_changes_nothing_gets_nothing_and_takes_nothing_from_the_others(game):
    causes, worth = game
    idle = {chosen | extra: value for chosen, value in worth.items() for extra in (frozenset(), frozenset({"idle"}))}
    split = shapley(idle, [*causes, "idle"])
    assert (split["idle"] == 0).all()
    for cause, part in shapley(worth, causes).items():
        np.testing.assert_allclose(split[cause], part, rtol=0, atol=1e-9)


@settings(deadline=None)
@given(games(), st.randoms())
def test_a_row_without_a_number_in_some_mixture_is_split_all_the_same(game, chance):
    """Both ends are known, so its parts sum to its shift; the row beside it keeps every number of its own."""
    causes, worth = game
    table = {chosen: np.outer(value, np.ones(23)) for chosen, value in worth.items()}
    gone = [chosen for chosen in table if chosen not in {frozenset(), frozenset(causes)} and chance.random() < 0.5]
    for chosen in gone:
        table[chosen] = table[chosen].copy()
        table[chosen][0, chance.randrange(23) :] = np.nan
    made = filled(table)
    parts = sum(median(part) for part in shapley(made, causes).values())
    np.testing.assert_allclose(parts, median(table[frozenset(causes)] - table[frozenset()]), rtol=0, atol=1e-9)
    assert all((made[chosen][1] == table[chosen][1]).all() for chosen in table)


def test_where_time_alone_takes_the_number_away_what_stood_stands():
    one = {(): 99.0, ("time",): np.nan, ("rows",): 97.0, ("time", "rows"): 56.0}
    split = shapley(filled({frozenset(k): np.full((1, 23), v) for k, v in one.items()}), ("time", "rows"))
    assert [float(median(split[cause])[0]) for cause in ("time", "rows")] == [-20.5, -22.5]


@given(st.lists(finite, min_size=3, max_size=3))
def test_without_interaction_each_cause_gets_its_own(gains):
    causes = CAUSES[:3]
    worth = {frozenset(one): np.array(sum(gains[causes.index(c)] for c in one)) for one in subsets(causes)}
    for cause, gain in zip(causes, gains, strict=True):
        assert shapley(worth, causes)[cause] == pytest.approx(gain, abs=1e-9)


@settings(deadline=None)
@given(games())
def test_it_is_the_mean_over_all_orders_in_which_the_causes_can_have_come(game):
    """Counted out, order by order: new rows never before the time that they are seen from."""
    causes, worth = game
    orders = [one for one in permutations(causes) if not {"new_rows", "elapsed_time"} <= {*one}
              or one.index("elapsed_time") < one.index("new_rows")]  # fmt: skip
    split = shapley(worth, causes, SEEN_FROM)
    for cause in causes:
        gains = [worth[frozenset(one[: one.index(cause) + 1])] - worth[frozenset(one[: one.index(cause)])]
                 for one in orders]  # fmt: skip
        np.testing.assert_allclose(split[cause], np.mean(gains, axis=0), rtol=0, atol=1e-9)


def test_what_both_a_new_row_and_its_day_are_needed_for_is_the_row_s():
    """A row stood on the essay's constants until it was first measured: half of its jump was told as time passing."""
    stood, measured = np.array([0.5]), np.array([1.8])
    worth = {frozenset(one): measured if len(one) == 2 else stood for one in subsets(("new_rows", "elapsed_time"))}
    split = shapley(worth, ("new_rows", "elapsed_time"), SEEN_FROM)
    assert split["elapsed_time"] == 0
    assert split["new_rows"] == pytest.approx(1.3)


def test_a_missing_mixture_is_an_error():
    with pytest.raises(KeyError):
        shapley({frozenset(): np.zeros(1)}, ["new_rows"])


# --- the worked example: METR time horizon 1.0 → 1.1 (forecasting.md §3) ---------------------------------------------


def test_the_move_from_metr_1_0_to_1_1_is_split_as_published():
    """Signs and order: new rows > revised rows > elapsed time > 0 > method (least squares → pool)."""
    if not SCORES.exists():
        pytest.skip("the scores of both versions lie beside the checkout, at ../shared/facts; not there")
    then, now = horizons("v1.0", date(2025, 11, 28)), horizons("v1.1", date(2026, 4, 15))
    causes = ("elapsed_time", "revised_rows", "new_rows", "method")
    worth = {frozenset(one): _horizon_forecast(then, now, frozenset(one)) for one in subsets(causes)}
    split = {cause: float(median(part)) for cause, part in shapley(worth, causes).items()}
    assert split["new_rows"] > split["revised_rows"] > split["elapsed_time"] > 0 > split["method"]
    whole = float(median(worth[frozenset(causes)] - worth[frozenset()]))
    assert sum(split.values()) == pytest.approx(whole, abs=1e-9)
    assert 10 ** median(worth[frozenset()]) == pytest.approx(36.5, rel=0.05)  # hours, as published
    assert split["revised_rows"] == pytest.approx(0.166, abs=0.02)
    # The prototype's pool, which believed less in the records of so young a series, had 0.190.
    assert split["new_rows"] == pytest.approx(0.23, abs=0.05)


def horizons(version, day):
    """System → date and minutes, as METR published them by the day; a name without what only names its harness."""
    with SCORES.open(encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["benchmark"] == f"METR 50% time horizon {version}" and "HAND-ADDED" not in row["evidence"]
        ]
    dated = {_system(row["model"]): (date.fromisoformat(row["date"]), float(row["score"])) for row in rows}
    return {name: row for name, row in dated.items() if row[0] <= day}


def _system(name):
    short = name.replace("_inspect", "").replace("_2025_08_07", "").replace("_20240620", "")
    return {"o1_elicited": "o1"}.get(short, short)


def _horizon_forecast(then, now, chosen):
    """log10 hours on 2027-06-30; a system that 1.1 no longer lists counts as revised away."""
    revised = "revised_rows" in chosen
    rows = {name: now[name] if revised else row for name, row in then.items() if name in now or not revised}
    if "new_rows" in chosen:
        rows |= {name: now[name] for name in now.keys() - then.keys()}
    is_pool = "method" in chosen
    kept = {name: row for name, row in rows.items() if is_pool or row[0] >= date(2023, 1, 1)}
    days = [row[0] for row in kept.values()]
    frame = pl.DataFrame(
        {"series_id": ["metr"] * len(kept), "system_id": list(kept), "observation_date": days, "known_date": days,
         "value": [row[1] for row in kept.values()], "evidence": ["publisher_file"] * len(kept)}
    )  # fmt: skip
    day = date(2026, 4, 15) if "elapsed_time" in chosen else date(2025, 11, 28)
    way = POOL_ID if is_pool else "baseline-ols-records"
    made = forecast(frame, series_of("metr", "log"), day, [date(2027, 6, 30)], forecaster_id=way)
    return np.log10(made.quantiles()[0, 0] / 60)
