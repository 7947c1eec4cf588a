"""`cap.superhuman_flags`: which of the essay's tasks systems do at or above the best people, task by task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.properties.cells import GRID, Actual, Cells, Forecasted, outlook
from models.properties.clauses import Clause, sentence
from models.properties.context import assumed, at_target, first_at_or_above, is_quiet, newest_day, rows_of
from models.properties.distributions import Sampled
from models.properties.propagation import levels, quantiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context, Reading


@dataclass(frozen=True, slots=True)
class Task:
    """One task of `cap.superhuman_flags`: where the best humans stand, by an assumption or failing that by `who`."""

    name: str
    series_id: str
    reference: float
    who: str
    assumption_id: str = ""


TASKS: Final = (
    Task("mathematics", "imo/points/official", 1.0, "a perfect score at the IMO, which its best contestants have"),
    Task(
        "competitive programming", "codeforces/rating/deepseek", 4009.0, "the highest rating of a person on Codeforces",
        "human.codeforces.highest-rating",
    ),
    Task(
        "knowledge", "gpqa/diamond/epoch", 0.697, "people with a doctorate on GPQA questions of their own field",
        "human.gpqa-diamond.expert",
    ),
)  # fmt: skip
# No series compares systems with the best people at these: benchmarks without a human score say nothing of it.
UNMEASURED_TASKS: Final = ("coding", "hacking", "protein engineering")


def flags_row(context: Context) -> Cells:
    """`cap.superhuman_flags`: of the tasks named, the share reported at or above the best people; a lower bound.

    What only a claim says was reached is counted, and told apart: measured is what is left without it.
    """
    found = [_flag(context, task) for task in TASKS]
    known = [flag for flag in found if flag.draws is not None]
    formula = "tasks with (forecast >= human reference) / tasks named"
    detail = {"tasks": [flag.said for flag in found], "unmeasured": list(UNMEASURED_TASKS)}
    if not known:
        nothing = Forecasted("missing"), Actual("missing")
        why = (Clause("no_task", "no task has a row on this day"),)
        return Cells(*nothing, "unrefittable", sentence(*why), formula, detail=detail, clauses=why)
    # Over all tasks named: over the measured ones alone, three of six once read as all.
    count = len(TASKS) + len(UNMEASURED_TASKS)
    draws = np.sum([flag.draws for flag in known if flag.draws is not None], axis=0) / count
    passed = [flag.passed for flag in known if flag.passed is not None]
    reached = len(passed) / count
    claimed = [flag for flag in known if flag.passed and _is_claim(flag.passed)]
    newest = max(((one.day, one.precision) for one in passed), default=(context.origin_date, "day"))
    actual = Actual("value", reached, newest[0], _reached(known, claimed), precision=newest[1])
    if claimed:
        detail["claimed"] = [flag.task.name for flag in claimed]
    measured = len(passed) - len(claimed)
    unknown = [flag.task.name for flag in found if flag.draws is None] + list(UNMEASURED_TASKS)
    status, ahead = ("crossed", ()) if reached == 1 else ("open", (outlook(context),))
    text = (
        f"at least: {measured} of {count}, {len(unknown)} not measured ({', '.join(unknown)}), which count "
        "as not reached"
    )
    values = {"passed": measured, "count": count, "unknown": len(unknown), "names": unknown}
    said = (Clause("flags", text, values), *_short_and_claimed(known, len(passed)), *ahead)
    as_of = max(newest_day(context, flag.task.series_id) for flag in known)
    return Cells(
        Forecasted.of(quantiles(draws, tuple(GRID))),
        actual,
        status,
        sentence(*said),
        formula,
        as_of,
        detail=detail,
        clauses=said,
    )


def _reached(known: list[_Flag], claimed: list[_Flag]) -> str:
    """Which tasks are at or above, what was measured apart from what only a claim says."""
    measured = ", ".join(flag.task.name for flag in known if flag.passed and flag not in claimed)
    if not claimed:
        return f"at or above: {measured or 'none'}"
    names = ", ".join(flag.task.name for flag in claimed)
    if not measured:
        return f"at or above by a claim alone: {names}"
    return f"at or above as measured: {measured}; by a claim alone: {names}"


def _short_and_claimed(known: list[_Flag], reached: int) -> Iterator[Clause]:
    """Tasks measured and not reached, and those that stand by a claim alone, with which `reached` are reached."""
    short = [flag.task.name for flag in known if not flag.passed and flag.draws is not None]
    if short:
        text = f"{len(short)} measured and not reached ({', '.join(short)})"
        yield Clause("flags_short", text, {"count": len(short), "names": short})
    claims = [[flag.task.name, flag.passed.protocol] for flag in known if flag.passed and _is_claim(flag.passed)]
    if claims:
        named = ", ".join(f"{name} ({protocol})" for name, protocol in claims)
        text = f"{reached} with what is reached by a claim alone: {named}"
        yield Clause("flags_with_claimed", text, {"reached": reached, "claims": claims})


@dataclass(frozen=True, slots=True)
class _Flag:
    task: Task
    draws: FloatArray | None
    passed: Reading | None
    said: dict[str, Any]


def _is_claim(passed: Reading) -> bool:
    """Whether nobody but who says so stands for a reading: its row says "claimed", and a reader must hear of it."""
    return "claimed" in passed.protocol


def _flag(context: Context, task: Task) -> _Flag:
    human = assumed(context).get(task.assumption_id, {}).get("value") or task.reference
    said: dict[str, Any] = {"task": task.name, "series": task.series_id, "reference": human, "who": task.who}
    if rows_of(context, task.series_id).is_empty():
        return _Flag(task, None, None, {**said, "state": "unknown"})
    # A task without rows is unknown and not counted; counted as false it would understate what is reached.
    passed = first_at_or_above(context, task.series_id, human)
    size = levels(task.series_id).size
    if passed is not None:
        by = {"state": "passed", "by": passed.note, "date": passed.day.isoformat(), "probability": 1.0}
        return _Flag(task, np.ones(size), passed, {**said, **by})
    draws = at_target(context, task.series_id)
    if draws is None or is_quiet(context, task.series_id):
        return _Flag(task, None, None, {**said, "state": "unknown"})
    # In an order of the series' own: draws in step would reach all marks together, or none.
    score = Sampled(draws).quantile(levels(task.series_id))
    reached = (score >= human).astype(float)
    return _Flag(task, reached, None, {**said, "state": "forecast", "probability": float(reached.mean())})
