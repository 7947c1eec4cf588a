"""A user's own series for the backtest: read with file, line and column of what is wrong, and the report as tables."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from models.forecasting.forecasters import LAST_VALUE_ID
from models.forecasting.forecasts import HUB_LEVELS
from models.forecasting.scales import KINDS
from models.scoring.backtest import COLUMNS, month_ends, summary
from models.scoring.rules import CELLS, NOMINAL, cells, relative_skill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLS_ID: Final = "baseline-ols-records"
_ZERO: Final = "0 has no place on a log scale and is left out; a linear series may touch it"
_NUMBERS: Final = ("chance", "ceiling", "value")
PARQUET: Final = ".parquet"
# What the tables below, and whoever names the series that were not judged, read of a task.
OF_TABLES: Final = (
    "forecaster_id", "series_id", "origin_date", *CELLS, "crps", "log_score", "no_record_share", "is_new_record",
    *(f"coverage_{nominal}" for nominal in NOMINAL),
)  # fmt: skip


class BadSeriesFile(Exception):
    """A cell of the user's file cannot be read: line, column and value are named."""


def origins_of(text: str) -> list[date]:
    """Cutoffs written as A:B:STEP, e.g. 2021-06-30:2025-06-30:6M; ValueError says how to write them.

    Cutoffs are ends of months: the first that of A, then every STEP months up to B.
    """
    parts = text.split(":")
    step = re.fullmatch(r"(\d+)M", parts[2]) if len(parts) == 3 else None
    try:
        first, last = (date.fromisoformat(part) for part in parts[:2])
    except ValueError:
        step = None
    if step is None or int(step[1]) == 0:
        raise ValueError(f"cutoffs {text!r} are not A:B:STEP; write them as 2021-06-30:2025-06-30:6M")
    if first > last:
        raise ValueError(f"cutoffs {text!r} end before they begin")
    return month_ends(first, last, int(step[1]))


def months_of(text: str) -> list[int]:
    """Horizons in months written as 6,12,24; ValueError says how to write them."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and 0 < int(part) <= 120 for part in parts):
        raise ValueError(f"horizons {text!r} are not months from 1 to 120; write them as 6,12,24")
    return sorted({int(part) for part in parts})


class Given(NamedTuple):
    """A user's series as they can be judged, and what was left out of them, a sentence a line."""

    series: pl.DataFrame
    left_out: list[str]


def read_series(path: Path) -> Given:
    """The user's table with typed columns; BadSeriesFile names line, column and value of the first bad cell.

    FILE.parquet, or else comma-separated values. A zero on a log scale is what somebody measured and nothing that is
    written wrongly: it has no place there, and is left out by name.
    """
    written = _read_parquet(path) if path.suffix.lower() == PARQUET else _read_csv(path)
    for name, advice in _RULES.items():
        _refuse_first(written, name, advice)
    for name, is_bad, advice in _limits():
        _refuse_line(written, written.typed.select(is_bad.fill_null(value=False)).to_series(), name, advice)
    typed = written.typed
    is_zero = typed.select((pl.col("kind") == "log") & (pl.col("value") == 0)).to_series()
    told = [f"{written.place(line)}, {typed['series'][line]}: {_ZERO}" for line in is_zero.arg_true()]
    return Given(typed.filter(~is_zero), told)


class _Written(NamedTuple):
    """A table as it was written and with typed columns, and where its first row stands for whoever looks it up."""

    plain: pl.DataFrame
    typed: pl.DataFrame
    row: str
    first: int

    def place(self, line: int) -> str:
        return f"{self.row} {line + self.first}"


def _read_csv(path: Path) -> _Written:
    try:
        # As text: with types guessed, a bad cell could not be shown as it was written.
        text = pl.read_csv(path, infer_schema=False, truncate_ragged_lines=False)
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError) as problem:
        raise BadSeriesFile(f"not a table of comma-separated values: {str(problem).splitlines()[0]}") from None
    _require_columns(text.columns, "line 1: ")
    trimmed = text.select(pl.col(name).str.strip_chars().replace("", None) for name in COLUMNS)
    # Lines count from 1 and the first is the header.
    return _Written(trimmed, _typed(trimmed), "line", 2)


def _read_parquet(path: Path) -> _Written:
    try:
        _require_columns(list(pl.read_parquet_schema(path)), "")
        plain = pl.read_parquet(path, columns=list(COLUMNS))
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise BadSeriesFile(f"not a table of Parquet: {str(problem).splitlines()[0]}") from None
    words = plain.with_columns(pl.col("series", "kind").cast(pl.String, strict=False))
    return _Written(words, _typed(words), "row", 1)


def _typed(words: pl.DataFrame) -> pl.DataFrame:
    kind, day = words.schema["date"], pl.col("date")
    if kind == pl.String:
        day = day.str.to_date("%Y-%m-%d", strict=False)
    elif kind.is_temporal():
        day = day.cast(pl.Date, strict=False)
    else:  # 20240630 would be taken for days since 1970
        day = pl.lit(None, dtype=pl.Date).alias("date")
    return words.with_columns(day, pl.col(_NUMBERS).cast(pl.Float64, strict=False)).select(COLUMNS)


def _require_columns(columns: list[str], where: str) -> None:
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        raise BadSeriesFile(f"{where}no column {', '.join(missing)} (there are {', '.join(columns)})")


_RULES: Final = {
    "series": "a series needs a name",
    "kind": f"a kind is one of {', '.join(KINDS)}",
    "date": "a date is written 2024-06-30",
    "value": "a value is a number",
    "chance": "a chance is a number, or empty",
    "ceiling": "a ceiling is a number, or empty",
}


def _refuse_first(written: _Written, name: str, advice: str) -> None:
    plain, typed = written.plain, written.typed
    is_bad = plain[name].is_not_null() & typed[name].is_null()
    if name in {"series", "kind", "date", "value"}:
        is_bad |= plain[name].is_null()
    if name == "kind":
        is_bad |= ~typed[name].is_in(KINDS).fill_null(value=False)
    if name in _NUMBERS:
        is_bad |= ~typed[name].is_finite().fill_null(value=True)
    _refuse_line(written, is_bad, name, advice)


def _limits() -> Iterator[tuple[str, pl.Expr, str]]:
    """What limits say of a row: the column to name, where it is broken, and what to do.

    Unsaid, a value beyond its ceiling would be clipped and a negative one on a log scale dropped, and both be scored.
    """
    is_bounded, is_log = pl.col("kind") == "bounded", pl.col("kind") == "log"
    top = pl.col("ceiling").fill_null(1.0)
    low = "a chance lies below its ceiling (1 where none is given)"
    yield "chance", is_bounded & (pl.col("chance") >= top), low
    high = "a value lies at its ceiling or below (1 where none is given); write 26 % as 0.26, or give ceiling 100"
    yield "value", is_bounded & (pl.col("value") > top), high
    yield "value", is_log & (pl.col("value") < 0), "a value on a log scale is above zero; linear series may lie below"


def _refuse_line(written: _Written, is_bad: pl.Series, name: str, advice: str) -> None:
    if is_bad.any():
        line = is_bad.arg_true()[0]
        cell = written.plain[name][line]
        said = repr("" if cell is None else cell if isinstance(cell, str) else str(cell))
        raise BadSeriesFile(f"{written.place(line)}, column {name}: {said}; {advice}")


def hub_rows(tasks: pl.DataFrame) -> pl.DataFrame:
    """The forecasts behind tasks with `quantiles` at HUB_LEVELS as model output of a hub; none where there was none."""
    told = tasks.filter(pl.col("median").is_finite())
    keys = ["forecaster_id", "origin_date", "target", "target_date"]
    named = told.rename({"series_id": "target"})
    levels = pl.DataFrame({"level": HUB_LEVELS})
    quantiles = named.select(*keys, value="quantiles").with_columns(level=pl.lit(HUB_LEVELS)).explode("value", "level")
    rows = quantiles.join(levels, on="level", how="semi").select(
        *keys,
        output_type=pl.lit("quantile"),
        output_type_id=pl.col("level").map_elements(lambda level: f"{level:g}", return_dtype=pl.String),
        level="level",
        value="value",
    )
    stayed = named.select(*keys, no_new_record="no_record_share", new_record=1 - pl.col("no_record_share"))
    shares = stayed.unpivot(index=keys, variable_name="output_type_id", value_name="value").filter(
        pl.col("value").is_finite()
    )
    pmf = shares.with_columns(output_type=pl.lit("pmf"), level=pl.lit(None, dtype=pl.Float64)).select(rows.columns)
    return pl.concat([rows, pmf]).sort(*keys, "output_type", "level", "output_type_id")


def cell_table(tasks: pl.DataFrame) -> pl.DataFrame:
    """Per kind, horizon and forecaster: tasks, and mean CRPS over that of the last value and of least squares."""
    keys = ["forecaster_id", *CELLS]
    against_last = cells(tasks, LAST_VALUE_ID).select(*keys, "tasks", "crps", vs_last_value="ratio")
    against_ols = cells(_answered(tasks), OLS_ID).select(*keys, vs_least_squares="ratio")
    joined = against_last.join(against_ols, on=keys, how="left").sort(*CELLS, "crps", "forecaster_id")
    return joined.select(*CELLS, "tasks", "forecaster_id", "crps", "vs_last_value", "vs_least_squares")


def total_table(tasks: pl.DataFrame) -> pl.DataFrame:
    """Per forecaster: geometric means of those ratios over the cells, coverage, log score; the best first."""
    against_ols = relative_skill(_answered(tasks), OLS_ID).rename({"relative_skill": "vs_least_squares"})
    joined = summary(tasks).join(against_ols, on="forecaster_id", how="left")
    return joined.select(
        "forecaster_id", "tasks", pl.col("relative_skill").alias("vs_last_value"), "vs_least_squares",
        *(f"coverage_{nominal}" for nominal in NOMINAL), "log_score",
    ).sort("vs_last_value", "forecaster_id", nulls_last=True)  # fmt: skip


def _answered(tasks: pl.DataFrame) -> pl.DataFrame:
    """The tasks that least squares answered: a line needs three distinct records."""
    task = ["series_id", "origin_date", "horizon_months"]
    answered = tasks.filter(pl.col("forecaster_id") == OLS_ID, pl.col("crps").is_finite())
    return tasks.join(answered.select(task), on=task, how="semi")
