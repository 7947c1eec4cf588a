"""Units of every id, and the check that each formula turns its inputs' units into the unit it declares."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pint

from models.properties.formulas import INPUT_UNITS, argument_of, formulas

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from models.properties.formulas import Formula

FLOP_PER_PETAFLOP_S_DAY: Final = 8.64e19

_DEFINITIONS: Final = (
    "token = [token]",
    "word = [word]",
    "flop = [operation]",
    "user = [user]",
    "message = [message]",
    "human = [human]",
    "forward_pass = token",  # one pass yields one token
    "petaflop_s_day = 1e15 * flop / second * day",
)


class UnitClash(Exception):
    """A formula does not yield the unit it declares, or a unit is nobody's; the message names what clashes."""


class Checked(NamedTuple):
    """One formula run on quantities: the number it gives in its declared unit, from inputs in theirs."""

    output_id: str
    magnitude: float


@cache
def registry() -> pint.UnitRegistry[float]:
    """Pint's units with tokens, words, operations, humans and users as dimensions of their own."""
    # Humans are a dimension: without it, tokens a minute of a machine and of a person would divide to a bare number.
    units: pint.UnitRegistry[float] = pint.UnitRegistry()
    for line in _DEFINITIONS:
        units.define(line)
    return units


def unit_of(output_id: str) -> str:
    """The declared unit of an input or of a formula's output; KeyError when it has none."""
    known = formulas().get(output_id)
    return known.unit if known else INPUT_UNITS[output_id]


def check(one: Formula, magnitudes: Mapping[str, float]) -> Checked:
    """Run a formula on quantities; UnitClash when the result cannot be read in the declared unit.

    `magnitudes` has a number for each input, in the unit of the input. Because constants such as minutes per year
    are quantities too, a forgotten or doubled conversion shows in the magnitude.
    """
    units = registry()
    # Quantities instead of numbers: the same code runs, and a lost factor of 60 has nowhere to hide.
    try:
        arguments = {argument_of(name): magnitudes[name] * units.Unit(unit_of(name)) for name in one.inputs}
        result: Any = units.Quantity(1.0) * one.compute(**arguments)
        return Checked(one.output_id, float(result.to(one.unit or "dimensionless").magnitude))
    except pint.UndefinedUnitError as error:
        raise UnitClash(f"{one.output_id} = {one.text}: {error}; declare it in _DEFINITIONS of {__file__}") from error
    except pint.DimensionalityError as error:
        raise UnitClash(f"{one.output_id} = {one.text} should be in '{one.unit}', but {error}") from error


def check_all(magnitudes: Mapping[str, float], only: Iterable[Formula] | None = None) -> dict[str, float]:
    """Check formulas in order, each on the results before it; output id → number in its declared unit."""
    values = dict(magnitudes)
    for one in formulas().values() if only is None else only:
        values[one.output_id] = check(one, values).magnitude
    return values


def flop(petaflop_s_days: float) -> float:
    """PetaFLOP/s-days, as Metaculus question 11558 counts compute, in operations."""
    return petaflop_s_days * FLOP_PER_PETAFLOP_S_DAY
