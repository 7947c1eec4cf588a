"""What a reader must know of some rows beside their numbers: what is counted, and which of two paces is meant."""

from __future__ import annotations

from typing import Final

from flows.edition.words import words

# Whose numbers count agents, or speak of one: nothing else on the page says what is counted.
OF_AGENTS: Final = frozenset(
    {
        "work.agents",
        "work.fast_agents",
        "work.fast_agent_days",
        "work.fast_agent_years_budget",
        "auto.horizon_days",
        "impact.math_output_x",
    }
)
# Rows whose numbers seem to contradict others beside them until the difference is told.
_OF_ROWS: Final = {
    "auto.metr_h": ("paces",),
    "auto.horizon_days": ("same_instrument",),
    "auto.oversight_h": ("same_instrument",),
    "cyber.horizon": ("two_instruments",),
}


def notes_of(property_id: str, lang: str) -> list[tuple[str, str]]:
    """Term and text of each note on a row of out.property, in words of the language."""
    detail = words(lang).detail
    keys = (*(("agent",) if property_id in OF_AGENTS else ()), *_OF_ROWS.get(property_id, ()))
    return [(detail[key], detail[f"{key}_is"]) for key in keys]
