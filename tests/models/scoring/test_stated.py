"""Frozen forecasters: what was stated once is a forecast of its day, and is scored like any other."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from models.scoring.stated import statements_hub
from models.scoring.table import score
from sources.curated import FOLDER, CuratedSource
from tests.models.scoring.test_table import TODAY, evidence, rising
from tests.sources.parsing import snapshot
from warehouse.contracts import core, polars_schema


def stated(*rows):
    schema = polars_schema(core.STATED_FORECAST)
    usual = {"forecaster_id": "some-panel", "target": "flop", "known_date": date(2023, 1, 10),
             "target_date": date(2024, 6, 30), "value": 1e4}  # fmt: skip
    filled = [dict.fromkeys(schema) | usual | {"statement_id": str(n)} | row for n, row in enumerate(rows)]
    return pl.DataFrame(filled, schema=schema, orient="row")


def test_a_number_without_a_level_is_a_point_and_others_are_quantiles():
    hub = statements_hub(stated({}, {"level": 0.25}, {"level": 0.5}, {"level": 0.75, "target_date": None}))
    assert hub["output_type"].to_list() == ["median", "quantile", "quantile", "quantile"]
    assert hub["output_type_id"].to_list() == [None, "0.25", "0.5", "0.75"]
    assert set(hub["origin_date"]) == {date(2023, 1, 10)}


def test_it_is_scored_as_stated_by_others_beside_ours_on_the_same_task():
    hub = statements_hub(
        stated(*({"level": level, "value": value} for level, value in ((0.25, 1e4), (0.5, 3e4), (0.75, 1e5))))
    )
    scores = score(evidence(stated=hub, published=hub)).filter(metric="crps", target_date=date(2024, 6, 30))
    mine = scores.filter(forecaster_id="some-panel")
    assert mine["basis"].to_list() == ["stated"]
    ours = scores.filter(forecaster_id="gpt2030-pool", origin_date=date(2023, 1, 10))
    assert ours["basis"].to_list() == ["retrospective"]


@pytest.fixture(scope="module")
def shipped():
    source = CuratedSource()
    parsed = source.parse(snapshot(source, "stated", (FOLDER / "stated.csv").read_bytes()))
    assert list(parsed.rejects) == []
    return parsed.frames["core.stated_forecast"]


class TestShipped:
    def test_each_says_who_where_and_for_which_day(self, shipped):
        assert shipped.height > 50
        assert shipped["citation_url"].str.starts_with("https://").all()
        assert (shipped["target_date"].is_null() | (shipped["target_date"] > shipped["known_date"])).all()

    def test_they_are_about_series_that_there_are_in_the_unit_of_each(self, shipped):
        series = pl.read_csv(FOLDER / "series.csv").select("series_id", series_unit="unit")
        about = shipped.join(series, left_on="target", right_on="series_id", how="left")
        assert set(about.filter(pl.col("series_unit").is_null())["target"]) == {"act.agi_date"}
        wrong = about.filter(pl.col("series_unit") != pl.col("unit"))
        assert wrong["statement_id"].to_list() == []

    def test_quantiles_of_one_statement_rise(self, shipped):
        keys = ["forecaster_id", "target", "known_date", "target_date"]
        rising_values = (
            shipped.drop_nulls("level").sort(*keys, "level").group_by(keys, maintain_order=True).agg(pl.col("value"))
        )
        assert rising_values.height > 5
        assert all(values == sorted(values) for values in rising_values["value"].to_list())

    def test_what_is_drawn_on_follows_from_its_rate(self, shipped):
        for name, minutes, start, doubling in (
            ("metr-doubling-7-months", 59, date(2025, 2, 24), 7 * 365.2425 / 12),
            ("metr-doubling-131-days", 293, date(2025, 11, 24), 131),
        ):
            rows = shipped.filter(forecaster_id=name)
            assert rows.height >= 2
            for day, value in rows.select("target_date", "value").iter_rows():
                assert value == pytest.approx(minutes * 2 ** ((day - start).days / doubling), rel=1e-3)


def test_what_nobody_could_know_by_the_day_is_not_scored():
    hub = statements_hub(stated({"target_date": date(2024, 12, 31)}))
    assert score(evidence(stated=hub)).filter(forecaster_id="some-panel").is_empty()
    assert rising()["observation_date"].max() <= TODAY
