"""Standings: errors are compared on the same tasks, within a scale and horizon, and never averaged across."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.edition.scoreboard import Scoreboard

LAST, OURS = "baseline-last-value", "gpt2030-pool"


def task(forecaster, target="a", basis="published", scale="log", months=12, **metrics):
    """The rows of one forecast."""
    about = {
        "forecaster_id": forecaster, "target": target, "basis": basis, "scale": scale, "horizon_months": months,
        "origin_date": date(2024, 1, 1), "target_date": date(2025, 1, 1),
    }  # fmt: skip
    return [about | {"metric": name, "value": value} for name, value in metrics.items()]


def table(*tasks):
    return pl.DataFrame([row for rows in tasks for row in rows])


def line(frame, **key):
    return frame.row(by_predicate=pl.all_horizontal(pl.col(k) == v for k, v in key.items()), named=True)


def test_the_ratio_is_that_of_means_on_the_same_tasks():
    scores = table(
        task(LAST, "a", crps=1.0), task(LAST, "b", crps=3.0), task(LAST, "c", crps=100.0),
        task(OURS, "a", crps=1.0), task(OURS, "b", crps=1.0),
    )  # fmt: skip
    ours = line(Scoreboard(scores).standings, forecaster_id=OURS)
    assert (ours["tasks"], ours["compared"], ours["targets"]) == (2, 2, 2)
    assert ours["crps_ratio"] == pytest.approx(0.5)


def test_cells_weigh_alike_whatever_their_unit():
    scores = table(
        task(LAST, "a", crps=0.1), task(OURS, "a", crps=0.05),
        task(LAST, "b", scale="bounded", crps=50.0), task(OURS, "b", scale="bounded", crps=100.0),
    )  # fmt: skip
    assert line(Scoreboard(scores).standings, forecaster_id=OURS)["crps_ratio"] == pytest.approx(1.0)


def test_on_each_scale_alone_another_may_be_first():
    scores = table(
        *(task(LAST, name, scale=scale, crps=1.0) for name, scale in (("a", "log"), ("b", "bounded"))),
        task(OURS, "a", crps=0.2), task(OURS, "b", scale="bounded", crps=0.5),
        task("member", "a", crps=0.9), task("member", "b", scale="bounded", crps=0.4),
    )  # fmt: skip
    assert Scoreboard(scores).standings["forecaster_id"].to_list() == [OURS, "member", LAST]
    found = Scoreboard(scores).by_scale
    assert found.filter(scale="bounded")["forecaster_id"].to_list() == ["member", OURS, LAST]
    assert line(found, forecaster_id=OURS, scale="log")["crps_ratio"] == pytest.approx(0.2)
    assert line(found, forecaster_id=OURS, scale="bounded")["compared"] == 1


def test_a_forecaster_that_faced_other_tasks_is_not_compared():
    ours = line(Scoreboard(table(task(LAST, "a", crps=1.0), task(OURS, "b", crps=1.0))).standings, forecaster_id=OURS)
    assert (ours["compared"], ours["crps_ratio"]) == (0, None)


def test_a_statement_is_compared_with_the_last_value_in_retrospect():
    scores = table(task("essay-2023", basis="stated", crps=1.0), task(LAST, basis="retrospective", crps=4.0))
    assert line(Scoreboard(scores).standings, forecaster_id="essay-2023")["crps_ratio"] == pytest.approx(0.25)


def test_what_was_published_is_compared_with_what_was_published():
    scores = table(
        task(OURS, crps=1.0), task(LAST, crps=2.0), task(LAST, basis="retrospective", crps=4.0)
    )  # fmt: skip
    assert line(Scoreboard(scores).standings, forecaster_id=OURS)["crps_ratio"] == pytest.approx(0.5)


def test_a_cell_in_which_nothing_happened_says_nothing_in_ratios():
    scores = table(
        task(LAST, "a", crps=0.0), task(OURS, "a", crps=0.3),
        task(LAST, "b", months=24, crps=1.0), task(OURS, "b", months=24, crps=0.5),
    )  # fmt: skip
    assert line(Scoreboard(scores).standings, forecaster_id=OURS)["crps_ratio"] == pytest.approx(0.5)


def test_parts_of_wis_are_shares_that_add_up():
    parts = {"wis": 2.0, "wis_dispersion": 1.0, "wis_underprediction": 0.5, "wis_overprediction": 0.5}
    ours = line(Scoreboard(table(task(OURS, crps=2.0, **parts))).standings, forecaster_id=OURS)
    assert [ours[f"wis_{part}_share"] for part in ("dispersion", "underprediction", "overprediction")] == [
        0.5,
        0.25,
        0.25,
    ]


def test_metrics_that_were_not_scored_stay_empty_and_do_not_count_as_zero():
    scores = table(task(OURS, "a", crps=1.0, coverage_50=1.0), task(OURS, "b", crps=1.0))
    ours = line(Scoreboard(scores).standings, forecaster_id=OURS)
    assert (ours["coverage_50"], ours["coverage_90"], ours["wis_ratio"]) == (1.0, None, None)


def test_the_best_stands_first_within_its_basis():
    scores = table(task(LAST, crps=2.0), task("worse", crps=3.0), task(OURS, crps=1.0), task("alone", "z", crps=9.0))
    assert Scoreboard(scores).standings["forecaster_id"].to_list() == [OURS, LAST, "worse", "alone"]


@pytest.mark.parametrize(("months", "band"), [(1, 6), (9, 6), (10, 12), (18, 12), (25, 24), (43, 48)])
def test_horizons_fall_into_bands(months, band):
    assert Scoreboard(table(task(OURS, months=months, crps=1.0))).by_cell["band"].to_list() == [band]


def test_by_cell_keeps_the_unit_of_the_scale():
    cells = Scoreboard(table(task(OURS, "a", crps=1.0, wis=2.0), task(OURS, "b", crps=3.0, wis=4.0))).by_cell
    assert cells.select("tasks", "crps", "wis").rows() == [(2, 2.0, 3.0)]


def test_no_scores_give_no_lines():
    assert Scoreboard(table(task(OURS, crps=1.0)).clear()).standings.is_empty()
