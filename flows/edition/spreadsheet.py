"""CSV that people open in a spreadsheet: text stays text there, whatever it begins with."""

from __future__ import annotations

from typing import Final

import polars as pl

# What begins a formula in one spreadsheet or another, the wide forms of East Asian keyboards among them; but no text
# that is a number, which a spreadsheet may well take for one.
_BEGINS: Final = "=+-@\t\r\n＝＋－＠"
_FORMULA: Final = r"^[=+\-@\t\r\n＝＋－＠]"
_NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"


def spreadsheet_csv(frame: pl.DataFrame) -> str:
    """The rows as CSV, with an apostrophe before text that a spreadsheet would compute; numbers are numbers.

    What a publisher sent must not run as a formula on the machine of whoever looks at it.
    """
    marked = []
    for name in (name for name, kind in frame.schema.items() if kind == pl.String):
        # Ninety files an edition, most of a few rows: an expression for each of forty columns took a fifth of its time.
        if not any(text and text[0] in _BEGINS for text in frame[name].to_list()):
            continue
        text = pl.col(name)
        is_computed = text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)
        marked.append(pl.when(is_computed).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name))
    return (frame.with_columns(*marked) if marked else frame).write_csv()
