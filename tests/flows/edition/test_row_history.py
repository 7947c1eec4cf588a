"""The files of a row that grow with every edition: lines and entries for what has moved, and one citation for all rows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import polars as pl
import pytest
import yaml

from flows.edition.files import edition_files
from flows.edition.row_history import moved_last, recomputed, status_moved
from flows.edition.site import Site, history_frame, is_told
from tests.flows.edition.site_made import changes, draft, files
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


def last_moves(**said):
    """Why compute moved in September, as `warehouse.published.last_moves` gives it."""
    common = {"origin_date": date(2026, 9, 22), "status": "open", "p50": 4e28, "previous_p50": 2e28}
    moved = changes().with_columns(edition_id=pl.lit("2026-09-22-00000000"), size_spreads=pl.lit(0.7))
    return moved.with_columns(pl.lit(value).alias(name) for name, value in {**common, **said}.items())


@cache
def quiet(**said):
    """The pages of an edition in which nothing moved, after one in which compute did."""
    made = draft(moved=changes().clear())
    return edition_files(replace(made, beneath=replace(made.beneath, last_moves=last_moves(**said))), EDITION)


@pytest.mark.parametrize(("lang", "told", "cause"), [
    ("", "Its last move of note: the edition of 22 Sep 2026", "new rows"),
    (".zh", "最近一次明显变动：2026年9月22日 一期", "新数据"),
])  # fmt: skip
def test_a_row_that_did_not_move_says_when_it_last_did_and_why_and_leads_there(lang, told, cause):
    """The reason of a fall in the history's chart was three clicks away, behind one of hundreds of editions."""
    page = quiet()[f"p/{COMPUTE}{lang}.html"].decode()
    (section,) = re.findall(r'(?s)<section id="why".*?</section>', page)
    assert told in section
    assert cause in section
    assert "GPT-6: 1e27" in section
    assert f'href="../../2026-09-22-00000000/index{lang}.html"' in section
    assert f'href="../../2026-10-22-00000000/index{lang}.html"' in section


@pytest.mark.parametrize(("lang", "told"), [
    ("en", "Status unrefittable → open. Before that it stood so: Nothing was measured of it."),
    ("zh", "状态 无法重拟合 → 进行中。此前的缘由："),
])  # fmt: skip
def test_a_status_that_changed_with_it_is_told_with_what_it_had_been_for(lang, told):
    """A row jumped from the essay's own number to the first that was measured, and nothing said so."""
    row = {**TABLE.filter(property_id=COMPUTE).row(0, named=True)}
    since = "2026-10-22-00000000"
    before = row | {"status": "unrefittable", "status_reason": "Nothing was measured of it."}
    site = Site(EDITION, [row], {}, {}, {}, {}, {}, {}, last_moves={COMPUTE: last_moves(status="open").to_dicts()},
                before={(since, COMPUTE): before})  # fmt: skip
    assert moved_last(row, site, lang).status.startswith(told)
    assert status_moved(COMPUTE, (since, "open"), site, lang).startswith(told)
    assert status_moved(COMPUTE, (since, "unrefittable"), site, lang) == ""
    assert status_moved(COMPUTE, ("2026-01-01-00000000", "open"), site, lang) == ""


def test_a_row_that_moved_tells_of_that_move_alone():
    page = files()[f"p/{COMPUTE}.html"].decode()
    assert "GPT-6: 1e27" in page
    assert "last move" not in page


def test_a_row_of_which_no_move_is_on_record_says_nothing_of_one():
    page = quiet()["p/speed.multiple.html"].decode()
    assert "last move" not in page


def test_a_move_of_what_was_not_published_is_told_by_its_size():
    """Its bars would split the shift of a median that no edition showed."""
    page = quiet(p50=None, previous_p50=None)[f"p/{COMPUTE}.html"].decode()
    assert "what it would be computed from moved by 0.7 spreads" in page
    assert "GPT-6: 1e27" not in page


@pytest.mark.parametrize(("lang", "told"), [("", "22 Sep 2026: 0.7 spreads"),
                                            (".zh", "2026年9月22日：0.7 个离散度单位")])  # fmt: skip
def test_the_page_of_changes_lists_when_the_other_rows_last_moved(lang, told):
    page = quiet()[f"changes{lang}.html"].decode()
    assert told in page
    assert f'href="p/{COMPUTE}{lang}.html#why"' in page
    assert f'href="changes{lang}.html"' in quiet()[f"index{lang}.html"].decode().split("</section>")[1]


@pytest.mark.parametrize(("lang", "told"), [
    ("en", "Since the edition of 22 Oct 2026 it is computed otherwise: forecast of v2 * 100; before: forecast of v1 * 100."),
    ("zh", "自 2026年10月22日 一期起改变了算法："),
])  # fmt: skip
def test_a_history_says_from_when_on_a_row_is_computed_otherwise(lang, told):
    """A row that went over to the second version of its test drew a jump from 50 to 94 % that nobody had made."""
    row = {**TABLE.filter(property_id=COMPUTE).row(0, named=True)} | {"formula": "forecast of v2 * 100"}
    days = [row | {"origin_date": date(2026, month, 22), "formula": formula} for month, formula in
            ((8, None), (9, "forecast of v1 * 100"), (10, "forecast of v2 * 100"))]  # fmt: skip
    site = Site(EDITION, [row], {}, {}, {}, {}, {}, {}, history={COMPUTE: days})
    (said,) = recomputed(row, site, lang)
    assert said.startswith(told)
    assert recomputed(row, replace(site, history={COMPUTE: days[-1:]}), lang) == []
