"""What is read of a market: a typed state first, its probabilities and the quantiles that follow, or why there are none."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import NotFound, WrongContent
from sources.manifold.markets import DISTRIBUTIONS, load_markets
from sources.manifold.source import Manifold
from sources.web import Web, WebLimits
from tests import publisher as fake
from tests.sources.parsing import FIXTURES, parse
from warehouse.contracts import core

SOURCE = Manifold()
ROOT = FIXTURES.parents[1]
METR = "best-metr-time-horizons-in-2026"
AGI = "will-ai-achieve-agi-artificial-gene"
YEARS = "when-will-a-freely-available-llm-ac"
RANGES = "best-ai-time-horizon-by-august-2026"
RESOLVED = "will-an-llm-score-85-on-frontiermat"


def market(slug, **changed):
    return json.loads((FIXTURES / "manifold" / slug).read_text(encoding="utf-8")) | changed


def read(slug, **changed):
    return parse(SOURCE, slug, json.dumps(market(slug, **changed)))


def rows(parsed):
    found = parsed.frames["core.community_forecast"].to_dicts()
    return {row["source_row_id"].partition("|")[2]: row for row in found}


class TestMarkets:
    def test_there_are_enough_and_each_says_how_it_differs(self):
        markets = load_markets()
        assert len(markets) >= 15
        assert len({one.slug for one in markets}) == len(markets)
        assert all(len(one.differs) > 20 for one in markets)
        page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
        assert f"prices of {len(markets)} prediction markets" in page

    @pytest.mark.parametrize("one", load_markets(), ids=lambda one: one.slug)
    def test_each_says_what_its_form_needs(self, one):
        assert (one.threshold is not None) or one.form != "above"
        assert (one.by is not None) == (one.form == "by")
        assert (one.target_date is not None) == (one.form in {"above", "thresholds", "buckets"})


class TestNumbers:
    def test_thresholds_become_quantiles_in_the_unit_of_the_target(self):
        found = rows(read(METR))
        assert found["a1|share"]["value_number"] == 0.91
        assert (found["a1|share"]["value_text"], found["a1|share"]["threshold_value"]) == (">20h", 20 * 60)
        # 62 % above 32 hours, 44 % above 40: the median lies between, in minutes.
        assert 32 * 60 < found["0.5"]["value_number"] < 40 * 60
        assert (found["0.01"]["value_number"], found["0.01"]["value_text"]) == (None, "below_lower_bound")
        assert (found["0.9"]["value_number"], found["0.9"]["value_text"]) == (None, "above_upper_bound")

    def test_it_says_what_it_speaks_for_and_in_what_it_differs(self):
        row = rows(read(METR))["0.5"]
        assert (row["target"], row["target_date"]) == ("metr/v1.1/p50-horizon", date(2026, 12, 31))
        assert row["differs"].startswith("as METR itself measures it")
        assert row["forecaster_count"] == 53

    def test_ranges_add_up_to_a_distribution(self):
        found = rows(read(RANGES))
        # 60 % lie below 16 hours and 35 % below 12.
        assert found["0.35"]["value_number"] == pytest.approx(12 * 60)
        assert found["0.6"]["value_number"] == pytest.approx(16 * 60)
        assert found["0.95"]["value_text"] == "above_upper_bound"

    def test_years_become_days(self):
        found = rows(read(YEARS))
        assert date(2027, 1, 1) < found["0.5"]["value_date"] < date(2028, 1, 1)
        assert found["0.95"]["value_text"] == "above_upper_bound"

    def test_a_lone_probability_is_about_its_day_or_its_number(self):
        by, above = rows(read(AGI))["share"], rows(read(RESOLVED))["share"]
        assert (by["value_number"], by["threshold_date"]) == (0.44, date(2029, 12, 31))
        # 85 % itself counts: the number to be passed lies just below.
        assert above["target_date"] == date(2027, 12, 31)
        assert 0.85 - 1e-12 < above["threshold_value"] < 0.85

    def test_an_answer_that_is_settled_counts_as_what_came(self):
        answers = market(METR)["answers"]
        answers[0] |= {"resolution": "YES", "probability": 0.97}
        answers[-1] |= {"resolution": "NO", "probability": 0.12}
        answers[-2] |= {"resolution": "CANCEL"}
        found = rows(read(METR, answers=answers))
        assert (found["a0|share"]["value_number"], found["a6|share"]["value_number"]) == (1.0, 0.0)
        assert "a5|share" not in found

    @given(st.lists(st.floats(0, 1), min_size=7, max_size=7))
    def test_whatever_traders_say_quantiles_rise_and_no_record_is_lost(self, shares):
        answers = [one | {"probability": share} for one, share in zip(market(METR)["answers"], shares, strict=True)]
        frame = read(METR, answers=answers).frames["core.community_forecast"]
        values = frame.filter(frame["quantile"].is_not_null()).sort("quantile")["value_number"].drop_nulls().to_list()
        assert all(left <= right * (1 + 1e-9) for left, right in pairwise(values))


class TestStates:
    def states(self, slug, **changed):
        row = rows(read(slug, **changed))["state"]
        return row["state"], row["state_detail"]

    def test_open_closed_resolved_cancelled_untraded(self):
        assert self.states(AGI) == ("visible", None)
        assert self.states(AGI, closeTime=1788000000000) == ("visible", "closed on 2026-08-29")
        assert self.states(RESOLVED) == ("resolved", "on 2026-06-13")
        assert self.states(RESOLVED, resolution="CANCEL") == ("annulled", "cancelled")
        assert self.states(AGI, uniqueBettorCount=0) == ("no_forecasts", "nobody has traded")

    @pytest.mark.parametrize(
        ("resolution", "more", "number", "words"),
        [("YES", {}, 1.0, "YES"), ("NO", {}, 0.0, "NO"), ("MKT", {"resolutionProbability": 0.3}, 0.3, "MKT")],
    )
    def test_what_it_was_resolved_to(self, resolution, more, number, words):
        row = rows(read(RESOLVED, resolution=resolution, **more))["resolution"]
        assert (row["value_number"], row["value_text"], row["aggregation"]) == (number, words, "resolution")

    def test_of_several_answers_those_that_came_true_are_named(self):
        body = {"isResolved": True, "resolution": "a1", "resolutionTime": 1790000000000}
        assert rows(read(YEARS, **body))["resolution"]["value_text"] == "2027"

    def test_where_nobody_trades_there_are_the_same_rows_without_numbers(self):
        full, empty = rows(read(AGI)), rows(read(AGI, uniqueBettorCount=0))
        assert full.keys() == empty.keys()
        assert all(row["value_number"] is None for row in empty.values())

    @pytest.mark.parametrize(
        ("slug", "changed", "column"),
        [
            (AGI, {"outcomeType": "POLL"}, "outcomeType"),
            (METR, {"shouldAnswersSumToOne": True}, "shouldAnswersSumToOne"),
            (AGI, {"probability": "0.44"}, "probability"),
            (AGI, {"probability": 1.2}, "probability"),
            (AGI, {"isResolved": None}, "isResolved"),
            (AGI, {"closeTime": 1e30}, "closeTime"),
            (AGI, {"uniqueBettorCount": "many"}, "uniqueBettorCount"),
            (METR, {"answers": []}, "answers"),
            (METR, {"answers": [{"id": "a", "text": "soon", "probability": 0.5}]}, "answers"),
            (YEARS, {"answers": [{"id": "a", "text": "2027", "probability": 0.5}]}, "answers"),
            (METR, {"answers": [{"id": "a", "text": ">1 week", "probability": 0.5}]}, "answers"),
            (METR, {"answers": [{"id": "a", "text": ">0.001h", "probability": 0.5}]}, "answers"),
            (METR, {"answers": [{"id": "a", "text": ">10^400h", "probability": 0.5}]}, "answers"),
            (METR, {"answers": [{"id": "a", "text": ">1e400h", "probability": 0.5}]}, "answers"),
            (METR, {"answers": [{"id": "a", "text": ">16h", "resolution": "CANCEL"}]}, "answers"),
            (RANGES, {"answers": [{"id": "a", "text": "1 to 2 days", "probability": 1.0}]}, "answers"),
        ],
    )
    def test_what_is_not_as_counted_on_is_an_error_with_its_reason_and_nothing_is_guessed(self, slug, changed, column):
        parsed = read(slug, **changed)
        assert [reject.column for reject in parsed.rejects] == [column]
        found = rows(parsed)
        assert {row["state"] for row in found.values()} == {"error"}
        assert all(row["value_number"] is None and row["value_date"] is None for row in found.values())


class TestBytes:
    @pytest.mark.parametrize(
        "body",
        [
            "[]",
            "{}",
            '{"message": "Contract not found"}',
            "nothing",
            '{"id": "x", "slug": "somebody-elses-market"}',
            '{"id": NaN}',
        ],
    )
    def test_what_is_no_market_of_ours_is_refused_whole(self, body):
        with pytest.raises(WrongContent):
            parse(SOURCE, AGI, body)

    def test_another_market_than_asked_for_is_refused(self):
        with pytest.raises(WrongContent, match="another market"):
            parse(SOURCE, AGI, json.dumps(market(METR)))

    def test_every_row_keeps_the_contract(self):
        columns = [column.name for column in core.COMMUNITY_FORECAST.arriving]
        for slug in (METR, AGI, YEARS, RANGES, RESOLVED):
            assert read(slug).frames["core.community_forecast"].columns[: len(columns)] == columns

    def test_distributions_have_their_quantiles_whatever_their_form(self):
        forms = {one.form for one in load_markets()} & set(DISTRIBUTIONS)
        assert forms == set(DISTRIBUTIONS)


@pytest.mark.server
class TestFetch:
    LIMITS = WebLimits(spacing_seconds=0, tries=1)

    def test_every_market_is_a_feed_and_a_lost_one_costs_the_others_nothing(self):
        wanted = [one for one in load_markets() if one.slug in {METR, AGI}]
        with fake.Publisher() as server, Web(limits=self.LIMITS) as web:
            server.serve(f"/v0/slug/{METR}", fake.ok(json.dumps(market(METR)).encode(), media_type="application/json"))
            server.serve(f"/v0/slug/{AGI}", fake.status(404))
            answers = Manifold(wanted).fetch(web, f"{server.url}/v0", {})
        assert {one.feed: one.failure is None for one in answers} == {METR: True, AGI: False}
        assert isinstance(next(one.failure for one in answers if one.feed == AGI), NotFound)
