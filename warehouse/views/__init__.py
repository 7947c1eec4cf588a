"""Views and macros for people: the scripts of this folder, with every column's comment taken from the contracts."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

from warehouse.as_of import known_facts, known_rows
from warehouse.contracts import table_named
from warehouse.contracts.facts import macros
from warehouse.contracts.table import quoted
from warehouse.views.standalone import standing_alone, statements

HERE: Final = Path(__file__).parent
# SQL that stands in several places is written once, between `--@ text records` and `--@ end`, and put there with a line
# `--@ put records`: a macro cannot take rows.
_TEXT: Final = re.compile(r"^--@ text (?P<name>\w+)\n(?P<text>.*?)^--@ end\n", re.MULTILINE | re.DOTALL)
_PUT: Final = re.compile(r"^--@ put (?P<name>\w+)$", re.MULTILINE)
# In a script, `--@ property_latest <- out.property` takes over the comments of all columns of that table, and
# `--@ frontier <- core.observation: value, evidence` those of the columns named.
_INHERITED: Final = re.compile(
    r"^--@ (?P<view>[\w.]+) <- (?P<table>\w+\.\w+)(?:: (?P<columns>[\w, ]+))?$", re.MULTILINE
)


_OF_MACRO: Final = re.compile(r"^(CREATE OR REPLACE|COMMENT ON) MACRO ", re.MULTILINE)


def macros_for_readers() -> str:
    """The macros alone, with tables named in full: views find theirs under any name a file is attached by."""
    return _macros_alone(script(is_published=True))


@cache
def _macros_alone(script: str) -> str:
    return "\n".join(one for one in statements(script) if _OF_MACRO.search(one))


def script(*, is_published: bool = False) -> str:
    """All scripts in the order of their names, ready to run in one transaction; KeyError for an unknown table.

    For a copy that is published, macros name their tables in full, see `warehouse.views.standalone`.
    """
    return _standing(HERE, is_published=is_published)


# Every opening of a warehouse asks for them, to see whether they are those that its file has.
@cache
def _standing(folder: Path, *, is_published: bool) -> str:
    return standing_alone(_text(folder), is_qualified=is_published)


def text() -> str:
    """The scripts as they are written, with calls of macros in views and in one another."""
    return _text(HERE)


def _text(folder: Path) -> str:
    scripts = (path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))
    return _written_out("\n".join((macros(), *(_INHERITED.sub(_comments, one) for one in scripts))))


_ISSUED, _ORIGIN = "(SELECT issued_at FROM edition)", "(SELECT origin_date FROM edition)"
# The reading of the past that every forecast rests on, from where the forecasts take it.
_GIVEN: Final = {
    "known": known_facts(known_rows("core.observation", "moment(t)"), "CAST(moment(t) AS DATE)"),
    "series_known": known_rows("core.series", "moment(t)"),
    "fitted": known_facts(known_rows("core.observation", _ISSUED), _ORIGIN),
    "series_fitted": known_rows("core.series", _ISSUED),
}


def _written_out(script: str) -> str:
    texts = _GIVEN | {found["name"]: found["text"].rstrip() for found in _TEXT.finditer(script)}
    return _PUT.sub(lambda found: texts[found["name"]], _TEXT.sub("", script))


def _comments(directive: re.Match[str]) -> str:
    table = table_named(directive["table"])
    chosen = directive["columns"].split(", ") if directive["columns"] else table.column_names
    comments = {column.name: column.comment for column in table.columns}
    view = directive["view"]
    return "\n".join(f"COMMENT ON COLUMN {view}.{name} IS {quoted(comments[name])};" for name in chosen)
