"""The page of changes: what moved most comes first, with causes that add up, and nothing is said of what did not."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from flows.edition.changes_page import changes_page, moved_rows
from flows.edition.site import site_of
from flows.edition.words import words
from tests.flows.edition.site_made import changes, draft, files, history
from tests.warehouse.edition_frames import EDITION, properties


def site(moved=None):
    made = draft(moved=moved)
    frames = {"properties": made.content.properties, "forecasts": made.content.forecasts, "changes": made.changes}
    return site_of(EDITION, frames, made.beneath)


def test_a_row_that_moved_stands_there_with_its_causes_and_their_sum():
    (found,) = moved_rows(site(), "en")
    assert (found.name, found.href) == ("compute.train_flop", "p/compute.train_flop.html#why")
    assert [one.amount for one in found.causes.rows] == ["+0.5", "−0.2", "+0.3"]


def test_the_largest_move_comes_first():
    one = changes()
    other = one.with_columns(property_id=one["property_id"].replace("compute.train_flop", "data.train_tokens"))
    larger = other.with_columns(size_spreads=other["size_spreads"] * 3)
    names = [row.name for row in moved_rows(site(one.vstack(larger)), "en")]
    assert names == ["data.train_tokens", "compute.train_flop"]


def test_a_move_too_small_for_a_word_is_not_told():
    small = changes().with_columns(size_spreads=changes()["size_spreads"] * 0.1)
    assert moved_rows(site(small), "en") == []


@pytest.mark.parametrize(("ending", "said"), [("", "1 of 44 rows moved"), (".zh", "44 行中有 1 行")])
def test_the_page_counts_them_and_links_to_each(ending, said):
    page = files()[f"changes{ending}.html"].decode()
    assert said in page
    assert f'href="p/compute.train_flop{ending}.html#why"' in page
    # What the sizes are counted in, and what they are counted in where that would be nothing.
    assert words("zh" if ending else "en").site["causes_spread"] in page
    # The rows named beside a cause are its largest, each by itself: their sum is not its part.
    assert words("zh" if ending else "en").site["causes_named"] in page
    assert (
        words("zh" if ending else "en").site["causes_named"] in files()[f"p/compute.train_flop{ending}.html"].decode()
    )
    assert "changes.json" in page


def test_where_nothing_moved_it_says_so():
    page = files(moved=changes().clear())["changes.html"].decode()
    assert "No row moved by a fifth of a spread or more" in page


def test_a_first_edition_has_nothing_to_be_compared_with():
    page = files(moved=changes().clear(), has_history=False)["changes.html"].decode()
    assert "When this edition was made, there was none of an earlier day to compare it with." in page


@pytest.mark.parametrize(("lang", "said"), [("en", "status open → retired"), ("zh", "状态 进行中 → 已退役")])
def test_a_row_that_stands_otherwise_is_named_though_its_number_did_not_move(lang, said):
    rows = properties().with_columns(
        status=pl.when(pl.col("property_id") == "compute.train_flop").then(pl.lit("retired")).otherwise("status")
    )
    made = draft(moved=changes().clear())
    before = history(properties())
    frames = {"properties": rows, "forecasts": made.content.forecasts, "changes": made.changes}
    page = changes_page(site_of(EDITION, frames, replace(made.beneath, history=before)), lang)
    assert words(lang).site["statuses_changed"] in page
    assert said in page
    assert words(lang).site["statuses_changed"] not in changes_page(site(), lang)


def test_a_fact_that_is_another_now_is_told_without_spreads():
    fact = changes().with_columns(size_spreads=pl.lit(None, pl.Float64))
    page = changes_page(site(fact), "en")
    assert words("en").site["facts_changed"] in page
    assert "The parts add up to it." in page
    assert "spreads" not in page.split(words("en").site["facts_changed"])[1].split("</section>")[0]


def test_the_sum_is_told_of_the_median_and_the_size_of_the_whole():
    (found,) = moved_rows(site(), "en")
    assert "Its median moved from" in found.causes.sentence
    assert "Range and all, it moved 0.3 spreads." in found.causes.sentence
