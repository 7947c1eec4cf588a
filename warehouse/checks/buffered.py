"""A dialect of DuckDB for SQLAlchemy whose results outlive their connection, as Great Expectations needs them.

Great Expectations closes a connection before it reads the rows that came through it; DuckDB's rows end with their
connection. Here they are read at once. Results are small: checks count in SQL and return a line per publisher.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
from duckdb_sqlalchemy import ConnectionWrapper, Dialect, DuckDBExecutionContext
from sqlalchemy.dialects import registry
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

from warehouse.store import CONFIG

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
    """`duckdb+buffered://path`: as `duckdb://path` but read-only, and results are read before their connection goes."""

    driver = "buffered"
    # SQLAlchemy asks the class itself, not its parents, and complains where it is left out.
    supports_statement_cache = True
    execution_ctx_cls = _BufferedContext

    def connect(self, *_: Any, **parameters: Any) -> Any:
        """Open as the fast runner does: DuckDB opens a file twice in one process only with the same settings."""
        return ConnectionWrapper(duckdb.connect(parameters["database"], read_only=True, config=CONFIG))


def register() -> None:
    """Let SQLAlchemy find the dialect by its name."""
    registry.register("duckdb.buffered", __name__, BufferedDialect.__name__)


def release(engines: list[Engine]) -> None:
    """Close every connection, so that the file can be opened again, also for writing."""
    for engine in engines:
        engine.dispose()
