"""What reading a publisher's table as text promises: right lines, no invented types, and a reason for every refusal."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.bounds import MOST_BYTES
from sources.errors import WrongContent
from sources.reading.dates import day
from sources.reading.tabular import (
    emptied,
    number,
    percent,
    read_cells,
    read_csv,
    refuse,
    share,
    slug,
    whole_number,
    without_password,
    without_rejected,
)

# Cells of any script with what CSV finds hard; other control and space characters are trimmed by no common rule.
CELL_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(' \n,"'), max_size=8)


def table(text: str, **kwargs):
    return read_csv(text.encode(), feed="file.csv", **kwargs)


def cells(values: list[str | None], cell):
    quoted = "".join(f'"{value or ""}",x\n' for value in values)
    frame, rejects = read_cells(table("a,b\n" + quoted), [cell("a")])
    return frame["a"].to_list(), [(reject.line, reject.value, reject.rule) for reject in rejects]


class TestReadingText:
    def test_every_cell_stays_text(self):
        frame = table("a,b\n1,2023-01-01\n0012,NaN\n").frame
        assert frame.rows() == [("1", "2023-01-01", 2), ("0012", "NaN", 3)]

    def test_the_line_is_where_a_record_starts_also_below_quoted_newlines(self):
        read = table('a,b\n"one\ntwo\n\nthree",x\nplain,y\n')
        assert read.frame["line"].to_list() == [2, 6]

    def test_lines_count_alike_with_windows_line_ends(self):
        assert table('a,b\r\n"one\r\ntwo",x\r\nplain,y\r\n').frame["line"].to_list() == [2, 4]

    def test_blank_cells_are_missing_and_others_trimmed(self):
        assert table('a,b\n  ," padded "\n').frame.row(0) == (None, "padded", 2)

    def test_a_byte_order_mark_is_no_part_of_the_first_name(self):
        assert read_csv(b"\xef\xbb\xbfa,b\n1,2\n", feed="f").frame.columns == ["a", "b", "line"]

    def test_lines_without_cells_are_no_records(self):
        read = table("a,b\n1,2\n\n\n3,4\n")
        assert (read.record_count, read.frame["line"].to_list()) == (2, [2, 5])

    def test_columns_whose_names_differ_in_case_only_stay_two(self):
        assert table("model,Model\na,b\n").frame.row(0) == ("a", "b", 2)

    def test_a_nameless_column_is_called_by_its_place(self):
        assert table(",a\n1,2\n").frame.columns == ["column_1", "a", "line"]

    def test_a_header_alone_is_a_table_without_records(self):
        read = table("a,b\n")
        assert (read.record_count, read.frame.height) == (0, 0)

    def test_a_record_of_another_width_is_refused_by_itself(self):
        read = table("a,b\n1,2\n3\n4,5,6\n7,8\n")
        assert read.frame["a"].to_list() == ["1", "7"]
        assert [(reject.line, reject.rule) for reject in read.rejects] == [(3, "row-width"), (4, "row-width")]
        assert read.rejects[1].row == {"a": "4", "b": "5", "extra_0": "6"}
        assert read.record_count == 4

    def test_a_byte_that_is_not_utf_8_costs_its_record_and_not_the_file(self):
        # "é" as Windows writes it, in one name of a list that is UTF-8 otherwise.
        read = read_csv("a,b\nü,1\n".encode() + b"Mont\xe9e,2\nc\n\xe9\nd,4\n", feed="file.csv")
        assert read.frame["a"].to_list() == ["ü", "d"]
        assert [(odd.line, odd.column, odd.rule) for odd in read.rejects] == [
            (3, "a", "utf-8"), (4, None, "row-width"), (5, None, "row-width"),
        ]  # fmt: skip
        assert read.rejects[0].reason == "a holds byte 0xe9, which is not UTF-8 text"
        assert read.rejects[0].row == {"a": "Mont\ufffde", "b": "2"}
        assert read.rejects[2].row == {"a": "\ufffd"}
        assert read.record_count == 5

    def test_a_header_that_is_not_utf_8_says_which_byte(self):
        for body in ("a,b\n1,2\n".encode("utf-16"), b"a,Mont\xe9e\n1,2\n"):
            with pytest.raises(WrongContent, match=r"not UTF-8 text at file\.csv; seen: byte 0x.. in the header"):
                read_csv(body, feed="file.csv")

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (b"", "empty file"),
            (b"\xff\xfe a", "not UTF-8"),
            (b"a,a\n1,2\n", "repeated column a"),
            (b"b,c\n1,2\n", "missing column a, z"),
            (b'a,z\n"open,2\n', "broken CSV"),
            (b'a,z\n"x"y,2\n', "broken CSV"),
        ],
    )
    def test_bytes_that_are_no_such_table_are_wrong_content_and_say_where(self, body, says):
        with pytest.raises(WrongContent, match=says) as caught:
            read_csv(body, feed="mine.csv", required=("a", "z"))
        assert "mine.csv" in str(caught.value)

    @pytest.mark.parametrize(
        ("body", "says"),
        [
            (b",".join(b"c%d" % n for n in range(60_000)), "60,000 columns, more than 1,000 at file.csv line 1"),
            (b"a,b\n1,2\n" + b"," * 60_000, "60,001 columns, more than 1,000 at file.csv line 3"),
            (b"a,b\n" + b"0,0\n" * 60_000, "50,001 rows and more to come, more than 50,000"),
            (b"\n" * 1_000_001, "1,000,001 lines, more than 1,000,000"),
            (
                b",".join([b"c"] * 900) + b"\n" + (b"," * 899 + b"\n") * 2_400,
                "cells and more to come, more than 2,000,000",
            ),
            (b"a,b\n" + b"x" * (MOST_BYTES["csv"]), "bytes of csv, more than"),
            (b",".join(b"c%d" % n for n in range(20)) + b"\nx" * 30_000, "30,000 rows of 20 cells refused"),
            (b'a,b\n"' + b"x" * 200_000 + b'",1\n', "field larger than field limit"),
        ],
        ids=["header", "row", "rows", "lines", "cells", "bytes", "ragged", "cell"],
    )
    def test_what_is_wider_longer_or_larger_than_any_publisher_writes_is_refused_with_the_figure(self, body, says):
        with pytest.raises(WrongContent, match=says):
            read_csv(body, feed="file.csv")

    def test_a_cell_has_our_bound_and_not_the_one_that_another_library_set(self):
        others = csv.field_size_limit(10**9)
        try:
            with pytest.raises(WrongContent, match="field larger than field limit"):
                read_csv(b'a,b\n"' + b"x" * 200_000 + b'",1\n', feed="file.csv")
            assert csv.field_size_limit() == 10**9
        finally:
            csv.field_size_limit(others)

    def test_a_column_is_found_by_the_names_it_has_had(self):
        frame = table("System,b\n1,2\n", required=("Model",), aliases={"Model": ("System", "Name")}).frame
        assert frame.columns == ["Model", "b", "line"]

    @pytest.mark.parametrize("header", ["MODEL,b", " model  ,b", "Name,model"])
    def test_case_and_spacing_make_no_other_column(self, header):
        frame = table(header + "\n1,2\n", required=("Model",), aliases={"Model": ("System", "Name")}).frame
        assert "Model" in frame.columns

    @pytest.mark.parametrize("header", ["model,Model", "Model,System", "x,System,system"])
    def test_our_own_name_comes_first_and_of_two_alike_none_is_guessed(self, header):
        read = table(header + "\n" + ",".join("123"[: header.count(",") + 1]) + "\n", aliases={"Model": ("System",)})
        assert read.frame.columns[:-1] == header.split(",")

    def test_broken_quoting_is_placed_at_the_line_where_its_record_starts(self):
        with pytest.raises(WrongContent, match=r"file\.csv line 3"):
            table('a,b\n1,2\n"open,3\n4,5\n')

    @given(st.lists(st.tuples(CELL_TEXT, CELL_TEXT), max_size=8))
    @settings(deadline=None)
    def test_no_record_is_lost_or_changed_beyond_trimming(self, rows):
        buffer = io.StringIO()
        csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b"), *rows])
        read = table(buffer.getvalue())
        assert [row[:2] for row in read.frame.rows()] == [tuple(cell.strip() or None for cell in row) for row in rows]
        assert read.record_count == len(rows)
        assert read.frame["line"].is_sorted()

    @pytest.mark.parametrize("sign", ["\u200b", "\u2060", "\ufeff", "\u00ad"])
    def test_signs_without_width_are_none(self, sign):
        table = read_csv(f"{sign}na{sign}me,va{sign}lue\n{sign}GP{sign}T-4{sign},1{sign}\n".encode(), feed="f.csv")
        assert table.frame.drop("line").rows() == [("GPT-4", "1")]
        assert table.frame.columns[:2] == ["name", "value"]

    def test_a_header_that_stands_there_again_is_no_record(self):
        table = read_csv(b"name,value\nA,1\nname,value\nB,2\n", feed="f.csv")
        assert table.frame["name"].to_list() == ["A", "B"]
        ((reject,), count) = table.rejects, table.record_count
        assert (reject.line, reject.rule, count) == (3, "header", 3)


class TestTypedCells:
    @pytest.mark.parametrize(
        ("text", "value"), [("0.336", 0.336), ("1.8e24", 1.8e24), ("-3", -3.0), (".5", 0.5), ("7.", 7.0), (None, None)]
    )
    def test_a_number_is_read(self, text, value):
        assert cells([text], number) == ([value], [])

    @pytest.mark.parametrize("text", ["about 5", "NaN", "inf", "1_000", "1,000", "1e999", "0x10", "5%", "--1"])
    def test_what_is_no_number_is_refused_not_guessed(self, text):
        assert cells([text], number) == ([None], [(2, text, "number")])

    @pytest.mark.parametrize("word", ["NaN", "nan", "NaT", "<NA>", "N/A", "#N/A", "NULL", "None", "-", "\u2014"])
    def test_a_word_that_fills_a_column_is_the_publishers_own_for_nothing(self, word):
        read = emptied(table(f"a,b\n1,{word}\n2,{word}\n3,{word}\n4,5\n"), ["b", "c"])
        assert read_cells(read, [number("b")])[0]["b"].to_list() == [None, None, None, 5.0]
        assert read_cells(read, [number("b")])[1] == []

    @pytest.mark.parametrize("values", [["NaN", "NaN", "1"], ["NaN"] * 3 + ["1"] * 30])
    def test_where_it_is_the_exception_it_is_refused(self, values):
        read = emptied(table("a,b\n" + "".join(f"x,{value}\n" for value in values)), ["b"])
        assert len(read_cells(read, [number("b")])[1]) == values.count("NaN")

    @pytest.mark.parametrize(
        ("text", "value"),
        [("0.77", 0.77), ("77%", 0.77), ("77.0 %", 0.77), ("35%", 0.35), ("77", 77.0)],
    )
    def test_a_share_may_carry_its_sign_but_a_bare_number_is_taken_at_its_word(self, text, value):
        assert cells([text], share)[0] == [value]

    @pytest.mark.parametrize(
        ("text", "value"), [("29.02", 0.2902), ("0.0", 0.0), ("100", 1.0), ("35", 0.35), ("7.", 0.07)]
    )
    def test_percent_without_their_sign_are_the_fraction_to_the_last_bit(self, text, value):
        assert cells([text], percent) == ([value], [])

    @pytest.mark.parametrize("text", ["29.02%", "most", "1e1", "inf"])
    def test_percent_written_otherwise_are_refused(self, text):
        assert cells([text], percent) == ([None], [(2, text, "number")])

    @pytest.mark.parametrize(("text", "value"), [("8192", 8192), ("8192.0", 8192), ("1e6", 1_000_000)])
    def test_a_whole_number_may_be_written_with_a_point(self, text, value):
        assert cells([text], whole_number) == ([value], [])

    def test_a_broken_number_is_no_whole_number(self):
        assert cells(["8192.5"], whole_number) == ([None], [(2, "8192.5", "whole-number")])


class TestRefusing:
    def test_a_reject_names_line_column_value_rule_and_shows_the_row_as_it_came(self):
        _, (reject,) = read_cells(table('a,b\n"x\ny",much\n'), [number("b")])
        assert (reject.feed, reject.line, reject.column, reject.value) == ("file.csv", 2, "b", "much")
        assert reject.rule == "number"
        assert reject.reason == "b must be a number such as 0.336 or 1.8e24, without unit"
        assert reject.row == {"a": "x\ny", "b": "much"}

    def test_all_bad_cells_of_a_row_are_named(self):
        _, rejects = read_cells(table("a,b\nx,y\n"), [number("a"), day("b")])
        assert [reject.column for reject in rejects] == ["a", "b"]

    def test_dropping_refused_rows_keeps_the_others_in_order(self):
        read = table("a,b\n1,x\noops,y\n3,z\n")
        frame, rejects = read_cells(read, [number("a")])
        assert without_rejected(frame, rejects)["b"].to_list() == ["x", "z"]
        assert without_rejected(frame, []).height == 3

    def test_rows_can_be_refused_by_any_condition(self):
        read = table("a,b\n1,x\n2,y\n")
        (reject,) = refuse(read, read.frame["b"] == "y", column="b", rule="odd", reason="because")
        assert (reject.line, reject.value, reject.reason) == (3, "y", "because")


class TestSlug:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("GPT-4 (Mar 2023)", "gpt-4-mar-2023"),
            ("Claude 3.5 Sonnet", "claude-3.5-sonnet"),
            ("Command R+", "command-r-plus"),
            ("AlphaProof + AlphaGeometry 2", "alphaproof-alphageometry-2"),
            ("Solar Open 100B\n", "solar-open-100b"),
            ("v1.", "v1"),
            ("Llama™ 3", "llama-3"),
            ("gpt_4_1106", "gpt-4-1106"),
        ],
    )
    def test_names_become_lower_case_words(self, name, expected):
        assert pl.DataFrame({"n": [name]}).select(slug(pl.col("n"))).item() == expected

    def test_command_r_and_command_r_plus_stay_two_systems(self):
        names = pl.DataFrame({"n": ["Command R", "Command R+"]}).select(slug(pl.col("n")))["n"]
        assert names.n_unique() == 2

    @given(st.text(max_size=20))
    @settings(deadline=None)
    def test_a_slug_is_its_own_slug(self, name):
        once = pl.DataFrame({"n": [name]}).select(slug(pl.col("n")))
        assert once.select(slug(pl.col("n"))).equals(once)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://me:hid:den@host:8080/a", "https://host:8080/a"),
        ("HTTPS://me:hid@den@host", "HTTPS://host"),
        ("https://token@host/x", "https://host/x"),
        ("https://medium.com/@someone/a", "https://medium.com/@someone/a"),
        ("https://host?to=a@b", "https://host?to=a@b"),
        ("see a@b", "see a@b"),
        (None, None),
    ],
)
def test_an_address_is_kept_without_user_and_password(given, kept):
    frame = pl.DataFrame({"a": [given]}, schema={"a": pl.String})
    assert frame.select(without_password(pl.col("a")))["a"].to_list() == [kept]
