"""From one file of benchmark results to observations: when, which system, how it was run, and what it scored."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.epoch.policy import score_column
from sources.reading.assembly import ReadSoFar, TypedRows, as_cells, assemble, read_optional, typed
from sources.reading.dates import DATE_FORMS, read_date
from sources.reading.systems import system_id
from sources.reading.tabular import (
    LINE,
    ColumnKind,
    TextTable,
    emptied,
    named,
    number,
    read_cells,
    refuse,
    share,
    without_rejected,
)
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sources.epoch.policy import Policy
    from sources.records import Parsed, Reject

CITATION_TITLE: Final = "Epoch AI, Benchmarking Hub (CC BY 4.0)"
CITATION_URL: Final = "https://epoch.ai/benchmarks"
# Names of the same thing in different files; the first one a row fills counts.
# Older rows name a system only under "Name", agents only under "Agent": without these they would have no system.
NAMES: Final = ("Model version", "model", "Name", "Model name", "Model", "Agent")
# "Model version" is no key: two runs of one system stand side by side in several files.
ROW_IDS: Final = ("id", "ID", "UUID", "id_runs")
# Days of the system's release, then, where there is none, of the run or the entry on the leaderboard.
RELEASED: Final = ("Release date", "Version release date", "date")
HAPPENED: Final = {
    "Started at": "run", "started_at": "run", "Date run": "run", "Run date": "run",
    "Date added": "submission", "Date": "submission", "Created": "submission",
}  # fmt: skip
SETUP: Final = {
    "Shots": "shots", "Agent": "agent", "Scaffold": "scaffold", "Harness": "harness", "Tools": "tools",
    "Tool setting": "tools", "Step budget": "step budget", "Edit format": "edit format", "task version": "task version",
}  # fmt: skip
SOURCES: Final = ("Source",)
LINKS: Final = ("Source link", "Source Link", "Source link (site from table)")
# All names by which a file's columns are asked for: of whatever case, each is found.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
    (*NAMES, *ROW_IDS, *RELEASED, *HAPPENED, *SETUP, *SOURCES, *LINKS, "Organization"), ()
) | {"Release date": ("Model release date", "Released")}
# The setting stands behind the last underscore of a model version: gpt-5-2025-08-07_high, claude-opus-4-6_120K.
EFFORT: Final = r"(?i)_(none|minimal|low|medium|high|xhigh|max|unknown|thinking|\d+k)$"
NO_SCORE: Final = "no score in the file's main column"
NO_DATE: Final = "no date by which to place the score"
NO_SERIES: Final = "of a version no series is defined for"
_DAYS: Final = {
    "observation_date": pl.Date, "date_precision": pl.String, "known_date": pl.Date, "release_date": pl.Date,
    "run_date": pl.Date,
}  # fmt: skip
_KEY_PARTS: Final = ("Model version", "Name", "Model", "Agent", "Scaffold", "Tool setting", "Step budget", "Shots")


@dataclass(frozen=True, slots=True)
class _Sifted:
    """Records of one series: those with score and date, and how many lack either."""

    frame: pl.DataFrame
    unscored: int
    undated: int


def read_scores(table: TextTable, policies: Sequence[Policy], *, skipped: Mapping[str, int] | None = None) -> Parsed:
    """Read one file of results by its policies; every record is a row, a refusal or counted in `skipped`.

    `skipped` counts the records that the caller has left out of the table's frame already.

    A record without a score, or without any date, carries nothing that could enter a series: it is counted, not
    quarantined, because nothing is wrong with it. Shares outside 0..1 are refused: percent where a fraction was due
    would otherwise pass as 77 times perfect.
    """
    parts: list[pl.DataFrame] = []
    claims = [_belongs(policy, table.frame) for policy in policies]
    of_several = _ambiguous(table, policies, claims)
    rejects, claimed, unscored, undated = [*of_several], len(of_several), 0, 0
    for policy, claim in zip(policies, claims, strict=True):
        mine = without_rejected(table.frame.filter(claim), of_several)
        read, refused = _read_one(table, mine, policy)
        parts.append(read.frame)
        rejects += refused
        unscored, undated, claimed = unscored + read.unscored, undated + read.undated, claimed + mine.height
    frame = pl.concat(parts)
    left_out = {NO_SCORE: unscored, NO_DATE: undated, NO_SERIES: table.frame.height - claimed}
    reading = ReadSoFar(table, rejects, {**(skipped or {}), **left_out})
    return assemble(reading, typed(core.OBSERVATION, frame), systems_of(without_rejected(frame, rejects)))


def _read_one(table: TextTable, mine: pl.DataFrame, policy: Policy) -> tuple[_Sifted, list[Reject]]:
    column = score_column(policy, mine.columns)
    assert column is not None
    subset = emptied(TextTable(table.feed, mine, (), mine.height), _read_columns(policy, column))
    mine = subset.frame
    # The multiplier is chosen from the text, before the cell becomes a number and its percent sign is gone.
    scored, refused = read_cells(subset, [_score(policy, column)])
    factors = mine.select(_factor(policy, column).alias("factor")).to_series()
    scored = scored.with_columns((scored[column] * factors).alias("value"))
    refused += _out_of_range(subset, scored, policy, column)
    scored, odd_errors = _with_std_error(subset, scored, policy)
    is_blank = scored[column].is_null()
    dated, undatable = _dated(subset, scored, is_scored=~is_blank)
    refused += undatable
    bad = {reject.line for reject in refused}
    is_undated = dated["observation_date"].is_null()
    is_bad = dated[LINE].is_in(sorted(line for line in bad if line is not None))
    good = dated.filter(~is_blank & ~is_undated & ~is_bad)
    # A refused record is not left out as well: each must be accounted for once.
    sifted = _Sifted(
        _described(good, policy), int((is_blank & ~is_bad).sum()), int((is_undated & ~is_blank & ~is_bad).sum())
    )
    return sifted, refused + odd_errors


def _read_columns(policy: Policy, column: str) -> list[str]:
    return [column, *([policy.std_error] if policy.std_error else []), *RELEASED, *HAPPENED]


def _belongs(policy: Policy, frame: pl.DataFrame) -> pl.Series:
    """Whether each record is of the policy's series."""
    where = policy.where_column
    if where is None:
        return pl.repeat(value=True, n=frame.height, eager=True)
    cells = frame[where].fill_null("") if where in frame.columns else pl.repeat("", frame.height, eager=True)
    # Grouped: a pattern may begin with an alternative (blank is METR's first suite), and a bare ^ matches every row.
    return cells.str.contains(f"^(?:{policy.where or ''})$")


def _ambiguous(table: TextTable, policies: Sequence[Policy], claims: Sequence[pl.Series]) -> list[Reject]:
    """The records that more than one series claims: nobody can tell of which they are, and each counts once."""
    claimants = sum((claim.cast(pl.Int64) for claim in claims), pl.zeros(table.frame.height, pl.Int64, eager=True))
    column = next((policy.where_column for policy in policies if policy.where_column), "")
    reason = f"{column} must name one of {', '.join(policy.series_id for policy in policies)} and no more"
    return refuse(table, claimants > 1, column=column, rule="one-series", reason=reason)


def _score(policy: Policy, column: str) -> ColumnKind:
    return share(column) if policy.unit == "share" else number(column)


def _factor(policy: Policy, column: str) -> pl.Expr:
    """The multiplier for each row: a cell written with its percent sign has been divided by 100 already."""
    return pl.when(pl.col(column).str.ends_with("%")).then(1.0).otherwise(policy.factor)


def _out_of_range(table: TextTable, scored: pl.DataFrame, policy: Policy, column: str) -> list[Reject]:
    if policy.scale == "linear":
        return []
    # On the logarithmic scale zero is minus infinity: the smallest positive number is the bound.
    low, high = (0.0, 1.0) if policy.unit == "share" else (5e-324, float("inf"))
    wrong = ~scored["value"].is_between(low, high).fill_null(value=True)
    reason = f"{column} times {policy.factor:g} must lie between 0 and 1" if policy.unit == "share" else "must be > 0"
    return refuse(table, wrong, column=column, rule="range", reason=reason)


def _with_std_error(table: TextTable, scored: pl.DataFrame, policy: Policy) -> tuple[pl.DataFrame, list[Reject]]:
    """The frame with `std_error` in the unit of the value; an unreadable or negative one is refused alone."""
    name = policy.std_error
    if name is None or name not in scored.columns:
        return scored.with_columns(std_error=pl.lit(None, pl.Float64)), []
    cell = share(name) if policy.unit == "share" else number(name)
    # Written with its sign, like a score, it has been divided by 100 already.
    factor = pl.when(pl.col(name).str.ends_with("%")).then(1.0).otherwise(policy.std_error_factor or 1.0)
    errors, rejects = read_optional(table, [replace(cell, value=cell.value * factor)])
    negative = (errors[name] < 0).fill_null(value=False)
    rejects += as_cells(refuse(table, negative, column=name, rule="range", reason=f"{name} must not be negative"))
    return scored.with_columns(errors[name].set(negative, None).alias("std_error")), rejects


def _dated(table: TextTable, scored: pl.DataFrame, *, is_scored: pl.Series) -> tuple[pl.DataFrame, list[Reject]]:
    """With the date of release or, where none is given, of run or submission; and when the score could be known.

    The first date given of either kind counts, in the order of the columns. One that is given and cannot be read
    refuses a record that has a score: any other date in its place would move a history, and nothing would tell.
    """
    released, happened = _first(scored, RELEASED), _first(scored, tuple(HAPPENED))
    others = [name for name in HAPPENED if name in scored.columns]
    kinds = [pl.when(pl.col(name).is_not_null()).then(pl.lit(HAPPENED[name])) for name in others]
    kind = pl.when(released.is_not_null()).then(pl.lit("model_release")).otherwise(_coalesced(kinds))
    texts = scored.select(kind.alias("date_kind"), released=released, happened=happened)
    days = [_days(*row) for row in texts.select("released", "happened").iter_rows()]
    read = pl.DataFrame(days, schema=_DAYS, orient="row")
    odd = (
        (texts["released"].is_not_null() & read["release_date"].is_null() & is_scored, RELEASED),
        (texts["happened"].is_not_null() & read["run_date"].is_null() & is_scored, tuple(HAPPENED)),
    )
    rejects = [reject for wrong, names in odd if wrong.any() for reject in _unreadable(table, wrong, names)]
    return scored.with_columns(texts["date_kind"], *read.drop("run_date").iter_columns()), rejects


def _days(released: str | None, happened: str | None) -> tuple[object, ...]:
    """What the two dates of a record come to, in the order of `_DAYS`."""
    (release, *_), (run, _, run_end), (placed, precision, end) = map(_parts, (released, happened, released or happened))
    # A run of 2026 on a system of 2023 was not known in 2023; back-tests would look into the future.
    return placed, precision, max(filter(None, (end, run_end)), default=None), release, run


def _parts(text: str | None) -> tuple[date | None, str | None, date | None]:
    """First day, precision and last day of the date that a text states."""
    found = None if text is None else read_date(text)
    return (found.first, found.precision, found.last) if found else (None, None, None)


def _unreadable(table: TextTable, wrong: pl.Series, names: Sequence[str]) -> list[Reject]:
    """Refusals of the records whose date cannot be read, each by the column that it stands in."""
    rejects: list[Reject] = []
    for name in (name for name in names if name in table.frame.columns):
        mine = table.frame[name].is_not_null() & wrong
        rejects += refuse(table, mine, column=name, rule="date", reason=f"{name} must be {DATE_FORMS}")
        # The columns behind the first that is given were not asked.
        wrong &= ~mine
    return rejects


def _described(frame: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Only the columns of an observation, with those of the system it belongs to."""
    name = _coalesced([named(column) for column in NAMES if column in frame.columns])
    effort = name.str.extract(EFFORT)
    system = name.str.replace(EFFORT, "")
    details = [pl.lit(f"{word} ") + pl.col(column) for column, word in SETUP.items() if column in frame.columns]
    # Files without ids are keyed by all that tells their rows apart; what is still equal is refused as repeated.
    parts = [pl.col(column) for column in _KEY_PARTS if column in frame.columns]
    # The empty literal is for files with none of these columns: polars refuses to join nothing.
    composite = pl.concat_str([pl.lit(None, pl.String), *parts], separator="|", ignore_nulls=True).replace("", None)
    return frame.select(
        LINE,
        pl.lit(policy.series_id).alias("series_id"),
        pl.coalesce(*_present(frame, ROW_IDS), composite).alias("source_row_id"),
        system_id(system).alias("system_id"),
        "observation_date",
        "date_kind",
        "date_precision",
        "known_date",
        "value",
        pl.lit(policy.unit).alias("unit"),
        "std_error",
        pl.concat_str([pl.lit("setting ") + effort, *details], separator="; ", ignore_nulls=True)
        .replace("", None)
        .alias("setup"),
        pl.lit("publisher_file" if policy.variant == "epoch" else "third_party").alias("evidence"),
        pl.coalesce(*_present(frame, SOURCES), pl.lit(CITATION_TITLE)).alias("citation_title"),
        pl.coalesce(*_present(frame, LINKS), pl.lit(CITATION_URL)).alias("citation_url"),
        system.alias("system_name"),
        _first(frame, ("Organization",)).alias("organization"),
        "release_date",
    )


def _first(frame: pl.DataFrame, names: Sequence[str]) -> pl.Expr:
    """The first of these columns that a row fills; null where it fills none."""
    return _coalesced(_present(frame, names))


def _present(frame: pl.DataFrame, names: Sequence[str]) -> list[pl.Expr]:
    return [pl.col(name) for name in names if name in frame.columns]


def _coalesced(exprs: Sequence[pl.Expr]) -> pl.Expr:
    return pl.coalesce(*exprs, pl.lit(None, pl.String))


def systems_of(frame: pl.DataFrame) -> TypedRows:
    """The systems that observations are of, one row each, at the line where it is first named."""
    named = frame.filter(pl.col("system_name").is_not_null())
    first = named.unique("system_name", keep="first", maintain_order=True)
    return typed(core.SYSTEM, first.drop("source_row_id"), source_row_id=pl.col("system_name"))
