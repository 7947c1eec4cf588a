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

from sources.metaculus_scaling import (
    LEVELS,
    checked_cdf,
    levels_given_not_yet,
    quantile_locations,
    share_by,
    share_by_given_not_yet,
)
from sources.metaculus_states import (
    CONTINUOUS,
    EPOCH,
    Flaw,
    Json,
    Reading,
    at_seconds,
    count,
    mapping,
    moment,
    number,
    options_of,
    scaling_json,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from sources.metaculus_questions import Question

    Array = npt.NDArray[np.float64]

ABOVE: Final = "above_upper_bound"
BELOW: Final = "below_lower_bound"
_QUARTILES: Final = ((0.25, "interval_lower_bounds"), (0.5, "centers"), (0.75, "interval_upper_bounds"))
_USUAL_OUTCOMES: Final = 200
_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Frame:
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


def rows_of(reading: Reading, frame: Frame) -> list[dict[str, Any]]:
    """All rows of one question for core.community_forecast; Flaw when its numbers cannot be read."""
    numbers = _NUMBERS.get(reading.type)
    if numbers is None and reading.state in {"visible", "resolved"}:
        raise Flaw("type", reading.type, f"questions of type {reading.type} are not known here")
    common = {
        "platform": "metaculus",
        "question_id": reading.part.question_id,
        "title": reading.part.title or frame.question.title,
        "forecaster_count": reading.forecaster_count,
        "scaling_json": scaling_json(reading.part.body, frame.question),
    }
    rows = [_row(reading, common, Statement("state", detail=reading.detail), reading.method)]
    if numbers is not None:
        rows += [_row(reading, common, statement, reading.method) for statement in numbers(reading, frame)]
    if reading.state == "resolved":
        rows.append(_row(reading, common, _resolution(reading, frame.question), "resolution"))
    return rows


def _row(reading: Reading, common: Json, statement: Statement, aggregation: str | None) -> dict[str, Any]:
    is_state = statement.key in {"state", "resolution"}
    key = statement.key if is_state else f"{aggregation}|{statement.key}"
    # A visible question may still keep back some of its numbers; the row of such a number says so itself.
    is_kept_back = reading.state == "visible" and statement.is_empty and not is_state
    return {
        **common,
        "source_row_id": f"{reading.part.question_id}|{key}",
        "state": "withheld" if is_kept_back else reading.state,
        "state_detail": statement.detail,
        "aggregation": aggregation,
        "quantile": statement.quantile,
        "threshold_date": statement.threshold_date,
        "is_conditional": statement.is_conditional,
        "value_number": statement.value_number,
        "value_date": statement.value_date,
        "value_text": statement.value_text,
    }


def _binary(reading: Reading, frame: Frame) -> list[Statement]:  # noqa: ARG001 - one signature for all types
    shares = _shares(reading, 1)
    return _share_statements("", None, [shares[column][0] for _, column in _QUARTILES])


def _multiple_choice(reading: Reading, frame: Frame) -> list[Statement]:  # noqa: ARG001 - the same
    options = options_of(reading.part)
    listed = reading.part.body.get("options")
    standing = {text(option) for option in listed} if isinstance(listed, list) else set(options)
    shares = _shares(reading, len(options))
    statements = []
    for place, option in enumerate(options):
        if option not in standing:
            continue
        quartiles = [shares[column][place] for _, column in _QUARTILES]
        statements += _share_statements(f"{option}|", option, quartiles)
    return statements


def _share_statements(prefix: str, label: str | None, quartiles: Sequence[float | None]) -> list[Statement]:
    """The probability (the forecasters' weighted median) and the quartiles of what the forecasters say."""
    low, center, high = quartiles
    shown = [label if value is not None else None for value in (center, low, high)]
    return [
        Statement(f"{prefix}share", center, value_text=shown[0]),
        Statement(f"{prefix}0.25 of forecasters", low, value_text=shown[1], quantile=0.25),
        Statement(f"{prefix}0.75 of forecasters", high, value_text=shown[2], quantile=0.75),
    ]


def _shares(reading: Reading, length: int) -> dict[str, list[float | None]]:
    """The three lists of probabilities, each of `length`; empty places where nothing is shown."""
    found = {}
    for _, column in _QUARTILES:
        values = reading.latest.get(column) if reading.latest else None
        if values is None:
            values = [None] * length
        if not isinstance(values, list) or len(values) != length:
            # Read against a list of another length, each option would get its neighbour's probability.
            raise Flaw(column, values, f"{length} values are due, one per option there ever was")
        found[column] = [None if value is None else _share(column, value) for value in values]
    return found


def _share(column: str, value: object) -> float:
    found = number(value)
    if found is None or not 0 <= found <= 1:
        raise Flaw(column, value, "not a share between 0 and 1")
    return found


def _continuous(reading: Reading, frame: Frame) -> list[Statement]:
    """The 23 quantiles, from the distribution; where only the quartiles are shown, those three."""
    cdf = _cdf(reading)
    locations = _quartile_locations(reading) if cdf is None else quantile_locations(cdf, LEVELS)
    answers = _answers(reading, frame.question, locations)
    return [Statement(f"{level:g}", *answer, quantile=level) for level, answer in zip(LEVELS, answers, strict=True)]


def _date(reading: Reading, frame: Frame) -> list[Statement]:
    """Quantiles and shares by the threshold dates, raw and given that it has not happened."""
    cdf, scaling = _cdf(reading), reading.scaling
    if cdf is None or scaling is None:
        shares, locations, now = [math.nan] * len(frame.thresholds), np.full(len(LEVELS), np.nan), math.nan
    else:
        shares = [share_by(cdf, scaling, _seconds(day)) for day in frame.thresholds]
        now = math.nan if reading.is_settled else share_by(cdf, scaling, _seconds(frame.today))
        locations = quantile_locations(cdf, levels_given_not_yet(LEVELS, now))
    later = _answers(reading, frame.question, locations)
    raw = [
        Statement(f"by {day}", _known(share), value_text=_beyond(reading, share, day), threshold_date=day)
        for day, share in zip(frame.thresholds, shares, strict=True)
    ]
    given = [Statement(f"{level:g}", *answer, quantile=level) for level, answer in zip(LEVELS, later, strict=True)]
    given += [
        replace(statement, value_number=_known(share_by_given_not_yet(share, now)))
        for statement, share in zip(raw, shares, strict=True)
    ]
    return [*_continuous(reading, frame), *raw, *(_not_yet(reading, frame, now, statement) for statement in given)]


def _not_yet(reading: Reading, frame: Frame, share_now: float, statement: Statement) -> Statement:
    """The statement labelled as ours: conditional on nothing having happened by the day of the snapshot."""
    # All mass lies in the past, and yet it has not happened: the answer lies beyond what was thought possible.
    beyond = ABOVE if share_now >= 1 else _beyond(reading, share_now, frame.today)
    said = replace(statement, value_text=beyond) if statement.is_empty and not reading.is_settled else statement
    # The day is named only beside a value: on empty rows it would be a revision a day.
    detail = None if said.is_empty else f"given not before {frame.today}"
    return replace(said, key=f"{said.key}|not yet", is_conditional=True, detail=detail)


def _beyond(reading: Reading, share: float, day: date) -> str | None:
    """On which side of the range a day lies whose share an open range does not say."""
    if reading.latest is None or reading.scaling is None or not math.isnan(share):
        return None
    return {1: ABOVE, -1: BELOW}.get(reading.scaling.side(_seconds(day)))


def _answers(
    reading: Reading, question: Question, locations: Array
) -> list[tuple[float | None, date | None, str | None]]:
    values = locations if reading.scaling is None else reading.scaling.scale(locations) * question.multiplier
    return [_answer(reading.type, value) for value in values.tolist()]


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


def _cdf(reading: Reading) -> Array | None:
    """The distribution, None where it is not shown."""
    values = reading.latest.get("forecast_values") if reading.latest else None
    if values is None:
        return None
    outcomes = count(mapping(reading.part.body.get("scaling")).get("inbound_outcome_count")) or _USUAL_OUTCOMES
    numbers = [number(value) for value in values] if isinstance(values, list) else []
    try:
        return checked_cdf([math.nan if value is None else value for value in numbers], outcomes + 1)
    except ValueError as error:
        raise Flaw("forecast_values", values, str(error)) from None


def _quartile_locations(reading: Reading) -> Array:
    """Locations at the three quartiles as the platform states them, NaN at the other levels."""
    locations = np.full(len(LEVELS), np.nan)
    shares, scaling = _shares(reading, 1), reading.scaling
    for level, column in _QUARTILES:
        location = shares[column][0]
        if location is None or scaling is None:
            continue
        is_beyond = (location == 0 and scaling.is_lower_open) or (location == 1 and scaling.is_upper_open)
        locations[LEVELS.index(level)] = (math.inf if location else -math.inf) if is_beyond else location
    return locations


def _resolution(reading: Reading, question: Question) -> Statement:
    """The answer, read by the question's type: an option may be labelled '11-20' or '2027'."""
    words = text(reading.part.body.get("resolution")) or ""
    if reading.type in CONTINUOUS and words in {ABOVE, BELOW}:
        return Statement("resolution", value_text=words)
    if reading.type == "multiple_choice":
        return Statement("resolution", value_text=words)
    if reading.type == "binary" and words in {"yes", "no"}:
        return Statement("resolution", float(words == "yes"), value_text=words)
    if reading.type == "date" and (found := moment(words)) is not None:
        return Statement("resolution", value_date=found.date())
    if reading.type in {"numeric", "discrete"} and _NUMBER.fullmatch(words) and math.isfinite(float(words)):
        return Statement("resolution", float(words) * question.multiplier)
    raise Flaw("resolution", words, f"not an answer to a question of type {reading.type}")


def _seconds(day: date) -> float:
    """A date as Metaculus means it: its first moment, UTC. An answer 'on that day' is resolved to that moment."""
    return (datetime.combine(day, time(), UTC) - EPOCH).total_seconds()


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


_NUMBERS: Final[dict[str, Callable[[Reading, Frame], list[Statement]]]] = {
    "binary": _binary,
    "multiple_choice": _multiple_choice,
    "numeric": _continuous,
    "discrete": _continuous,
    "date": _date,
}
