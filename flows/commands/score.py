"""`gpt2030 score` and `backtest`: how good every forecaster was, here and on series of the user's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import Failure, console, edition_meant, read_copy_path, settings_or_fail
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from flows.ask.backtest import Given
    from flows.ask.judging import Files, SeriesJudged
    from flows.ask.shards import SeriesQuestion

BASES: Final = {
    "published": "Published here before it came true",
    "replayed": "Replayed here later, from what was known on the day: nobody could have read it then",
    "stated": "Stated by others at the time",
    "retrospective": "In retrospect: today's code, refitted on what was known then",
}

_NEEDED: Final = (
    "a task needs 3 records on 5 dates by the cutoff, a row in the year before it, and one within 60 days of the "
    "target or later"
)
LEGEND: Final = (
    "n: forecasts scored; CRPS, WIS: error relative to baseline-last-value (nothing changes), below 1 is better, (1/3) "
    "where that faced one of three forecasts only; spread/under/over: shares of WIS, the width of the intervals, truth "
    "above them, truth below them; coverage: per cent of truths within intervals of 50, 80 and 90 %, as many is best; "
    "log score: minus the log of the chance given to about what came, smaller is better; –: nothing to compare or to "
    "count; baseline-reasonable: one more record of the usual step, however far ahead; bounded: shares, log: what "
    "grows by factors, linear: plain numbers"
)
# Short: a title breaks at the width of its table.
SCALES: Final = "CRPS on each scale alone (n)"


@click.command()
@click.option("--edition", metavar="ID", help="Another edition than the one in force: its id or day.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def score(edition: str | None, *, as_json: bool) -> None:
    """How good every forecaster was on everything that has resolved.

    CRPS and WIS are relative to the last value's on the same forecasts (below 1 is better): geometric means over
    scale and horizon; (1/3) where it faced one of three forecasts only. Coverage says how often intervals of 50, 80
    and 90 % held; of the log score (minus the log of the chance given to about what came) smaller is better. A dash
    stands where there is nothing to compare or to count. Spread/under/over is what WIS is made of, in percent: the
    width of the intervals, truth above them, truth below them. baseline-last-value says that nothing changes,
    baseline-reasonable one more record of the usual step, however far ahead.
    """
    from flows.edition.scoreboard import Scoreboard

    board = Scoreboard(_scores(read_copy_path(), edition))
    table = board.standings
    if as_json:
        parts = {"by_scale": board.by_scale.to_dicts(), "by_cell": board.by_cell.to_dicts()}
        said = {"standings": table.to_dicts()} | parts
        echo(json.dumps(said, indent=2, default=str))
        return
    if table.is_empty():
        echo("nothing that was forecast has resolved yet", err=True)
    for basis, title in BASES.items():
        rows = table.filter(basis=basis)
        if rows.height:
            _print_standings(title, rows)
            _print_scales(board.by_scale.filter(basis=basis), rows["forecaster_id"].to_list())
    if table.height:
        console().print(LEGEND, style="dim")


@click.command()
@click.option(
    "--series", "path", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="FILE.csv or FILE.parquet with the columns series, kind (bounded, log, linear), chance, ceiling, date, value.",
)  # fmt: skip
@click.option("--cutoffs", required=True, metavar="A:B:STEP", help="E.g. 2021-06-30:2025-06-30:6M.")
@click.option("--horizons", default="6,12,24", show_default=True, metavar="MONTHS", help="Months ahead.")
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.parquet",
    help="Every task with every score.",
)  # fmt: skip
@click.option(
    "--forecasts", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.parquet",
    help="What each forecaster said: 23 quantiles and the chance of a new record, as model output of a hub.",
)  # fmt: skip
def backtest(path: Path, cutoffs: str, horizons: str, out: Path, forecasts: Path | None) -> None:
    """Score every forecaster on series of your own, at past cutoffs, with the rows dated by then.

    Prints how each did relative to the last value and to least squares on the records, by kind and horizon and in
    total (geometric mean), with coverage; writes every task to FILE.parquet. The column crps is in percent of the
    ceiling (bounded), powers of ten (log) or percent of the frontier (linear). A zero on a log scale is left out and
    named on stderr; whatever else cannot be read or breaks a limit refuses the file, with its line (of Parquet: its
    row). Many series are judged in shards, by Dask's workers where the setting task_runner says so: the files are the
    same to the byte, and what it cost and saved is told on stderr.
    """
    from flows.ask.backtest import cell_table, months_of, origins_of, total_table
    from flows.ask.judging import Files
    from flows.ask.shards import SeriesQuestion
    from models.forecasting.forecasts import HUB_LEVELS

    try:
        origins, months = origins_of(cutoffs), months_of(horizons)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None
    question = SeriesQuestion(tuple(origins), tuple(months), HUB_LEVELS if forecasts else ())
    given, judged = _judged(path, question, Files(out, forecasts))
    tasks = judged.tasks
    if tasks.is_empty():
        raise Failure(f"{path}: no series can be judged at {origins[0]} to {origins[-1]}: {_NEEDED}")
    for told in given.left_out:
        echo(told, err=True)
    if left := sorted(set(given.series["series"]) - set(tasks["series_id"])):
        echo(f"not judged at any of these cutoffs: {', '.join(left)}: {_NEEDED}", err=True)
    _print_frame("By kind and horizon", cell_table(tasks))
    _print_frame("In total", total_table(tasks))
    echo(f"{tasks['forecaster_id'].n_unique()} forecasters, {tasks.height} rows in {out}", err=True)
    if judged.told:
        echo(judged.told, err=True)


def _judged(path: Path, question: SeriesQuestion, files: Files) -> tuple[Given, SeriesJudged]:
    """The user's series and what came of them, computed by whomever the settings name."""
    from flows.ask.backtest import BadSeriesFile, read_series
    from flows.ask.judging import judge
    from flows.cluster import NoCluster, compute_here
    from flows.engine import EngineError
    from models.scoring.backtest import UnusableSeries

    try:
        compute = compute_here(settings_or_fail().task_runner)
        given = read_series(path)
        return given, judge(given.series, question, files, compute)
    except (BadSeriesFile, UnusableSeries) as problem:
        raise Failure(f"{path}: {problem}") from None
    except (NoCluster, EngineError) as problem:
        raise Failure(str(problem)) from None


def _scores(path: Path, edition: str | None) -> pl.DataFrame:
    """The scores of an edition."""
    from warehouse.published import edition_in_force, scores_of
    from warehouse.reader import Reader

    with Reader(path) as reader:
        wanted = edition_meant(reader, edition) if edition else edition_in_force(reader)
        return scores_of(reader, wanted)


def _print_standings(title: str, rows: pl.DataFrame) -> None:
    lines = [
        (
            row["forecaster_id"], str(row["tasks"]), str(row["targets"]), _ratio(row, "crps_ratio"),
            _ratio(row, "wis_ratio"), _shares(row, ("wis_dispersion_share", "wis_underprediction_share",
            "wis_overprediction_share")), _shares(row, ("coverage_50", "coverage_80", "coverage_90")),
            _number(row["log_score"]),
        )
        for row in rows.iter_rows(named=True)
    ]  # fmt: skip
    head = ("forecaster", "n", "targets", "CRPS", "WIS", "spread/under/over %", "coverage 50/80/90", "log score")
    _print_table(title, head, lines)


def _print_scales(ratios: pl.DataFrame, in_order: Sequence[str]) -> None:
    """Who is first over all scales need not be first on each; where not all faced the same, nothing is compared."""
    from flows.edition.scoreboard import LAST_VALUE

    scales = ratios["scale"].unique().sort().to_list()
    if len(scales) < 2 or LAST_VALUE not in in_order:
        return
    found = {(row["forecaster_id"], row["scale"]): row for row in ratios.iter_rows(named=True)}
    lines = [(name, *(_on_scale(found.get((name, scale))) for scale in scales)) for name in in_order]
    _print_table(SCALES, ("forecaster", *scales), lines)


def _on_scale(row: dict[str, Any] | None) -> str:
    return "–" if row is None or row["crps_ratio"] is None else f"{row['crps_ratio']:.3f} ({row['compared']})"


def _print_frame(title: str, frame: pl.DataFrame) -> None:
    lines = [
        tuple(_number(cell) if isinstance(cell, float) else str(cell) for cell in row) for row in frame.iter_rows()
    ]
    _print_table(title, frame.columns, lines)


def _print_table(title: str, head: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    from rich.table import Table

    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False, header_style="bold")
    for number, name in enumerate(head):
        table.add_column(name, justify="left" if number == 0 or lines[0][number][:1].isalpha() else "right")
    for line in lines:
        table.add_row(*line)
    console().print(table)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _ratio(row: dict[str, Any], name: str) -> str:
    from flows.edition.scoreboard import faced

    return _number(row[name]) + faced(row, name)


def _shares(row: dict[str, float | None], names: Sequence[str]) -> str:
    values = [row[name] for name in names]
    return " / ".join("–" if value is None else f"{100 * value:.0f}" for value in values)
