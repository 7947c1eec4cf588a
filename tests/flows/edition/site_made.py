"""The site of an edition made by hand: a row in every state, one series with records, a history and a change."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache

import polars as pl

from flows.edition.files import Draft, edition_files
from flows.edition.site import Backing
from tests.warehouse.edition_frames import EDITION, ORIGIN, checks, frame, health, properties, scores
from warehouse.contracts import core, out, polars_schema
from warehouse.contracts.change import CHANGE
from warehouse.contracts.content import Content
from warehouse.contracts.known import Known
from warehouse.contracts.living import LIVING

COMPUTE = "training-compute/language"
HOSTILE = "<script>alert(1)</script>\u202e\x07\U0001f600 =HYPERLINK(1) " + "x" * 10_000
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


class Named(Content):
    """Content under the name of the edition that the frames are of."""

    edition_id = str(EDITION["edition_id"])


def known(system: str = "GPT-6") -> Known:
    """One series with three records, one assumption and one number of the essay."""
    series = frame(core.SERIES, [{
        "series_id": COMPUTE, "label_en": "Training compute", "label_zh": "训练计算量", "unit": "flop", "scale": "log",
        "direction": "max", "benchmark": "compute", "status": "open", "source_id": "epoch_models",
    }])  # fmt: skip
    rows = [(date(2020, 6, 1), 3.1e23, "GPT-3"), (date(2023, 3, 1), 2.1e25, "GPT-4"), (date(2026, 9, 1), 1e27, system)]
    observations = frame(core.OBSERVATION, [{
        "series_id": COMPUTE, "source_row_id": str(n), "system_id": str(n), "observation_date": day, "value": value,
        "unit": "flop", "citation_title": f"Report {n}", "citation_url": url, "source_id": "epoch_models",
        "feed": "f", "known_date": day, "date_precision": "day",
    } for n, ((day, value, _), url) in enumerate(zip(rows, ("https://example.org/a", "javascript:alert(1)", None),
                                                     strict=True))])  # fmt: skip
    observations = observations.with_columns(
        system_name=pl.Series([name for _, _, name in rows]), measured_as=pl.col("series_id")
    )
    assumed = frame(core.ASSUMPTION, [{
        "assumption_id": "compute.feasible_flop", "label_en": "Largest run feasible", "label_zh": "可行的最大训练",
        "unit": "FLOP", "value": 2e29, "as_of_date": date(2024, 8, 1), "citation_title": "Can scaling continue",
        "citation_url": "https://example.org/scaling", "source_id": "curated",
        "note": "A judgement of this project, whose interval is ours",
    }])  # fmt: skip
    essay = frame(core.ESSAY_NUMBER, [{
        "property_id": "compute.train_flop", "role": "forecast", "statement": "Some words of the essay on this number",
        "as_of_date": date(2023, 6, 7), "citation_title": "The essay", "citation_url": "https://example.org/essay",
    }])  # fmt: skip
    empty = {table: pl.DataFrame(schema=polars_schema(table)) for table in (core.SYSTEM, core.COMMUNITY_FORECAST)}
    return Known(ORIGIN, observations, series, empty[core.SYSTEM], assumed, essay, empty[core.COMMUNITY_FORECAST])


def inputs() -> pl.DataFrame:
    """What the row on compute is computed from."""
    columns = ("property_id", "input_id", "kind", "depth", "said")
    rows = [
        ("compute.train_flop", "compute.trend_flop", "forecast", 1, f"forecast of {COMPUTE}"),
        ("compute.train_flop", "compute.feasible_flop", "assumption", 1, "2e29 FLOP: Can scaling continue <https://x>"),
        ("compute.train_flop", COMPUTE, "series", 0, "Training compute"),
    ]
    schema = {name: kind for name, kind in polars_schema(out.PROPERTY_INPUT).items() if name in columns}
    return pl.DataFrame(rows, schema=list(columns), orient="row").cast(schema)


def inputs_in_chinese() -> pl.DataFrame:
    """The same told in Chinese, as `flows.ask.inputs` does."""
    said = {
        "compute.trend_flop": f"3e28，即 {COMPUTE} 的预测的中位数",
        "compute.feasible_flop": "2e29 FLOP（80%：2e28 至 2e30）［原名 feasible］：Can scaling continue <https://x>",
    }
    return inputs().with_columns(said=pl.col("input_id").replace_strict(said, default=pl.col("said")))


def history(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows in two earlier editions, a tenth and a fifth lower."""
    parts = []
    for month, factor in ((9, 0.8), (10, 0.9)):
        day = date(2026, month, 22)
        parts.append(rows.select(out.HISTORY).with_columns(
            *(pl.col(level) * factor for level in out.QUANTILES), edition_id=pl.lit(f"{day}-00000000"),
            origin_date=pl.lit(day), issued_at=pl.lit(datetime(2026, month, 22, 6)), is_replay=pl.lit(month == 9),
        ))  # fmt: skip
    return pl.concat(parts)


def changes() -> pl.DataFrame:
    """Why the row on compute moved."""
    parts = (("total", 0.3, None), ("new_rows", 0.5, "GPT-6: 1e27"), ("elapsed_time", -0.2, None))
    return frame(CHANGE, [{
        "edition_id": EDITION["edition_id"], "previous_edition_id": "2026-10-22-00000000",
        "property_id": "compute.train_flop", "cause": cause, "amount": amount, "size_spreads": 0.3, "detail": detail,
    } for cause, amount, detail in parts])  # fmt: skip


def living(system: str = "GPT-6") -> pl.DataFrame:
    """Two living rows on the one series: one forecast to the target, one for the coming year only."""
    common = {
        "series_id": COMPUTE, "unit": "flop", "actual_value": 1e27, "actual_date": date(2026, 9, 1),
        "actual_date_precision": "day", "actual_note": f"{system}, {COMPUTE}: as stated", "row_count": 3,
        "p25_in_a_year": 1e27, "p50_in_a_year": 2e27, "p75_in_a_year": 3e27, "newest_fact_date": date(2026, 9, 1),
        "rot": "fresh",
    }  # fmt: skip
    rows = [
        {"living_id": "living.far", "row_number": 1, "label_en": "Compute, far", "label_zh": "远期计算量",
         "beside": "compute.train_flop", "value_state": "value", **dict(zip(out.QUANTILES, (1e27, 2e28, 3e28, 4e28, 5e29),
                                                                          strict=True))},
        {"living_id": "living.near", "row_number": 2, "label_en": "Compute, near", "label_zh": "近期计算量",
         "value_state": "beyond_range"},
    ]  # fmt: skip
    return frame(LIVING, [common | one for one in rows]).drop("edition_id")


def hub() -> pl.DataFrame:
    """What the pool forecasts of the series."""
    return frame(core.FORECAST, [{
        "forecaster_id": "gpt2030-pool", "target": COMPUTE, "origin_date": ORIGIN, "target_date": date(2030, 7, 1),
        "output_type": "quantile", "output_type_id": str(level), "value": 10 ** (27 + 3 * level),
    } for level in LEVELS])  # fmt: skip


def draft(
    rows: pl.DataFrame | None = None,
    system: str = "GPT-6",
    moved: pl.DataFrame | None = None,
    *,
    has_history: bool = True,
) -> Draft:
    """A draft of the whole table."""
    table = properties() if rows is None else rows
    without = table.drop("edition_id")
    earlier = history(table) if has_history else history(table).clear()
    quantiles = pl.DataFrame(schema=polars_schema(out.PROPERTY_QUANTILE)).drop("edition_id")
    content = Named(
        ORIGIN, date(2030, 7, 1), "1.2.3", "{}", without, quantiles, hub().drop("edition_id", "level"),
        pl.DataFrame(schema=polars_schema(core.FIT)), scores().drop("edition_id"),
    )  # fmt: skip
    alerts = pl.DataFrame(schema=polars_schema(out.ALERT))
    return Draft(
        content,
        checks(),
        health(),
        changes() if moved is None else moved,
        alerts,
        Backing(known(system), inputs(), earlier, living(system), told={"zh": inputs_in_chinese()}),
    )


def files(**said: object) -> dict[str, bytes]:
    """Every file of that edition; to read, where nothing is said: it is made once."""
    return edition_files(draft(**said), EDITION) if said else _standing()  # type: ignore[arg-type]


@cache
def _standing() -> dict[str, bytes]:
    return edition_files(draft(), EDITION)
