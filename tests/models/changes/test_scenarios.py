"""Named scenarios in an edition: the numbers that asking for each gives, and none that the edition refuses."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from models.changes.mixtures import quantiles_under
from models.changes.scenarios import scenario_table
from models.changes.size import median
from models.changes.whatif import SCENARIOS, Assumption
from models.properties.cells import TOLD_STATES
from models.properties.table import PROPERTY_IDS, property_cells, property_table
from tests.models.world import months, shipped
from warehouse.contracts.content import schema_without_edition
from warehouse.contracts.scenario import SCENARIO


@pytest.fixture(scope="module")
def context():
    return shipped(date(2026, 11, 22))


@pytest.fixture(scope="module")
def properties(context):
    return property_table(context, property_cells(context))


@pytest.fixture(scope="module")
def table(context, properties):
    return scenario_table(context, properties)


def test_every_scenario_has_every_row_that_has_a_number_and_no_other(table, properties):
    told = set(properties.filter(pl.col("value_state").is_in(TOLD_STATES))["property_id"])
    assert table.schema == schema_without_edition(SCENARIO)
    for name in SCENARIOS:
        rows = set(table.filter(scenario=name)["property_id"])
        assert rows <= told
        assert len(rows) > 20
    assert table.select("scenario", "property_id").is_unique().all()


@pytest.mark.parametrize("name", SCENARIOS)
def test_it_says_what_asking_for_the_assumptions_says(name, table, context):
    world = context.world
    changed = [Assumption.read(text) for text in SCENARIOS[name]]
    # Only the whole is compared: the split of four assumptions would take sixteen tables.
    before, after = quantiles_under(
        world, [world.known.assumptions, _put(world.known.assumptions, changed)], lambda one: months(one.day)
    )
    shift = dict(zip(PROPERTY_IDS, (median(after) - median(before)).tolist(), strict=True))
    for property_id, said in table.filter(scenario=name).select("property_id", "shift").iter_rows():
        assert said == pytest.approx(shift[property_id], abs=1e-9), property_id
    assert np.isfinite(table["shift"].to_numpy()).all()


def _put(frame, changed):
    for one in changed:
        frame = one.put_into(frame)
    return frame


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_scenario_moves_some_rows_and_leaves_others(name, table):
    shifts = table.filter(scenario=name)["shift"]
    assert 0 < (shifts != 0).sum() < shifts.len()


def test_where_nothing_moves_the_quartiles_are_those_of_the_edition(table, properties):
    same = table.filter(pl.col("shift") == 0).join(properties, on="property_id", suffix="_edition")
    compared = same.filter(pl.col("p50_edition").is_not_null() & (pl.col("p50") == pl.col("p50_edition")))
    assert compared.height > 20
