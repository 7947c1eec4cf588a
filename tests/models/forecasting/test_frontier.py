"""The frontier: who saw what at the origin, and which rows were records when they appeared."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forecasting.frontier import LEVEL_DAYS, histories, standing
from tests.models.histories_made import ORIGIN, rows_of, series_of


def at(origin, *frames, **fields):
    return pl.concat([series_of(name, **fields) for name in frames]).with_columns(origin_date=pl.lit(origin))


D = date(2024, 1, 1)


def test_records_are_told_in_the_order_of_dates_not_of_rows():
    rows = rows_of("s", (D + timedelta(30), 5), (D, 2), (D + timedelta(60), 4), (D + timedelta(90), 9))
    past = histories(rows, at(ORIGIN, "s"))
    assert past.value.tolist() == [2, 5, 4, 9]
    assert past.is_record.tolist() == [True, True, False, True]
    assert past.is_step.tolist() == [False, True, False, True]
    assert past.running == pytest.approx(np.log10([2, 5, 5, 9]))
    assert past.steps == pytest.approx([0, np.log10(2.5), 0, np.log10(9 / 5)])


def test_several_rising_rows_of_one_day_are_one_record_the_best_of_them():
    again = D + timedelta(90)
    past = histories(rows_of("s", (D, 2), (D, 3), (again, 4), (again, 9), (again, 6)), at(ORIGIN, "s"))
    assert sorted(past.value[past.is_record]) == [3, 9]
    assert past.value[past.is_step].tolist() == [9]
    assert past.steps.sum() == pytest.approx(np.log10(9 / 3))
    assert past.first_z == pytest.approx(np.log10([3]))


def test_a_day_that_repeats_the_record_sets_none():
    past = histories(rows_of("s", (D, 5), (D + timedelta(30), 5), (D + timedelta(30), 4)), at(ORIGIN, "s"))
    assert past.total(past.is_record).tolist() == [1]


def test_rows_dated_or_known_after_the_origin_are_not_seen():
    late = rows_of("s", (ORIGIN + timedelta(1), 9))
    leaked = rows_of("s", (ORIGIN - timedelta(10), 8), known_after_days=11)
    on_the_day = rows_of("s", (ORIGIN, 3))
    past = histories(pl.concat([late, leaked, on_the_day]), at(ORIGIN, "s"))
    assert past.value.tolist() == [3]


def test_values_that_are_no_numbers_or_have_no_logarithm_are_left_out():
    rows = rows_of("s", (D, float("nan")), (D, float("inf")), (D, 0), (D, -1), (D, 2))
    assert histories(rows, at(ORIGIN, "s")).value.tolist() == [2]


def test_a_record_hidden_by_a_clipped_logit_is_still_a_record():
    rows = rows_of("s", (D, 0.991), (D + timedelta(30), 0.996))
    past = histories(rows, at(ORIGIN, "s", scale="bounded"))
    assert past.is_record.tolist() == [True, True]
    assert past.z[0] == past.z[1]


def test_items_without_rows_have_no_frontier():
    past = histories(rows_of("s", (D, 2)), at(ORIGIN, "empty", "s"))
    assert past.count == 2
    assert np.isnan(past.frontier[0])
    assert past.frontier_value.tolist()[1] == 2
    assert past.span.tolist()[0] == 0


def test_one_series_may_stand_at_several_origins():
    rows = rows_of("s", (D, 2), (D + timedelta(100), 7))
    items = pl.concat([at(D + timedelta(50), "s"), at(ORIGIN, "s")])
    assert histories(rows, items).frontier_value.tolist() == [2, 7]


def test_exposure_fades_with_memory_and_is_the_span_without():
    past = histories(rows_of("s", (ORIGIN - timedelta(days=3652), 2)), at(ORIGIN, "s"))
    span = 3652 / 365.25
    assert past.exposure(np.inf) == pytest.approx([span])
    assert past.exposure(2.0) == pytest.approx([2 * (1 - np.exp(-span / 2))])


def test_until_is_when_the_next_row_of_the_same_series_came():
    rows = pl.concat([rows_of("a", (D, 1), (D + timedelta(31), 2)), rows_of("b", (ORIGIN, 5))])
    past = histories(rows, at(ORIGIN, "a", "b"))
    assert past.until[0] == past.years[1]
    assert past.until[1] == 0.0
    assert past.until[2] == pytest.approx(1 / 365.25)


def test_median_step_is_over_records_only():
    rows = rows_of("s", (D, 1), (D + timedelta(1), 10), (D + timedelta(2), 5), (D + timedelta(3), 1e4))
    past = histories(rows, at(ORIGIN, "s", "none"))
    assert past.median_step == pytest.approx([2.0, 0.0])


def test_a_part_is_what_it_would_be_alone():
    rows = pl.concat([rows_of(name, (D, 1), (D + timedelta(9), 3)) for name in "abc"])
    whole, alone = histories(rows, at(ORIGIN, *"abc")), histories(rows, at(ORIGIN, "b"))
    part = whole.part(1, 2)
    for name in ("item", "years", "value", "z", "running", "is_record"):
        assert np.array_equal(getattr(part, name), getattr(alone, name)), name
    assert part.count == 1


@given(st.permutations(list(range(6))), st.lists(st.integers(1, 5), min_size=6, max_size=6))
def test_the_order_of_rows_never_shows(order, values):
    rows = rows_of("s", *[(D + timedelta(days=k // 2), value) for k, value in enumerate(values)])
    first, second = histories(rows, at(ORIGIN, "s")), histories(rows[order], at(ORIGIN, "s"))
    assert first.frame.equals(second.frame)


# A series' rows as (days since D, value).
seen = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 9)), min_size=1, max_size=6)


@given(st.dictionaries(st.sampled_from("abcd"), seen, min_size=1), st.sets(st.sampled_from("abcd")))
def test_what_a_series_stands_for_does_not_depend_on_the_others(seen, levels):
    of_each = {
        name: rows_of(name, *[(D + timedelta(days), value) for days, value in one]) for name, one in seen.items()
    }
    together = standing(pl.concat(of_each.values()), levels)
    assert together.sort("series_id", maintain_order=True).equals(
        pl.concat([standing(of_each[name], levels & {name}) for name in sorted(of_each)])
    )


@given(seen)
def test_a_record_is_held_by_one_row_and_a_level_by_all_of_its_last_half_year(seen):
    rows = rows_of("s", *[(D + timedelta(days), value) for days, value in seen])
    (held,) = standing(rows, set()).iter_rows(named=True)
    best, newest = max(value for _, value in seen), max(days for days, _ in seen)
    assert held["value"] == best
    assert held["observation_date"] == D + timedelta(min(days for days, value in seen if value == best))
    of_late = sorted(value for days, value in seen if days > newest - LEVEL_DAYS)
    assert sorted(standing(rows, {"s"})["value"]) == of_late
