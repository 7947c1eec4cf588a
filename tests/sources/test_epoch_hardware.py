"""What is read from Epoch AI's list of hardware."""

from __future__ import annotations

from datetime import date

import pytest

from sources.epoch_hardware import HARDWARE, NO_DATE, NO_PRICE, SERIES, EpochHardware
from sources.source import WrongContent
from tests.sources.parsing import FIXTURES, parse, upstream, values

SOURCE = EpochHardware()
TEXT = (FIXTURES / "epoch_hardware" / HARDWARE).read_text()


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, HARDWARE, TEXT)


def test_price_performance_by_release(parsed):
    assert values(parsed, SERIES) == {"Chip A": 1e11, "Chip B": 1.74e11}
    row = parsed.frames["core.observation"].row(1, named=True)
    assert (row["observation_date"], row["date_precision"]) == (date(2023, 12, 1), "month")


def test_every_chip_measured_is_listed_as_a_system(parsed):
    assert parsed.frames["core.system"].select("system_name", "organization").rows() == [
        ("Chip A", "Maker"),
        ("Chip B", "Maker"),
    ]


def test_chips_without_price_or_date_are_counted(parsed):
    assert parsed.skipped == {NO_PRICE: 1, NO_DATE: 1}


def test_a_ratio_of_zero_is_refused(parsed):
    assert [(reject.row["Hardware name"], reject.rule) for reject in parsed.rejects] == [("Chip E", "positive")]


def test_a_renamed_column_is_named():
    with pytest.raises(WrongContent, match="missing column Price-performance"):
        parse(SOURCE, HARDWARE, TEXT.replace("Price-performance", "Value for money"))


def test_no_chip_of_the_real_list_is_lost():
    parsed = parse(SOURCE, HARDWARE, upstream("epoch/2026-04/ml_hardware.csv"))
    assert (parsed.record_count, len(values(parsed, SERIES))) == (175, 53)
