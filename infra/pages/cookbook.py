"""The answers in docs/sql-cookbook.md: every question asked anew of a warehouse made from the embedded default."""

from __future__ import annotations

import io
import re
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.console import Console

from flows.commands.common import PIPE_WIDTH
from flows.commands.frames import table_of
from infra.sample import SAMPLE_DAY, publish_sample
from warehouse.sandbox import ReadCopy
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = Path(__file__).parents[2] / "docs" / "sql-cookbook.md"
# Two editions half a year apart, so that questions about the past have something to tell: those of other tests too.
DAYS: Final = (date(2026, 6, 1), SAMPLE_DAY)
# The prose may not reach over a heading, or a question without SQL would take that of the next.
_RECIPE: Final = re.compile(
    r"^### (?P<question>[^\n]+)\n(?P<prose>(?:(?!^#).)*?)```sql\n(?P<sql>.*?)```\n\n```text\n(?P<answer>.*?)```\n",
    re.MULTILINE | re.DOTALL,
)


class Recipe(NamedTuple):
    """One question of the page, its SQL and the answer shown under it."""

    question: str
    sql: str
    answer: str


def recipes() -> list[Recipe]:
    """Every question of the page in order."""
    found = _RECIPE.finditer(PAGE.read_text(encoding="utf-8"))
    return [Recipe(one["question"], one["sql"], one["answer"]) for one in found]


@contextmanager
def kitchen(home: Path) -> Iterator[ReadCopy]:
    """Inside, the read copy that all questions are asked of, made under `home`."""
    for day in DAYS:
        publish_sample(home, day)
    with ReadCopy.open(home / READ_COPY_FILE) as copy:
        yield copy


def answered(copy: ReadCopy, sql: str) -> str:
    """The answer as `gpt2030 sql` prints it, without trailing blanks."""
    out = Console(file=io.StringIO(), width=PIPE_WIDTH, highlight=False)
    table = table_of(copy.query(sql).frame, PIPE_WIDTH)
    if table is None:
        raise ValueError(f"an answer of the page must fit a table {PIPE_WIDTH} wide; ask for fewer columns: {sql}")
    out.print(table)
    assert isinstance(out.file, io.StringIO)
    return "".join(f"{line.rstrip()}\n" for line in out.file.getvalue().splitlines())


def render() -> str:
    """The page with its answers as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    with TemporaryDirectory() as folder, kitchen(Path(folder)) as copy:
        return _RECIPE.sub(lambda found: _with_answer(found, answered(copy, found["sql"])), text)


def _with_answer(found: re.Match[str], answer: str) -> str:
    return f"### {found['question']}\n{found['prose']}```sql\n{found['sql']}```\n\n```text\n{answer}```\n"
