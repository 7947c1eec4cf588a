"""What if an assumption were another: all rows under it, and what each assumption that differs has done."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.changes.size import median, shapley, subsets
from models.properties.declared_inputs import ASSUMED, LIMITS, SHARES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from models.forecasting.scales import FloatArray

    # All rows (44, 23) under each of several frames of core.assumption.
    Under = Callable[[Sequence[pl.DataFrame]], list[FloatArray]]

# Each doubles the number of tables to compute.
MOST_AT_ONCE: Final = 8
INTERVAL: Final = "p10-p90"
# Beyond, the product of a few is no number that a computer holds, and the answer would be a traceback.
LEAST_NUMBER, MOST_NUMBER = 1e-40, 1e40
# Futures that are argued about, each as the assumptions that make it.
SCENARIOS: Final[Mapping[str, tuple[str, ...]]] = {
    "no-data-limit": ("data.stock_tokens=inf",),
    "compute-stops-at-1e28": ("compute.feasible_flop=1e+28",),
    # Around the slow end of the interval that is stated for it; a bare number would be certain.
    "horizons-bend": ("auto.doubling_months=9.0..16.0",),
    "no-limits": tuple(f"{name}=inf" for name in sorted(LIMITS)),
}
# Evidence calls an assumption by the id it is stated under, formulas by that of the input: both are meant.
_BY_ASSUMPTION: Final = {one.assumption_id: name for name, one in ASSUMED.items()}


class NotAssumed(ValueError):
    """What was asked is no assumption of a formula, or no value that it could have."""


class UnknownAssumption(NotAssumed):
    """No assumption goes by the id `named`; those in `known` do."""

    def __init__(self, named: str) -> None:
        """Say what is wrong; whoever asked may have meant one that is spelled like it."""
        super().__init__(f"{named!r} is no assumption of a formula")
        self.named, self.known = named, tuple(dict.fromkeys((*sorted(ASSUMED), *sorted(_BY_ASSUMPTION))))


@dataclass(frozen=True, slots=True, order=True)
class Assumption:
    """One input of the formulas under another value: exact (`low` = `high`), or an 80 % interval."""

    input_id: str
    low: float
    high: float

    @classmethod
    def read(cls, text: str) -> Assumption:
        """Read `id=value`, `id=low..high` (10th to 90th percentile) or `id=inf` of a limit; NotAssumed says why not.

        The id is that of the input or that of its assumption.
        """
        named, _, value = text.partition("=")
        input_id = _BY_ASSUMPTION.get(named, named)
        if input_id not in ASSUMED:
            raise UnknownAssumption(named)
        first, dots, last = value.partition("..")
        low, high = (_number(text, end) for end in (first, last if dots else first))
        if low > high or (math.isinf(high) and (input_id not in LIMITS or low != high)):
            raise NotAssumed(
                f"{text!r}: write a positive number, low..high with low below high, or inf for a limit, which are "
                f"{', '.join(sorted(LIMITS))}"
            )
        return cls(input_id, low, high)

    def __str__(self) -> str:
        """As it is read, in the shortest spelling that gives the same numbers."""
        value = f"{self.low!r}" if self.low == self.high else f"{self.low!r}..{self.high!r}"
        return f"{self.input_id}={value}"

    @property
    def doubt(self) -> str:
        """What nobody can have meant, in words; empty when there is nothing."""
        is_more = self.input_id in SHARES and self.high > 1
        return (
            f"{self}: {self.input_id} is a share, and more than 1 of it is no world (0.37 is 37 %)" if is_more else ""
        )

    def put_into(self, assumptions: pl.DataFrame) -> pl.DataFrame:
        """The frame of core.assumption with this one in place of all that is stated about it."""
        assumption_id = ASSUMED[self.input_id].assumption_id
        is_exact = self.low == self.high
        row = {
            "assumption_id": assumption_id,
            "label_en": self.input_id,
            "source_id": "whatif",
            "value": self.low if is_exact else math.sqrt(self.low * self.high),
            "low": None if is_exact else self.low,
            "high": None if is_exact else self.high,
            "interval": None if is_exact else INTERVAL,
            # Stated at any time: a table that looks back must be asked as well.
            "as_of_date": assumptions["as_of_date"].min(),
        }
        mine = pl.DataFrame([{name: row.get(name) for name in assumptions.columns}], schema=assumptions.schema)
        return pl.concat([assumptions.remove(assumption_id=assumption_id), mine])


def _number(text: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        is_percent = value.endswith("%") and value[:-1].strip().replace(".", "", 1).isdigit()
        advice = f"; write {float(value[:-1].strip()) / 100:g}" if is_percent else ""
        raise NotAssumed(f"{text!r}: {value!r} is no number{advice}") from None
    if math.isnan(number) or number <= 0:
        raise NotAssumed(f"{text!r}: {value!r} is not above zero, as every assumption is")
    if not (LEAST_NUMBER <= number <= MOST_NUMBER or math.isinf(number)):
        raise NotAssumed(f"{text!r}: {value!r} is no number between {LEAST_NUMBER:g} and {MOST_NUMBER:g}")
    return number


@dataclass(frozen=True, slots=True)
class WhatIf:
    """All rows (44, 23) `before` and `after`, on the scale each is compared on, and what each assumption has done.

    `parts` (44) are shifts of the median by input id; they sum to that of the whole. NaN where a row has no
    distribution.
    """

    before: FloatArray
    after: FloatArray
    parts: Mapping[str, FloatArray]


def what_if(stated: pl.DataFrame, changed: Sequence[Assumption], under: Under) -> WhatIf:
    """The table under `stated` and under the changed assumptions; `under` computes tables under any.

    Split exactly (Shapley 1953): the order in which assumptions are written plays no part. NotAssumed for one named
    twice, or for more than MOST_AT_ONCE.
    """
    by_id = {one.input_id: one for one in changed}
    if len(by_id) != len(changed):
        twice = sorted({one.input_id for one in changed if one != by_id[one.input_id] or changed.count(one) > 1})
        said = ", ".join(str(one) for one in changed if one.input_id in twice)
        raise NotAssumed(f"an assumption is named twice ({said}, scenarios included); one value each")
    if len(by_id) > MOST_AT_ONCE:
        raise NotAssumed(
            f"{len(by_id)} assumptions at once; {MOST_AT_ONCE} at most, each doubles the tables to compute"
        )
    names = sorted(by_id)
    chosen = [frozenset(one) for one in subsets(names)]
    tables = under([_with(stated, [by_id[name] for name in sorted(one)]) for one in chosen])
    worth = dict(zip(chosen, tables, strict=True))
    parts = {name: median(part) for name, part in shapley(worth, names).items()} if names else {}
    return WhatIf(worth[frozenset()], worth[frozenset(names)], {name: np.asarray(part) for name, part in parts.items()})


def _with(stated: pl.DataFrame, changed: Sequence[Assumption]) -> pl.DataFrame:
    for one in changed:
        stated = one.put_into(stated)
    return stated


def identifier(edition_id: str, changed: Sequence[Assumption]) -> str:
    """What names a what-if: the edition and the assumptions, in order, from which it can be computed again."""
    return "~".join((edition_id, *map(str, sorted(changed))))


def read_identifier(text: str) -> tuple[str, list[Assumption]]:
    """The edition and the assumptions that an identifier names; NotAssumed as in `Assumption.read`."""
    edition_id, *changed = text.split("~")
    return edition_id, [Assumption.read(one) for one in changed]
