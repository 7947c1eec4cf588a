"""Which clients read the read copy: `python -m infra.old_clients HOME PYTHON...`, each with a DuckDB of its own.

An interpreter is made with e.g. `python3.11 -m venv old && old/bin/pip install duckdb==1.1.3`. What is tried is every
table and view, and every macro of a home: a format that opens says nothing about functions that a view needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from warehouse.store import READ_COPY_FILE

# Begins the line in which a client answers.
ANSWER: Final = "answer: "
CLIENT: Final = """
import duckdb, json, sys
# What a macro is asked for; every other parameter is a moment.
ARGUMENTS = {
    "property": "$$speed.multiple$$", "x": "20", "stale_days": "2", "source_id": "$$metr$$", "is_deleted": "false",
    "system_id": "$$o1$$", "date_kind": "$$paper$$", "observation_date": "DATE $$2026-11-22$$",
}
said = {"version": duckdb.__version__, "read": 0, "failed": []}
try:
    client = duckdb.connect(sys.argv[1], read_only=True)
    names = client.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal UNION ALL "
        "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    macros = client.execute(
        "SELECT schema_name, function_name, function_type, parameters FROM duckdb_functions() WHERE NOT internal"
    ).fetchall()
    asked = {f"{schema}.{name}": f'SELECT * FROM "{schema}"."{name}"' for schema, name in names}
    for schema, name, kind, parameters in macros:
        given = [ARGUMENTS.get(one, "TIMESTAMP $$2026-11-22$$") for one in parameters]
        call = f'"{schema}"."{name}"({", ".join(given)})'
        asked[f"{name}()"] = f"SELECT * FROM {call}" if kind == "table_macro" else f"SELECT {call}"
    for name, sql in asked.items():
        try:
            client.execute(sql).fetchall()
            said["read"] += 1
        except duckdb.Error as error:
            said["failed"].append(f"{name}: {str(error).splitlines()[0]}")
except duckdb.Error as error:
    said["failed"].append(str(error).splitlines()[0])
print(f"\\nanswer: {json.dumps(said)}")
"""


def main(home: str, *interpreters: str) -> int:
    """Try every client and print what it could read; the exit code says whether each could read all."""
    is_whole = True
    for interpreter in interpreters:
        said = _asked(interpreter, Path(home) / READ_COPY_FILE)
        print(f"DuckDB {said['version']}: {said['read']} relations and macros read, {len(said['failed'])} not")
        print("".join(f"  {line}\n" for line in said["failed"]), end="")
        is_whole = is_whole and not said["failed"]
    return int(not is_whole)


def _asked(interpreter: str, read_copy: Path) -> dict[str, Any]:
    """What one client could read; one that cannot be started, or answers nothing that is meant for us, failed whole."""
    try:
        done = subprocess.run([interpreter, "-c", CLIENT, str(read_copy)], capture_output=True, text=True, check=False)
    except OSError as error:
        return _none_of(interpreter, str(error))
    # An interpreter and its packages may print whatever they like around the answer.
    answers = [line.removeprefix(ANSWER) for line in done.stdout.splitlines() if line.startswith(ANSWER)]
    if done.returncode or not answers:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        return _none_of(interpreter, f"ended with {done.returncode} and no answer: {lines[-1]}")
    said: dict[str, Any] = json.loads(answers[-1])
    return said


def _none_of(interpreter: str, why: str) -> dict[str, Any]:
    return {"version": f"of {interpreter}", "read": 0, "failed": [why]}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
