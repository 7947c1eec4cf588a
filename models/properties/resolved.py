"""What a table says once the day it forecast has come: every row that anything measured is resolved."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from models.days import readable
from models.forecasting.frontier import STILL_OBSERVED_DAYS
from models.properties.cells import Forecasted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from models.properties.cells import Cells
    from models.properties.context import Context

_STOOD: Final[Mapping[str, str]] = {
    "measured": "stood at",
    "derived": "stood, times an assumption, at",
    "implied": "would by the inputs of that day have been",
}
_UNHEARD: Final = ("not_asked", "withheld")
NEXT: Final = "To forecast a later day, set GPT2030_TARGET_DATE."


def resolved(cells: Mapping[str, Cells], context: Context) -> dict[str, Cells]:
    """The rows of a table whose target date has passed, from cells that saw no row dated after it.

    Constants and judgements stay as they are: they never spoke of that day.
    """
    return {property_id: _resolved(one, context) for property_id, one in cells.items()}


def _resolved(one: Cells, context: Context) -> Cells:
    actual, day = one.actual, context.target_date
    if actual.state == "not_applicable" or (one.status == "unrefittable" and actual.state != "value"):
        return one
    nothing = Forecasted("not_applicable")
    is_event = one.forecast.never_share is not None
    # A quantity nobody measured any more did not stand still until then: it is unknown.
    is_quiet = one.inputs_as_of is None or (day - one.inputs_as_of).days > STILL_OBSERVED_DAYS
    if actual.state == "value" and (is_event or not is_quiet):
        assert actual.value is not None
        gave = f"{_STOOD[actual.kind]} {readable(actual.value)}"
        said = f"came on {actual.day}" if is_event else gave
        reason = f"The day that was forecast, {day}, has come: by then it {said}. {NEXT}"
        return replace(one, forecast=nothing, status="resolved", reason=reason)
    if one.status == "crossed":  # what was passed stays passed, whoever goes on measuring
        return replace(one, forecast=nothing, reason=f"{one.reason} {NEXT}")
    if one.status in _UNHEARD:  # whether it came is known to a platform that nobody could ask
        return one
    if actual.state == "not_yet" and (one.inputs_as_of is None or not is_quiet):
        reason = f"Not by {day}, the day that was forecast. {NEXT}"
        return replace(one, forecast=nothing, status="resolved", reason=reason)
    last = f" after {one.inputs_as_of}" if one.inputs_as_of else ""
    reason = f"The day that was forecast, {day}, has come, and nothing known measured it{last}. {NEXT}"
    return replace(one, forecast=nothing, status="unrefittable", reason=reason)
