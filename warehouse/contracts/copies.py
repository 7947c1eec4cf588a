"""Which curated facts are copied from which publisher: what stands in where that one was never read itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

CURATED: Final = "curated"
# How the citations of its rows begin, as its file or its page is cited among the curated facts.
CITED_AS: Final[Mapping[str, tuple[str, ...]]] = {
    "epoch_benchmarks": ("Epoch AI, Benchmarking Hub", "Epoch AI, benchmarks.csv"),
    "epoch_capabilities": ("Epoch AI, Epoch Capabilities Index",),
    "epoch_models": ("Epoch AI, Notable AI models", "Epoch AI, Data on AI models"),
    "epoch_hardware": ("Epoch AI, Machine learning hardware",),
    "epoch_usage": ("Epoch AI, Data on AI companies: usage reports",),
    "epoch_revenue": ("Epoch AI, Data on AI Companies: revenue reports",),
    "epoch_data_centers": ("Epoch AI, Frontier Data Centers",),
    "openrouter": ("OpenRouter, rankings-daily",),
    "metr": ("METR, Task-completion time horizons",),
    "models_dev": ("models.dev",),
    "llm_bench": ("Jwrede, llm-bench-data",),
}


class Copied(NamedTuple):
    """So many rows, the newest of which was known on a day."""

    rows: int
    newest: date


def copies_of(observations: pl.DataFrame) -> dict[str, Copied]:
    """The curated copies by publisher; `observations` has source_id, citation_title and known_date."""
    ours, found = observations.filter(source_id=CURATED), {}
    for source_id, beginnings in CITED_AS.items():
        is_cited = pl.any_horizontal(pl.col("citation_title").str.starts_with(one) for one in beginnings)
        rows = ours.filter(is_cited)["known_date"].drop_nulls().to_list()
        if rows:
            found[source_id] = Copied(len(rows), max(rows))
    return found
