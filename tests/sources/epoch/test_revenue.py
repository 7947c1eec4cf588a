"""What is read from Epoch AI's reports of revenue."""

from __future__ import annotations

from datetime import date

import pytest

from sources.epoch.reports import FORETOLD, NO_DATE
from sources.epoch.revenue import AMOUNT, KINDS, NO_AMOUNT, OF_A_PART, OTHERWISE, REVENUE, EpochRevenue
from sources.errors import WrongContent
from tests.sources.parsing import FIXTURES, parse, upstream

SOURCE = EpochRevenue()
TEXT = (FIXTURES / "epoch_revenue" / REVENUE).read_text()
HEADER = TEXT.partition("\n")[0]


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, REVENUE, TEXT)


def observed(parsed, series_id):
    rows = parsed.frames["core.observation"].filter(series_id=series_id).sort("known_date")
    return list(rows.iter_rows(named=True))


def numbers(parsed, series_id):
    return [(row["observation_date"].isoformat(), row["value"]) for row in observed(parsed, series_id)]


def report(**fields):
    row = {
        "Company": "OpenAI", "Date": "2025-01-01", AMOUNT: "1e9", "Type": "Annualized revenue", "Confidence": "Likely",
        "Report date": "2025-01-02", "Source type": "Media report",
    } | fields  # fmt: skip
    return ",".join(row.get(name, "") for name in HEADER.split(","))


def reports(*rows, header=HEADER):
    return parse(SOURCE, REVENUE, "\n".join([header, *rows]) + "\n")


def test_run_rates_years_and_quarters_are_different_series(parsed):
    assert numbers(parsed, "revenue/openai/run-rate") == [("2024-05-10", 1.1e9), ("2024-09-10", 2.2e9)]
    assert numbers(parsed, "revenue/openai/calendar-year") == [("2024-12-31", 1.5e9)]
    assert [value for _, value in numbers(parsed, "revenue/example-labs/quarter-times-four")] == [4e7, 3.6e7]


def test_no_type_of_revenue_is_of_two_kinds():
    types = [name for kind in KINDS for name in kind.types]
    assert len(types) == len(set(types))


def test_a_later_word_on_the_same_quarter_is_known_from_its_own_day(parsed):
    rows = observed(parsed, "revenue/example-labs/quarter-times-four")
    assert [row["known_date"] for row in rows] == [date(2025, 6, 1), date(2026, 1, 5)]


def test_a_statement_of_the_company_is_told_from_a_report_of_the_press(parsed):
    assert [(row["evidence"], row["setup"]) for row in observed(parsed, "revenue/openai/run-rate")] == [
        ("third_party", "press report; annualized revenue; confidence Likely"),
        ("publisher_file", "company statement; annual recurring revenue; confidence Confident"),
    ]


def test_a_series_says_what_it_is_in_both_languages(parsed):
    [row] = parsed.frames["core.series"].filter(series_id="revenue/openai/run-rate").iter_rows(named=True)
    assert (row["label_en"], row["label_zh"]) == ("OpenAI, annual run rate of revenue", "OpenAI 年化收入")


def test_every_other_record_is_counted_with_its_reason(parsed):
    assert parsed.skipped == {NO_AMOUNT: 1, OF_A_PART: 1, OTHERWISE: 1, NO_DATE: 1, FORETOLD: 1}
    assert [(reject.line, reject.column, reject.rule) for reject in parsed.rejects] == [(13, AMOUNT, "positive")]


def test_a_type_nobody_knows_is_left_out_rather_than_guessed():
    assert reports(report(Type="Bookings"), report(Type="")).skipped == {OTHERWISE: 2}


def test_a_corrected_amount_keeps_its_key():
    before, after = (reports(report(**{AMOUNT: amount})).frames["core.observation"] for amount in ("1e9", "2e9"))
    assert before["source_row_id"].to_list() == after["source_row_id"].to_list()


def test_a_report_that_stands_there_twice_is_refused_once():
    assert [reject.rule for reject in reports(report(), report()).rejects] == ["unique-key"]


def test_a_company_with_a_remark_behind_its_name_is_the_same_company():
    rows = [report(Company="Z.ai"), report(Company="Z.ai (Zhipu)", **{"Report date": "2025-01-03"})]
    assert reports(*rows).frames["core.system"]["system_id"].to_list() == ["z.ai"]


def test_a_report_of_nobody_is_refused():
    assert [reject.column for reject in reports(report(Company="智谱"), report(Company="")).rejects] == ["Company"] * 2


def test_columns_are_read_by_name_however_many_there_are():
    header = ",".join(["New", *HEADER.split(","), "Newer"])
    assert numbers(reports(f"x,{report()},y", header=header), "revenue/openai/run-rate") == [("2025-01-01", 1e9)]


def test_a_renamed_column_is_named():
    with pytest.raises(WrongContent, match="missing column Type"):
        reports(report(), header=HEADER.replace("Type", "Kind", 1))


def test_a_page_where_the_list_was_due_is_refused():
    with pytest.raises(WrongContent, match="missing column"):
        parse(SOURCE, REVENUE, "<!DOCTYPE html><html><head><title>Data</title></head><body></body></html>")


def test_no_report_of_the_real_list_is_lost():
    parsed = parse(SOURCE, REVENUE, upstream(f"epoch_more/epoch_ai_companies/2026-01-16/{REVENUE}"))
    assert (parsed.record_count, parsed.frames["core.observation"].height) == (42, 35)
    assert not parsed.rejects
