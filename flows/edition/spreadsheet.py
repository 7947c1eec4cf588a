"""CSV that people open in a spreadsheet: text stays text there, whatever it begins with."""

from __future__ import annotations

from typing import Final

import polars as pl

# What begins a formula in one spreadsheet or another, the wide forms of East Asian keyboards among them; but no text
# that is a number, which a spreadsheet may well take for one.
_BEGINS: Final = "=+-@\t\r\n＝＋－＠"
_FORMULA: Final = r"^[=+\-@\t\r\n＝＋－＠]"
# Ends a line of what is taken apart again: a mark that no text has.
_END: Final = "\x1f\n"
_NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


def spreadsheet_csv(frame: pl.DataFrame) -> str:
    """The rows as CSV, with an apostrophe before text that a spreadsheet would compute; numbers are numbers.

    What a publisher sent must not run as a formula on the machine of whoever looks at it.
    """
    return _marked(frame).write_csv()


def spreadsheet_of_each(frame: pl.DataFrame, key: str) -> dict[str, str]:
    """Per value of a column the CSV of its rows, as `spreadsheet_csv` would write them alone; none may be empty."""
    # Written at once and taken apart: an edition has ninety such files, most of a row or two, and a call of polars each
    # took longer than all that is in them.
    lines = _marked(frame).write_csv(line_terminator=_END).split(_END)[:-1]
    if len(lines) != frame.height + 1:  # the sign stands in a text, too
        return {name: spreadsheet_csv(frame.filter(pl.col(key) == name)) for name in frame[key].unique().to_list()}
    found: dict[str, list[str]] = {}
    for name, line in zip(frame[key].to_list(), lines[1:], strict=True):
        found.setdefault(name, [lines[0]]).append(line)
    return {name: "".join(f"{line}\n" for line in each) for name, each in found.items()}


def _marked(frame: pl.DataFrame) -> pl.DataFrame:
    marked = []
    for name in (name for name, kind in frame.schema.items() if kind == pl.String):
        # Ninety files an edition, most of a few rows: an expression for each of forty columns took a fifth of its time.
        if not any(text and text[0] in _BEGINS for text in frame[name].to_list()):
            continue
        text = pl.col(name)
        is_computed = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
        marked.append(pl.when(is_computed).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name))
    return frame.with_columns(*marked) if marked else frame
