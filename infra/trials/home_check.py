"""Is a home whole? What the trials ask after every blow: readable, nothing lost, nothing doubled, nothing blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.reader import Reader

# Rows of the embedded default that stand whatever day it is looked at: none may be lost, none doubled.
_STANDING: Final = ("core.series", "core.assumption", "core.essay_number", "core.inconsistency")


def expected(home: Path) -> dict[str, int]:
    """How many rows stand in each table that every later refresh must leave alone, by the read copy."""
    with _reader(home) as reader:
        return _counts(reader)


def problem(home: Path, whole: dict[str, int]) -> str:
    """The first thing that is wrong with a home that has published, in words; empty when it is whole.

    Read from the read copy and the shelf: a home at work is whole for its readers at every moment.
    """
    import duckdb

    from warehouse.editions import EditionDamaged, EditionShelf
    from warehouse.reader import Unreadable

    try:
        shelf = EditionShelf(home)
        shelf.verify(shelf.latest() or "none")
        with _reader(home) as reader:
            return _table(reader) or _twins(reader) or _lost(reader, whole)
    except (OSError, ValueError, duckdb.Error, EditionDamaged, Unreadable) as error:
        return f"{type(error).__name__}: {error}"


def _reader(home: Path) -> Reader:
    from warehouse.reader import Reader
    from warehouse.store import READ_COPY_FILE

    return Reader(home / READ_COPY_FILE)


def _table(reader: Reader) -> str:
    found: Any = reader.rows("SELECT count(*), count(DISTINCT edition_id) FROM property_latest")[0]
    return "" if found == (44, 1) else f"the read copy shows {found[0]} rows of {found[1]} editions"


def _twins(reader: Reader) -> str:
    """Rows that share the key of their table."""
    from warehouse.contracts import TABLES

    for table in TABLES:
        key = ", ".join(("source_id", "feed", *table.key) if table.is_bitemporal else table.key)
        where = "WHERE superseded_at IS NULL" if table.is_bitemporal else ""
        twins = reader.rows(f"SELECT {key} FROM {table.full_name} {where} GROUP BY ALL HAVING count(*) > 1 LIMIT 1")
        if twins:
            return f"{table.full_name} has {twins[0]} twice"
    return ""


def _lost(reader: Reader, whole: dict[str, int]) -> str:
    counts = _counts(reader)
    return "" if counts == whole else f"rows stand that were {whole}: {counts}"


def _counts(reader: Reader) -> dict[str, int]:
    return {
        name: int(str(reader.rows(f"SELECT count(*) FROM {name} WHERE superseded_at IS NULL AND NOT is_deleted")[0][0]))
        for name in _STANDING
    }
