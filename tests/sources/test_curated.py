"""How the embedded default is read: every bad cell named and refused alone, every good row landed with its vintage."""

from __future__ import annotations

import csv
import io
import random
import re
from datetime import date

import pytest

from sources.curated import ASSUMPTION_COLUMNS, FOLDER, OBSERVATION_COLUMNS, SERIES_COLUMNS, CuratedSource
from sources.errors import NotFound, WrongContent
from tests.sources.parsing import parse

SOURCE = CuratedSource()
FEEDS = sorted(path for path in FOLDER.glob("*.csv") if path.stem != "system_aliases")
OBSERVATION = {
    "series_id": "math/full/single-sample",
    "system": "GPT-4",
    "organization": "OpenAI",
    "observation_date": "2023-03-14",
    "date_kind": "model_release",
    "known_date": "2023-05-31",
    "value": "0.425",
    "unit": "share",
    "setup": "4-shot",
    "citation_title": "Chain-of-Thought Hub",
    "citation_url": "https://arxiv.org/abs/2305.17306",
    "evidence": "third_party",
}
SERIES = {
    "series_id": "a/b",
    "label_en": "A, variant b",
    "label_zh": "甲",
    "unit": "share",
    "scale": "bounded",
    "direction": "max",
    "chance_share": "0.25",
    "ceiling_share": "1",
    "benchmark": "A",
    "status": "open",
}
ASSUMPTION = {
    "assumption_id": "data.stock_tokens",
    "label_en": "stock",
    "unit": "tokens",
    "value": "3e14",
    "low": "1e14",
    "high": "1e15",
    "interval": "p05-p95",
    "as_of_date": "2024-06",
    "evidence": "paper",
    "citation_title": "Villalobos et al. 2024",
    "citation_url": "https://arxiv.org/abs/2211.04325v2",
}


def text(columns, records) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return buffer.getvalue()


def observations(*changes: dict):
    """Parse rows that differ from a good one as told; each has a system of its own unless told otherwise."""
    records = [{**OBSERVATION, "system": f"System {k}", **change} for k, change in enumerate(changes)]
    return parse(SOURCE, "math", text(OBSERVATION_COLUMNS, records))


def series(*changes: dict):
    records = [{**SERIES, "series_id": f"a/{k}", **change} for k, change in enumerate(changes)]
    return parse(SOURCE, "series", text(SERIES_COLUMNS, records))


def assumptions(*changes: dict):
    records = [{**ASSUMPTION, "assumption_id": f"a.{k}", **change} for k, change in enumerate(changes)]
    return parse(SOURCE, "assumptions", text(ASSUMPTION_COLUMNS, records))


def refusals(parsed) -> list[tuple]:
    return [(reject.line, reject.column, reject.value, reject.rule) for reject in parsed.rejects]


class TestFetching:
    def test_every_file_is_a_feed_except_the_aliases(self):
        fetched = SOURCE.fetch(None, SOURCE.default_url, {})
        assert {one.feed for one in fetched} == {path.stem for path in FEEDS}
        assert all(one.url == f"embedded:curated/{one.feed}.csv" for one in fetched)
        assert all(one.body for one in fetched)

    @pytest.mark.parametrize("prefix", ["", "file://"])
    def test_a_folder_can_stand_in_for_the_shipped_files(self, tmp_path, prefix):
        (tmp_path / "mine.csv").write_text("a,b\n")
        (fetched,) = SOURCE.fetch(None, f"{prefix}{tmp_path}/", {})
        assert (fetched.feed, fetched.body, fetched.url) == ("mine", b"a,b\n", f"{prefix}{tmp_path}/mine.csv")

    def test_a_folder_without_files_is_an_error_that_says_what_to_do(self, tmp_path):
        with pytest.raises(NotFound, match=r"no curated files.*name a folder of CSV files"):
            SOURCE.fetch(None, str(tmp_path / "nowhere"), {})

    def test_it_says_through_which_day_it_speaks_and_under_which_terms(self):
        assert SOURCE.known_through == date(2026, 11, 26)
        assert SOURCE.licence.startswith("CC BY 4.0")


class TestGoodRows:
    def test_a_row_becomes_an_observation_with_its_system(self):
        parsed = observations({"system": "GPT-4 (Mar 2023)"})
        row = parsed.frames["core.observation"].row(0, named=True)
        assert row["source_row_id"] == "gpt-4|2023-03-14"
        assert (row["system_id"], row["feed"], row["line"]) == ("gpt-4", "math", 2)
        assert (row["value"], row["known_date"], row["date_precision"]) == (0.425, date(2023, 5, 31), "day")
        system = parsed.frames["core.system"].row(0, named=True)
        assert (system["system_id"], system["system_name"]) == ("gpt-4", "GPT-4 (Mar 2023)")
        assert (system["organization"], system["release_date"]) == ("OpenAI", date(2023, 3, 14))

    @pytest.mark.parametrize(
        ("written", "first", "precision", "known"),
        [
            ("2022", date(2022, 1, 1), "year", date(2022, 12, 31)),
            ("2022-06", date(2022, 6, 1), "month", date(2022, 6, 30)),
            ("2022-06-29", date(2022, 6, 29), "day", date(2022, 6, 29)),
        ],
    )
    def test_a_value_of_a_coarse_date_is_known_from_the_end_of_its_month_or_year(
        self, written, first, precision, known
    ):
        """Known on the first day, it would leak into forecasts made before it was published."""
        parsed = observations({"observation_date": written, "known_date": ""})
        found = parsed.frames["core.observation"].select("observation_date", "date_precision", "known_date")
        assert found.row(0) == (first, precision, known)

    def test_setups_tell_two_rows_of_one_system_and_day_apart(self):
        parsed = observations(
            {"system": "GPT-4o", "setup": "chatgpt system message"},
            {"system": "GPT-4o", "setup": "assistant system message"},
            {"system": "o1"},
        )
        assert parsed.frames["core.observation"]["source_row_id"].to_list() == [
            "gpt-4o|2023-03-14|chatgpt-system-message",
            "gpt-4o|2023-03-14|assistant-system-message",
            "o1|2023-03-14",
        ]

    def test_a_bad_row_does_not_rename_its_neighbour(self):
        """Its repair would otherwise look like a deletion and a new row."""
        good, bad = {"system": "GPT-4o", "setup": "x"}, {"system": "GPT-4o", "setup": "y", "value": "many"}
        names = [
            observations(*rows).frames["core.observation"]["source_row_id"][0] for rows in ((good, bad), (bad, good))
        ]
        assert names == ["gpt-4o|2023-03-14|x"] * 2

    def test_the_same_system_in_two_series_needs_no_setup(self):
        parsed = observations({"system": "Minerva"}, {"system": "Minerva", "series_id": "math/full/aided"})
        assert parsed.frames["core.observation"]["source_row_id"].unique().to_list() == ["minerva|2023-03-14"]

    @pytest.mark.parametrize("path", FEEDS, ids=lambda path: path.stem)
    def test_the_order_of_rows_changes_no_id(self, path):
        head, *records = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        shuffled = random.Random(7).sample(records, len(records))
        keys = []
        for order in (records, shuffled):
            buffer = io.StringIO()
            csv.writer(buffer).writerows([head, *order])
            parsed = parse(SOURCE, path.stem, buffer.getvalue())
            frame = parsed.frames[parsed.record_table].drop("line")
            keys.append(frame.sort(frame.columns[:2]))
        assert keys[0].equals(keys[1])

    def test_a_system_of_many_rows_stands_once_with_its_earliest_release(self):
        parsed = observations(
            {"system": "o3", "observation_date": "2023-04-16", "setup": "high"},
            {"system": "o3", "observation_date": "2023-04-10", "setup": "low"},
            {"system": "o3", "observation_date": "2023-01-01", "date_kind": "paper", "setup": "old"},
        )
        assert parsed.frames["core.system"].select("system_id", "release_date", "line").rows() == [
            ("o3", date(2023, 4, 10), 2)
        ]

    def test_an_address_is_kept_without_who_asks_for_it(self):
        row = OBSERVATION | {"citation_url": "https://me:hidden@example.org/a?b=c@d"}
        parsed = parse(SOURCE, "mine", text(OBSERVATION_COLUMNS, [row]))
        assert parsed.frames["core.observation"]["citation_url"].to_list() == ["https://example.org/a?b=c@d"]

    def test_remembered_rows_need_no_address(self):
        assert refusals(observations({"citation_url": "", "evidence": "remembered"})) == []


class TestBadCells:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"value": "about 42 %"}, ("value", "about 42 %", "number")),
            ({"value": ""}, ("value", None, "given")),
            ({"value": "1.7"}, ("value", "1.7", "range")),
            ({"value": "-0.1"}, ("value", "-0.1", "range")),
            ({"value": "101", "unit": "percentile", "series_id": "x"}, ("value", "101", "range")),
            ({"value": "0", "unit": "tokens", "series_id": "x"}, ("value", "0", "range")),
            ({"std_error": "small"}, ("std_error", "small", "number")),
            ({"std_error": "-1"}, ("std_error", "-1.0", "range")),
            ({"observation_date": "03/04/2023"}, ("observation_date", "03/04/2023", "date")),
            ({"observation_date": "2023-02-30"}, ("observation_date", "2023-02-30", "date")),
            ({"known_date": "2023-05"}, ("known_date", "2023-05", "date")),
            ({"known_date": "2023-03-13"}, ("known_date", "2023-03-13", "order")),
            ({"date_kind": "rumour"}, ("date_kind", "rumour", "one-of")),
            ({"unit": "percent", "series_id": "x"}, ("unit", "percent", "one-of")),
            ({"unit": "minutes"}, ("unit", "minutes", "one-unit")),
            ({"evidence": "hearsay"}, ("evidence", "hearsay", "one-of")),
            ({"citation_title": ""}, ("citation_title", None, "cited")),
            ({"citation_url": ""}, ("citation_url", None, "cited")),
            ({"citation_url": "ask me"}, ("citation_url", "ask me", "address")),
            ({"system": ""}, ("system", None, "given")),
            ({"series_id": "MATH (full)"}, ("series_id", "MATH (full)", "pattern")),
        ],
    )
    def test_a_bad_cell_is_refused_with_line_column_value_and_rule_and_the_others_land(self, change, expected):
        parsed = observations({}, {"note": "a note\nof three\nlines"}, {}, change)
        assert refusals(parsed) == [(7, *expected)]
        assert parsed.frames["core.observation"]["line"].to_list() == [2, 3, 6]
        assert parsed.rejects[0].row["series_id"] == {**OBSERVATION, **change}["series_id"]

    def test_a_share_of_170_percent_is_told_how_shares_are_written(self):
        (reject,) = observations({"value": "1.7"}).rejects
        assert reject.reason == "a share lies between 0 and 1; write 77 % as 0.77"

    def test_every_bad_cell_of_a_row_is_named(self):
        parsed = observations({"value": "x", "observation_date": "y", "citation_title": ""})
        assert {column for _, column, *_ in refusals(parsed)} == {"value", "observation_date", "citation_title"}

    def test_a_repeated_row_is_refused_and_names_the_first(self):
        (reject,) = observations({"system": "A"}, {"system": "A"}).rejects
        assert (reject.line, reject.rule) == (3, "unique-key")
        assert "line 2" in reject.reason

    def test_a_refused_row_leaves_no_system_behind(self):
        parsed = observations({"system": "Ghost", "value": "x"}, {"system": "Real"})
        assert parsed.frames["core.system"]["system_id"].to_list() == ["real"]

    @pytest.mark.parametrize(
        ("feed", "columns"),
        [("math", OBSERVATION_COLUMNS), ("series", SERIES_COLUMNS), ("assumptions", ASSUMPTION_COLUMNS)],
    )
    def test_a_lost_column_condemns_the_file_by_name(self, feed, columns):
        with pytest.raises(WrongContent, match=rf"missing column {columns[-1]} at {feed}"):
            parse(SOURCE, feed, ",".join(columns[:-1]) + "\n")

    def test_a_page_instead_of_a_table_is_wrong_content(self):
        with pytest.raises(WrongContent, match="missing column"):
            parse(SOURCE, "math", "<!DOCTYPE html><html></html>")


class TestSeries:
    def test_good_definitions_land_as_they_stand(self):
        parsed = series({}, {"scale": "log", "unit": "flop", "chance_share": "", "ceiling_share": ""})
        assert parsed.record_table == "core.series"
        assert parsed.frames["core.series"].select("series_id", "chance_share", "feed").rows() == [
            ("a/0", 0.25, "series"),
            ("a/1", None, "series"),
        ]

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"chance_share": ""}, ("scale", "bounded", "limits")),
            ({"ceiling_share": "0.2"}, ("scale", "bounded", "limits")),
            ({"scale": "log"}, ("scale", "log", "limits")),
            ({"chance_share": "a quarter"}, ("chance_share", "a quarter", "number")),
            ({"members": "a/0+a/9"}, ("members", "a/0+a/9", "members")),
            ({"label_zh": ""}, ("label_zh", None, "given")),
            ({"status": "dormant"}, ("status", "dormant", "one-of")),
        ],
    )
    def test_a_broken_definition_is_refused(self, change, expected):
        found = refusals(series({}, {}, change))
        assert (4, *expected) in found
        assert {line for line, *_ in found} == {4}

    def test_a_pool_takes_rows_from_series_that_have_some(self):
        assert refusals(series({}, {}, {"members": "a/0+a/1"})) == []
        assert [rule for *_, rule in refusals(series({}, {"members": "a/0"}, {"members": "a/0+a/1"}))] == ["members"]


class TestAssumptions:
    def test_a_coarse_date_stands_for_its_last_day(self):
        parsed = assumptions({})
        assert parsed.record_table == "core.assumption"
        row = parsed.frames["core.assumption"].row(0, named=True)
        assert (row["value"], row["low"], row["high"]) == (3e14, 1e14, 1e15)
        assert row["as_of_date"] == date(2024, 6, 30)

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"value": "lots"}, ("value", "lots", "number")),
            ({"value": "", "low": "", "high": "", "interval": ""}, ("value", None, "given")),
            ({"low": "4e14"}, ("low", "4e14", "order")),
            ({"interval": ""}, ("interval", None, "given")),
            ({"interval": "wide"}, ("interval", "wide", "one-of")),
            ({"unit": "share", "value": "77", "low": "", "high": ""}, ("value", "77", "range")),
            ({"citation_title": ""}, ("citation_title", None, "cited")),
            ({"as_of_date": "soon"}, ("as_of_date", "soon", "date")),
        ],
    )
    def test_a_broken_assumption_is_refused(self, change, expected):
        assert refusals(assumptions({}, change)) == [(3, *expected)]

    def test_a_range_needs_no_central_value(self):
        assert refusals(assumptions({"value": "", "interval": "range"})) == []


def test_one_of_a_thing_is_told_as_one():
    """`1 epochs` stood beside forty runs."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.csv")}
    assert [
        name for name, text in texts.items() if re.search(r"(?<![\d.,])1 (?:epochs|rows|tasks|tokens)\b", text)
    ] == []
