"""What stands behind an edition: how fresh each source is, what was verified, and how the forecasters did."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from flows.edition.alike import Alike, folded
from flows.edition.formats import format_date, format_number
from flows.edition.scoreboard import faced
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.edition.scoreboard import Scoreboard

# Of what some hundreds of tasks say, wherever it stands.
SCORE_DIGITS: Final = 2
_READ: Final = frozenset({"live", "embedded"})
# Of the columns of `Scoreboard.standings` those on the page, with the unit they are printed in.
SCORE_COLUMNS: Final = {
    "crps_ratio": "", "wis_ratio": "", "coverage_50": "share", "coverage_80": "share", "coverage_90": "share",
    "log_score": "",
}  # fmt: skip

# What a failed check does to an edition, the gravest first.
_GRAVITY: Final = ("stop", "hold", "note")


class SourceStanding(NamedTuple):
    """One source: its name, one of `warehouse.health.STATES`, the day it was asked last, in words what came of it."""

    name: str
    freshness: str
    looked_on: str
    outcome: str
    licence: str


class SourceCounts(NamedTuple):
    """How many sources that are switched on answered lately, of how many outside; how many are files at hand."""

    answered: int
    outside: int
    files: int


def read_of(states: Iterable[str]) -> SourceCounts:
    """Counted from `warehouse.health.STATES`: a day on which nobody answered is not told as two that were read."""
    counts = Counter(state for state in states if state != "off")
    return SourceCounts(counts["live"], counts.total() - counts["embedded"], counts["embedded"])


def is_read(states: Iterable[str]) -> bool:
    """Whether any source but the files that come with the program was ever read: "missing" alone says it of one."""
    return not {*states} <= {"embedded", "missing", "not_asked", "withheld", "off"}


def unread_by_state(states: Iterable[str], lang: str) -> str:
    """How many of the sources that are switched on could not be read, state by state: `13 missing, 1 not asked`."""
    counts = Counter(state for state in states if state not in {*_READ, "off"})
    w, told = words(lang), words(lang).freshness.items()
    return w.join.join(w.site["in_state"].format(counts[name], said) for name, said in told if counts[name])


class BrokenRule(NamedTuple):
    """What a check wants to be so, what its failure does, and the rows of core.check_result where it is not so."""

    consequence: str
    what: str
    rows: list[Mapping[str, Any]]

    @property
    def findings(self) -> list[Alike]:
        """The rows, those that differ only in the publisher in one."""
        return folded(self.rows, lambda row: (row["source_id"] or "", row["evidence"] or ""), ("affected_count",))


class CheckSummary(NamedTuple):
    """How many checks passed, all of them, and the failed ones with consequence and evidence."""

    total: int
    passed: int
    rows: tuple[Mapping[str, Any], ...]
    failures: tuple[Mapping[str, Any], ...]

    @property
    def grave(self) -> list[BrokenRule]:
        """The rules whose failures stop or hold, each with what breaks it."""
        return [rule for rule in self._broken() if rule.consequence != "note"]

    @property
    def noted(self) -> list[BrokenRule]:
        """The rules whose failures are only noted, each with what breaks it."""
        return [rule for rule in self._broken() if rule.consequence == "note"]

    @property
    def verified(self) -> list[Alike]:
        """Every rule and whether it is kept, once for all publishers of whom that is so."""
        return folded(self.rows, lambda row: (row["source_id"] or "", ""), ("is_passed", "what"))

    @property
    def noted_count(self) -> int:
        """How many findings are only noted."""
        return sum(len(rule.rows) for rule in self.noted)

    def _broken(self) -> list[BrokenRule]:
        # One rule that thirteen publishers break is said once: said thirteen times, it hid the table beneath it.
        rules = dict.fromkeys((row["consequence"], row["what"]) for row in self.failures)
        return [
            BrokenRule(*rule, [f for f in self.failures if (f["consequence"], f["what"]) == rule]) for rule in rules
        ]


class ScoreTable(NamedTuple):
    """Per basis and forecaster the number of tasks and the metrics as text; empty where one was not computed."""

    metrics: tuple[str, ...]
    rows: tuple[tuple[str, str, int, tuple[str, ...]], ...]


def source_standings(health: pl.DataFrame, lang: str = "en") -> list[SourceStanding]:
    """One line per source from `warehouse.health.source_health`, in the order of the words' source list.

    A source without words of its own goes by the columns `title` and `licence`, where the frame has them.
    """
    known = list(words(lang).sources)
    rows = sorted(
        health.iter_rows(named=True),
        key=lambda row: (
            known.index(row["source_id"]) if row["source_id"] in known else len(known),
            row["source_id"],
        ),
    )
    return [_standing(row, lang) for row in rows]


def check_summary(checks: pl.DataFrame) -> CheckSummary:
    """Counts and rows of core.check_result; failures that stop come first."""
    rows = sorted(
        checks.to_dicts(),
        key=lambda row: (_GRAVITY.index(row["consequence"]), row["check_name"], row["source_id"] or ""),
    )
    failures = tuple(row for row in rows if not row["is_passed"])
    return CheckSummary(*tally(checks), tuple(rows), failures)


def tally(rows: pl.DataFrame) -> tuple[int, int]:
    """How many checks the rows of core.check_result are about, and how many of these found nothing anywhere.

    A check that concerns publishers has a row for each of them: rows counted as checks would be more than there are.
    """
    by_check = rows.group_by("check_name").agg(pl.col("is_passed").all())
    return len(by_check), int(by_check["is_passed"].sum())


# The check that asks whether the two runners agree: the second looks at what is about to be published.
BOTH_RUNNERS: Final = "runners_agree"


def told_of_checks(rows: pl.DataFrame) -> str:
    """How passes and findings of one run's core.check_result add up: one failed check may find many things."""
    total, passed = tally(rows)
    if not total:
        return "no check has been run"
    # Without a word, the same edition would have one check more on its page than in the next run that finds it there.
    is_whole = BOTH_RUNNERS in rows["check_name"].to_list()
    aside = "" if is_whole else f"; not among them {BOTH_RUNNERS}, which is asked of new editions only"
    aside += "".join(f"; {told}" for told in (told_of_idle(rows), told_of_scope(rows)) if told)
    if passed == total:
        return f"all {total} checks passed{aside}"
    consequences = rows.filter(~rows["is_passed"])["consequence"].to_list()
    counts = {kind: consequences.count(kind) for kind in _GRAVITY}
    found = ", ".join(f"{count} {kind}{'s' if count > 1 else ''}" for kind, count in counts.items() if count)
    return f"{passed} of {total} checks passed; the other {total - passed} found {found}{aside}"


# As warehouse/checks/ says it of a check that passed without a row to look at.
_IDLE: Final = "nothing to judge"


def is_idle(row: Mapping[str, Any]) -> bool:
    """Whether a row of core.check_result passed for want of anything to look at."""
    return bool(row["is_passed"]) and str(row["evidence"] or "").startswith(_IDLE)


def told_of_idle(rows: pl.DataFrame) -> str:
    """How many checks passed because there was nothing to look at; empty where none did. They verified nothing."""
    by_check: dict[str, bool] = {}
    for row in rows.iter_rows(named=True):
        by_check[row["check_name"]] = by_check.get(row["check_name"], True) and is_idle(row)
    count = sum(by_check.values())
    return f"{count} of the passed had nothing to judge" if count else ""


def told_of_scope(rows: pl.DataFrame) -> str:
    """How many checks of a run looked at what changed only, and when they last looked at all; empty where none did.

    A home of an early version does not say what was looked at: all rows were.
    """
    if "scope" not in rows.columns:
        return ""
    made = rows.filter(scope="change").select("check_name", "full_at").unique()
    if made.is_empty():
        return ""
    each = sorted({f"{day:%Y-%m-%d}" for day in made["full_at"].to_list()})
    days = f"on {each[0]}" if len(each) == 1 else f"between {each[0]} and {each[-1]}"
    return f"{made.height} looked only at what has changed since they last looked at all rows, {days}"


def score_table(board: Scoreboard, lang: str = "en") -> ScoreTable:
    """One line per basis and forecaster of out.score: errors relative to the last value's, coverage, log score."""
    if board.scores.is_empty():
        return ScoreTable((), ())
    rows = tuple(
        (
            row["basis"],
            row["forecaster_id"],
            row["tasks"],
            tuple(_score(row[m], unit, lang) + faced(row, m) for m, unit in SCORE_COLUMNS.items()),
        )
        for row in board.standings.iter_rows(named=True)
    )
    return ScoreTable(tuple(SCORE_COLUMNS), rows)


def moment_text(value: object, lang: str) -> str:
    """A day or UTC moment, as such or as ISO text, as a day in full with its time unless that is midnight."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    day = format_date(moment.date(), lang)
    # A run for a given day speaks from its midnight on: that is no time of day to print.
    return day if moment.time() == time.min else words(lang).join.join((day, f"{moment:%H:%M} UTC"))


def _standing(row: Mapping[str, Any], lang: str) -> SourceStanding:
    w = words(lang)
    outcomes = (row["last_outcome"] or row["newest_outcome"]).split(", ")
    # Embedded files never answer: that the newest look found nothing new in them says nothing about the world.
    # Which folder stands in their place is no reader's business; that one does, is.
    own_files = w.site["sources_folder"] if row.get("detail") else w.outcomes["embedded"]
    said = [own_files] if row["state"] == "embedded" else [w.outcomes[outcome] for outcome in outcomes]
    own = w.sources.get(row["source_id"])
    return SourceStanding(
        own["name"] if own else row.get("title") or row["source_id"],
        row["state"],
        format_date(row["last_looked_at"].date(), lang) if row["last_looked_at"] else "",
        w.join.join(said),
        own["licence"] if own else row.get("licence") or "",
    )


def _score(value: float | None, unit: str, lang: str) -> str:
    return "" if value is None else format_number(value, unit, lang, SCORE_DIGITS)
