"""Schema core: systems, series, observations, forecasts and assumptions, each with its vintages."""

from __future__ import annotations

from typing import Final

from warehouse.contracts.table import BOOKKEEPING, Column, Table

SERIES_ID: Final = r"[a-z0-9][a-z0-9.+-]*(?:/[a-z0-9][a-z0-9.+-]*)*"
EVIDENCE: Final = ("paper", "model_card", "publisher_file", "third_party", "remembered")
DATE_KINDS: Final = (
    "model_release", "paper", "announcement", "submission", "run", "measurement", "daily", "competition",
    "publication",
)  # fmt: skip
SCALES: Final = ("bounded", "log", "linear")
DIRECTIONS: Final = ("max", "level")
SERIES_STATUS: Final = ("open", "saturated", "retired", "frozen", "historic")
UNITS: Final = (
    "share", "percentile", "rating", "points", "minutes", "flop", "tokens", "tokens_per_second", "parameters",
    "usd", "usd_per_million_tokens", "users_per_day", "users_per_week", "users_per_month", "messages_per_day",
    "tokens_per_day", "tokens_per_month", "tokens_per_minute", "words_per_day", "flop_per_second",
    "flop_per_second_per_usd", "index", "count", "bytes", "watts", "hours", "ratio",
)  # fmt: skip

_CITATION: Final = (
    Column("evidence", "VARCHAR", "what kind of evidence the value rests on", isin=EVIDENCE),
    Column("citation_title", "VARCHAR", "where the value is stated", matches=r"[\s\S]*\S[\s\S]*"),
    Column("citation_url", "VARCHAR", "address of that place; empty only for remembered rows", nullable=True),
)

SYSTEM: Final = Table(
    "core",
    "system",
    "AI systems as each publisher lists them; a publisher's record that states no number still has its row here.",
    (
        Column("system_id", "VARCHAR", "our id: a slug of the name in Latin letters, after aliases"),
        Column("source_row_id", "VARCHAR", "the publisher's own id of the record, or its key columns"),
        Column("system_name", "VARCHAR", "as the publisher writes it, trimmed"),
        Column("organization", "VARCHAR", "who made it, as the publisher writes it", nullable=True),
        Column("release_date", "DATE", "when it came out by its catalogue; a reading may be older", nullable=True),
        Column("domain", "VARCHAR", "Language, Vision, …, sorted and joined by comma", nullable=True),
        Column("is_frontier", "BOOLEAN", "the publisher's own flag for frontier systems", nullable=True),
        Column("confidence", "VARCHAR", "the publisher's own confidence in the record", nullable=True),
        *BOOKKEEPING,
    ),
    # Not by our id: aliases make one system of several records, and each keeps its row.
    key=("source_row_id",),
    is_bitemporal=True,
)

SERIES: Final = Table(
    "core",
    "series",
    "One quantity observed over time under one definition: benchmark and version and variant.",
    (
        Column("series_id", "VARCHAR", "e.g. math/full/single-sample", matches=SERIES_ID),
        Column("label_en", "VARCHAR", "name in English"),
        Column("label_zh", "VARCHAR", "name in Chinese"),
        Column("unit", "VARCHAR", "unit of value", isin=UNITS),
        Column("scale", "VARCHAR", "where it is fitted: bounded (logit), log or linear", isin=SCALES),
        Column(
            "direction",
            "VARCHAR",
            "max: the frontier is the record so far; level: the newest readings count",
            isin=DIRECTIONS,
        ),
        Column(
            "chance_share",
            "DOUBLE",
            "what guessing gets, in the series' unit (bounded scale only)",
            nullable=True,
        ),
        Column(
            "ceiling_share",
            "DOUBLE",
            "the most that can be got, in the series' unit (bounded scale only)",
            nullable=True,
        ),
        Column("benchmark", "VARCHAR", "name of the benchmark or quantity"),
        Column("benchmark_version", "VARCHAR", "its version; never mixed", nullable=True),
        Column("variant", "VARCHAR", "split, protocol or evaluator; never mixed", nullable=True),
        Column("status", "VARCHAR", "whether the series still says something", isin=SERIES_STATUS),
        Column(
            "members",
            "VARCHAR",
            "for a 'best under any protocol' series: the series it takes rows from, joined by +",
            nullable=True,
        ),
        Column("note", "VARCHAR", "what a reader must know", nullable=True),
        *BOOKKEEPING,
    ),
    key=("series_id",),
    is_bitemporal=True,
)

OBSERVATION: Final = Table(
    "core",
    "observation",
    "Measured values, append-only: a later value for the same key is a new row, a vanished one a tombstone.",
    (
        Column("series_id", "VARCHAR", "what was measured", matches=SERIES_ID),
        Column("source_row_id", "VARCHAR", "the publisher's own id of the row, or its key columns"),
        Column("system_id", "VARCHAR", "which system; see core.system"),
        Column("observation_date", "DATE", "when it happened, of the kind said by date_kind"),
        Column("date_kind", "VARCHAR", "what the date is the date of", isin=DATE_KINDS),
        Column(
            "date_precision",
            "VARCHAR",
            "day, month or year; coarser dates stand for their first day",
            isin=("day", "month", "year"),
        ),
        Column("known_date", "DATE", "when the value could be known; never before it is used"),
        Column("value", "DOUBLE", "in the unit of the series"),
        Column("unit", "VARCHAR", "unit of value, equal to that of the series", isin=UNITS),
        Column("std_error", "DOUBLE", "standard error as stated, in the same unit", nullable=True, ge=0),
        Column("setup", "VARCHAR", "shots, sampling, tools, grading: what the number depends on", nullable=True),
        *_CITATION,
        *BOOKKEEPING,
    ),
    key=("series_id", "source_row_id"),
    is_bitemporal=True,
)

CONTENDER: Final = Table(
    "core",
    "contender",
    "Observations that can be in a frontier at some moment, all that one reads; worked out when readers get a new copy.",
    (
        *(OBSERVATION.column(name) for name in (
            "series_id", "observation_date", "value", "unit", "system_id", "known_date", "date_precision", "setup",
            "evidence", "citation_title", "citation_url", "source_id", "feed", "source_row_id", "snapshot_id",
            "recorded_at", "superseded_at",
        )),
        Column("fact", "VARCHAR", "what it states within its series: the system, and of repeated measurements the month"),
        Column("visible_at", "TIMESTAMP", "UTC; from when on it is seen: it is recorded, and its own days have come"),
    ),
    key=("series_id", "source_id", "feed", "source_row_id", "recorded_at"),
)  # fmt: skip

SERIES_STATE: Final = Table(
    "core",
    "series_state",
    "What core.contender was worked out from, by series: when one of these differs from the rows, it is worked out anew.",
    (
        Column("series_id", "VARCHAR", "the series", matches=SERIES_ID),
        Column("row_count", "BIGINT", "its rows in core.observation", ge=1),
        Column("superseded_count", "BIGINT", "how many of those are superseded", ge=0),
        Column("publisher_count", "BIGINT", "publishers that ever stated a row of it", ge=1),
        Column("is_level", "BOOLEAN", "whether the series, or one it is a member of, ever was one of levels"),
    ),
    key=("series_id",),
)

ASSUMPTION: Final = Table(
    "core",
    "assumption",
    "Constants and judgements that formulas use; they change only by a reviewed edit.",
    (
        Column("assumption_id", "VARCHAR", "e.g. speed.human_wpm, human.gpqa-diamond.expert"),
        Column("label_en", "VARCHAR", "name in English"),
        Column("label_zh", "VARCHAR", "name in Chinese", nullable=True),
        Column("unit", "VARCHAR", "unit of value"),
        Column("value", "DOUBLE", "central value", nullable=True),
        Column("low", "DOUBLE", "lower end, of the interval named", nullable=True),
        Column("high", "DOUBLE", "upper end, of the interval named", nullable=True),
        Column(
            "interval",
            "VARCHAR",
            "what low and high are",
            nullable=True,
            isin=("p25-p75", "p10-p90", "p05-p95", "p025-p975", "range"),
        ),
        Column("as_of_date", "DATE", "when the source said so"),
        Column("note", "VARCHAR", "what a reader must know", nullable=True),
        *_CITATION,
        *BOOKKEEPING,
    ),
    key=("assumption_id",),
    is_bitemporal=True,
)

ESSAY_ROLES: Final = ("forecast", "anchor", "constant", "none")
INCONSISTENCY_KINDS: Final = ("translation", "arithmetic", "revision", "unit", "citation")
_ESSAY_QUANTILES: Final = tuple(
    Column(f"p{level}", "DOUBLE", f"the essay's {level}th percentile; empty when it gives none", nullable=True)
    for level in (25, 50, 75)
)

ESSAY_NUMBER: Final = Table(
    "core",
    "essay_number",
    "The numbers of the 2023 essay, as the stated forecaster essay-2023 states them; bracketed ranges are p25 to p75.",
    (
        Column("property_id", "VARCHAR", "row of the property table, or an assumption behind one"),
        Column("section", "BIGINT", "section of the essay, 1 to 6", ge=1, le=6),
        Column("placement", "VARCHAR", "published in the table, or kept as assumption", isin=("table", "assumption")),
        Column(
            "basis",
            "VARCHAR",
            "where today's number comes from",
            isin=("derived", "fit", "community", "judgement", "observed"),
        ),
        Column("role", "VARCHAR", "forecast for 2030, state in 2023 (anchor), constant, or none", isin=ESSAY_ROLES),
        Column("unit", "VARCHAR", "unit of the numbers; dates as decimal years"),
        Column("label_en", "VARCHAR", "name in English"),
        Column("label_zh", "VARCHAR", "name in Chinese"),
        *_ESSAY_QUANTILES,
        Column("is_implied", "BOOLEAN", "true when worked back from other numbers of the essay, not stated in it"),
        Column("statement", "VARCHAR", "what the essay says, paraphrased"),
        Column("formula", "VARCHAR", "how the number follows from others, in ids", nullable=True),
        Column("note", "VARCHAR", "what a reader must know", nullable=True),
        Column("as_of_date", "DATE", "when the essay said so"),
        *_CITATION,
        *BOOKKEEPING,
    ),
    key=("property_id",),
    is_bitemporal=True,
)

INCONSISTENCY: Final = Table(
    "core",
    "inconsistency",
    "Where the essay, its translation or its revisions contradict themselves, and what is done about it.",
    (
        Column("inconsistency_id", "VARCHAR", "identifies the contradiction"),
        Column("kind", "VARCHAR", "what went wrong", isin=INCONSISTENCY_KINDS),
        Column("property_id", "VARCHAR", "the number concerned, if one", nullable=True),
        Column("place", "VARCHAR", "where in the essay"),
        Column("stated", "VARCHAR", "what is said there, paraphrased"),
        Column("correct", "VARCHAR", "what holds instead"),
        Column("effect", "VARCHAR", "what a reader would get wrong, and what is published here"),
        *(Column(f"stated_{q}", "DOUBLE", f"the number said there: {q}", nullable=True) for q in ("p25", "p50", "p75")),
        Column("recomputed", "DOUBLE", "the same number by the essay's own arithmetic", nullable=True),
        Column("is_refused", "BOOLEAN", "true when the number is not used anywhere"),
        Column("as_of_date", "DATE", "when the essay said so"),
        *_CITATION,
        *BOOKKEEPING,
    ),
    key=("inconsistency_id",),
    is_bitemporal=True,
)

COMMUNITY_STATES: Final = (
    "visible", "withheld", "hidden_until", "no_forecasts", "withdrawn", "resolved", "annulled", "error",
)  # fmt: skip

COMMUNITY_FORECAST: Final = Table(
    "core",
    "community_forecast",
    "What forecasting platforms say, by question: a typed state first, numbers only where they are shown.",
    (
        Column("platform", "VARCHAR", "e.g. metaculus"),
        Column("question_id", "VARCHAR", "the platform's id; sub-questions as post/question"),
        Column("source_row_id", "VARCHAR", "question, aggregation and quantile joined by |"),
        Column("title", "VARCHAR", "short title as the platform gives it", nullable=True),
        Column("state", "VARCHAR", "whether a number is shown, and why not", isin=COMMUNITY_STATES),
        Column("state_detail", "VARCHAR", "evidence for the state, e.g. when it will be revealed", nullable=True),
        Column(
            "aggregation",
            "VARCHAR",
            "e.g. recency_weighted; resolution for a resolved question",
            nullable=True,
        ),
        Column("quantile", "DOUBLE", "0..1; empty for a probability or a resolution", nullable=True, ge=0, le=1),
        Column("threshold_date", "DATE", "for P(by date): that date", nullable=True),
        Column("threshold_value", "DOUBLE", "for P(more than a number): that number, in ours", nullable=True),
        Column("is_conditional", "BOOLEAN", "true when conditional on not having happened yet"),
        Column("value_number", "DOUBLE", "number in the question's unit, or a probability", nullable=True),
        Column("value_date", "DATE", "date-valued answers", nullable=True),
        Column("value_text", "VARCHAR", "out-of-range answers and option labels", nullable=True),
        Column("forecaster_count", "BIGINT", "people behind the number", nullable=True, ge=0),
        Column(
            "scaling_json",
            "VARCHAR",
            "the platform's scaling at that look: real units depend on it",
            nullable=True,
        ),
        Column("target", "VARCHAR", "the series or property it speaks for, where one is declared", nullable=True),
        Column("target_date", "DATE", "the day the question asks about, where one is declared", nullable=True),
        Column("differs", "VARCHAR", "in what the question differs from that target", nullable=True),
        *BOOKKEEPING,
    ),
    key=("source_row_id",),
    is_bitemporal=True,
)

STATED_FORECAST: Final = Table(
    "core",
    "stated_forecast",
    "What others have forecast once and never changed: stated forecasters, one row per number they stated.",
    (
        Column("statement_id", "VARCHAR", "identifies the number"),
        Column("forecaster_id", "VARCHAR", "who stated it, e.g. leap-experts", matches=r"[a-z0-9]+(?:-[a-z0-9]+)+"),
        Column("forecaster_title", "VARCHAR", "who that is, in words"),
        Column("target", "VARCHAR", "the series or property it speaks for"),
        Column("unit", "VARCHAR", "unit of value; dates as decimal years"),
        Column("known_date", "DATE", "when it was stated: the origin of the forecast"),
        Column("target_date", "DATE", "the day it is for; empty for a day that is itself forecast", nullable=True),
        Column(
            "level",
            "DOUBLE",
            "quantile level; empty where one number is all that was stated",
            nullable=True,
            ge=0,
            le=1,
        ),
        Column("value", "DOUBLE", "in the target's unit"),
        Column("statement", "VARCHAR", "what was stated, paraphrased"),
        Column("differs", "VARCHAR", "in what the statement differs from the target", nullable=True),
        *_CITATION,
        Column("note", "VARCHAR", "what a reader must know", nullable=True),
        *BOOKKEEPING,
    ),
    key=("statement_id",),
    is_bitemporal=True,
)

FORECAST: Final = Table(
    "core",
    "forecast",
    "Every forecaster's forecasts in the form of the hubverse: of series as the forecasters made them; which of them the "
    "table withholds is in the value_state of its rows.",
    (
        Column("forecaster_id", "VARCHAR", "who forecast, e.g. gpt2030-pool, essay-2023, metaculus-community"),
        Column("target", "VARCHAR", "series_id or property_id forecast"),
        Column("origin_date", "DATE", "when it was forecast, with the rows known then"),
        Column("target_date", "DATE", "the day forecast", nullable=True),
        Column(
            "output_type",
            "VARCHAR",
            "as in the hubverse",
            isin=("quantile", "median", "mean", "cdf", "pmf", "sample"),
        ),
        Column("output_type_id", "VARCHAR", "quantile level, threshold or category", nullable=True),
        Column("value", "DOUBLE", "in the target's unit"),
        Column("edition_id", "VARCHAR", "the edition it was published in"),
        Column(
            "level",
            "DOUBLE",
            "quantile level as a number, .5 for a median: compared as text, '0.45' would equal .5 after rounding",
            nullable=True,
        ),
    ),
    key=(
        "forecaster_id",
        "target",
        "origin_date",
        "target_date",
        "output_type",
        "output_type_id",
        "edition_id",
    ),
)

FIT: Final = Table(
    "core",
    "fit",
    "One fitted series per row: what the forecaster saw and what it estimated.",
    (
        Column("edition_id", "VARCHAR", "the edition the fit belongs to"),
        Column("forecaster_id", "VARCHAR", "who fitted"),
        Column("series_id", "VARCHAR", "what was fitted"),
        Column("origin_date", "DATE", "with the rows known then"),
        Column("row_count", "BIGINT", "rows known at the origin"),
        Column("record_count", "BIGINT", "of which records when they appeared"),
        Column("first_date", "DATE", "oldest row", nullable=True),
        Column("last_date", "DATE", "newest row", nullable=True),
        Column("frontier_value", "DOUBLE", "record so far (or newest level), in the series' unit", nullable=True),
        Column("frontier_system_id", "VARCHAR", "who holds it", nullable=True),
        Column(
            "drift_per_year",
            "DOUBLE",
            "of the forecaster's trend, per year, on the scale of the series: logits (bounded), powers of ten (log), or its "
            "unit (linear)",
            nullable=True,
        ),
        Column("drift_std_error", "DOUBLE", "of the drift", nullable=True),
        Column("residual_sd", "DOUBLE", "on the fitted scale", nullable=True),
        Column("remembered_count", "BIGINT", "rows that rest on memory alone", ge=0),
        Column("status", "VARCHAR", "fitted, saturated, too_few_rows, …"),
        Column("reason", "VARCHAR", "why there is no fit, or what to know about it", nullable=True),
    ),
    key=("edition_id", "forecaster_id", "series_id"),
)

CHECK_RESULT: Final = Table(
    "core",
    "check_result",
    "What was verified before publication.",
    (
        Column("run_id", "VARCHAR", "the refresh that checked"),
        Column("check_name", "VARCHAR", "name of the check"),
        Column("what", "VARCHAR", "what it verifies"),
        Column("consequence", "VARCHAR", "what a failure does", isin=("stop", "hold", "note")),
        Column("is_passed", "BOOLEAN", "the outcome"),
        Column("source_id", "VARCHAR", "the publisher concerned, if one", nullable=True),
        Column("affected_count", "BIGINT", "rows concerned", ge=0),
        Column("evidence", "VARCHAR", "what was seen, or that there was nothing to judge", nullable=True),
        Column("checked_at", "TIMESTAMP", "UTC"),
        Column("finding_id", "VARCHAR", "names what was found, alike in every run; empty when passed", nullable=True),
        Column("scope", "VARCHAR", "looked at all rows, or at what changed", nullable=True, isin=("full", "change")),
        Column("full_at", "TIMESTAMP", "UTC; when the check was last made over all rows", nullable=True),
        Column("definition", "VARCHAR", "digest of checks and program: others look at all rows again", nullable=True),
    ),
    key=("run_id", "check_name", "source_id"),
)

ACCEPTANCE: Final = Table(
    "core",
    "acceptance",
    "Findings of checks and feeds held back that a person looked at and accepted: they no longer hold an edition.",
    (
        Column("finding_id", "VARCHAR", "what was accepted; see core.check_result and `gpt2030 checks list`"),
        Column("subject", "VARCHAR", "the check with its publisher, or the feed held back"),
        Column("evidence", "VARCHAR", "what was seen"),
        Column("reason", "VARCHAR", "why it was accepted, in the words of who did"),
        Column("until_date", "DATE", "the last day on which it is accepted"),
        Column("accepted_at", "TIMESTAMP", "UTC"),
    ),
    key=("finding_id", "accepted_at"),
)
