"""What a reader must know of some rows beside their numbers: what is counted, and which of two paces is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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
    "auto.metr_h": ("paces", "starts"),
    "auto.horizon_days": ("same_instrument",),
    "auto.oversight_h": ("same_instrument",),
    "cap.superhuman_flags": ("named_tasks",),
    "cyber.horizon": ("two_instruments", "starts"),
}


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
    )
    return [(detail[key], detail[f"{key}_is"]) for key in keys]


def _is_one_number(row: Mapping[str, Any]) -> bool:
    """Whether a forecast has no range: its published percentiles are the same."""
    return row["p05"] is not None and row["p05"] == row["p95"]
