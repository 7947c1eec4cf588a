"""What others forecast, on the pages: whose word it is, for which day, what came of it, and nothing as markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from flows.edition.elsewhere import said_of, said_of_targets
from flows.edition.files import edition_files
from flows.edition.formats import format_date
from flows.edition.row_chart import others_marks, row_picture
from flows.edition.said_elsewhere import statements
from flows.edition.site import WITHHELD, handed_on, site_of, without_prices
from tests.flows.edition.site_made import COMPUTE, draft
from tests.warehouse.edition_frames import EDITION, ORIGIN, frame
from warehouse.contracts import core, out

HOSTILE = '<script>alert(1)</script> \u202e"=HYPERLINK'


def stated(**changed):
    usual = {
        "statement_id": "s", "forecaster_id": "ai-2027", "forecaster_title": "t", "target": COMPUTE, "unit": "flop",
        "known_date": date(2025, 4, 3), "target_date": date(2025, 12, 31), "value": 1e27, "statement": "x",
        "differs": "of the leading company", "citation_title": "A scenario", "citation_url": "https://example.org/a",
        "evidence": "third_party",
    }  # fmt: skip
    return usual | changed


def market(**changed):
    usual = {
        "platform": "manifold", "question_id": "a-market", "source_row_id": "a|0.5", "title": "How much?",
        "state": "visible", "quantile": 0.5, "is_conditional": False, "value_number": 3e27, "forecaster_count": 20,
        "target": COMPUTE, "target_date": date(2028, 12, 31), "differs": "in something", "source_id": "manifold",
        "recorded_at": datetime(2026, 11, 20), "aggregation": "market_price",
    }  # fmt: skip
    return usual | changed


def made(said=(), markets=()):
    whole = draft()
    known = replace(
        whole.beneath.known,
        stated=frame(core.STATED_FORECAST, list(said)),
        markets=frame(core.COMMUNITY_FORECAST, list(markets)),
    )
    return replace(whole, beneath=replace(whole.beneath, known=known))


def site(said=(), markets=()):
    whole = made(said, markets)
    frames = {"properties": whole.content.properties, "forecasts": whole.content.forecasts, "changes": whole.changes}
    return site_of(EDITION, frames, whole.beneath)


def only(said=(), markets=(), lang="en"):
    ((_, (found,)),) = said_of_targets([COMPUTE], site(said, markets), lang)
    return found


class TestFrozen:
    def test_a_point_is_shown_with_whose_it_is_and_what_came(self):
        found = only([stated()])
        assert (found.who, found.value, found.for_day, found.said_on) == (
            "AI 2027", "1e27 FLOP", "31 Dec 2025", "3 Apr 2025",
        )  # fmt: skip
        # The record on that day, not today's.
        assert found.came == "2.1e25 FLOP"
        assert (found.title, found.url, found.differs) == (
            "A scenario", "https://example.org/a", "of the leading company",
        )  # fmt: skip

    def test_what_came_says_whose_it_is_of_which_day_and_where_it_is_stated(self):
        whole = site([stated()])
        found = only([stated()])
        seen = whole.observations[COMPUTE].filter(pl.col("observation_date") <= date(2025, 12, 31))
        held = seen.sort("value", "observation_date", descending=[True, False]).row(0, named=True)
        assert found.record.system == (held["system_name"] or held["source_row_id"])
        assert found.record.day == format_date(held["observation_date"], "en")
        # Its address runs a script in these rows, and leads nowhere.
        assert (found.record.title, found.record.url) == (held["citation_title"], "")
        page = edition_files(made([stated()]), EDITION)["scores.html"].decode()
        cell = page.split("AI 2027")[1].split('data-head="Came to"')[1].split("</td>")[0]
        assert all(text in cell for text in (found.record.system, found.record.day, found.record.title))

    def test_quantiles_are_one_statement_with_its_middle_half(self):
        levels = ((0.25, 1e27), (0.5, 2e27), (0.75, 4e27))
        rows = [stated(statement_id=str(level), level=level, value=value) for level, value in levels]
        assert only(rows).value == "2e27 FLOP (1e27–4e27)"

    def test_of_a_day_ahead_nothing_came_yet(self):
        ahead = only([stated(target_date=date(2030, 12, 31))])
        assert (ahead.came, ahead.record) == ("", None)

    @pytest.mark.parametrize(("lang", "said"), [("en", "nothing kept here of that day"), ("zh", "此处未存当日的数据")])
    def test_of_a_day_that_has_gone_without_a_reading_it_is_said_that_none_is_kept(self, lang, said):
        """An empty cell would seem to be a day that is yet to come."""
        gone = only([stated(target_date=date(2010, 12, 31), said_on=date(2010, 1, 1))], lang=lang)
        assert (gone.came, gone.record) == (said, None)

    def test_what_was_stated_after_the_day_of_the_edition_is_not_there(self):
        assert said_of_targets([COMPUTE], site([stated(known_date=date(2026, 12, 1))]), "en") == []

    def test_in_chinese_no_english_sentence_is_left(self):
        found = only([stated()], lang="zh")
        assert (found.differs, found.for_day) == ("指领先公司", "2025年12月31日")


class TestMarkets:
    def test_a_distribution_shows_its_median_and_who_stands_behind_it(self):
        found = only(markets=[market()])
        assert (found.who, found.value) == ("Manifold, market price (20 traders)", "3e27 FLOP")
        assert found.url == "https://manifold.markets/event/a-market"

    def test_a_lone_probability_shows_that(self):
        lone = market(quantile=None, value_number=0.46, threshold_value=1e28)
        assert only(markets=[lone]).value == "46 % likely"

    def test_a_median_beyond_the_answers_is_none(self):
        assert (
            only(markets=[market(value_number=None, value_text="above_upper_bound")]).value
            == "beyond the answers offered"
        )

    def test_days_on_which_it_passes_a_number_are_told_as_that(self):
        day = market(value_number=None, value_date=date(2028, 3, 14), threshold_value=1e28)
        assert only(markets=[day]).value == "1e28 reached by 14 Mar 2028 (median)"
        later = day | {"value_date": None, "value_text": "above_upper_bound"}
        assert only(markets=[later]).value == "1e28, later than the answers offered"

    def test_a_dated_row_has_its_day(self):
        gold = market(target="math.imo_gold_date", target_date=None, value_number=None, value_date=date(2027, 4, 27))
        ((_, (found,)),) = said_of_targets(["math.imo_gold_date"], site(markets=[gold]), "en")
        assert found.value == "Apr 2027"

    def test_after_its_day_it_is_no_forecast(self):
        assert said_of_targets([COMPUTE], site(markets=[market(target_date=ORIGIN)]), "en") == []

    @pytest.mark.parametrize("state", ["resolved", "error", "no_forecasts", "annulled"])
    def test_what_is_not_open_is_not_shown(self, state):
        assert said_of_targets([COMPUTE], site(markets=[market(state=state)]), "en") == []


def test_a_row_shows_what_was_said_of_its_series():
    made_site = site([stated()])
    (row,) = [one for one in made_site.rows if one["property_id"] == "compute.train_flop"]
    ((about, (found,)),) = said_of(row, made_site, "en")
    assert (about, found.who) == ("Training compute", "AI 2027")
    kinds = [mark.kind for mark in row_picture(row, made_site, "en").marks]
    assert kinds.count("other") == 1


def test_marks_stand_on_the_days_spoken_of_and_only_where_there_is_a_number():
    undated = stated(statement_id="u", target_date=None, forecaster_id="somebody-else")
    marks = others_marks(COMPUTE, site([stated(), undated], [market(value_number=None)]))
    assert [(mark.day, mark.value) for mark in marks] == [(date(2025, 12, 31), 1e27)]


def test_hostile_words_arrive_as_text():
    whole = made([stated(citation_title=HOSTILE, differs=HOSTILE, citation_url="javascript:alert(1)")])
    written = edition_files(whole, EDITION)
    pages = [written[name].decode() for name in ("p/compute.train_flop.html", "scores.html", "scores.zh.html")]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
        assert "javascript:" not in page


def test_what_may_not_be_handed_on_is_in_no_file_of_an_edition():
    rows = [{"forecaster_id": name, "target": COMPUTE} for name in (*WITHHELD, "ai-2027")]
    assert handed_on(frame(core.FORECAST, rows))["forecaster_id"].to_list() == ["ai-2027"]


def test_nothing_said_is_nothing_found():
    empty = frame(core.STATED_FORECAST, []), frame(core.COMMUNITY_FORECAST, [])
    assert statements(*empty, ORIGIN) == {}


def test_scores_tell_no_price_that_may_not_be_handed_on():
    rows = [
        {"forecaster_id": name, "metric": metric}
        for name, metric in (("manifold-markets", "brier"), ("manifold-markets", "crps"), ("gpt2030-pool", "brier"))
    ]
    kept = without_prices(frame(out.SCORE, rows))
    assert kept.select("forecaster_id", "metric").rows() == [("manifold-markets", "crps"), ("gpt2030-pool", "brier")]
