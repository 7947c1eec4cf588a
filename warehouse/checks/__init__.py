"""The checks between landing and publication: a table of checks, run twice on the candidate file, and their verdict."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import duckdb

from warehouse.checks import declared, excerpt, fast, forecasts, gate, landed, observed, published, publishers
from warehouse.checks.check import Check, CheckFacts, CheckMoment
from warehouse.checks.gate import warm_up
from warehouse.checks.relations import given
from warehouse.checks.report import AGREED, EXPIRED, CheckReport, Tolerated, disagreements, report, scoped, told_idle
from warehouse.checks.scope import is_partial, scope_of
from warehouse.store import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from warehouse.checks.check import Finding
    from warehouse.checks.scope import Scope

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
    Where `warehouse.checks.scope` says so, checks that found nothing lately are made over what has changed since.
    The file is opened read-only and let go of. duckdb.Error when it is no warehouse.
    """
    moment, known = CheckMoment(today, now), given(CheckMoment(today, now), facts)
    with ExitStack() as until_done:
        scope, parts = _parts(candidate, moment, facts, until_done)
        beside = until_done.enter_context(ThreadPoolExecutor(max_workers=1))
        pending = beside.submit(_examine, parts, known) if is_gated else None
        found = _find(parts, known)
        first = report(run_id, moment, CHECKS, found, tolerated)
        idle = fast.idle(candidate, CHECKS, known)
        examined = pending.result() if pending is not None and first.verdict != "stop" else None
    if examined is None:
        return scoped(told_idle(first, idle), scope, CHECKS, now)
    doubts = {AGREED.name: disagreements(found, examined.findings)}
    both = report(run_id, moment, (*CHECKS, AGREED), {**examined.findings, **doubts}, tolerated)
    return scoped(told_idle(replace(both, results=tuple(examined.results)), idle), scope, CHECKS, now)


class _Part(NamedTuple):
    """A file, and the checks that are made on it."""

    path: Path
    checks: Sequence[Check]


def _parts(
    candidate: Path, moment: CheckMoment, facts: CheckFacts, until_done: ExitStack
) -> tuple[Scope, tuple[_Part, ...]]:
    """What is looked at, and the files that it lies in; what is taken out is removed at the end."""
    with duckdb.connect(str(candidate), read_only=True, config=CONFIG) as connection:
        scope = scope_of(connection, CHECKS, moment, facts)
    if scope.since is None:
        return scope, (_Part(candidate, CHECKS),)
    until_done.callback(shutil.rmtree, candidate.parent / excerpt.FOLDER, ignore_errors=True)
    small = excerpt.take_out(candidate, scope, moment, facts)
    # What looks at nothing that the excerpt has a part of only is asked there, too: all its rows are in it.
    whole = [check for check in CHECKS if is_partial(check) and check.name not in scope.changed_only]
    others = [check for check in CHECKS if check not in whole]
    return scope, (_Part(small, others), *([_Part(candidate, whole)] if whole else []))


def _find(parts: Sequence[_Part], known: Mapping[str, str]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for part in parts:
        found |= fast.findings(part.path, part.checks, known)
    return {check.name: found[check.name] for check in CHECKS}


def _examine(parts: Sequence[_Part], known: Mapping[str, str]) -> gate.GateFindings:
    examined = [gate.examine(part.path, part.checks, known) for part in parts]
    found = {name: several for one in examined for name, several in one.findings.items()}
    return gate.GateFindings(
        {check.name: found[check.name] for check in CHECKS}, [result for one in examined for result in one.results]
    )
