"""Epoch AI's list of single evaluation runs: the benchmark versions that its archive did not have from the start."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.epoch.policy import our_policies, score_column
from sources.epoch.scores import COLUMNS, read_scores
from sources.reading.assembly import series_rows
from sources.reading.boundary import admit
from sources.reading.dates import DAY_FORMS, moment
from sources.reading.tabular import LINE, TextTable, emptied, read_csv, refuse, require_columns
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sources.epoch.policy import Policy
    from sources.records import Parsed, Snapshot

RUNS: Final = "benchmarks.csv"
STARTED: Final = "started_at"
REQUIRED: Final = ("task", "model", STARTED)
ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    # All that is asked for later, or a release date with another blank would leave every score at the day of its run.
    **{name: others for name, others in COLUMNS.items() if name not in {"Model version", "Started at"}},
    **dict.fromkeys(("Best score (across scorers)", "mean_score", "stderr", "Status"), ()),
    "task": (), "model": ("Model version",), STARTED: ("Started at",),
}  # fmt: skip
# Of the other tasks the archive publishes one chosen run per system; reading both would count them twice.
TASKS: Final = {
    "FrontierMath-Tiers-1-3-v2-Private": "frontiermath/tiers-1-3-v2/epoch",
    "FrontierMath-Tier-4-v2-Private": "frontiermath/tier-4-v2/epoch",
    "EBR-bench": "ebr-bench/full/epoch",
}
OTHER_TASK: Final = "run of another task than those that only this list has"
UNSUCCESSFUL: Final = "run that did not end in success"
EARLIER: Final = "earlier run of the same system on the same task"


def read_runs(snapshot: Snapshot) -> Parsed:
    """The newest successful run of each system on each task that only this list has.

    The newest, not the best: the best of many runs is biased upwards.
    """
    table = emptied(read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED, aliases=ALIASES), (STARTED,))
    of_tasks = _policies()
    # The list of 2025 states the best score only, that of 2026 the mean as well.
    if score_column(of_tasks[0], table.frame.columns) is None:
        require_columns(table.frame.columns, of_tasks[0].score, feed=snapshot.feed)
    chosen, skipped = _chosen(table)
    parsed = read_scores(chosen, of_tasks, skipped=skipped)
    rows = series_rows([policy.definition() for policy in of_tasks])
    definitions, _ = admit(core.SERIES, rows.frame, feed=snapshot.feed)
    return replace(parsed, frames={**parsed.frames, core.SERIES.full_name: definitions})


def _chosen(table: TextTable) -> tuple[TextTable, dict[str, int]]:
    status = pl.col("Status") if "Status" in table.frame.columns else pl.lit(None, pl.String)
    tasks = table.frame["task"]
    ours = tasks.is_in(list(TASKS)).fill_null(value=False)
    done = ours & table.frame.select(status.fill_null("Success").str.to_lowercase() == "success").to_series()
    # The lists of 2025 spell their times out: as text, April would come before January.
    timed = table.frame.with_columns(started=moment(pl.col(STARTED)))
    unreadable = done & timed[STARTED].is_not_null() & timed["started"].is_null()
    rejects = refuse(table, unreadable, column=STARTED, rule="date", reason=f"{STARTED} must be {DAY_FORMS}")
    # It may be a run of ours: left out with those of other tasks, nobody would ever hear of it.
    rejects += refuse(table, tasks.is_null(), column="task", rule="given", reason="a run must name its task")
    # A run without a time comes first, so that it is chosen only where no other has one.
    done_rows = timed.filter(done & ~unreadable).sort("started", LINE, nulls_last=False).drop("started")
    newest = done_rows.unique(["task", "model"], keep="last", maintain_order=True).sort(LINE)
    skipped = {
        OTHER_TASK: int((~ours & tasks.is_not_null()).sum()),
        UNSUCCESSFUL: int((ours & ~done).sum()),
        EARLIER: done_rows.height - newest.height,
    }
    return replace(table, frame=newest, rejects=(*table.rejects, *rejects)), skipped


def _policies() -> list[Policy]:
    by_series = {policy.series_id: policy for policy in our_policies()}
    return [
        replace(by_series[series_id], file=RUNS, where_column="task", where=re.escape(task))
        for task, series_id in TASKS.items()
    ]
