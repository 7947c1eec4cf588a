"""What the curated facts have copied from a publisher is found by how they cite it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from flows.edition.words import LANGUAGES, words
from sources.curated import CuratedSource
from sources.registry import SOURCES
from tests.models.world import TODAY, shipped
from warehouse.contracts.copies import CITED_AS, CURATED, Copied, copies_of


def test_every_way_of_citing_is_one_of_a_curated_fact():
    """A citation that is worded anew would let a publisher seem to be missing altogether."""
    assert CuratedSource.source_id == CURATED
    titles = shipped(TODAY).world.known.observations["citation_title"].unique().to_list()
    unused = [one for some in CITED_AS.values() for one in some if not any(title.startswith(one) for title in titles)]
    assert unused == []
    assert set(CITED_AS) <= set(SOURCES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_copied_publisher_has_a_name(lang):
    assert set(CITED_AS) <= set(words(lang).sources)


def test_copies_are_counted_and_the_newest_is_told():
    rows = [
        ("curated", "METR, Task-completion time horizons", date(2026, 5, 8)),
        ("curated", "METR, Task-completion time horizons", date(2026, 4, 1)),
        ("curated", "METR, another report", date(2026, 6, 1)),
        ("metr", "METR, Task-completion time horizons", date(2026, 7, 1)),
    ]
    observations = pl.DataFrame(rows, schema=["source_id", "citation_title", "known_date"], orient="row")
    assert copies_of(observations) == {"metr": Copied(2, date(2026, 5, 8))}
