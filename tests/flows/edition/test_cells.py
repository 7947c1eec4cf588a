"""What stands in the three cells of a row, above all where there is no number."""

from __future__ import annotations

import json
from datetime import date

import pytest

from flows.edition.cells import (
    StateContradiction,
    actual_cell,
    actual_number,
    essay_cell,
    full_range,
    today_cell,
    unit_note,
)
from models.days import SECOND_HAND
from models.properties.benchmark_rows import OLDER_VERSION
from tests.warehouse.edition_frames import QUANTILES, dated_row, empty_row, property_row

SETTLED = (date(2024, 9, 12),) * 5
OPEN = (date(2027, 3, 1), date(2028, 2, 1), date(2029, 6, 1), None, None)


def test_a_forecast_shows_its_median_and_middle_half_in_two_digits():
    assert today_cell(property_row(p50=3.381e6), "en").joined("en") == "3.4 M (2.1–5.4 M)"
    assert today_cell(property_row(p50=3.381e6), "zh").joined("zh") == "340万（210万–540万）"


def test_the_essays_numbers_are_shown_as_it_states_them():
    assert (
        essay_cell(property_row(essay_p25=3200, essay_p50=14_400, essay_p75=81_000), "en").joined("en")
        == "14,400 (3,200–81,000)"
    )
    assert essay_cell(property_row(essay_p25=None, essay_p75=None), "en").joined("en") == "1.8 M"


@pytest.mark.parametrize(
    ("value", "kind", "said"),
    [(2048.0, "measured", "2,048"), (2048.0, "implied", "2,050"), (2048.5, "measured", "2,050")],
)
def test_a_number_that_somebody_stated_is_printed_as_stated(value, kind, said):
    """The evidence below it says 2,048; what a formula gives is known no more exactly for being whole."""
    row = property_row(actual_value=value, actual_state="value", actual_kind=kind, actual_date=None, actual_note=None)
    assert actual_cell(row, "en").text == said


def test_a_constant_has_no_range():
    """A range of no width would pass a constant off as a very sure forecast."""
    cell = today_cell(property_row(**dict.fromkeys(QUANTILES, 506.67)), "en")
    assert cell == ("507", "", False)
    assert full_range(property_row(**dict.fromkeys(QUANTILES, 506.67)), "en") is None


@pytest.mark.parametrize(
    ("state", "english"),
    [
        ("withheld", "withheld by the source"),
        ("missing", "missing"),
        ("not_applicable", "does not apply"),
        ("not_yet", "not yet"),
        ("stale", "stale"),
    ],
)
def test_a_cell_without_a_number_says_why(state, english):
    cell = today_cell(empty_row(state), "en")
    assert (cell.text, cell.is_word) == (english, True)


@pytest.mark.parametrize(("lang", "said"), [("en", "beyond range"), ("zh", "过远，不作点预测")])
def test_a_forecast_too_far_ahead_is_not_said_not_to_apply(lang, said):
    cell = today_cell(empty_row("not_applicable", status="beyond_range"), lang)
    assert (cell.text, cell.is_word) == (said, True)
    assert today_cell(empty_row("withheld", status="beyond_range"), lang).text != said
    assert today_cell(empty_row("not_applicable", status="retired"), lang).text != said


def test_zero_is_shown_as_zero_and_never_as_a_word():
    cell = actual_cell(property_row(actual_value=0.0), "en")
    assert (cell.text, cell.is_word) == ("0", False)


def test_a_stale_number_is_shown_and_called_stale():
    assert today_cell(property_row(value_state="stale"), "en").joined("en") == "3.4 M (2.1–5.4 M, stale)"


@pytest.mark.parametrize(
    ("cell", "column"), [(today_cell, "p50"), (essay_cell, "essay_p50"), (actual_cell, "actual_value")]
)
def test_a_state_that_promises_a_number_where_there_is_none_is_an_error(cell, column):
    row = property_row(**{column: None})
    with pytest.raises(
        StateContradiction, match=f"overhang.work_years: {column} is empty although its state is 'value'"
    ):
        cell(row, "en")


def test_a_withheld_number_stays_withheld_even_if_it_stands_in_the_row():
    assert today_cell(property_row(value_state="withheld"), "en").text == "withheld by the source"


def test_a_dated_row_shows_months_and_leaves_open_what_lies_beyond_the_last_day():
    assert today_cell(dated_row(OPEN), "en").joined("en") == "Jun 2029 (Feb 2028 – later)"
    assert today_cell(dated_row(OPEN), "zh").joined("zh") == "2029年6月（2028年2月及以后）"
    assert full_range(dated_row(OPEN), "en") == "Mar 2027 – later"


def test_a_dated_row_whose_median_is_not_reached_says_how_likely_never_is():
    row = dated_row((date(2029, 1, 1), None, None, None, None), value_state="not_yet", never_share=0.62)
    assert today_cell(row, "en").joined("en") == "not yet (not by then: 62 %)"
    assert today_cell(row | {"never_share": 0.999}, "en").joined("en") == "not yet (not by then: over 99 %)"


def test_a_settled_date_has_no_range():
    assert today_cell(dated_row(SETTLED), "en").joined("en") == "Sep 2024"


def test_a_dated_row_without_days_falls_back_on_its_decimal_year():
    row = dated_row((None,) * 5) | {"p50": 2031.5}
    assert today_cell(row, "en").text == "Jul 2031"


def test_what_happened_carries_its_day():
    assert actual_cell(property_row(), "en").joined("en") == "146,000 (7 Aug 2025)"
    assert actual_cell(property_row(actual_date=None), "en").joined("en") == "146,000"


@pytest.mark.parametrize(("precision", "shown"), [("day", "7 Aug 2025"), ("month", "Aug 2025"), ("year", "2025")])
def test_a_fact_is_dated_no_more_exactly_than_it_is_known(precision: str, shown: str):
    assert actual_cell(property_row(actual_date_precision=precision), "en").joined("en") == f"146,000 ({shown})"


def test_what_a_formula_gives_is_not_printed_as_if_it_had_happened():
    implied = actual_cell(property_row(actual_kind="implied"), "en").joined("en")
    assert implied == "146,000 (implied by today's inputs, 7 Aug 2025)"
    assert "derived" in actual_cell(property_row(actual_kind="derived"), "en").joined("en")
    assert actual_cell(property_row(actual_kind="measured"), "en").joined("en") == "146,000 (7 Aug 2025)"


@pytest.mark.parametrize(
    ("kind", "confidence", "said"),
    [
        ("measured", "confidence: Likely", True),
        ("measured", "confidence: Speculative; from hardware", True),
        ("measured", "confidence: Confident", False),
        ("measured", "no interval", False),
        ("derived", "confidence: Likely", False),
    ],
)
def test_an_estimate_of_what_nobody_disclosed_is_not_printed_as_if_it_had_been_measured(kind, confidence, said):
    """The compute of a run that its maker keeps to itself stood as measured, and is 1e27 give or take a factor."""
    row = property_row(actual_value=1e27, actual_kind=kind, actual_note=f"1e27 (GPT-6 Astra, x/y: {confidence})")
    assert ("estimated" in actual_cell(row, "en").joined("en")) is said
    assert ("估计" in actual_cell(row, "zh").joined("zh")) is said


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("math/full/aided", "full test set", "完整测试集"), ("math/500/single-sample", "500-problem split", "500 题子集"),
        ("gpqa/diamond/aided", "", ""),
    ],
)  # fmt: skip
def test_a_record_on_math_says_on_which_set_of_problems_it_was_reached(name, en, zh):
    """92.9 % was the best score of a day before which 94.8 % had been reached, on the split, in the row beside it."""
    best = property_row(unit="%", actual_value=92.9, actual_note=f"Qwen, {name}: best of 8", actual_kind="measured")
    day = dated_row(
        (None,) * 5, actual_date=date(2024, 9, 12), actual_state="value", actual_note=f"94.8 %: o1, {name}: x"
    )
    for row in (best, day):
        for lang, said in (("en", en), ("zh", zh)):
            aside = actual_cell(row, lang).aside
            assert aside.endswith(said)
            assert ("set" in aside or "split" in aside or "集" in aside) is bool(said)


@pytest.mark.parametrize("kind", ["measured", "derived"])
@pytest.mark.parametrize(
    ("evidence", "english", "chinese"),
    [("third_party", "third-party report", "据第三方所述"), ("remembered", "from memory", "凭记忆")],
)
def test_a_record_that_rests_on_anothers_word_says_so_wherever_it_is_shown(kind, evidence, english, chinese):
    """48 T tokens stood in table, row and page as if somebody here had read the maker's own statement."""
    row = property_row(actual_kind=kind, actual_note=f"48 T (MiMo, x/y: 48T tokens{SECOND_HAND[evidence]})")
    assert f"{english}, 7 Aug 2025)" in actual_cell(row, "en").joined("en")
    assert f"{chinese}，2025年8月7日）" in actual_cell(row, "zh").joined("zh")
    assert english not in actual_cell(row | {"actual_kind": "implied"}, "en").joined("en")
    assert english not in actual_cell(row | {"actual_note": "48 T (MiMo, x/y)"}, "en").joined("en")
    came = dated_row(SETTLED, actual_date=date(2024, 9, 12), actual_state="value", actual_note=row["actual_note"])
    assert actual_cell(came, "en").joined("en") == f"12 Sep 2024 ({english})"


@pytest.mark.parametrize(
    ("series", "en", "zh"),
    [
        (OLDER_VERSION, "50 % (5 Mar 2026, on version 1 of the test)", "50%（2026年3月5日，该测试第 1 版）"),
        (OLDER_VERSION.replace("v1", "v2"), "50 % (5 Mar 2026)", "50%（2026年3月5日）"),
    ],
)
def test_a_score_of_an_older_version_says_so_in_its_cell(series, en, zh):
    """On that day no score of version 2 was known, which the row is called after: only its caveats said so."""
    row = property_row(
        unit="%", actual_value=50.0, actual_date=date(2026, 3, 5), actual_kind="measured",
        actual_note=f"GPT-5.4 Pro, {series}: task version of 2025-02-28, private set; effort xhigh",
    )  # fmt: skip
    assert actual_cell(row, "en").joined("en") == en
    assert actual_cell(row, "zh").joined("zh") == zh


def test_of_a_dated_row_the_day_itself_is_what_happened():
    row = dated_row(SETTLED, actual_value=2024.697, actual_date=date(2024, 9, 12), actual_state="value")
    assert actual_cell(row, "en").joined("en") == "12 Sep 2024"
    assert actual_number(row) == pytest.approx(2024.697, abs=0.001)


def test_what_has_not_happened_is_no_number():
    assert actual_number(property_row(actual_state="not_yet")) is None
    assert actual_number(dated_row(OPEN)) is None


@pytest.mark.parametrize(
    ("unit", "note"),
    [("human-years", "human-years"), ("%", ""), ("year", ""), ("probability", ""), ("x human", "× human speed")],
)
def test_a_unit_is_named_beside_the_label_unless_the_numbers_carry_it(unit, note):
    assert unit_note(property_row(unit=unit), "en") == note


@pytest.mark.parametrize(("lang", "said"), [("en", "stated as at least 16"), ("zh", "发布者称至少 16")])
def test_a_floor_that_the_publisher_states_stands_with_the_value_so_far(lang, said):
    row = property_row(detail_json='{"at_least": 16.0}', unit="hours", actual_value=17.4)
    assert said in actual_cell(row, lang).aside
    assert said not in actual_cell(row | {"detail_json": None}, lang).aside


@pytest.mark.parametrize(
    ("claimed", "en", "zh"),
    [(None, "", ""), (["a"], "partly by a claim alone", "部分仅凭声称"), (["a", "b"], "by a claim alone", "仅凭声称")],
)
def test_what_is_counted_by_a_claim_alone_does_not_pass_for_measured(claimed, en, zh):
    tasks = [{"task": "a", "state": "passed"}, {"task": "b", "state": "passed"}, {"task": "c", "state": "forecast"}]
    detail = {"tasks": tasks} | ({"claimed": claimed} if claimed else {})
    row = property_row(detail_json=json.dumps(detail), actual_value=0.5, actual_kind="measured")
    for lang, said in (("en", en), ("zh", zh)):
        aside = actual_cell(row, lang).aside
        assert said in aside
        assert ("claim" in aside or "声称" in aside) == bool(claimed)
