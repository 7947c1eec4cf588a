"""What answers of a market stand for, as their creators write them."""

from __future__ import annotations

from datetime import date

import pytest

from sources.manifold.labels import range_of, threshold_of, year_of
from sources.reading.json_values import Flaw


@pytest.mark.parametrize(
    ("label", "number"),
    [
        (">16h", 16), ("> 2.5 hours", 2.5), ("≥80 %", 80), ("at least 30B", 3e10), ("More than $1,500 million", 1.5e9),
        (">1e27 FLOP", 1e27), (">10^28", 1e28), ("40+", 40), (">3 trillion tokens", 3e12), (">5k", 5000),
    ],
)  # fmt: skip
def test_a_threshold_is_the_one_number_of_its_label(label, number):
    assert threshold_of(label) == pytest.approx(number)


@pytest.mark.parametrize("label", ["more", "", "<16h", "16 to 20 hours", "by 2027 at most"])
def test_what_names_no_number_to_be_passed_is_refused(label):
    with pytest.raises(Flaw, match="number to be passed"):
        threshold_of(label)


@pytest.mark.parametrize(
    ("label", "low", "high"),
    [
        ("8 to 16 hours", 8, 16), ("<2 hours", None, 2), (">=16 hours", 16, None), ("$20B–$30B", 2e10, 3e10),
        ("20-30B", 2e10, 3e10), ("900 million to 1.2 billion", 9e8, 1.2e9), ("Less than 5", None, 5), ("100 or more", 100, None), ("3-3.5 months", 3, 3.5),
    ],
)  # fmt: skip
def test_a_range_has_two_ends_or_is_open(label, low, high):
    assert range_of(label) == (low, high)


@pytest.mark.parametrize("label", ["Other", "16 hours", "16 to 8 hours", "1 2 3"])
def test_what_names_no_range_is_refused(label):
    with pytest.raises(Flaw, match="names a range"):
        range_of(label)


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("2027", date(2027, 1, 1), date(2028, 1, 1)), ("2030-2034", date(2030, 1, 1), date(2035, 1, 1)),
        ("2030 or later", date(2030, 1, 1), None), ("After 2032", date(2033, 1, 1), None),
        ("Not by 2032", date(2033, 1, 1), None), ("Before 2026", None, date(2026, 1, 1)),
        ("2025 or earlier", None, date(2026, 1, 1)), ("2035+", date(2035, 1, 1), None),
    ],
)  # fmt: skip
def test_a_year_ends_on_the_day_after_its_last(label, first, last):
    ends = tuple(None if day is None else float(day.toordinal()) for day in (first, last))
    assert year_of(label) == ends


@pytest.mark.parametrize("label", ["soon", "20277", "2031 to 2029", "2027, 2028 or 2029"])
def test_what_names_no_year_is_refused(label):
    with pytest.raises(Flaw, match="names a year"):
        year_of(label)


def test_never_lies_beyond_every_year():
    assert year_of("Never").low > date(2200, 1, 1).toordinal()
