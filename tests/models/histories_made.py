"""Small series for the tests of the forecasting code, made here."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

ORIGIN = date(2024, 7, 1)
TARGETS = (date(2025, 1, 1), date(2025, 7, 1), date(2026, 7, 1), date(2030, 7, 1))

ROW_SCHEMA = {
    "series_id": pl.String, "system_id": pl.String, "observation_date": pl.Date, "known_date": pl.Date,
    "value": pl.Float64, "evidence": pl.String,
}  # fmt: skip
SERIES_SCHEMA = {
    "series_id": pl.String, "scale": pl.String, "direction": pl.String, "unit": pl.String, "status": pl.String,
    "chance_share": pl.Float64, "ceiling_share": pl.Float64,
}  # fmt: skip


def rows_of(series_id, *points, known_after_days=0, evidence="paper"):
    """Rows from (date, value) pairs; systems are named by position."""
    data = [
        (series_id, f"{series_id}-{k}", day, day + timedelta(days=known_after_days), float(value), evidence)
        for k, (day, value) in enumerate(points)
    ]
    return pl.DataFrame(data, schema=ROW_SCHEMA, orient="row")


def series_of(series_id, scale="log", **fields):
    """One row of core.series, an open record series unless said otherwise."""
    row = {
        "series_id": series_id, "scale": scale, "direction": "max", "unit": "share" if scale == "bounded" else "flop",
        "status": "open", "chance_share": None, "ceiling_share": None,
    } | fields  # fmt: skip
    return pl.DataFrame([row], schema=SERIES_SCHEMA)


def monthly(values, last=date(2024, 6, 1), step_days=60):
    """(date, value) pairs every `step_days`, ending at `last`."""
    count = len(values)
    return [(last - timedelta(days=step_days * (count - 1 - k)), value) for k, value in enumerate(values)]


GROWING = monthly([1e20, 3e20, 2e20, 1e21, 4e21, 3e21, 1e22, 2e22, 9e22])
CLIMBING = monthly([0.10, 0.15, 0.14, 0.22, 0.35, 0.33, 0.48, 0.52])
RATED = monthly([1100, 1250, 1240, 1400, 1390, 1610])


def three_kinds():
    """A bounded, a log and a linear series with their rows."""
    rows = pl.concat([rows_of("bench", *CLIMBING), rows_of("compute", *GROWING), rows_of("rating", *RATED)])
    series = pl.concat(
        [series_of("bench", "bounded"), series_of("compute"), series_of("rating", "linear", unit="rating")]
    )
    return rows, series
