"""The parts of README.md that a command prints: a sample of the table, one answer in SQL, and one alert."""

from __future__ import annotations

import re
import tempfile
from datetime import date
from pathlib import Path

import polars as pl
from click.testing import CliRunner

from flows.cli import cli
from flows.edition.cells import actual_cell, essay_cell, today_cell
from flows.edition.markdown import table
from flows.edition.reasons import cell_text
from flows.edition.words import words
from infra.sample import publish_sample
from warehouse.reader import Reader

README = Path(__file__).parents[2] / "README.md"
SHOWN = (
    "math.date_92pct", "code.successor_pct", "know.context_tokens", "speed.multiple", "compute.train_flop",
    "data.train_tokens", "overhang.work_years", "learn.dau", "learn.copies_market", "learn.years_per_day",
    "work.fast_agents", "auto.metr_h",
)  # fmt: skip
QUESTION = "select property_id, essay_p50, p50, actual_value from property_latest where section = 3 order by 1"

# Two days between which the embedded default moves a forecast by more than its threshold.
ALERT_DAYS = (date(2023, 8, 1), date(2024, 6, 3))
ALERT_ABOUT = "speed.multiple"


def render() -> str:
    """README.md with its generated blocks as the code would write them now."""
    with tempfile.TemporaryDirectory() as folder:
        publish_sample(Path(folder))
        with Reader(Path(folder) / "gpt2030.duckdb") as reader:
            rows = reader.frame("SELECT * FROM property_latest ORDER BY row_number")
        answer = _answer(Path(folder))
    text = README.read_text(encoding="utf-8")
    text = _replaced(text, "table", _table(rows))
    return _replaced(_replaced(text, "sql", answer), "alert", _alert())


def _alert() -> str:
    """The alert that the second of two editions raises about one row, as it is sent."""
    with tempfile.TemporaryDirectory() as folder:
        for day in ALERT_DAYS:
            publish_sample(Path(folder), day)
        with Reader(Path(folder) / "gpt2030.duckdb") as reader:
            question = "SELECT title, body FROM out.alert WHERE kind = 'forecast_changed' AND subject = ?"
            title, body = reader.rows(question, [ALERT_ABOUT])[0]
    return f"```\n{title}\n\n{body}\n```\n"


def _replaced(text: str, name: str, block: str) -> str:
    pattern = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
    # By a function: in a plain replacement, backslashes of the block would be read as references to groups.
    return pattern.sub(lambda found: found.group(1) + block + found.group(2), text)


def _table(rows: pl.DataFrame) -> str:
    lines = []
    for row in rows.filter(pl.col("property_id").is_in(SHOWN)).iter_rows(named=True):
        cells = [cell_text(cell(row, "en"), row, "en") for cell in (today_cell, essay_cell, actual_cell)]
        lines.append([f"{row['label_en']} (`{row['property_id']}`)", *cells, words("en").status[row["status"]]])
    return table(("property", "today (p25–p75)", "essay, 2023 (p25–p75)", "so far", "status"), lines)


def _answer(home: Path) -> str:
    """What the command prints on a screen of a hundred columns."""
    at = {"GPT2030_HOME": str(home), "COLUMNS": "100"}
    done = CliRunner().invoke(cli, ["sql", QUESTION], env=at, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    lines = "\n".join(line.rstrip() for line in done.stdout.rstrip().splitlines())
    return f'```\n$ gpt2030 sql "{QUESTION}"\n{lines}\n```\n'
