"""The inputs of the formulas: where each comes from, and all of it read once out of what was known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.properties.community import quantiles_of
from models.properties.context import assumed, at_target, choose, current, essay_row, is_level, rows_of
from models.properties.declared_inputs import COMPUTE_QUESTION, ESSAY_INPUTS, MEASURED_INPUTS, SERIES_INPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import polars as pl

    from models.forecasting.scales import FloatArray
    from models.properties.context import Context, Reading, Row
    from models.properties.distributions import Interpolated


@dataclass(frozen=True, slots=True)
class Ingredients:
    """All that the inputs are made of, as it was known on the day of a table; nothing after this asks for more.

    By input id: `series_of` and `rows` (oldest first) of SERIES_INPUTS, which of them are `levels`, their `readings` of
    today and their `draws` for the target date, and in `measured` the readings of MEASURED_INPUTS. `essay` holds rows
    by property id, `stated` by assumption id, `crowd` what the platform shows of COMPUTE_QUESTION.
    """

    target_date: date
    switched_off: frozenset[str]
    essay: Mapping[str, Row]
    stated: Mapping[str, Row]
    series_of: Mapping[str, str]
    rows: Mapping[str, pl.DataFrame]
    levels: frozenset[str]
    readings: Mapping[str, Reading]
    measured: Mapping[str, Reading]
    draws: Mapping[str, FloatArray]
    crowd: Interpolated | None
    # Filled by who works them out: rises from one half-year to the next, the same under any assumptions.
    steps: dict[str, pl.DataFrame]


def gather(context: Context) -> Ingredients:
    """Read everything that an input may be made of; what nothing is known of is absent.

    KeyError names what is missing from core.essay_number.
    """
    series_of = {name: one for name, series_ids in SERIES_INPUTS.items() if (one := choose(context, series_ids))}
    measured = {name: one for name, (series_ids, _) in MEASURED_INPUTS.items() if (one := choose(context, series_ids))}
    return Ingredients(
        target_date=context.target_date,
        switched_off=context.world.switched_off,
        essay={property_id: essay_row(context, property_id) for property_id in ESSAY_INPUTS},
        stated=assumed(context),
        series_of=series_of,
        rows={name: rows_of(context, one) for name, one in series_of.items()},
        levels=frozenset(name for name, one in series_of.items() if is_level(context, one)),
        readings={name: held for name, one in series_of.items() if (held := current(context, one))},
        measured={name: held for name, one in measured.items() if (held := current(context, one))},
        draws={name: told for name, one in series_of.items() if (told := at_target(context, one)) is not None},
        crowd=quantiles_of(context, COMPUTE_QUESTION),
        steps=context.steps,
    )
