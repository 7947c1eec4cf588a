"""The numbers of a market as rows: its state, its probabilities, and the quantiles that follow from them.

A market has the same rows whatever its state, but for those of its answers:
  state                  why there are numbers or not
  share                  a market of one probability
  <answer>|share         each answer, P(above its number) or P(it is the one)
  0.01 … 0.99            of a distribution, the 23 quantiles; above_upper_bound where the answers do not reach that far
  resolution             once it is resolved
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from sources.manifold import distribution
from sources.manifold.labels import range_of, threshold_of, year_of
from sources.manifold.markets import DISTRIBUTIONS
from sources.metaculus.rows import ABOVE, BELOW
from sources.metaculus.scaling import LEVELS
from sources.reading.json_values import Flaw, at_seconds, count, given, listed, number, text, truth, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.manifold.distribution import Point
    from sources.manifold.markets import Market
    from sources.reading.json_values import Json

PLATFORM: Final = "manifold"
PRICE: Final = "market_price"
MOST_ANSWERS: Final = 500
_ONE: Final = ("BINARY",)
# A range of numbers or of days is kept as several answers, too.
_SEVERAL: Final = ("MULTIPLE_CHOICE", "MULTI_NUMERIC", "DATE")
_SETTLED: Final = {"YES": 1.0, "NO": 0.0}
_CANCELLED: Final = "CANCEL"
_NO_MORE_NUMBERS: Final = ("no_forecasts", "annulled", "error")


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a market: its id, its label and its probability."""

    answer_id: str
    label: str
    share: float


def rows_of(body: Json, market: Market, now: datetime) -> list[dict[str, Any]]:
    """All rows of one market for core.community_forecast; Flaw when it is not what we count on."""
    _require_form(body, market)
    state, detail = _state(body, now)
    common = _common(body, market, state, detail)
    stated = [_stated("state", None), *_shares(body, market, is_shown=state not in _NO_MORE_NUMBERS)]
    if state == "resolved":
        stated.append(_resolution(body))
    return [_placed(common, one) for one in stated]


def failed_rows(body: Json, market: Market, reason: str) -> list[dict[str, Any]]:
    """The rows of a market of which nothing can be believed."""
    common = _common({"question": body.get("question")}, market, "error", reason)
    empty = _quantiles([], market) if market.form in DISTRIBUTIONS else [_stated("share", PRICE)]
    return [_placed(common, one) for one in (_stated("state", None), *empty)]


def _common(body: Json, market: Market, state: str, detail: str | None) -> dict[str, Any]:
    return {
        "platform": PLATFORM, "question_id": market.slug, "title": text(body.get("question")) or market.title,
        "state": state, "state_detail": detail, "is_conditional": False,
        "forecaster_count": given(body, "uniqueBettorCount", count), "scaling_json": market.reading_json,
        "target": market.target, "target_date": market.target_date, "differs": market.differs,
    }  # fmt: skip


def _placed(common: Mapping[str, Any], stated: Mapping[str, Any]) -> dict[str, Any]:
    """One number of the market with what all of them share; its key tells it from the others."""
    own = {name: value for name, value in stated.items() if name != "key"}
    return {**common, **own, "source_row_id": f"{common['question_id']}|{stated['key']}"}


def _stated(key: str, aggregation: str | None, **values: Any) -> dict[str, Any]:
    return {"key": key, "aggregation": aggregation, **values}


def _require_form(body: Json, market: Market) -> None:
    found = given(body, "outcomeType", words) or "none"
    given(body, "question", words)
    expected = _SEVERAL if market.form in DISTRIBUTIONS else _ONE
    if found not in expected:
        raise Flaw("outcomeType", found, f"the market is of type {found}, and {expected[0]} was counted on")
    is_exclusive = given(body, "shouldAnswersSumToOne", truth)
    if market.form in DISTRIBUTIONS and is_exclusive is (market.form == "thresholds"):
        raise Flaw("shouldAnswersSumToOne", is_exclusive, "whether answers exclude each other is not as counted on")


def _state(body: Json, now: datetime) -> tuple[str, str | None]:
    """The state of a market and the evidence for it."""
    if given(body, "isResolved", truth) is None:
        raise Flaw("isResolved", body.get("isResolved"), "whether the market is resolved is not said")
    resolved_on = _day(body, "resolutionTime")
    if body["isResolved"]:
        is_void = given(body, "resolution", words) == _CANCELLED
        return ("annulled", "cancelled") if is_void else ("resolved", f"on {resolved_on}" if resolved_on else None)
    if given(body, "uniqueBettorCount", count) == 0:
        return "no_forecasts", "nobody has traded"
    closed_on = _day(body, "closeTime")
    return "visible", f"closed on {closed_on}" if closed_on and closed_on <= now.date() else None


def _shares(body: Json, market: Market, *, is_shown: bool) -> list[dict[str, Any]]:
    if market.form not in DISTRIBUTIONS:
        share = _share(body, "probability") if is_shown else None
        return [_stated("share", PRICE, value_number=share, threshold_value=market.passed_at, threshold_date=market.by)]
    answers = _answers(body) if is_shown else []
    points, thresholds = _distribution(answers, market)
    listed = [
        _stated(
            f"{one.answer_id}|share", PRICE, value_number=one.share, value_text=one.label, threshold_value=threshold
        )
        for one, threshold in zip(answers, thresholds, strict=True)
    ]
    return [*listed, *_quantiles(points, market)]


def _distribution(answers: Sequence[Answer], market: Market) -> tuple[list[Point], Sequence[float | None]]:
    """The distribution that the answers make, and for each the number that it asks about in our unit, if one."""
    nothing: list[float | None] = [None] * len(answers)
    if not answers:
        return [], nothing
    if market.form == "thresholds":
        numbers = [
            _plausible(threshold_of(one.label, market.words) * market.multiplier, one, market) for one in answers
        ]
        return distribution.of_thresholds(list(zip(numbers, [one.share for one in answers], strict=True))), numbers
    if market.form == "years":
        return distribution.of_ranges([(year_of(one.label), one.share) for one in answers]), nothing
    ranges = [(range_of(one.label, market.words), one) for one in answers]
    for bounds, one in ranges:
        for end in bounds:
            if end is not None:
                _plausible(end * market.multiplier, one, market)
    return distribution.of_ranges([(bounds, one.share) for bounds, one in ranges]), nothing


def _plausible(number: float, answer: Answer, market: Market) -> float:
    """The number, if the target could ever have it; Flaw otherwise: its unit would be another than counted on."""
    low, high = market.plausible
    if not low <= number <= high:
        raise Flaw("answers", answer.label, f"{number:g} in our unit, which no answer could mean ({low:g} to {high:g})")
    return number


def _quantiles(points: Sequence[Point], market: Market) -> list[dict[str, Any]]:
    is_dated = market.form == "years"
    values = distribution.quantiles(points, LEVELS, is_log=market.is_log and not is_dated)
    scale = 1.0 if market.form == "thresholds" else market.multiplier
    return [
        _stated(
            f"{level:g}",
            PRICE,
            quantile=level,
            **_value(value, scale, is_dated=is_dated),
            threshold_value=market.threshold if is_dated else None,
        )
        for level, value in zip(LEVELS, values, strict=True)
    ]


def _value(value: float, scale: float, *, is_dated: bool) -> dict[str, Any]:
    if math.isnan(value):
        return {}
    if math.isinf(value):
        return {"value_text": ABOVE if value > 0 else BELOW}
    return {"value_date": date.fromordinal(int(value))} if is_dated else {"value_number": value * scale}


def _answers(body: Json) -> list[Answer]:
    """The answers that stand; one that is settled counts as what it was settled to."""
    answers = given(body, "answers", listed) or []
    if not 1 <= len(answers) <= MOST_ANSWERS:
        raise Flaw("answers", answers, f"a list of 1 to {MOST_ANSWERS} answers is due")
    found = [_answer(one, f"answers[{place}]") for place, one in enumerate(answers)]
    standing = [one for one in found if one is not None]
    if not standing:
        raise Flaw("answers", f"{len(answers)} cancelled", "no answer stands, and the market is open")
    return standing


def _answer(body: Any, path: str) -> Answer | None:
    """One answer, None where it is cancelled; Flaw by its path within the market."""
    if not isinstance(body, dict):
        raise Flaw(path, body, "an answer has an id and a text")
    if body.get("resolution") == _CANCELLED:
        return None
    try:
        answer = _standing(body)
    except Flaw as flaw:
        # Of hundreds of answers it says which; a market is refused whole, because its distribution rests on all.
        raise flaw.within(path) from None
    if not answer.answer_id or not answer.label:
        raise Flaw(path, body, "an answer has an id and a text")
    return answer


def _standing(body: Json) -> Answer:
    settled = _SETTLED.get(given(body, "resolution", words) or "")
    share = _share(body, "probability") if settled is None else settled
    return Answer(given(body, "id", words) or "", given(body, "text", words) or "", share)


def _share(body: Mapping[str, Any], name: str) -> float:
    found = number(body.get(name))
    if found is None or not 0 <= found <= 1:
        raise Flaw(name, body.get(name), "not a share between 0 and 1")
    return found


def _resolution(body: Json) -> dict[str, Any]:
    """What it was resolved to: yes or no, a probability, or the labels of the answers that came true."""
    answer = given(body, "resolution", words) or ""
    if answer in _SETTLED:
        return _stated("resolution", "resolution", value_number=_SETTLED[answer], value_text=answer)
    if given(body, "resolutionProbability", number) is not None:
        share = _share(body, "resolutionProbability")
        return _stated("resolution", "resolution", value_number=share, value_text=answer)
    came = [
        given(one, "text", words) or ""
        for one in given(body, "answers", listed) or []
        if isinstance(one, dict) and (one.get("id") == answer or given(one, "resolution", words) == "YES")
    ]
    return _stated("resolution", "resolution", value_text=" · ".join(came) or answer or "not said")


def _day(body: Json, name: str) -> date | None:
    """A moment in milliseconds since 1970 as its day, UTC."""
    stamp = given(body, name, number)
    found = None if stamp is None else at_seconds(stamp / 1000)
    if stamp is not None and found is None:
        raise Flaw(name, stamp, "a moment beyond the calendar")
    return None if found is None else found.date()
