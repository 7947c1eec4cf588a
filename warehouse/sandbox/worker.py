"""The process that runs questions on one read copy: locked, limited in memory, and ended from inside when too slow.

A process of its own because the engine's limits have holes: one call of `repeat` or `levenshtein` neither counts
towards memory_limit nor listens to interrupt(), and would take the machine or the terminal with it.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import threading
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from warehouse.opening import Unreadable, open_to_read
from warehouse.sandbox import spelling
from warehouse.sandbox.errors import (
    EXIT_TOO_SLOW,
    CopyUnreadable,
    Place,
    QueryFailed,
    QueryRefused,
    QueryTooLarge,
    SandboxError,
    TimedOut,
)
from warehouse.sandbox.gate import ADVICE_NAMES, SandboxGate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from warehouse.sandbox.gate import AdmittedStatement

# How long a query that was interrupted may take to notice; afterwards the process ends itself.
GRACE_SECONDS: Final = 1.0
MEBIBYTE: Final = 2**20
STATM: Final = Path("/proc/self/statm")
# Column types that frames cannot hold are handed on as the engine prints them.
_AS_TEXT: Final = re.compile(r"\b(?:INTERVAL|UNION|MAP|BIT|BIGNUM|VARIANT|GEOMETRY|UHUGEINT|TIME WITH TIME ZONE)\b")
# 0001-01-01 and 9999-12-31, in days since 1970: earlier ones and later ones have no form in Python.
_FIRST_DAY: Final = -719_162
_LAST_DAY: Final = 2_932_896
_PER_DAY: Final = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """One question with its limits."""

    query: str
    row_limit: int
    seconds: float
    result_bytes: int


def connect(path: str, memory_bytes: int) -> duckdb.DuckDBPyConnection:
    """Open a read copy so that nothing but reading it is possible; CopyUnreadable when it is not a DuckDB file."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "memory_limit": f"{memory_bytes // MEBIBYTE}MiB",
        # Nowhere to spill to: a query that needs more is ended, and does not fill the disk.
        "temp_directory": "",
        "threads": min(4, os.cpu_count() or 1),
    }
    try:
        connection = open_to_read(Path(path), config)
    except Unreadable as error:
        said = error.said.replace(path, "the file")
        raise CopyUnreadable(f"cannot open the read copy: {said}", advice=error.advice) from error
    connection.execute("SET errors_as_json = true")
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET lock_configuration = true")
    return connection


def limit_memory(memory_bytes: int) -> None:
    """Let the process grow by twice the memory of the engine (its own and a result's) and no further.

    Where the size of a process cannot be read (not Linux), only the engine's own limit holds.
    """
    if not STATM.exists():
        return
    size = int(STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 2 * memory_bytes, resource.RLIM_INFINITY))


class Worker:
    """Answers requests on one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Learn the rules for this version of the engine; QueryRefused when it is one that cannot be judged."""
        self._connection = connection
        self._gate = SandboxGate(connection)
        rows = connection.execute("SELECT path FROM duckdb_databases() WHERE path IS NOT NULL").fetchall()
        self._paths = [str(path) for (path,) in rows]

    def answer(self, request: QueryRequest) -> tuple[pa.Table, frozenset[str]]:
        """At most `row_limit` rows and one more, which says that there would be more; the names of what was read."""
        question = None
        try:
            question = self._gate.admit(request.query)
            with self._interrupted_after(request.seconds), self._nothing_kept():
                table = self._table(question, request.row_limit)
        except duckdb.InterruptException as error:
            raise TimedOut(f"not finished after {request.seconds:g} s", advice="narrow the question") from error
        except (duckdb.OutOfMemoryException, MemoryError, pa.ArrowMemoryError) as error:
            raise QueryTooLarge(
                "more memory than a query may have", advice="aggregate, or narrow the question"
            ) from error
        except duckdb.PermissionException as error:
            # The engine reads the files of an IMPORT while it takes statements apart: nobody could judge it before.
            raise QueryRefused("a file is refused: this copy alone is read", advice=ADVICE_NAMES) from error
        except duckdb.Error as error:
            raise self._explained(request.query, question, error) from error
        if table.nbytes > request.result_bytes:
            size = f"{table.nbytes / MEBIBYTE:.0f} MiB, more than {request.result_bytes / MEBIBYTE:.0f}"
            raise QueryTooLarge(f"the result has {size}", advice="select fewer columns or rows")
        _check_dates(table)
        return table, question.relations

    def _table(self, question: AdmittedStatement, row_limit: int) -> pa.Table:
        # The very statement that was judged, not its text once more.
        relation = self._connection.sql(question.statement).limit(row_limit + 1)
        kinds = [str(kind) for kind in relation.types]
        # By number, not by name: `select 1 a, 2 a` has two columns of one name.
        chosen = [f"CAST(#{n} AS VARCHAR)" if _AS_TEXT.search(kind) else f"#{n}" for n, kind in enumerate(kinds, 1)]
        table = relation.project(", ".join(chosen)).to_arrow_table()
        return table.rename_columns(_unique(relation.columns))

    @contextmanager
    def _nothing_kept(self) -> Iterator[None]:
        """Whatever a question should yet manage to make, e.g. a temporary table named like a view, is gone after it."""
        self._connection.execute("BEGIN TRANSACTION READ ONLY")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def _interrupted_after(self, seconds: float) -> Iterator[None]:
        timers = [
            threading.Timer(seconds, self._connection.interrupt),
            # Not an exception: the thread that would have to notice it is inside the engine.
            threading.Timer(seconds + GRACE_SECONDS, os._exit, (EXIT_TOO_SLOW,)),
        ]
        for timer in timers:
            timer.start()
        try:
            yield
        finally:
            for timer in timers:
                timer.cancel()

    def _explained(self, query: str, question: AdmittedStatement | None, error: duckdb.Error) -> QueryFailed:
        details, offset = _details(error), question.offset if question else 0
        if "position" not in details and question:
            # What fails while names are looked up carries its place only when run as a statement: EXPLAIN does that.
            # Only with what was admitted: to explain other text could run it (`ANALYZE …` behind an EXPLAIN does).
            try:
                self._connection.execute(f"EXPLAIN {question.reads}").fetchall()
            except duckdb.Error as again:
                if "position" in _details(again):
                    details, offset = _details(again), question.reads_at - len("EXPLAIN ")
        message = details["exception_message"].strip()
        for path in self._paths:
            # A damaged block is reported with the place of the file.
            message = message.replace(path, "the file")
        first, *rest = message.split("\n", 1)
        place = Place.at(query, int(details["position"]) + offset) if "position" in details else None
        advice = self._spelling(details) or _shortened("".join(rest))
        return QueryFailed(f"{details['exception_type']} error: {first}", place=place, advice=advice)

    def _spelling(self, details: dict[str, str]) -> str | None:
        """Names of ours that resemble a missing table; the engine would suggest its own internal ones."""
        if details.get("type") not in {"Table", "Table Function"} or not details.get("name"):
            return None
        rows = self._connection.execute(
            "SELECT if(schema_name = 'main', '', schema_name || '.') || name FROM ("
            "SELECT schema_name, table_name AS name FROM duckdb_tables() WHERE NOT internal UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal UNION ALL "
            "SELECT schema_name, function_name FROM duckdb_functions() WHERE NOT internal)"
        ).fetchall()
        return spelling.advice(details["name"], (str(name) for (name,) in rows))


def _unique(names: Sequence[str]) -> list[str]:
    """Every name once, as frames need it: a second `a` becomes `a_1`."""
    unique: list[str] = []
    for name in names:
        copies = (f"{name}_{number}" for number in count(1))
        unique.append(name if name not in unique else next(copy for copy in copies if copy not in unique))
    return unique


def _check_dates(table: pa.Table) -> None:
    for name, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_date(column.type):
            kind, per_day = "i4", 1
        elif pa.types.is_timestamp(column.type):
            kind, per_day = "i8", _PER_DAY[column.type.unit]
        else:
            continue
        for chunk in column.chunks:
            stored = _stored(chunk, kind)
            # Beyond either end Python would be given another date.
            if stored.size and (stored.min() // per_day < _FIRST_DAY or stored.max() // per_day > _LAST_DAY):
                raise QueryFailed(f"column {name} has a date outside the years 1 to 9999", advice="cast it to VARCHAR")


def _stored(dates: pa.Array, kind: str) -> NDArray[np.integer[Any]]:
    """Dates or timestamps as the numbers that they are kept as, without those that are null."""
    # Straight from memory: what pyarrow computes and converts with takes as long to load as the rest of it, for every
    # question that anybody asks, and loads pandas to see what a number of Python's is.
    validity, numbers = dates.buffers()
    here = slice(dates.offset, dates.offset + len(dates))
    stored: NDArray[np.integer[Any]] = np.frombuffer(numbers or b"", kind)[here]
    if validity is None:
        return stored
    is_known = np.unpackbits(np.frombuffer(validity, np.uint8), bitorder="little")[here].astype(bool)
    known: NDArray[np.integer[Any]] = stored[is_known]
    return known


def _details(error: duckdb.Error) -> dict[str, str]:
    """The engine's account of an error; its text form when it is not JSON."""
    kind, _, rest = str(error).partition(": ")
    try:
        details = json.loads(rest)
    except json.JSONDecodeError:
        details = None
    if isinstance(details, dict) and "exception_message" in details:
        return details
    return {"exception_type": kind.removesuffix(" Error"), "exception_message": rest or kind}


def _shortened(text: str) -> str | None:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join([*lines[:6], *(["…"] if len(lines) > 6 else [])]) or None


def serve(connection: Connection, path: str, memory_bytes: int) -> None:
    """Answer requests until the other end is gone: first a line of JSON, then the frame as an Arrow stream."""
    try:
        worker = Worker(connect(path, memory_bytes))
    except SandboxError as error:
        connection.send_bytes(_wire(error))
        return
    # Only now: what the loaded engine takes for itself must not count against a question.
    limit_memory(memory_bytes)
    connection.send_bytes(b"{}")
    while True:
        try:
            request = QueryRequest(**json.loads(connection.recv_bytes()))
        except EOFError:
            return
        try:
            table, relations = worker.answer(request)
        except SandboxError as error:
            connection.send_bytes(_wire(error))
            continue
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        connection.send_bytes(json.dumps({"relations": sorted(relations)}).encode())
        connection.send_bytes(sink.getvalue())


def _wire(error: SandboxError) -> bytes:
    place = asdict(error.place) if error.place else None
    fields = {"kind": type(error).__name__, "message": error.message, "place": place, "advice": error.advice}
    return json.dumps(fields).encode()


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])), sys.argv[2], int(sys.argv[3]))
