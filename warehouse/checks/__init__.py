"""The checks between landing and publication: a table of checks, run twice on the candidate file, and their verdict."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from warehouse.checks import declared, fast, forecasts, gate, landed, observed, published, publishers
from warehouse.checks.check import Check, CheckFacts, CheckMoment
from warehouse.checks.gate import warm_up
from warehouse.checks.relations import given
from warehouse.checks.report import AGREED, EXPIRED, CheckReport, Tolerated, disagreements, report

if TYPE_CHECKING:
    from datetime import date, datetime
    from pathlib import Path

CHECKS: Final[tuple[Check, ...]] = (
    *declared.CHECKS, *landed.CHECKS, *observed.CHECKS, *publishers.CHECKS, *published.CHECKS, *forecasts.CHECKS,
)  # fmt: skip

__all__ = ["CHECKS", "Check", "CheckFacts", "CheckReport", "Tolerated", "remedies", "run_checks", "warm_up"]


def remedies() -> dict[str, str]:
    """What to do about a failure, by the name of its check; of notes nothing."""
    return {check.name: check.remedy for check in (*CHECKS, AGREED, EXPIRED) if check.remedy}


def run_checks(
    candidate: Path,
    *,
    run_id: str,
    today: date,
    now: datetime,
    facts: CheckFacts,
    tolerated: Tolerated | None = None,
    is_gated: bool = True,
) -> CheckReport:
    """Check a candidate for the read copy; an edition whose verdict is not `pass` must not be published.

    The fast runner alone decides a `stop`: what contradicts itself needs no second opinion. All else must also pass
    Great Expectations (skipped when not `is_gated`), and where the two disagree that is itself a stop. Both work side
    by side: most of their time DuckDB plans queries, which one core does for each.
    The file is opened read-only and let go of. duckdb.Error when it is no warehouse.
    """
    moment, known = CheckMoment(today, now), given(CheckMoment(today, now), facts)
    with ThreadPoolExecutor(max_workers=1) as beside:
        pending = beside.submit(gate.examine, candidate, CHECKS, known) if is_gated else None
        found = fast.findings(candidate, CHECKS, known)
        first = report(run_id, moment, CHECKS, found, tolerated)
    if first.verdict == "stop" or pending is None:
        return first
    examined = pending.result()
    doubts = {AGREED.name: disagreements(found, examined.findings)}
    both = report(run_id, moment, (*CHECKS, AGREED), {**examined.findings, **doubts}, tolerated)
    return replace(both, results=tuple(examined.results))
