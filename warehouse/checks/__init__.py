"""The checks between landing and publication: a table of checks, run twice on the candidate file, and their verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from warehouse.checks import declared, fast, forecasts, gate, landed, observed, published, publishers
from warehouse.checks.check import Check, CheckFacts, Moment
from warehouse.checks.gate import warm_up
from warehouse.checks.relations import given
from warehouse.checks.report import AGREED, CheckReport, disagreements, report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from pathlib import Path

    from warehouse.checks.suppressions import Suppression

CHECKS: Final[tuple[Check, ...]] = (
    *declared.CHECKS, *landed.CHECKS, *observed.CHECKS, *publishers.CHECKS, *published.CHECKS, *forecasts.CHECKS,
)  # fmt: skip

__all__ = ["CHECKS", "Check", "CheckFacts", "CheckReport", "run_checks", "warm_up"]


def run_checks(
    candidate: Path,
    *,
    run_id: str,
    today: date,
    now: datetime,
    facts: CheckFacts,
    suppressions: Sequence[Suppression] = (),
    is_gated: bool = True,
) -> CheckReport:
    """Check a candidate for the read copy; an edition whose verdict is not `pass` must not be published.

    The fast runner comes first and alone decides a `stop`: what contradicts itself needs no second opinion. All else
    must also pass Great Expectations (skipped when not `is_gated`), and where the two disagree that is itself a stop.
    The file is opened read-only and let go of. duckdb.Error when it is no warehouse.
    """
    moment, known = Moment(today, now), given(Moment(today, now), facts)
    found = fast.findings(candidate, CHECKS, known)
    first = report(run_id, moment, CHECKS, found, suppressions)
    if first.verdict == "stop" or not is_gated:
        return first
    examined = gate.examine(candidate, CHECKS, known)
    doubts = {AGREED.name: disagreements(found, examined.findings)}
    both = report(run_id, moment, (*CHECKS, AGREED), {**examined.findings, **doubts}, suppressions)
    return replace(both, results=tuple(examined.results))
