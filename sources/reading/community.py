"""What a forecasting platform said, brought to the boundary: rows of core.community_forecast, and what is refused."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import polars as pl

from sources.reading.boundary import admit
from sources.records import Parsed, Reject
from warehouse.contracts import polars_schema
from warehouse.contracts.core import COMMUNITY_FORECAST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sources.reading.json_values import Flaw
    from sources.records import Snapshot


def looked_at(snapshot: Snapshot) -> datetime:
    """The moment that the bytes were taken, in UTC."""
    moment = snapshot.retrieved_at
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def of_community(
    rows: Sequence[Mapping[str, Any]],
    flaws: Sequence[tuple[str, Flaw]],
    snapshot: Snapshot,
    skipped: Mapping[str, int] | None = None,
) -> Parsed:
    """The rows of one snapshot, by column name (those left out are empty), and each flaw with its question's id."""
    good, refused = admit(COMMUNITY_FORECAST, _frame(rows, snapshot), feed=snapshot.feed)
    # Behind the last row: a refusal on the line of a row would take that row out with it.
    rejects = [
        Reject(
            snapshot.feed, line, flaw.column, flaw.value[:200], "readable", flaw.reason,
            {"question_id": question_id, flaw.column: flaw.value},
        )
        for line, (question_id, flaw) in enumerate(flaws, start=len(rows) + 1)
    ]  # fmt: skip
    name, left = COMMUNITY_FORECAST.full_name, skipped or {}
    record_count = len(rows) + len(flaws) + sum(left.values())
    return Parsed({name: good}, (*refused, *rejects), record_count, name, left)


def _frame(rows: Sequence[Mapping[str, Any]], snapshot: Snapshot) -> pl.DataFrame:
    """The rows with the contract's types, the feed and their line."""
    # Without the types polars would infer them from the first rows, and a later decimal would be an error.
    schema = {**polars_schema(COMMUNITY_FORECAST, arriving=True)}
    numbered = [{**row, "line": line} for line, row in enumerate(rows, start=1)]
    frame = pl.DataFrame(numbered, schema={**schema, "line": pl.Int64()}, orient="row")
    return frame.select(*schema, pl.lit(snapshot.feed).alias("feed"), "line")
