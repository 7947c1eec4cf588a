"""Trying other constants: each is in force for its trial only, and makes a difference there."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from infra.studies.libraries import Library
from infra.studies.try_constants import SCALED, Trial, skills, trials, tried
from models.forecasting import forecasters, pool, pooling, priors, record_process, trends
from models.scoring.backtest import month_ends

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def series():
    """Two benchmarks and two quantities that grow for eight years, with rows every two months."""
    dice = np.random.default_rng(3)
    days = [date(2017 + month // 12, month % 12 + 1, 1) for month in range(0, 96, 2)]
    frames = []
    for number in range(4):
        is_bounded = number < 2
        climb = np.linspace(0.2, 0.9, len(days)) if is_bounded else 10 ** np.linspace(0, 4, len(days))
        value = np.clip(climb * (1 + dice.normal(0, 0.05, len(days))), 0.01, 0.99 if is_bounded else None)
        frames.append(pl.DataFrame({
            "series": f"s{number}", "kind": "bounded" if is_bounded else "log", "date": days, "name": f"m{number}",
            "value": value, "chance": 0.0 if is_bounded else None, "ceiling": 1.0 if is_bounded else None,
        }, schema_overrides={"chance": pl.Float64, "ceiling": pl.Float64}))  # fmt: skip
    table, cutoffs = pl.concat(frames), tuple(month_ends(date(2020, 6, 30), date(2024, 6, 30)))
    return Library("made", "made here", Path(__file__), lambda _: table, cutoffs, is_alike=False)


def test_every_constant_of_the_records_is_tried_at_half_and_at_double():
    """Those of levels are not: no level is among the series that are judged."""
    found = {
        name
        for module in (forecasters, pool, pooling, priors, record_process, trends)
        for name, value in vars(module).items()
        if re.fullmatch(r"[A-Z][A-Z_]+", name) and isinstance(value, float | np.ndarray)
        and f"\n{name}: Final" in Path(module.__file__).read_text(encoding="utf-8")
    }  # fmt: skip
    assert {name for name in found if not name.startswith("LEVEL_")} == {name for _, name in SCALED}
    titles = [trial.title for trial in trials()]
    assert len(set(titles)) == len(titles)
    assert {f"{name} {word}" for _, name in SCALED for word in ("half", "double")} <= set(titles)


def test_a_constant_is_in_force_for_its_trial_only(series):
    before = forecasters.SLOWDOWN
    published = skills(series)
    with tried(Trial("x", ((forecasters, "SLOWDOWN", 5 * before),))):
        assert 5 * before == forecasters.SLOWDOWN
        assert skills(series) != published
    assert before == forecasters.SLOWDOWN
    assert skills(series) == published


def test_a_trial_that_fails_leaves_nothing_behind():
    before = forecasters.SLOWDOWN
    with pytest.raises(ValueError, match="no"), tried(Trial("x", ((forecasters, "SLOWDOWN", 0.0),))):
        raise ValueError("no")
    assert before == forecasters.SLOWDOWN
