"""Schema raw: every look, every kept snapshot and every refused row, as they came."""

from __future__ import annotations

from typing import Final

from warehouse.contracts.table import Column, Table

SHA256: Final = r"[0-9a-f]{64}"
LOOK_OUTCOMES: Final = (
    "changed", "unchanged", "embedded", "kept", "disabled", "offline", "missing_key", "unreachable",
    "refused", "rate_limited", "server_error", "not_found", "wrong_content", "too_large", "truncated", "held",
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
        Column("line_number", "BIGINT", "line (or element) in the file, counted from 1", nullable=True),
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
    key=("quarantine_id",),
)
