"""Worlds between then and now: every mixture is made of rows of either, and the ends are the worlds themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.changes.mixtures import ROW_CAUSES, Mixtures, quantiles_of, units_of, worth
from models.changes.size import comparable, subsets
from models.days import decimal_year
from models.properties import table
from models.properties.benchmark_rows import MATH
from models.properties.cells import GRID
from models.properties.table import PROPERTY_IDS, Context, akin, property_cells, property_quantiles
from models.properties.world import World
from tests.laws import law
from tests.models.world import TARGET, framed, months, observation, series, shipped
from warehouse.contracts import core
from warehouse.contracts.known import Known

THEN, NOW = date(2025, 6, 1), date(2026, 6, 1)
DAYS = [date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)]


def world(rows, day=NOW, kinds=None, **more):
    names = sorted({row["series_id"] for row in rows})
    empty = framed((), core.COMMUNITY_FORECAST)
    known = Known(
        day, framed(rows, core.OBSERVATION, system_name=pl.String, measured_as=pl.String),
        framed(kinds or [series(name) for name in names], core.SERIES), framed((), core.SYSTEM),
        framed((), core.ASSUMPTION), framed((), core.ESSAY_NUMBER), more.get("community", empty),
    )  # fmt: skip
    return World(known, TARGET)


def values(frame):
    return sorted(frame.select("series_id", "source_row_id", "value").rows())


def row(number, value, **more):
    return observation("a/b", DAYS[0], value, source_row_id=f"row {number}", **more)


def test_rows_are_told_apart_by_what_became_of_them():
    mixtures = Mixtures(
        world([row(1, 0.1), row(2, 0.2), row(3, 0.3)], THEN), world([row(1, 0.1), row(2, 0.25), row(4, 0.4)])
    )
    assert set(mixtures.causes) == {"elapsed_time", "revised_rows", "removed_rows", "new_rows"}

    def seen(*chosen):
        return {int(name[-1]): value for _, name, value in values(mixtures.world(frozenset(chosen)).known.observations)}

    assert seen() == {1: 0.1, 2: 0.2, 3: 0.3}
    assert seen("revised_rows") == {1: 0.1, 2: 0.25, 3: 0.3}
    assert seen("removed_rows") == {1: 0.1, 2: 0.2}
    assert seen("new_rows") == {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4}
    assert seen(*ROW_CAUSES) == {1: 0.1, 2: 0.25, 4: 0.4}


tables = st.dictionaries(st.integers(0, 6), st.floats(0.05, 0.95), max_size=7)


@law(60)
@given(tables, tables, st.booleans())
def test_the_ends_of_the_mixtures_are_the_worlds_themselves(old, new, is_later):
    then = world([row(k, v) for k, v in old.items()], THEN, [series("a/b")])
    now = world([row(k, v) for k, v in new.items()], NOW if is_later else THEN, [series("a/b")])
    mixtures = Mixtures(then, now)
    first, last = mixtures.world(frozenset()), mixtures.world(frozenset(mixtures.causes))
    assert (first.day, values(first.known.observations)) == (then.day, values(then.known.observations))
    assert (last.day, values(last.known.observations)) == (now.day, values(now.known.observations))
    assert ("elapsed_time" in mixtures.causes) == is_later


def test_one_row_id_may_stand_in_a_pooled_series_several_times():
    twice = [row(1, 0.1), row(1, 0.2)]
    mixtures = Mixtures(world(twice, THEN), world([row(1, 0.1), row(1, 0.3)]))
    assert sorted(mixtures.world(frozenset()).known.observations["value"]) == [0.1, 0.2]
    assert sorted(mixtures.world(frozenset(mixtures.causes)).known.observations["value"]) == [0.1, 0.3]


def test_a_citation_worded_anew_is_no_revision():
    old, new = world([row(1, 0.1, citation_title="A paper")]), world([row(1, 0.1, citation_title="A Paper, v2")])
    assert Mixtures(old, new).causes == ()


def test_another_definition_of_a_series_is_a_revision():
    rows = [row(1, 0.1)]
    old, new = world(rows), world(rows, kinds=[series("a/b") | {"ceiling_share": 0.97}])
    assert Mixtures(old, new).causes == ("revised_rows",)


def test_what_a_crowd_says_later_is_news():
    said = [{"platform": "metaculus", "source_row_id": "1", "question_id": "1", "value_number": 0.4, "quantile": 0.5}]
    later = [said[0] | {"value_number": 0.6}]
    then, now = (world([], community=framed(rows, core.COMMUNITY_FORECAST)) for rows in (said, later))
    mixtures = Mixtures(then, now)
    assert mixtures.causes == ("new_rows",)
    assert mixtures.world(frozenset()).known.community["value_number"].to_list() == [0.4]
    assert mixtures.world(frozenset({"new_rows"})).known.community["value_number"].to_list() == [0.6]


def test_another_target_date_is_a_setting():
    one = world([row(1, 0.1)])
    mixtures = Mixtures(one, replace(one, target_date=date(2031, 1, 1)))
    assert mixtures.causes == ("settings",)
    assert mixtures.world(frozenset()).target_date == TARGET


def test_changed_rows_are_those_of_the_series_asked_for():
    other = observation("c/d", DAYS[1], 0.9)
    mixtures = Mixtures(world([row(1, 0.1), row(3, 0.3)], THEN), world([row(1, 0.2), row(2, 0.4), other]))
    found = mixtures.changed_rows(["a/b"])
    assert dict(found.select("source_row_id", "cause").rows()) == {
        "row 1": "revised_rows", "row 2": "new_rows", "row 3": "removed_rows",
    }  # fmt: skip


@pytest.mark.parametrize(("number", "expected"), [(1, [0.1, 0.4]), (2, [0.2]), (3, [0.2, 0.3, 0.4])])
def test_a_row_can_be_taken_back_alone(number, expected):
    mixtures = Mixtures(world([row(1, 0.1), row(3, 0.3)], THEN), world([row(1, 0.2), row(2, 0.4)]))
    changed = {one["source_row_id"]: one for one in mixtures.changed_rows(["a/b"]).to_dicts()}
    assert sorted(mixtures.without(changed[f"row {number}"]).known.observations["value"]) == expected


def test_what_somebody_stated_in_between_is_new_and_no_time_passing():
    """Of a day before anybody stated a limit of users nothing holds their trend back; then somebody does."""
    dau = PROPERTY_IDS.index("learn.dau")
    then, now = shipped_world(date(2025, 10, 1)), shipped_world(date(2025, 12, 1))
    alike = replace(now, known=replace(now.known, observations=then.known.observations))
    mixtures = Mixtures(then, alike)
    assert set(mixtures.causes) == {"elapsed_time", "new_rows"}
    before, by_time, stated = (
        quantiles([mixtures.world(frozenset(chosen))])[0][dau, 11]
        for chosen in ((), ("elapsed_time",), ("elapsed_time", "new_rows"))
    )
    assert abs(by_time - before) < 0.2 < by_time - stated
    (limit,) = mixtures.changed_assumptions({"learn.users_ceiling"}).to_dicts()
    assert limit["cause"] == "new_rows"
    # Taken back alone, the table of now is without the limit again.
    assert quantiles([mixtures.without(limit)])[0][dau, 11] == by_time


# --- on the shipped rows --------------------------------------------------------------------------------------------


def shipped_world(day):
    return shipped(day).world


def quantiles(worlds, only=PROPERTY_IDS):
    return quantiles_of(worlds, lambda one: months(one.day), only)


@pytest.mark.parametrize("day", [date(2023, 8, 1), NOW])
def test_a_world_says_what_the_edition_of_its_day_publishes(day):
    """To the bit, whether the whole table is asked for or only the rows that rest on the same as one of them."""
    edition, (found,) = shipped(day), quantiles([shipped_world(day)])
    published = property_quantiles(property_cells(edition))
    units, last = units_of(edition.essay_numbers), decimal_year(edition.target_date)
    for property_id, row in zip(PROPERTY_IDS, found, strict=True):
        grid = published.filter(property_id=property_id)["value"].fill_null(np.inf).to_numpy()
        wanted = comparable(grid, units[property_id], last) if grid.size else np.full(len(GRID), np.nan)
        np.testing.assert_array_equal(row, wanted, err_msg=property_id)
    assert np.isfinite(found).all(axis=1).sum() >= 25
    parts = [quantiles([shipped_world(day)], akin(one))[0] for one in ("math.sota_pct", "compute.train_flop")]
    assert sum(np.isfinite(part).all(axis=1).sum() for part in parts) == np.isfinite(found).all(axis=1).sum()
    np.testing.assert_array_equal(np.where(np.isnan(parts[0]), parts[1], parts[0]), found)


def test_of_a_day_that_has_come_only_what_was_then_still_forecast_has_a_distribution():
    due = Context(replace(shipped_world(NOW), target_date=THEN), shipped(NOW).forecasts)
    (found,) = quantiles([due.world])
    cells = property_cells(due)
    has_grid = [cells[name].forecast.grid is not None for name in PROPERTY_IDS]
    assert np.isfinite(found).any(axis=1).tolist() == has_grid
    assert 0 < sum(has_grid) < len(PROPERTY_IDS) / 2


def test_of_a_table_that_is_only_compared_nothing_is_told(monkeypatch):
    """What is told beside its numbers took two thirds of the time, and a comparison makes hundreds of tables."""
    (whole,) = quantiles([shipped_world(NOW)])
    for told in ("graph", "formula_row", "essay_results", "_with_more"):
        monkeypatch.delattr(table, told)
    np.testing.assert_array_equal(quantiles([shipped_world(NOW)])[0], whole)
    monkeypatch.delattr(table, "evaluation")
    (alone,) = quantiles([shipped_world(NOW)], akin("math.sota_pct"))
    assert 0 < np.isfinite(alone).any(axis=1).sum() < np.isfinite(whole).any(axis=1).sum()


def test_the_whole_lattice_ends_where_the_editions_are():
    mixtures = Mixtures(shipped_world(THEN), shipped_world(NOW))
    found = worth(mixtures, quantiles)
    assert len(found) == len(subsets(mixtures.causes)) == 4
    for chosen, day in ((frozenset(), THEN), (frozenset(mixtures.causes), NOW)):
        np.testing.assert_array_equal(found[chosen], quantiles([shipped_world(day)])[0])


def test_a_row_dated_after_the_day_of_a_mixture_is_not_seen_in_it():
    mixtures = Mixtures(shipped_world(THEN), shipped_world(NOW))
    early, late = mixtures.world(frozenset()), mixtures.world(frozenset({"new_rows"}))
    later_only = late.known.observations.filter(pl.col("observation_date") > THEN).height
    assert later_only > 0
    seen = replace(
        late, known=replace(late.known, observations=late.known.observations.filter(pl.col("known_date") <= THEN))
    )
    np.testing.assert_array_equal(*quantiles([seen, late]))
    assert early.day == late.day == THEN


def test_rows_are_in_the_order_of_the_table():
    (found,) = quantiles([shipped_world(NOW)])
    assert found.shape == (len(PROPERTY_IDS), 23)
    assert found[PROPERTY_IDS.index("overhang.gpt3_years"), 11] == pytest.approx(np.log10(3377.28), abs=1e-4)
    assert np.isnan(found[PROPERTY_IDS.index("act.agi_date")]).all()
    assert (shipped_world(NOW).known.observations["series_id"] == MATH).any()


def test_a_fact_that_another_publisher_states_has_changed_its_source():
    def stated(source, key, value, system):
        return observation("a/b", DAYS[0], value, source_row_id=key, source_id=source, system_id=system)

    then = world([stated("curated", "x", 0.1, "one"), stated("curated", "y", 0.2, "two")])
    now = world([
        stated("live", "1", 0.15, "one"), stated("live", "2", 0.12, "one"), stated("curated", "y", 0.2, "two"),
        stated("live", "3", 0.3, "three"),
    ])  # fmt: skip
    mixtures = Mixtures(then, now)
    assert set(mixtures.causes) == {"changed_source", "new_rows"}
    handed = mixtures.world(frozenset({"changed_source"})).known.observations
    assert sorted(handed["value"]) == [0.12, 0.15, 0.2]
    back = Mixtures(now, then)
    assert set(back.causes) == {"changed_source", "removed_rows"}
