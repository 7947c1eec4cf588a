"""Units: every formula yields the unit it declares, and the table shows that unit."""

from __future__ import annotations

import pytest

from models.properties.formulas import Formula, formulas
from models.properties.propagation import complete
from models.properties.table import PROPERTY_IDS
from tests.models.properties.test_formulas import GIVEN
from tests.models.properties.units import FLOP_PER_PETAFLOP_S_DAY, UnitClash, check, check_all, flop, registry, unit_of
from tests.models.world import essay

# What the table prints, as pint says it.
PRINTED = {
    "tokens/minute": "token / minute / human", "x human": "human", "x": "dimensionless", "minutes": "minute",
    "FLOP": "flop", "tokens": "token", "forward passes": "forward_pass", "human-years": "human * year", "months": "month",
    "copies": "human", "users": "user", "person-days/day": "human", "human-years/day": "human * year / day",
    "years": "year", "agents": "human", "days": "day", "agent-years": "human * year", "hours": "hour",
    "x per 3 days": "dimensionless", "human-days": "human * day",
}  # fmt: skip


def test_every_formula_yields_its_declared_unit_and_the_same_number_as_without_units():
    with_units, without = check_all(GIVEN), complete(GIVEN)
    for output_id in formulas():
        assert with_units[output_id] == pytest.approx(without[output_id], rel=1e-9), output_id


@pytest.mark.parametrize("property_id", sorted(set(PROPERTY_IDS) & formulas().keys()))
def test_the_table_prints_the_unit_in_which_a_row_is_computed(property_id: str):
    units = dict(essay()["core.essay_number"].select("property_id", "unit").iter_rows())
    printed = registry().Unit(PRINTED[units[property_id]])
    assert printed == registry().Unit(unit_of(property_id) or "dimensionless")


def test_a_formula_that_mixes_units_is_refused_with_its_text():
    def wrong(compute_train_flop, speed_human_tpm):
        return compute_train_flop / speed_human_tpm

    one = Formula("overhang.wrong", "human * year", ("compute.train_flop", "speed.human_tpm"), wrong)
    with pytest.raises(UnitClash, match=r"overhang\.wrong = compute\.train_flop / speed\.human_tpm should be in"):
        check(one, complete(GIVEN))


def test_a_unit_that_nobody_declared_is_told_with_the_place_to_declare_it():
    one = Formula("overhang.books", "book", ("compute.train_flop",), lambda compute_train_flop: compute_train_flop)
    with pytest.raises(UnitClash, match=r"overhang\.books .*'book' is not defined .*_DEFINITIONS of .*units\.py"):
        check(one, complete(GIVEN))


def test_a_forgotten_conversion_shows_in_the_number_even_where_dimensions_agree():
    # Days instead of years: the dimension of time is right, the number is off by 365.25.
    one = formulas()["overhang.gpt3_years"]
    forgotten = Formula(one.output_id, "human * day", one.inputs, one.compute)
    values = complete(GIVEN)
    assert check(forgotten, values).magnitude == pytest.approx(365.25 * values["overhang.gpt3_years"])


def test_output_per_batch_is_not_output_per_three_days():
    one, values = formulas()["impact.math_output_x"], complete(GIVEN)
    per_batch = values["work.fast_agents"] / values["impact.us_mathematicians"]
    assert check(one, values).magnitude == pytest.approx(per_batch * 3 / values["work.fast_agent_days"])
    # A window that is not divided by the length of a batch leaves days behind, and is refused.
    forgotten = Formula(one.output_id, one.unit, one.inputs, lambda work_fast_agents, impact_us_mathematicians,
                        impact_window_days, work_fast_agent_days: work_fast_agents / impact_us_mathematicians
                        * impact_window_days)  # fmt: skip
    with pytest.raises(UnitClash, match=r"impact\.math_output_x"):
        check(forgotten, values)


def test_petaflop_s_days_are_operations_not_operations_per_second():
    units = registry()
    assert flop(1) == FLOP_PER_PETAFLOP_S_DAY
    assert (1 * units.petaflop_s_day).to("flop").magnitude == pytest.approx(FLOP_PER_PETAFLOP_S_DAY)
    with pytest.raises(Exception, match="Cannot convert"):
        (1 * units.petaflop_s_day).to("flop / second")


def test_an_id_without_unit_is_a_mistake():
    with pytest.raises(KeyError):
        unit_of("speed.unheard_of")
