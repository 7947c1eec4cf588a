"""The pool judged in a few lines: each number is that of the backtest, and a thin cell is nobody's worst."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from infra.bench import skill
from infra.studies.libraries import Library, periods, skill_of, weighed
from models.forecasting.forecasters import LAST_VALUE_ID, MEMBERS, POOL_ID
from models.scoring.backtest import month_ends
from models.scoring.rules import cells

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow


def library(count):
    """So many quantities that grow for five years, with rows every three months, and one benchmark."""
    dice = np.random.default_rng(7)
    days = [date(2018 + month // 12, month % 12 + 1, 1) for month in range(0, 60, 3)]
    frames = []
    for number in range(count + 1):
        is_bounded = number == count
        climb = np.linspace(0.2, 0.9, len(days)) if is_bounded else 10 ** np.linspace(0, 3, len(days))
        frames.append(pl.DataFrame({
            "series": f"s{number}", "kind": "bounded" if is_bounded else "log", "date": days,
            "value": np.clip(climb * (1 + dice.normal(0, 0.05, len(days))), 0.01, 0.99 if is_bounded else None),
            "chance": 0.0 if is_bounded else None, "ceiling": 1.0 if is_bounded else None,
        }, schema_overrides={"chance": pl.Float64, "ceiling": pl.Float64}))  # fmt: skip
    table, cutoffs = pl.concat(frames), tuple(month_ends(date(2020, 12, 31), date(2022, 6, 30)))
    return Library("made", "made here", Path(__file__), lambda _: table, cutoffs, is_alike=True)


@pytest.fixture(scope="module")
def made():
    return library(3)


def test_each_number_is_that_of_the_backtest(made):
    found = list(skill.judgements([made]))
    tasks = periods(made)
    assert [one.period for one in found] == list(tasks) == ["era", "legacy"]
    for one in found:
        skills, pool = skill_of(tasks[one.period], made), tasks[one.period].filter(forecaster_id=POOL_ID)
        assert one.skill == skills[POOL_ID]
        assert (one.best_skill, one.best) == min((skills[name], name) for name in MEMBERS)
        assert one.covers_80 == pytest.approx(pool["coverage_80"].mean())
        # The benchmark is alone: what it says is of itself, and the worst cell is one of the three others.
        ratios = cells(weighed(tasks[one.period], made), LAST_VALUE_ID).filter(forecaster_id=POOL_ID, kind="log")
        assert one.worst_ratio == ratios["ratio"].max()
        assert one.worst.startswith("log, ")


def test_where_every_cell_is_thin_none_is_the_worst():
    assert {one.worst for one in skill.judgements([library(2)])} == {"none, 0 months"}


def test_facts_that_are_not_at_hand_are_named(monkeypatch, capsys, made, tmp_path):
    gone = Library("gone", "nowhere", tmp_path / "gone.csv", made.read, made.cutoffs, is_alike=True)
    monkeypatch.setattr(skill, "LIBRARIES", (gone, made))
    skill.run()
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said[1:]] == ["made", "made", "gone"]
    assert "not at hand: gone.csv" in said[-1]
