"""How single values are written, for readers of English and of Chinese."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.edition.formats import (
    decimal_year,
    decimal_year_date,
    format_chance,
    format_date,
    format_month,
    format_number,
    format_range,
    format_state,
    format_value,
    telling_digits,
    typed,
    typeset,
)
from models.days import counted_digits, readable
from models.properties.clauses import likely

SUFFIXES = {" T": 1e12, " B": 1e9, " M": 1e6}


def read_back(text: str) -> float:
    """The number that an English reader takes from the text."""
    for suffix, scale in SUFFIXES.items():
        if text.endswith(suffix):
            return float(text.removesuffix(suffix)) * scale
    return float(text.replace(",", ""))


@pytest.mark.parametrize(
    ("value", "unit", "english", "chinese"),
    [
        (1.8e6, "human-years", "1.8 M human-years", "180万 人年"),
        (4.6e26, "FLOP", "4.6e26 FLOP", "4.6e26 FLOP"),
        (1.6e14, "tokens", "160 T tokens", "160万亿 词元"),
        (14_400, "agents", "14,400 agents", "1.44万 个智能体"),
        (506.67, "tokens/minute", "507 tokens a minute", "507 词元/分钟"),
        (5, "x human", "5× human speed", "5 倍人类速度"),
        (1.49e9, "watts", "1.49 GW", "1.49 GW"),
        (999_950.0, "watts", "1 MW", "1 MW"),
        (4e-3, "watts", "0.004 W", "0.004 W"),
        (86.4, "%", "86.4 %", "86.4%"),
        (0.5, "probability", "50 %", "50%"),
        (1.0, "share of tasks", "100 %", "100%"),
        (2025.4932, "year", "Jun 2025", "2025年6月"),
        (2028.0, "year", "2028", "2028"),
        (3.0, "furlongs", "3 furlongs", "3 furlongs"),
    ],
)
def test_a_value_is_written_in_the_manner_of_its_unit(value, unit, english, chinese):
    assert format_value(value, unit) == english
    assert format_value(value, unit, "zh") == chinese


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_a_printed_number_is_the_number_to_three_digits(value):
    assert math.isclose(read_back(format_number(value, "FLOP")), value, rel_tol=0.00501)


@given(st.floats(min_value=-1e30, max_value=-1e-3))
def test_a_negative_number_keeps_its_sign(value):
    assert format_number(value, "FLOP").startswith("-")


def test_rounding_up_moves_on_to_the_next_suffix():
    """999,950 to three digits is a million, not '1,000,000' among numbers written with M."""
    assert format_number(999_950, "tokens") == "1 M"
    assert format_number(9.999e14, "tokens") == "1e15"


def test_zero_is_a_number():
    assert format_number(0.0, "x") == "0"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_with_what_to_do(value):
    with pytest.raises(ValueError, match="empty cells carry a state"):
        format_number(value, "%")


@pytest.mark.parametrize(("value", "text"), [(99.97, "99.97 %"), (99.2, "99.2 %"), (0.01, "0.01 %"), (100.0, "100 %")])
def test_near_its_ends_a_percentage_shows_what_is_left(value, text):
    """Rounded like any other number, 99.97 % would claim that nothing is left to solve."""
    assert format_number(value, "%") == text


def test_a_forecast_in_two_digits_drops_the_decimals_it_does_not_know():
    assert format_number(45.27, "%", digits=2) == "45 %"
    assert format_number(3.381e6, "human-years", digits=2) == "3.4 M"


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (4e5, 1e7, "human-years", "400,000 – 10 M"),
        (3.3e6, 8.3e6, "copies", "3.3–8.3 M"),
        (3.6e13, 8.9e14, "tokens", "36–890 T"),
        (4.3e26, 5.7e28, "FLOP", "4.3e26–5.7e28"),
        (3_200, 81_000, "agents", "3,200–81,000"),
        (0.4, 0.6, "probability", "40–60 %"),
        (1.3e6, 4e12, "x", "1.3 M – 4 T"),
        (2025.2, 2027.6, "year", "Mar 2025 – Aug 2027"),
    ],
)
def test_a_range_names_its_suffix_once_where_that_reads_well(low, high, unit, text):
    assert format_range(low, high, unit) == text


def test_a_range_never_lends_the_suffix_of_its_end_to_a_small_beginning():
    """'3–8.3 M' would be read as three million."""
    assert format_range(3, 8.3e6, "copies") == "3–8.3e6"


@pytest.mark.parametrize(
    ("low", "high", "unit", "text"),
    [
        (4e5, 1e7, "human-years", "40万–1,000万"),
        (4.2e7, 5e8, "users", "4,200万至5亿"),
        (3_200, 81_000, "agents", "3,200至8.1万"),
        (5_100, 7_200, "agents", "5,100–7,200"),
        (0.98, 0.995, "probability", "98%–99.5%"),
        (3, 8.3e6, "copies", "3–8.3e6"),
        (2025.2, 2027.6, "year", "2025年3月至2027年8月"),
    ],
)
def test_a_chinese_range_names_the_unit_of_each_end(low, high, unit, text):
    """Were 万 named once, "3,200至8.1万" would be read as beginning at 3,200万."""
    assert format_range(low, high, unit, "zh") == text


@given(
    st.floats(min_value=1e3, max_value=1e16), st.floats(min_value=1.01, max_value=1e6), st.sampled_from(["en", "zh"])
)
def test_each_end_of_a_range_is_read_back_from_its_own_unit(low, times, lang):
    """A suffix is lent to the first end only where that end has it too."""
    high = low * times
    alone = [format_number(one, "tokens", lang) for one in (low, high)]
    said = format_range(low, high, "tokens", lang)
    suffixes = [one.lstrip("0123456789.,") for one in alone]
    whole = said in {sign.join(alone) for sign in ("–", " – ", "至")}
    assert whole or (lang == "en" and suffixes[0] == suffixes[1])


def test_days_are_written_in_full_and_forecasts_to_the_month():
    day = date(2024, 9, 12)
    assert (format_date(day), format_date(day, "zh")) == ("12 Sep 2024", "2024年9月12日")
    assert (format_month(day), format_month(day, "zh")) == ("Sep 2024", "2024年9月")


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2200, 12, 31)))
def test_a_day_survives_as_a_decimal_year(day):
    assert decimal_year_date(decimal_year(day)) == day


def test_the_last_moment_of_a_year_stays_in_that_year():
    assert decimal_year_date(2027.9999) == date(2027, 12, 31)


def test_every_reason_for_an_empty_cell_has_its_own_words():
    states = ("withheld", "not_asked", "stale", "missing", "not_stated", "not_applicable", "not_yet")
    for lang in ("en", "zh"):
        assert len({format_state(state, lang) for state in states}) == len(states)


@pytest.mark.parametrize("state", ["value", "unknown", ""])
def test_a_state_that_is_no_reason_is_refused(state):
    with pytest.raises(ValueError, match="the reasons are withheld"):
        format_state(state)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("4.6e26", "4.6×10²⁶"),
        ("1.2e-5", "1.2×10⁻⁵"),
        ("4.3e26–5.7e28", "4.3×10²⁶–5.7×10²⁸"),
        ("4.7e28（9.7e27–3.5e29）", "4.7×10²⁸（9.7×10²⁷–3.5×10²⁹）"),
        ("4.7e28 (9.7e27–3.5e29)", "4.7×10²⁸ (9.7×10²⁷–3.5×10²⁹)"),
        ("from 5e26 (a run)", "from 5×10²⁶ (a run)"),
        ("1.8 M", "1.8 M"),
        ("the model 3eb2 and the date", "the model 3eb2 and the date"),
    ],
)
def test_powers_of_ten_are_set_as_in_print_and_words_are_left_alone(text, printed):
    assert typeset(text) == printed
    assert typed(printed) == text


@pytest.mark.parametrize(
    ("values", "digits"),
    [
        ((178.2, 175.1, 182.4), 3),
        ((210.0, 204.1, 217.0), 3),
        ((0.0, 0.0), 2),
        ((43.0, 26.0, 86.0), 2),
        ((5.0, 5.0, 5.0), 2),
        ((1.00001, 1.00002, 1.0), 4),
    ],
)
def test_ends_of_an_interval_are_told_apart(values, digits):
    assert telling_digits(values, 2) == digits


def test_an_unknown_language_is_refused_by_name():
    with pytest.raises(ValueError, match="'fr'; there are en, zh"):
        format_number(1.0, "%", "fr")


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e30, max_value=1e30))
def test_sentences_of_models_write_numbers_as_tables_do(number):
    assert readable(number) == format_number(number, "")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2048, "2,048 tokens"),
        (8192.0, "8,192 tokens"),
        (131072, "131,000 tokens"),
        (2048.5, "2,050 tokens"),
        (0, "0 tokens"),
    ],
)
def test_a_whole_number_that_somebody_stated_is_not_rounded_away(value, said):
    assert format_value(value, "tokens", digits=counted_digits(value)) == said


@pytest.mark.parametrize("share", [0.0, 0.004, 0.01, 0.0345, 0.161377, 0.5, 0.899, 0.9412, 0.99, 0.998, 1.0])
def test_models_and_pages_write_a_chance_alike(share):
    assert likely(share) == format_chance(share)
