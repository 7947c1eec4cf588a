"""Publishers' tables as text with line numbers, and the strict step from text cells to typed values."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.source import KEPT, Reject, WrongContent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

LINE: Final = "line"

# polars would also read "NaN", "inf" and "1_000"; none of them is a number a publisher means.
_NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_PERCENT: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)\s*%$"
_DATE: Final = r"^\d{4}(?:-\d{2}(?:-\d{2})?)?$"


@dataclass(frozen=True, slots=True)
class TextTable:
    """One file of a publisher, every cell text: trimmed, null where blank, plus `line` (Int64, counted from 1).

    `line` is where the record starts in the file, header = line 1, right also below quoted newlines.
    `record_count` counts the records of the file; those in `rejects` (wrong number of cells) are not in `frame`.
    """

    feed: str
    frame: pl.DataFrame
    rejects: tuple[Reject, ...]
    record_count: int


@dataclass(frozen=True, slots=True)
class Cell:
    """How one text column becomes a typed one: `value` is null where the text cannot be read as `wants` says."""

    column: str
    value: pl.Expr
    rule: str
    wants: str


def read_csv(body: bytes, *, feed: str, required: Sequence[str] = ()) -> TextTable:
    """Read RFC-4180 bytes strictly as text.

    Raises WrongContent when the bytes are no such table: not UTF-8, broken quoting, no header, a repeated or a
    missing column. A record with too few or too many cells is refused by itself. A nameless column (an index that
    was exported along) is called `column_<position>`.
    """
    rows = _rows(_decoded(body, feed), feed)
    if not rows:
        raise WrongContent("empty file", where=feed, advice=KEPT)
    header = [name.strip() or f"column_{k}" for k, name in enumerate(rows[0][1], start=1)]
    require_columns(header, required, feed=feed)
    width = len(header)
    good = [(line, cells) for line, cells in rows[1:] if len(cells) == width]
    rejects = tuple(_ragged(feed, line, cells, header) for line, cells in rows[1:] if len(cells) != width)
    data = {name: [cells[k] for _, cells in good] for k, name in enumerate(header)}
    frame = pl.DataFrame(data, schema=dict.fromkeys(header, pl.String)).with_columns(_blank_to_null())
    lines = pl.Series(LINE, [line for line, _ in good], dtype=pl.Int64)
    return TextTable(feed, frame.with_columns(lines), rejects, len(rows) - 1)


def require_columns(header: Sequence[str], required: Iterable[str], *, feed: str) -> None:
    """Raise WrongContent that names every repeated and every missing column of the file."""
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise WrongContent(f"repeated column {', '.join(repeated)}", where=feed, evidence=_seen(header))
    missing = [name for name in required if name not in header]
    if missing:
        advice = "add the column, or correct its name in the header"
        raise WrongContent(f"missing column {', '.join(missing)}", where=feed, evidence=_seen(header), advice=advice)


def read_cells(table: TextTable, cells: Sequence[Cell]) -> tuple[pl.DataFrame, list[Reject]]:
    """Turn text columns into typed ones; each unreadable cell is null in the frame and named by a reject.

    All rows stay in the frame: `without_rejected` drops those that rejects name.
    """
    frame = table.frame.with_columns(cell.value.alias(cell.column) for cell in cells)
    rejects: list[Reject] = []
    for cell in cells:
        unreadable = table.frame[cell.column].is_not_null() & frame[cell.column].is_null()
        rejects += refuse(
            table, unreadable, column=cell.column, rule=cell.rule, reason=f"{cell.column} must be {cell.wants}"
        )
    return frame, rejects


def refuse(table: TextTable, where: pl.Series, *, column: str, rule: str, reason: str) -> list[Reject]:
    """One reject for each row of the text table where the Boolean series is true, with the row as it came."""
    rows = table.frame.filter(where).iter_rows(named=True)
    return [_reject(table.feed, row, column=column, rule=rule, reason=reason) for row in rows]


def without_rejected(frame: pl.DataFrame, rejects: Iterable[Reject]) -> pl.DataFrame:
    """The rows of the frame whose `line` no reject names."""
    lines = sorted({reject.line for reject in rejects if reject.line is not None})
    return frame.filter(~pl.col(LINE).is_in(lines)) if lines else frame


def number(column: str) -> Cell:
    """A finite decimal number such as 0.336 or 1.8e24; no thousands separators, NaN or infinity."""
    return Cell(column, _as_number(pl.col(column)), "number", "a number such as 0.336 or 1.8e24, without unit")


def whole_number(column: str) -> Cell:
    """A whole number, also when written 8192.0; Int64."""
    value = _as_number(pl.col(column))
    # A plain cast would cut 8192.5 down to 8192 without a word.
    whole = pl.when(value == value.round()).then(value).cast(pl.Int64, strict=False)
    return Cell(column, whole, "whole-number", "a whole number such as 8192")


def share(column: str) -> Cell:
    """A share written as a fraction (0.77) or with its sign (77%); a bare 77 stays 77 for a range rule to refuse."""
    text = pl.col(column)
    digits = text.str.strip_suffix("%").str.strip_chars()
    # Divided by 100, 35% would miss 0.35 by the last bit, and a file that turns to percent would look revised.
    percent = _as_number(digits + "e-2")
    value = pl.when(text.str.contains(_PERCENT)).then(percent).otherwise(_as_number(text))
    return Cell(column, value, "number", "a share such as 0.77 or 77%")


def iso_date(column: str) -> Cell:
    """A day written yyyy-mm-dd."""
    value = pl.col(column).str.to_date("%Y-%m-%d", strict=False, exact=True)
    # polars also reads 2023-6-1: written so, nobody can tell month from day.
    whole = pl.when(pl.col(column).str.len_chars() == 10).then(value)
    return Cell(column, whole, "date", "a day such as 2023-06-19 that exists")


def coarse_date(column: str) -> Cell:
    """A day, month or year (2023-06-19, 2023-06, 2023); the value is its first day."""
    return Cell(column, first_day(pl.col(column)), "date", "a date such as 2023-06-19, 2023-06 or 2023 that exists")


def first_day(text: pl.Expr) -> pl.Expr:
    """First day of the day, month or year that the text names; null when it names none."""
    # What a date lacks is a tail of "-01-01": a year all of it, a month its last three characters, a day nothing.
    padded = pl.concat_str(text, pl.lit("-01-01").str.slice(text.str.len_chars() - 4))
    day = padded.str.to_date("%Y-%m-%d", strict=False, exact=True)
    return pl.when(text.str.contains(_DATE)).then(day)


def last_day(text: pl.Expr) -> pl.Expr:
    """Last day of the day, month or year that the text names; null when it names none."""
    start = first_day(text)
    length = text.str.len_chars()
    return (
        pl.when(length == 4)
        .then(start.dt.offset_by("1y").dt.offset_by("-1d"))
        .when(length == 7)
        .then(start.dt.month_end())
        .otherwise(start)
    )


def date_precision(text: pl.Expr) -> pl.Expr:
    """How fine a coarse date is, in words of core.observation: day, month or year."""
    names = {4: "year", 7: "month", 10: "day"}
    return text.str.len_chars().replace_strict(names, default=None, return_dtype=pl.String)


def slug(text: pl.Expr) -> pl.Expr:
    """Lower-case words joined by hyphens: GPT-3.5 (Mar 2023) → gpt-3.5-mar-2023, Command R+ → command-r-plus."""
    # Without the plus, Command R+ would take the rows of Command R.
    plus = text.str.to_lowercase().str.replace_all(r"([a-z0-9])\+", "${1}-plus")
    # A dot stays within a version (3.5) and goes at the end of a word (v1.), where it tells nothing apart.
    words = plus.str.replace_all(r"[^a-z0-9.]+", "-").str.replace_all(r"\.(?:-|$)|-\.", "-")
    return words.str.replace_all(r"-{2,}", "-").str.strip_chars("-.")


def _decoded(body: bytes, feed: str) -> str:
    try:
        # A byte order mark would otherwise be part of the first column's name, and that column would be "missing".
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        evidence = f"byte {body[error.start]:#04x} at offset {error.start}"
        raise WrongContent("not UTF-8 text", where=feed, evidence=evidence, advice="save it as UTF-8") from error


def _rows(text: str, feed: str) -> list[tuple[int, list[str]]]:
    """Records with the line each starts on; lines without any cell are no records."""
    # Not polars: it refuses a whole file for one ragged record, and cannot say on which line a record starts.
    # With newline="" lines may also end in a bare \r, which csv would otherwise call an error.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, start = [], 1
    try:
        for cells in reader:
            if cells:
                rows.append((start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        advice = "close the quotes of the record that starts there"
        raise WrongContent("broken CSV", where=f"{feed} line {start}", evidence=str(error), advice=advice) from error
    return rows


def _ragged(feed: str, line: int, cells: list[str], header: list[str]) -> Reject:
    row: Mapping[str, object] = dict(zip([*header, *(f"extra_{k}" for k in range(len(cells)))], cells, strict=False))
    reason = f"{len(cells)} cells under a header of {len(header)}: quote cells that hold a comma, keep empty cells"
    return Reject(feed, line, None, None, "row-width", reason, row)


def _reject(feed: str, row: Mapping[str, object], *, column: str, rule: str, reason: str) -> Reject:
    value = row.get(column)
    line = row[LINE]
    assert isinstance(line, int)
    kept = {name: cell for name, cell in row.items() if name != LINE}
    return Reject(feed, line, column, None if value is None else str(value), rule, reason, kept)


def _blank_to_null() -> pl.Expr:
    text = pl.col(pl.String).str.strip_chars()
    return pl.when(text != "").then(text).name.keep()


def _as_number(text: pl.Expr) -> pl.Expr:
    value = text.cast(pl.Float64, strict=False)
    # 1e999 is written like a number, and infinite once it is read.
    return pl.when(text.str.contains(_NUMBER) & value.is_finite()).then(value)


def _seen(header: Sequence[str]) -> str:
    return "columns " + ", ".join(header[:60])
