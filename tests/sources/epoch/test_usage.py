"""What is read from Epoch AI's reports of how much AI products are used."""

from __future__ import annotations

from datetime import date

import pytest

from sources.curated import FOLDER, CuratedSource
from sources.epoch.usage import (
    EXCLUDED,
    FORETOLD,
    IN_COURT,
    NO_DATE,
    NO_FIGURE,
    SHARED,
    SINGLE,
    USAGE,
    EpochUsage,
)
from sources.errors import WrongContent
from sources.reading.assembly import shared_definitions
from tests.sources.parsing import FIXTURES, parse, upstream
from warehouse.contracts.facts import fact

SOURCE = EpochUsage()
TEXT = (FIXTURES / "epoch_usage" / USAGE).read_text()
HEADER = TEXT.partition("\n")[0]


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, USAGE, TEXT)


def observed(parsed, series_id):
    rows = parsed.frames["core.observation"].filter(series_id=series_id).sort("observation_date")
    return {row["observation_date"].isoformat(): row for row in rows.iter_rows(named=True)}


def numbers(parsed, series_id):
    return {day: row["value"] for day, row in observed(parsed, series_id).items()}


def report(**fields):
    row = {
        "Id": "a label", "Company": "OpenAI", "Active users": "1e8", "Active users time period": "Weekly",
        "Date": "2025-01-01", "Report date": "2025-01-02", "Source type": "Company disclosure", "Product": "ChatGPT",
        "Confidence": "Likely",
    } | fields  # fmt: skip
    return ",".join(row.get(name, "") for name in HEADER.split(","))


def reports(*rows, header=HEADER):
    return parse(SOURCE, USAGE, "\n".join([header, *rows]) + "\n")


def test_people_by_week_by_month_and_by_day_are_different_series(parsed):
    assert numbers(parsed, "usage/chatgpt/weekly-users") == {"2024-11-04": 3.1e8, "2025-06-10": 6.1e8}
    assert numbers(parsed, "usage/example-labs-helper/monthly-users") == {"2025-01-15": 2e7, "2025-04-15": 3e7}
    assert numbers(parsed, "usage/example-labs-helper/daily-users") == {}


def test_tokens_and_messages_are_series_beside_the_people(parsed):
    assert numbers(parsed, "usage/google/tokens-per-day") == {"2025-01-31": 1e12, "2025-03-31": 2e12}
    assert reports(report(**{"Daily messages": "5e8"}), report(Date="2025-01-02")).record_count == 2


def test_a_report_is_known_from_the_day_it_was_reported(parsed):
    row = observed(parsed, "usage/chatgpt/weekly-users")["2025-06-10"]
    assert (row["known_date"], row["date_precision"]) == (date(2025, 6, 12), "day")


def test_a_statement_of_the_company_is_told_from_a_report_of_the_press(parsed):
    said = [(row["evidence"], row["setup"]) for row in observed(parsed, "usage/chatgpt/weekly-users").values()]
    assert said == [
        ("publisher_file", "company statement; confidence Confident"),
        ("third_party", "press report; confidence Likely"),
    ]


def test_a_remark_on_the_graph_is_part_of_the_protocol(parsed):
    row = observed(parsed, "usage/example-labs-helper/monthly-users")["2025-01-15"]
    assert row["setup"] == "company statement; app only; confidence Confident"


def test_consumer_plans_alone_are_not_all_people(parsed):
    assert numbers(parsed, "usage/chatgpt/weekly-users-consumer") == {"2024-06-01": 2.05e8, "2025-06-01": 6.55e8}


def test_an_estimate_by_a_rival_in_court_is_a_series_of_its_own(parsed):
    row = observed(parsed, "usage/chatgpt/daily-users-google-estimate")["2025-03-01"]
    assert (row["value"], row["evidence"]) == (1.5e8, "third_party")
    assert row["setup"] == "estimate by Google shown in court; confidence Likely"


def test_a_free_trial_is_no_court():
    parsed = reports(report(Notes="with a free trial"), report(Date="2025-01-02"))
    assert len(numbers(parsed, "usage/chatgpt/weekly-users")) == 2


def test_who_pays_is_not_everybody():
    rows = [report(**{"Id": f"{k}M paying", "Date": f"2025-01-0{k}", "Report date": "2025-02-01"}) for k in (1, 2)]
    assert set(reports(*rows).frames["core.series"]["series_id"]) == {"usage/chatgpt/weekly-users-paying"}


def test_every_other_record_is_counted_with_its_reason(parsed):
    assert parsed.skipped == {EXCLUDED: 1, NO_FIGURE: 1, NO_DATE: 1, FORETOLD: 1, IN_COURT: 1, SINGLE: 1}
    assert [(reject.line, reject.column, reject.rule) for reject in parsed.rejects] == [
        (18, "Active users time period", "one-of"),
    ]  # fmt: skip


def test_one_day_is_no_series_but_for_those_of_the_embedded_default():
    rows = [report(Product="Helper"), report()]
    assert reports(*rows).skipped == {SINGLE: 1}
    assert len(numbers(reports(*rows), "usage/chatgpt/weekly-users")) == 1


def test_the_month_stands_in_front_where_days_have_slashes():
    parsed = reports(report(Date="3/4/2025", **{"Report date": "3/25/2025"}))
    row = observed(parsed, "usage/chatgpt/weekly-users")["2025-03-04"]
    assert row["known_date"] == date(2025, 3, 25)


def test_slashes_with_the_day_in_front_are_all_refused():
    parsed = reports(report(Date="25/3/2025"), report(Date="3/4/2025"))
    assert [(reject.column, reject.value, reject.rule) for reject in parsed.rejects] == [
        ("Date", "25/3/2025", "date"),
        ("Date", "3/4/2025", "date"),
    ]


def test_the_label_is_no_key_and_may_repeat():
    parsed = reports(report(), report(Date="2025-01-02"))
    assert len(numbers(parsed, "usage/chatgpt/weekly-users")) == 2


def test_a_corrected_figure_keeps_its_key():
    before, after = (reports(report(**{"Active users": users})).frames for users in ("1e8", "2e8"))
    for name in ("core.observation", "core.system"):
        assert before[name]["source_row_id"].to_list() == after[name]["source_row_id"].to_list()


def test_two_reports_of_one_day_are_told_apart_by_the_day_they_were_known():
    assert not reports(report(), report(**{"Report date": "2025-01-03"})).rejects
    assert [reject.rule for reject in reports(report(), report()).rejects] == ["unique-key"]


def test_a_company_with_a_remark_behind_its_name_is_the_same_company():
    rows = [
        report(**{"Company": company, "Product": "Full company", "Date": f"2025-0{k}-01", "Report date": "2025-09-01"})
        for k, company in enumerate(("Z.ai", "Z.ai (Zhipu)"), start=1)
    ]
    assert set(reports(*rows).frames["core.observation"]["system_id"]) == {"z.ai-all"}


def test_products_in_other_letters_are_refused_rather_than_thrown_together():
    parsed = reports(report(Product="豆包"), report(Company=""))
    assert [(reject.column, reject.rule) for reject in parsed.rejects] == [("Product", "given"), ("Company", "given")]


@pytest.mark.parametrize("figure", ["0.0", "-5", "many", "NaN"])
def test_a_figure_that_cannot_be_is_refused(figure):
    [reject] = reports(report(**{"Active users": figure}), report(Date="2025-01-02")).rejects
    assert (reject.line, reject.column, reject.value) == (2, "Active users", figure)


def test_a_number_of_people_per_nothing_is_refused():
    [reject] = reports(report(**{"Active users time period": ""})).rejects
    assert (reject.column, reject.rule) == ("Active users time period", "one-of")


def test_visitors_of_the_embedded_default_are_not_mixed_with_reported_people():
    rows = [report(Date=f"2025-01-0{k}", **{"Active users time period": "Monthly", "Report date": "2025-02-01"})
            for k in (1, 2)]  # fmt: skip
    assert set(reports(*rows).frames["core.series"]["series_id"]) == {"usage/chatgpt/monthly-users-reported"}


def test_what_is_shared_is_what_the_embedded_default_has():
    assert set(shared_definitions()) >= SHARED


def test_the_same_report_in_the_embedded_default_is_the_same_fact():
    kept = parse(CuratedSource(), "usage", (FOLDER / "usage.csv").read_bytes()).frames["core.observation"]
    ours = reports(report(Date="2025-08-04", **{"Report date": "2025-08-04", "Active users": "7e8"}))
    facts = kept.filter(series_id="usage/chatgpt/weekly-users").select(fact()).to_series().to_list()
    assert facts.count(ours.frames["core.observation"].select(fact()).item()) == 1


def test_a_renamed_column_is_named():
    with pytest.raises(WrongContent, match="missing column Report date"):
        reports(report(), header=HEADER.replace("Report date", "Reported"))


def test_a_page_where_the_list_was_due_is_refused():
    with pytest.raises(WrongContent, match="missing column"):
        parse(SOURCE, USAGE, "<!DOCTYPE html><html><head><title>Data</title></head><body></body></html>")


@pytest.mark.parametrize(("day", "records", "rows"), [("2025-12-14", 44, 30), ("2026-01-16", 47, 33)])
def test_no_report_of_the_real_lists_is_lost(day, records, rows):
    parsed = parse(SOURCE, USAGE, upstream(f"epoch_more/epoch_ai_companies_usage/{day}/{USAGE}"))
    assert (parsed.record_count, parsed.frames["core.observation"].height) == (records, rows)
    assert not parsed.rejects
