"""Schema out: what is published: editions, properties, scores, changes, alerts and the runs that made them."""

from __future__ import annotations

from typing import Final

from warehouse.contracts.facts import FRESH_DAYS
from warehouse.contracts.table import Column, Table

PROPERTY_STATUS: Final = (
    "open",
    "crossed",
    "resolved",
    "retired",
    "beyond_range",
    "unrefittable",
    "withheld",
    "not_asked",
)
BASES: Final = ("derived", "fit", "community", "judgement")
ESSAY_KINDS: Final = ("stated", "anchor", "implied")
ACTUAL_KINDS: Final = ("measured", "derived", "implied")
ROT: Final = ("fresh", "aging", "frozen")
CELL_STATES: Final = ("value", "withheld", "not_asked", "stale", "missing", "not_stated", "not_applicable", "not_yet")
QUANTILES: Final = ("p05", "p25", "p50", "p75", "p95")

_EDITION_ID: Final = Column("edition_id", "VARCHAR", "the published set")

EDITION: Final = Table(
    "out",
    "edition",
    "One row per immutable published set.",
    (
        _EDITION_ID,
        Column("origin_date", "DATE", "the day it speaks for"),
        Column("issued_at", "TIMESTAMP", "UTC; the moment it speaks from: of a replay, on the day replayed"),
        Column("target_date", "DATE", "the day the table forecasts, 2030-07-01 unless set"),
        Column("code_version", "VARCHAR", "version of gpt2030"),
        Column(
            "content_digest",
            "VARCHAR",
            "sha256 over the content: same inputs, same day, same code, same digest",
        ),
        Column("settings_json", "VARCHAR", "the settings that shape the numbers"),
        Column("inputs_json", "VARCHAR", "source/feed → sha256 of the snapshot that its rows were read from"),
        Column(
            "recorded_at",
            "TIMESTAMP",
            "UTC by the machine's clock; when it was made; empty in editions of early versions",
            nullable=True,
        ),
        Column(
            "is_replay",
            "BOOLEAN",
            "made after its day had gone, from what was known then by the dates of rows; empty where recorded_at is",
            nullable=True,
        ),
    ),
    key=("edition_id",),
)

PROPERTY: Final = Table(
    "out",
    "property",
    "The GPT-2030 property table: per row what the essay said, what today's data say, what has happened.",
    (
        _EDITION_ID,
        Column("property_id", "VARCHAR", "e.g. overhang.work_years"),
        Column("row_number", "BIGINT", "position in the table", ge=1),
        Column("section", "BIGINT", "section of the essay, 1 to 6", ge=1, le=6),
        Column(
            "basis",
            "VARCHAR",
            "where the number comes from; fit: of a series, with whatever limits, assumptions or judgement formula and detail_json name",
            isin=BASES,
        ),
        Column("label_en", "VARCHAR", "name in English"),
        Column("label_zh", "VARCHAR", "name in Chinese"),
        Column("unit", "VARCHAR", "unit of the numbers; for dates decimal years, with value_date_* beside them"),
        *(Column(q, "DOUBLE", f"today's forecast, {int(q[1:])}th percentile", nullable=True) for q in QUANTILES),
        Column("value_state", "VARCHAR", "state of today's numbers", isin=CELL_STATES),
        *(
            Column(f"essay_{q}", "DOUBLE", f"the essay's number (2023), {int(q[1:])}th percentile", nullable=True)
            for q in ("p25", "p50", "p75")
        ),
        Column("essay_state", "VARCHAR", "state of the essay's numbers", isin=CELL_STATES),
        Column("essay_recomputed", "DOUBLE", "the same formula on the essay's own inputs", nullable=True),
        Column("actual_value", "DOUBLE", "what is known so far; actual_kind says of which kind", nullable=True),
        Column(
            "actual_date",
            "DATE",
            "when; of what a formula gives, the newest day among the records that it is put together from",
            nullable=True,
        ),
        Column("actual_state", "VARCHAR", "state of the actual", isin=CELL_STATES),
        Column("actual_note", "VARCHAR", "which system, under which protocol", nullable=True),
        *(
            Column(
                f"value_date_{q}",
                "DATE",
                f"date-valued rows: {int(q[1:])}th percentile; empty means not before the last day forecast",
                nullable=True,
            )
            for q in QUANTILES
        ),
        Column(
            "never_share",
            "DOUBLE",
            "date-valued rows: probability of not happening by the target date",
            nullable=True,
            ge=0,
            le=1,
        ),
        Column("status", "VARCHAR", "open, crossed, …", isin=PROPERTY_STATUS),
        Column(
            "status_reason",
            "VARCHAR",
            "why it has that status; where the number so far leaves unsaid that an input rests on another's word, that too",
        ),
        Column("inputs_as_of", "DATE", "newest observation behind the row", nullable=True),
        Column("formula", "VARCHAR", "how it is computed, in ids"),
        Column(
            "detail_json",
            "VARCHAR",
            "parts of the row that are not one number: flags, scenarios, protocols",
            nullable=True,
        ),
        Column("previous_p50", "DOUBLE", "median in the last edition of an earlier day", nullable=True),
        Column(
            "change_spreads",
            "DOUBLE",
            "how far it moved since then, in spreads of then, as in out.change; negative where the median fell",
            nullable=True,
        ),
        Column(
            "actual_kind",
            "VARCHAR",
            "measured: a cited row, printed as estimated where its publisher itself calls it likely or speculative, as a "
            "third-party report or from memory where actual_note says so; derived: a measured number times an "
            "assumption; implied: the row's formula on today's inputs, of which nothing need have happened; empty where actual_value is",
            nullable=True,
            isin=ACTUAL_KINDS,
        ),
        Column(
            "actual_date_precision",
            "VARCHAR",
            "how exactly actual_date is known: of a month or a year it is the first day",
            nullable=True,
            isin=("day", "month", "year"),
        ),
        Column("so_far_kind", "VARCHAR", "actual_kind, by its public name", nullable=True, isin=ACTUAL_KINDS),
        Column("newest_fact_date", "DATE", "inputs_as_of, by its public name", nullable=True),
        Column(
            "rot",
            "VARCHAR",
            f"of a row that is fed by facts: fresh, where the newest of all beneath it is at most {FRESH_DAYS} days old; aging, where it is "
            "older; frozen, where its publisher is declared to have stopped or its test to be used up; empty where "
            "nothing can rot: decided, judged, defined or not asked",
            nullable=True,
            isin=ROT,
        ),
        Column("successor", "VARCHAR", "what goes on in the place of a frozen row", nullable=True),
        Column(
            "essay_kind",
            "VARCHAR",
            "stated: the essay gives the number; anchor: it gives it as the state of 2023, from which it reasons, not as a "
            "forecast; implied: it is worked back from others of the essay; empty where it "
            "has none, and in editions of before this column",
            nullable=True,
            isin=ESSAY_KINDS,
        ),
    ),
    key=("edition_id", "property_id"),
)

# What the history of a row is told by; the rest of it stands in each edition's own folder.
HISTORY: Final = (
    "property_id", "edition_id", "unit", *QUANTILES, "value_state", *(f"value_date_{q}" for q in QUANTILES), "never_share",
    "actual_value", "actual_date", "actual_date_precision", "actual_state", "status",
)  # fmt: skip

PROPERTY_QUANTILE: Final = Table(
    "out",
    "property_quantile",
    "The whole distribution of each row of the table at the 23 levels of the forecast hubs: what changes are sized by.",
    (
        _EDITION_ID,
        Column("property_id", "VARCHAR", "the row"),
        Column("level", "DOUBLE", "quantile level", ge=0, le=1),
        Column(
            "value",
            "DOUBLE",
            "in the unit of the row, decimal years for dates; empty means not before the last day forecast",
            nullable=True,
        ),
        Column(
            "is_published",
            "BOOLEAN",
            "whether the table shows a value for the row; false where it says why no value may be read off",
        ),
    ),
    key=("edition_id", "property_id", "level"),
)

# How an input gets its value. `series` are the observations behind the row, whatever its formula.
INPUT_KINDS: Final = (
    "formula", "forecast", "measured", "assumption", "fallback", "definition", "property", "derived", "series",
)  # fmt: skip

PROPERTY_INPUT: Final = Table(
    "out",
    "property_input",
    "What each row of the table rests on: the ids below its formula and the series behind them.",
    (
        _EDITION_ID,
        Column("property_id", "VARCHAR", "the row"),
        Column("input_id", "VARCHAR", "an id of a formula, or of kind series a series_id"),
        Column(
            "kind",
            "VARCHAR",
            "how it gets its value: by a formula of other ids, the forecast of a series, what a series measures now (measured; "
            "derived in editions up to November 2026), an assumption or what stands in for one (fallback), a definition, another "
            "row of the table (property), or worked out by the models for the edition (derived); series are observations",
            isin=INPUT_KINDS,
        ),
        Column("depth", "BIGINT", "steps below the row in its formula; 0 for series", ge=0),
        Column("said", "VARCHAR", "the formula, the value or the source in words", nullable=True),
        Column(
            "assumption_id",
            "VARCHAR",
            "of an assumption: the row of core.assumption that states the value, not always of the same name (the essay's "
            "own constants keep theirs)",
            nullable=True,
        ),
    ),
    key=("edition_id", "property_id", "input_id", "kind"),
)

CORRECTED_ROW: Final = Table(
    "out",
    "corrected_row",
    "Observations that the declared corrections changed or left out of an edition: what its fits read in their place.",
    (
        _EDITION_ID,
        Column("source_id", "VARCHAR", "publisher of the row"),
        Column("feed", "VARCHAR", "file it came in"),
        Column("series_id", "VARCHAR", "the series it was published under"),
        Column("source_row_id", "VARCHAR", "the publisher's row"),
        Column("is_dropped", "BOOLEAN", "whether the fits did not read it at all"),
        Column("system_id", "VARCHAR", "as read", nullable=True),
        Column("observation_date", "DATE", "as read", nullable=True),
        Column("known_date", "DATE", "as read", nullable=True),
        Column("value", "DOUBLE", "as read", nullable=True),
        Column("reason", "VARCHAR", "why, as declared", nullable=True),
    ),
    key=("edition_id", "source_id", "feed", "series_id", "source_row_id"),
)

# What a score rests on, and the units that errors come in.
SCORE_BASES: Final = ("published", "replayed", "stated", "retrospective")
SCORE_SCALES: Final = ("bounded", "log", "linear", "date", "probability")

SCORE: Final = Table(
    "out",
    "score",
    "How good every forecaster was on what has resolved.",
    (
        _EDITION_ID,
        Column("forecaster_id", "VARCHAR", "who forecast"),
        Column("target", "VARCHAR", "what was forecast"),
        Column("origin_date", "DATE", "when"),
        Column("target_date", "DATE", "for which day; of an event, the day it came"),
        Column(
            "basis",
            "VARCHAR",
            "published: an earlier edition said so, made on its day; replayed: one said so that was made later for that "
            "day; stated: others said so at the time; retrospective: refitted by today's code on the rows known then",
            isin=SCORE_BASES,
        ),
        Column(
            "scale",
            "VARCHAR",
            "the unit of errors: percent of the ceiling (bounded), dex (log), percent of the frontier (linear), "
            "years (date), squared probability (probability)",
            isin=SCORE_SCALES,
        ),
        Column("horizon_months", "BIGINT", "from origin to target, rounded", ge=0),
        Column(
            "metric",
            "VARCHAR",
            "crps; wis and its parts wis_dispersion, wis_overprediction, wis_underprediction; log_score (minus the log of "
            "the chance given to about what came); of all these smaller is better; coverage_50, "
            "…_80, …_90 (share of the outcome that the central interval covers); brier of a lone probability",
        ),
        Column("value", "DOUBLE", "the score; those of different scales must not be averaged"),
        Column("detail", "VARCHAR", "what it resolved to, and by which row; beside crps and brier only", nullable=True),
    ),
    key=("edition_id", "forecaster_id", "target", "origin_date", "target_date", "basis", "metric"),
)

ALERT: Final = Table(
    "out",
    "alert",
    "Alerts: what was raised, acknowledged and cleared; the newest row of a kind and subject is what stands.",
    (
        Column("alert_id", "VARCHAR", "identifies the alert: the beginning of its dedupe_key"),
        Column("alert_number", "BIGINT", "counts up by one: the order in which they were raised", ge=1),
        Column("dedupe_key", "VARCHAR", "the same news has the same key, also after a crash"),
        Column("kind", "VARCHAR", "forecast_changed, threshold_passed, source_stale, …"),
        Column("subject", "VARCHAR", "the property, source or run it is about"),
        Column("edition_id", "VARCHAR", "the edition it was published with; empty without one", nullable=True),
        Column(
            "state",
            "VARCHAR",
            "raised; acknowledged: raised, and somebody has seen it; or cleared",
            isin=("raised", "acknowledged", "cleared"),
        ),
        Column("severity", "BIGINT", "0 note, 1 warning, 2 critical", ge=0, le=2),
        Column("title", "VARCHAR", "first line: what, before, after, cause"),
        Column("body", "VARCHAR", "the whole message"),
        Column("detail_json", "VARCHAR", "the same as values, as webhooks and events carry it", nullable=True),
        Column("digest_key", "VARCHAR", "the message it went out in; empty when it was not to be sent", nullable=True),
        Column("fired_at", "TIMESTAMP", "UTC"),
        Column("delivered_at", "TIMESTAMP", "UTC; when every channel had taken it", nullable=True),
    ),
    key=("alert_id",),
)

DELIVERY: Final = Table(
    "out",
    "delivery",
    "The outbox: one row per message and channel, written with the edition and sent after its publication.",
    (
        Column("digest_key", "VARCHAR", "the message; receivers tell a repeat by it"),
        Column("channel_id", "VARCHAR", "the scheme of the channel and the beginning of the sha256 of its URL"),
        Column("edition_id", "VARCHAR", "sent only once this edition is published; empty without one", nullable=True),
        Column("title", "VARCHAR", "subject line"),
        Column("body", "VARCHAR", "what is sent, the same bytes on every attempt"),
        Column("severity", "BIGINT", "of the weightiest alert in it", ge=0, le=2),
        Column("queued_at", "TIMESTAMP", "UTC; when it was put here"),
        Column(
            "state",
            "VARCHAR",
            "pending; delivered: the channel has taken it; dead: given up",
            isin=("pending", "delivered", "dead"),
        ),
        Column("attempts", "BIGINT", "rounds of a few tries that failed so far", ge=0),
        Column("next_attempt_at", "TIMESTAMP", "UTC; not tried before; empty: at the next chance", nullable=True),
        Column("last_error", "VARCHAR", "why the last round failed, without any part of the URL", nullable=True),
        Column("delivered_at", "TIMESTAMP", "UTC; when the channel took it", nullable=True),
    ),
    key=("digest_key", "channel_id"),
)

RUN: Final = Table(
    "out",
    "run",
    "One row per refresh, from its first moment on: what it did and how it ended.",
    (
        Column("run_id", "VARCHAR", "the day it spoke for / run_number: 2026-11-28/1"),
        Column("run_number", "BIGINT", "counts the runs of this home up by one", ge=1),
        Column("started_at", "TIMESTAMP", "UTC"),
        Column("finished_at", "TIMESTAMP", "UTC; empty while it works", nullable=True),
        Column("origin_date", "DATE", "the day it spoke for"),
        Column(
            "outcome",
            "VARCHAR",
            "published, unchanged, held, failed; stopped by somebody; interrupted: killed; running: at work",
            isin=("published", "unchanged", "held", "failed", "stopped", "interrupted", "running"),
        ),
        Column("edition_id", "VARCHAR", "the edition in force afterwards", nullable=True),
        Column("added_count", "BIGINT", "observations added", ge=0),
        Column("revised_count", "BIGINT", "observations revised", ge=0),
        Column("deleted_count", "BIGINT", "observations deleted", ge=0),
        Column("unchanged_count", "BIGINT", "observations seen again unchanged", ge=0),
        Column("quarantined_count", "BIGINT", "rows refused", ge=0),
        Column("message", "VARCHAR", "the run in one sentence"),
    ),
    key=("run_id",),
)
