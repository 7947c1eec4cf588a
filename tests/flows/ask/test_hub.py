"""What a hub says of forecasters: each is told by who it is, frozen ones by whose word it was."""

from __future__ import annotations

from flows.ask.hub import hub_content
from infra.sample import SAMPLE_DAY
from warehouse.editions import EditionShelf
from warehouse.reader import Reader


def test_every_forecaster_is_described_and_frozen_ones_by_whose_word_it_was(published):
    home = published(SAMPLE_DAY)
    with Reader(home / "gpt2030.duckdb") as reader:
        content = hub_content(reader, EditionShelf(home))
    assert set(content.forecasts["forecaster_id"]) <= content.titles.keys()
    assert content.titles["leap-experts"] == "the experts of the Longitudinal Expert AI Panel"
