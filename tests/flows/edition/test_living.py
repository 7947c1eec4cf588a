"""Living rows on their page and on the terminal: the numbers of the edition, and words where there is none."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest

from flows.edition.living import headings, lede, living_view, rule
from flows.edition.words import words
from models.days import SECOND_HAND
from tests.flows.edition.site_made import files, living
from warehouse.contracts.living import LIVING, LIVING_STATES

ROWS = living().to_dicts()
EMPTY = dict.fromkeys(name for name in LIVING.column_names if name != "edition_id")


def test_a_row_says_its_record_the_coming_year_and_the_target():
    far, near = (living_view(row, "en") for row in ROWS)
    assert (far.so_far, far.record) == ("1e27", "1 Sep 2026, GPT-6")
    assert (far.in_a_year, far.in_a_year_range) == ("2e27", "1e27–3e27")
    assert (far.ahead, far.ahead_range) == ("3e28", "2e28–4e28")
    assert (near.ahead, near.ahead_range) == (
        "too far ahead: a forecast reaches as far as the past of its series is long, or half as far where that grows by factors",
        "",
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("state", [state for state in LIVING_STATES if state != "value"])
def test_every_empty_cell_says_why_in_both_languages(state, lang):
    row = EMPTY | {"living_id": "living.x", "label_en": "x", "label_zh": "x", "unit": "usd", "value_state": state}
    said = living_view(row, lang)
    assert said.ahead
    assert (said.so_far, said.record, said.in_a_year) == ("", "", "")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_horizon_is_not_said_to_lack_a_past(lang):
    """Of cyber the page said that its past is too short; it has no number because its row of the table has none."""
    horizon = living_view(ROWS[1] | {"series_id": "cyber-horizon/p50/lyptus"}, lang).ahead
    assert horizon == words(lang).site["living_horizon"] != living_view(ROWS[1], lang).ahead


@pytest.mark.parametrize(("lang", "fit"), [("en", "no fit of a task horizon"), ("zh", "任务时长的拟合")])
def test_a_fit_is_what_is_not_given_of_a_horizon(lang, fit):
    """It said that nobody can know one and that no row gives one: auto.horizon_days does, by a declared doubling."""
    said = words(lang).site
    assert all(fit in said[name].lower() for name in ("living_horizon", "living_rule"))
    assert "auto.horizon_days" in said["living_rule"]
    state = next(one for one in LIVING.columns if one.name == "value_state")
    assert "no fit of which" in state.comment
    assert "which no row gives" not in state.comment
    # By what it is of, and not by its unit: minutes of anything else are held back for their past.
    assert living_view(ROWS[1] | {"unit": "minutes"}, lang).ahead == living_view(ROWS[1], lang).ahead


@pytest.mark.parametrize(("lang", "ending"), [("en", ""), ("zh", ".zh")])
def test_the_page_says_which_rows_are_forecast_how_far(lang, ending):
    """Benchmarks of half a year had numbers for 2030 under a rule that seemed to forbid them."""
    assert rule(ROWS, lang) in files()[f"living{ending}.html"].decode()
    assert ("ceiling" if lang == "en" else "上限") in rule(ROWS, lang)
    assert rule([], lang) == ""


def test_a_month_stays_a_month():
    assert living_view(ROWS[0] | {"actual_date_precision": "month"}, "en").record == "Sep 2026, GPT-6"


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "1 Sep 2026, GPT-6 (third-party report)"), ("zh", "2026年9月1日，GPT-6（据第三方所述）")]
)
def test_a_record_that_rests_on_anothers_word_says_so(lang, said):
    row = ROWS[0] | {"actual_note": ROWS[0]["actual_note"] + SECOND_HAND["third_party"]}
    assert living_view(row, lang).record == said


@pytest.mark.parametrize(
    ("rot", "english", "chinese"),
    [
        ("frozen", " (measured no more)", "（已停止更新）"),
        (
            "aging",
            " (older than 90 days: old for a row that still moves)",
            "（已逾 90 天，对仍在变动的数字而言已属陈旧）",
        ),
        ("fresh", "", ""),
    ],
)
def test_a_row_that_moves_no_more_says_so_under_the_title_that_says_what_does(rot, english, chinese):
    """A price of 2024 and a horizon that nobody measures any more stood among what still moves, unmarked."""
    row = ROWS[0] | {"rot": rot}
    assert living_view(row, "en").record == f"1 Sep 2026, GPT-6{english}"
    assert living_view(row, "zh").record == f"2026年9月1日，GPT-6{chinese}"
    assert ("Measured no more are 1 of the rows" in lede([row, ROWS[1]], "en")) is (rot == "frozen")
    assert ("1 行已停止更新" in lede([row, ROWS[1]], "zh")) is (rot == "frozen")


def test_a_share_needs_no_word_for_its_unit():
    assert living_view(ROWS[0] | {"unit": "share", "actual_value": 0.5}, "en").unit == ""
    assert living_view(ROWS[0], "en").unit == "FLOP"


def test_the_headings_name_the_day_that_is_forecast():
    assert headings(date(2030, 7, 1), "en")[-1] == "Today's forecast, Jul 2030"
    assert "1 the target day is forecast" in lede(ROWS, "en").replace("Of ", "")
    assert lede([], "en") == "This edition has no living rows."


@pytest.mark.parametrize("lang", ["", ".zh"])
def test_the_page_has_every_row_with_its_numbers_and_its_chart(lang):
    page = files()[f"living{lang}.html"].decode()
    for name in ("living.far", "living.near"):
        assert f'href="#{name}"' in page
        assert f'<section id="{name}">' in page
    assert page.count('class="pic wide"') == 2
    assert f'href="p/compute.train_flop{lang}.html"' in page
    assert "3×10²⁸" in page


def test_a_row_for_the_coming_year_only_draws_no_further():
    page = files()["living.html"].decode()
    far, near = page.split('<section id="living.near">')
    assert "2030" in re.findall(r"(?s)<table>.*?</table>", far)[-1]
    assert "2030" not in "".join(re.findall(r"(?s)<table>.*?</table>", near))


def test_the_file_has_the_columns_of_its_contract():
    lines = list(csv.reader(io.StringIO(files()["living.csv"].decode())))
    assert tuple(lines[0]) == LIVING.column_names
    assert [line[1] for line in lines[1:]] == ["living.far", "living.near"]


def test_a_chinese_row_names_the_system_and_no_sentence():
    assert living_view(ROWS[0], "zh").record == "2026年9月1日，GPT-6"
    named = ROWS[0] | {"actual_note": "the very same system as before"}
    assert living_view(named, "zh").record == "2026年9月1日"
    assert headings(date(2030, 7, 1), "zh")[2] == "日期，系统"
