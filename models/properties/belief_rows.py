"""Rows that no series can refit: what a community says, where it is shown, and what the author judged."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from models.days import decimal_year, readable
from models.properties.benchmark_clauses import percent
from models.properties.cells import GRID, Actual, Cells, Forecasted
from models.properties.clauses import Clause, day, number, sentence
from models.properties.community import answer, probability_by, why_empty
from models.properties.context import choose, first_at_or_above, record
from models.properties.declared_inputs import COMPUTE_QUESTION, SERIES_INPUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from models.properties.community import CommunityAnswer
    from models.properties.context import Context

# 35 of 42 points were gold in 2025; stored as a share, rounded to six digits.
GOLD_SHARE: Final = 0.833
IMO: Final = "imo/points/official"
EVIDENCE: Final[Mapping[str, str]] = {
    "math.beats_ucsd_faculty_p": "proofs of five theorems drawn at random from the journal named, by a system and by "
    "faculty, timed and graded blind; open problems solved are signs, not that test",
    "act.ferrari_p": "a general system that assembles the named 1:8 model from its manual, filmed, without help",
}
FERRARI_BY: Final = date(2030, 12, 31)
AGI_QUESTION: Final = "5121"


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A row that a question answers; `happened` says what has happened by our own evidence, if it can."""

    question_id: str
    is_dated: bool
    happened: Callable[[Context], Actual]


def community_row(property_id: str, context: Context) -> Cells:
    """The community's quantiles, or the kind of nothing it shows, with what has happened beside it either way."""
    question = QUESTIONS[property_id]
    found = answer(context, question.question_id)
    formula = f"community forecast of Metaculus question {question.question_id}"
    actual = question.happened(context)
    detail = {"question_id": question.question_id, "state": found.state}
    if found.resolution_day is not None or found.resolution_number is not None:
        return _resolved(found, actual, formula, detail)
    status, said = _status(found, question, actual)
    # Two sentences and not one, as the second speaks of the question alone.
    reason, shown = " ".join(f"{one.text}." for one in said), _shown(found, question)
    return Cells(shown, actual, status, reason, formula, found.read_on, detail=detail, clauses=said)


def judgement_row(property_id: str, context: Context) -> Cells:
    """The author's number stays in the essay's column: nobody has judged anew, and nothing measures it."""
    evidence = EVIDENCE[property_id]
    text = f"A judgement of 2023 that nobody has renewed, so there is none of today. Evidence would be: {evidence}"
    said = (Clause("judgement", text, {"evidence": evidence}),)
    measured, detail = JUDGED.get(property_id, _nothing)(context)
    nothing = Forecasted("not_applicable")
    formula = "constant: the essay's judgement"
    return Cells(nothing, measured, "unrefittable", sentence(*said), formula, detail=detail, clauses=said)


def _shown(found: CommunityAnswer, question: QuestionRow) -> Forecasted:
    if found.quantiles is None:
        return Forecasted(found.emptiness)
    # On the common grid: two editions are compared level by level.
    values = found.quantiles.quantile(GRID)
    return Forecasted.dated_years(values, None) if question.is_dated else Forecasted.of(values)


def _status(found: CommunityAnswer, question: QuestionRow, actual: Actual) -> tuple[str, tuple[Clause, ...]]:
    shown = _read(found.read_on) if found.quantiles is not None else why_empty(found)
    # The platform's terms are stricter than ours, so what happened by our evidence crosses the row, never resolves it.
    if question.is_dated and actual.state == "value":
        assert actual.day is not None
        text = f"It happened on {actual.day} on plainer terms than the question's: {actual.note}"
        return "crossed", (Clause("happened", text, {"day": day(actual.day), "note": actual.note or ""}), shown)
    if found.quantiles is not None:
        return "open", (shown,)
    return ("unrefittable" if found.emptiness == "missing" else found.emptiness), (shown,)


def _read(read_on: date | None) -> Clause:
    values = {"day": day(read_on) if read_on else ""}
    return Clause("crowd_read", f"Community forecast as read on {read_on}", values)


def _resolved(found: CommunityAnswer, actual: Actual, formula: str, detail: Mapping[str, Any]) -> Cells:
    # A resolved question has one value; its last crowd would show doubt where there is none left.
    came = found.resolution_day
    value = decimal_year(came) if came is not None else found.resolution_number
    assert value is not None
    numbers = Forecasted.happened(came) if came is not None else Forecasted.constant(value)
    happened = Actual(
        "value", value, came or actual.day or found.read_on, f"resolved by Metaculus; {actual.note or ''}",
        precision="day" if came or not actual.day else actual.precision,
    )  # fmt: skip
    to = day(came) if came is not None else number(value)
    text = f"Metaculus resolved question {found.question_id} to {came or value}"
    said = (Clause("resolved_to", text, {"question": found.question_id, "value": to}),)
    return Cells(numbers, happened, "resolved", sentence(*said), formula, found.read_on, detail=detail, clauses=said)


def _imo_gold(context: Context) -> Actual:
    gold = first_at_or_above(context, IMO, GOLD_SHARE)
    if gold is None:
        best = record(context, IMO)
        return Actual(
            "not_yet",
            note=f"best so far, in points: {best.said(readable(best.value * 42))}" if best else "no score yet",
        )
    note = f"gold by official grading, {gold.note}"
    return Actual("value", decimal_year(gold.day), gold.day, note, precision=gold.precision)


def _apps_80(context: Context) -> Actual:
    best = record(context, "apps/competition/any-protocol")
    note = f"best on competition problems: {best.said(percent(best.value))}" if best else "no score known on this day"
    return Actual("not_yet", note=f"{note}; which split the question means was not found")


def _largest_run(context: Context) -> Actual:
    series_id = choose(context, SERIES_INPUTS["compute.trend_flop"])
    return Actual.read(record(context, series_id) if series_id else None)


def _no_agi(context: Context) -> Actual:
    # Only who has asked may say that it is not resolved: nothing of ours measures it.
    found = answer(context, AGI_QUESTION)
    if found.read_on is None:
        return Actual(found.emptiness, note=f"whether question {AGI_QUESTION} has been resolved is not known here")
    return Actual("not_yet", note=f"question {AGI_QUESTION} had not been resolved when it was read on {found.read_on}")


def _nothing(context: Context) -> tuple[Actual, Mapping[str, Any]]:
    del context
    return Actual("not_yet", note="nobody is known here to have run this test"), {}


def _ferrari(context: Context) -> tuple[Actual, Mapping[str, Any]]:
    # The Ferrari is one of the conditions of the question, so the crowd's probability bounds it from below.
    bound = probability_by(context, AGI_QUESTION, FERRARI_BY)
    detail = {"lower_bound": bound, "lower_bound_from": f"P(question {AGI_QUESTION} by {FERRARI_BY})"}
    return Actual("not_yet", note="no public demonstration is known here"), detail


QUESTIONS: Final[Mapping[str, QuestionRow]] = {
    "math.imo_gold_date": QuestionRow("6728", is_dated=True, happened=_imo_gold),
    "code.apps80_date": QuestionRow("7398", is_dated=True, happened=_apps_80),
    "compute.metaculus_flop": QuestionRow(COMPUTE_QUESTION, is_dated=False, happened=_largest_run),
    "act.agi_date": QuestionRow(AGI_QUESTION, is_dated=True, happened=_no_agi),
}
JUDGED: Final[Mapping[str, Callable[[Context], tuple[Actual, Mapping[str, Any]]]]] = {
    "act.ferrari_p": _ferrari,
}
