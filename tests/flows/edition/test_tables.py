"""The property table as Markdown, JSON, CSV and terminal rows."""

from __future__ import annotations

import io
import json
import math
import re

import polars as pl
import pytest

from flows.edition.tables import (
    properties_csv,
    properties_json,
    properties_markdown,
    terminal_header,
    terminal_rows,
)
from flows.edition.words import words
from tests.warehouse.edition_frames import dated_row, empty_row, properties, property_row
from warehouse.contracts import out

TABLE = properties()


def markdown_cells(text: str) -> list[list[str]]:
    """The cells of every table row, split at unescaped bars."""
    lines = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_row_of_the_table_is_in_the_markdown_under_its_section(lang):
    text = properties_markdown(TABLE, lang)
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        f"## {number}. {title}" for number, title in words(lang).sections.items()
    ]
    assert all(f"`{name}`" in text for name in TABLE["property_id"])
    assert len(markdown_cells(text)) == 44 + 6


def test_no_cell_of_any_table_is_empty():
    assert all(cell for cells in markdown_cells(properties_markdown(TABLE)) for cell in cells)
    assert all(cell for cells in terminal_rows(TABLE) for cell in cells)


def test_one_section_comes_alone_and_without_the_title():
    text = properties_markdown(TABLE, section=3)
    assert text.startswith("## 3. ")
    assert text.count("## ") == 1
    assert len(markdown_cells(text)) == 8 + 1


def test_a_section_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no row in section 7"):
        properties_markdown(TABLE, section=7)


def test_a_bar_or_line_break_in_a_label_does_not_shift_the_columns():
    text = properties_markdown(properties([property_row(label_en="pass | fail\nrate")]))
    assert [len(cells) for cells in markdown_cells(text)] == [5, 5]


def test_terminal_rows_come_in_table_order_with_one_cell_per_heading():
    rows = terminal_rows(TABLE.sort("property_id"))
    assert [row[0] for row in rows] == [str(number) for number in range(1, 45)]
    assert {len(row) for row in rows} == {len(terminal_header())}


def test_a_terminal_row_tells_median_range_and_status():
    (row,) = terminal_rows(properties([property_row(status="crossed")]))
    assert row[3:] == ["3.4 M (2.1–5.4 M)", "1.8 M (400,000 – 10 M)", "146,000 (7 Aug 2025)", "crossed"]
    assert row[2].endswith("(human-years)")


def test_the_chinese_table_is_chinese():
    rows = terminal_rows(properties([property_row(), empty_row("withheld", row_number=2, status="withheld")]), "zh")
    assert rows[0][2:4] == ["训练算力可执行的人类工作年数（人年）", "340万（210万–540万）"]
    assert rows[1][3] == "来源未开放"
    assert terminal_header("zh")[3] == "今日预测（p25–p75）"


def test_json_holds_every_column_with_days_as_text_and_empty_cells_as_null():
    rows = json.loads(properties_json(TABLE))
    assert len(rows) == 44
    assert list(rows[0]) == list(out.PROPERTY.column_names)
    dated = next(row for row in rows if row["unit"] == "year" and row["value_date_p50"])
    assert dated["value_date_p50"] == "2029-06-01"
    assert dated["value_date_p95"] is None


def test_json_refuses_a_number_it_cannot_say():
    """NaN in JSON is read as an error by some and as a number by others."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        properties_json(properties([property_row(p95=math.nan)]))


def test_csv_reads_back_as_it_was():
    text = properties_csv(TABLE.sort("property_id"))
    back = pl.read_csv(io.StringIO(text), schema=TABLE.schema)
    assert back.equals(TABLE)


def test_labels_with_quotes_commas_and_breaks_survive_csv_and_json():
    label = 'a "quoted", label\nof two lines'
    frame = properties([property_row(label_en=label), dated_row((None,) * 5, row_number=2, value_state="not_yet")])
    assert pl.read_csv(io.StringIO(properties_csv(frame)))["label_en"][0] == label
    assert json.loads(properties_json(frame))[0]["label_en"] == label
