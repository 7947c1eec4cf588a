"""What a table says once the day it forecast has come: every row that anything measured is resolved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from models.days import readable
from models.forecasting.frontier import STILL_OBSERVED_DAYS
from models.properties.cells import Forecasted
from models.properties.clauses import Clause, day, number, sentence

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from models.properties.cells import Actual, Cells
    from models.properties.context import Context

_STOOD: Final[Mapping[str, str]] = {
    "measured": "stood at",
    "derived": "stood, times what is assumed, at",
    "implied": "would by the inputs of that day have been",
}
_UNHEARD: Final = ("not_asked", "withheld")
NEXT: Final = Clause("next", "To forecast a later day, set GPT2030_TARGET_DATE.")


def resolved(cells: Mapping[str, Cells], context: Context) -> dict[str, Cells]:
    """The rows of a table whose target date has passed, from cells that saw no row dated after it.

    Constants and judgements stay as they are: they never spoke of that day.
    """
    return {property_id: _resolved(one, context) for property_id, one in cells.items()}


def _resolved(one: Cells, context: Context) -> Cells:
    actual, target = one.actual, context.target_date
    if actual.state == "not_applicable" or (one.status == "unrefittable" and actual.state != "value"):
        return one
    nothing = Forecasted("not_applicable")
    is_event = one.forecast.never_share is not None
    # A quantity nobody measured any more did not stand still until then: it is unknown.
    is_quiet = one.inputs_as_of is None or (target - one.inputs_as_of).days > STILL_OBSERVED_DAYS
    if actual.state == "value" and (is_event or not is_quiet):
        return _told(one, "resolved", _came(actual, target) if is_event else _stood(actual, target))
    if one.status == "crossed":  # what was passed stays passed, whoever goes on measuring
        return replace(one, forecast=nothing, reason=f"{one.reason} {NEXT.text}", clauses=(*one.clauses, NEXT))
    if one.status in _UNHEARD:  # whether it came is known to a platform that nobody could ask
        return one
    if actual.state == "not_yet" and (one.inputs_as_of is None or not is_quiet):
        said = Clause("not_by", f"not by {target}, the day that was forecast", {"target": day(target)})
        return _told(one, "resolved", said)
    return _told(one, "unrefittable", _unmeasured(one.inputs_as_of, target))


def _told(one: Cells, status: str, said: Clause) -> Cells:
    reason = f"{sentence(said)} {NEXT.text}"
    return replace(one, forecast=Forecasted("not_applicable"), status=status, reason=reason, clauses=(said, NEXT))


def _came(actual: Actual, target: date) -> Clause:
    assert actual.day is not None
    text = f"the day that was forecast, {target}, has come: by then it came on {actual.day}"
    return Clause("came", text, {"target": day(target), "day": day(actual.day)})


def _stood(actual: Actual, target: date) -> Clause:
    assert actual.value is not None
    gave = f"{_STOOD[actual.kind]} {readable(actual.value)}"
    text = f"the day that was forecast, {target}, has come: by then it {gave}"
    return Clause(f"stood_{actual.kind}", text, {"target": day(target), "value": number(actual.value)})


def _unmeasured(last: date | None, target: date) -> Clause:
    text = f"the day that was forecast, {target}, has come, and nothing known measured it"
    if last is None:
        return Clause("never_measured", text, {"target": day(target)})
    return Clause("measured_until", f"{text} after {last}", {"target": day(target), "last": day(last)})
