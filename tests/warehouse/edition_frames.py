"""A whole edition made by hand: 44 property rows with every kind of cell, and the frames that stand behind it."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl

import sources.essay
from warehouse.contracts import Table, core, out, polars_schema

ORIGIN = date(2026, 11, 22)
EDITION = {
    "edition_id": "2026-11-22-0badcafe",
    "origin_date": ORIGIN,
    "issued_at": datetime(2026, 11, 22, 6, 30),
    "target_date": date(2030, 7, 1),
    "code_version": "1.2.3",
    "content_digest": "0badcafe" * 8,
    "settings_json": "{}",
    "inputs_json": "{}",
    "recorded_at": datetime(2026, 11, 22, 6, 30),
    "is_replay": False,
}
SOURCE_STATES = {
    "curated": "embedded",
    "essay": "embedded",
    "epoch_benchmarks": "live",
    "epoch_models": "held",
    "metr": "stale",
    "metaculus": "withheld",
    "models_dev": "missing",
    "artificial_analysis": "off",
    "wikidata": "not_asked",
}
QUANTILES = ("p05", "p25", "p50", "p75", "p95")


def frame(table: Table, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of a contract, columns that are not named being empty."""
    names = table.column_names
    return pl.DataFrame([{name: row.get(name) for name in names} for row in rows], schema=polars_schema(table))


def property_row(**said: object) -> dict[str, object]:
    """One open row with numbers in every cell, but for what is `said` about it."""
    row: dict[str, object] = {
        "edition_id": EDITION["edition_id"],
        "property_id": "overhang.work_years",
        "row_number": 1,
        "section": 3,
        "basis": "derived",
        "label_en": "Human-years of work its training compute could do",
        "label_zh": "训练算力可执行的人类工作年数",
        "unit": "human-years",
        **dict(zip(QUANTILES, (1.1e6, 2.1e6, 3.4e6, 5.4e6, 11.3e6), strict=True)),
        "value_state": "value",
        "essay_p25": 4e5,
        "essay_p50": 1.8e6,
        "essay_p75": 1e7,
        "essay_state": "value",
        "essay_recomputed": 1.36e6,
        "actual_value": 146_000.0,
        "actual_date": date(2025, 8, 7),
        "actual_state": "value",
        "actual_note": "from 1.3e13 tokens (a system, as its makers say)",
        "status": "open",
        "status_reason": "Extrapolated 43 months ahead, beyond the scored range of 24.",
        "inputs_as_of": date(2026, 10, 30),
        "formula": "3 * data.train_tokens / (speed.human_tpm * time.minutes_per_year)",
    }
    whole = dict.fromkeys(out.PROPERTY.column_names) | row | said
    # Two columns under two names each: what is said of one is true of the other.
    alike = {"newest_fact_date": whole["inputs_as_of"], "so_far_kind": whole["actual_kind"]}
    return whole | alike | said


def dated_row(dates: tuple[date | None, ...], **said: object) -> dict[str, object]:
    """A row whose value is a day; quantiles after the last day forecast are None."""
    years = [None if day is None else day.year + (day.timetuple().tm_yday - 1) / 365 for day in dates]
    numbers = dict(zip(QUANTILES, years, strict=True))
    days = {f"value_date_{level}": day for level, day in zip(QUANTILES, dates, strict=True)}
    essay = {"essay_p25": None, "essay_p50": 2028.0, "essay_p75": None, "essay_recomputed": 2028.0}
    empty = {"actual_value": None, "actual_date": None, "actual_state": "not_yet", "actual_note": None}
    return property_row(unit="year", **numbers, **days, **essay, **empty) | said


def empty_row(state: str, **said: object) -> dict[str, object]:
    """A row without today's numbers, for the reason given."""
    return property_row(**dict.fromkeys(QUANTILES), value_state=state) | said


def properties(rows: list[dict[str, object]] | None = None) -> pl.DataFrame:
    """Property rows as a frame; by default all 44 of the table."""
    return frame(out.PROPERTY, rows if rows is not None else _table())


def checks(failed: int = 1) -> pl.DataFrame:
    """Six checks of which so many failed."""
    rows = [
        {
            "run_id": "r1",
            "check_name": f"check_{n}",
            "what": f"thing {n} holds",
            "consequence": "note",
            "is_passed": n >= failed,
            "source_id": "metr" if n == 0 else None,
            "affected_count": 2 if n < failed else 0,
            "evidence": "2 rows of 26 are gone" if n < failed else None,
            "checked_at": EDITION["issued_at"],
        }
        for n in range(6)
    ]
    return frame(core.CHECK_RESULT, rows)


def source(source_id: str, state: str, **said: object) -> dict[str, object]:
    """One row of source_health, asked at the edition's issue unless said otherwise."""
    asked = EDITION["issued_at"] if state not in {"off", "not_asked"} else None
    outcome = {"live": "changed", "embedded": "embedded", "withheld": "refused", "off": "disabled"}
    return {
        "source_id": source_id,
        "state": state,
        "detail": None,
        "last_looked_at": asked,
        "last_outcome": outcome.get(state, "unreachable") if asked else None,
        "newest_outcome": outcome.get(state, state if state == "not_asked" else "unreachable"),
    } | said


def health(rows: list[dict[str, object]] | None = None) -> pl.DataFrame:
    """What stands behind each source as a frame; by default one source in each state."""
    given = rows if rows is not None else [source(name, state) for name, state in SOURCE_STATES.items()]
    schema = dict.fromkeys(source("metr", "live"), pl.String) | {"last_looked_at": pl.Datetime("us")}
    return pl.DataFrame(given, schema=schema)


def scores() -> pl.DataFrame:
    """Two forecasters on two resolved targets."""
    values = {
        ("gpt2030-pool", "crps"): (0.04, 0.06),
        ("essay-2023", "crps"): (0.1, 0.3),
        ("gpt2030-pool", "wis"): (0.05, 0.07),
    }
    rows = [
        {
            "edition_id": EDITION["edition_id"],
            "forecaster_id": forecaster,
            "target": f"series/{n}",
            "origin_date": date(2025, 1, 1),
            "target_date": date(2026, 1, 1),
            "basis": "published",
            "scale": "bounded",
            "horizon_months": 12,
            "metric": metric,
            "value": value,
        }
        for (forecaster, metric), pair in values.items()
        for n, value in enumerate(pair)
    ]
    return frame(out.SCORE, rows)


def _table() -> list[dict[str, object]]:
    """The 44 rows with the essay's own labels, units and numbers, today's numbers being made up around them."""
    numbers = pl.read_csv(Path(sources.essay.FOLDER) / sources.essay.NUMBERS).filter(pl.col("placement") == "table")
    return [_made_up(number, row) for number, row in enumerate(numbers.iter_rows(named=True), 1)]


def _made_up(number: int, row: dict[str, object]) -> dict[str, object]:
    named = {name: row[name] for name in ("property_id", "section", "basis", "label_en", "label_zh", "unit")}
    essay = {f"essay_{level}": row[level] for level in ("p25", "p50", "p75")}
    middle = row["p50"]
    essay |= {"essay_state": "not_stated" if middle is None else "value", "essay_recomputed": middle}
    said = {**named, **essay, "row_number": number}
    if row["unit"] == "year":
        days = (date(2027, 3, 1), date(2028, 2, 1), date(2029, 6, 1), None, None)
        return dated_row(days, never_share=0.31) | said
    if row["role"] == "none":
        return empty_row("withheld", status="withheld") | said
    if row["role"] == "constant":
        return (
            property_row(
                **dict.fromkeys(QUANTILES, middle),
                status="unrefittable",
                actual_state="not_applicable",
                actual_value=None,
                actual_date=None,
            )
            | said
        )
    is_share = row["unit"] in {"probability", "share of tasks"}
    factors = (
        (0.5, 0.7, 0.9, 0.95, 1.0) if is_share or row["unit"] in {"%", "percentile"} else (0.1, 0.5, 1.3, 3.0, 12.0)
    )
    today = {level: float(middle) * factor for level, factor in zip(QUANTILES, factors, strict=True)}
    detail = json.dumps({"flags": ["beyond_scored_range"], "essay_note": row["note"]})
    return (
        property_row(
            **today, actual_value=float(middle) * 0.4, detail_json=detail, change_spreads=0.2, previous_p50=middle
        )
        | said
    )


def run_row():
    """A run that changed nothing."""
    counts = ("added_count", "revised_count", "deleted_count", "unchanged_count", "quarantined_count")
    row = {
        "run_id": "r",
        "run_number": 1,
        "started_at": datetime(2024, 1, 1),
        "finished_at": datetime(2024, 1, 1),
        "origin_date": date(2024, 1, 1),
    }
    return row | {"outcome": "unchanged", "message": "m"} | dict.fromkeys(counts, 0)
