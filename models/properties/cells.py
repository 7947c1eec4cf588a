"""One row of the property table before it is a row: its numbers, each with a state, and why it says what it says."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.days import RESTS_ON, SCORED_MONTHS, day_of, decimal_year, months_between, rests_on
from models.digits import all_kept, kept
from models.forecasting.forecasts import HUB_LEVELS
from models.properties.clauses import Clause, day, stored

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context, Reading, Row

LEVELS: Final[Mapping[str, float]] = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
# What a row is compared by: the levels of the forecast hubs, the five published ones among them.
GRID: Final[FloatArray] = np.array(HUB_LEVELS)
_PUBLISHED: Final = np.searchsorted(GRID, list(LEVELS.values()))
# The states of a value that the table shows, be it a day that may not come.
TOLD_STATES: Final = ("value", "not_yet")
FLAG_BEYOND: Final = "beyond_scored_range"


@dataclass(frozen=True, slots=True)
class Forecasted:
    """Today's numbers: quantiles at GRID, their state, and for dated rows the dates.

    `values` are the five published quantiles (None where there is none). `grid` is None for rows without numbers; of
    a day that may not come before the last day forecast, it holds infinity for the levels that lie beyond.
    """

    state: str
    values: tuple[float | None, ...] = (None,) * 5
    dates: tuple[date | None, ...] = (None,) * 5
    never_share: float | None = None
    grid: FloatArray | None = None

    @property
    def is_published(self) -> bool:
        """Whether the table shows numbers, be it a day that may not come; false where it says why it does not."""
        return self.state in TOLD_STATES

    @classmethod
    def of(cls, grid: FloatArray, floor: float = -np.inf) -> Forecasted:
        """Quantiles at GRID, all known; one at the floor, a record, is that number with all its digits."""
        grid = all_kept(grid, floor)
        return cls("value", tuple(float(value) for value in grid[_PUBLISHED]), grid=grid)

    @classmethod
    def constant(cls, value: float) -> Forecasted:
        """A number taken as given: the same at every level."""
        return cls.of(np.full(GRID.shape, value))

    @classmethod
    def dated(cls, days: tuple[date | None, ...], never_share: float | None) -> Forecasted:
        """A day at every level of GRID; those after the last day forecast are None."""
        # No date is not a late date: the empty quantile says that the day may not come before the target.
        dates = tuple(days[number] for number in _PUBLISHED)
        years = tuple(None if day is None else decimal_year(day) for day in dates)
        grid = np.array([np.inf if day is None else decimal_year(day) for day in days])
        return cls("not_yet" if dates[2] is None else "value", years, dates, never_share, grid)

    @classmethod
    def happened(cls, day: date) -> Forecasted:
        """A day that has come: every quantile is the day itself."""
        return cls.dated((day,) * len(GRID), 0.0)

    @classmethod
    def dated_years(cls, grid: FloatArray, never_share: float | None) -> Forecasted:
        """The same from decimal years at GRID."""
        grid = all_kept(grid)
        years = grid[_PUBLISHED]
        values = tuple(float(year) for year in years)
        return cls("value", values, tuple(day_of(year) for year in years), never_share, grid)


@dataclass(frozen=True, slots=True)
class Actual:
    """What is known so far, in the unit of the row, and of which kind it is.

    `kind` is measured (a cited row of that quantity), derived (a measured number times what is assumed) or implied (a
    formula on today's inputs, of which nothing need have happened); it says nothing where there is no value.
    """

    state: str
    value: float | None = None
    day: date | None = None
    note: str | None = None
    kind: str = "measured"
    precision: str = "day"

    @classmethod
    def read(cls, reading: Reading | None, factor: float = 1.0, kind: str = "measured") -> Actual:
        """A measurement times the factor from its series' unit to the row's; missing when there is none."""
        if reading is None:
            return cls("missing", note="no row known on this day")
        # 0.936842 * 100 is 93.68419999999999 to a machine and to nobody else.
        value = reading.value if factor == 1.0 else float(f"{reading.value * factor:.12g}")
        return cls("value", value, reading.day, reading.note, kind, reading.precision)


NOT_APPLICABLE: Final = Actual("not_applicable")


@dataclass(frozen=True, slots=True)
class Cells:
    """Everything about a row that is computed; `detail` becomes detail_json, `clauses` are the reason as values."""

    forecast: Forecasted
    actual: Actual
    status: str
    reason: str
    formula: str
    inputs_as_of: date | None = None
    essay_recomputed: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    clauses: tuple[Clause, ...] = ()

    def row(self, number: int, essay: Row) -> Row:
        """The row of out.property, without edition and comparisons; names and the essay's numbers from its row."""
        forecast, actual = self.forecast, self.actual
        has_essay = essay["p50"] is not None
        detail = dict(self.detail) | ({"essay_note": essay["note"]} if essay["note"] else {})
        # An empty range would look as if it had been forgotten here; the essay gave none.
        if has_essay and essay["p25"] is None:
            detail["essay_range"] = "not_stated"
        kind = actual.kind if actual.state == "value" else None
        if self.clauses:
            detail["clauses"] = stored(self.clauses)
        return {
            "property_id": essay["property_id"],
            "row_number": number,
            **{name: essay[name] for name in ("section", "basis", "label_en", "label_zh", "unit")},
            **dict(zip(LEVELS, forecast.values, strict=True)),
            "value_state": forecast.state,
            **{f"essay_{name}": essay[name] for name in ("p25", "p50", "p75")},
            "essay_state": "value" if has_essay else "not_stated",
            # Without a formula there is nothing to recompute, and the essay's number is its own recomputation.
            "essay_recomputed": essay["p50"] if self.essay_recomputed is None else kept(self.essay_recomputed),
            "actual_value": actual.value,
            "actual_date": actual.day,
            "actual_state": actual.state,
            "actual_note": actual.note,
            "actual_kind": kind,
            "actual_date_precision": actual.precision if actual.state == "value" and actual.day else None,
            **{f"value_date_{name}": day for name, day in zip(LEVELS, forecast.dates, strict=True)},
            "never_share": forecast.never_share,
            "status": self.status,
            "status_reason": self.reason + "".join(RESTS_ON[name] for name in rests_on(actual.note, kind)),
            "inputs_as_of": self.inputs_as_of,
            "so_far_kind": kind,
            "newest_fact_date": self.inputs_as_of,
            "essay_kind": _kind_of(essay) if has_essay else None,
            "formula": self.formula,
            "detail_json": json.dumps(_rounded(detail), ensure_ascii=False, sort_keys=True) if detail else None,
        }


def _kind_of(essay: Row) -> str:
    return "implied" if essay["is_implied"] else "anchor" if essay["role"] == "anchor" else "stated"


def outlook(context: Context) -> Clause:
    """How far ahead the row looks, and whether forecasts that far ahead are scored as a rule."""
    months, target = months_between(context.origin_date, context.target_date), context.target_date
    if months <= 0:
        return Clause("outlook_past", f"the target date {target} has passed", {"target": day(target)})
    if context.is_beyond_scored_range:
        scored = SCORED_MONTHS[-1]
        text = f"extrapolated {months} months ahead, beyond the scored range of {scored}"
        return Clause("outlook_far", text, {"months": months, "scored": scored})
    return Clause("outlook_near", f"forecast {months} months ahead", {"months": months})


def flags(context: Context, *more: str) -> list[str]:
    """The flags of a forecast row."""
    return [FLAG_BEYOND, *more] if context.is_beyond_scored_range else list(more)


def _rounded(value: Any) -> Any:
    """Floats to six significant digits: enough to read, and the same on every machine."""
    # JSON has no infinity: a limit that is switched off would make the text unreadable elsewhere.
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return value
