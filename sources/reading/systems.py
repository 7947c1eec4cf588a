"""Names of AI systems to ids: a slug, after the aliases that say which spellings mean the same system."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from sources.reading.tabular import given_name, read_csv, slug

ALIASES_CSV: Final = Path(__file__).parents[1] / "curated" / "system_aliases.csv"


@cache
def aliases() -> dict[str, str]:
    """Slug of a spelling → system_id, from curated/system_aliases.csv (columns alias, system_id)."""
    table = read_csv(ALIASES_CSV.read_bytes(), feed=ALIASES_CSV.name, required=("alias", "system_id"))
    spelled = table.frame.select(slug(pl.col("alias")).alias("alias"), "system_id")
    return dict(spelled.iter_rows())


def system_id(name: pl.Expr) -> pl.Expr:
    """The system_id for each name as a publisher writes it; null where it is blank or a word for nothing.

    Null as well for a name without a Latin letter or digit: nothing is left of it, and all such systems would be one.
    """
    # Both sides are slugs: an alias written with other capitals or dots than the publisher's would never match.
    known = aliases()
    found = slug(given_name(name)).replace(list(known), list(known.values()))
    return pl.when(found != "").then(found)
