"""Scores of a refresh: every forecaster on the same tasks, each labelled by what it rests on."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from models.forecasting.forecasters import FORECASTERS, LAST_VALUE_ID, POOL_ID
from models.forecasting.forecasts import HUB_KEYS
from models.forecasting.pool import forecast
from models.scoring.essay import ESSAY_ID
from models.scoring.table import METRICS, Evidence, happened, score
from tests.models.histories_made import rows_of, series_of
from warehouse.contracts import out, polars_schema

TODAY = date(2024, 9, 1)
EMPTY = pl.DataFrame(
    schema={
        name: pl.Date if name.endswith("date") else pl.Float64 if name == "value" else pl.String for name in HUB_KEYS
    }
)
NOTHING = pl.DataFrame(
    schema={"target": pl.String, "truth": pl.Float64, "truth_date": pl.Date, "truth_system_id": pl.String}
)


def rising(name="flop", until=date(2024, 9, 1), factor=1.0):
    """A row every second month from 2020 on, tenfold a year, every third below the frontier."""
    days = [date(2020 + m // 12, m % 12 + 1, 1) for m in range(0, 60, 2)]
    values = [factor * 10 ** (k / 6) * (0.5 if k % 3 == 2 else 1) for k in range(len(days))]
    return rows_of(name, *((day, value) for day, value in zip(days, values, strict=True) if day <= until))


def evidence(rows=None, series=None, **more):
    plain = {"published": EMPTY, "replays": EMPTY, "stated": EMPTY, "happened": NOTHING, "day": TODAY}
    plain["resolved"] = NOTHING.with_columns(unit=pl.lit(""), target_date="truth_date")
    series = series_of("flop") if series is None else series
    return Evidence(
        rows=rising() if rows is None else rows,
        series=series if "members" in series.columns else series.with_columns(members=pl.lit(None, dtype=pl.String)),
        **(plain | more),
    )


def said(forecaster, value, origin=date(2023, 6, 7), day=date(2024, 6, 30), target="flop"):
    data = [(forecaster, target, origin, day, "median", None, value)]
    return pl.DataFrame(data, schema=EMPTY.schema, orient="row")


def tasks(scores, **key):
    return scores.filter(metric="crps", **key)


def test_rows_have_the_columns_and_the_key_of_the_contract():
    scores = score(evidence())
    assert dict(scores.schema) == {k: v for k, v in polars_schema(out.SCORE).items() if k != "edition_id"} | {
        "horizon_months": pl.Int64
    }
    key = [name for name in out.SCORE.key if name != "edition_id"]
    assert scores.select(key).is_unique().all()
    assert scores["value"].is_finite().all()


def test_in_retrospect_every_forecaster_faces_the_same_half_yearly_tasks():
    scores = tasks(score(evidence()), basis="retrospective")
    counts = dict(scores["forecaster_id"].value_counts().iter_rows())
    assert set(counts) == set(FORECASTERS)
    assert len(set(counts.values())) == 1
    assert scores["origin_date"].min() == date(2021, 6, 30)
    assert set(scores["horizon_months"]) == {6, 12, 24}
    assert scores["target_date"].max() <= TODAY


def test_every_task_has_every_metric_and_says_once_what_it_resolved_to():
    one = score(evidence()).filter(forecaster_id=POOL_ID, origin_date=date(2022, 6, 30), horizon_months=12)
    assert set(one["metric"]) == set(METRICS)
    parts = dict(one.select("metric", "value").iter_rows())
    assert parts["wis"] == pytest.approx(
        sum(parts[f"wis_{p}"] for p in ("dispersion", "underprediction", "overprediction")), rel=1e-4
    )
    details = one.drop_nulls("detail")
    assert details["metric"].to_list() == ["crps"]
    assert details["detail"][0].startswith("resolved to 1468.0 on 2023-03-01, flop-19")


def test_a_retrospective_forecast_sees_only_what_was_known_then():
    """Later rows decide what came true, never what was said: revealing a row late changes the forecast."""
    late = rising().with_columns(known_date=pl.lit(date(2024, 8, 31)))
    assert tasks(score(evidence(late))).is_empty()
    whole, cut = (
        tasks(score(evidence(rows, day=day)), forecaster_id=POOL_ID, target_date=date(2022, 12, 31), horizon_months=6)
        for rows, day in ((rising(), TODAY), (rising(until=date(2022, 12, 30)), date(2022, 12, 31)))
    )
    assert whole.height == 1
    assert whole.equals(cut)


def test_what_an_earlier_edition_published_is_scored_when_its_day_comes():
    origin, day = date(2023, 7, 1), date(2024, 1, 1)
    issued = forecast(rising(until=origin), series_of("flop"), origin, [day]).to_hub()
    found = tasks(score(evidence(published=issued)), basis="published")
    assert found.select("forecaster_id", "target_date", "horizon_months").rows() == [(POOL_ID, day, 6)]
    assert tasks(score(evidence(published=issued, day=date(2023, 12, 31))), basis="published").is_empty()


def test_what_was_replayed_later_is_scored_apart_from_what_was_published():
    origin, day = date(2023, 7, 1), date(2024, 1, 1)
    issued = forecast(rising(until=origin), series_of("flop"), origin, [day]).to_hub()
    found = score(evidence(replays=issued))
    assert tasks(found, basis="published").is_empty()
    assert tasks(found, basis="replayed")["forecaster_id"].to_list() == [POOL_ID]
    both = score(evidence(published=issued, replays=issued))
    assert tasks(both, basis="published").height == tasks(both, basis="replayed").height == 1


def test_a_statement_is_scored_and_ours_beside_it_on_the_very_same_task():
    beside = tasks(score(evidence(stated=said(ESSAY_ID, 200.0))), origin_date=date(2023, 6, 7))
    assert beside.filter(basis="stated")["forecaster_id"].to_list() == [ESSAY_ID]
    others = beside.filter(basis="retrospective")
    assert {POOL_ID, LAST_VALUE_ID} <= set(others["forecaster_id"])
    assert set(beside["target_date"]) == {date(2024, 6, 30)}


def test_the_essays_rows_in_an_edition_are_not_scored_a_second_time():
    both = evidence(stated=said(ESSAY_ID, 200.0), published=said(ESSAY_ID, 200.0))
    assert tasks(score(both), forecaster_id=ESSAY_ID)["basis"].to_list() == ["stated"]


def test_events_resolve_statements_about_their_day():
    properties = pl.DataFrame(
        {
            "property_id": ["gold", "open", "number"], "unit": ["year", "year", "%"],
            "actual_state": ["value", "not_yet", "value"], "actual_value": [2024.5, None, 50.0],
            "actual_date": [date(2024, 7, 2), None, date(2024, 7, 2)], "actual_note": ["35 of 42", None, None],
        }
    )  # fmt: skip
    stated = pl.concat([said(ESSAY_ID, 2028.0, target=name) for name in ("gold", "open", "number")])
    (row,) = tasks(score(evidence(stated=stated, happened=happened(properties))), basis="stated").to_dicts()
    assert (row["target"], row["scale"], row["value"]) == ("gold", "date", 3.5)
    assert row["detail"] == "happened on 2024-07-02, 35 of 42"


def test_a_series_made_of_others_does_not_count_the_same_news_twice():
    rows = pl.concat([rising(), rising("best")])
    series = pl.concat([series_of("flop"), series_of("best")]).with_columns(members=pl.Series([None, "flop"]))
    assert set(score(evidence(rows, series))["target"]) == {"flop"}


def test_levels_are_forecast_and_scored_as_levels():
    speeds = rising("speed").with_columns(value=pl.col("value").sqrt())
    scores = tasks(score(evidence(speeds, series_of("speed", direction="level"))))
    assert scores.filter(forecaster_id=POOL_ID).height > 5


def test_nothing_known_gives_no_scores_and_no_error():
    assert score(evidence(rising().clear())).is_empty()
    assert score(evidence(day=date(2020, 6, 1))).is_empty()


def test_the_same_evidence_gives_the_same_bytes_in_any_order():
    rows = pl.concat([rising(), rising("other", factor=7.0)])
    series = pl.concat([series_of("flop"), series_of("other")])
    first, second = score(evidence(rows, series)), score(evidence(rows.reverse(), series.reverse()))
    assert first.write_csv() == second.write_csv()
