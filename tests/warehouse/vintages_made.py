"""Files that arrive day by day, made by hand or by hypothesis, and the beliefs they leave, kept in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from warehouse.contracts import core, polars_schema
from warehouse.vintages import Landing, Origin, land

START = datetime(2024, 1, 1, 6, 30)


def moment(day: int) -> datetime:
    """The moment of the look `day` days after the first."""
    return START + timedelta(days=day)


def observation(row_id: str, value: float, **said: object) -> dict[str, object]:
    """One observation as a source hands it on, but for what is `said` about it."""
    row: dict[str, object] = {
        "series_id": "math/full",
        "source_row_id": row_id,
        "system_id": f"system-{row_id}",
        "observation_date": date(2023, 6, 1),
        "date_kind": "paper",
        "date_precision": "day",
        "known_date": date(2023, 6, 1),
        "value": value,
        "unit": "share",
        "std_error": None,
        "setup": None,
        "evidence": "paper",
        "citation_title": "A paper",
        "citation_url": "https://example.org/paper",
    }
    return row | said


def observations(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Observations as a frame of the columns that arrive."""
    return pl.DataFrame(rows, schema=polars_schema(core.OBSERVATION, arriving=True))


def series(series_id: str, **said: object) -> pl.DataFrame:
    """The definition of one series as a frame, but for what is `said` about it."""
    row: dict[str, object] = {
        "series_id": series_id, "label_en": series_id, "label_zh": series_id, "unit": "share", "scale": "bounded",
        "direction": "max", "chance_share": 0.0, "ceiling_share": 1.0, "benchmark": series_id, "status": "open",
    }  # fmt: skip
    return pl.DataFrame([row | said], schema=polars_schema(core.SERIES, arriving=True))


def origin(source_id: str, at: datetime, feed: str = "file", **said: bool) -> Origin:
    """Where rows come from; the snapshot is named after the moment."""
    facts = {"is_backfilled": False, "is_partial": False} | said
    return Origin(source_id, feed, f"bytes of {at:%Y-%m-%d %H:%M}", at, **facts)


def arrive(warehouse, source_id: str, at: datetime, rows: list[dict[str, object]], **said) -> Landing:
    """Land one file of observations in a transaction of its own."""
    with warehouse.transaction():
        return land(warehouse, core.OBSERVATION, observations(rows), origin(source_id, at, **said))


@dataclass
class Beliefs:
    """What a reader of every file would believe: per feed the rows of its newest file, remembered by moment."""

    in_force: dict[str, dict[str, float]] = field(default_factory=dict)
    history: list[tuple[datetime, dict[tuple[str, str], float]]] = field(default_factory=list)

    def arrive(self, at: datetime, feed: str, rows: dict[str, float], *, is_partial: bool = False) -> dict[str, int]:
        """Take a file in and return what a landing of it has to count."""
        before = self.in_force.get(feed, {})
        after = before | rows if is_partial else dict(rows)
        self.in_force[feed] = after
        everything = {(name, key): value for name, held in self.in_force.items() for key, value in held.items()}
        self.history.append((at, everything))
        return {
            "added": len(rows.keys() - before.keys()),
            "revised": sum(1 for key in rows.keys() & before.keys() if rows[key] != before[key]),
            "deleted": len(before.keys() - after.keys()),
            "unchanged": sum(1 for key in rows.keys() & before.keys() if rows[key] == before[key]),
        }

    def at(self, when: datetime) -> dict[tuple[str, str], float]:
        """What was believed at a moment, by feed and row."""
        known = [everything for at, everything in self.history if at <= when]
        return known[-1] if known else {}


# A file is its rows by id; few ids and few values, so that rows return, repeat and change often.
files = st.dictionaries(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from([0.1, 0.2, 0.3]), max_size=4)
# What arrives: days since the last arrival (0: twice at one moment), which feed, which rows.
arrivals = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["first", "second"]), files), min_size=1, max_size=8
)  # fmt: skip
