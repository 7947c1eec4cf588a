"""What a reader must know of some rows beside their numbers: what is counted, and which of two paces is meant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flows.edition.formats import format_number
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Mapping

# Whose numbers count agents, or speak of one: nothing else on the page says what is counted.
OF_AGENTS: Final = frozenset(
    {
        "work.agents",
        "work.fast_agents",
        "work.fast_agent_days",
        "work.fast_agent_years_budget",
        "impact.math_output_x",
    }
)
# Rows whose numbers seem to contradict others beside them until the difference is told.
_OF_ROWS: Final = {
    "math.sota_pct": ("full_set",),
    "math.date_92pct": ("any_set",),
    "math.velocity_pp": ("full_set",),
    "data.train_tokens": ("not_counted",),
    "overhang.work_years": ("not_counted",),
    "auto.metr_h": ("paces", "starts"),
    "auto.horizon_days": ("same_instrument",),
    "auto.oversight_h": ("same_instrument",),
    "cap.superhuman_flags": ("named_tasks",),
    "cyber.horizon": ("two_instruments", "starts"),
}

# What stands in formulas and nobody reads without a word: a function that no school teaches, a constant of training.
_SIGNS: Final = {"softmin(": "softmin", "3 * ": "three_passes"}


def signs_in(formula: str, lang: str) -> list[str]:
    """A line for each sign of a formula that needs one."""
    return [words(lang).explain[name] for sign, name in _SIGNS.items() if sign in formula]


def notes_of(row: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """Term and text of each note on a row of out.property, in words of the language."""
    detail, property_id = words(lang).detail, row["property_id"]
    # Formula, basis and fit of a row that is extrapolated no more look as if a number followed from them.
    is_idle = row["basis"] == "fit" and row["value_state"] == "not_applicable" and row["status"] != "beyond_range"
    keys = (
        *(("not_applied",) if is_idle and row["formula"] else ()),
        *(("agent",) if property_id in OF_AGENTS else ("lone_agent",) if property_id == "auto.horizon_days" else ()),
        *(("counted",) if property_id == "cap.superhuman_flags" and _is_one_number(row) else ()),
        *_OF_ROWS.get(property_id, ()),
        *(("record_error",) if _is_record_in_doubt(row) else ()),
    )
    return [(detail[key], detail[f"{key}_is"]) for key in keys]


def basis_of(row: Mapping[str, Any], lang: str) -> str:
    """What a row rests on, and with a fit what its formula adds: a judgement mixed in, stated limits, assumptions.

    Of a speed that is mixed from its trend and what the essay thought, "fitted" alone would claim all of it.
    """
    w, said = words(lang).detail, words(lang).basis[row["basis"]]
    detail = json.loads(row["detail_json"] or "{}")
    if row["basis"] != "fit" or row["value_state"] != "value":
        return said
    limits = list(detail.get("limits") or {})
    weight = detail.get("inputs", {}).get("speed.trend_weight")
    assumed = [name for name in detail.get("assumptions") or [] if name not in limits]
    parts = (
        "" if weight is None else w["basis_mixed"].format(format_number(weight, "share", lang, 2)),
        w["basis_limited"].format(words(lang).join.join(limits)) if limits else "",
        w["basis_assumed"].format(words(lang).join.join(assumed)) if assumed else "",
    )
    return w["also"].join((said, *filter(None, parts)))


def how_far(row: Mapping[str, Any], lang: str) -> str:
    """That a row's number lies beyond the days on which forecasts are scored, where it does; else empty.

    It stood at the foot of the page alone, by its status: readers took the range for one that had been tried.
    """
    clauses = json.loads(row["detail_json"] or "{}").get("clauses", [])
    far = next((one for one in clauses if one["key"] == "outlook_far"), None)
    return words(lang).site["how_far"].format(**far) if far and row["p50"] is not None else ""


def _is_record_in_doubt(row: Mapping[str, Any]) -> bool:
    """Whether a coming year's low end lies below the record: it does where the error stated of the record is carried.

    Unsaid, it would look like a forecast that the best so far gets worse.
    """
    detail, so_far = json.loads(row["detail_json"] or "{}"), row["actual_value"]
    own = next(iter(detail.get("series") or []), None)
    ends = [one["p05"] for one in detail.get("ahead", []) if one["series"] == own]
    return row["status"] == "beyond_range" and so_far is not None and min(ends, default=so_far) < so_far


def _is_one_number(row: Mapping[str, Any]) -> bool:
    """Whether a forecast has no range: its published percentiles are the same."""
    return row["p05"] is not None and row["p05"] == row["p95"]
