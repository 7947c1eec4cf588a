"""Is a home whole? What the trials ask after every blow: readable, nothing lost, nothing doubled, nothing blocked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warehouse.contracts import core

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.contracts.table import Table
    from warehouse.reader import Reader

    # Keys by table.
    Standing = dict[str, frozenset[str]]

# Tables of the embedded default that nothing is ever taken out of: what stood on the first day stands on every later
# one. Some of it is dated, so that more may come.
_STANDING: Final = (core.SERIES, core.ASSUMPTION, core.ESSAY_NUMBER, core.INCONSISTENCY)


def expected(home: Path) -> Standing:
    """The keys that stand in each table that every later refresh must leave alone, by the read copy."""
    with _reader(home) as reader:
        return _keys(reader)


def problem(home: Path, whole: Standing) -> str:
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
        # Rows that share their key share its hash, and a million hashes are told apart in a third of the time.
        counted = f"SELECT count(*) > count(DISTINCT hash({key})) FROM {table.full_name} {where}"
        if reader.rows(counted) == [(False,)]:
            continue
        twins = reader.rows(f"SELECT {key} FROM {table.full_name} {where} GROUP BY ALL HAVING count(*) > 1 LIMIT 1")
        if twins:
            return f"{table.full_name} has {twins[0]} twice"
    return ""


def _lost(reader: Reader, whole: Standing) -> str:
    now = _keys(reader)
    lost = [f"{name} has lost {min(keys - now[name])}" for name, keys in whole.items() if keys - now[name]]
    return "; ".join(lost)


def _keys(reader: Reader) -> Standing:
    return {table.full_name: frozenset(map(str, reader.rows(_in_force(table)))) for table in _STANDING}


def _in_force(table: Table) -> str:
    key = ", ".join(("source_id", "feed", *table.key))
    return f"SELECT {key} FROM {table.full_name} WHERE superseded_at IS NULL AND NOT is_deleted"
