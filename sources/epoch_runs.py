"""Epoch AI's list of single evaluation runs: the benchmark versions that its archive did not have from the start."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.assembly import series_rows
from sources.boundary import admit
from sources.epoch_policy import our_policies
from sources.epoch_scores import read_scores
from sources.tabular import TextTable, read_csv
from warehouse.contracts import core

if TYPE_CHECKING:
    from sources.epoch_policy import Policy
    from sources.source import Parsed, Snapshot

RUNS: Final = "benchmarks.csv"
REQUIRED: Final = ("task", "model", "mean_score", "started_at")
# Of the other tasks the archive publishes one chosen run per system; reading both would count them twice.
TASKS: Final = {
    "FrontierMath-Tiers-1-3-v2-Private": "frontiermath/tiers-1-3-v2/epoch",
    "FrontierMath-Tier-4-v2-Private": "frontiermath/tier-4-v2/epoch",
    "EBR-bench": "ebr-bench/full/epoch",
}
IN_ARCHIVE: Final = "run of a task that benchmark_data.zip publishes"
UNSUCCESSFUL: Final = "run that did not end in success"
EARLIER: Final = "earlier run of the same system on the same task"


def read_runs(snapshot: Snapshot) -> Parsed:
    """The newest successful run of each system on each task that only this list has.

    The newest, not the best: the best of many runs is biased upwards.
    """
    table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED)
    chosen, skipped = _chosen(table)
    of_tasks = _policies()
    parsed = read_scores(chosen, of_tasks, skipped=skipped)
    rows = series_rows([policy.definition() for policy in of_tasks])
    definitions, _ = admit(core.SERIES, rows.frame, feed=snapshot.feed)
    return replace(parsed, frames={**parsed.frames, core.SERIES.full_name: definitions})


def _chosen(table: TextTable) -> tuple[TextTable, dict[str, int]]:
    status = pl.col("Status") if "Status" in table.frame.columns else pl.lit(None, pl.String)
    ours = table.frame["task"].is_in(list(TASKS)).fill_null(value=False)
    done = ours & table.frame.select(status.fill_null("Success") == "Success").to_series()
    # Timestamps are ISO 8601 in UTC, so that their order as text is their order in time.
    # A run without a time comes first, so that it is chosen only where no other has one.
    done_rows = table.frame.filter(done).sort("started_at", "line", nulls_last=False)
    newest = done_rows.unique(["task", "model"], keep="last", maintain_order=True).sort("line")
    skipped = {
        IN_ARCHIVE: int((~ours).sum()),
        UNSUCCESSFUL: int((ours & ~done).sum()),
        EARLIER: done_rows.height - newest.height,
    }
    return replace(table, frame=newest), skipped


def _policies() -> list[Policy]:
    by_series = {policy.series_id: policy for policy in our_policies()}
    return [
        replace(by_series[series_id], file=RUNS, where_column="task", where=re.escape(task))
        for task, series_id in TASKS.items()
    ]
