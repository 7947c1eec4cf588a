"""Living rows: the series' own forecast, as far as its past reaches, and a typed state where there is no number."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from models.days import target_dates
from models.forecasting.forecasts import HUB_LEVELS
from models.forecasting.pool import ROW_COLUMNS, forecast
from models.properties.companions import BESIDE
from models.properties.context import Context
from models.properties.horizon_rows import HORIZONS
from models.properties.living import LIVING, REACH, living_table
from models.properties.table import PROPERTY_IDS
from models.properties.world import World
from tests.flows.edition.site_made import known
from tests.warehouse.edition_frames import frame
from warehouse.contracts import core
from warehouse.contracts.living import HORIZON_SERIES

DAY, TARGET = date(2026, 11, 22), date(2030, 7, 1)
ECI, REVENUE, HLE = "eci/score/epoch", "revenue/openai/run-rate", "hle/no-tools/vendor"
CYBER = "cyber-horizon/p50/lyptus"
SCALES = {CYBER: ("log", "minutes"), ECI: ("linear", "index"), REVENUE: ("log", "usd"), HLE: ("bounded", "share")}


def context(readings: dict[str, list[tuple[date, float]]], day: date = DAY, status: str = "open") -> Context:
    """A world that knows these readings alone."""
    series = frame(core.SERIES, [{
        "series_id": name, "label_en": name, "label_zh": name, "unit": SCALES[name][1], "scale": SCALES[name][0],
        "direction": "max", "chance_share": 0.0, "ceiling_share": 1.0, "status": status, "source_id": "curated",
    } for name in readings])  # fmt: skip
    rows = frame(core.OBSERVATION, [{
        "series_id": name, "source_row_id": f"{name} {when}", "system_id": f"s{n}", "observation_date": when,
        "known_date": when, "value": value, "unit": SCALES[name][1], "citation_title": "t", "source_id": "curated",
        "feed": "f", "date_precision": "day", "setup": "one way",
    } for name, found in readings.items() for n, (when, value) in enumerate(found)])  # fmt: skip
    rows = rows.with_columns(system_name=pl.col("system_id").str.to_uppercase(), measured_as=pl.col("series_id"))
    seen = known()
    seen = type(seen)(
        day, rows, series, seen.systems, seen.assumptions, seen.essay_numbers, seen.community, seen.corrected
    )
    made = forecast(rows.select(ROW_COLUMNS), series, day, target_dates(day, TARGET) if day < TARGET else [])
    return Context(World(seen, TARGET), made)


def growing(since: date, factor: float = 2.0) -> list[tuple[date, float]]:
    """Half-yearly readings up to the day, each a factor above the last."""
    count = (DAY - since).days // 182
    return [(since + timedelta(days=182 * n), 100.0 * factor**n) for n in range(count + 1)]


def row(made: Context, living_id: str) -> dict[str, object]:
    return living_table(made).filter(living_id=living_id).row(0, named=True)


def test_the_numbers_are_those_of_the_series_forecast():
    made = context({HLE: [(date(2026, 2, 1), 0.4), (date(2026, 5, 1), 0.5), (date(2026, 9, 22), 0.64)]})
    said = row(made, "living.hle")
    at = made.forecasts.target_dates.index(TARGET)
    quantiles = dict(zip(HUB_LEVELS, made.forecasts.quantiles()[0, at], strict=True))
    for name in ("p05", "p25", "p50", "p75", "p95"):
        assert said[name] == quantiles[int(name[1:]) / 100]
    assert (said["value_state"], said["actual_value"], said["actual_date"]) == ("value", 0.64, date(2026, 9, 22))
    assert (said["row_count"], said["rot"], said["newest_fact_date"]) == (3, "fresh", date(2026, 9, 22))
    assert str(said["actual_note"]).startswith(f"S2, {HLE}")


@pytest.mark.parametrize(("years", "is_told"), [(3, False), (6, False), (8, True)])
def test_growth_by_factors_is_drawn_on_for_half_as_long_as_it_was_seen(years, is_told):
    """Three years of it, drawn on for four, gave a company half of what the world earns."""
    said = row(context({REVENUE: growing(DAY.replace(year=DAY.year - years))}), "living.revenue_openai")
    assert said["value_state"] == ("value" if is_told else "beyond_range")
    assert (said["p50"] is not None) == is_told
    assert said["p25_in_a_year"] <= said["p50_in_a_year"] <= said["p75_in_a_year"]


def test_no_horizon_has_a_number_for_the_target_however_long_it_was_seen():
    """Beside it stands a row of the table that gives none, because forecasts that far have never been scored."""
    said = row(context({CYBER: growing(DAY.replace(year=DAY.year - 10))}), "living.cyber_minutes")
    assert (said["value_state"], said["p50"]) == ("beyond_range", None)
    assert said["p50_in_a_year"] is not None


@pytest.mark.parametrize(("years", "state"), [(3, "beyond_range"), (4, "value")])
def test_steady_growth_is_drawn_on_for_as_long_as_it_was_seen(years, state):
    assert row(context({ECI: growing(DAY.replace(year=DAY.year - years), 1.05)}), "living.eci")["value_state"] == state
    assert set(REACH) == {"log", "linear"}


def test_a_row_that_nothing_is_known_of_says_so_and_keeps_its_place():
    made = living_table(context({HLE: [(date(2026, 9, 22), 0.64)]}))
    assert made["living_id"].to_list() == [one.living_id for one in LIVING]
    missing = made.filter(living_id="living.eci").row(0, named=True)
    assert (missing["value_state"], missing["series_id"], missing["row_count"]) == ("missing", None, 0)
    assert missing["actual_value"] is missing["p50"] is missing["rot"] is None


def test_once_the_day_has_come_the_value_so_far_is_the_answer():
    said = row(context({HLE: [(date(2030, 5, 1), 0.9)]}, TARGET), "living.hle")
    assert (said["value_state"], said["actual_value"], said["p50"]) == ("due", 0.9, None)


@pytest.mark.parametrize(("newest", "status", "rot"), [
    (date(2026, 9, 22), "open", "fresh"), (date(2026, 7, 1), "open", "aging"), (date(2024, 12, 1), "frozen", "frozen"),
])  # fmt: skip
def test_a_row_says_whether_it_still_moves(newest, status, rot):
    assert row(context({HLE: [(newest, 0.5)]}, status=status), "living.hle")["rot"] == rot


def test_every_living_row_stands_beside_rows_that_exist():
    assert {name for one in LIVING for name in one.beside} <= set(PROPERTY_IDS)
    assert len({one.living_id for one in LIVING}) == len(LIVING)


def test_a_living_row_stands_beside_every_row_that_shows_its_series():
    """`beside` named other rows than those under which the series stood."""
    for one in LIVING:
        showing = {name for name, companions in BESIDE.items() if {c.series_id for c in companions} & {*one.series_ids}}
        assert showing <= set(one.beside), one.living_id


def test_the_task_horizons_of_the_contract_are_those_that_a_row_of_the_table_speaks_of():
    assert {name for one in HORIZONS.values() for name in (*one.series_ids, one.stricter)} == HORIZON_SERIES
