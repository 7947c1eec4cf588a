"""What is read from Epoch AI's list of hardware."""

from __future__ import annotations

from datetime import date

import pytest

from sources.epoch.hardware import DENSE, HARDWARE, NO_DATE, NO_PRICE, NO_RATIO, SERIES, EpochHardware
from sources.errors import WrongContent
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


HEADER = "Hardware name,Manufacturer,Release date,Release price (USD),Price-performance"


def chips(*rows, header=HEADER):
    return parse(SOURCE, HARDWARE, "\n".join([header, *rows]) + "\n")


@pytest.mark.parametrize("word", ["Infinity", "NaN", "inf", "-inf", "#DIV/0!"])
def test_a_ratio_to_no_price_says_nothing_whatever_the_word(word):
    parsed = chips("A,Maker,2021-01-15,1000,1e11", *(f"B{k},Maker,2021-01-15,,{word}" for k in range(9)))
    assert values(parsed, SERIES) == {"A": 1e11}
    assert parsed.skipped == {NO_PRICE: 9}
    assert not parsed.rejects


@pytest.mark.parametrize("word", ["Infinity", "NaN"])
def test_beside_a_price_it_is_no_number(word):
    parsed = chips("A,Maker,2021-01-15,1000,1e11", f"B,Maker,2021-01-15,1000,{word}")
    assert [(reject.column, reject.value, reject.rule) for reject in parsed.rejects] == [
        ("Price-performance", word, "number"),
    ]  # fmt: skip


def test_a_chip_with_a_price_and_no_ratio_is_not_said_to_lack_a_price():
    assert chips("A,Maker,2021-01-15,1000,").skipped == {NO_RATIO: 1}


OLDER = HEADER.removesuffix("Price-performance") + ",".join(DENSE)


def test_a_list_older_than_the_ratio_is_divided_here():
    parsed = chips("A,Maker,2021-01-15,1000,1e13,2e13,1e14,", "B,Maker,2021-01-15,,1e13,,,", header=OLDER)
    assert values(parsed, SERIES) == {"A": 1e11}
    assert parsed.skipped == {NO_PRICE: 1}


def test_a_figure_that_cannot_be_read_costs_its_chip():
    parsed = chips("A,Maker,2021-01-15,1000,fast,2e13,1e14,", header=OLDER)
    assert values(parsed, SERIES) == {}
    assert [reject.column for reject in parsed.rejects] == [DENSE[0]]


def test_a_list_with_neither_ratio_nor_figures_is_none_of_this_publisher():
    with pytest.raises(WrongContent, match="missing column Price-performance"):
        chips("A,Maker,2021-01-15,1000", header=HEADER.removesuffix(",Price-performance"))


def test_the_name_of_the_chip_has_had_other_names():
    header = HEADER.replace("Hardware name", "Name of the hardware")
    assert values(chips("A,Maker,2021-01-15,1000,1e11", header=header), SERIES) == {"A": 1e11}


def test_what_is_divided_here_is_what_the_publisher_divides():
    body = upstream("epoch/2026-04/ml_hardware.csv")
    theirs = values(parse(SOURCE, HARDWARE, body), SERIES)
    ours = values(parse(SOURCE, HARDWARE, body.replace(b"Price-performance", b"Other")), SERIES)
    assert ours == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("written", "first", "known"),
    [
        ("2024-11-15", date(2024, 11, 15), date(2024, 11, 15)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
    ],
)
def test_a_coarse_date_is_known_at_its_end(written, first, known):
    body = (FIXTURES / "epoch_hardware" / HARDWARE).read_text().replace("2024-11-15", written)
    row = parse(SOURCE, HARDWARE, body).frames["core.observation"].row(0, named=True)
    assert (row["observation_date"], row["known_date"]) == (first, known)
