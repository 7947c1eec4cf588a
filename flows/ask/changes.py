"""What moved since earlier editions, how far and why: the rows of out.change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from flows.ask.movers import by_cause, day_of, is_mover, named
from flows.ask.sentences import Named, otherwise, series_of
from flows.edition.causes import BY_RANGE, LEAST_SPREADS, TOTAL, is_still, reached, signed, told_as
from models.changes.comparison import Comparison, compare, glance, materiality_of
from models.changes.mixtures import quantiles_of, units_of
from models.changes.size import CAUSES, DEX, comparable, has_part, median, scale_of, size, spread
from models.days import decimal_year, target_dates
from models.properties.cells import GRID
from models.properties.table import PROPERTY_IDS
from models.properties.world import World
from warehouse import published
from warehouse.contracts import polars_schema
from warehouse.contracts.change import CHANGE
from warehouse.known import read_known

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date

    from models.forecasting.scales import FloatArray
    from models.properties.table import Derived
    from warehouse.corrections import Correction
    from warehouse.vintages import Queries

VALUE: Final = "value"
_IN_NUMBERS: Final = ("amount", "size_spreads", "reach_spreads")
_IN_WORDS: Final = ("detail", "direction")


class UnknownEdition(Exception):
    """No such edition is in the warehouse."""


@dataclass(slots=True)
class Ledger:
    """The edition of now, and its comparisons with earlier ones, each computed once."""

    queries: Queries
    edition_id: str
    now: World
    properties: pl.DataFrame
    corrections: Sequence[Correction] = ()
    _made: dict[str, Comparison] = field(default_factory=dict)
    _glances: dict[str, FloatArray] = field(default_factory=dict)
    _earlier: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    _of_now: list[FloatArray] = field(default_factory=list)

    def against(self, edition_id: str) -> Comparison:
        """The comparison with one earlier edition; UnknownEdition when there is none of that id."""
        if edition_id not in self._made:
            self._made[edition_id] = compare(*self._then(edition_id), self.now, self._quantiles)
        return self._made[edition_id]

    def news_since(self, edition_id: str) -> FloatArray:
        """How far each row (44) moved since an earlier edition, as `Comparison.news`, without its causes.

        Most days nothing is told against most baselines: a split by cause would compute up to sixteen tables each.
        """
        if edition_id in self._made:
            return self._made[edition_id].news
        if edition_id not in self._glances:
            self._glances[edition_id] = glance(*self._then(edition_id), self.now, self._quantiles)
        return self._glances[edition_id]

    def _quantiles(self, worlds: Sequence[World], only: Collection[str] = PROPERTY_IDS) -> list[FloatArray]:
        """As `quantiles`; the world of now, which every comparison ends in, is computed once for all of them."""
        made = iter(quantiles([world for world in worlds if world is not self.now], only))
        return [self._now_quantiles() if world is self.now else next(made) for world in worlds]

    def _now_quantiles(self) -> FloatArray:
        if not self._of_now:
            self._of_now.extend(quantiles([self.now]))
        return self._of_now[0]

    def _then(self, edition_id: str) -> tuple[World, FloatArray]:
        then = world_of(self.queries, edition_id, self.corrections)
        return then, published_quantiles(self.queries, edition_id, then)

    def row(self, property_id: str) -> dict[str, Any]:
        """One row of the table of now."""
        return self.properties.row(by_predicate=pl.col("property_id") == property_id, named=True)

    def every_row(self, previous_id: str, property_id: str) -> list[dict[str, Any]]:
        """The changed rows that moved it, each with its cause, how far it alone moved the median and the range.

        A row that moved neither is no cause, however high it is. Where the range moved most, the farthest first.
        """
        unit = self.row(property_id)["unit"]
        moved_by = self._movers(previous_id, property_id)
        if self.against(previous_id).direction(property_id) in BY_RANGE:
            moved_by = sorted(moved_by, key=lambda one: -one[2])
        return [
            {"cause": row["cause"], "row": f"{named(row)} ({day_of(row)})", "amount": amount, "reach": reach}
            for row, amount, reach in moved_by
            if is_mover(amount, reach, unit)
        ]

    def named_rows(self, previous_id: str, property_id: str) -> dict[str, Named]:
        """Per cause the changed rows that moved the median of a property most, in words, with what each moved."""
        unit = self.row(property_id)["unit"]
        moved_by = self._movers(previous_id, property_id)
        return by_cause((row, amount) for row, amount, _ in moved_by if has_part(amount, unit))

    def reaching_rows(self, previous_id: str, property_id: str) -> dict[str, Named]:
        """The same of the range, in spreads: for a row whose median stayed, where what moved that would be nothing."""
        moved_by = self._movers(previous_id, property_id)
        farthest = sorted(((row, reach) for row, _, reach in moved_by), key=lambda one: -one[1])
        return by_cause(one for one in farthest if one[1] >= LEAST_SPREADS)

    def _movers(self, previous_id: str, property_id: str) -> list[tuple[dict[str, Any], float, float]]:
        row = self.row(property_id)
        return self.against(previous_id).movers(property_id, series_of(row), row["actual_date"])

    def otherwise(self, previous_id: str, property_id: str, lang: str = "en") -> str:
        """How a row is computed now, where an earlier edition computed it otherwise; else empty."""
        return otherwise(self.earlier(previous_id).get(property_id), self.row(property_id), lang)

    def earlier(self, previous_id: str) -> dict[str, dict[str, Any]]:
        """The rows of the table in an earlier edition, by property; read once."""
        if previous_id not in self._earlier:
            rows = published.properties_of(self.queries, previous_id).to_dicts()
            self._earlier[previous_id] = {row["property_id"]: row for row in rows}
        return self._earlier[previous_id]


def as_of_edition(queries: Queries, edition_id: str, corrections: Sequence[Correction] = ()) -> Ledger:
    """The ledger of an edition that was published."""
    world = world_of(queries, edition_id, corrections)
    return Ledger(queries, edition_id, world, published.properties_of(queries, edition_id), corrections)


def quantiles(worlds: Sequence[World], only: Collection[str] = PROPERTY_IDS) -> list[FloatArray]:
    """The rows asked for in each world, forecast for the days that an edition forecasts."""
    return quantiles_of(worlds, lambda world: target_dates(world.day, world.target_date), only)


def world_of(queries: Queries, edition_id: str, corrections: Sequence[Correction] = ()) -> World:
    """What was known when an edition was issued, of the feeds that had been read by then.

    A feed that was first read later would stand in with its oldest vintage, and its rows would look old.
    """
    issue = published.issue_of(queries, edition_id)
    if issue is None:
        raise UnknownEdition(f'there is no edition {edition_id}; `gpt2030 sql "from out.edition"` lists them')
    target_date, feeds = published.target_of(queries, edition_id) or (issue.today, ())
    known, _ = read_known(queries, issue, corrections, feeds)
    return World(known, target_date)


def published_quantiles(queries: Queries, edition_id: str, then: World) -> FloatArray:
    """Distributions that an edition published (44, 23), on the scales of comparison; NaN for rows without one."""
    return _distributions(
        published.quantiles_of(queries, edition_id), units_of(then.known.essay_numbers), then.target_date
    )


def _distributions(rows: pl.DataFrame, units: Mapping[str, str], target_date: date) -> FloatArray:
    """Rows (property_id, level, value; null is never by then) as arrays (44, 23) on the scales of comparison."""
    grids = {
        str(name): part["value"].fill_null(np.inf).to_numpy()
        for (name,), part in rows.sort("property_id", "level").group_by("property_id", maintain_order=True)
    }
    empty, last = np.full(len(GRID), np.nan), decimal_year(target_date)
    return np.stack([comparable(grids.get(name, empty), units[name], last) for name in PROPERTY_IDS])


def with_previous(derived: Derived, queries: Queries, previous_id: str | None, target_date: date) -> pl.DataFrame:
    """The properties with their medians in an earlier edition, and how far they moved since then in old spreads.

    The measure of `out.change`, negative where the median fell; empty where neither of the two is a forecast.
    """
    units = dict(derived.properties.select("property_id", "unit").iter_rows())
    # Of a day that may never come the part beyond the target counts as the target of its own edition.
    asked = published.target_of(queries, previous_id)
    old = _distributions(published.quantiles_of(queries, previous_id), units, asked[0] if asked else target_date)
    new = _distributions(derived.quantiles, units, target_date)
    fallen = np.where(median(new) < median(old), -1.0, 1.0)
    shift = fallen * size(old, new, materiality_of(units))
    is_forecast = (spread(old) > 0) | (spread(new) > 0)
    shifts = pl.DataFrame({"property_id": PROPERTY_IDS, "change_spreads": np.where(is_forecast, shift, np.nan)})
    earlier = published.properties_of(queries, previous_id).select("property_id", previous_p50="p50")
    both = derived.properties.join(earlier, on="property_id", how="left", maintain_order="left")
    return both.join(shifts.fill_nan(None), on="property_id", how="left", maintain_order="left")


def change_rows(ledger: Ledger, previous_id: str, *, has_details: bool = False) -> pl.DataFrame:
    """The rows of out.change for the edition against an earlier one: every row that moved, a line per cause.

    `has_details` names the rows behind each cause of what the feed tells: a whole table is computed for each of them.
    """
    rows = [row for name in PROPERTY_IDS for row in _change_of(ledger, previous_id, name, has_details=has_details)]
    ends = [pl.lit(ledger.edition_id).alias("edition_id"), pl.lit(previous_id).alias("previous_edition_id")]
    # Of columns that may hold nothing alone polars cannot tell the type.
    frame = pl.DataFrame(
        rows, schema_overrides={**dict.fromkeys(_IN_NUMBERS, pl.Float64), **dict.fromkeys(_IN_WORDS, pl.String)}
    )
    if frame.is_empty():
        return pl.DataFrame(schema=polars_schema(CHANGE))
    return frame.with_columns(ends).select(CHANGE.column_names)


def _change_of(ledger: Ledger, previous_id: str, property_id: str, *, has_details: bool) -> list[dict[str, Any]]:
    """The lines of one property, its total first; none for one that did not move or cannot be compared."""
    compared, place = ledger.against(previous_id), PROPERTY_IDS.index(property_id)
    amounts, moved_by = _amounts(compared, place), _number(compared.sizes[place])
    # By the largest part, not by the whole: causes that cancel are a change that somebody asks about.
    largest = max((abs(amount) for _, amount in amounts), default=0.0) / compared.unit_of(place)
    is_told = has_details and amounts and (moved_by is None or max(moved_by, largest) >= LEAST_SPREADS)
    details = _details(ledger, previous_id, property_id) if is_told else {}
    direction = None if moved_by is None else compared.direction(property_id)
    reaches = {TOTAL: moved_by} | {cause: _number(far[place]) for cause, far in compared.reaches.items()}
    return [
        {"property_id": property_id, "cause": cause, "amount": amount, "size_spreads": moved_by,
         "detail": details.get(cause), "direction": direction, "reach_spreads": reaches.get(cause)}
        for cause, amount in amounts
    ]  # fmt: skip


def _details(ledger: Ledger, previous_id: str, property_id: str) -> dict[str, str]:
    """Per cause the changed rows that moved a property most, as they stand in out.change."""
    compared, place = ledger.against(previous_id), PROPERTY_IDS.index(property_id)
    if is_still((part[place] for part in compared.parts.values()), ledger.row(property_id)["unit"]):
        return _reaching(ledger, previous_id, property_id)
    moving = ledger.named_rows(previous_id, property_id)
    shifts = {cause: "; ".join(f"{text} {signed(moved)}" for text, moved in rows) for cause, rows in moving.items()}
    if compared.direction(property_id) not in BY_RANGE:
        return shifts
    far = _reaching(ledger, previous_id, property_id)
    both = {cause: [one[cause] for one in (shifts, far) if cause in one] for cause in shifts | far}
    return {cause: "; ".join(said) for cause, said in both.items()}


def _reaching(ledger: Ledger, previous_id: str, property_id: str) -> dict[str, str]:
    reaching = ledger.reaching_rows(previous_id, property_id)
    return {cause: "; ".join(reached(*one) for one in rows) for cause, rows in reaching.items()}


def row_changes(ledger: Ledger, previous_id: str, lang: str = "en") -> list[dict[str, Any]]:
    """Every row that moved or changed its status since an earlier edition, the farthest first.

    Medians, size and causes are None for a row of which only the status changed. `otherwise` says how a row is
    computed now, where it was computed otherwise then.
    """
    changes = change_rows(ledger, previous_id)
    moved_rows = {str(name): rows for (name,), rows in changes.group_by("property_id", maintain_order=True)}
    earlier = ledger.earlier(previous_id)
    statuses = {name: row["status"] for name, row in earlier.items()}
    published_then = {name for name, row in earlier.items() if row["value_state"] == VALUE}
    found = []
    for name in PROPERTY_IDS:
        row = ledger.row(name)
        is_new_status = statuses.get(name, row["status"]) != row["status"]
        if name in moved_rows or is_new_status:
            told = {key: row[key] for key in ("property_id", "label_en", "label_zh", "unit", "status", "status_reason")}
            moved_by = _moved(ledger, previous_id, row, moved_rows.get(name))
            moved_by |= {} if name in published_then else {"p50_before": None}
            told |= {"status_before": statuses.get(name), "scale": scale_of(row["unit"])}
            told |= {"otherwise": ledger.otherwise(previous_id, name, lang)}
            found.append(told | moved_by)
    return sorted(found, key=lambda row: -(row["size_spreads"] or 0.0))


def _moved(ledger: Ledger, previous_id: str, row: Mapping[str, Any], lines: pl.DataFrame | None) -> dict[str, Any]:
    """How far a row moved and by what, from its rows of out.change; all None where it has none."""
    if lines is None:
        return dict.fromkeys(
            ("p50_before", "p50", "size_spreads", "direction", "total", "causes", "reaches", "told_as")
        )
    compared, place = ledger.against(previous_id), PROPERTY_IDS.index(row["property_id"])
    before, after = median_of(compared.before, row), median_of(compared.after, row)
    causes = dict(lines.filter(pl.col("cause") != TOTAL).select("cause", "amount").iter_rows())
    return {
        "p50_before": before,
        "p50": after if row["value_state"] == VALUE else None,
        "size_spreads": lines["size_spreads"][0],
        "direction": compared.direction(row["property_id"]),
        "total": float(compared.total[place]),
        "causes": causes,
        "reaches": {cause: float(far[place]) for cause, far in compared.reaches.items()},
        "told_as": _told_as(compared, row),
    }


def _told_as(compared: Comparison, row: Mapping[str, Any]) -> dict[str, str]:
    """What each cause of a row is called, by whether rows of data, assumptions or both have changed under it."""
    behind: dict[str, list[str]] = {}
    for one in compared.changed(row["property_id"], series_of(row)):
        behind.setdefault(one["cause"], []).append(named(one))
    return {cause: told_as(cause, behind.get(cause, ())) for cause in CAUSES}


def _amounts(compared: Comparison, place: int) -> list[tuple[str, float]]:
    """The total and its parts; nothing for a row that did not move or cannot be compared."""
    total = compared.total[place]
    parts = [(cause, compared.parts[cause][place]) for cause in CAUSES]
    is_known = np.isfinite([total, *(part for _, part in parts)]).all()
    if not is_known or not (any(part for _, part in parts) or compared.sizes[place] > 0):
        return []
    return [(TOTAL, float(total)), *((cause, float(part)) for cause, part in parts)]


def median_of(quantiles: FloatArray, row: Mapping[str, Any]) -> float:
    """The median of a row, in its unit: to be told only where the edition gives a point for the row."""
    return in_unit(float(median(quantiles[PROPERTY_IDS.index(row["property_id"])])), row["unit"])


def in_unit(value: float, unit: str) -> float:
    """A number on the scale of comparison back in the unit of its row."""
    if scale_of(unit) == DEX:
        return float(10**value)
    return value / float(comparable(np.ones(1), unit, np.inf)[0]) if unit != "year" else value


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
