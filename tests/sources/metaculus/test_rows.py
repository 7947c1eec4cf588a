"""The numbers of a question: right unit, right date, right side of the range, and labelled where they are ours."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.metaculus.scaling import LEVELS
from tests.laws import law
from tests.sources.metaculus_posts import GATED, NOW, day, parsed, post, rows, state, value, with_block

R = "recency_weighted|"
# The fixture's date question is linear from 2020 to 2040, so that its numbers can be done by hand.
START, SPAN = day(2020), day(2040) - day(2020)


def quantiles(found, suffix=""):
    return [value(found[f"{R}{level:g}{suffix}"]) for level in LEVELS]


class TestProbabilities:
    def test_a_binary_question_has_its_probability_and_the_forecasters_quartiles(self):
        found = rows(post("binary"))
        share = found[R + "share"]
        assert (share["value_number"], share["quantile"], share["forecaster_count"]) == (0.89, None, 12)
        assert (found[R + "0.25 of forecasters"]["value_number"], found[R + "0.25 of forecasters"]["quantile"]) == (
            0.85,
            0.25,
        )
        assert found[R + "0.75 of forecasters"]["value_number"] == 0.9

    def test_whole_numbers_among_the_shares_are_shares(self):
        # Production writes 1.0 as 1, so one array holds ints and floats.
        assert rows(post("binary", latest={"centers": [1]}))[R + "share"]["value_number"] == 1.0

    def test_options_keep_the_places_of_deleted_ones(self):
        shares = {key: row for key, row in rows(post("multiple_choice")).items() if key.endswith("|share")}
        assert {row["value_text"]: row["value_number"] for row in shares.values()} == {
            "OpenAI": 0.5,
            "Anthropic": 0.4,
            "Other": 0.1,
        }

    def test_options_and_numbers_of_different_length_are_not_matched_by_guess(self):
        short = {"centers": [0.5, 0.4, 0.1], "forecast_values": None}
        assert state(post("multiple_choice", latest=short))[0] == "error"

    @pytest.mark.parametrize("bad", [[1.2], [-0.1], ["0.5"], [True], [0.1, 0.9], {"0": 0.5}])
    def test_what_is_no_share_is_refused(self, bad):
        body = post("binary", latest={"centers": bad})
        assert state(body)[0] == "error"
        assert [reject.column for reject in parsed(body).rejects] == ["centers"]


class TestQuantiles:
    def test_dates_come_from_the_distribution(self):
        found = rows(post("date"))
        assert found[R + "0.5"]["value_date"] == date(2028, 8, 31)  # 13/30 of the way: 8.667 years
        assert found[R + "0.5"]["value_number"] is None
        assert found[R + "0.05"]["value_date"] == date(2021, 12, 31)  # one tenth of the range: 730.5 days

    def test_beyond_an_open_end_the_answer_is_a_side_and_not_the_end(self):
        found = rows(post("date"))
        assert value(found[R + "0.9"]) == "above_upper_bound"
        assert value(found[R + "0.85"]) == date(2036, 7, 1)
        assert value(rows(post("numeric"))[R + "0.01"]) == "below_lower_bound"

    def test_a_median_at_the_end_of_the_range_lies_above_it(self):
        # As on a question with 98.6 % of its mass above the range: Metaculus says centers == [1.0].
        above = {"centers": [1], "interval_lower_bounds": [1], "interval_upper_bounds": [1]}
        cdf = [0.014 * k / 10 for k in range(11)]
        assert value(rows(post("date", latest=above | {"forecast_values": cdf}))[R + "0.5"]) == "above_upper_bound"
        assert value(rows(post("date", latest=above | {"forecast_values": None}))[R + "0.5"]) == "above_upper_bound"

    def test_a_zero_point_of_zero_makes_a_logarithmic_scale(self):
        found = rows(post("numeric"))
        location = (5 + (0.5 - 0.45) / (0.55 - 0.45)) / 10
        assert found[R + "0.5"]["value_number"] == pytest.approx(1e25 * 1e6**location, rel=1e-9)
        assert json.loads(found["state"]["scaling_json"])["zero_point"] == 0

    def test_units_are_converted_as_declared(self):
        asked = [{"post_id": 7002, "type": "numeric", "unit": "x", "multiplier": 8.64e19}]
        plain, converted = (rows(post("numeric"), questions=q)[R + "0.5"]["value_number"] for q in ((), asked))
        assert converted == pytest.approx(plain * 8.64e19)
        row = rows(post("numeric"), questions=asked)[R + "0.5"]
        assert json.loads(row["scaling_json"]) | {"unit": "x", "multiplier": 8.64e19} == json.loads(row["scaling_json"])

    def test_without_the_distribution_the_quartiles_are_shown_and_the_rest_is_withheld(self):
        found = rows(post("date", latest={"forecast_values": None}))
        shown = [level for level in LEVELS if found[f"{R}{level:g}"]["state"] == "visible"]
        assert shown == [0.25, 0.5, 0.75]
        assert found[R + "0.5"]["value_date"] == date(2028, 8, 31)
        assert found[R + "by 2030-12-31"]["state"] == "withheld"

    @law(50)
    @given(st.lists(st.floats(0, 1), min_size=10, max_size=10).filter(lambda steps: sum(steps) > 0), st.floats(0, 0.4))
    def test_quantiles_never_fall(self, steps, beyond):
        heights = [sum(steps[:k]) / sum(steps) * (1 - beyond) for k in range(11)]
        found = quantiles(rows(post("date", latest={"forecast_values": [min(1.0, h) for h in heights]})))
        dated = [each if isinstance(each, date) else date.max for each in found]
        assert dated == sorted(dated)

    @pytest.mark.parametrize(
        ("values", "says"),
        [
            ([0, 0.5, 0.9], "3 points where 11 are due"),
            ([0, 0.05, 0.15, 0.3, 0.45, 0.6, 0.7, 0.78, 0.84, 0.88, None], "shares between 0 and 1"),
            ([0.9, 0.05, 0.15, 0.3, 0.45, 0.6, 0.7, 0.78, 0.84, 0.88, 0.9], "falls"),
            ("0.5", "0 points"),
        ],
    )
    def test_a_broken_distribution_is_an_error_and_shows_nothing(self, values, says):
        body = post("date", latest={"forecast_values": values})
        assert says in state(body)[1]
        assert all(value(row) is None for row in rows(body).values())

    @pytest.mark.parametrize(
        "scaling",
        [
            {"range_max": None},
            {"range_max": "2080"},
            {"zero_point": "2019"},
            {"zero_point": day(2030)},
            {"range_max": 0},
        ],
    )
    def test_without_a_usable_scale_there_is_no_number(self, scaling):
        body = post("date", scaling=scaling)
        assert state(body)[0] == "error"
        assert [reject.column for reject in parsed(body).rejects] == ["scaling"]

    def test_dates_beyond_the_calendar_are_refused(self):
        assert state(post("date", scaling={"range_max": 1e15}))[0] == "error"

    def test_the_deprecated_scale_of_old_questions_is_not_read(self):
        without = post("date", possibilities=None)
        assert quantiles(rows(without)) == quantiles(rows(post("date")))


class TestShares:
    def test_the_probability_by_a_date_is_raw(self):
        location = (day(2028) - START) / SPAN * 10
        row = rows(post("date"))[R + "by 2028-01-01"]
        assert row["value_number"] == pytest.approx(0.45 + (0.45 - 0.3) * 0 + (location - 4) * 0.15, abs=1e-9)
        assert (row["threshold_date"], row["is_conditional"], row["quantile"]) == (date(2028, 1, 1), False, None)

    def test_what_is_conditional_says_so_and_on_what(self):
        found = rows(post("date"))
        now = (day(2026, 10, 11) - START) / SPAN * 10
        past = 0.3 + (now - 3) * 0.15
        raw, given = found[R + "by 2030-12-31"], found[R + "by 2030-12-31|not yet"]
        assert given["value_number"] == pytest.approx((raw["value_number"] - past) / (1 - past), abs=1e-9)
        assert (given["is_conditional"], given["state_detail"]) == (True, "given not before 2026-10-11")

    def test_conditional_quantiles_lie_after_the_day_of_the_snapshot(self):
        found = rows(post("date"))
        assert found[R + "0.1"]["value_date"] < NOW.date() < found[R + "0.01|not yet"]["value_date"]
        assert found[R + "0.5|not yet"]["value_date"] > found[R + "0.5"]["value_date"]

    def test_the_condition_is_the_day_of_the_snapshot_and_not_of_the_forecast(self):
        later = rows(post("date"), at=datetime(2027, 12, 31, tzinfo=UTC))[R + "by 2026-12-31|not yet"]
        assert (later["value_number"], later["state_detail"]) == (0.0, "given not before 2027-12-31")

    def test_dates_outside_an_open_range_have_a_side_and_no_number(self):
        found = rows(post("date", scaling={"range_max": day(2027)}))
        assert value(found[R + "by 2028-01-01"]) == value(found[R + "by 2028-01-01|not yet"]) == "above_upper_bound"
        assert found[R + "by 2026-12-31"]["value_number"] is not None

    def test_after_a_closed_range_it_is_certain(self):
        closed = {"range_max": day(2027), "open_upper_bound": False}
        cdf = [k / 10 for k in range(11)]
        found = rows(post("date", scaling=closed, latest={"forecast_values": cdf}))
        assert found[R + "by 2028-01-01"]["value_number"] == 1.0

    def test_when_all_mass_lies_in_the_past_and_nothing_happened_the_answer_lies_beyond(self):
        closed = {"range_max": day(2026), "open_upper_bound": False}
        found = rows(post("date", scaling=closed, latest={"forecast_values": [k / 10 for k in range(11)]}))
        assert value(found[R + "0.5|not yet"]) == "above_upper_bound"
        assert found[R + "0.5|not yet"]["state"] == "visible"


class TestResolutions:
    @pytest.mark.parametrize(
        ("kind", "resolution", "column", "answer"),
        [
            ("binary", "yes", "value_number", 1.0),
            ("binary", "no", "value_number", 0.0),
            ("numeric", "86.4", "value_number", 86.4),
            ("numeric", "1e33", "value_number", 1e33),  # may lie outside the range
            ("numeric", "above_upper_bound", "value_text", "above_upper_bound"),
            ("date", "2025-07-19 00:00:00+00:00", "value_date", date(2025, 7, 19)),
            ("date", "2025-07-19T00:00:00Z", "value_date", date(2025, 7, 19)),
            ("date", "below_lower_bound", "value_text", "below_lower_bound"),
            ("multiple_choice", "2027", "value_text", "2027"),  # an option's label, no number
            ("multiple_choice", "11-20", "value_text", "11-20"),
        ],
    )
    def test_a_resolution_is_read_by_the_question_s_type(self, kind, resolution, column, answer):
        row = rows(post(kind, status="resolved", resolution=resolution))["resolution"]
        assert row[column] == answer
        assert (row["aggregation"], row["state"], row["quantile"]) == ("resolution", "resolved", None)

    def test_a_numeric_resolution_is_converted_like_the_forecasts(self):
        asked = [{"post_id": 7002, "type": "numeric", "unit": "flop", "multiplier": 8.64e19}]
        row = rows(post("numeric", status="resolved", resolution="2e7"), questions=asked)["resolution"]
        assert row["value_number"] == pytest.approx(1.728e27)

    @pytest.mark.parametrize(
        ("kind", "resolution"),
        [("binary", "maybe"), ("numeric", "nan"), ("numeric", "1_0"), ("numeric", "1e999"), ("date", "soon")],
    )
    def test_an_answer_that_cannot_be_read_is_an_error(self, kind, resolution):
        body = post(kind, status="resolved", resolution=resolution)
        assert state(body)[0] == "error"
        assert parsed(body).rejects[0].value == resolution

    def test_the_last_forecast_stays_beside_the_answer_without_conditions(self):
        found = rows(post("date", status="resolved", resolution="2026-01-05 00:00:00+00:00"))
        assert found[R + "0.5"]["value_date"] == date(2028, 8, 31)
        assert value(found[R + "0.5|not yet"]) is None
        assert {row["state"] for row in found.values()} == {"resolved"}


class TestRows:
    @pytest.mark.parametrize("kind", ["binary", "date", "numeric", "multiple_choice"])
    def test_a_question_has_the_same_rows_whether_shown_or_not(self, kind):
        # Rows that vanished with a token's access would look like a publisher losing its data.
        shown, withheld = rows(post(kind)), rows(with_block(kind, GATED))
        assert list(shown) == list(withheld)
        assert {row["state"] for row in withheld.values()} == {"withheld"}
        assert all(value(row) is None for row in withheld.values())

    def test_the_state_row_carries_no_number(self):
        row = rows(post("binary"))["state"]
        assert (value(row), row["quantile"], row["threshold_date"]) == (None, None, None)

    def test_every_row_carries_the_evidence_for_its_state(self):
        details = {row["state_detail"] for row in rows(with_block("date", GATED)).values()}
        assert details == {"there are forecasters, and the aggregate is not shown"}

    def test_a_withheld_question_says_the_same_every_day(self):
        first, second = (rows(with_block("date", GATED), at=NOW.replace(day=d)) for d in (11, 12))
        assert first == second

    def test_whole_and_decimal_numbers_give_the_same_scale(self):
        decimal = {"range_min": float(START), "range_max": float(START + SPAN)}
        assert rows(post("date", scaling=decimal)) == rows(post("date"))

    def test_a_date_question_has_all_its_rows(self):
        assert len(rows(post("date"))) == 1 + 2 * len(LEVELS) + 2 * 4

    def test_history_is_not_landed(self):
        body = post("date")
        block = body["question"]["aggregations"]["recency_weighted"]
        block["history"] = block["history"] * 50
        assert rows(body) == rows(post("date"))

    def test_numbers_too_large_for_64_bits_are_numbers(self):
        body = post("numeric", scaling={"range_min": 10**19, "range_max": 10**20, "zero_point": None})
        assert math.isclose(rows(body)[R + "0.5"]["value_number"], 1e19 + 9e19 * 0.55)

    def test_texts_no_table_can_hold_are_mended(self):
        assert rows(post("binary") | {"short_title": "odd \ud800"})["state"]["title"] == "odd ?"
