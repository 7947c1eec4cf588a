"""Publishers' tables as text with line numbers, and the strict step from text cells to typed values."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.bounds import (
    MOST_CELLS,
    MOST_CHARACTERS,
    MOST_COLUMNS,
    MOST_LINES,
    MOST_ROWS,
    require_at_most,
    require_few_refusals,
    require_size,
    shortened,
)
from sources.errors import KEPT, WrongContent
from sources.records import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

LINE: Final = "line"
# What publishers and their tools write where there is nothing: pandas NaN and NaT, spreadsheets #N/A, people a dash.
# Databases write \\N, people say that they do not know.
NOTHING: Final = (
    "nan", "nat", "<na>", "na", "n/a", "#n/a", "null", "(null)", "\\n", "none", "unknown", "not available", "-",
    "\u2013", "\u2014",
)  # fmt: skip
# Signs without width that come along where text is copied: a name or a heading with one looks like that without.
_INVISIBLE: Final = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))

_NOTHING: Final = pl.lit(pl.Series(NOTHING)).implode()
# polars would also read "inf" and "1_000"; none of them is a number a publisher means.
_NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_PERCENT: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)\s*%$"


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
    # Rows shown by refusals, by line: one that is refused for several cells is held once.
    _shown: dict[int, Mapping[str, object]] = field(default_factory=dict, repr=False, compare=False)

    def rows_shown(self, where: pl.Series) -> Iterator[tuple[int, Mapping[str, object]]]:
        """Line and cells of the rows where the Boolean series is true, for refusals to show."""
        for row in self.frame.filter(where).iter_rows(named=True):
            line = row.pop(LINE)
            yield line, self._shown.setdefault(line, row)


@dataclass(frozen=True, slots=True)
class ColumnKind:
    """How one text column becomes a typed one: `value` is null where the text cannot be read as `wants` says."""

    column: str
    value: pl.Expr
    rule: str
    wants: str


def read_csv(
    body: bytes, *, feed: str, required: Sequence[str] = (), aliases: Mapping[str, Sequence[str]] | None = None
) -> TextTable:
    """Read RFC-4180 bytes strictly as text.

    Raises WrongContent when the bytes are no such table: a header that is not UTF-8, broken quoting, no header, a
    repeated or a missing column; and when they are larger, longer or wider than `sources.bounds` allows. A record with
    too few or too many cells, or with bytes that are not UTF-8, is refused by itself. A nameless column (an index
    that was exported along) is called `column_<position>`. `aliases` says by which other names a column has gone:
    see `under_our_names`.
    """
    require_size(body, "csv", where=feed)
    require_at_most(MOST_LINES, body.count(b"\n") + body.count(b"\r"), "lines", where=feed)
    rows = _rows(_decoded(body), feed)
    if not rows:
        raise WrongContent("empty file", where=feed, advice=KEPT)
    if odd := _odd_byte(rows[0][1]):
        raise WrongContent("not UTF-8 text", where=feed, evidence=f"{odd} in the header", advice="save it as UTF-8")
    written = rows[0][1]
    header = [name.strip() or f"column_{k}" for k, name in enumerate(written, start=1)]
    header = under_our_names(header, {**dict.fromkeys(required, ()), **(aliases or {})})
    require_columns(header, required, feed=feed)
    rejects = (*_all_odd(feed, rows[1:], header), *_headers_again(feed, rows[1:], written))
    odd_lines = {reject.line for reject in rejects}
    good = [(line, cells) for line, cells in rows[1:] if line not in odd_lines]
    data = {name: [cells[k] for _, cells in good] for k, name in enumerate(header)}
    frame = pl.DataFrame(data, schema=dict.fromkeys(header, pl.String)).with_columns(blank_to_null())
    lines = pl.Series(LINE, [line for line, _ in good], dtype=pl.Int64)
    return TextTable(feed, frame.with_columns(lines), rejects, len(rows) - 1)


def require_columns(header: Sequence[str], required: Iterable[str], *, feed: str) -> None:
    """Raise WrongContent that names every repeated and every missing column of the file."""
    repeated = sorted(name for name, count in Counter(header).items() if count > 1)
    if repeated:
        raise WrongContent(f"repeated column {', '.join(repeated[:20])}", where=feed, evidence=_seen(header))
    missing = [name for name in required if name not in header]
    if missing:
        advice = "add the column, or correct its name in the header"
        raise WrongContent(f"missing column {', '.join(missing)}", where=feed, evidence=_seen(header), advice=advice)


def under_our_names(header: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> list[str]:
    """The header with each column of `aliases` called by our name where the file calls it by another.

    Our own name counts before all others, and the order of the others decides between them; none is changed where
    ours is there, nor one that is itself a name of ours. Case, spacing and underscores make no difference, unless two
    columns differ in nothing else.
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(header):
        places.setdefault(_plain(name), []).append(place)
    renamed, present = list(header), set(header)
    for ours, others in aliases.items():
        found = next((places[key] for key in map(_plain, (ours, *others)) if key in places), [])
        if ours not in present and len(found) == 1 and header[found[0]] not in aliases:
            renamed[found[0]] = ours
    return renamed


def emptied(table: TextTable, columns: Iterable[str]) -> TextTable:
    """The table with the publisher's own words for nothing out of these columns; those it lacks are passed over.

    A word such as NaN is a publisher's own where a column is full of it: three cells and a tenth of those filled. One
    or two are slips, and stay to be refused: what is given and cannot be read is not the same as not given.
    """
    frame = table.frame
    words = frame.select(_says_nothing(pl.col(name)).sum().alias(name) for name in columns if name in frame.columns)
    own = [name for name in words.columns if words[name][0] >= max(3, frame[name].count() / 10)]
    without = (named(name).alias(name) for name in own)
    return replace(table, frame=frame.with_columns(without)) if own else table


def named(column: str) -> pl.Expr:
    """The name in a cell; null where it is blank or a word for nothing, which names nobody."""
    return given_name(pl.col(column))


def given_name(text: pl.Expr) -> pl.Expr:
    """The same of any text."""
    return pl.when(~_says_nothing(text)).then(text)


def without_password(address: pl.Expr) -> pl.Expr:
    """The address without who asks for it: user and password would be kept, and shown beside every number of a row."""
    return address.str.replace(r"^(?i)([a-z][a-z0-9+.-]*://)[^/?#]*@", "${1}")


def in_letters(column: str) -> pl.Expr:
    """The slug of the name in a cell; empty where it is blank, a word for nothing, or without a Latin letter or digit.

    By such a slug all that are empty would be one system, or one company.
    """
    return slug(named(column)).fill_null("")


def _says_nothing(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().is_in(_NOTHING)


def read_cells(table: TextTable, cells: Sequence[ColumnKind]) -> tuple[pl.DataFrame, list[Reject]]:
    """Turn text columns into typed ones; each cell that is given and cannot be read is null and named by a reject.

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
    if not where.any():
        return []
    require_few_refusals(int(where.sum()), table.frame.width, reason, where=table.feed)
    return [
        Reject(table.feed, line, column, _as_text(row.get(column)), rule, reason, row)
        for line, row in table.rows_shown(where)
    ]


def without_rejected(frame: pl.DataFrame, rejects: Iterable[Reject]) -> pl.DataFrame:
    """The rows of the frame whose `line` no reject names."""
    lines = sorted({reject.line for reject in rejects if reject.line is not None})
    return frame.filter(~pl.col(LINE).is_in(lines)) if lines else frame


def number(column: str) -> ColumnKind:
    """A finite decimal number such as 0.336 or 1.8e24; no thousands separators, no infinity."""
    return ColumnKind(column, _as_number(pl.col(column)), "number", "a number such as 0.336 or 1.8e24, without unit")


def whole_number(column: str) -> ColumnKind:
    """A whole number, also when written 8192.0; Int64."""
    value = _as_number(pl.col(column))
    # A plain cast would cut 8192.5 down to 8192 without a word.
    whole = pl.when(value == value.round()).then(value).cast(pl.Int64, strict=False)
    return ColumnKind(column, whole, "whole-number", "a whole number such as 8192")


def share(column: str) -> ColumnKind:
    """A share written as a fraction (0.77) or with its sign (77%); a bare 77 stays 77 for a range rule to refuse."""
    text = pl.col(column)
    digits = text.str.strip_suffix("%").str.strip_chars()
    # Divided by 100, 35% would miss 0.35 by the last bit, and a file that turns to percent would look revised.
    percent = _as_number(digits + "e-2")
    value = pl.when(text.str.contains(_PERCENT)).then(percent).otherwise(_as_number(text))
    return ColumnKind(column, value, "number", "a share such as 0.77 or 77%")


def percent(column: str) -> ColumnKind:
    """A share written in percent without its sign (29.02), as a fraction (0.2902)."""
    # As text, for the reason given at `share`.
    value = _as_number(pl.col(column) + "e-2")
    return ColumnKind(column, value, "number", "a number of percent such as 29.02, without its sign")


def slug(text: pl.Expr) -> pl.Expr:
    """Lower-case words joined by hyphens: GPT-3.5 (Mar 2023) → gpt-3.5-mar-2023, Command R+ → command-r-plus.

    Letters and digits of another width are those they look like: left out, two systems that differ in one would be one.
    """
    # Without the plus, Command R+ would take the rows of Command R.
    plain = text.str.replace_all("[™℠]", "").str.normalize("NFKC").str.to_lowercase()  # else Llama™ is a llamatm
    plus = plain.str.replace_all(r"([a-z0-9])\+", "${1}-plus")
    # A dot stays within a version (3.5) and goes at the end of a word (v1.), where it tells nothing apart.
    words = plus.str.replace_all(r"[^a-z0-9.]+", "-").str.replace_all(r"\.(?:-|$)|-\.", "-")
    return words.str.replace_all(r"-{2,}", "-").str.strip_chars("-.")


def _decoded(body: bytes) -> str:
    """The text, with bytes that are not UTF-8 as half characters: each costs its record, not the file."""
    # A byte order mark would otherwise be part of the first column's name, and that column would be "missing".
    return without_invisible(body.decode("utf-8-sig", "surrogateescape"))


def without_invisible(text: str) -> str:
    """The text without signs that have no width: a word with one would be none of those that are looked for."""
    return text if text.isascii() else text.translate(_INVISIBLE)


def _odd_byte(cells: Iterable[str]) -> str:
    """The first byte of these cells that is not UTF-8, in words; empty when all are."""
    try:
        # Joined, because a cell is encoded thousands of times a file: one call a record is enough.
        "".join(cells).encode()
    except UnicodeEncodeError as error:
        return f"byte {ord(str(error.object)[error.start]) - 0xDC00:#04x}"
    return ""


def _rows(text: str, feed: str) -> list[tuple[int, list[str]]]:
    """Records with the line each starts on; lines without any cell are no records. WrongContent beyond the bounds."""
    # Not polars: it refuses a whole file for one ragged record, and cannot say on which line a record starts.
    # With newline="" lines may also end in a bare \r, which csv would otherwise call an error.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, start, count = [], 1, 0
    # The limit is the process's, and libraries lift it as they are imported (frictionless, scipy.io): a cell of
    # gigabytes would be read because of what somebody else had imported before.
    others = csv.field_size_limit(MOST_CHARACTERS)
    try:
        for cells in reader:
            if cells:
                rows.append((start, cells))
                count += len(cells)
                if len(cells) > MOST_COLUMNS or len(rows) > MOST_ROWS + 1 or count > MOST_CELLS:
                    _refuse_size(feed, start, len(cells), len(rows) - 1, count)
            start = reader.line_num + 1
    except csv.Error as error:
        advice = f"close the quotes of the record that starts there; a cell may have {MOST_CHARACTERS:,} characters"
        raise WrongContent("broken CSV", where=f"{feed} line {start}", evidence=str(error), advice=advice) from error
    finally:
        csv.field_size_limit(others)
    return rows


def _refuse_size(feed: str, line: int, width: int, rows: int, cells: int) -> None:
    where = f"{feed} line {line}"
    require_at_most(MOST_COLUMNS, width, "columns", where=where)
    require_at_most(MOST_ROWS, rows, "rows and more to come", where=where)
    require_at_most(MOST_CELLS, cells, "cells and more to come", where=where)


def _all_odd(feed: str, rows: Sequence[tuple[int, list[str]]], header: list[str]) -> tuple[Reject, ...]:
    """The refusals of records that have another number of cells than the header, or bytes that are not UTF-8."""
    ragged = [(line, cells) for line, cells in rows if len(cells) != len(header)]
    require_few_refusals(len(ragged), len(header), f"rows of other than {len(header)} cells", where=feed)
    odd = [(line, cells, byte) for line, cells in rows if len(cells) == len(header) and (byte := _odd_byte(cells))]
    require_few_refusals(len(odd), len(header), "rows that are not UTF-8", where=feed)
    refused = [_ragged(feed, line, cells, header) for line, cells in ragged]
    refused += [_undecodable(feed, line, dict(zip(header, cells, strict=True)), byte) for line, cells, byte in odd]
    return tuple(sorted(refused, key=lambda reject: reject.line or 0))


def _headers_again(feed: str, rows: Sequence[tuple[int, list[str]]], header: list[str]) -> Iterator[Reject]:
    """The refusals of records that repeat the header, as where files were put one behind the other.

    A list whose dates may be blank would otherwise have a system called Model.
    """
    again = [line for line, cells in rows if cells == header and len(set(cells)) > 1]
    require_few_refusals(len(again), len(header), "the header again", where=feed)
    for line in again:
        yield Reject(feed, line, None, None, "header", "the header stands here again", dict.fromkeys(header))


def _undecodable(feed: str, line: int, cells: Mapping[str, str], byte: str) -> Reject:
    row = {name: _shown(cell) for name, cell in cells.items()}
    column = next(name for name, cell in cells.items() if _odd_byte([cell]))
    return Reject(feed, line, column, row[column], "utf-8", f"{column} holds {byte}, which is not UTF-8 text", row)


def _shown(cell: str) -> str:
    """The cell with a sign where a byte could not be read: half a character cannot be stored."""
    return cell.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _ragged(feed: str, line: int, cells: list[str], header: list[str]) -> Reject:
    names = [*header, *(f"extra_{k}" for k in range(len(cells)))]
    row: Mapping[str, object] = dict(zip(names, map(_shown, cells), strict=False))
    reason = f"{len(cells)} cells under a header of {len(header)}: quote cells that hold a comma, keep empty cells"
    return Reject(feed, line, None, None, "row-width", reason, row)


def _as_text(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).casefold()


def blank_to_null() -> pl.Expr:
    """All columns of text, trimmed, with nothing where they are blank."""
    text = pl.col(pl.String).str.strip_chars()
    return pl.when(text != "").then(text).name.keep()


def _as_number(text: pl.Expr) -> pl.Expr:
    value = text.cast(pl.Float64, strict=False)
    # 1e999 is written like a number, and infinite once it is read.
    return pl.when(text.str.contains(_NUMBER) & value.is_finite()).then(value)


def _seen(header: Sequence[str]) -> str:
    return "columns " + ", ".join(shortened(name) for name in header[:60])
