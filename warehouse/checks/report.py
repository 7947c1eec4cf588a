"""What a check run says: rows of core.check_result, a verdict, and the sentences a person reads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from warehouse.checks.check import CONSEQUENCES, EXAMPLES, OWN_FAULT, Check, CheckMoment, Finding
from warehouse.checks.suppressions import Suppression, expired
from warehouse.contracts import core, polars_schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from warehouse.checks.acceptances import Acceptance
    from warehouse.checks.scope import Scope

Verdict = Literal["pass", "hold", "stop"]
EXPIRED: Final = Check("suppressions_current", "no suppression is past its last day", "note")
AGREED: Final = Check(
    "runners_agree",
    "both runners of the checks found the same rows",
    "stop",
    remedy=OWN_FAULT,
)


_SCOPED: Final = ("scope", "full_at", "definition")


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of a check run.

    `rows` has the columns of contract core.check_result; `messages` are the failures in words, gravest first;
    `results` is the result JSON of Great Expectations, one entry per batch (empty when it did not run); `why_full` says
    why all rows were looked at (empty where the change was enough).
    """

    rows: pl.DataFrame
    verdict: Verdict
    messages: tuple[str, ...]
    results: tuple[dict[str, Any], ...] = field(default=(), repr=False)
    why_full: str = ""


@dataclass(frozen=True, slots=True)
class Tolerated:
    """Failures that count as notes: false alarms declared in advance, and findings accepted afterwards, by id."""

    suppressions: Sequence[Suppression] = ()
    accepted: Mapping[str, Acceptance] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Line:
    check: Check
    consequence: str
    finding: Finding | None
    excuse: str = ""

    @property
    def gravity(self) -> int:
        return CONSEQUENCES.index(self.consequence)

    def message(self) -> str:
        assert self.finding is not None
        about = f" [{self.finding.source_id}]" if self.finding.source_id else ""
        count = f"{self.finding.affected_count} row(s)"
        return f"{self.consequence}: {self.check.name}{about}: {count}: {self.evidence}{self._advice()}"

    @property
    def evidence(self) -> str | None:
        if self.finding is None:
            return None
        # Three of nine named, and nothing said, reads as three.
        some = "for example " if self.finding.affected_count > EXAMPLES else ""
        return f"{self.excuse}: {some}{self.finding.evidence}" if self.excuse else f"{some}{self.finding.evidence}"

    @property
    def finding_id(self) -> str | None:
        return self.finding.id_of(self.check.name) if self.finding else None

    def _advice(self) -> str:
        if self.consequence == "note":
            return ""
        return f"; {self.check.remedy} (`gpt2030 checks accept {self.finding_id} --reason …`)"


def report(
    run_id: str,
    moment: CheckMoment,
    checks: Sequence[Check],
    findings: Mapping[str, Sequence[Finding]],
    tolerated: Tolerated | None = None,
) -> CheckReport:
    """Weigh the findings, by check name, of one run; suppressed and accepted failures become notes that say so."""
    tolerated = tolerated or Tolerated()
    late = expired(tolerated.suppressions, moment.today)
    standing = replace(tolerated, suppressions=[one for one in tolerated.suppressions if one not in late])
    lines = [line for check in checks for line in _lines(check, findings.get(check.name, ()), standing)]
    lines += _lines(EXPIRED, [_expiry(one) for one in late], standing)
    failed = sorted((line for line in lines if line.finding), key=lambda line: (line.gravity, line.check.name))
    rows = pl.DataFrame([_row(run_id, moment, line) for line in lines], schema=polars_schema(core.CHECK_RESULT))
    gravest = failed[0].consequence if failed else "note"
    verdict: Verdict = "pass" if gravest == "note" else gravest  # type: ignore[assignment]
    return CheckReport(rows, verdict, tuple(line.message() for line in failed))


def scoped(found: CheckReport, scope: Scope, checks: Sequence[Check], now: datetime) -> CheckReport:
    """The report with what each check looked at: all rows at this moment, or the change, and when all rows last.

    What is no question to rows (that the runners agree, that suppressions last) stays without.
    """
    asked = {check.name for check in checks}
    lines = [
        {
            "scope": None if name not in asked else "change" if name in scope.changed_only else "full",
            "full_at": scope.full_at.get(name, now) if name in asked else None,
            "definition": scope.definition if name in asked else None,
        }
        for name in found.rows["check_name"]
    ]
    said = pl.DataFrame(lines, schema={name: polars_schema(core.CHECK_RESULT)[name] for name in _SCOPED})
    return replace(found, rows=found.rows.with_columns(said.get_columns()), why_full=scope.why)


def told_idle(found: CheckReport, idle: Mapping[str, str]) -> CheckReport:
    """The report with what is said of checks that passed for want of anything to judge, by name."""
    said = pl.col("check_name").replace_strict(dict(idle), default=None, return_dtype=pl.String)
    evidence = pl.when("is_passed").then(said).otherwise("evidence").alias("evidence")
    return replace(found, rows=found.rows.with_columns(evidence)) if idle else found


def disagreements(fast: Mapping[str, Sequence[Finding]], gate: Mapping[str, Sequence[Finding]]) -> list[Finding]:
    """Checks on which the two runners counted different rows."""

    def counted(found: Mapping[str, Sequence[Finding]], name: str) -> dict[str | None, int]:
        # Not the evidence: each runner words it in its own way.
        return {one.source_id: one.affected_count for one in found[name]}

    return [
        Finding(None, 1, f"{name}: fast runner {counted(fast, name)}, Great Expectations {counted(gate, name)}")
        for name in fast
        if counted(fast, name) != counted(gate, name)
    ]


def _lines(check: Check, findings: Sequence[Finding], standing: Tolerated) -> list[_Line]:
    """One line per finding, or one that says the check passed."""
    if not findings:
        return [_Line(check, check.consequence, None)]
    return [_line(check, finding, standing) for finding in findings]


def _line(check: Check, finding: Finding, standing: Tolerated) -> _Line:
    for one in standing.suppressions:
        if one.covers(check.name, finding.source_id, finding.affected_count):
            return _Line(
                check, "note", finding, f"suppressed until {one.until} (else {check.consequence}): {one.reason}"
            )
    accepted = standing.accepted.get(finding.id_of(check.name))
    if accepted is not None and check.consequence != "note":
        said = f"accepted until {accepted.until_date} (else {check.consequence}): {accepted.reason}"
        return _Line(check, "note", finding, said)
    return _Line(check, check.consequence, finding)


def _expiry(one: Suppression) -> Finding:
    said = f"the suppression of {one.check_name} ended on {one.until} ({one.reason}): renew or delete the entry"
    return Finding(one.source_id, 1, said)


def _row(run_id: str, moment: CheckMoment, line: _Line) -> dict[str, object]:
    return {
        "run_id": run_id,
        "check_name": line.check.name,
        "what": line.check.what,
        "consequence": line.consequence,
        "is_passed": line.finding is None,
        "source_id": line.finding.source_id if line.finding else None,
        "affected_count": line.finding.affected_count if line.finding else 0,
        "evidence": line.evidence,
        "checked_at": moment.now,
        "finding_id": line.finding_id,
    }
