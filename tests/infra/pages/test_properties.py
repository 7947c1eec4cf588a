"""docs/properties.md is written from the code and says everything about every row."""

from __future__ import annotations

from pathlib import Path

from infra.pages.properties import how, render
from models.properties.declared_inputs import SERIES_INPUTS
from models.properties.table import PROPERTY_IDS
from warehouse.contracts import out

PAGE = Path(__file__).parents[3] / "docs" / "properties.md"


def test_the_page_is_what_the_code_says_now():
    assert PAGE.read_text(encoding="utf-8") == render(), "run `make docs`"


def test_every_row_has_its_line_with_its_way_of_computing():
    page = render()
    for property_id in PROPERTY_IDS:
        line = next(line for line in page.splitlines() if line.startswith(f"| `{property_id}` |"))
        assert how(property_id).replace("|", "\\|") in line


def test_inputs_statuses_and_states_are_explained():
    page = render()
    assert all(f"`{name}`" in page for name in SERIES_INPUTS)
    assert all(f"| {status} |" in page for status in out.PROPERTY_STATUS)


def test_the_headline_discrepancy_is_on_the_page():
    assert "1.36 million" in render()
    assert "the median lies outside its own range" in render()


def test_a_course_that_bends_has_both_its_paces():
    assert "bends in 2028 (4 months; from 2028-01-01 12 months)" in how("auto.metr_h")


def test_numbers_that_seem_to_contradict_each_other_are_told_apart():
    page = " ".join(render().split())
    assert "METR states its newest as at least 16 h" in page
    assert "131 days since 2023 (29 January 2026), 129 on its page of May 2026" in page
    assert "`auto.metr_h` gives no number for 2030, `auto.horizon_days` does" in page
    assert "`learn.copies_compute / speed.multiple`" in page
    assert "median of the readings of the 180 days" in page
