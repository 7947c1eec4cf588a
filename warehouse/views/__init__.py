"""Views and macros for people: the scripts of this folder, with every column's comment taken from the contracts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warehouse.contracts import table_named
from warehouse.contracts.facts import macros
from warehouse.contracts.table import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE: Final = Path(__file__).parent
# In a script, `--@ property_latest <- out.property` takes over the comments of all columns of that table, and
# `--@ frontier <- core.observation: value, evidence` those of the columns named.
_INHERITED: Final = re.compile(r"^--@ (?P<view>\w+) <- (?P<table>\w+\.\w+)(?:: (?P<columns>[\w, ]+))?$", re.MULTILINE)


def script() -> str:
    """All scripts in the order of their names, ready to run in one transaction; KeyError for an unknown table."""
    return "\n".join((macros(), *(_INHERITED.sub(_comments, text) for text in _texts())))


def _texts() -> Iterable[str]:
    return (path.read_text(encoding="utf-8") for path in sorted(HERE.glob("*.sql")))


def _comments(directive: re.Match[str]) -> str:
    table = table_named(directive["table"])
    chosen = directive["columns"].split(", ") if directive["columns"] else table.column_names
    comments = {column.name: column.comment for column in table.columns}
    view = directive["view"]
    return "\n".join(f"COMMENT ON COLUMN {view}.{name} IS {quoted(comments[name])};" for name in chosen)
