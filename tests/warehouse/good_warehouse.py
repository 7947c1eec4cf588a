"""A small warehouse with two vintages and two editions in which every check passes, and ways to damage it."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import duckdb
import polars as pl

from tests.warehouse.fresh import fresh
from warehouse.checks import CheckFacts
from warehouse.contenders import settle_contenders
from warehouse.contracts import core, out, polars_schema, raw
from warehouse.details import insert_properties
from warehouse.snapshots import record_looks, record_snapshots
from warehouse.spans import insert_scores
from warehouse.store import CONFIG, Warehouse
from warehouse.vintages import Origin, land

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.contracts import Table

FIRST = datetime(2026, 11, 20, 6)
NOW = datetime(2026, 11, 22, 6)
TODAY = NOW.date()
TARGET = date(2030, 7, 1)
EDITIONS = ("2026-11-20-aaaaaaaa", "2026-11-22-bbbbbbbb")
FACTS = CheckFacts(EDITIONS[1])
LEVELS = (0.01, 0.025, *(round(0.05 * k, 2) for k in range(1, 20)), 0.975, 0.99)

# series → scale, unit, direction, members
SERIES = {
    "math/full": ("bounded", "share", "max", None),
    "math/aided": ("bounded", "share", "max", None),
    "math/any": ("bounded", "share", "max", "math/full+math/aided"),
    "mmlu/full": ("bounded", "share", "max", None),
    "gpqa/diamond": ("bounded", "share", "max", None),
    "compute": ("log", "flop", "max", None),
    "speed": ("log", "tokens_per_second", "level", None),
}
# series, system, value on the second day
CURATED = (
    ("math/full", "gpt-3", 0.069),
    ("math/full", "minerva", 0.503),
    ("math/full", "gpt-4", 0.529),
    ("math/aided", "minerva", 0.6),
    ("mmlu/full", "o3", 0.99),
    ("gpqa/diamond", "gpt-4", 0.36),
    ("compute", "gpt-3", 3e23),
    ("compute", "gpt-4", 2e25),
    ("speed", "gpt-4", 40.0),
)
EPOCH = (("gpqa/diamond", "gpt-4", 0.36), ("gpqa/diamond", "gpt-5", 0.85))
DATES = {"gpt-3": date(2020, 6, 11), "gpt-5": date(2026, 11, 21)}
# series → frontier on the first day, where it was another one
BEFORE = {"math/full": 0.503, "gpqa/diamond": 0.36}
# series → frontier on the second day, rows from memory
FITS = {
    "math/full": (0.529, 0),
    "math/aided": (0.6, 0),
    "math/any": (0.6, 0),
    "gpqa/diamond": (0.85, 0),
    "compute": (2e25, 1),
    "speed": (40.0, 0),
}


def frame(table: Table, rows: list[dict[str, object]], *, arriving: bool = False) -> pl.DataFrame:
    """Rows of a contract; what is not said is filled with something its column allows."""
    columns = table.arriving if arriving else table.columns
    dull = {"VARCHAR": "x", "DOUBLE": 1.0, "BIGINT": 1, "BOOLEAN": False, "DATE": TODAY, "TIMESTAMP": NOW}
    base = {c.name: None if c.nullable else c.isin[0] if c.isin else dull[c.type] for c in columns}
    return pl.DataFrame([base | row for row in rows], schema=polars_schema(table, arriving=arriving), orient="row")


def arrive(warehouse: Warehouse, table: Table, rows: list[dict[str, object]], feed: str, at: datetime) -> None:
    """One feed (`source/file`) is looked at, kept, landed and accounted for, as a refresh would."""
    source_id, _, name = feed.partition("/")
    snapshot_id = sha256(f"{feed} {at}".encode()).hexdigest()
    common = {"source_id": source_id, "feed": name, "snapshot_id": snapshot_id}
    seen = frame(raw.SNAPSHOT, [common | {"retrieved_at": at}]).to_dicts()
    record_snapshots(warehouse, seen)
    look = common | {"look_id": f"{feed} {at}", "looked_at": at, "outcome": "changed"}
    record_looks(warehouse, frame(raw.LOOK, [look]).to_dicts())
    arriving = frame(table, rows, arriving=True)
    done = land(warehouse, table, arriving, Origin(source_id, name, snapshot_id, at, is_backfilled=False))
    counts = {name: 0 for name in raw.LANDING.column_names if name.endswith("_count")}
    counts |= {f"{kind}_count": getattr(done, kind) for kind in ("added", "revised", "unchanged", "deleted")}
    said = {"run_id": str(at.date()), "table_name": table.full_name, "recorded_at": at, "record_count": len(rows)}
    warehouse.insert(raw.LANDING, frame(raw.LANDING, [counts | common | said]))


def observation(series_id: str, system_id: str, value: float) -> dict[str, object]:
    day = DATES.get(system_id, date(2023, 3, 14))
    return {
        "series_id": series_id,
        "source_row_id": f"{series_id} {system_id}",
        "system_id": system_id,
        "observation_date": day,
        "known_date": day,
        "value": value,
        "unit": SERIES[series_id][1],
        "evidence": "remembered" if (series_id, system_id) == ("compute", "gpt-3") else "paper",
        "citation_title": "A paper",
        "citation_url": "https://example.org/paper",
    }


def series(series_id: str) -> dict[str, object]:
    scale, unit, direction, members = SERIES[series_id]
    row = {"series_id": series_id, "scale": scale, "unit": unit, "direction": direction, "members": members}
    return row | ({"chance_share": 0.0, "ceiling_share": 1.0} if scale == "bounded" else {})


def essay_number(number: int) -> dict[str, object]:
    placement = "table" if number <= 44 else "assumption"
    stated = {"property_id": f"row.{number}", "section": 1 + number % 6, "placement": placement}
    return stated | {"p25": 1.0, "p50": 2.0, "p75": 3.0, "citation_url": "https://example.org/essay"}


def community() -> list[dict[str, object]]:
    shown = [
        {"source_row_id": f"1|cp|{q}", "question_id": "1", "aggregation": "cp", "quantile": q, "value_number": 100 * q}
        for q in (0.25, 0.5, 0.75)
    ]
    # The row of the state has no value; what is conditional on "not yet" may lie after what is not.
    state = {"source_row_id": "1|state", "question_id": "1", "aggregation": "cp"}
    later = shown[0] | {"source_row_id": "1|cp|0.25|not yet", "is_conditional": True, "value_number": 60.0}
    hidden = {"source_row_id": "2||", "question_id": "2", "state": "withheld"}
    resolved = {"source_row_id": "3||", "question_id": "3", "state": "resolved", "value_date": date(2025, 7, 19)}
    return [*shown, state, later, hidden, resolved]


def land_all(warehouse: Warehouse) -> None:
    """Two vintages: on the second day a value is revised, a row is withdrawn, and Epoch has another one."""
    cited = {"citation_url": "https://example.org", "as_of_date": FIRST.date()}
    arrive(warehouse, core.SERIES, [series(name) for name in SERIES], "curated/series", FIRST)
    arrive(warehouse, core.SERIES, [series("gpqa/diamond")], "epoch_benchmarks/series", FIRST)
    names = sorted({system for _, system, _ in (*CURATED, *EPOCH)})
    systems = [{"system_id": name, "source_row_id": name} for name in names]
    arrive(warehouse, core.SYSTEM, systems, "curated/systems", FIRST)
    believed_first = [observation(s, m, 0.425 if m == "gpt-4" and s == "math/full" else v) for s, m, v in CURATED]
    typo = observation("math/full", "typo", 0.5) | {"system_id": "gpt-3"}
    arrive(warehouse, core.OBSERVATION, [*believed_first, typo], "curated/scores", FIRST)
    arrive(warehouse, core.OBSERVATION, [observation(*row) for row in CURATED], "curated/scores", NOW)
    for at, rows in ((FIRST, EPOCH[:1]), (NOW, EPOCH)):
        arrive(warehouse, core.OBSERVATION, [observation(*row) for row in rows], "epoch_benchmarks/scores", at)
    assumption = {"assumption_id": "k", "value": 5.0, "low": 4.0, "high": 6.0, "interval": "p25-p75"} | cited
    arrive(warehouse, core.ASSUMPTION, [assumption], "curated/assumptions", FIRST)
    arrive(warehouse, core.ESSAY_NUMBER, [essay_number(n) for n in range(1, 46)], "essay/numbers", FIRST)
    arrive(warehouse, core.INCONSISTENCY, [cited], "essay/inconsistencies", FIRST)
    arrive(warehouse, core.COMMUNITY_FORECAST, community(), "metaculus/questions", NOW)


def property_row(number: int, edition_id: str, day: date) -> dict[str, object]:
    row: dict[str, object] = {
        "edition_id": edition_id,
        "property_id": f"row.{number}",
        "row_number": number,
        "section": 1 + number % 6,
        "unit": "x",
        **dict(zip(out.QUANTILES, (1.0, 2.0, 3.0, 4.0, 5.0), strict=True)),
        "essay_p25": 1.0,
        "essay_p50": 2.0,
        "essay_p75": 3.0,
        "actual_state": "not_yet",
        "inputs_as_of": day,
    }
    if number == 1:
        row |= {"actual_value": 2.5, "actual_date": date(2025, 7, 2), "actual_state": "value"}
        row["actual_kind"] = "measured"
    if number == 2:  # a dated row whose last quantile lies beyond the last day forecast
        days = {f"value_date_{q}": date(2027 + n, 7, 2) for n, q in enumerate(out.QUANTILES[:4])}
        years = {q: 2027.4983 + n for n, q in enumerate(out.QUANTILES[:4])}
        row |= days | years | {"p95": None, "unit": "year", "never_share": 0.2}
    if number == 3:
        row |= dict.fromkeys(out.QUANTILES) | {"value_state": "withheld"}
    return row


def quantiles(series_id: str, frontier: float, target_date: date) -> list[dict[str, object]]:
    is_log = SERIES[series_id][0] == "log"
    value = [frontier * 10 ** (3 * q) if is_log else frontier + (1 - frontier) * q for q in LEVELS]
    rows = [("quantile", f"{q:g}", v) for q, v in zip(LEVELS, value, strict=True)]
    rows += [("pmf", "no_new_record", 0.1), ("pmf", "new_record", 0.9)]
    return [
        {
            "target": series_id,
            "target_date": target_date,
            "output_type": kind,
            "output_type_id": name,
            "value": v,
            "level": float(name) if kind == "quantile" else None,
        }
        for kind, name, v in rows
    ]


def publish(warehouse: Warehouse, edition_id: str, at: datetime) -> None:
    """Insert the edition of a day: its table, and the fits and forecasts from what was believed then."""
    named = {"edition_id": edition_id, "origin_date": at.date()}
    ours = named | {"forecaster_id": "gpt2030-pool"}
    warehouse.insert(out.EDITION, frame(out.EDITION, [named | {"issued_at": at, "target_date": TARGET}]))
    table = [property_row(number, edition_id, at.date()) for number in range(1, 45)]
    insert_properties(warehouse, frame(out.PROPERTY, table))
    frontier = {name: value for name, (value, _) in FITS.items()} | (BEFORE if at == FIRST else {})
    fits = [
        {"series_id": name, "frontier_value": frontier[name], "remembered_count": memory, "status": "fitted"}
        for name, (_, memory) in FITS.items()
    ]
    full = {"series_id": "mmlu/full", "frontier_value": 0.99, "remembered_count": 0}
    fits.append(full | {"status": "saturated", "reason": "what is left is noise"})
    warehouse.insert(core.FIT, frame(core.FIT, [ours | {"last_date": date(2023, 3, 14)} | fit for fit in fits]))
    hub = [q | ours for name, value in frontier.items() for q in quantiles(name, value, TARGET)]
    essay = {"target": "row.1", "output_type": "median", "value": 2.0, "origin_date": date(2023, 6, 7)}
    hub.append(essay | {"forecaster_id": "essay-2023", "edition_id": edition_id, "target_date": TARGET})
    warehouse.insert(core.FORECAST, frame(core.FORECAST, hub))
    insert_scores(warehouse, edition_id, frame(out.SCORE, [ours]))


def build(folder: Path) -> Path:
    """Write the good warehouse and return a copy of its file, as a candidate for publication."""
    with fresh(folder, now=FIRST) as warehouse:
        land_all(warehouse)
        publish(warehouse, EDITIONS[0], FIRST)
        publish(warehouse, EDITIONS[1], NOW)
        warehouse.insert(out.ALERT, frame(out.ALERT, [{}]))
        settle_contenders(warehouse)
        warehouse.write_copy(folder / "candidate.duckdb")
    return folder / "candidate.duckdb"


def damaged(good: Path, folder: Path, *statements: str) -> Path:
    """A copy of the good warehouse after some SQL that no program of ours would run."""
    path = folder / "damaged.duckdb"
    shutil.copyfile(good, path)
    with duckdb.connect(str(path), config=CONFIG) as connection:
        for statement in statements:
            connection.execute(statement)
    return path
