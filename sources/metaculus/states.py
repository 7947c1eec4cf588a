"""What a Metaculus post shows of each of its questions: a typed state first, and where its numbers stand.

State           what the platform said
visible         a current community forecast
withheld        there is one (or a resolution), and this token may not see it
hidden_until    nobody sees it before its reveal time
no_forecasts    nobody has forecast
withdrawn       the last forecast shown ended while the question was open: nobody stands by it any more
resolved        answered
annulled        closed without an answer: annulled or ambiguous
error           not what we count on: another type, another unit, numbers that cannot be read
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sources.metaculus.scaling import Scaling
from sources.reading.json_values import (
    EPOCH,
    Flaw,
    Json,
    at_seconds,
    count,
    given,
    json_object,
    listed,
    mapping,
    moment,
    number,
    text,
    truth,
    words,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sources.metaculus.questions import Question

CONTINUOUS: Final = ("numeric", "date", "discrete")
_FORMS: Final = ("group_of_questions", "conditional", "notebook")
# The platform stopped computing it in 2024, and old questions still carry its last values.
_DEAD_METHOD: Final = "metaculus_prediction"
_USUAL_METHODS: Final = ("recency_weighted", "unweighted")
_VOID: Final = ("annulled", "ambiguous")
_SPAN: Final = (("since", "start_time"), ("until", "end_time"))
_METHOD: Final = re.compile(r"[a-z_]{1,60}")
_NUMBERS: Final = ("range_min", "range_max", "nominal_min", "nominal_max")
MOST_OPTIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """One question as it stands in a post; `is_sub` when the post has several."""

    question_id: str
    title: str | None
    body: Json
    is_sub: bool


@dataclass(frozen=True, slots=True)
class QuestionState:
    """What one question shows: `latest` holds its newest aggregate only where the state lets its numbers count."""

    part: Part
    type: str
    state: str
    detail: str | None
    method: str | None = None
    latest: Json | None = None
    scaling: Scaling | None = None
    forecaster_count: int | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the question has been answered or given up."""
        return self.state in {"resolved", "annulled"}


def parts_of(post: Json) -> tuple[list[Part], list[Flaw]]:
    """The questions of a post in reading order: groups by their rank, then label; of a conditional the two branches.

    A post without questions (a notebook, an empty group) has none. A question without an id is a flaw.
    """
    post_id, title = post["id"], text(post.get("short_title")) or text(post.get("title"))
    parts, flaws = [], []
    try:
        single = given(post, "question", json_object)
        branches = [] if single is not None else _branches(post)
    except Flaw as flaw:
        return [], [flaw]
    if single is not None:
        return [Part(str(post_id), title, single, is_sub=False)], []
    for label, found in branches:
        name = ": ".join(part for part in (title, label) if part)
        body = mapping(found)
        identifier = count(body.get("id"))
        if identifier is None:
            flaws.append(Flaw("id", body.get("id") if body else found, f"the question {name!r} has no id"))
        else:
            parts.append(Part(f"{post_id}/{identifier}", name or None, body, is_sub=True))
    return parts, flaws


def read_part(part: Part, post: Json, expected: Question, now: datetime) -> QuestionState:
    """Type, state and aggregate of one question at `now` (UTC); Flaw when it is not what we count on."""
    _require_type(part, post, expected)
    _require_words(part, post)
    method, block = _aggregation(part.body)
    latest = given(block, "latest", json_object) or {}
    state, detail = _state(part, post, block, now)
    # An answered question may still show its last forecast, unless nobody stood by it at the end.
    counts = state in {"visible", "resolved"} and has_numbers(latest) and _stands(part, latest, now)
    # Where no number rests on the scale a broken one is no error: a withheld question stays withheld.
    needs_scale = type_of(part) in CONTINUOUS and (counts or state == "resolved")
    scaling = _scaling(part.body, expected) if needs_scale else None
    people = _forecasters(part, post, latest if counts else {})
    return QuestionState(part, type_of(part), state, detail, method, latest if counts else None, scaling, people)


def failed_reading(part: Part, reason: str) -> QuestionState:
    """A question of which nothing can be believed, and why."""
    try:
        method = _aggregation(part.body)[0]
    except Flaw:
        method = None
    return QuestionState(part, type_of(part), "error", reason, method)


def type_of(part: Part) -> str:
    """The type the platform gives the question."""
    return text(part.body.get("type")) or "unknown"


def options_of(part: Part) -> list[str]:
    """The options that numbers are listed by: all there ever were, since deleted ones keep their place."""
    found = _options(part)
    return [text(option) or "" for option in found[:MOST_OPTIONS]]


def scaling_json(body: Json, question: Question) -> str | None:
    """The platform's scaling and our conversion as JSON, without the list of locations; None where there is none.

    Whole numbers are written as floats: production writes 1 where the server's own code writes 1.0, and the
    difference would look like a change of scale.
    """
    scaling = mapping(body.get("scaling"))
    kept: dict[str, object] = {
        name: number(scaling.get(name))
        for name in ("range_min", "range_max", "nominal_min", "nominal_max", "zero_point")
    }
    if kept["range_min"] is None:
        return None
    kept |= {name: True in (scaling.get(name), body.get(name)) for name in ("open_lower_bound", "open_upper_bound")}
    kept |= {"inbound_outcome_count": count(scaling.get("inbound_outcome_count")), "unit": unit_of(body, question)}
    return json.dumps(kept | {"multiplier": question.multiplier}, sort_keys=True)


def unit_of(body: Json, question: Question) -> str | None:
    """The unit of our numbers: the one converted to, else the platform's word, which may be missing."""
    return question.unit or text(body.get("unit"))


def _options(part: Part) -> list[Any]:
    found = part.body.get("all_options_ever") or part.body.get("options")
    return found if isinstance(found, list) else []


def _require_words(part: Part, post: Json) -> None:
    """Flaw where a title, a label or an option is given and is none: what a number is about would be guessed."""
    for name in ("short_title", "title"):
        given(post, name, words)
    given(part.body, "label", words)
    for name in ("all_options_ever", "options"):
        options = given(part.body, name, listed) or []
        if len(options) > MOST_OPTIONS:
            raise Flaw("options", options, f"{len(options):,} options, more than {MOST_OPTIONS:,}")
        for place, option in enumerate(options):
            if option is not None and words(option) is None:
                raise Flaw(f"{name}[{place}]", option, "an option is a text")


def _require_type(part: Part, post: Json, expected: Question) -> None:
    """Hold a question against the type counted on; a group may be named by its form or by that of its questions."""
    given(part.body, "type", words)
    found = type_of(part)
    form = next((name for name in _FORMS if isinstance(post.get(name), Mapping)), None)
    if expected.type not in {None, found, form}:
        raise Flaw("type", found, f"the question is of type {found}, and {expected.type} was counted on")


def _forecasters(part: Part, post: Json, latest: Json) -> int | None:
    """People behind the numbers shown; else behind the post, which says nothing of one sub-question."""
    if latest:
        return given(latest, "forecaster_count", count)
    return None if part.is_sub else given(post, "nr_forecasters", count)


def _branches(post: Json) -> list[tuple[str | None, object]]:
    """Label and body of each of a post's questions; Flaw where the form that holds them cannot be read."""
    conditional = given(post, "conditional", json_object)
    if conditional:
        names = {"question_yes": "if yes", "question_no": "if no"}
        return [(label, conditional.get(name)) for name, label in names.items()]
    group = given(post, "group_of_questions", json_object) or {}
    questions = given(group, "questions", listed) or []
    return [(text(mapping(body).get("label")), body) for body in sorted(questions, key=_rank)]


def _rank(question: object) -> tuple[float, list[tuple[int, str]], float]:
    """Where a sub-question stands: they come in no order. Numbers in labels sort as numbers."""
    body = mapping(question)
    rank = number(body.get("group_rank"))
    parts = re.split(r"(\d+)", text(body.get("label")) or "")
    # Length before text puts 9 before 10 without int(), which refuses very long digits.
    label = [(len(part) if part.isdecimal() else 0, part) for part in parts]
    return (math.inf if rank is None else rank, label, number(body.get("id")) or 0.0)


def _aggregation(body: Json) -> tuple[str | None, Json]:
    """The aggregate that counts: the question's own default, another living one where that is not there."""
    blocks = given(body, "aggregations", json_object) or {}
    default = given(body, "default_aggregation_method", _method)
    wanted = [name for name in (default, *_USUAL_METHODS) if name and name != _DEAD_METHOD]
    # One that is given and is no block must not pass for one that is not there: another's numbers would stand for it.
    found = next((name for name in wanted if given(blocks, name, json_object) is not None), None)
    # Named also where its block is missing: rows are keyed by it, and must be the same when nothing is shown.
    return found or next(iter(wanted), None), mapping(blocks.get(found)) if found else {}


def _method(value: object) -> str | None:
    return value if isinstance(value, str) and _METHOD.fullmatch(value) else None


def _state(part: Part, post: Json, block: Json, now: datetime) -> tuple[str, str | None]:
    """The state of a question and the evidence for it; first what ended it, then what hides it."""
    resolution = given(part.body, "resolution", words) or None
    # An option may be called so, and is then the answer.
    if resolution in _VOID and resolution not in options_of(part):
        return "annulled", f"resolved as {resolution}"
    if resolution is not None:
        resolved_at = given(part.body, "actual_resolve_time", moment)
        return "resolved", f"on {resolved_at:%Y-%m-%d}" if resolved_at else None
    # A gate hides resolutions too; without this the question would look as if nothing had happened.
    if given(part.body, "status", words) == "resolved":
        return "withheld", "resolved, but the resolution is not shown"
    latest = given(block, "latest", json_object) or {}
    if not has_numbers(latest):
        return _hidden(part, post, block, now)
    return "visible" if _stands(part, latest, now) else "withdrawn", _dated(latest)


def _hidden(part: Part, post: Json, block: Json, now: datetime) -> tuple[str, str | None]:
    """Why no aggregate is there. The shapes are nearly the same, so the order of the questions matters."""
    reveal = given(part.body, "cp_reveal_time", moment)
    if reveal is not None and reveal > now:
        return "hidden_until", f"revealed on {reveal:%Y-%m-%d %H:%M} UTC"
    # Under another name the aggregates would look withheld, and the user would be told to ask for a better token.
    if "aggregations" not in part.body:
        raise Flaw("aggregations", None, "the question has none; the platform may have renamed them")
    if given(post, "nr_forecasters", count) == 0:
        return "no_forecasts", "nobody has forecast"
    # The post counts the forecasters of all its questions, so of one sub-question only the shape tells: [] or null.
    if part.is_sub and given(block, "history", listed) is not None:
        return "no_forecasts", "the aggregate is there and empty"
    return "withheld", "there are forecasters, and the aggregate is not shown"


def _stands(part: Part, latest: Json, now: datetime) -> bool:
    """Whether people stand by the newest aggregate: `end_time` may lie ahead, or be the close of the question."""
    end = given(latest, "end_time", number)
    if end is None or end > (now - EPOCH).total_seconds():
        return True
    # On a closed question `end_time` equals the close: that forecast is final, not withdrawn. The close of an open
    # question is never null either, it is the scheduled one.
    closed_at = given(part.body, "actual_close_time", moment)
    return closed_at is not None and closed_at <= now and end >= (closed_at - EPOCH).total_seconds()


def has_numbers(latest: Json) -> bool:
    """Whether an aggregate holds any number at all: a gate may blank the fields and leave the object."""
    return any(
        any(item is not None for item in values)
        for values in (latest.get("centers"), latest.get("forecast_values"))
        if isinstance(values, list)
    )


def _dated(latest: Json) -> str | None:
    """Since when the aggregate stands and until when, where it has an end."""
    days = [f"{word} {day}" for word, name in _SPAN if (day := _day(latest, name))]
    return " ".join(days) or None


def _day(latest: Json, name: str) -> str | None:
    found = given(latest, name, number)
    if found is None:
        return None
    if (at := at_seconds(found)) is None:
        raise Flaw(name, found, "a moment beyond the calendar")
    return f"{at:%Y-%m-%d}"


def _scaling(body: Json, expected: Question) -> Scaling:
    found = given(body, "scaling", json_object) or {}
    given(body, "unit", words)
    try:
        low, high, *_ = (given(found, name, number) for name in _NUMBERS)
    except Flaw as flaw:
        raise Flaw("scaling", flaw.value, f"{flaw.column}: {flaw.reason}") from None
    zero = found.get("zero_point")
    if low is None or high is None:
        raise Flaw("scaling", found.get("range_min"), "a question with a range has none")
    if zero is not None and number(zero) is None:
        raise Flaw("scaling", zero, "the zero point is no number, and without it the scale would be read as linear")
    _require_unit(high, expected)
    lower, upper = (_flag(found, body, name) for name in ("open_lower_bound", "open_upper_bound"))
    try:
        return Scaling(low, high, number(zero), lower, upper)
    except ValueError as error:
        raise Flaw("scaling", zero, str(error)) from None


def _require_unit(range_max: float, expected: Question) -> None:
    """Notice a change of the platform's unit: multiplying on would be wrong by the whole factor."""
    between, converted = expected.range_max_between, range_max * expected.multiplier
    if between and not between[0] <= converted <= between[1]:
        reason = f"{converted:g} {expected.unit} after conversion; the platform's unit has changed"
        raise Flaw("range_max", range_max, reason)


def _flag(scaling: Json, body: Json, name: str) -> bool:
    return True in (given(scaling, name, truth), given(body, name, truth))
