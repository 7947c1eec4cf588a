"""What was believed at a moment, and which editions look back, as SQL: one definition for Python, macros and views."""

from __future__ import annotations

from warehouse.contracts.facts import HAS_THE_WORD


def known_rows(table: str, at: str) -> str:
    """The SELECT of the rows of a bitemporal table that were believed at `at`, an SQL expression (a moment, UTC).

    A feed is read by vintage from its first look on. Before that its oldest vintage stands in: history that was not
    witnessed, to be filtered by the dates of the facts themselves, as `known_facts` does.
    """
    # `superseded_at > first_at`: what was replaced at the moment it landed was never believed by anybody.
    return f"""
        SELECT stored.* FROM {table} AS stored
        JOIN (SELECT source_id, feed, min(recorded_at) AS first_at FROM {table} GROUP BY ALL) USING (source_id, feed)
        WHERE NOT is_deleted AND CASE
            WHEN first_at > {at} THEN recorded_at = first_at AND (superseded_at <= first_at) IS NOT TRUE
            ELSE recorded_at <= {at} AND (superseded_at <= {at}) IS NOT TRUE END"""


def known_facts(known: str, day: str) -> str:
    """Of a SELECT of observations those neither dated nor published after a day (an SQL expression), each fact once."""
    # The window sees what the WHERE lets pass: on a day before a publisher's first row the embedded copy still counts.
    return f"""
        SELECT * FROM ({known}) WHERE known_date <= {day} AND observation_date <= {day} QUALIFY {HAS_THE_WORD}"""


def looks_back(edition: str, day: str) -> str:
    """Whether a row of out.edition was made when one of a later day, up to `day` (an SQL expression), was there.

    Nobody was ever told of such an edition: compared with it, what has moved since would be news for the second time.
    """
    return f"""EXISTS (
        SELECT 1 FROM out.edition AS later
        WHERE later.origin_date > {edition}.origin_date AND later.origin_date <= {day}
            AND later.recorded_at < {edition}.recorded_at)"""
