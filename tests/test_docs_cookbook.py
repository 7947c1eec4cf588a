"""The SQL cookbook: every question runs in the sandbox, and the answer shown is the answer given."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from infra.pages.cookbook import DAYS, PAGE, answered, recipes
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation, origin, series
from warehouse.contenders import settle_contenders
from warehouse.contracts import core, polars_schema
from warehouse.contracts.out import PROPERTY_STATUS
from warehouse.sandbox import ReadCopy
from warehouse.store import READ_COPY_FILE
from warehouse.vintages import land

RECIPES = recipes()
WITHHELD = "as the forecasters made them; which of them the table withholds is in `property_latest.value_state`"
# The embedded default has no bad row, one publisher and one vintage, which is the answer.
EMPTY = {
    "Which rows were refused, and why?",
    "Which facts changed hands from one publisher to another?",
    "Who revised history, and what?",
}


@pytest.fixture(scope="module")
def copy(published):
    with ReadCopy.open(published(*DAYS) / READ_COPY_FILE) as opened:
        yield opened


def test_there_are_at_least_25_questions_each_asked_once():
    assert len({recipe.question for recipe in RECIPES}) == len(RECIPES) >= 25


def test_every_query_of_the_page_is_one_of_them():
    assert PAGE.read_text(encoding="utf-8").count("```sql\n") == len(RECIPES)


def test_the_views_for_people_are_used():
    asked = " ".join(recipe.sql for recipe in RECIPES)
    names = (
        "property_latest", "property_history", "observation_latest", "frontier", "forecast_latest", "score_latest",
        "source_health", "revision_summary", "quarantine_open", "observation_as_of", "property_as_of", "frontier_as_of",
    )  # fmt: skip
    assert [name for name in names if not re.search(rf"\b{name}\b", asked)] == []


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.question)
def test_the_answer_shown_is_the_answer_given(copy, recipe):
    answer = answered(copy, recipe.sql)
    assert answer == recipe.answer, "out of date: run `make docs`"
    assert (len(answer.splitlines()) > 2) != (recipe.question in EMPTY)


def sql_of(question):
    (found,) = [recipe.sql for recipe in RECIPES if recipe.question == question]
    return found


def test_where_forecasts_are_asked_for_it_says_what_the_table_withholds(copy):
    """README gives a row beyond range no number for 2030, and forecast_latest has one of its series: 221,991 minutes."""
    asked = "select count(*) from forecast_latest where forecaster_id = 'gpt2030-pool' and output_type = 'quantile'"
    metr = f"{asked} and target = 'metr/v1.1/p50-horizon' and target_date = '2030-07-01'"
    state = "select value_state from property_latest where property_id = 'auto.metr_h'"
    assert copy.query(metr).frame.item() > 0
    assert copy.query(state).frame.item() == "not_applicable"
    parts = PAGE.read_text(encoding="utf-8").split("\n### ")
    mute = [part.partition("\n")[0] for part in parts if "from forecast_latest" in part and WITHHELD not in part]
    assert mute == []
    said = "select comment from duckdb_views() where view_name = 'forecast_latest'"
    assert WITHHELD in copy.query(said).frame.item().replace(
        "property_latest.value_state", "`property_latest.value_state`"
    )


def test_rows_by_status_are_all_rows(copy):
    counted = copy.query(sql_of("How many rows stand where, by section?")).frame
    assert set(counted.columns) == {"section", *PROPERTY_STATUS}
    assert counted.select(PROPERTY_STATUS).sum().row(0) == tuple(
        copy.query(f"select count(*) from property_latest where status = '{status}'").frame.item()
        for status in PROPERTY_STATUS
    )


def test_what_the_essay_waited_for_is_passed_where_its_number_is_exceeded(copy):
    passed = copy.query(sql_of("Which of the essay's numbers has the world already passed?")).frame
    assert {"math.date_92pct", "math.imo_gold_date", "math.sota_pct", "learn.dau"} <= set(passed["property_id"])
    assert "compute.train_flop" not in passed["property_id"].to_list()


def test_a_revision_is_told_with_what_stands_since_and_a_rounding_not_at_all(tmp_path):
    first = [observation(name, value) for name, value in (("up", 0.5), ("gone", 0.6), ("same", 0.7), ("digit", 0.8))]
    with fresh(tmp_path, now=START) as warehouse:
        arrive(warehouse, "live", moment(0), first)
        arrive(
            warehouse,
            "live",
            moment(40),
            [observation("up", 0.55), observation("same", 0.7), observation("digit", 0.8000001)],
        )
        said = warehouse.frame(sql_of("Who revised history, and what?"))
    assert said.select("value", "value_since").rows() == [(0.5, 0.55), (0.6, None)]


def of_days(question):
    """A question about two days, asked of the first look and of the fortieth day after."""
    days = {"2026-06-01": f"{moment(0):%Y-%m-%d}", "2026-11-26": f"{moment(40):%Y-%m-%d}"}
    return re.sub("|".join(days), lambda found: days[found[0]], sql_of(question))


def test_a_fact_that_another_publisher_took_over_is_not_learnt_anew(tmp_path):
    with fresh(tmp_path, now=START) as warehouse:
        arrive(warehouse, "curated", moment(0), [observation("ours", 0.5, system_id="one")])
        theirs = [observation("their-key", 0.51, system_id="one"), observation("new", 0.6)]
        arrive(warehouse, "live", moment(40), theirs)
        learnt = warehouse.frame(of_days("What did this warehouse learn between two days?"))
    assert learnt.select("about", "new_facts").rows() == [("math", 1)]


def test_a_record_that_was_taken_back_has_changed_as_well(tmp_path):
    with fresh(tmp_path, now=START) as warehouse:
        with warehouse.transaction():
            land(warehouse, core.SERIES, series("math/full"), origin("live", moment(0), "series"))
        arrive(warehouse, "live", moment(0), [observation("a", 0.9), observation("b", 0.8)])
        arrive(warehouse, "live", moment(40), [observation("b", 0.8)])
        settle_contenders(warehouse)
        changed = warehouse.frame(of_days("Which records changed between two days of looking?"))
    assert changed.select("in_june", "in_november", "system_id").rows() == [(0.9, 0.8, "system-b")]


def test_a_level_is_no_record_and_a_test_counts_once_whatever_its_protocols(tmp_path):
    rows = [observation("a", 0.9, series_id=series_id) for series_id in ("math/full", "math/aided", "speed/level")]
    rows = [row | {"observation_date": date(2024, 1, 1), "known_date": date(2024, 1, 1)} for row in rows]
    with fresh(tmp_path, now=START) as warehouse:
        with warehouse.transaction():
            for series_id, direction in (("math/full", "max"), ("math/aided", "max"), ("speed/level", "level")):
                land(
                    warehouse, core.SERIES, series(series_id, direction=direction), origin("live", moment(0), series_id)
                )
            made_by = dict.fromkeys(polars_schema(core.SYSTEM, arriving=True)) | {
                "system_id": "system-a", "source_row_id": "A", "system_name": "A", "organization": "Lab",
            }  # fmt: skip
            systems = pl.DataFrame([made_by], schema=polars_schema(core.SYSTEM, arriving=True))
            land(warehouse, core.SYSTEM, systems, origin("live", moment(0), "systems"))
        arrive(warehouse, "live", moment(0), rows)
        settle_contenders(warehouse)
        said = warehouse.frame(sql_of("How often did each organisation set a record, by year?"))
    assert said.select("organization", "2024").rows() == [("Lab", 1)]


def test_forecasters_are_compared_on_what_all_of_them_have_forecast(copy):
    said = copy.query(sql_of("Who forecast best, on benchmarks?")).frame
    assert said["forecasts"].n_unique() == 1
    assert said.height == 9


def test_no_answer_hangs_on_the_days_of_the_sample():
    """A day forecast lies a year after an edition, which is not the reader's: only the end of all forecasts is fixed."""
    days = re.findall(r"target_date\s*=\s*(?:date\s*)?'([0-9-]+)'", " ".join(recipe.sql for recipe in RECIPES))
    assert set(days) == {"2030-07-01"}
