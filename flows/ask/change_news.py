"""What of the moves since earlier editions is told: the rows of out.change of a run, and the changes worth an alert."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from flows.ask.changes import VALUE, change_rows, median_of
from flows.ask.sentences import headline, told_range, told_width
from flows.edition.causes import BY_RANGE, cause_line, is_still
from models.alerts import NOTE, Condition
from models.changes.judgement import Judgement, LastChangeAlert, baseline_of, judge
from models.changes.size import CAUSES
from models.changes.thresholds import threshold_of
from models.properties.table import PROPERTY_IDS
from warehouse import published
from warehouse.contracts import polars_schema
from warehouse.contracts.change import CHANGE
from warehouse.outbox import alerts_of_kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flows.ask.changes import Ledger
    from flows.ask.sentences import Named

KIND: Final = "forecast_changed"


def news(ledger: Ledger) -> tuple[pl.DataFrame, list[Condition]]:
    """The rows of out.change against the edition before, and what is to be told; nothing for a first edition."""
    earlier = published.earlier_editions(ledger.queries, ledger.now.day)
    if not earlier:
        return pl.DataFrame(schema=polars_schema(CHANGE)), []
    alarms = last_alarms(alerts_of_kind(ledger.queries, KIND))
    changes = change_rows(ledger, earlier[-1], has_details=True)
    return changes, [*moved(ledger, alarms, earlier[0]), *of_method(ledger, earlier[-1])]


def moved(ledger: Ledger, alarms: Mapping[str, LastChangeAlert], first_id: str) -> list[Condition]:
    """The forecasts that moved far enough to be told, and those whose alert is over.

    `alarms` has the last alert per property; `first_id` is the first edition, the baseline of what was never told.
    Rows that only follow from another one, moved as far by the same, are told with it: fifteen messages about one
    series would be the noise they warn of. What is over is told per alert that was raised: rows of several are all back
    by 0 spreads, and those told with the first of them would stand for ever.
    """
    day = ledger.now.day
    told: dict[tuple[object, ...], list[str]] = {}
    for place, name in enumerate(PROPERTY_IDS):
        baseline_id = baseline_of(alarms.get(name), day, first_id)
        if baseline_id == ledger.edition_id:
            continue
        size = float(ledger.news_since(baseline_id)[place])
        if judge(size, threshold_of(name), alarms.get(name), day) is None:
            continue
        size = float(ledger.against(baseline_id).news[place])
        verdict = judge(size, threshold_of(name), alarms.get(name), day)
        if verdict is not None:
            # Rounded: rows that follow from one by arithmetic alone have moved as far but for the last digits.
            alike = alarms[name].subject if verdict.is_cleared else f"{size:.6g}"
            told.setdefault((baseline_id, verdict, alike), []).append(name)
    return [
        _condition(ledger, names, str(baseline_id), verdict)
        for (baseline_id, verdict, _), names in told.items()
        if isinstance(verdict, Judgement)
    ]


def of_method(ledger: Ledger, previous_id: str) -> list[Condition]:
    """A note where code or settings alone moved rows since the edition before: no news about the world, so no alarm."""
    aside = ledger.against(previous_id).aside
    rows = {name: float(aside[place]) for place, name in enumerate(PROPERTY_IDS) if aside[place] >= threshold_of(name)}
    if not rows:
        return []
    farthest = sorted(rows, key=lambda name: -rows[name])
    title = (
        f"Method or settings moved {len(rows)} forecasts: {ledger.row(farthest[0])['label_en']} "
        f"by {rows[farthest[0]]:.2g} spreads"
    )
    body = "\n".join(f"{ledger.row(name)['label_en']} ({name}): {rows[name]:.2g} spreads" for name in farthest)
    return [Condition("method_changed", "method", NOTE, title, body, {"edition_id": ledger.edition_id, "rows": rows})]


def _condition(ledger: Ledger, names: Sequence[str], baseline_id: str, verdict: Judgement) -> Condition:
    """The first of the rows, the others being told with it."""
    name, *others = names
    compared, row = ledger.against(baseline_id), ledger.row(name)
    place = PROPERTY_IDS.index(name)
    causes = {cause: float(compared.parts[cause][place]) for cause in CAUSES}
    is_range = is_still(causes.values(), row["unit"])
    rows_of = ledger.reaching_rows if is_range else ledger.named_rows
    rows = {} if verdict.is_cleared else rows_of(baseline_id, name)
    is_width = compared.direction(name) in BY_RANGE and not (is_range or verdict.is_cleared)
    reaching = ledger.reaching_rows(baseline_id, name) if is_width else {}
    is_told = row["value_state"] == VALUE
    before, after = (median_of(q, row) if is_told else None for q in (compared.reference, compared.after))
    detail = {
        "property_id": name,
        "with": others,
        "day": ledger.now.day.isoformat(),
        "edition_id": ledger.edition_id,
        "baseline_id": baseline_id,
        "target_date": ledger.now.target_date.isoformat(),
        "unit": row["unit"],
        "p50_before": before,
        "p50": after,
        "size_spreads": float(compared.news[place]),
        "threshold_spreads": threshold_of(name),
        "direction": compared.direction(name),
        "causes": causes,
        "since": verdict.since.isoformat() if verdict.since else None,
        "otherwise": ledger.otherwise(baseline_id, name),
        # Of a row whose median stayed, `amount` is by how many spreads each moved the range, as `reaches` per cause.
        "reaches": {cause: float(far[place]) for cause, far in compared.reaches.items()},
        "rows": _as_kept(rows),
        # Of a row whose range moved most, beside its median: by how many spreads each moved it.
        "reaching": _as_kept(reaching),
    }
    lines = (
        told_range(detail, rows)
        if is_range
        else told_width(
            detail, [cause_line(cause, causes[cause], row["unit"], rows.get(cause, [])) for cause in CAUSES]
        )
    )
    lines += [detail["otherwise"]] if detail["otherwise"] else []
    lines += [f"with it: {', '.join(ledger.row(other)['label_en'] for other in others)}"] if others else []
    lines += [f"against edition {baseline_id}", row["status_reason"], f"property: {name}"]
    title = headline(row["label_en"], detail, verdict.reason)
    return Condition(KIND, name, verdict.severity, title, "\n".join(lines), detail, is_cleared=verdict.is_cleared)


def _as_kept(rows: Mapping[str, Named]) -> dict[str, list[dict[str, Any]]]:
    return {cause: [{"row": text, "amount": amount} for text, amount in some] for cause, some in rows.items()}


def last_alarms(alerts: pl.DataFrame) -> dict[str, LastChangeAlert]:
    """The last alert about the forecast of each property; `alerts` has the rows of out.alert of this kind."""
    found: dict[str, LastChangeAlert] = {}
    for row in alerts.filter(kind=KIND).sort("alert_number").iter_rows(named=True):
        detail = json.loads(row["detail_json"])
        # Rows told with another have been told: without an alarm of their own, they would be told again.
        for name in (detail["property_id"], *detail["with"]):
            if row["state"] != "cleared":
                day = date.fromisoformat(detail["day"])
                editions = detail["edition_id"], detail["baseline_id"]
                found[name] = LastChangeAlert(day, row["severity"], *editions, subject=detail["property_id"])
            elif name in found:
                found[name] = found[name].over(detail["baseline_id"])
    return found
