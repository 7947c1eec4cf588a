"""A dialect of DuckDB for SQLAlchemy whose results outlive their connection, as Great Expectations needs them.

Great Expectations closes a connection before it reads the rows that came through it; DuckDB's rows end with their
connection. Here they are read at once. Results are small: checks count in SQL and return a line per publisher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from duckdb_sqlalchemy import Dialect, DuckDBExecutionContext
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine


class _BufferedContext(DuckDBExecutionContext):
    def post_exec(self) -> None:
        super().post_exec()  # type: ignore[no-untyped-call]
        if self.cursor is not None and self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchall()
            )


class BufferedDialect(Dialect):
    """`duckdb+buffered://path`: as `duckdb://path`, with every result read before the connection goes."""

    driver = "buffered"
    supports_statement_cache = True
    execution_ctx_cls = _BufferedContext


def register() -> None:
    """Let SQLAlchemy find the dialect by its name."""
    registry.register("duckdb.buffered", __name__, BufferedDialect.__name__)


def release(engines: list[Engine]) -> None:
    """Close every connection, so that the file can be opened again, also for writing."""
    for engine in engines:
        engine.dispose()
