"""What people and programs write in a cell that is no date, number or name, tried in every list: refused by its place."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from sources.registry import SOURCES
from tests.sources.parsing import FIXTURES, parse

if TYPE_CHECKING:
    from sources.records import Parsed

# Source, file, a line of it that lands, and its columns of dates, numbers and names.
LISTS = {
    "epoch_models": (
        "notable_ai_models.csv", 2, ["Publication date"], ["Parameters", "Training compute (FLOP)"], ["Model"],
    ),
    "epoch_hardware": (
        "ml_hardware.csv", 2, ["Release date"], ["Release price (USD)", "Price-performance"], ["Hardware name"],
    ),
    "epoch_usage": (
        "ai_companies_usage_reports.csv", 2, ["Date", "Report date"], ["Active users", "Daily messages"],
        ["Company", "Product"],
    ),
    "epoch_revenue": (
        "ai_companies_revenue_reports.csv", 2, ["Date", "Report date"], ["Revenue amount (normalize to annual)"],
        ["Company"],
    ),
    "epoch_capabilities": ("eci_scores.csv", 2, ["date"], ["eci", "eci_ci_low"], ["Model"]),
    "epoch_data_centers": ("data_center_timelines.csv", 6, ["Date"], ["Power (MW)"], ["Data center"]),
    "epoch_chips": (
        "ai_chip_owners_cumulative_by_designer.csv", 2, ["End date"], ["Compute estimate in H100e (median)"],
        ["Owner", "Chip manufacturer"],
    ),
    "epoch_benchmarks": (
        "benchmarks.csv", 3, ["Version release date", "started_at"], ["Best score (across scorers)", "stderr"],
        [],
    ),
    "openrouter": ("latest.csv", 2, ["date"], ["total_tokens", "share_of_daily_tokens"], []),
}  # fmt: skip
NO_DATES = (
    "2024-Q3", "2024-02-31", "45292", "2024-03-01/2024-03-05", "25/12/2024", "3/4/24", "2024\u00a0-03-01",
    "２０２４-０３-０１", "c. 2024", "20240301", "2024-W10", "2024-03-01 25:00", "TBD",
)  # fmt: skip
NO_NUMBERS = (
    "1,234,567", "0,55", "12 GB", "1\u00a0000", "(5)", "1.2M", "~5e24", "1-2", "10²⁴", "１２", "1_000", "0x10",
    "Infinity", "#DIV/0!", "True", "9" * 400, "\u22125", "=1+1", "\u202e5",
)  # fmt: skip
NO_NAMES = ("NaN", "n/a", "NULL", "—", "文心一言", "😀")


def _cases(kind: int) -> list[tuple[str, str]]:
    return [(source_id, column) for source_id, one in LISTS.items() for column in one[kind]]


def parsed_with(source_id: str, column: str, text: str | None) -> Parsed:
    """The file of the fixture, with this text in one cell."""
    feed, line, *_ = LISTS[source_id]
    reader = csv.reader(io.StringIO((FIXTURES / source_id / feed).read_text(encoding="utf-8")))
    rows, ends = zip(*((row, reader.line_num) for row in reader), strict=True)
    if text is not None:
        # The record that starts behind the line where the one before it ends.
        rows[ends.index(line - 1) + 1][rows[0].index(column)] = text
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return parse(SOURCES[source_id](), feed, written.getvalue())


def assert_refused(source_id: str, column: str, texts: tuple[str, ...]) -> None:
    """The cell is named, or the id that it does not give; the records behind it keep their own refusals."""
    line = LISTS[source_id][1]
    good = parsed_with(source_id, column, None)
    for text in texts:
        odd = parsed_with(source_id, column, text)
        told = [one for one in odd.rejects if one.stands_at == line]
        assert {one.column for one in told} & {column, "system_id"}, text
        assert all(one.row[column] == text for one in told)
        assert odd.record_count == good.record_count
        assert [one for one in odd.rejects if one.stands_at != line] == list(good.rejects)


@pytest.mark.parametrize(("source_id", "column"), _cases(2))
def test_a_date_that_cannot_be_read_is_refused_and_no_other_takes_its_place(source_id, column):
    assert_refused(source_id, column, NO_DATES)


@pytest.mark.parametrize("source_id", LISTS)
def test_a_column_is_found_whatever_its_case_and_blanks(source_id):
    feed = LISTS[source_id][0]
    body = (FIXTURES / source_id / feed).read_text(encoding="utf-8")
    header, _, rest = body.partition("\n")
    good = parse(SOURCES[source_id](), feed, body)
    written_in = [header.upper(), header.replace(" ", "\u00a0"), header.replace(",", " , ")]
    # The list of runs has a column model and a column Model.
    for written in written_in[source_id == "epoch_benchmarks" :]:
        odd = parse(SOURCES[source_id](), feed, f"{written}\n{rest}")
        assert all(good.frames[name].equals(odd.frames[name]) for name in good.frames)


@pytest.mark.parametrize(("source_id", "column"), _cases(3))
def test_a_number_that_cannot_be_read_is_refused(source_id, column):
    assert_refused(source_id, column, NO_NUMBERS)


@pytest.mark.parametrize(("source_id", "column"), _cases(4))
def test_a_word_for_nothing_and_a_name_without_latin_letters_name_nobody(source_id, column):
    assert_refused(source_id, column, NO_NAMES)
