"""Rows in sentences: what is expected for a day is told from a day that is expected."""

from datetime import date

import pytest

from flows.edition.reasons import number_in_words
from tests.warehouse.edition_frames import dated_row, property_row

TARGET = date(2030, 7, 1)
CAME = (date(2024, 8, 1), date(2024, 9, 1), date(2024, 9, 12), date(2024, 10, 1), date(2024, 11, 1))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_day_is_expected_and_not_expected_for_a_day(lang):
    for row, is_for_the_target in ((property_row(), True), (dated_row(CAME), False)):
        assert ("2030" in number_in_words(row, TARGET, lang)) is is_for_the_target
