"""A table under other assumptions: what is asked is read strictly, and what each assumption does adds up."""

import random
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.changes.mixtures import quantiles_of, quantiles_under
from models.changes.size import median
from models.changes.whatif import (
    LEAST_NUMBER,
    MOST_AT_ONCE,
    MOST_NUMBER,
    SCENARIOS,
    Assumption,
    NotAssumed,
    UnknownAssumption,
    identifier,
    read_identifier,
    what_if,
)
from models.properties import table
from models.properties.context import Context
from models.properties.declared_inputs import ASSUMED, LIMITS
from models.properties.essay_arithmetic import DEFINITIONS
from models.properties.table import PROPERTY_IDS, property_cells, property_table, steady_cells
from models.properties.world import World
from tests.models.world import months, shipped

DAY = date(2026, 11, 22)
NUMBERS = st.floats(1e-3, 1e30, allow_nan=False)


@pytest.fixture(scope="module")
def world():
    return shipped(DAY).world


def under(world):
    return lambda frames: quantiles_under(world, frames, lambda one: months(one.day))


def asked(world, *texts):
    return what_if(world.known.assumptions, [Assumption.read(text) for text in texts], under(world))


@given(st.sampled_from(sorted(ASSUMED)), NUMBERS, NUMBERS)
def test_what_is_written_is_read_back(input_id, low, high):
    low, high = sorted((low, high))
    for one in (Assumption(input_id, low, low), Assumption(input_id, low, high)):
        assert Assumption.read(str(one)) == one


@given(st.dictionaries(st.sampled_from(sorted(ASSUMED)), NUMBERS, max_size=5))
def test_an_identifier_names_the_edition_and_every_assumption(values):
    changed = [Assumption(name, value, value) for name, value in values.items()]
    edition_id, again = read_identifier(identifier("2026-11-22-0a1b2c3d", changed))
    assert edition_id == "2026-11-22-0a1b2c3d"
    assert again == sorted(changed)
    assert identifier(edition_id, changed[::-1]) == identifier(edition_id, changed)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("learn.trainyears=1", "'learn.trainyears' is no assumption of a formula"),
        ("learn.train_years", "no number"),
        ("learn.train_years=soon", "'soon' is no number"),
        ("learn.dau_share=50%", "'50%' is no number; write 0.5"),
        ("learn.dau_share=%", "'%' is no number"),
        ("learn.train_years=0", "not above zero"),
        ("learn.train_years=-1", "not above zero"),
        ("learn.train_years=nan", "not above zero"),
        ("learn.train_years=1e41", "no number between 1e-40 and 1e\\+40"),
        ("speed.k=1e-200..2", "'1e-200' is no number between"),
        ("learn.train_years=2..1", "low below high"),
        ("learn.train_years=inf", "inf for a limit, which are compute.feasible_flop, data.stock_tokens, "),
        ("data.stock_tokens=1e14..inf", "inf for a limit"),
    ],
)
def test_what_cannot_be_assumed_is_refused_by_name(text, why):
    with pytest.raises(NotAssumed, match=why):
        Assumption.read(text)


def test_an_assumption_that_is_none_brings_those_that_there_are_each_once():
    with pytest.raises(UnknownAssumption) as problem:
        Assumption.read("learn.trainyears=1")
    known = problem.value.known
    assert {"learn.train_years", "usage.daily_share_of_weekly_users"} <= set(known)
    assert len(known) == len(set(known))


@pytest.mark.parametrize(
    ("text", "is_doubted"),
    [
        ("learn.dau_share=3", True),
        ("learn.dau_share=0.5..1.5", True),
        ("learn.dau_share=1", False),
        ("speed.k=3", False),
    ],
)
def test_more_than_the_whole_is_doubted(text, is_doubted):
    assert bool(Assumption.read(text).doubt) == is_doubted


def test_an_interval_is_the_middle_eighty_per_cent(world):
    frame = Assumption.read("learn.train_years=0.5..2").put_into(world.known.assumptions)
    (row,) = frame.filter(assumption_id=ASSUMED["learn.train_years"].assumption_id).to_dicts()
    assert (row["low"], row["value"], row["high"], row["interval"]) == (0.5, 1.0, 2.0, "p10-p90")


def test_nothing_changed_changes_nothing(world):
    found = asked(world)
    np.testing.assert_array_equal(found.before, found.after)
    np.testing.assert_array_equal(found.before, quantiles_of([world], lambda one: months(one.day))[0])
    assert found.parts == {}


@pytest.mark.parametrize("limit", sorted(LIMITS))
def test_a_limit_at_infinity_is_a_limit_switched_off(world, limit):
    off = World(world.known, world.target_date, frozenset({limit}))
    (expected,) = quantiles_of([off], lambda one: months(one.day))
    np.testing.assert_array_equal(asked(world, f"{limit}=inf").after, expected)


@pytest.mark.parametrize("seed", range(6))
def test_what_each_assumption_does_adds_up_to_the_whole(world, seed):
    chance = random.Random(seed)
    texts = [f"{name}={10 ** chance.uniform(-1, 2):.3g}" for name in chance.sample(sorted(ASSUMED), 4)]
    found = asked(world, *texts)
    total = median(found.after) - median(found.before)
    known = np.isfinite(total)
    assert known.sum() >= 25
    np.testing.assert_allclose(sum(found.parts.values())[known], total[known], rtol=0, atol=1e-9)


@pytest.mark.parametrize("input_id", sorted(ASSUMED))
def test_what_tables_share_is_what_each_would_compute_by_itself(input_id):
    context = shipped(DAY)
    steady = steady_cells(context)
    # Asked first as it stands: what was looked up for one table must not be what the next one reads.
    assert property_table(context, property_cells(context, steady)).equals(property_table(context))
    for text in (f"{input_id}=0.31", f"{input_id}=0.11..0.77"):
        shared = context.under(Assumption.read(text).put_into(context.assumptions))
        alone = Context(shared.world, context.forecasts)
        assert property_table(shared, property_cells(shared, steady)).equals(property_table(alone)), text


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", ["auto.doubling_months=0.01", "auto.doubling_months=1e-3..0.02"])
def test_a_trend_that_no_number_can_hold_ends_at_its_limit(world, text):
    """Python raised where draws go to infinity: asking for a doubling time of hours ended in a traceback."""
    after = median(asked(world, text).after)[PROPERTY_IDS.index("auto.horizon_days")]
    assert after == pytest.approx(np.log10(DEFINITIONS["auto.working_life"]), abs=1e-6)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("number", [LEAST_NUMBER, MOST_NUMBER])
@pytest.mark.parametrize("input_id", sorted(ASSUMED))
def test_the_least_and_the_most_that_may_be_assumed_are_answered(world, input_id, number):
    found = asked(world, f"{input_id}={number!r}")
    assert np.isfinite(median(found.after)).sum() >= 20


def test_rows_that_no_assumption_moves_are_computed_once_for_all_tables(world, monkeypatch):
    """Each of 256 tables, of a split among eight, took apart all rows and computed all of them: half a minute."""
    asked_for, taken_apart = [], []
    counted, whole = table._SINGULAR["math.velocity_pp"], Context.__post_init__
    monkeypatch.setitem(
        table._SINGULAR, "math.velocity_pp", lambda context: asked_for.append(context) or counted(context)
    )
    monkeypatch.setattr(Context, "__post_init__", lambda context: taken_apart.append(context) or whole(context))
    asked(world, "speed.k=3", "learn.dau_share=0.4", "data.stock_tokens=inf")
    assert (len(asked_for), len(taken_apart)) == (1, 1)


def test_an_assumption_moves_the_rows_that_rest_on_it_and_no_other(world):
    found = asked(world, "impact.us_mathematicians=30000")
    moved = {
        name for place, name in enumerate(PROPERTY_IDS) if np.nan_to_num(found.parts["impact.us_mathematicians"])[place]
    }
    assert moved == {"impact.math_output_x"}
    place = PROPERTY_IDS.index("impact.math_output_x")
    # Ten times and not twice: of a published number nine digits are kept, and ten times it has the same.
    assert found.parts["impact.us_mathematicians"][place] == pytest.approx(-1, abs=1e-9)


def test_too_many_at_once_and_one_twice_are_refused(world):
    with pytest.raises(NotAssumed, match="named twice"):
        asked(world, "speed.k=2", "speed.k=3")
    names = sorted(ASSUMED)[: MOST_AT_ONCE + 1]
    with pytest.raises(NotAssumed, match=f"{MOST_AT_ONCE} at most"):
        asked(world, *(f"{name}=1" for name in names))


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_can_be_read_and_moves_something(world, name):
    found = asked(world, *SCENARIOS[name])
    assert any(np.nanmax(np.abs(part)) > 0.01 for part in found.parts.values())
