"""The living rows: what the essay could not name and what still moves, each of one series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from models.days import months_after
from models.properties.context import choose, current, newest_day, rows_of
from warehouse.contracts.content import schema_without_edition
from warehouse.contracts.facts import FRESH_DAYS
from warehouse.contracts.living import HORIZON_SERIES
from warehouse.contracts.living import LIVING as TABLE

if TYPE_CHECKING:
    from datetime import date

    from models.properties.context import Context

NEAR: Final = ("p25", "p50", "p75")
# How far ahead a forecast is given, as a share of the time that its series has been observed, by its scale.
REACH: Final = {"log": 0.5, "linear": 1.0}
LEVELS: Final = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}


@dataclass(frozen=True, slots=True)
class Living:
    """One living row: the series it may rest on, the preferred first, and the rows that it stands beside."""

    living_id: str
    label_en: str
    label_zh: str
    series_ids: tuple[str, ...]
    unit: str
    beside: tuple[str, ...] = ()


LIVING: Final = (
    Living("living.eci", "Epoch Capabilities Index", "Epoch 能力指数", ("eci/score/epoch",), "index"),
    Living(
        "living.hle", "Humanity's Last Exam, no tools", "人类最后的考试（不用工具）", ("hle/no-tools/vendor",), "share",
        ("math.successor_pct", "know.mmlu_pct", "know.successor_pct"),
    ),
    Living(
        "living.swe_bench_pro", "SWE-bench Pro, public set", "SWE-bench Pro 公开集", ("swe-bench-pro/public/vendor",),
        "share", ("code.apps_pct", "code.successor_pct", "auto.horizon_days", "auto.metr_h"),
    ),
    Living(
        "living.terminal_bench", "Terminal-Bench", "Terminal-Bench", ("terminal-bench/4.0/official",), "share",
        ("code.apps_pct", "code.successor_pct"),
    ),
    Living(
        "living.arc_agi", "ARC-AGI-3", "ARC-AGI-3", ("arc-agi-3/standard-harness",), "share", ("know.successor_pct",),
    ),
    Living(
        "living.cyber_minutes", "Cyber time horizon, 50 % success", "网络攻防任务时长（50% 成功率）",
        ("cyber-horizon/p50/lyptus",), "minutes", ("cyber.horizon",),
    ),
    Living(
        "living.revenue_anthropic", "Anthropic, annual run rate of revenue", "Anthropic 年化收入",
        ("revenue/anthropic/run-rate",), "usd",
    ),
    Living(
        "living.revenue_openai", "OpenAI, annual run rate of revenue", "OpenAI 年化收入", ("revenue/openai/run-rate",),
        "usd",
    ),
    Living(
        "living.price", "Price of GPT-4's level on GPQA Diamond", "达到 GPT-4 在 GPQA Diamond 上水平的价格",
        ("inference-price/gpt-4-level/gpqa",), "usd_per_million_tokens",
    ),
    Living(
        "living.site_power", "Largest AI data centre, power", "最大的 AI 数据中心功率", ("data-center/power/site",),
        "watts", ("compute.train_flop",),
    ),
    Living(
        "living.site_h100e", "Largest AI data centre, in H100 equivalents", "最大的 AI 数据中心（折合 H100 数量）",
        ("data-center/h100-equivalents/site",), "count", ("compute.train_flop",),
    ),
    Living(
        "living.gateway_tokens", "OpenRouter, tokens served a day", "OpenRouter 每日词元数",
        ("usage/openrouter/tokens-per-day",), "tokens_per_day", ("learn.copies_market",),
    ),
    Living(
        "living.served_tokens", "Google, tokens served a month", "Google 每月处理的词元数",
        ("usage/google/tokens-per-month",), "tokens_per_month", ("learn.copies_market",),
    ),
)  # fmt: skip

# Living row → the series that it is of, the preferred one.
LIVING_SERIES: Final = {one.living_id: one.series_ids[0] for one in LIVING}


def living_table(context: Context) -> pl.DataFrame:
    """The living rows of the day in their order: contract out.living without edition_id.

    Quantiles are those of the series' forecast, from its draws. A series without a row known on the day is missing;
    once the target date has come, the value so far is the answer.
    """
    rows = [_row(number, one, context) for number, one in enumerate(LIVING, start=1)]
    return pl.DataFrame(rows, schema=schema_without_edition(TABLE), orient="row")


def _row(number: int, one: Living, context: Context) -> dict[str, Any]:
    said = {
        "living_id": one.living_id, "row_number": number, "label_en": one.label_en, "label_zh": one.label_zh,
        "beside": ",".join(one.beside) or None, "unit": one.unit, "row_count": 0, "value_state": "missing",
    }  # fmt: skip
    series_id = choose(context, one.series_ids)
    held = current(context, series_id) if series_id else None
    if series_id is None or held is None:
        return said
    newest = newest_day(context, series_id)
    is_fresh = (context.origin_date - newest).days <= FRESH_DAYS
    is_ended = context.definitions[series_id]["status"] in {"frozen", "retired"}
    return said | {
        "series_id": series_id,
        "actual_value": held.value,
        "actual_date": held.day,
        "actual_date_precision": held.precision,
        "actual_note": held.note,
        "row_count": rows_of(context, series_id).height,
        "newest_fact_date": newest,
        "rot": "frozen" if is_ended else "fresh" if is_fresh else "aging",
        **_ahead(series_id, context),
    }


def _ahead(series_id: str, context: Context) -> dict[str, Any]:
    """The forecast for a year from the day and, as far as the series reaches, for the target date."""
    forecasts = context.forecasts
    if context.is_due or not forecasts.has(series_id):
        return {"value_state": "due" if context.is_due else "not_forecast"}
    in_a_year = months_after(context.origin_date, 12)
    said: dict[str, Any] = {"value_state": "value"}
    if in_a_year in forecasts.target_dates:
        near = forecasts.quantiles_of(series_id, in_a_year, [LEVELS[name] for name in NEAR])
        said |= {f"{name}_in_a_year": float(value) for name, value in zip(NEAR, near, strict=True)}
    if _is_beyond(series_id, context):
        return said | {"value_state": "beyond_range"}
    found = forecasts.quantiles_of(series_id, context.target_date, tuple(LEVELS.values()))
    return said | dict(zip(LEVELS, map(float, found), strict=True))


def _is_beyond(series_id: str, context: Context) -> bool:
    """Whether the target lies further ahead than the past of the series can tell of.

    That is its own length, and half of it where growth is by factors: three years of them, drawn on for four, gave a
    company half of what the world earns. A scale with a ceiling needs no such end. No fit of a horizon is given for
    the target, however long it was seen: none has been scored so far ahead, and the row of the table gives none.
    """
    if series_id in HORIZON_SERIES:
        return True
    reach = REACH.get(context.definitions[series_id]["scale"])
    if reach is None:
        return False
    first: date = rows_of(context, series_id)["observation_date"].min()  # type: ignore[assignment]
    return context.target_date - context.origin_date > reach * (context.origin_date - first)
