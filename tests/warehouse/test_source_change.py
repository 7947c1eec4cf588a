"""Who has the word on a fact, and from when on: the view source_change, over publishers that come, go and come back."""

from __future__ import annotations

import pytest

from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation
from warehouse.contenders import settle_contenders

# The same system on the same day, as two publishers have it.
OURS = observation("a", 0.50)
THEIRS = observation("their-a", 0.52, system_id=OURS["system_id"])
OTHERS = observation("their-b", 0.10)


@pytest.fixture
def warehouse(tmp_path):
    with fresh(tmp_path, now=START) as opened:
        yield opened


def told(warehouse):
    settle_contenders(warehouse)  # as before every publication
    asked = "changed_at, from_source_id, to_source_id, value_before, value"
    return warehouse.rows(f"SELECT {asked} FROM source_change ORDER BY changed_at")


def test_a_publisher_that_comes_later_takes_the_word_over_and_gives_it_back(warehouse):
    arrive(warehouse, "curated", START, [OURS])
    assert told(warehouse) == []
    arrive(warehouse, "metr", moment(1), [THEIRS, OTHERS])
    taken = (moment(1), "curated", "metr", 0.50, 0.52)
    assert told(warehouse) == [taken]
    arrive(warehouse, "metr", moment(2), [OTHERS])
    assert told(warehouse) == [taken, (moment(2), "metr", "curated", 0.52, 0.50)]


def test_whoever_had_the_word_all_along_took_it_from_nobody(warehouse):
    arrive(warehouse, "metr", START, [THEIRS])
    arrive(warehouse, "curated", moment(1), [OURS])
    assert told(warehouse) == []


def test_a_revision_by_whoever_has_the_word_is_no_change_of_source(warehouse):
    arrive(warehouse, "curated", START, [OURS])
    arrive(warehouse, "curated", moment(1), [OURS | {"value": 0.6}])
    arrive(warehouse, "metr", moment(2), [OTHERS])
    assert told(warehouse) == []
