"""Refits beside AutoETS and curve_fit, the backtest beside the prototype, and the property table: seconds of each."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import warnings
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
from scipy.optimize import OptimizeWarning, curve_fit

from models.forecasting.draws import DRAWS
from models.forecasting.forecasters import FORECASTERS, LAST_VALUE_ID, POOL_ID
from models.forecasting.pool import forecast
from models.scoring.backtest import backtest, month_ends
from warehouse.known import read_known

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).resolve().parents[2]
SERIES: Final = ROOT.parent / "shared" / "facts" / "backtest_series.csv"
ENVIRONMENT: Final = ROOT / ".bench" / "statsforecast"
REQUIREMENT: Final = "statsforecast>=2,<3"
# Rows per series: five years, one a month, which AutoETS needs and ours does not.
ROWS: Final = 60
FIRST_YEAR: Final = 2019
ORIGIN: Final = date(2024, 1, 1)
TARGETS: Final = (date(2024, 7, 1), date(2025, 1, 1), date(2026, 1, 1))
PROTOTYPE_SECONDS: Final = 5.0
ROUNDS: Final = 5
_MISSING: Final = "–"


def run() -> None:
    """Measure and print; every time is the best of a few rounds, because other programs only ever add to it."""
    thousand, ten_thousand = made(1_000), made(10_000)
    ours, ours_ten = best(lambda: refit(thousand)), best(lambda: refit(ten_thousand), rounds=2)
    curve = best(lambda: logistic_fits(thousand), rounds=2)
    ets, why = autoets_seconds(thousand)
    print(f"{ROWS} rows a series, 3 horizons, 23 quantiles; {DRAWS} draws behind them")
    for name, seconds, count in (
        ("gpt2030 pool, 1,000 series", ours, 1_000),
        ("gpt2030 pool, 10,000 series", ours_ten, 10_000),
        ("statsforecast AutoETS, 1,000 series, one core", ets, 1_000),
        ("scipy curve_fit (logistic, no quantiles), 1,000 series", curve, 1_000),
    ):
        each = f"{1e3 * seconds / count:7.3f} ms each" if seconds else why
        print(f"  {name:56} {f'{seconds:7.2f} s' if seconds else _MISSING:>10} {each}")
    print(f"  10,000 over 1,000 series: x {ours_ten / ours:.1f}; AutoETS over ours: x {(ets or np.nan) / ours:.1f}")
    _backtests()
    _properties()


def best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The shortest of several runs, in seconds."""
    found = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def made(count: int) -> pl.DataFrame:
    """Series that grow by jumps, a third of each kind: columns series_id, scale, observation_date, value."""
    dice = np.random.default_rng(1)
    days = [date(FIRST_YEAR + month // 12, month % 12 + 1, 1) for month in range(ROWS)]
    growth = np.cumsum(dice.exponential(0.05, (count, ROWS)), axis=1) + dice.normal(0, 0.05, (count, ROWS))
    scale = np.array(["bounded", "log", "linear"])[np.arange(count) % 3]
    value = np.where(
        (scale == "bounded")[:, None],
        1 / (1 + np.exp(1.5 - growth)),
        np.where((scale == "log")[:, None], 10 ** (20 + growth), 1000 + 100 * growth),
    )
    names = [f"made/{number:05}" for number in range(count)]
    return pl.DataFrame(
        {
            "series_id": np.repeat(names, ROWS),
            "scale": np.repeat(scale, ROWS),
            "observation_date": days * count,
            "value": value.ravel(),
        }
    )


def refit(frame: pl.DataFrame) -> pl.DataFrame:
    """Everything a refresh does with these series: priors, members, pool, fits, quantiles as a hub."""
    rows = frame.select(
        "series_id", "observation_date", "value", system_id=pl.lit("s"), known_date="observation_date",
        evidence=pl.lit("paper"),
    )  # fmt: skip
    series = frame.select("series_id", "scale").unique(maintain_order=True)
    defined = series.with_columns(
        direction=pl.lit("max"), unit=pl.lit("share"), status=pl.lit("open"),
        chance_share=pl.lit(None, dtype=pl.Float64), ceiling_share=pl.lit(None, dtype=pl.Float64),
    )  # fmt: skip
    return forecast(rows, defined, ORIGIN, TARGETS).to_hub()


def logistic_fits(frame: pl.DataFrame) -> int:
    """A logistic through every series by itself, with its covariance, as one would write it; returns how many fit."""
    years = np.arange(ROWS) / 12

    def logistic(t: np.ndarray, top: float, rate: float, middle: float) -> np.ndarray:
        return top / (1 + np.exp(-rate * (t - middle)))

    fitted = 0
    for (_,), part in frame.group_by("series_id", maintain_order=True):
        value = part["value"].to_numpy() / part["value"].to_numpy().max()
        try:
            with warnings.catch_warnings(action="ignore", category=OptimizeWarning):
                curve_fit(logistic, years, value, p0=(1.0, 1.0, 2.5), maxfev=400)
        except RuntimeError:  # no convergence: it has cost its time all the same
            continue
        fitted += 1
    return fitted


def autoets_seconds(frame: pl.DataFrame) -> tuple[float | None, str]:
    """Seconds of AutoETS on the same series, or None and the reason why there is no such time."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        uv = Path(sys.executable).parent / "uv"
        commands: tuple[list[str | Path], ...] = (
            [uv, "venv", "-q", ENVIRONMENT],
            [uv, "pip", "install", "-q", "--python", python, REQUIREMENT, "pyarrow"],
        )
        for command in commands:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                return None, f"not installable here: {(done.stderr.strip() or 'no reason given').splitlines()[-1]}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "series.parquet"
        frame.select(
            unique_id="series_id", ds=pl.col("observation_date").cast(pl.Datetime("ns")), y="value"
        ).write_parquet(path)
        script = ROOT / "infra" / "bench" / "forecasts_autoets.py"
        done = subprocess.run([python, script, path, "24"], capture_output=True, text=True, check=False)
    if done.returncode:
        return None, f"failed: {done.stderr.strip().splitlines()[-1]}"
    return float(done.stdout.split()[-1]), ""


def _backtests() -> None:
    if not SERIES.exists():
        print(f"  backtest: {_MISSING} the judged series lie beside the checkout, at {SERIES.name}; not there")
        return
    frame, origins = pl.read_csv(SERIES, try_parse_dates=True), month_ends(date(2013, 6, 30), date(2025, 6, 30))
    every = best(lambda: backtest(frame, origins), rounds=3)
    own = {name: FORECASTERS[name] for name in (POOL_ID, LAST_VALUE_ID)}
    pool = best(lambda: backtest(frame, origins, forecasters=own), rounds=3)
    tasks = backtest(frame, origins, forecasters=own).height // 2
    print(f"backtest of {frame['series'].n_unique()} series at {len(origins)} cutoffs: {tasks} tasks")
    print(f"  {'all ' + str(len(FORECASTERS)) + ' forecasters':56} {every:7.2f} s")
    print(f"  {'pool and last value':56} {pool:7.2f} s")
    print(f"  {'prototype: its pool, 77 series, 1,252 tasks':56} {PROTOTYPE_SECONDS:7.2f} s")


def _properties() -> None:
    from flows.run import results
    from flows.settings import Clock, load_settings
    from infra.sample import SAMPLE_DAY, publish_sample
    from models.properties.context import Context
    from models.properties.formula_rows import essay_results, graph
    from models.properties.propagation import DRAWS as TABLE_DRAWS
    from models.properties.table import property_table
    from models.properties.world import World
    from warehouse.reader import Reader

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        publish_sample(home)
        with Reader(home / "gpt2030.duckdb") as reader:
            known, _ = read_known(reader, Clock.read(SAMPLE_DAY))
        target = load_settings(home=home).target_date
    forecasts = results.refit(known, target)

    def context() -> Context:
        return Context(World(known, target), forecasts)

    # Every table from a context that nobody has asked anything yet: what it remembers must not count as speed.
    fresh = iter([context() for _ in range(20)])
    whole = best(lambda: property_table(next(fresh)), rounds=20)
    ready = context()
    essay = essay_results(ready)
    draws = best(lambda: graph(ready, essay), rounds=20)
    print(f"44 properties x {TABLE_DRAWS:,} draws")
    print(f"  {'every formula, with and without each limit':56} {1e3 * draws:6.1f} ms")
    print(f"  {'the whole table with its words and evidence':56} {1e3 * whole:6.1f} ms")
