"""The relations that checks speak of: the edition under check and the rows behind it, as named SELECTs.

A check's SQL says `@property`; rendering puts exactly the relations it needs in front, so that the query of every
check can be copied and run by itself, with either runner or by a reader.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from warehouse.as_of import known_facts, known_rows, looks_back
from warehouse.checks.check import CheckFacts, CheckMoment, quoted
from warehouse.contracts import SHOWN, TABLES, core, out, raw
from warehouse.contracts.kept import PROPERTY_ROW, SCORE_SPAN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warehouse.contracts import Table

_MENTION: Final = re.compile(r"@([a-z_]+)")

_NOW: Final = "(SELECT now FROM @fact)"

_NAMED: Final = {
    "edition": "SELECT * FROM out.edition WHERE edition_id = (SELECT edition_id FROM @fact)",
    # Another edition of the same day is not what this one is compared with: both speak for one moment. Nor is a look
    # back, made when a later edition was there already.
    "previous": f"""
        SELECT e.* FROM out.edition AS e CROSS JOIN @fact AS f
        WHERE e.edition_id <> f.edition_id AND e.origin_date < f.today AND NOT {looks_back("e", "f.today")}
        ORDER BY e.origin_date DESC, e.issued_at DESC LIMIT 1""",
    "property": "SELECT * FROM out.property WHERE edition_id = (SELECT edition_id FROM @fact)",
    "previous_property": "SELECT * FROM out.property WHERE edition_id = (SELECT edition_id FROM @previous)",
    "forecast": "SELECT * FROM core.forecast WHERE edition_id = (SELECT edition_id FROM @fact)",
    "fit": "SELECT * FROM core.fit WHERE edition_id = (SELECT edition_id FROM @fact)",
    "previous_fit": "SELECT * FROM core.fit WHERE edition_id = (SELECT edition_id FROM @previous)",
    "believed_series": known_rows("core.series", _NOW),
    # One definition per series, the publisher's own before the embedded one; `top` is the most that can be got.
    "series": """
        SELECT *, coalesce(ceiling_share, CASE WHEN unit = 'percentile' THEN 100.0 WHEN scale = 'bounded' THEN 1.0 END)
            AS top
        FROM @believed_series
        QUALIFY row_number() OVER (PARTITION BY series_id ORDER BY source_id = 'curated', source_id, feed) = 1""",
    "believed_observation": known_rows("core.observation", _NOW),
    # As the forecaster reads them.
    "known": f"""
        SELECT series_id, source_id, value, evidence
        FROM ({known_facts(known_rows("core.observation", _NOW), "(SELECT today FROM @fact)")})""",
    # Facts that another publisher has the word on since the last edition.
    "handed_over": """
        SELECT c.* FROM source_change AS c CROSS JOIN @previous AS p CROSS JOIN @fact AS f
        WHERE c.changed_at > p.issued_at AND c.changed_at <= f.now""",
    "member": """
        SELECT series_id, unnest(string_split(members, '+')) AS member_id FROM @series WHERE members IS NOT NULL""",
    # The rows a fit sees: a series' own, and for 'best under any protocol' those of its members.
    "fitted": """
        SELECT series_id, value, evidence FROM @known
        UNION ALL
        SELECT m.series_id, o.value, o.evidence
        FROM @known AS o JOIN @member AS m ON o.series_id = m.member_id""",
    # Series whose fit may rightly differ from the published rows, alone or through a member.
    "corrected": """
        SELECT series_id FROM @corrected_row
        UNION ALL SELECT series_id FROM @member WHERE member_id IN (SELECT series_id FROM @corrected_row)""",
    # What may rightly move a number between two editions: new or withdrawn rows, other settings, other code.
    "news": """
        SELECT (SELECT count(*) FROM core.observation AS o WHERE o.recorded_at > p.issued_at)
             + (SELECT count(*) FROM core.assumption AS a WHERE a.recorded_at > p.issued_at)
             + (SELECT count(*) FROM core.series AS s WHERE s.recorded_at > p.issued_at)
             + (SELECT count(*) FROM core.community_forecast AS c WHERE c.recorded_at > p.issued_at) AS row_count,
               e.settings_json IS DISTINCT FROM p.settings_json OR e.code_version IS DISTINCT FROM p.code_version
                   AS is_other_program
        FROM @edition AS e CROSS JOIN @previous AS p""",
    # Medians that moved tenfold, or changed sign, or, where they are decimal years, moved by ten years; after a gap of
    # more than a year by that much a year, since time alone moves a forecast.
    "jump": """
        SELECT property_id, q.p50 AS before, p.p50 AS after
        FROM @property AS p JOIN @previous_property AS q USING (property_id)
        CROSS JOIN (SELECT greatest(1.0, (f.today - v.origin_date) / 365.25) AS years
                    FROM @fact AS f CROSS JOIN @previous AS v)
        WHERE p.unit = q.unit AND CASE
            WHEN p.unit = 'year' THEN abs(p.p50 - q.p50) > 10 * years
            WHEN q.p50 = 0 OR p.p50 = 0 THEN false
            WHEN p.p50 / q.p50 < 0 THEN true
            ELSE p.p50 / q.p50 NOT BETWEEN pow(10, -years) AND pow(10, years) END""",
    "source_state": """
        SELECT * FROM source_health_at((SELECT now FROM @fact), (SELECT stale_days FROM @fact))""",
    # The newest run, not the newest row: one file lands in several tables.
    "newest_landing": """
        SELECT l.* FROM raw.landing AS l CROSS JOIN @fact AS f WHERE l.recorded_at <= f.now
        QUALIFY l.run_id = first(run_id) OVER (PARTITION BY source_id, feed ORDER BY recorded_at DESC, run_id DESC)""",
}

# Tables whose rows this run neither publishes nor reads, and some that only repeat rows that are checked: scores and
# rows of the table are, as out.score and out.property show them.
_NOT_CHECKED: Final = (
    raw.MIGRATION,
    out.RUN,
    core.CONTENDER,
    core.SERIES_STATE,
    core.ACCEPTANCE,
    PROPERTY_ROW,
    SCORE_SPAN,
)
CHECKED_TABLES: Final = tuple(table for table in (*TABLES, *SHOWN) if table not in _NOT_CHECKED)
BITEMPORAL: Final = tuple(table for table in CHECKED_TABLES if table.is_bitemporal)


def current(table: Table) -> str:
    """The name of the relation with the rows of a table that are about to be published."""
    return f"current_{table.schema}_{table.name}"


# As score_latest chooses its edition: before its scores are looked up, or those of all editions would be listed first.
_SCORES: Final = """
    SELECT n.edition_id, s.* EXCLUDE (from_number, until_number)
    FROM (SELECT * FROM out.edition_number WHERE edition_id = (SELECT edition_id FROM @fact)) AS n
    JOIN out.score_span AS s
        ON s.from_number <= n.edition_number AND (s.until_number IS NULL OR s.until_number > n.edition_number)"""


def _current_sql(table: Table) -> str:
    if table == out.SCORE:
        return _SCORES
    if table.is_bitemporal:
        return f"SELECT * FROM {table.full_name} WHERE superseded_at IS NULL"
    # An alert or a delivery may belong to no edition: all of them are checked.
    if table not in {out.ALERT, out.DELIVERY} and "edition_id" in table.column_names:
        return f"SELECT * FROM {table.full_name} WHERE edition_id = (SELECT edition_id FROM @fact)"
    return f"SELECT * FROM {table.full_name}"


_RELATIONS: Final = {**_NAMED, **{current(table): _current_sql(table) for table in CHECKED_TABLES}}


def union(selects: Iterable[str]) -> str:
    """One SELECT from several with the same columns."""
    return "\nUNION ALL\n".join(selects)


def each(tables: Iterable[Table], template: str) -> str:
    """The same question to several tables.

    `{table}` is its name, `{key}` the text of the key of a row `t`, `{on}` says that rows `t` and `o` of one feed
    have the same key.
    """
    return union(
        template.format(
            table=table.full_name,
            key="concat_ws(' | ', " + ", ".join(f"t.{name}::VARCHAR" for name in table.key) + ")",
            on=" AND ".join(f"t.{name} = o.{name}" for name in ("source_id", "feed", *table.key)),
        )
        for table in tables
    )


def given(moment: CheckMoment, facts: CheckFacts) -> dict[str, str]:
    """What only the caller knows, as relations."""
    return {
        "fact": f"""
            SELECT DATE '{moment.today.isoformat()}' AS today, TIMESTAMP '{moment.now.isoformat(sep=" ")}' AS now,
                   {quoted(facts.edition_id)} AS edition_id, {facts.stale_days} AS stale_days,
                   {facts.quarantined_share!r} AS quarantined_share, {facts.quarantined_rows} AS quarantined_rows""",
        "embedded": _values(("source_id VARCHAR",), [(quoted(name),) for name in facts.embedded_sources]),
        "correction": _values(
            ("state VARCHAR", "message VARCHAR"),
            [(quoted(one.state), quoted(one.message)) for one in facts.corrections],
        ),
        "corrected_row": _values(
            ("series_id VARCHAR",), [(quoted(name),) for one in facts.corrections for name in one.series_ids]
        ),
        "missing_snapshot": _values(("snapshot_id VARCHAR",), [(quoted(name),) for name in facts.missing_snapshots]),
    }


def render(sql: str, known: Mapping[str, str]) -> str:
    """Put the relations that `sql` mentions in front of it; `known` is what `given` returned.

    KeyError names a relation that is not defined.
    """
    used: dict[str, str] = {}
    _collect(sql, known, used)
    prelude = ",\n".join(f"{name} AS ({text.strip()})" for name, text in used.items())
    body = _MENTION.sub(r"\1", sql)
    return f"WITH {prelude}\n{body}" if used else body


# Relations that hold one edition: what an excerpt of the warehouse has whole.
OF_EDITION: Final = (
    "edition", "previous", "property", "previous_property", "forecast", "fit", "previous_fit", "jump",
    *(current(table) for table in CHECKED_TABLES if " WHERE edition_id = " in _current_sql(table)),
)  # fmt: skip


def definitions() -> str:
    """All relations as text: what a digest of the checks must change with."""
    return repr(sorted(_RELATIONS.items()))


def _collect(sql: str, known: Mapping[str, str], used: dict[str, str]) -> None:
    """Add each relation after those it rests on itself; what is given is text from elsewhere and mentions nothing."""
    for name in _MENTION.findall(sql):
        if name in used:
            continue
        if name in known:
            used[name] = known[name]
            continue
        template = _RELATIONS[name]
        _collect(template, known, used)
        used[name] = _MENTION.sub(r"\1", template)


def _values(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    names, types = zip(*(column.split() for column in columns), strict=True)
    # VALUES cannot be empty: a row of nothing stands in for none, and is left out again.
    cells = [f"({', '.join(row)})" for row in rows] or [f"({', '.join(['NULL'] * len(columns))})"]
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in zip(names, types, strict=True))
    return f"SELECT {casts} FROM (VALUES {', '.join(cells)}) AS v ({', '.join(names)}) WHERE {names[0]} IS NOT NULL"
