"""Numbers and days in sentences."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.days import day_of, decimal_year, months_between, readable, shortened


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0.94, "0.94"), (92.9, "92.9"), (506.67, "507"), (14_400, "14,400"), (1.36e6, "1.36 M"),
        (2.5e9, "2.5 B"), (3e14, "300 T"), (2.3e27, "2.3e27"), (5e26, "5e26"), (0, "0"),
    ],
)  # fmt: skip
def test_numbers_read_as_people_write_them(number: float, words: str):
    assert readable(number) == words


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)))
def test_a_decimal_year_names_its_day_again(day: date):
    assert day_of(decimal_year(day)) == day


def test_the_last_of_june_is_just_before_the_middle_of_the_year():
    assert decimal_year(date(2025, 6, 30)) == pytest.approx(2025.4932, abs=1e-4)


def test_months_are_rounded():
    assert months_between(date(2026, 11, 22), date(2030, 7, 1)) == 43
    assert months_between(date(2030, 7, 1), date(2026, 11, 22)) == -43


@given(st.text(st.characters(exclude_categories=["Mn"])), st.integers(1, 40))
def test_a_text_that_is_too_long_ends_in_an_ellipsis_and_any_other_is_as_it_was(text: str, most: int):
    shown = shortened(text, most)
    assert len(shown) <= most
    assert shown == text if len(text) <= most else text.startswith(shown.removesuffix("…"))


def test_marks_heaped_on_one_letter_are_cut_and_those_of_a_script_stay():
    assert shortened("Vie\u0302\u0323t", 9) == "Vie\u0302\u0323t"
    assert shortened("Z" + "\u0336\u034f" * 200, 9) == "Z\ufffd"
