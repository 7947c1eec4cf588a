"""What a home is said to grow by is what its newest edition wrote."""

import pytest

from infra.bench.growth import growths
from tests.warehouse.good_warehouse import build
from warehouse.reader import Reader

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow


def test_rows_are_told_by_table_and_those_that_the_newest_edition_added(tmp_path):
    with Reader(build(tmp_path)) as reader:
        found = {one.table: one for one in growths(reader)}
    assert (found["out.property_row"].rows, found["out.property_row"].added) == (88, 44)
    assert (found["out.score_span"].rows, found["out.score_span"].added) == (2, 1)
    assert found["core.observation"].added is None
    assert found["out.property_row"].bytes > 0
