"""Forecasts of others by what they are about: frozen ones, and the prices of markets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.days import decimal_year

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

MARKETS: Final = "manifold-markets"
_AT: Final = {"low": 0.25, "middle": 0.5, "high": 0.75}


def statements(stated: pl.DataFrame, markets: pl.DataFrame, day: date) -> dict[str, list[dict[str, Any]]]:
    """By target: every frozen forecast made by the day and every market, one entry each, by the day spoken of.

    An entry has forecaster_id, target, target_date, said_on, low, middle and high (p25, p50, p75; a point is its own
    middle; days as decimal years), share (of a lone probability), passing (threshold and median day on which a series
    passes it), differs, title, url and people. A market whose day is over forecasts nothing.
    """
    entries = [*_frozen(stated.filter(pl.col("known_date") <= day)), *_markets(markets)]
    entries = [
        one for one in entries
        if one["forecaster_id"] != MARKETS or one["target_date"] is None or one["target_date"] > day
    ]  # fmt: skip
    found: dict[str, list[dict[str, Any]]] = {}
    for one in sorted(entries, key=lambda entry: (str(entry["target_date"]), str(entry["said_on"]), entry["title"])):
        found.setdefault(one["target"], []).append(one)
    return found


def _frozen(stated: pl.DataFrame) -> Iterator[dict[str, Any]]:
    keys = ["forecaster_id", "target", "target_date", "known_date"]
    level = pl.col("level").fill_null(0.5)
    at = {name: pl.col("value").filter((level - wanted).abs() < 1e-9).first() for name, wanted in _AT.items()}
    whole = stated.group_by(keys, maintain_order=True).agg(
        **at, differs=pl.col("differs").first(), title=pl.col("citation_title").first(),
        url=pl.col("citation_url").first(),
    )  # fmt: skip
    for row in whole.iter_rows(named=True):
        yield {**row, "said_on": row["known_date"], "share": None, "passing": None, "people": None}


def _markets(markets: pl.DataFrame) -> Iterator[dict[str, Any]]:
    shown = markets.filter(pl.col("state") == "visible", pl.col("target").is_not_null())
    for (slug,), rows in shown.group_by("question_id", maintain_order=True):
        head = rows.row(0, named=True)
        levels = {one["quantile"]: one for one in rows.iter_rows(named=True) if one["quantile"]}
        middle = levels.get(0.5, {})
        is_lone = pl.col("value_text").is_null() & pl.col("value_number").is_not_null() & pl.col("quantile").is_null()
        lone = rows.filter(is_lone)
        # Days on which a series passes a number are no values of it.
        is_of_passing = middle.get("threshold_value") is not None
        values = {} if is_of_passing else {level: _value(one) for level, one in levels.items()}
        yield {
            "forecaster_id": MARKETS, "target": head["target"], "said_on": max(rows["recorded_at"]).date(),
            "target_date": head["target_date"] or (lone["threshold_date"][0] if lone.height else None),
            **{name: values.get(level) for name, level in _AT.items()},
            "share": lone["value_number"][0] if lone.height and not levels else None,
            "passing": (middle["threshold_value"], middle["value_date"]) if is_of_passing else None,
            "differs": head["differs"], "title": head["title"], "people": head["forecaster_count"],
            "url": f"https://manifold.markets/event/{slug}",
        }  # fmt: skip


def _value(one: dict[str, Any]) -> float | None:
    value: float | None = decimal_year(one["value_date"]) if one["value_date"] else one["value_number"]
    return value
