"""Schema raw: every look, every kept snapshot and every refused row, as they came."""

from __future__ import annotations

from typing import Final

from warehouse.contracts.table import Column, Table

SHA256: Final = r"[0-9a-f]{64}"
LOOK_OUTCOMES: Final = (
    "changed", "unchanged", "embedded", "disabled", "not_asked", "offline", "missing_key", "unreachable",
    "refused", "rate_limited", "server_error", "not_found", "wrong_content", "too_large", "truncated",
)  # fmt: skip

LOOK: Final = Table(
    "raw",
    "look",
    "Every attempt to fetch, whether or not anything was new: the proof that we looked.",
    (
        Column("look_id", "VARCHAR", "identifies the look"),
        Column("source_id", "VARCHAR", "the publisher looked at"),
        Column("feed", "VARCHAR", "the file or endpoint of that publisher"),
        Column("url", "VARCHAR", "the address asked, without credentials"),
        Column("looked_at", "TIMESTAMP", "UTC; when we asked"),
        Column("outcome", "VARCHAR", "what came of it", isin=LOOK_OUTCOMES),
        Column("http_status", "BIGINT", "status of the answer, if there was one", nullable=True),
        Column("snapshot_id", "VARCHAR", "sha256 of the bytes in force after the look", nullable=True),
        Column("detail", "VARCHAR", "evidence in words", nullable=True),
    ),
    key=("look_id",),
)

SNAPSHOT: Final = Table(
    "raw",
    "snapshot",
    "Bytes kept as they came, addressed by their sha256 under snapshots/.",
    (
        Column("snapshot_id", "VARCHAR", "sha256 of the bytes", matches=SHA256),
        Column("source_id", "VARCHAR", "the publisher"),
        Column("feed", "VARCHAR", "the file or endpoint of that publisher"),
        Column("url", "VARCHAR", "where the bytes came from"),
        Column("bytes", "BIGINT", "length in bytes", ge=0),
        Column("retrieved_at", "TIMESTAMP", "UTC; when we took the bytes"),
        Column("etag", "VARCHAR", "the publisher's validator, for conditional requests", nullable=True),
        Column("media_type", "VARCHAR", "as the publisher declared it", nullable=True),
        Column("licence", "VARCHAR", "terms under which the publisher offers the data"),
        Column("is_backfilled", "BOOLEAN", "true when replayed from a dated file instead of witnessed"),
    ),
    key=("snapshot_id", "source_id", "feed"),
)

QUARANTINE: Final = Table(
    "raw",
    "quarantine",
    "Refused rows with reason and evidence; nothing is dropped in silence.",
    (
        Column("quarantine_id", "VARCHAR", "identifies the refusal: the same bad cell gets the same id"),
        Column("source_id", "VARCHAR", "the publisher"),
        Column("feed", "VARCHAR", "the file or endpoint of that publisher"),
        Column("snapshot_id", "VARCHAR", "the bytes it came from"),
        Column(
            "line_number",
            "BIGINT",
            "line (or element) of the refused row, or of the row with the refused cell, counted from 1",
            nullable=True,
        ),
        Column("column_name", "VARCHAR", "the offending column", nullable=True),
        Column("cell_value", "VARCHAR", "the offending value as it came", nullable=True),
        Column("row_json", "VARCHAR", "the whole row as it came"),
        Column("check_name", "VARCHAR", "the rule that refused it"),
        Column("reason", "VARCHAR", "why, in words a person can act on"),
        Column("recorded_at", "TIMESTAMP", "UTC; when it was refused"),
        Column(
            "released_at",
            "TIMESTAMP",
            "UTC; when a person released it or the row came back good",
            nullable=True,
        ),
    ),
    # With its moment: what was refused, came back good and is refused again has the same id, and its own row.
    key=("quarantine_id", "recorded_at"),
)

LANDING: Final = Table(
    "raw",
    "landing",
    "What became of every snapshot that was read: each record of the file is accounted for.",
    (
        Column("run_id", "VARCHAR", "the run that read it"),
        Column("source_id", "VARCHAR", "the publisher"),
        Column("feed", "VARCHAR", "the file or endpoint of that publisher"),
        Column("table_name", "VARCHAR", "where its rows went"),
        Column("snapshot_id", "VARCHAR", "the bytes read", matches=SHA256),
        Column("parser_digest", "VARCHAR", "of the code that read them: other code reads the same bytes again"),
        Column("recorded_at", "TIMESTAMP", "UTC; the vintage"),
        Column("record_count", "BIGINT", "records in the file that concern this table", ge=0),
        Column("added_count", "BIGINT", "rows that were new", ge=0),
        Column("revised_count", "BIGINT", "rows that replaced one", ge=0),
        Column("unchanged_count", "BIGINT", "rows that stood already", ge=0),
        Column("deleted_count", "BIGINT", "rows that stood and are gone from the file", ge=0),
        Column("quarantined_count", "BIGINT", "rows refused", ge=0),
        Column("skipped_count", "BIGINT", "records that carry nothing to land", ge=0),
        Column("not_yet_count", "BIGINT", "rows dated or published after the day of the run", ge=0),
        Column("is_held", "BOOLEAN", "true when nothing was landed because too much was wrong"),
        Column("detail", "VARCHAR", "why held, or what was skipped", nullable=True),
    ),
    key=("run_id", "source_id", "feed", "table_name"),
)

MIGRATION: Final = Table(
    "raw",
    "migration",
    "Which migrations, views and comments this file has had, each recorded in the transaction that ran it.",
    (
        Column("migration_id", "VARCHAR", "file name of the migration, or views and comments"),
        Column("sha256", "VARCHAR", "of the statements that ran", matches=SHA256),
        Column("applied_at", "TIMESTAMP", "UTC"),
    ),
    key=("migration_id",),
)
