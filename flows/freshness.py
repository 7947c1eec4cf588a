"""Which sources are fresh, stale, held or never looked at: one definition for `status` and for alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sources.registry import SOURCES

if TYPE_CHECKING:
    from datetime import datetime

    from flows.settings import Settings
    from warehouse.vintages import Queries

FRESH: Final = frozenset({"changed", "unchanged", "embedded"})
NEVER: Final = {
    "looked_at": None, "outcome": "never", "detail": "nobody has looked yet; `gpt2030 refresh` does",
    "was_ever_read": False,
}  # fmt: skip


def source_lines(warehouse: Queries, settings: Settings, oldest: datetime) -> list[dict[str, Any]]:
    """One line per source that is switched on, also for those nobody has looked at yet.

    A source is fresh when its newest look brought or confirmed its bytes, none of its feeds is held, and the look is
    not before `oldest` (UTC). One that no look has ever read (`was_ever_read`) is missing rather than stale.
    """
    # The inner window is worked out before QUALIFY takes rows away: `was_ever_read` is over all looks ever.
    looks = warehouse.frame(
        """SELECT source_id, max(looked_at) AS looked_at, string_agg(DISTINCT detail, '; ' ORDER BY detail) AS detail,
                  string_agg(DISTINCT outcome, ', ' ORDER BY outcome) AS outcome,
                  bool_or(was_ever_read) AS was_ever_read
           FROM (SELECT *, bool_or(snapshot_id IS NOT NULL) OVER (PARTITION BY source_id) AS was_ever_read
                 FROM raw.look QUALIFY looked_at = max(looked_at) OVER (PARTITION BY source_id))
           GROUP BY source_id"""
    )
    held = warehouse.frame(
        """SELECT source_id, string_agg(feed || ': ' || detail, '; ' ORDER BY feed) AS detail FROM (
               SELECT * FROM raw.landing QUALIFY recorded_at = max(recorded_at) OVER (PARTITION BY source_id, feed))
           WHERE is_held GROUP BY source_id"""
    )
    newest, reasons = {row["source_id"]: row for row in looks.to_dicts()}, dict(held.iter_rows())
    return [
        _source_line(newest.get(source_id, {"source_id": source_id, **NEVER}), reasons.get(source_id), oldest)
        for source_id in SOURCES
        if settings.sources.of(source_id).enabled
    ]


def _source_line(look: dict[str, Any], held: str | None, oldest: datetime) -> dict[str, Any]:
    if held:  # the bytes came, but what stands is older
        return {**look, "outcome": "held", "detail": held, "is_fresh": False}
    is_fresh = set(look["outcome"].split(", ")) <= FRESH and look["looked_at"] >= oldest
    return {**look, "is_fresh": is_fresh}
