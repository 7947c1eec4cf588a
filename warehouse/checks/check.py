"""What a check is: a name, what it verifies, what a failure does, and rules whose offending rows are the evidence."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from warehouse.corrections import Outcome

Consequence = Literal["stop", "hold", "note"]

# stop: what is there contradicts itself; hold: a person should look first; note: published, and said beside it.
CONSEQUENCES: Final[tuple[Consequence, ...]] = ("stop", "hold", "note")
EXAMPLES: Final = 3
# With fewer observations, taking out what changed takes longer than looking at all of them.
LEAST_ROWS: Final = 500_000
LONGEST_EXAMPLE: Final = 240
_EDITION_ID: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}-[0-9a-f]{8}\b")


OWN_FAULT: Final = (
    "a fault of gpt2030 or a damaged file: report it with this evidence; accepted, it does not stop others"
)
ROWS_AT_FAULT: Final = "correct the rows named in corrections.toml, or accept them as they are"


@dataclass(frozen=True, slots=True)
class OffendingRows:
    """Offending rows by SQL: a SELECT with a column `evidence`, one line of text that lets a person find the row.

    `@name` stands for a relation of `warehouse.checks.relations`. With `by_source` the SELECT also has `source_id`,
    and a failure is reported per publisher.
    """

    sql: str
    by_source: bool = False


@dataclass(frozen=True, slots=True)
class Unique:
    """No two rows of a relation agree in all of `columns`, none of which may be empty."""

    relation: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """Every filled cell of a column lies within `low` and `high`, both inclusive; None is no limit."""

    relation: str
    column: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Every filled cell of a column is one of `values`."""

    relation: str
    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowCount:
    """A relation has exactly `count` rows."""

    relation: str
    count: int


Rule = OffendingRows | Unique | Between | OneOf | RowCount


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the table of checks; it passes when neither its SQL nor its declared rules have offending rows.

    `remedy` is what a person can do about a failure; whoever stops or holds an edition must name one. `judged` is a
    SELECT of what is judged, where there may be nothing, and `idle` what is then said of the check that passes.
    """

    name: str
    what: str
    consequence: Consequence
    sql: str | None = None
    declared: tuple[Unique | Between | OneOf | RowCount, ...] = ()
    by_source: bool = False
    remedy: str = ""
    judged: str = ""
    idle: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All that is to be verified."""
        return ((OffendingRows(self.sql, self.by_source),) if self.sql else ()) + self.declared


@dataclass(frozen=True, slots=True)
class CheckFacts:
    """What the candidate file cannot say about itself.

    A publisher that has not answered for `stale_days` is stale, as everywhere else (alerts.stale_days).
    `embedded_sources` come with the program: a fault in them is ours and holds the edition. `corrections` are the
    outcomes of `warehouse.corrections.apply`; `missing_snapshots` the snapshot ids whose bytes are gone from disk.
    `program` is a digest of the code that lands and computes: after another one all rows are looked at, as where
    `is_full` asks for it and where there are fewer observations than `least_rows`.
    """

    edition_id: str
    stale_days: int = 2
    embedded_sources: tuple[str, ...] = ("curated", "essay")
    quarantined_share: float = 0.2
    quarantined_rows: int = 5
    corrections: tuple[Outcome, ...] = ()
    missing_snapshots: tuple[str, ...] = ()
    program: str = ""
    is_full: bool = False
    least_rows: int = LEAST_ROWS


@dataclass(frozen=True, slots=True)
class CheckMoment:
    """When a check run takes place: the day the edition speaks for, and the moment (UTC, without zone)."""

    today: date
    now: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """The offending rows of one check, counted; per publisher where the check concerns publishers."""

    source_id: str | None
    affected_count: int
    evidence: str

    def id_of(self, check_name: str) -> str:
        """Names what was found: the same evidence of the same check has the same id, in every run."""
        # An edition has another name every day; what is wrong with it may be the same.
        evidence = _EDITION_ID.sub("this edition", self.evidence)
        return finding_id((check_name, self.source_id or "", str(self.affected_count), evidence))


def finding_id(parts: Iterable[str]) -> str:
    """A short id of what was found, from all that tells it apart."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:12]


def rule_sql(rule: Rule) -> str:
    """The SELECT that returns the offending rows of a rule, as (source_id, evidence)."""
    match rule:
        case OffendingRows(sql, by_source):
            return f"SELECT {'source_id' if by_source else 'NULL::VARCHAR AS source_id'}, evidence FROM ({sql})"
        case Unique():
            offenders = _unique(rule)
        case Between():
            offenders = _between(rule)
        case OneOf():
            offenders = _one_of(rule)
        case RowCount():
            offenders = _row_count(rule)
    return f"SELECT NULL::VARCHAR AS source_id, {offenders}"


def summary_sql(*rules: Rule) -> str:
    """The SELECT that counts the offending rows of rules: source_id, affected_count, evidence; no row when none."""
    # The smallest by text: whichever came first would differ from run to run, and with it the page of an edition.
    examples = f"list_transform(min(evidence, {EXAMPLES}), lambda e: left(e, {LONGEST_EXAMPLE}))"
    return (
        f"SELECT source_id, count(*)::BIGINT AS affected_count, array_to_string({examples}, '; ') AS evidence "
        f"FROM ({' UNION ALL '.join(rule_sql(rule) for rule in rules)}) GROUP BY source_id ORDER BY source_id"
    )


def place_of(rule: Unique | Between | OneOf | RowCount) -> str:
    """The table a declared rule speaks of, as a reader knows it."""
    return rule.relation.removeprefix("current_").replace("_", ".", 1)


def _unique(rule: Unique) -> str:
    # Grouping first: a window would build the text of every row of a large table before it finds none to show.
    # Each of the n rows counts, as Great Expectations counts them.
    key = ", ".join(rule.columns)
    shown = f"concat_ws(' | ', {', '.join(f'{name}::VARCHAR' for name in rule.columns)})"
    return (
        f"'{place_of(rule)}: more than one row with {key} = ' || {shown} AS evidence FROM (SELECT {key}, count(*) AS n "
        f"FROM @{rule.relation} GROUP BY {key} HAVING count(*) > 1), unnest(range(n))"
    )


def _between(rule: Between) -> str:
    ends = [f"{rule.column} < {rule.low!r}" if rule.low is not None else ""]
    ends += [f"{rule.column} > {rule.high!r}" if rule.high is not None else ""]
    return f"{_shown(rule)} FROM @{rule.relation} WHERE {' OR '.join(filter(None, ends))}"


def _one_of(rule: OneOf) -> str:
    values = ", ".join(quoted(value) for value in rule.values)
    return f"{_shown(rule)} FROM @{rule.relation} WHERE {rule.column} NOT IN ({values})"


def _row_count(rule: RowCount) -> str:
    said = f"'{place_of(rule)}: ' || count(*) || ' rows, expected {rule.count}'"
    return f"{said} AS evidence FROM @{rule.relation} HAVING count(*) <> {rule.count}"


def _shown(rule: Between | OneOf) -> str:
    return f"'{place_of(rule)}.{rule.column}: ' || {rule.column}::VARCHAR AS evidence"


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"
