"""How a table is declared: columns with type, unit, range and meaning, from which DDL, comments and checks follow."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    import pandera.polars as pa
    import polars as pl

ColumnType = Literal["VARCHAR", "DOUBLE", "BIGINT", "BOOLEAN", "DATE", "TIMESTAMP"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name carries the unit, its comment the meaning, its limits become checks.

    `ge` and `le` are inclusive; `isin` is a closed vocabulary; `matches` a regular expression for the whole text.
    """

    name: str
    type: ColumnType
    comment: str
    nullable: bool = False
    ge: float | None = None
    le: float | None = None
    isin: tuple[str, ...] = ()
    matches: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table: `key` identifies a row among those believed at one moment; `schema` is raw, core or out."""

    schema: Literal["raw", "core", "out"]
    name: str
    comment: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    is_bitemporal: bool = field(default=False)

    @property
    def full_name(self) -> str:
        """The name as SQL says it, e.g. `core.observation`."""
        return f"{self.schema}.{self.name}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """All column names in declared order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The declaration of one column; KeyError when there is none of that name."""
        return {column.name: column for column in self.columns}[name]

    @property
    def arriving(self) -> tuple[Column, ...]:
        """The columns a source fills; for a bitemporal table the bookkeeping columns are added on landing."""
        if not self.is_bitemporal:
            return self.columns
        return tuple(column for column in self.columns if column.name not in BOOKKEEPING_NAMES)

    @property
    def payload(self) -> tuple[str, ...]:
        """The columns whose change is a revision: everything that arrives and is not part of the key."""
        return tuple(c.name for c in self.arriving if c.name not in self.key)

    def ddl(self) -> list[str]:
        """The statements that create the table with its comments, in order."""
        lines = [f"{c.name} {c.type}{'' if c.nullable else ' NOT NULL'}" for c in self.columns]
        create = f"CREATE TABLE {self.full_name} (\n  " + ",\n  ".join(lines) + "\n)"
        return [create, *self.comment_statements()]

    def comment_statements(self) -> list[str]:
        """COMMENT statements for the table and each of its columns."""
        rows = [f"COMMENT ON TABLE {self.full_name} IS {quoted(self.comment)}"]
        rows += [f"COMMENT ON COLUMN {self.full_name}.{c.name} IS {quoted(c.comment)}" for c in self.columns]
        return rows


# Every landed row carries these; `superseded_at` is the one cell that is ever updated, once.
BOOKKEEPING: Final = (
    Column("source_id", "VARCHAR", "the publisher the row came from"),
    Column("feed", "VARCHAR", "the file or endpoint of that publisher"),
    Column("snapshot_id", "VARCHAR", "sha256 of the bytes the row was read from; see raw.snapshot"),
    Column("recorded_at", "TIMESTAMP", "UTC; when the warehouse first said so: the vintage"),
    Column(
        "superseded_at",
        "TIMESTAMP",
        "UTC; when a revision or deletion replaced this row; empty while it stands",
        nullable=True,
    ),
    Column("is_deleted", "BOOLEAN", "true for a tombstone: the publisher no longer lists the row"),
    Column("is_backfilled", "BOOLEAN", "true when the row describes history that was not witnessed live"),
)
BOOKKEEPING_NAMES: Final = frozenset(
    {"source_id", "feed", "snapshot_id", "recorded_at", "superseded_at", "is_deleted", "is_backfilled"}
)


def quoted(text: str) -> str:
    """Text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def polars_schema(table: Table, *, arriving: bool = False) -> dict[str, pl.DataType]:
    """Column name → polars type; with `arriving` only the columns that a source fills."""
    # Imported here: declarations alone must load in milliseconds.
    import polars as pl

    types: dict[str, pl.DataType] = {
        "VARCHAR": pl.String(),
        "DOUBLE": pl.Float64(),
        "BIGINT": pl.Int64(),
        "BOOLEAN": pl.Boolean(),
        "DATE": pl.Date(),
        "TIMESTAMP": pl.Datetime("us"),
    }
    return {c.name: types[c.type] for c in (table.arriving if arriving else table.columns)}


@cache
def pandera_schema(table: Table) -> pa.DataFrameSchema:
    """The same declaration as a pandera schema over the arriving columns, unique on the key."""
    import pandera.polars as pa

    dtypes = polars_schema(table, arriving=True)
    columns = {
        c.name: pa.Column(dtypes[c.name], checks=_checks(c), nullable=c.nullable, name=c.name) for c in table.arriving
    }
    unique = [name for name in table.key if name in columns]
    return pa.DataFrameSchema(columns, strict=True, ordered=True, unique=unique or None, name=table.full_name)


def _checks(column: Column) -> list[pa.Check]:
    import pandera.polars as pa

    checks = []
    if column.ge is not None:
        checks.append(pa.Check.ge(column.ge, name=f"at least {column.ge:g}"))
    if column.le is not None:
        checks.append(pa.Check.le(column.le, name=f"at most {column.le:g}"))
    if column.isin:
        checks.append(pa.Check.isin(list(column.isin), name="one of " + ", ".join(column.isin)))
    # Grouped, or ^ and $ would bind only the outer branches of a pattern with alternatives.
    if column.matches:
        checks.append(pa.Check.str_matches(f"^(?:{column.matches})$", name=f"matches {column.matches}"))
    return checks
