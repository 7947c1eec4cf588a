"""Rows that only a forecasting platform can answer: quantiles where they are shown, and why not where they are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from models.days import decimal_year
from models.properties.clauses import Clause
from models.properties.distributions import Interpolated

if TYPE_CHECKING:
    from datetime import date

    from models.properties.context import Context


# What it means for a question that its source (its state in source_health) has never answered.
UNREAD: Final = {"withheld": "refused", "missing": "missing", "stale": "missing", "held": "missing"}
# What the platform keeps back; of the rest there is nothing that it could show.
KEPT_BACK: Final = frozenset({"withheld", "hidden_until", "refused"})


@dataclass(frozen=True, slots=True)
class CommunityAnswer:
    """What a platform says about one question: a state in its words, and the numbers it shows.

    Where nothing of the question was read, the state is that of its source: not_asked, missing or withheld.
    """

    question_id: str
    state: str
    detail: str | None
    quantiles: Interpolated | None
    resolution_day: date | None = None
    resolution_number: float | None = None
    read_on: date | None = None

    @property
    def emptiness(self) -> str:
        """Which kind of nothing stands in the place of numbers that are not shown: a state of a cell."""
        if self.state in KEPT_BACK or self.state == "visible":
            return "withheld"
        return "not_asked" if self.state == "not_asked" else "missing"


def answer(context: Context, question_id: str) -> CommunityAnswer:
    """The answer to one question of Metaculus."""
    rows = _rows(context, question_id)
    if rows.is_empty():
        return CommunityAnswer(question_id, UNREAD.get(context.world.known.community_state, "not_asked"), None, None)
    said = rows.filter(pl.col("quantile").is_null() | (pl.col("state") == "resolved"))
    head = (said if said.height else rows).sort("source_row_id").row(0, named=True)
    closed = rows.filter(pl.col("aggregation") == "resolution")
    last = closed.row(0, named=True) if closed.height else {}
    return CommunityAnswer(
        question_id,
        "visible" if (rows["state"] == "visible").any() else head["state"],
        head["state_detail"],
        _quantiles(rows),
        last.get("value_date"),
        last.get("value_number"),
        _read_on(rows),
    )


def quantiles_of(context: Context, question_id: str) -> Interpolated | None:
    """The quantiles of a question in its unit (dates as decimal years); None where they are not shown."""
    return answer(context, question_id).quantiles


def probability_by(context: Context, question_id: str, day: date) -> float | None:
    """The crowd's probability that a dated question is settled by a day, from its quantiles; None without them."""
    known = quantiles_of(context, question_id)
    if known is None:
        return None
    # Beyond the last published quantile the crowd says no more than that level: never 1.
    return float(np.interp(decimal_year(day), known.values, known.levels, left=0.0, right=known.levels[-1]))


def why_empty(found: CommunityAnswer) -> Clause:
    """Why there is no number, in one sentence."""
    question = f"Metaculus question {found.question_id}"
    detail = f" ({found.detail})" if found.detail else ""
    reasons = {
        "not_asked": f"Nobody has asked for {question}: `gpt2030 status` says what it takes",
        "missing": f"{question} was asked for, and the platform has never answered",
        "refused": f"{question} was asked for, and the platform shows it only to accounts with access",
        "withheld": f"{question} has a forecast that the platform does not show to this account{detail}",
        "hidden_until": f"{question} hides its forecast for now{detail}",
        "no_forecasts": f"Nobody has forecast {question} yet{detail}",
        "withdrawn": f"The last forecast of {question} was withdrawn{detail}",
        "annulled": f"{question} was closed without an answer{detail}",
    }
    values = {"question": found.question_id, "detail": found.detail or ""}
    if found.state in reasons:
        return Clause(f"asked_{found.state}", reasons[found.state], values)
    text = f"{question} could not be read: {found.state}{detail}"
    return Clause("asked_unread", text, {**values, "state": found.state})


def _rows(context: Context, question_id: str) -> pl.DataFrame:
    rows = context.posts.get(question_id.partition("/")[0])
    if rows is None:
        return context.community.clear()
    # Sub-questions are post/question; a bare prefix would also take question 51210 for 5121.
    asked = pl.col("question_id")
    return rows.filter((asked == question_id) | asked.str.starts_with(f"{question_id}/"))


def _quantiles(rows: pl.DataFrame) -> Interpolated | None:
    # A question can be visible and still keep some quantiles back: those rows say withheld and hold nothing.
    shown = rows.filter(pl.col("quantile").is_not_null(), pl.col("state") == "visible").sort("quantile")
    values = [
        decimal_year(row["value_date"]) if row["value_date"] else row["value_number"]
        for row in shown.iter_rows(named=True)
    ]
    known = [(level, value) for level, value in zip(shown["quantile"], values, strict=True) if value is not None]
    if not known:
        return None
    return Interpolated(tuple(level for level, _ in known), tuple(value for _, value in known))


def _read_on(rows: pl.DataFrame) -> date | None:
    if "recorded_at" not in rows.columns:
        return None
    newest = rows["recorded_at"].dt.date().max()
    return newest if newest is not None else None  # type: ignore[return-value]
