"""One step of the query bench in a process of its own: `python -m infra.bench.query_loads STEP HOME`.

Prints what it measured as JSON; importing our own code and opening files are in no number.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import polars as pl

from infra.bench.landing_loads import SERIES, open_home
from warehouse.checks import CHECKS, CheckFacts, fast, gate, run_checks, warm_up
from warehouse.checks.check import CheckMoment
from warehouse.checks.relations import given
from warehouse.contracts import core
from warehouse.publication import publish_copy
from warehouse.store import CONFIG, READ_COPY_FILE, WRITER_FILE, Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    from warehouse.checks import CheckReport

FIRST = datetime(2024, 11, 20, 6, 30)
NOW = datetime(2026, 11, 22, 6, 30)
VINTAGES = 24
DAYS = 5_000
SYSTEMS = 5_000
ROUNDS = 5
# What DuckDB may keep of a file in memory; whatever else the process needs comes on top.
KEPT = "2GB"
# A row in so many is revised or taken back in one of the later vintages: about a hundredth of the file in each.
PERIOD = 100


def moment(vintage: int) -> datetime:
    """When a vintage was recorded: one a month."""
    return FIRST + timedelta(days=30 * vintage)


def fill(home: Path, rows: int) -> dict[str, Any]:
    """Make a warehouse of `rows` observations, all vintages together, laid down as landings would have.

    The first vintage holds most; of each later one, nine rows in ten revise an older one and one takes it back. A
    publisher's file has its series one after the other, the days of each in order.
    """
    open_home(home, FIRST)
    later = rows * (VINTAGES - 1) // (PERIOD + VINTAGES - 1)
    first = rows - later
    ended = f"CASE WHEN row % {PERIOD} BETWEEN 1 AND {VINTAGES - 1} THEN {_at(f'row % {PERIOD}')} END"
    with Warehouse.open(home, now=FIRST) as warehouse:
        warehouse.execute(_landed("row", first, f"range({first}) AS t(row)", {"superseded_at": ended}))
        for vintage in range(1, VINTAGES):
            count = len(range(vintage, first, PERIOD))
            said = {"recorded_at": _at(str(vintage)), "is_deleted": "row % 10 = 0"}
            place = f"(SELECT {vintage} + {PERIOD} * number AS row FROM range({count}) AS t(number))"
            warehouse.execute(_landed(f"{first} + row", first, place, said))
        stored = warehouse.rows("SELECT count(*) FROM core.observation")[0][0]
    return {"rows": stored, "bytes": (home / WRITER_FILE).stat().st_size}


def _at(vintage: str) -> str:
    return f"TIMESTAMP '{FIRST}' + INTERVAL 30 DAY * ({vintage})"


def _landed(seed: str, first: int, place: str, said: dict[str, str]) -> str:
    """The statement that stores the rows of one vintage; `seed` makes their values."""
    each = max(first // SERIES, 1)
    name = f"(row // {each} % {SERIES})"
    day = f"DATE '2010-01-01' + CAST(row % {each} * {DAYS} // {each} AS INTEGER)"
    cells = {
        "series_id": f"'benchmark-' || {name} || '/full/single-sample'",
        "source_row_id": f"'system-' || row % {SYSTEMS} || '|' || row",
        "system_id": f"'system-' || row % {SYSTEMS}",
        "observation_date": day, "date_kind": "'model_release'", "date_precision": "'day'", "known_date": day,
        "value": f"hash({seed}) / 18446744073709551615", "unit": "'share'",
        "std_error": "CASE WHEN row % 3 = 0 THEN row % 97 / 10000 END",
        "setup": "CASE WHEN row % 5 = 0 THEN row % 9 || '-shot, chain of thought' END",
        "evidence": "'publisher_file'",
        "citation_title": f"'Evaluations of benchmark ' || {name}",
        "citation_url": f"'https://example.org/benchmarks/' || {name}",
        "source_id": "'bench'", "feed": "'file.csv'", "snapshot_id": "'bytes of the vintage'",
        "recorded_at": _at("0"), "superseded_at": "NULL", "is_deleted": "false", "is_backfilled": "false",
    } | said  # fmt: skip
    names = ", ".join(core.OBSERVATION.column_names)
    values = ", ".join(cells[column] for column in core.OBSERVATION.column_names)
    return f"INSERT INTO core.observation ({names}) SELECT {values} FROM {place}"


def _questions() -> dict[str, str]:
    """Name → query. Each answer is a row of sums, so that all of what is asked for has to be read."""
    some = "SELECT count(*), sum(value), max(observation_date) FROM "
    whole = f"SELECT {', '.join(f'max({name})' for name in core.OBSERVATION.column_names)} FROM "
    middle, newest = (f"TIMESTAMP '{moment(vintage)}'" for vintage in (VINTAGES // 2, VINTAGES))
    one = "WHERE series_id = 'benchmark-17/full/single-sample'"
    series = f"SELECT count(*), max(t::VARCHAR) FROM frontier_as_of({middle}) AS t {one}"
    return {
        "scan": f"{some} core.observation",
        "scan of whole rows": f"{whole} core.observation",
        "as of the first vintage": f"{some} observation_as_of(TIMESTAMP '{FIRST}')",
        "as of the middle": f"{some} observation_as_of({middle})",
        "as of the end": f"{some} observation_as_of({newest})",
        "planning the frontier of one series": f"EXPLAIN {series}",
        "frontier of one series": series,
        "frontier of every series": f"SELECT count(*), max(hash(t)) FROM frontier_as_of({middle}) AS t",
    }


def ask(home: Path) -> dict[str, float]:
    """Seconds of every question to the read copy, the best of some rounds: what else is at work only ever adds."""
    copy = str(home / READ_COPY_FILE)
    with duckdb.connect(copy, read_only=True, config={**CONFIG, "memory_limit": KEPT}) as connection:

        def seconds(sql: str) -> float:
            return _seconds(lambda: connection.execute(sql).fetchall())

        rounds = [{name: seconds(sql) for name, sql in _questions().items()} for _ in range(ROUNDS)]
    return {name: min(one[name] for one in rounds) for name in rounds[0]}


def publish(home: Path) -> dict[str, float]:
    """Seconds to publish a read copy: the first, which finds the contenders of every series, and after one new row.

    Of the second there are the bytes of the copy, and those that went to the disk for it, by whatever was written
    before: where the file system shares blocks they are few. Memory is limited as for the questions.
    """
    with Warehouse.open(home, now=NOW) as warehouse:
        warehouse.execute(f"SET memory_limit = '{KEPT}'")
        first = _seconds(lambda: publish_copy(warehouse, home))
        newest = _landed(
            "0", 1, "range(1) AS t(row)", {"source_row_id": "'one more'", "recorded_at": f"TIMESTAMP '{NOW}'"}
        )
        warehouse.execute(newest)
        before = _written()
        spent = time.process_time()
        again = _seconds(lambda: publish_copy(warehouse, home))
        spent, written = time.process_time() - spent, _written() - before
    size = (home / READ_COPY_FILE).stat().st_size
    return {"first": first, "seconds": again, "processor": spent, "bytes": size, "written": written}


def _written() -> int:
    """Bytes that this process has sent to a disk so far, as Linux counts them."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    return int(dict(line.split(": ") for line in lines)["write_bytes"])


def check(home: Path) -> dict[str, float]:
    """Seconds of both runners of the checks, on the copy that was published; Great Expectations is loaded before."""
    warm_up().join()
    known = given(CheckMoment(NOW.date(), NOW), CheckFacts("2026-11-22-00000000"))
    copy = home / READ_COPY_FILE
    return {
        "fast": _seconds(lambda: fast.findings(copy, CHECKS, known)),
        "gate": _seconds(lambda: gate.examine(copy, CHECKS, known)),
    }


def change(home: Path) -> dict[str, Any]:
    """Processor seconds of the fast runner over all rows, and a day later over one revised row; what each looked at.

    Without Great Expectations, which is loaded in neither. Checks that find something in the made-up rows, which no
    system has a name in and no edition is of, are made over all rows both times; they are counted.
    """
    with Warehouse.open(home, now=NOW) as warehouse:
        warehouse.execute(_named_systems())
        _edition(warehouse, 1, NOW)
        publish_copy(warehouse, home)
        whole, spent_whole = _checked(home, 1, NOW)
        warehouse.insert(core.CHECK_RESULT, whole.rows)
        later = NOW + timedelta(days=1)
        _revise_one(warehouse, later)
        _edition(warehouse, 2, later)
        publish_copy(warehouse, home)
    part, spent = _checked(home, 2, later)
    assert part.why_full == "", part.why_full
    looked = part.rows.group_by("check_name").agg(pl.col("scope").first())["scope"].to_list()
    return {"whole": spent_whole, "part": spent, "changed_only": looked.count("change"), "all": looked.count("full")}


def _named_systems() -> str:
    said = {
        "system_id": "'system-' || number",
        "system_name": "'System ' || number",
        "source_row_id": "'system-' || number",
        "source_id": "'bench'",
        "feed": "'systems.csv'",
        "snapshot_id": "'0'",
        "recorded_at": _at("0"),
        "is_deleted": "false",
        "is_backfilled": "false",
    }
    columns = ", ".join(f"{cell} AS {name}" for name, cell in said.items())
    return f"""
        INSERT INTO core.system BY NAME SELECT {columns} FROM range({SYSTEMS}) AS t(number);
        INSERT INTO raw.snapshot BY NAME
        SELECT unnest(['0', 'bytes of the vintage']) AS snapshot_id, 'bench' AS source_id, 'file.csv' AS feed,
               'embedded:bench' AS url, {_at("0")} AS retrieved_at, 0 AS bytes, 'CC0' AS licence,
               false AS is_backfilled"""


def _edition(warehouse: Warehouse, number: int, at: datetime) -> None:
    """An edition of a day and the run that published it: what the next run's checks add their changes to."""
    name = _edition_id(at)
    warehouse.execute(
        f"""INSERT INTO out.edition BY NAME SELECT '{name}' AS edition_id, DATE '{at:%Y-%m-%d}' AS origin_date,
            TIMESTAMP '{at}' AS issued_at, DATE '2030-07-01' AS target_date, 'bench' AS code_version,
            repeat('0', 64) AS content_digest, '{{}}' AS settings_json, '{{}}' AS inputs_json"""
    )
    warehouse.execute(
        f"""INSERT INTO out.run BY NAME SELECT 'bench/{number}' AS run_id, {number} AS run_number,
            TIMESTAMP '{at}' AS started_at, TIMESTAMP '{at}' AS finished_at, DATE '{at:%Y-%m-%d}' AS origin_date,
            '{"published" if number == 1 else "interrupted"}' AS outcome, '{name}' AS edition_id, 0 AS added_count,
            0 AS revised_count, 0 AS deleted_count, 0 AS unchanged_count, 0 AS quarantined_count, '' AS message"""
    )


def _edition_id(at: datetime) -> str:
    return f"{at:%Y-%m-%d}-00000000"


def _revise_one(warehouse: Warehouse, at: datetime) -> None:
    """One row in force is replaced by one with another value, as a landing replaces it."""
    [(row,)] = warehouse.rows("SELECT max(rowid) FROM core.observation WHERE superseded_at IS NULL AND NOT is_deleted")
    warehouse.execute(f"UPDATE core.observation SET superseded_at = TIMESTAMP '{at}' WHERE rowid = {row}")
    warehouse.execute(
        f"""INSERT INTO core.observation SELECT * REPLACE (value / 2 AS value, TIMESTAMP '{at}' AS recorded_at,
                NULL AS superseded_at) FROM core.observation WHERE rowid = {row}"""
    )


def _checked(home: Path, number: int, at: datetime) -> tuple[CheckReport, float]:
    """A check run on the copy of the home, and its processor seconds."""
    started = time.process_time()
    report = run_checks(
        home / READ_COPY_FILE, run_id=f"bench/{number}", today=at.date(), now=at,
        facts=CheckFacts(_edition_id(at), least_rows=0), is_gated=False,
    )  # fmt: skip
    return report, time.process_time() - started


def refresh(home: Path) -> dict[str, float]:
    """Seconds of a first refresh, and for how many of them its checks waited for Great Expectations to be imported."""
    from flows.commands.refresh import run_here
    from flows.run import steps

    waited = 0.0
    from warehouse.checks import run_checks

    def wait_and_run(*arguments: Any, **options: Any) -> CheckReport:
        nonlocal waited
        # An import that another thread is at is waited for here, as long as the checks would have waited.
        waited = _seconds(lambda: import_module("great_expectations"))
        return run_checks(*arguments, **options)

    steps.run_checks = wait_and_run  # type: ignore[attr-defined]
    os.environ["GPT2030_HOME"] = str(home)
    whole = _seconds(lambda: run_here({"only": None, "offline": True, "today": "2026-11-22", "dry_run": False}))
    return {"seconds": whole, "waited": waited}


def alone(_: Path) -> dict[str, float]:
    """Seconds to import Great Expectations with nothing else at work."""
    return {"seconds": _seconds(lambda: warm_up().join())}


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


STEPS: Final = {step.__name__: step for step in (fill, ask, publish, check, change, refresh, alone)}


def main(what: str, home: str, *rows: str) -> None:
    """Do one step and print what was measured."""
    step: Callable[..., dict[str, Any]] = STEPS[what]
    print(json.dumps(step(Path(home), *map(int, rows))))


if __name__ == "__main__":
    main(*sys.argv[1:])
