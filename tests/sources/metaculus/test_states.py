"""What each shape of an answer means: shown, withheld, hidden, empty, withdrawn, settled or wrong are all different."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sources.errors import WrongContent
from tests.sources.metaculus_posts import EMPTY, GATED, NOW, day, has_values, parsed, post, rows, state, with_block

PAST, AHEAD = NOW.timestamp() - 86400, NOW.timestamp() + 8 * 86400


def settled(kind, resolution, **changes):
    return post(kind, status="resolved", resolution=resolution, actual_resolve_time="2026-09-01T00:00:00Z", **changes)


class TestShown:
    def test_a_current_aggregate_is_visible_since_its_start(self):
        assert state(post("binary")) == ("visible", "since 2026-10-04")

    def test_an_end_in_the_future_is_only_a_planned_withdrawal(self):
        assert state(post("binary", latest={"end_time": AHEAD})) == ("visible", "since 2026-10-04 until 2026-10-19")
        assert has_values(post("binary", latest={"end_time": AHEAD}))

    def test_an_end_in_the_past_means_nobody_stands_by_the_number(self):
        withdrawn = post("binary", latest={"end_time": PAST})
        assert state(withdrawn)[0] == "withdrawn"
        assert not has_values(withdrawn)

    def test_the_end_that_came_with_the_close_leaves_the_last_word_standing(self):
        closed = {"status": "closed", "actual_close_time": "2026-10-01T00:00:00Z"}
        assert state(post("binary", latest={"end_time": day(2026, 10, 1)}, **closed))[0] == "visible"
        assert state(post("binary", latest={"end_time": day(2026, 9, 30)}, **closed))[0] == "withdrawn"

    def test_the_aggregate_that_counts_is_the_question_s_own(self):
        body = post("binary", default_aggregation_method="unweighted")
        body["question"]["aggregations"]["unweighted"] = {"latest": {"centers": [0.2], "end_time": None}}
        assert rows(body)["unweighted|share"]["value_number"] == 0.2

    @pytest.mark.parametrize("default", ["recency_weighted", "metaculus_prediction"])
    def test_the_dead_aggregate_of_old_questions_is_never_a_substitute(self, default):
        body = post("date", default_aggregation_method=default)
        body["question"]["aggregations"]["recency_weighted"] = GATED
        assert state(body)[0] == "withheld"
        assert not has_values(body)


class TestHidden:
    def test_a_gated_block_is_withheld_and_not_zero(self):
        assert state(with_block("binary", GATED)) == (
            "withheld",
            "there are forecasters, and the aggregate is not shown",
        )
        assert not has_values(with_block("date", GATED))

    def test_a_gate_that_blanks_the_fields_only_withholds_as_well(self):
        blank = {"centers": None, "forecast_values": [None, None], "forecaster_count": None}
        assert state(post("binary", latest=blank))[0] == "withheld"

    def test_an_answer_without_any_aggregates_is_withheld(self):
        assert state(post("binary", aggregations={}))[0] == "withheld"
        assert state(post("binary", aggregations=None))[0] == "withheld"

    def test_a_question_whose_aggregates_were_renamed_is_an_error_and_not_withheld(self):
        renamed = post("binary")
        renamed["question"]["aggregates"] = renamed["question"].pop("aggregations")
        assert state(renamed)[0] == "error"

    def test_a_list_answer_without_forecasts_is_not_taken_for_no_forecasts(self):
        # Lists blank the aggregates by default, in the same shape as a question that nobody has forecast.
        assert state(with_block("binary", EMPTY))[0] == "withheld"

    def test_before_its_reveal_nobody_sees_it(self):
        for block in (EMPTY, GATED):
            hidden = with_block("binary", block, cp_reveal_time="2027-01-01T00:00:00Z")
            assert state(hidden) == ("hidden_until", "revealed on 2027-01-01 00:00 UTC")

    def test_after_its_reveal_it_is_the_token_that_does_not(self):
        later = datetime(2027, 1, 2, tzinfo=UTC)
        hidden = with_block("binary", GATED, cp_reveal_time="2027-01-01T00:00:00Z")
        assert state(hidden, at=later)[0] == "withheld"

    @pytest.mark.parametrize("block", [EMPTY, GATED])
    def test_without_forecasters_there_are_no_forecasts(self, block):
        lonely = with_block("binary", block) | {"nr_forecasters": 0}
        assert state(lonely) == ("no_forecasts", "nobody has forecast")

    def test_a_sub_question_nobody_forecast_is_told_by_its_empty_block(self):
        group = post("group")
        group["group_of_questions"]["questions"][0]["aggregations"] = {"recency_weighted": EMPTY}
        assert rows(group)["11675/11903|state"]["state"] == "no_forecasts"
        group["group_of_questions"]["questions"][0]["aggregations"] = {"recency_weighted": GATED}
        assert rows(group)["11675/11903|state"]["state"] == "withheld"


class TestSettled:
    def test_a_resolution_ends_the_question(self):
        assert state(settled("binary", "yes")) == ("resolved", "on 2026-09-01")

    @pytest.mark.parametrize("void", ["annulled", "ambiguous"])
    def test_a_question_without_an_answer_is_annulled(self, void):
        assert state(settled("date", void)) == ("annulled", f"resolved as {void}")
        assert not has_values(settled("date", void))

    def test_an_option_of_that_name_is_an_answer(self):
        options = ["annulled", "kept", "Google DeepMind", "Other"]
        assert state(settled("multiple_choice", "annulled", options=options, all_options_ever=options))[0] == "resolved"

    def test_resolved_without_a_resolution_is_withheld(self):
        # A gate hides the resolution too. That it is known that there is one must not read as "nothing happened".
        assert state(settled("date", None)) == ("withheld", "resolved, but the resolution is not shown")

    def test_sub_questions_settle_one_by_one(self):
        states = {key: row["state"] for key, row in rows(post("group")).items() if key.endswith("|state")}
        assert states == {
            "11675/11901|state": "resolved",
            "11675/11902|state": "resolved",
            "11675/11903|state": "visible",
        }


class TestWrong:
    def test_another_type_than_counted_on_is_an_error_with_a_refused_row(self):
        asked = [{"post_id": 7001, "type": "binary"}]
        found = parsed(post("date"), questions=asked)
        assert state(post("date"), questions=asked) == (
            "error",
            "type: the question is of type date, and binary was counted on",
        )
        assert not has_values(post("date"), questions=asked)
        (reject,) = found.rejects
        assert (reject.column, reject.value, reject.rule) == ("type", "date", "readable")

    @pytest.mark.parametrize("type_", ["numeric", "group_of_questions"])
    def test_a_group_may_be_expected_by_form_or_by_the_type_of_its_questions(self, type_):
        assert (
            rows(post("group"), questions=[{"post_id": 11675, "type": type_}])["11675/11903|state"]["state"]
            == "visible"
        )

    def test_a_unit_that_changed_under_a_conversion_is_an_error(self):
        # 11558 is asked in petaFLOP/s-days; were it re-scaled to FLOP, multiplying would be wrong by 1e20.
        body = post("numeric") | {"id": 11558}
        assert state(body)[0] == "error"
        assert "unit has changed" in state(body)[1]

    def test_a_notebook_has_its_row_too(self):
        notebook = {"id": 40028, "title": "A notebook", "notebook": {"id": 1}}
        assert state(notebook) == ("error", "the post has no question that could be forecast")

    def test_a_sub_question_without_an_id_is_refused_and_the_others_stand(self):
        group = post("group")
        del group["group_of_questions"]["questions"][1]["id"]
        assert len({row["question_id"] for row in rows(group).values()}) == 2
        assert [reject.column for reject in parsed(group).rejects] == ["id"]

    def test_a_repeated_sub_question_is_refused_once_per_row(self):
        group = post("group")
        group["group_of_questions"]["questions"][1]["id"] = 11903
        assert {reject.rule for reject in parsed(group).rejects} == {"unique-key"}


class TestParts:
    def test_sub_questions_come_by_rank_whatever_order_they_arrive_in(self):
        questions = list(dict.fromkeys(row["question_id"] for row in rows(post("group")).values()))
        assert questions == ["11675/11901", "11675/11902", "11675/11903"]

    def test_without_ranks_they_come_by_label_with_numbers_as_numbers(self):
        group = post("group")
        for question, label in zip(group["group_of_questions"]["questions"], ("10 TB", "9 TB", "2 TB"), strict=True):
            question |= {"group_rank": None, "label": label}
        titles = list(dict.fromkeys(row["title"] for row in rows(group).values()))
        assert titles == ["Best score: 2 TB", "Best score: 9 TB", "Best score: 10 TB"]

    def test_a_conditional_post_has_two_branches(self):
        question = post("binary")["question"]
        branches = {"condition": question, "question_yes": question | {"id": 1}, "question_no": question | {"id": 2}}
        conditional = {"id": 50, "short_title": "If so", "nr_forecasters": 3, "conditional": branches}
        found = rows(conditional)
        assert found["50/1|recency_weighted|share"]["title"] == "If so: if yes"
        assert found["50/2|recency_weighted|share"]["value_number"] == 0.89


class TestGivenAndUnreadable:
    """Nothing that is given counts as not given because it cannot be read: the question is an error, and says of what."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("cp_reveal_time", "soon"),
            ("cp_reveal_time", 5),
            ("resolution", 5),
            ("resolution", ["yes"]),
            ("aggregations", ["recency_weighted"]),
            ("aggregations", "hidden"),
            ("default_aggregation_method", 3),
            ("default_aggregation_method", "x" * 100_000),
        ],
    )
    def test_a_field_of_the_question(self, field, value):
        body = post("binary", cp_reveal_time="2027-01-01T00:00:00Z", latest={"centers": None})
        body["question"]["aggregations"]["recency_weighted"]["latest"] = None
        body["question"][field] = value
        found = parsed(body)
        assert set(found.frames["core.community_forecast"]["state"]) == {"error"}
        assert [(reject.column, reject.rule) for reject in found.rejects] == [(field, "readable")]

    @pytest.mark.parametrize(
        ("field", "value"), [("end_time", "tomorrow"), ("forecaster_count", "many"), ("end_time", [])]
    )
    def test_a_field_of_the_aggregate(self, field, value):
        found = parsed(post("binary", latest={field: value}))
        assert set(found.frames["core.community_forecast"]["state"]) == {"error"}
        assert [reject.column for reject in found.rejects] == [field]

    def test_an_aggregate_that_is_none(self):
        body = with_block("binary", {"history": [], "latest": [1, 2]})
        assert [reject.column for reject in parsed(body).rejects] == ["latest"]

    @pytest.mark.parametrize(
        ("field", "value"), [("inbound_outcome_count", "200"), ("open_upper_bound", "yes"), ("open_lower_bound", 1)]
    )
    def test_a_field_of_the_scale(self, field, value):
        found = parsed(post("numeric", scaling={field: value}))
        assert set(found.frames["core.community_forecast"]["state"]) == {"error"}
        assert [reject.column for reject in found.rejects] == [field]

    def test_the_close_of_a_question_that_may_be_withdrawn(self):
        found = parsed(post("binary", latest={"end_time": PAST}, actual_close_time="then"))
        assert [reject.column for reject in found.rejects] == ["actual_close_time"]

    def test_a_question_that_is_none(self):
        found = parsed(post("binary") | {"question": ["what?"]})
        assert set(found.frames["core.community_forecast"]["state"]) == {"error"}
        assert [reject.column for reject in found.rejects] == ["question"]


class TestBounded:
    def test_long_texts_are_cut_for_they_stand_in_every_row(self):
        found = rows(post("binary") | {"title": "x" * 100_000, "short_title": ""})
        assert {len(row["title"]) for row in found.values()} == {500}

    def test_options_without_end_are_an_error(self):
        options = [f"option {k}" for k in range(1_001)]
        found = parsed(post("multiple_choice", options=options, all_options_ever=options))
        assert "1,001 options, more than 1,000" in found.rejects[0].reason

    def test_questions_without_end_are_refused(self):
        body = post("group")
        questions = body["group_of_questions"]["questions"]
        body["group_of_questions"]["questions"] = [questions[0] | {"id": k + 1} for k in range(501)]
        with pytest.raises(WrongContent, match="501 questions, more than 500"):
            parsed(body)

    def test_a_value_without_end_is_shown_by_its_beginning(self):
        found = parsed(post("numeric", latest={"forecast_values": [0.5] * 100_000}))
        assert len(found.rejects[0].row["forecast_values"]) <= 500
        assert found.rejects[0].row["forecast_values"].startswith("100000 values: 0.5, 0.5")
