"""Uncertainty through the formulas: one matrix of common random numbers, seeded per input by its name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.special import ndtri

from models.forecasting.forecasts import at_levels
from models.properties.distributions import Constant
from models.properties.formulas import argument_of, formulas

if TYPE_CHECKING:
    from models.forecasting.scales import FloatArray
    from models.properties.distributions import Distribution
    from models.properties.formulas import Formula, Value

DRAWS: Final = 4096

# Which input follows which, and how closely: child → (parent, rank correlation).
Drivers = Mapping[str, tuple[str, float]]


@cache
def levels(input_id: str, count: int = DRAWS) -> FloatArray:
    """The levels (i + 0.5) / count in an order of the input's own, shape (count).

    The order is seeded by the sha256 of the id, so adding or removing an input never changes another one's draws.
    """
    # Not hash(): Python salts that of text anew in every process, and no two runs would agree.
    seed = int.from_bytes(hashlib.sha256(input_id.encode()).digest()[:8])
    order = np.random.default_rng(seed).permutation(count)
    fixed: FloatArray = (order + 0.5) / count
    # Shared by all callers through the cache: writing into it would change somebody else's draws.
    fixed.setflags(write=False)
    return fixed


def following(child: FloatArray, parent: FloatArray, correlation: float) -> FloatArray:
    """The child's levels reordered so that they follow the parent's (Gaussian copula, Iman and Conover 1982).

    The margin stays exactly stratified; a child depends on its one parent only, so others are not disturbed.
    """
    score = correlation * ndtri(parent) + np.sqrt(1 - correlation**2) * ndtri(child)
    rank = np.empty_like(score)
    # Ranks instead of the scores themselves: the margin would otherwise no longer be stratified.
    rank[np.argsort(score, kind="stable")] = np.arange(score.size)
    reordered: FloatArray = (rank + 0.5) / score.size
    return reordered


def evaluate(
    inputs: Mapping[str, Distribution], *, count: int = DRAWS, drivers: Drivers | None = None
) -> dict[str, Value]:
    """Draws of every input given and of every formula that can be computed from them, by id.

    A constant stays a plain number, and so does what follows from constants alone. Formulas that lack an input are
    left out; `missing` names what they lack. An id given as input is taken as given, also when it has a formula.
    """
    return complete(draws_of(inputs, count=count, drivers=drivers))


def draws_of(
    inputs: Mapping[str, Distribution], *, count: int = DRAWS, drivers: Drivers | None = None
) -> dict[str, Value]:
    """Draws of every input by id, shape (count); of a constant the number itself."""
    return {name: _draws(name, inputs, count, drivers or {}) for name in inputs}


def complete(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values given plus every formula that can be computed from them, in the order of dependence."""
    known = dict(values)
    for output_id, one in formulas().items():
        if output_id not in known and all(name in known for name in one.inputs):
            known[output_id] = _outcome(one, {argument_of(name): known[name] for name in one.inputs})
    return known


def _outcome(one: Formula, given: Mapping[str, Value]) -> Value:
    """What a formula gives; infinity or nought of a constant where no number can hold it, as of draws."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        try:
            return one.compute(**given)
        except ArithmeticError:
            # Python's own numbers raise where draws go to infinity: a doubling time of a week ended a what-if.
            return one.compute(
                **{name: np.float64(value) if np.ndim(value) == 0 else value for name, value in given.items()}
            )


def one_step(stated: Mapping[str, float], given: Mapping[str, float]) -> dict[str, float]:
    """Each formula on the numbers stated for its inputs, not on recomputed ones: how an essay carries on rounded.

    `given` holds the inputs that are no rows. Where an input is neither stated nor given, it is recomputed first.
    """
    recomputed: dict[str, float] = {}
    for output_id, one in formulas().items():
        # Stated before recomputed: chained recomputation would turn the essay's 14,400 agents into 10,800.
        sources = {**recomputed, **stated, **given}
        if all(name in sources for name in one.inputs):
            recomputed[output_id] = float(one.compute(**{argument_of(name): sources[name] for name in one.inputs}))
    return recomputed


def missing(output_id: str, values: Mapping[str, Value]) -> tuple[str, ...]:
    """The inputs without formula that an output lacks, sorted; empty when it has a value."""
    if output_id in values:
        return ()
    known = formulas()
    if output_id not in known:
        return (output_id,)
    return tuple(sorted({name for needed in known[output_id].inputs for name in missing(needed, values)}))


def quantiles(value: Value, at: tuple[float, ...]) -> FloatArray:
    """Quantiles of draws (draw i of n at level (i + 0.5) / n), or the number itself at every level."""
    if np.ndim(value) == 0:
        return np.full(len(at), float(value))
    return at_levels(np.sort(np.asarray(value, dtype=float)), at)


def _draws(name: str, inputs: Mapping[str, Distribution], count: int, drivers: Drivers) -> Value:
    distribution = inputs[name]
    # A number and not an array of equal numbers: what follows from constants alone is then told apart as constant.
    if isinstance(distribution, Constant):
        return distribution.value
    own = levels(name, count)
    if name in drivers:
        parent, correlation = drivers[name]
        own = following(own, levels(parent, count), correlation)
    return distribution.quantile(own)
