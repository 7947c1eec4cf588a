"""What Epoch AI's lists of reports about companies share: their days, who said it, and where it is stated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from sources.reading.dates import DAY_FORMS, day_of
from sources.reading.tabular import ColumnKind

if TYPE_CHECKING:
    from collections.abc import Mapping

DATE: Final = "Date"
REPORTED: Final = "Report date"
SAID_BY: Final = "Source type"
CONFIDENCE: Final = "Confidence"
COMPANY: Final = "Company"
CITATION_URL: Final = "https://epoch.ai/data/ai-companies"
NO_DATE: Final = "without the day it is of, or the day it was reported"
FORETOLD: Final = "reported before its day: a forecast, not a count"
_SLASHED: Final = r"^(\d{1,2})/(\d{1,2})/(\d{4})$"
_DAY_FIRST: Final = r"^(?:1[3-9]|[2-9]\d)/\d{1,2}/\d{4}$"
_FLAGS: Final[Mapping[str, bool]] = {"true": True, "false": False}


def american_day(column: str) -> ColumnKind:
    """A day as it is read everywhere, or with slashes and the month in front, as some vintages of these lists have it.

    One cell such as 25/3/2023 shows that the column has the day in front after all: then none with slashes is read,
    because half of them would land on another day without a word.
    """
    text = pl.col(column)
    padded = text.str.replace(_SLASHED, "${3}-0${1}-0${2}").str.replace_all(r"-0(\d\d)", "-${1}")
    is_day_first = text.str.contains(_DAY_FIRST).any()
    value = day_of(pl.when(is_day_first).then(text).otherwise(padded))
    return ColumnKind(column, value, "date", f"{DAY_FORMS}, or 6/19/2023 with the month in front")


def tick(column: str) -> ColumnKind:
    """A tick box, written True, False or left blank."""
    value = pl.col(column).str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)
    return ColumnKind(column, value, "flag", "True, False or blank")


def owner(column: str) -> pl.Expr:
    """The company without a remark behind its name: Z.ai is also written "Z.ai (Zhipu)", and is one company."""
    return pl.col(column).str.replace(r"\s*\([^)]*\)$", "")


def has_no_day() -> pl.Expr:
    """Whether a report lacks one of its two days."""
    return pl.col(DATE).is_null() | pl.col(REPORTED).is_null()


def is_foretold() -> pl.Expr:
    """Whether a report speaks of a day that had not come."""
    return pl.col(REPORTED) < pl.col(DATE)


def said_by() -> pl.Expr:
    """Who stated the figure: the company, the press, or somebody else."""
    source = pl.col(SAID_BY)
    return (
        pl.when(source.str.contains("Company disclosure", literal=True))
        .then(pl.lit("company statement"))
        .when(source.str.contains("Media report", literal=True))
        .then(pl.lit("press report"))
        .otherwise(pl.lit("other report"))
    )


def evidence() -> pl.Expr:
    """Evidence in words of the contract: what a company says of itself is told apart from what others report of it."""
    is_own = pl.col(SAID_BY).str.contains("Company disclosure", literal=True).fill_null(value=False)
    return pl.when(is_own).then(pl.lit("publisher_file")).otherwise(pl.lit("third_party"))


def setup(*parts: pl.Expr) -> pl.Expr:
    """What a figure depends on: the parts that are given, and how sure the publisher is."""
    return pl.concat_str(*parts, pl.lit("confidence ") + pl.col(CONFIDENCE), separator="; ", ignore_nulls=True)


def omitted(reasons: Mapping[str, pl.Expr]) -> pl.Expr:
    """For each row the first reason that holds; null for the rows that stay."""
    found = (pl.when(holds).then(pl.lit(reason)) for reason, holds in reasons.items())
    return pl.coalesce(*found, pl.lit(None, pl.String))


def counted(reasons: pl.Series) -> dict[str, int]:
    """How many rows each reason leaves out."""
    counts = reasons.drop_nulls().value_counts(name="rows")
    return dict(counts.sort(reasons.name).iter_rows())
