"""The files of a row that grow with every edition: lines and entries for what has moved, and one citation for all rows."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import yaml

from flows.edition.site import Site, history_frame, is_told
from tests.flows.edition.site_made import files
from tests.warehouse.edition_frames import EDITION, properties

TABLE = properties()
COMPUTE = "compute.train_flop"


@pytest.mark.parametrize(("before", "now", "unit", "is_the_same"), [
    ({"p50": 1e6}, {"p50": 1.009e6}, "tokens", True), ({"p50": 1e6}, {"p50": 1.011e6}, "tokens", False),
    ({"p95": 1e6}, {"p95": 1.04e6}, "tokens", True), ({"p95": 1e6}, {"p95": 1.06e6}, "tokens", False),
    ({"p50": 99.2}, {"p50": 99.6}, "%", False), ({"p50": 99.2}, {"p50": 99.21}, "%", True),
    ({"actual_value": 1e6}, {"actual_value": 1.004e6}, "tokens", True),
    ({"actual_value": 1e6}, {"actual_value": 1.006e6}, "tokens", False),
    ({"p50": None}, {"p50": 1e6}, "tokens", False), ({"p50": 0.0}, {"p50": 0.0}, "tokens", True),
    ({"status": "open"}, {"status": "retired"}, "tokens", False),
])  # fmt: skip
def test_a_line_of_the_history_is_written_for_what_a_reader_of_the_line_before_it_does_not_know(
    before, now, unit, is_the_same
):
    """Close to 100 % a hundredth is everything."""
    assert is_told({**now, "unit": unit}, {**before, "unit": unit}) is is_the_same


def test_a_slow_drift_is_told_when_it_has_become_a_move():
    """Each day is compared with what was told last: by the day before it, a percent a week would never be told."""
    row = {**TABLE.filter(property_id=COMPUTE).row(0, named=True)}
    days = [row | {"p50": row["p50"] * 1.002**k, "origin_date": date(2026, 10, 20) + timedelta(days=k),
                   "edition_id": f"2026-10-{20 + k}-0badcafe"} for k in range(12)]  # fmt: skip
    site = Site(EDITION, [row], {}, {}, {}, {}, {}, {}, history={COMPUTE: days[:-1]})
    told = history_frame(days[-1:], site)["origin_date"].to_list()
    assert told[0] == date(2026, 10, 20)
    assert len(told) == 3


def test_the_bibliography_has_an_entry_for_every_row_and_is_one_for_all():
    (text,) = {files()[f"p/{name}/cite.bib"].decode() for name in TABLE["property_id"]}
    assert text.count("@misc{") == TABLE.height
    assert all(f"note = {{{EDITION['edition_id']}, {name}}}" in text for name in TABLE["property_id"])


def test_the_citation_file_names_the_edition_and_every_row_and_is_one_for_all():
    found = {files()[f"p/{name}/CITATION.cff"] for name in TABLE["property_id"]}
    assert len(found) == 1
    said = yaml.safe_load(found.pop())
    assert (said["cff-version"], said["version"]) == ("1.2.0", EDITION["edition_id"])
    assert len(said["references"]) == TABLE.height
    assert all({"type", "title", "authors"} <= set(one) for one in said["references"])
