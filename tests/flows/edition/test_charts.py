"""Charts of series: drawn from nothing, little and much, and saying what they show."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from flows.edition.charts import MARK_SCHEMA, series_chart, series_picture, subtitle_of
from flows.edition.words import words
from models.forecasting.frontier import records
from tests.warehouse.edition_frames import ORIGIN, frame
from warehouse.contracts import core
from warehouse.contracts.living import HORIZON_SERIES

pytest.importorskip("vl_convert", reason="charts need vl-convert-python")

SERIES = {
    "series_id": "math/full/single-sample",
    "label_en": "MATH, one sample",
    "label_zh": "MATH，单次采样",
    "unit": "share",
    "scale": "bounded",
    "direction": "max",
    "benchmark_version": None,
    "variant": "single sample",
}
LOG = SERIES | {"series_id": "training-compute/language", "unit": "flop", "scale": "log", "label_en": "Compute"}
TARGET = date(2030, 7, 1)
NO_MARKS = pl.DataFrame(schema=MARK_SCHEMA)


def observed(*readings: tuple[date, float]) -> pl.DataFrame:
    rows = [{"series_id": "s", "observation_date": day, "value": value} for day, value in readings]
    return records(frame(core.OBSERVATION, rows))


def forecast(
    series_id: str, values: dict[float, float], forecaster: str = "gpt2030-pool", day: date = TARGET
) -> list[dict[str, object]]:
    return [
        {
            "forecaster_id": forecaster,
            "target": series_id,
            "origin_date": ORIGIN,
            "target_date": day,
            "output_type": "quantile",
            "output_type_id": str(level),
            "value": value,
        }
        for level, value in values.items()
    ]


READINGS = observed((date(2022, 6, 1), 0.3), (date(2023, 1, 1), 0.25), (date(2024, 9, 1), 0.9), (date(2025, 1, 1), 0.9))
QUANTILES = {0.05: 0.91, 0.25: 0.93, 0.5: 0.95, 0.75: 0.97, 0.95: 0.99}
HUB = frame(
    core.FORECAST,
    [
        *forecast("math/full/single-sample", QUANTILES),
        *forecast("math/full/single-sample", {0.5: 0.94}, "member-ols"),
        *forecast("some/other/series", QUANTILES),
    ],
)
MARKS = pl.DataFrame(
    [
        {"kind": "essay", "date": TARGET, "value": 0.92, "low": None, "high": None},
        {"kind": "metaculus", "date": TARGET, "value": 0.9, "low": 0.8, "high": 0.95},
        {"kind": "resolved", "date": date(2025, 6, 30), "value": 0.98, "low": None, "high": None},
    ],
    schema=MARK_SCHEMA,
)


def words_of(svg: bytes) -> set[str]:
    return {"".join(node.itertext()) for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_the_legend_names_everything_that_is_drawn():
    shown = words_of(series_chart(SERIES, READINGS, HUB, MARKS))
    assert {
        "MATH, one sample",
        "measured",
        "best so far",
        "median forecast",
        "5th to 95th percentile",
        "median of a member",
        "essay, 2023",
        "Metaculus",
        "what came",
    } <= shown


@pytest.mark.parametrize(("hub", "is_said"), [(HUB, True), (HUB.clear(), False)])
def test_what_a_forecast_is_to_be_read_with_stands_below_it_and_below_no_chart_without_one(hub, is_said):
    shown = words_of(series_chart(SERIES, READINGS, hub, NO_MARKS, foot=("ours", "without limits")))
    assert ("ours without limits" if is_said else "ours") in shown


def test_the_legend_names_nothing_that_is_not_drawn():
    shown = words_of(series_chart(SERIES, READINGS, HUB.clear(), NO_MARKS))
    assert "measured" in shown
    assert not {"median forecast", "essay, 2023", "Metaculus", "what came"} & shown


def test_the_words_are_those_of_the_language():
    shown = words_of(series_chart(SERIES, READINGS, HUB, MARKS, lang="zh"))
    assert {"MATH，单次采样", "实测", "预测中位数"} <= shown


@pytest.mark.parametrize("series", [SERIES, LOG, LOG | {"direction": "level"}], ids=["bounded", "log", "level"])
@pytest.mark.parametrize("readings", [READINGS, READINGS.head(1), READINGS.clear()], ids=["many", "one", "none"])
def test_a_chart_is_drawn_whatever_is_known(series, readings):
    text = series_chart(series, readings, HUB, NO_MARKS).decode()
    assert text.startswith("<svg")
    assert "NaN" not in text


def test_a_chart_of_nothing_says_so():
    assert "nothing to draw yet" in words_of(series_chart(SERIES, READINGS.clear(), HUB.clear(), NO_MARKS))


def test_a_zero_does_not_swallow_a_logarithmic_chart():
    readings = observed((date(2020, 1, 1), 0.0), (date(2021, 1, 1), 1e24), (date(2024, 1, 1), 1e26))
    shown = words_of(series_chart(LOG, readings, HUB.clear(), NO_MARKS))
    assert {"10²⁴", "10²⁶"} <= shown


def test_a_png_is_a_png():
    assert series_chart(SERIES, READINGS, HUB, MARKS, format="png").startswith(b"\x89PNG\r\n")


def test_the_same_frames_give_the_same_bytes():
    assert series_chart(SERIES, READINGS, HUB, MARKS) == series_chart(SERIES, READINGS, HUB, MARKS)


def test_a_chart_asks_nothing_of_the_network():
    text = series_chart(SERIES, READINGS, HUB, MARKS).decode()
    addresses = {word for word in text.replace('"', " ").split() if word.startswith("http")}
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "no point forecast so far ahead"), ("zh", words("zh").site["stop_beyond_range"])]
)
@pytest.mark.parametrize("series_id", sorted(HORIZON_SERIES))
def test_a_task_horizon_is_drawn_as_far_ahead_as_forecasts_are_scored_and_says_so(series_id, lang, said):
    """Its page stated 31,000 minutes for 2030 where every row says that nobody can know a horizon that far ahead."""
    soon, near, far = ORIGIN + timedelta(days=300), ORIGIN + timedelta(days=700), TARGET
    hub = frame(core.FORECAST, [row for day in (soon, near, far) for row in forecast(series_id, QUANTILES, day=day)])
    horizon = SERIES | {"series_id": series_id, "unit": "minutes", "scale": "log"}
    picture = series_picture(horizon, READINGS, hub, NO_MARKS, lang)
    assert [one.day for one in picture.fan] == [ORIGIN, soon, near]
    assert (picture.stop, picture.until) == (said, far)
    other = hub.with_columns(target=pl.lit("s"))
    whole = series_picture(horizon | {"series_id": "s"}, READINGS, other, NO_MARKS, lang)
    assert ([one.day for one in whole.fan], whole.stop) == ([ORIGIN, soon, near, far], "")


def test_the_frontier_is_the_record_so_far():
    drawn = series_picture(SERIES, READINGS, HUB.clear(), NO_MARKS, "en").frontier
    assert [(one.day, one.value) for one in drawn[:-1]] == [(date(2022, 6, 1), 0.3), (date(2024, 9, 1), 0.9)]


def test_a_level_has_no_frontier():
    assert series_picture(SERIES | {"direction": "level"}, READINGS, HUB, NO_MARKS, "en").frontier == ()


def test_the_fan_opens_at_the_record_on_the_day_of_the_forecast():
    both = HUB.vstack(frame(core.FORECAST, forecast("math/full/single-sample", QUANTILES, day=date(2028, 7, 1))))
    fan = series_picture(SERIES, READINGS, both, NO_MARKS, "en").fan
    assert [one.day for one in fan] == [ORIGIN, date(2028, 7, 1), TARGET]
    assert fan[0][1:] == (0.9,) * 5
    assert fan[1][1:] == tuple(QUANTILES.values())


def test_a_chart_of_a_forecast_for_one_day_has_no_bands_that_lead_there():
    picture = series_picture(SERIES, READINGS, HUB, NO_MARKS, "en")
    assert [spread.day for spread in picture.fan] == [TARGET]
    both = HUB.vstack(frame(core.FORECAST, forecast("math/full/single-sample", QUANTILES, day=date(2028, 7, 1))))
    led = series_picture(SERIES, READINGS, both, NO_MARKS, "en")
    assert [spread.day for spread in led.fan] == [ORIGIN, date(2028, 7, 1), TARGET]


def test_a_forecast_without_all_five_quantiles_has_no_fan():
    partial = frame(core.FORECAST, forecast("math/full/single-sample", {0.05: 0.91, 0.5: 0.95}))
    assert series_picture(SERIES, READINGS, partial, NO_MARKS, "en").fan == ()


def test_baselines_are_not_drawn_as_members():
    wild = frame(core.FORECAST, forecast("math/full/single-sample", {0.5: 0.99}, "baseline-ols-records"))
    assert "median of a member" not in words_of(series_chart(SERIES, READINGS, wild, NO_MARKS))


def test_a_record_stands_until_the_newest_reading_where_there_is_no_forecast():
    readings = observed((date(2022, 1, 1), 0.5), (date(2024, 1, 1), 0.4))
    drawn = series_picture(SERIES, readings, HUB.clear(), NO_MARKS, "en").frontier
    assert [(one.day, one.value) for one in drawn] == [(date(2022, 1, 1), 0.5), (date(2024, 1, 1), 0.5)]


@pytest.mark.parametrize(("first", "ticks"), [(1950, {"1960", "2000"}), (2019, {"2019", "2020", "2025"})])
def test_years_are_told_apart_on_a_long_axis(first, ticks):
    readings = observed((date(first, 1, 1), 0.1), (date(2025, 1, 1), 0.4))
    years = {word for word in words_of(series_chart(SERIES, readings, HUB.clear(), NO_MARKS)) if word.isdigit()}
    assert ticks <= years
    assert len(years) <= 13


def test_a_short_axis_is_told_in_months():
    readings = observed((date(2024, 2, 1), 0.1), (date(2025, 1, 20), 0.4))
    assert "Jul 2024" in words_of(series_chart(SERIES, readings, HUB.clear(), NO_MARKS))


@pytest.mark.parametrize(
    ("version", "variant", "english", "chinese"),
    [
        ("flagship", "any method", "tokens a second, flagship, any method, log scale", "词元/秒，对数刻度"),
        ("1.1", "2026", "tokens a second, 1.1, 2026, log scale", "词元/秒，1.1，2026，对数刻度"),
        (None, None, "tokens a second, log scale", "词元/秒，对数刻度"),
    ],
)
def test_an_axis_has_no_english_variant_in_chinese(version, variant, english, chinese):
    series = LOG | {"unit": "tokens_per_second", "benchmark_version": version, "variant": variant}
    assert [subtitle_of(series, words(lang)) for lang in ("en", "zh")] == [english, chinese]
