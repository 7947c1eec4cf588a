"""One source's state, asked alone, is the one that it has among all."""

from datetime import timedelta

import pytest

from tests.warehouse.good_warehouse import NOW, build
from warehouse.health import source_health, source_state
from warehouse.reader import Reader


@pytest.mark.parametrize("days", [-30, -1, 0, 1, 400])
def test_asked_alone_it_is_the_state_it_has_among_all(tmp_path_factory, days):
    at = NOW + timedelta(days=days)
    with Reader(build(tmp_path_factory.mktemp("good"))) as reader:
        among_all = dict(source_health(reader, at, 0).select("source_id", "state").iter_rows())
        assert {name: source_state(reader, name, at) for name in among_all} == among_all
        assert source_state(reader, "nobody", at) is None
