"""Write the measured part of docs/alerts.md: past years week by week, and how often years without change are told."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from flows.edition.formats import round_digits
from flows.edition.words import words
from infra.studies.change_replay import Replay, Told, naive, told
from models.changes.thresholds import FALSE_ALARMS, HIGHER, USUAL, YEARS
from models.scoring.backtest import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs" / "alerts.md"
SERIES: Final = ROOT.parent / "shared" / "facts" / "backtest_series.csv"
FIRST, LAST = date(2022, 1, 3), date(2026, 7, 27)
TARGET_DATE: Final = date(2030, 7, 1)
# What the essay is about: scores, capability, time horizons, compute, data, cost.
ASKED: Final = (
    "mmlu", "math_level_5", "gpqa_diamond", "otis_mock_aime_2024_2025", "frontiermath", "swe_bench_verified", "eci",
    "metr_p50", "compute_all", "compute_language", "dataset_size_language", "train_cost",
)  # fmt: skip
# What a reader should find among the alerts: the week of a release → its name.
RELEASES: Final = {date(2023, 3, 14): "GPT-4", date(2024, 9, 12): "o1", date(2025, 4, 16): "o3"}
_BLOCK: Final = re.compile(r"(<!-- replay -->\n).*?(<!-- /replay -->)", re.DOTALL)


def render() -> str:
    """The whole page; where the series replayed are not at hand, as it stands."""
    page = PAGE.read_text(encoding="utf-8")
    if not SERIES.exists():
        return page
    text = "\n".join([*_replayed(judged_replay()), "", *_calibrated()])
    filled, found = _BLOCK.subn(lambda match: f"{match[1]}{text}\n{match[2]}", page)
    if found != 1:
        raise ValueError(f"{PAGE.name} has {found} places for the replay; it needs exactly one")
    return filled


def judged_replay(path: Path = SERIES) -> Replay:
    """The twelve series, and all others for the priors to learn from; each row known on its date."""
    table = pl.read_csv(path, try_parse_dates=True).select(COLUMNS)
    rows = table.select(
        series_id="series", system_id=pl.lit(""), observation_date="date", known_date="date", value="value",
        evidence=pl.lit("publisher_file"),
    )  # fmt: skip
    series = table.unique("series", maintain_order=True).select(
        series_id="series", unit=pl.lit("share"), scale="kind", direction=pl.lit("max"), chance_share="chance",
        ceiling_share="ceiling", members=pl.lit(None, dtype=pl.String), status=pl.lit("open"),
    )  # fmt: skip
    return Replay(rows, series, ASKED, TARGET_DATE, USUAL)


def _replayed(replay: Replay) -> list[str]:
    found, plain = told(replay, FIRST, LAST), naive(replay, FIRST, LAST)
    head = (
        f"Twelve forecasts for {TARGET_DATE}, refitted every Monday from {FIRST} to {LAST} on the rows dated by then "
        f"(values as in the 2026 files): **{len(found)} alerts** at {USUAL} spreads. A rule that tells of every "
        f"median that moved by 5 % since it was last told would have sent {plain}."
    )
    titles = ("week of", "forecast", "spreads", "shift of the median", "causes", "released that week")
    table = (f"| {' | '.join(titles)} |", "|---" * len(titles) + "|")
    return [head, "", *table, *(_line(replay, one) for one in found)]


def _line(replay: Replay, one: Told) -> str:
    unit = "dex" if replay.scale(one.series_id) == "log" else "points"
    causes = sorted(one.causes.items(), key=lambda item: -abs(item[1]))
    said = "; ".join(f"{words('en').ledger[cause]} {round_digits(amount, 2):+g}" for cause, amount in causes)
    shift = f"{round_digits(one.after - one.before, 2):+g} {unit}"
    return f"| {one.day} | {one.series_id} | {one.size:.2f} | {shift} | {said} | {', '.join(released(one.day))} |"


def released(day: date) -> Sequence[str]:
    """What came out in the seven days up to a day."""
    return [name for when, name in RELEASES.items() if timedelta(0) <= day - when < timedelta(days=7)]


def _calibrated() -> list[str]:
    mean, low, high = FALSE_ALARMS
    rows = [f"| {name} | {value} |" for name, value in sorted(HIGHER.items(), key=lambda item: -item[1])]
    measured = (
        f"In {YEARS:,} simulated years in which nothing changes (rows go on to come as often and as high as "
        "estimated, without the uncertainty of the estimates), a weekly refresh of the whole table told of a change "
        f"**{mean:.2f} times a year** (95 % interval {low:.2f} to {high:.2f}). The thresholds were calibrated on "
        "other years: `python -m infra.calibrate_changes` simulates both and writes `models/changes/thresholds.py`."
    )
    usual = f"The usual threshold is {USUAL} spreads. Rows that would cry more often at that:"
    return [measured, "", usual, "", "| row | told from, in spreads |", "|---|---|", *rows]
