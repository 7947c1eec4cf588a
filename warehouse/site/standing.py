"""What stands behind an edition: how fresh each source is, what was verified, and how the forecasters did."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from warehouse.formats import format_date, format_number
from warehouse.scoreboard import standings
from warehouse.wording import words

if TYPE_CHECKING:
    from collections.abc import Mapping

# From best to worst: a source is as fresh as its worst feed.
FRESHNESS: Final = ("live", "embedded", "off", "stale", "withheld", "missing")
_ANSWERED: Final = frozenset({"changed", "unchanged", "kept"})
# Of the columns of `warehouse.scoreboard.standings` those on the page, with the unit they are printed in.
SCORE_COLUMNS: Final = {
    "crps_ratio": "", "wis_ratio": "", "coverage_50": "share", "coverage_80": "share", "coverage_90": "share",
    "log_score": "",
}  # fmt: skip


class SourceStanding(NamedTuple):
    """One source: its name, one of FRESHNESS, the day of the newest look, and in words what came of it."""

    name: str
    freshness: str
    looked_on: str
    outcome: str
    licence: str


class CheckSummary(NamedTuple):
    """How many checks passed, all of them, and the failed ones with consequence and evidence."""

    total: int
    passed: int
    rows: tuple[Mapping[str, Any], ...]
    failures: tuple[Mapping[str, Any], ...]


class ScoreTable(NamedTuple):
    """Per basis and forecaster the number of tasks and the metrics as text; empty where one was not computed."""

    metrics: tuple[str, ...]
    rows: tuple[tuple[str, str, int, tuple[str, ...]], ...]


def freshness_of(look: Mapping[str, Any]) -> str:
    """How fresh one feed is after a look: one of FRESHNESS.

    A look that failed leaves what was kept before in force (stale); without anything kept the feed is withheld when
    the publisher answered and would not show it, else missing: nobody was asked, or nobody answered.
    """
    outcome = look["outcome"]
    # By the address too: looked at again, an embedded file is `unchanged` like any other.
    if outcome == "embedded" or str(look["url"]).startswith("embedded:"):
        return "embedded"
    if outcome in _ANSWERED:
        return "live"
    if outcome == "disabled":
        return "off"
    if look["snapshot_id"] is not None:
        return "stale"
    return "withheld" if outcome == "refused" else "missing"


def source_standings(looks: pl.DataFrame, lang: str = "en") -> list[SourceStanding]:
    """One line per source from the newest look at each of its feeds, in the order of the words' source list."""
    # By feed, not by source: one file of a publisher can fail while its others answer.
    newest = looks.sort("looked_at", "look_id").unique(["source_id", "feed"], keep="last", maintain_order=True)
    known = list(words(lang).sources)
    found = sorted(
        newest["source_id"].unique(),
        key=lambda source_id: (known.index(source_id) if source_id in known else len(known), source_id),
    )
    return [_standing(source_id, newest.filter(pl.col("source_id") == source_id), lang) for source_id in found]


def check_summary(checks: pl.DataFrame) -> CheckSummary:
    """Counts and rows of core.check_result; failures that stop come first."""
    rank = {"stop": 0, "hold": 1, "note": 2}
    rows = sorted(
        checks.to_dicts(), key=lambda row: (rank[row["consequence"]], row["check_name"], row["source_id"] or "")
    )
    failures = tuple(row for row in rows if not row["is_passed"])
    return CheckSummary(len(rows), len(rows) - len(failures), tuple(rows), failures)


def score_table(scores: pl.DataFrame, lang: str = "en") -> ScoreTable:
    """One line per basis and forecaster of out.score: errors relative to the last value's, coverage, log score."""
    if scores.is_empty():
        return ScoreTable((), ())
    rows = tuple(
        (
            row["basis"],
            row["forecaster_id"],
            row["tasks"],
            tuple(_score(row[m], unit, lang) for m, unit in SCORE_COLUMNS.items()),
        )
        for row in standings(scores).iter_rows(named=True)
    )
    return ScoreTable(tuple(SCORE_COLUMNS), rows)


def moment_text(value: object, lang: str) -> str:
    """A day or UTC moment, as such or as ISO text, as a day in full with its time unless that is midnight."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    day = format_date(moment.date(), lang)
    # A run for a given day speaks from its midnight on: that is no time of day to print.
    return day if moment.time() == time.min else words(lang).join.join((day, f"{moment:%H:%M} UTC"))


def _standing(source_id: str, feeds: pl.DataFrame, lang: str) -> SourceStanding:
    rows = feeds.to_dicts()
    worst = max(rows, key=lambda row: FRESHNESS.index(freshness_of(row)))
    w = words(lang)
    outcomes = list(dict.fromkeys(row["outcome"] for row in [worst, *rows]))
    freshness = freshness_of(worst)
    # Embedded files never answer: that the newest look found nothing new in them says nothing about the world.
    said = [w.outcomes["embedded"]] if freshness == "embedded" else [w.outcomes[outcome] for outcome in outcomes]
    return SourceStanding(
        w.source(source_id),
        freshness,
        format_date(max(row["looked_at"] for row in rows).date(), lang),
        w.join.join(said),
        w.sources.get(source_id, {}).get("licence", ""),
    )


def _score(value: float | None, unit: str, lang: str) -> str:
    return "" if value is None else format_number(value, unit, lang, digits=2)
