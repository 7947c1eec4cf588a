"""The numbers of a Metaculus question as rows: every number has its row, filled only where it is shown.

A question has the same rows whatever a token may see: its state, then per type
  binary            the probability, and the quartiles of the forecasters' probabilities
  multiple_choice   the same for every option that stands
  numeric, discrete 23 quantiles
  date              23 quantiles and the probability by each threshold date, both raw and given it has not happened
and one more once it is resolved. A withheld number is thus a row that says so, and losing access is a revision
instead of the loss of a feed's rows.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from sources.metaculus.scaling import (
    LEVELS,
    checked_cdf,
    levels_given_not_yet,
    quantile_locations,
    share_by,
    share_by_given_not_yet,
)
from sources.metaculus.states import CONTINUOUS, QuestionState, options_of, scaling_json
from sources.reading.json_values import (
    EPOCH,
    Flaw,
    Json,
    at_seconds,
    count,
    given,
    listed,
    mapping,
    moment,
    number,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from sources.metaculus.questions import Question
    from sources.metaculus.scaling import Scaling

    Array = npt.NDArray[np.float64]

ABOVE: Final = "above_upper_bound"
BELOW: Final = "below_lower_bound"
_QUARTILES: Final = ((0.25, "interval_lower_bounds"), (0.5, "centers"), (0.75, "interval_upper_bounds"))
_USUAL_OUTCOMES: Final = 200
_LONE_KEYS: Final = ("state", "resolution")
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class RowContext:
    """What numbers are read against: our expectations, the day of the snapshot, the dates asked about."""

    question: Question
    today: date
    thresholds: Sequence[date]


@dataclass(frozen=True, slots=True)
class Statement:
    """One number of a question, or the place where it would stand; `key` tells it from the question's others."""

    key: str
    value_number: float | None = None
    value_date: date | None = None
    value_text: str | None = None
    quantile: float | None = None
    threshold_date: date | None = None
    is_conditional: bool = False
    detail: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no value is known."""
        return self.value_number is None and self.value_date is None and self.value_text is None


def rows_of(reading: QuestionState, context: RowContext) -> list[dict[str, Any]]:
    """All rows of one question for core.community_forecast; Flaw when its numbers cannot be read."""
    numbers = _NUMBERS.get(reading.type)
    if numbers is None and reading.state in {"visible", "resolved"}:
        raise Flaw("type", reading.type, f"questions of type {reading.type} are not known here")
    common = {
        "platform": "metaculus",
        "question_id": reading.part.question_id,
        "title": reading.part.title or context.question.title,
        "forecaster_count": reading.forecaster_count,
        "scaling_json": scaling_json(reading.part.body, context.question),
    }
    rows = [_row(reading, common, Statement("state"), reading.method)]
    if numbers is not None:
        rows += [_row(reading, common, statement, reading.method) for statement in numbers(reading, context)]
    if reading.state == "resolved":
        rows.append(_row(reading, common, _resolution(reading, context.question), "resolution"))
    return rows


def _row(reading: QuestionState, common: Json, statement: Statement, aggregation: str | None) -> dict[str, Any]:
    # State and answer belong to no aggregate: keyed by one, they would be new rows when the default changes.
    stands_alone = statement.key in _LONE_KEYS
    # A visible question may still keep back some of its numbers; the row of such a number says so itself.
    is_kept_back = reading.state == "visible" and statement.is_empty and not stands_alone
    return {
        **common,
        "source_row_id": "|".join(
            (reading.part.question_id, *(() if stands_alone else (str(aggregation),)), statement.key)
        ),
        "state": "withheld" if is_kept_back else reading.state,
        "state_detail": "the platform shows other numbers of it"
        if is_kept_back
        else statement.detail or reading.detail,
        "aggregation": aggregation,
        "quantile": statement.quantile,
        "threshold_date": statement.threshold_date,
        "is_conditional": statement.is_conditional,
        "value_number": statement.value_number,
        "value_date": statement.value_date,
        "value_text": statement.value_text,
    }


def _binary(reading: QuestionState, _context: RowContext) -> list[Statement]:
    shares = _shares(reading, 1)
    return _share_statements("", None, [shares[column][0] for _, column in _QUARTILES])


def _multiple_choice(reading: QuestionState, _context: RowContext) -> list[Statement]:
    options = options_of(reading.part)
    offered = listed(reading.part.body.get("options"))
    standing = set(options) if offered is None else {text(option) for option in offered}
    shares = _shares(reading, len(options))
    statements = []
    for place, option in enumerate(options):
        # A deleted option keeps its place in the lists and has no probability; it is not a withheld one.
        if option not in standing:
            continue
        quartiles = [shares[column][place] for _, column in _QUARTILES]
        statements += _share_statements(f"{option}|", option, quartiles)
    return statements


def _share_statements(prefix: str, label: str | None, quartiles: Sequence[float | None]) -> list[Statement]:
    """The probability (the forecasters' weighted median) and the quartiles of what the forecasters say."""
    low, center, high = quartiles
    # A label without its number would make the row look filled, and it would not be called withheld.
    shown = [label if value is not None else None for value in (center, low, high)]
    return [
        Statement(f"{prefix}share", center, value_text=shown[0]),
        Statement(f"{prefix}0.25 of forecasters", low, value_text=shown[1], quantile=0.25),
        Statement(f"{prefix}0.75 of forecasters", high, value_text=shown[2], quantile=0.75),
    ]


def _shares(reading: QuestionState, length: int) -> dict[str, list[float | None]]:
    """The three lists of probabilities, each of `length`; empty places where nothing is shown."""
    found = {}
    for _, column in _QUARTILES:
        values = reading.latest.get(column) if reading.latest else None
        if values is None:
            values = [None] * length
        if not isinstance(values, list) or len(values) != length:
            # Read against a list of another length, each option would get its neighbour's probability.
            raise Flaw(column, values, f"{length} values are due, one per option there ever was")
        paths = [column] if length == 1 else [f"{column}[{place}]" for place in range(length)]
        pairs = zip(paths, values, strict=True)
        found[column] = [None if value is None else _share(path, value) for path, value in pairs]
    return found


def _share(column: str, value: object) -> float:
    found = number(value)
    if found is None or not 0 <= found <= 1:
        raise Flaw(column, value, "not a share between 0 and 1")
    return found


def _continuous(reading: QuestionState, context: RowContext) -> list[Statement]:
    """The 23 quantiles, from the distribution; where only the quartiles are shown, those three."""
    cdf = _cdf(reading)
    locations = _quartile_locations(reading) if cdf is None else quantile_locations(cdf, LEVELS)
    return _quantiles(reading, context, locations)


def _quantiles(reading: QuestionState, context: RowContext, locations: Array) -> list[Statement]:
    """Quantiles at the 23 levels in our unit, from their locations; NaN where they are not shown."""
    scaling = reading.scaling
    values = locations if scaling is None else scaling.scale(locations) * context.question.multiplier
    return [
        Statement(f"{level:g}", *_answer(reading.type, value), quantile=level)
        for level, value in zip(LEVELS, values.tolist(), strict=True)
    ]


def _date(reading: QuestionState, context: RowContext) -> list[Statement]:
    """Quantiles and shares by the threshold dates, raw and given that it has not happened."""
    now, *shares = _shares_by(reading, (context.today, *context.thresholds))
    # Once it is settled there is nothing left to condition on.
    now = math.nan if reading.is_settled else now
    raw = [
        Statement(f"by {day}", _known(share), value_text=_beyond(reading, share, day), threshold_date=day)
        for day, share in zip(context.thresholds, shares, strict=True)
    ]
    later = [
        replace(statement, value_number=_known(share_by_given_not_yet(share, now)))
        for statement, share in zip(raw, shares, strict=True)
    ]
    cdf = _cdf(reading)
    # The stated quartiles are unconditional: without the whole distribution there is nothing to condition.
    unknown = np.full(len(LEVELS), np.nan)
    locations = unknown if cdf is None else quantile_locations(cdf, levels_given_not_yet(LEVELS, now))
    given = [*_quantiles(reading, context, locations), *later]
    return [*_continuous(reading, context), *raw, *(_not_yet(reading, context, now, each) for each in given)]


def _shares_by(reading: QuestionState, days: Sequence[date]) -> list[float]:
    """P(by each day); NaN where it is not shown or an open range does not say."""
    cdf, scaling = _cdf(reading), reading.scaling
    if cdf is None or scaling is None:
        return [math.nan] * len(days)
    return [share_by(cdf, scaling, _seconds(day)) for day in days]


def _not_yet(reading: QuestionState, context: RowContext, share_now: float, statement: Statement) -> Statement:
    """The statement labelled as ours: conditional on nothing having happened by the day of the snapshot."""
    # All mass lies in the past, and yet it has not happened: the answer lies beyond what was thought possible.
    beyond = ABOVE if share_now >= 1 else _beyond(reading, share_now, context.today)
    said = replace(statement, value_text=beyond) if statement.is_empty and not reading.is_settled else statement
    # The day is named only beside a value: on empty rows it would be a revision a day.
    detail = None if said.is_empty else f"given not before {context.today}"
    return replace(said, key=f"{said.key}|not yet", is_conditional=True, detail=detail)


def _beyond(reading: QuestionState, share: float, day: date) -> str | None:
    """On which side of the range a day lies whose share an open range does not say."""
    if reading.latest is None or reading.scaling is None or not math.isnan(share):
        return None
    return {1: ABOVE, -1: BELOW}.get(reading.scaling.side(_seconds(day)))


def _answer(type_: str, value: float) -> tuple[float | None, date | None, str | None]:
    """A value in the column it belongs to; beyond the range it is a text, since the range's end is not the value."""
    if math.isnan(value):
        return None, None, None
    if math.isinf(value):
        return None, None, ABOVE if value > 0 else BELOW
    if type_ != "date":
        return value, None, None
    # Midnights come out of the formula a hair early, which would be the day before.
    found = at_seconds(round(value, 3))
    if found is None:
        raise Flaw("scaling", value, "a date beyond the calendar")
    return None, found.date(), None


def _cdf(reading: QuestionState) -> Array | None:
    """The distribution, None where it is not shown."""
    values = reading.latest.get("forecast_values") if reading.latest else None
    if values is None:
        return None
    # Older questions leave the number of steps empty, which stands for 200.
    outcomes = given(mapping(reading.part.body.get("scaling")), "inbound_outcome_count", count) or _USUAL_OUTCOMES
    try:
        return checked_cdf(_points(values), outcomes + 1)
    except ValueError as error:
        raise Flaw("forecast_values", values, str(error)) from None


def _points(values: object) -> list[float]:
    """The shares of a distribution; Flaw names the first place where there is no number."""
    points = []
    for place, value in enumerate(listed(values) or []):
        if (share := number(value)) is None:
            raise Flaw(f"forecast_values[{place}]", value, "no number where shares between 0 and 1 are due")
        points.append(share)
    return points


def _quartile_locations(reading: QuestionState) -> Array:
    """Locations at the three quartiles as the platform states them, NaN at the other levels."""
    locations = np.full(len(LEVELS), np.nan)
    shares = _shares(reading, 1)
    for level, column in _QUARTILES:
        location = shares[column][0]
        if location is not None:
            locations[LEVELS.index(level)] = _unclamped(location, reading.scaling)
    return locations


def _unclamped(location: float, scaling: Scaling | None) -> float:
    """A stated location; at an end of the range that is open it stands for all that lies beyond."""
    if scaling is not None and location == 0 and scaling.is_lower_open:
        return -math.inf
    if scaling is not None and location == 1 and scaling.is_upper_open:
        return math.inf
    return location


def _resolution(reading: QuestionState, question: Question) -> Statement:
    """The answer, read by the question's type: an option may be labelled '11-20' or '2027'."""
    words = text(reading.part.body.get("resolution")) or ""
    if reading.type in CONTINUOUS and words in {ABOVE, BELOW}:
        return Statement("resolution", value_text=words)
    statement = _RESOLUTIONS[reading.type](words, question)
    if statement is None:
        raise Flaw("resolution", words, f"not an answer to a question of type {reading.type}")
    return statement


def _resolved_option(words: str, _question: Question) -> Statement | None:
    return Statement("resolution", value_text=words)


def _resolved_yes_no(words: str, _question: Question) -> Statement | None:
    return Statement("resolution", float(words == "yes"), value_text=words) if words in {"yes", "no"} else None


def _resolved_date(words: str, _question: Question) -> Statement | None:
    found = moment(words)
    return None if found is None else Statement("resolution", value_date=found.date())


def _resolved_number(words: str, question: Question) -> Statement | None:
    # float() would also read 'nan', 'inf' and '1_0'; none of them is an answer.
    found = number(float(words)) if _NUMBER.fullmatch(words) else None
    return None if found is None else Statement("resolution", found * question.multiplier)


def _seconds(day: date) -> float:
    """A date as Metaculus means it: its first moment, UTC. An answer 'on that day' is resolved to that moment."""
    return (datetime.combine(day, time(), UTC) - EPOCH).total_seconds()


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


_NUMBERS: Final[dict[str, Callable[[QuestionState, RowContext], list[Statement]]]] = {
    "binary": _binary,
    "multiple_choice": _multiple_choice,
    "numeric": _continuous,
    "discrete": _continuous,
    "date": _date,
}
_RESOLUTIONS: Final[dict[str, Callable[[str, Question], Statement | None]]] = {
    "binary": _resolved_yes_no,
    "multiple_choice": _resolved_option,
    "numeric": _resolved_number,
    "discrete": _resolved_number,
    "date": _resolved_date,
}
