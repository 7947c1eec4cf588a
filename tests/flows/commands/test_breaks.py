"""Lines of Chinese on a screen end where a reader of Chinese would end them; those of English stay as they were."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from flows.commands.breaks import broken
from flows.commands.screen import Screen
from flows.commands.show import LEAST_WIDTH, draw_table
from tests.warehouse.edition_frames import properties, property_row

TRILLIONS = "48万亿（据第三方所述，2026年4月22日）"


def lines(text, width):
    return broken(Text(text), width).plain.split("\n")


@pytest.mark.parametrize(
    ("text", "width", "told"),
    [
        # Its first line held "GPT-3" alone.
        ("GPT-3 训练算力相当的前向计算次数", 20, ["GPT-3 训练算力相当的", "前向计算次数"]),
        ("2031 年前最大训练运行（FLOP）", 24, ["2031 年前最大训练运行", "（FLOP）"]),
        # A closing bracket of its own, and a comma.
        (TRILLIONS, 36, ["48万亿（据第三方所述，2026年4月", "22日）"]),
        ("每年都有，也会再有", 8, ["每年都", "有，也会", "再有"]),
        ("（p25–p75）", 9, ["（p25–", "p75）"]),
        ("“方法”的份额", 5, ["“方", "法”的", "份额"]),
        # Half a number would be another one.
        ("约为350万亿个词元", 10, ["约为", "350万亿个", "词元"]),
        ("（130万亿–350万亿）", 10, ["（130万亿–", "350万亿）"]),
        # What breaks lines already breaks them still.
        ("词元\n所需时间 overhang.work_years", 20, ["词元", "所需时间 ", "overhang.work_years"]),
    ],
)  # fmt: skip
def test_a_line_ends_where_a_reader_of_chinese_would_end_it(text, width, told):
    assert lines(text, width) == told


@pytest.mark.parametrize("width", range(8, 60))
def test_nothing_is_lost_no_line_is_too_long_and_none_begins_with_what_closes(width):
    text = f"GPT-3 训练算力（次前向计算）：{TRILLIONS}；其他模态与合成数据可接续（data.multimodal_tokens_2030）。"
    told = lines(text, width)
    assert "".join(told) == text
    assert all(cell_len(line.rstrip()) <= width for line in told)
    assert not [line for line in told if line[0] in "），。；："]
    assert not [line for line in told if line.endswith("（")]


def test_english_is_broken_as_it_ever_was():
    text = Text("Human-years of work (a day), its training compute could do")
    assert broken(text, 12) is text


def test_the_styles_of_a_text_stay_with_its_words():
    text = broken(Text.assemble(("最大训练运行", "bold"), "\n", ("compute.train_flop", "dim")), 6)
    bold = "".join(text.plain[span.start : span.end] for span in text.spans if span.style == "bold")
    assert bold.replace("\n", "") == "最大训练运行"


def drawn(renderable, width):
    out = io.StringIO()
    Screen(file=out, width=width, highlight=False, markup=False, emoji=False).print(renderable)
    return out.getvalue()


def test_every_cell_and_every_heading_of_a_table_is_broken_so():
    table = Table("今日预测（p25–p75）", show_edge=False, pad_edge=False)
    table.add_row("GPT-3 训练算力相当的")
    table.add_row(Text(TRILLIONS))
    said = [line.strip() for line in drawn(table, 17).splitlines()]
    assert {"今日预测", "（p25–p75）", "GPT-3 训练算力相", "22日）"} <= set(said)
    assert "）" not in said


@pytest.mark.parametrize("width", [LEAST_WIDTH, 100, 120, 160])
def test_in_the_table_no_line_of_a_cell_is_a_bracket_or_a_word_that_begins_a_label(width):
    row = property_row(
        label_zh="GPT-3 训练算力相当的前向计算次数（重复计入）", unit="tokens", actual_value=4.8e13,
        actual_date=date(2026, 4, 22), actual_note="MiMo, x/y: z; as a third party reports",
    )  # fmt: skip
    out = io.StringIO()
    draw_table(Screen(file=out, width=width, highlight=False, markup=False, emoji=False), properties([row]), "zh")
    cells = {cell.strip() for line in out.getvalue().splitlines() for cell in re.split("[│┃]", line)}
    assert not {"）", "GPT-3", "，"} & cells
