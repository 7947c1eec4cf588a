"""Who forecasts, under names that people understand."""

from __future__ import annotations

from typing import Final

from flows.edition.charts import MEMBER_PREFIX, POOL
from flows.edition.scoreboard import LAST_VALUE
from flows.edition.words import words

_NAMES: Final = {
    POOL: "f_pool", "essay-2023": "f_essay", "metaculus-community": "f_metaculus", LAST_VALUE: "f_last",
    "baseline-ols-records": "f_ols", "baseline-random-walk": "f_walk", "baseline-reasonable": "f_reasonable",
    "manifold-markets": "f_manifold", "leap-experts": "f_leap_experts", "leap-public": "f_leap_public",
    "leap-superforecasters": "f_leap_super", "hypermind-2021": "f_hypermind", "ai-2027": "f_ai_2027",
    "situational-awareness": "f_awareness", "cotra-2026": "f_cotra", "lucassen-2025": "f_lucassen",
    "metr-doubling-7-months": "f_metr_7", "metr-doubling-131-days": "f_metr_131",
    "metaculus-as-quoted": "f_quoted", "epoch-2025": "f_epoch_2025",
}  # fmt: skip


def forecaster_name(forecaster_id: str, lang: str) -> str:
    """A forecaster under a name that people understand; one that has none yet keeps its id."""
    site = words(lang).site
    if forecaster_id in _NAMES:
        return site[_NAMES[forecaster_id]]
    if forecaster_id.startswith(MEMBER_PREFIX):
        return site["f_member"].format(forecaster_id.removeprefix(MEMBER_PREFIX))
    return forecaster_id
