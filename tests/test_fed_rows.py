"""On the day to which the embedded default speaks, every row is fed by something that moves, or says what goes on instead."""

import pytest

from models.properties.table import PROPERTY_IDS
from warehouse.contracts.facts import FRESH_DAYS
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE


@pytest.fixture(scope="module")
def rows(published):
    with Reader(published() / READ_COPY_FILE) as reader:
        asked = "SELECT property_id, rot, newest_fact_date, origin_date, successor FROM property_latest"
        return {one[0]: one[1:] for one in reader.rows(asked)}


def test_no_row_rests_on_old_facts_unsaid(rows):
    assert len(rows) == len(PROPERTY_IDS)
    assert {property_id for property_id, (rot, *_) in rows.items() if rot == "aging"} == set()
    fresh = [(day - newest).days for rot, newest, day, _ in rows.values() if rot == "fresh"]
    assert len(fresh) >= 20
    assert max(fresh) <= FRESH_DAYS


def test_what_is_measured_no_more_names_what_goes_on_in_its_place(rows):
    frozen = {property_id: one[-1] for property_id, one in rows.items() if one[0] == "frozen"}
    assert frozen["cyber.horizon"] == "ExploitGym, no limit of time, by OpenAI"
    assert None not in frozen.values()
