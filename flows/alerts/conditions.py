"""What holds after a run: rows that passed, resolved or moved, sources stale or held, runs that held or failed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows.edition.formats import DATE_UNITS, format_number, format_value
from flows.edition.words import words
from models.alerts import CRITICAL, WARNING, Condition
from warehouse.health import FAILED, old_rows, source_health

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime

    from flows.settings import AlertSettings, Settings
    from warehouse.store import Warehouse

PUBLICATION: Final = "publication"
REFRESH: Final = "refresh"
COMMUNITY_KINDS: Final = ("community_moved", "community_rescaled")
_FIRST_LINE: Final = 300
_ESSAY: Final = {
    "stated": "the essay said in 2023",
    "anchor": "how the essay found it in 2023",
    "implied": "what other numbers of the essay give for it",
}


def of_properties(before: pl.DataFrame, after: pl.DataFrame) -> list[Condition]:
    """Rows (out.property) whose status is another than in the edition before; a row that is new says nothing."""
    earlier = {row["property_id"]: row for row in before.iter_rows(named=True)}
    pairs = [(earlier[row["property_id"]], row) for row in after.iter_rows(named=True) if row["property_id"] in earlier]
    return [one for old, new in pairs if old["status"] != new["status"] for one in _status_conditions(old, new)]


def _status_conditions(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Condition]:
    """A threshold passed, a resolution, or another change of status, which may take back one of the two.

    What is taken back says so: with the words of the new status alone it would repeat the alert beside it.
    """
    arrived = {"crossed": "threshold_passed", "resolved": "property_resolved"}
    if new["status"] in arrived:
        return [_status_condition(arrived[new["status"]], old, new)]
    changed = [_status_condition("status_changed", old, new)]
    if old["status"] in arrived:
        changed.append(_status_condition(arrived[old["status"]], old, new, is_cleared=True))
    return changed


def _status_condition(
    kind: str, old: Mapping[str, Any], new: Mapping[str, Any], *, is_cleared: bool = False
) -> Condition:
    name = words("en").status
    moved = f"{name[old['status']]} → {name[new['status']]}"
    detail = {
        "property_id": new["property_id"],
        "status_before": old["status"],
        "status": new["status"],
        "reason": new["status_reason"],
        "unit": new["unit"],
        "p50_before": old["p50"],
        "p50": new["p50"],
        "actual_date": new["actual_date"].isoformat() if new["actual_date"] else None,
        "direction": new["status"],
        # The reason as values: other languages word it anew.
        "clauses": json.loads(new["detail_json"] or "{}").get("clauses", []),
    }
    if new["status"] == "beyond_range":
        # What it says instead of a number is no clause.
        shown = json.loads(new["detail_json"] or "{}")
        detail |= {name: shown.get(name, []) for name in ("series", "ahead", "scenarios")}
    lines = [f"{name}: {text}" for name, text in _facts(old, new)]
    title = f"{new['label_en']}: {moved}: {new['status_reason']}"
    if is_cleared:
        over = words("en").alerts["status_over"].format(before=name[old["status"]], now=name[new["status"]])
        title = words("en").alerts["cleared"].format(f"{new['label_en']}: {over}")
    return Condition(
        kind, new["property_id"], WARNING, _first_line(title), "\n".join(lines), detail, is_cleared=is_cleared
    )


def _facts(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The numbers a reader wants beside it, where the row has them."""
    unit = new["unit"]
    yield "why", new["status_reason"]
    if new["actual_date"] or new["actual_value"] is not None:
        is_number = new["actual_value"] is not None and unit not in DATE_UNITS  # a date is said once, to the day
        value = format_value(new["actual_value"], unit) if is_number else ""
        # What a formula gives on today's inputs has not happened.
        said = "so far" if new.get("actual_kind") in {"derived", "implied"} else "happened"
        yield said, " ".join(str(part) for part in (value, new["actual_date"], new["actual_note"]) if part)
    if old["p50"] is not None and new["p50"] is not None:
        yield "median", f"{format_value(old['p50'], unit)} → {format_value(new['p50'], unit)}"
    if new["essay_p50"] is not None:
        yield _ESSAY[new["essay_kind"] or "stated"], format_value(new["essay_p50"], unit)
    yield "property", new["property_id"]


def of_evidence(
    before: tuple[pl.DataFrame, date], after: tuple[pl.DataFrame, date], raised: Collection[str] = ()
) -> list[Condition]:
    """Rows whose newest fact has become older than FRESH_DAYS since the edition before, or is new again.

    `raised` are rows of which that has been told and not taken back: by a rehearsal, say, whose day has not come.
    Each edition is its rows (out.property) and its day. A row that is new says nothing, nor one that was old already:
    a first edition would tell of every series that has ended since the program was built.
    """
    old, now = old_rows(*before), old_rows(*after)
    known = set(before[0]["property_id"])
    rows = {row["property_id"]: row for row in after[0].iter_rows(named=True)}
    begun = [_evidence_condition(rows[name], days) for name, days in now.items() if name in known - old.keys()]
    told = dict.fromkeys((*old, *raised))
    ended = [_evidence_condition(rows[name], None) for name in told if name in rows.keys() - now.keys()]
    return [*begun, *ended]


def _evidence_condition(row: Mapping[str, Any], days: int | None) -> Condition:
    name, newest = row["property_id"], row["inputs_as_of"]
    detail = {
        "property_id": name,
        "inputs_as_of": str(newest),
        "days": days,
        "direction": "fresh" if days is None else "old",
        "is_at_rest": days is None and row["rot"] != "fresh",
    }
    w = words("en").alerts
    if days is None:
        said = w["at_rest"] if detail["is_at_rest"] else w["fresh"].format(newest)
        title = w["cleared"].format(f"{row['label_en']}: {said}")
        return Condition("evidence_old", name, WARNING, _first_line(title), title, detail, is_cleared=True)
    title = f"{row['label_en']}: {w['old'].format(day=newest, days=days)}"
    advice = f"`gpt2030 explain {name}` lists the series beneath; `gpt2030 status` says which source has stopped."
    return Condition("evidence_old", name, WARNING, _first_line(title), f"{title}\n{advice}", detail)


@dataclass(frozen=True, slots=True)
class _Move:
    """One number of a question then and now; `share_of_limit` is 1 where it becomes worth an alert."""

    title: str
    before: str
    after: str
    share_of_limit: float
    is_up: bool


def of_community(before: pl.DataFrame, after: pl.DataFrame, limits: AlertSettings) -> list[Condition]:
    """Questions whose community says something else than `before`, by more than `limits` in the question's own unit.

    Both frames have the rows of core.community_forecast. A question whose scaling changed is told as that: its
    numbers then and now do not measure the same.
    """
    columns = ("value_number", "value_date", "scaling_json")
    pairs = _headlines(after).join(
        before.select("source_row_id", *(pl.col(name).alias(f"{name}_before") for name in columns)), on="source_row_id"
    )
    return [
        found
        for (platform, question_id), rows in pairs.group_by("platform", "question_id", maintain_order=True)
        if (found := _question_condition(f"{platform}/{question_id}", rows.to_dicts(), limits))
    ]


def _headlines(rows: pl.DataFrame) -> pl.DataFrame:
    """The median of a question, or the probability; not what holds only on a condition or by a date."""
    is_headline = (pl.col("quantile") == 0.5) | (pl.col("quantile").is_null() & pl.col("value_number").is_not_null())
    return rows.filter(
        is_headline,
        pl.col("threshold_date").is_null(),
        ~pl.col("is_conditional"),
        # Where no aggregation is named, `!=` would be null and drop the row.
        pl.col("aggregation").ne_missing("resolution"),
    ).sort("platform", "question_id", "source_row_id")


def _question_condition(subject: str, rows: list[dict[str, Any]], limits: AlertSettings) -> Condition | None:
    first = rows[0]
    detail = {"question_id": first["question_id"], "platform": first["platform"]}
    name = first["title"] or subject
    if _is_rescaled(first):
        title = f"{name}: {words('en').alerts['rescaled']}"
        body = f"before: {first['scaling_json_before']}\nafter: {first['scaling_json']}\nquestion: {subject}"
        return Condition("community_rescaled", subject, WARNING, title, body, detail)
    moves = [move for row in rows if (move := _move(row, limits)) and move.share_of_limit >= 1]
    if not moves:
        return None
    most = max(moves, key=lambda move: move.share_of_limit)
    title = f"{name}: {words('en').alerts['community'].format(before=most.before, after=most.after)}"
    body = "\n".join([*(f"{move.title}: {move.before} → {move.after}" for move in moves), f"question: {subject}"])
    direction = "up" if most.is_up else "down"
    detail |= {"before": most.before, "after": most.after, "direction": f"{direction} to {most.after}"}
    return Condition("community_moved", subject, WARNING, title, body, detail)


def _is_rescaled(row: Mapping[str, Any]) -> bool:
    before, after = row["scaling_json_before"], row["scaling_json"]
    # As values: the same scale may be written in another order.
    return before is not None and after is not None and json.loads(before) != json.loads(after)


def _move(row: Mapping[str, Any], limits: AlertSettings) -> _Move | None:
    title = row["value_text"] or row["title"] or row["question_id"]
    if row["value_date"] is not None and row["value_date_before"] is not None:
        days = (row["value_date"] - row["value_date_before"]).days
        return _Move(title, str(row["value_date_before"]), str(row["value_date"]), *_part(days, limits.community_days))
    before, after = row["value_number_before"], row["value_number"]
    if before is None or after is None:
        return None
    if row["quantile"] is None:
        return _Move(title, f"{before:.0%}", f"{after:.0%}", *_part(after - before, limits.community_share))
    part = _part(after - before, limits.community_relative * abs(before))
    return _Move(title, format_number(before, ""), format_number(after, ""), *part)


def _part(shift: float, limit: float) -> tuple[float, bool]:
    # Rounded, because 0.6 - 0.5 falls short of 0.1 in binary.
    share = abs(shift) / limit if limit else float(shift != 0)
    return round(share, 9), shift > 0


def of_sources(warehouse: Warehouse, settings: Settings, now: datetime) -> list[Condition]:
    """Sources that `status` would call stale or held at this moment.

    One that was never read has let nobody down: on a machine without a network the first run would raise seven.
    """
    found = source_health(warehouse, now, settings.alerts.stale_days).iter_rows(named=True)
    return [_source_condition(line) for line in found if line["state"] in FAILED]


def _source_condition(line: Mapping[str, Any]) -> Condition:
    source_id, said = line["source_id"], line["detail"] or line["state"]
    detail = {"source_id": source_id, "state": line["state"], "outcome": line["last_outcome"]}
    if line["state"] == "held":
        title = f"{source_id}: new data held, older rows stand: {said}"
        advice = "Read `gpt2030 quarantine list`; fix the rows, or raise tolerance.* with a reason."
        return Condition("source_held", source_id, WARNING, _first_line(title), f"{said}\n{advice}", detail)
    seen = f"last answer {line['last_answered_at']:%Y-%m-%d %H:%M} UTC" if line["last_answered_at"] else "no answer yet"
    title = f"{source_id}: stale: {said}"
    return Condition("source_stale", source_id, WARNING, _first_line(title), f"{seen}\n{said}", detail)


def of_publication(reasons: Sequence[str], edition_id: str | None, day: date) -> list[Condition]:
    """A publication that was held, for the reasons given; nothing when there are none."""
    if not reasons:
        return []
    stays = f"the last good edition {edition_id} stays" if edition_id else "there is no edition yet"
    title = _first_line(f"Publication for {day} held, {stays}: {reasons[0]}")
    return [Condition("publication_held", PUBLICATION, CRITICAL, title, "\n".join(reasons), {"day": day.isoformat()})]


def of_failure(error: Exception, day: date) -> Condition:
    """A refresh that ended with an error."""
    said = f"{type(error).__name__}: {error}"
    detail = {"day": day.isoformat(), "error": type(error).__name__}
    return Condition(
        "refresh_failed", REFRESH, CRITICAL, _first_line(f"Refresh for {day} failed: {said}"), said, detail
    )


def _first_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _FIRST_LINE else f"{line[: _FIRST_LINE - 1]}…"
