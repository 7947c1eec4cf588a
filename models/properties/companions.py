"""What stands beside a row: its successor where a benchmark is worn out, other protocols, other tiers, audits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from models.days import WORN
from models.properties.context import assumed, at_target, choose, current, is_quiet, newest_day
from models.properties.distributions import Sampled
from warehouse.contracts.facts import FRESH_DAYS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from models.properties.context import Context

_HUMAN_TPM: Final = 380 * 4 / 3


@dataclass(frozen=True, slots=True)
class Companion:
    """A series beside a row, the factor to `unit`; `is_successor` where it takes the row's place."""

    series_id: str
    label: str
    unit: str = "%"
    factor: float = 100.0
    is_successor: bool = False


@dataclass(frozen=True, slots=True)
class Noise:
    """An audit of a benchmark: the assumption that states it, and the series that it is about, by prefix."""

    assumption_id: str
    prefix: str


_PRO: Final = Companion("swe-bench-pro/public/vendor", "SWE-bench Pro, public set, by the makers", is_successor=True)
_TERMINAL: Final = Companion("terminal-bench/4.0/official", "Terminal-Bench 4.0, official board")
_HLE: Final = Companion("hle/no-tools/vendor", "Humanity's Last Exam, no tools, by the makers", is_successor=True)
_RATING: Final = "rating"
BESIDE: Final[Mapping[str, tuple[Companion, ...]]] = {
    "math.successor_pct": (
        Companion("frontiermath/tier-4-v2/epoch", "FrontierMath v2, tier 4", is_successor=True),
        Companion("hle/no-tools/vendor", "Humanity's Last Exam, no tools, by the makers"),
    ),
    "code.apps_pct": (_PRO, _TERMINAL),
    "code.successor_pct": (
        _PRO,
        Companion("swe-bench-pro/public/scale", "SWE-bench Pro, public set, one agent for all"),
        Companion("swe-bench/verified/epoch", "SWE-bench Verified, scaffold of Epoch AI"),
        _TERMINAL,
    ),
    "code.codeforces_pctile": (
        Companion("codeforces/rating/deepseek", "Codeforces rating by DeepSeek", _RATING, 1.0, is_successor=True),
        Companion("codeforces/rating/google", "Codeforces rating by Google", _RATING, 1.0),
    ),
    # Neither publisher has named one: of what still moves, whole exploits are nearest to long tasks.
    "cyber.horizon": (
        Companion(
            "exploitgym/no-time-limit/openai", "ExploitGym, no limit of time, by OpenAI", is_successor=True
        ),
        Companion("cybench/unguided-solved/vendor-card", "Cybench, solved without guidance, by the makers"),
        Companion("cybench/unguided-solved/leaderboard", "Cybench, official leaderboard"),
    ),
    "know.mmlu_pct": (Companion("gpqa/diamond/epoch", "GPQA Diamond", is_successor=True), _HLE),
    "know.successor_pct": (
        _HLE,
        Companion("hle/with-tools/vendor", "Humanity's Last Exam, with tools, by the makers"),
        Companion("arc-agi-3/standard-harness", "ARC-AGI-3, standard harness"),
    ),
    "know.context_tokens": (
        Companion("context-window/file-reference/generally-available", "By file reference only", "tokens", 1.0),
    ),
    "speed.multiple": (
        Companion("speed/fast-tier/vendor-claim", "Fast tier, as its makers promise", "x human", 60 / _HUMAN_TPM),
        Companion("speed/flagship/openrouter-p50", "Standard tier, median of OpenRouter", "x human", 60 / _HUMAN_TPM),
    ),
    "speed.tiling_gain": (Companion("fast-tier/speed-gain/vendor", "Fastest tier on sale over standard", "x", 1.0),),
    "speed.cost_multiple": (Companion("fast-tier/price-multiple/vendor", "Price of fast tiers, median", "x", 1.0),),
    "compute.train_flop": (Companion("training-compute/claimed", "Claimed, in no record", "FLOP", 1.0),),
    "data.train_tokens": (Companion("training-tokens/language", "Distinct tokens", "tokens", 1.0),),
    "learn.dau": (
        Companion("usage/chatgpt/daily-users-google-estimate", "ChatGPT's daily users by Google", "users", 1.0),
    ),
    "learn.copies_market": (
        Companion("usage/google/tokens-per-month", "Google, all products, in and out", "person-days/day",
                  12 / 365.25 / (_HUMAN_TPM * 1440)),
        Companion("usage/openai-api/tokens-per-minute", "OpenAI API, in and out", "person-days/day", 1 / _HUMAN_TPM),
        Companion("usage/gemini-api/tokens-per-minute", "Gemini API, in and out", "person-days/day", 1 / _HUMAN_TPM),
        Companion("usage/doubao/tokens-per-day", "Doubao, all calls", "person-days/day", 1 / (_HUMAN_TPM * 1440)),
        Companion("usage/openrouter/tokens-per-day", "OpenRouter, in and out", "person-days/day",
                  1 / (_HUMAN_TPM * 1440)),
    ),
    "auto.horizon_days": (
        Companion("metr/v1.1/p50-horizon", "METR, 50 % success", "human-days", 1 / 480),
        Companion("metr/v1.1/p80-horizon", "METR, 80 % success", "human-days", 1 / 480),
        _PRO,
    ),
    # METR has named none: of what still moves, long tasks of software engineering are nearest.
    "auto.metr_h": (Companion("metr/v1.1/p80-horizon", "METR, 80 % success", "hours", 1 / 60), _PRO),
}  # fmt: skip
# A benchmark whose record stands at so much of its ceiling is worn out: what is left is mostly its own errors.
NEAR_CEILING: Final = 0.9
AUDITS: Final = (
    Noise("noise.swe-bench-verified", "swe-bench/verified/"),
    Noise("noise.frontiermath-v1", "frontiermath/tiers-1-3-v1/"),
    Noise("noise.hle-chem-bio", "hle/"),
    Noise("noise.metr-long-tasks", "metr/v1.1/"),
)


def beside(property_id: str, context: Context) -> list[dict[str, Any]]:
    """The companions of a row that have rows: the newest record, and the quartiles for the target if still measured."""
    return [_said(one, context) for one in BESIDE.get(property_id, ()) if choose(context, (one.series_id,))]


def successor(property_id: str, context: Context) -> Companion | None:
    """The series that takes the place of the row's own, as soon as rows of it are known; None without."""
    named = [one for one in BESIDE.get(property_id, ()) if one.is_successor and choose(context, (one.series_id,))]
    return named[0] if named else None


def named_successor(property_id: str, context: Context) -> str | None:
    """What the successor is called wherever it is named, with the word that nothing more can be read from it either."""
    after = successor(property_id, context)
    if after is None:
        return None
    return f"{after.label}{WORN if is_worn(after.series_id, context) else ''}"


def is_worn(series_id: str, context: Context) -> bool:
    """Whether the record of a series stands so near its ceiling that what is left may be errors of the benchmark."""
    held = current(context, series_id)
    return held is not None and is_near_ceiling(context, series_id, held.value)


def is_near_ceiling(context: Context, series_id: str, value: float) -> bool:
    """Whether a value of a bounded series stands at NEAR_CEILING of its ceiling or more; never of an unbounded one."""
    row = context.definitions.get(series_id, {})
    if row.get("scale") != "bounded":
        return False
    # Percentiles run to 100: read as shares, every one of them would stand above its ceiling.
    ceiling = row["ceiling_share"] or (100.0 if row["unit"] == "percentile" else 1.0)
    return bool(value >= NEAR_CEILING * ceiling)


def frozen(property_id: str, series_ids: Collection[str], context: Context) -> dict[str, Any] | None:
    """What is said of a row whose publishers have all stopped: its newest fact, and what goes on in its place.

    None while any of its series is declared to go on, and while their own rows are fresh: a declared end alone would
    let a look back know how they ended.
    """
    declared = {context.definitions.get(one, {}).get("status") for one in series_ids}
    days = [day for one in series_ids if (day := newest_day(context, one)) is not None]
    if declared != {"frozen"} or not days or (context.origin_date - max(days)).days <= FRESH_DAYS:
        return None
    return {"newest": max(days).isoformat(), "successor": named_successor(property_id, context)}


def audits(series_ids: list[str], context: Context) -> list[dict[str, Any]]:
    """What audits known on the day say of the series: the share that is wrong, and who found it."""
    known = assumed(context)
    rows = [known[one.assumption_id] for one in AUDITS if one.assumption_id in known and _is_about(one, series_ids)]
    return [
        {"share": row["value"], "what": row["label_en"], "source": row["citation_title"], "note": row["note"]}
        for row in rows
    ]


def _is_about(one: Noise, series_ids: list[str]) -> bool:
    return any(series_id.startswith(one.prefix) for series_id in series_ids)


def _said(one: Companion, context: Context) -> dict[str, Any]:
    held = current(context, one.series_id)
    assert held is not None
    said: dict[str, Any] = {
        "series": one.series_id, "label": one.label, "unit": one.unit, "value": held.value * one.factor,
        "date": held.day.isoformat(), "by": held.note, "is_successor": one.is_successor,
        "newest": newest_day(context, one.series_id).isoformat(),
    }  # fmt: skip
    if is_worn(one.series_id, context):
        said["is_worn"] = True
    draws = at_target(context, one.series_id)
    is_bounded = context.definitions.get(one.series_id, {}).get("scale") == "bounded"
    # A trend by factors without the limits of its row would contradict the row; of what nobody reports any more the
    # last word is shown, and nothing made of it.
    # Nor is a series drawn on whose own row says that nothing more can be read from it.
    if draws is None or not is_bounded or "is_worn" in said or is_quiet(context, one.series_id):
        return said
    middle = Sampled(draws).quantile(np.array([0.25, 0.5, 0.75])) * one.factor
    return said | dict(zip(("p25", "p50", "p75"), (float(value) for value in middle), strict=True))
