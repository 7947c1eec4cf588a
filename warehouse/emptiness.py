"""Why a question finds no rows, where that can be known: the home is new, or was never asked to send."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from warehouse.sandbox import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warehouse.sandbox import QueryAnswer, ReadCopy

_COMPARED: Final = """
    CASE (SELECT count(*) FROM out.edition)
        WHEN 0 THEN 'no edition is published yet'
        WHEN 1 THEN 'one edition is published, and there is nothing to compare it with yet'
        ELSE 'no row moved between the edition in force and the one before, or it was the first when it was made' END"""
_ASKED: Final = """
    'no forecasting platform has answered yet: ' || coalesce(
        (SELECT arg_max('metaculus: ' || coalesce(detail, outcome), looked_at) FROM raw.look
         WHERE source_id = 'metaculus'), 'metaculus was never looked at')"""
_RAISED: Final = """
    CASE WHEN (SELECT count(*) FROM out.alert) > 0 THEN 'every alert was acknowledged or has cleared'
    WHEN (SELECT count(*) FROM out.edition) < 2 THEN 'no alert was raised; moves are told from the second edition on'
    ELSE 'no alert was ever raised' END"""
_SENT: Final = "'nothing was ever queued: alerts go out when one is raised and alerts.channels names where to'"
_REFUSED: Final = """
    CASE WHEN (SELECT count(*) FROM raw.quarantine) > 0 THEN 'every refused row was released or has come back good'
    ELSE 'no row was ever refused' END"""
_RESOLVED: Final = "'nothing that was forecast has resolved yet'"
# Relation → its name with schema, and the sentence when it has no row.
_CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    "change_latest": ("change_latest", _COMPARED),
    "change": ("out.change", _COMPARED),
    "community_latest": ("community_latest", _ASKED),
    "community_forecast": ("core.community_forecast", _ASKED),
    "alert_open": ("alert_open", _RAISED),
    "alert": ("out.alert", _RAISED),
    "delivery": ("out.delivery", _SENT),
    "quarantine_open": ("quarantine_open", _REFUSED),
    "quarantine": ("raw.quarantine", _REFUSED),
    "score_latest": ("score_latest", _RESOLVED),
    "score": ("out.score", _RESOLVED),
}
# Not empty, but not all: whoever asks for a course of days would take it for all of them.
_MOVED: Final = """
    SELECT 'core.forecast is without those of older editions (' || count(*)
        || '); each has its own in editions/*/forecasts.parquet'
    FROM core.forecast_file HAVING count(*) > 0"""
_BEGAN: Final = {
    "observation_as_of": "(SELECT min(recorded_at) FROM core.observation)",
    "frontier_as_of": "(SELECT min(recorded_at) FROM core.observation)",
    "series_as_of": "(SELECT min(recorded_at) FROM core.series)",
    "property_as_of": "(SELECT min(issued_at) FROM out.edition)",
}

_KNOWN: Final = {
    name: f"; {name.replace('as_of', 'known_on')}(day) asks what was known by the dates of the rows"
    for name in ("observation_as_of", "frontier_as_of")
}


def why_empty(copy: ReadCopy, sql: str, answer: QueryAnswer) -> list[str]:
    """One sentence for each relation behind an answer that has no row for a reason that can be told; often none."""
    asked = [
        f"SELECT '{name} is empty: ' || {sentence} WHERE NOT EXISTS (SELECT 1 FROM {full})"
        for name, (full, sentence) in _CAUSES.items()
        if name in answer.relations
    ]
    if _says_nothing(answer):
        asked += [
            f"SELECT '{name}: what this home knows begins at ' || {began} || ' UTC; before that it is empty"
            f"{_KNOWN.get(name, '')}' "
            f"WHERE {began}::DATE > DATE '{_first_day(sql)}'"
            for name, began in _BEGAN.items()
            if name in answer.relations
        ]
    if "forecast" in answer.relations:
        asked.append(_MOVED)
    if not asked:
        return []
    try:
        said = copy.query(" UNION ALL ".join(asked)).frame
    except SandboxError:
        # The copy is of another version, and lacks a table: the answer stands, and was printed.
        return []
    return [sentence for sentence in said.to_series().to_list() if sentence]


def _says_nothing(answer: QueryAnswer) -> bool:
    """Whether there is no row, or one that counts or sums up none."""
    frame = answer.frame
    return frame.is_empty() or (len(frame) == 1 and all(value is None or value == 0 for value in frame.row(0)))


def _first_day(sql: str) -> date:
    """The earliest day that a question names; the first of all where it names none, as a day that it works out."""
    days = []
    for text in re.findall(r"\b\d{4}-\d{2}-\d{2}\b", sql):
        try:
            days.append(date.fromisoformat(text))
        except ValueError:
            continue
    return min(days, default=date.min)
