"""Clients of another DuckDB: what is held against them is what they answer, whatever else they print."""

import sys

import pytest

from infra.trials.old_clients import main

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

CHATTY = """#!{python}
import json, sys
print("100% of a bar that has no end", end="")
print("\\nanswer: " + json.dumps({{"version": "0.9", "read": 3, "failed": {failed}}}))
print("{{not an answer}}")
"""


def interpreter(folder, script):
    path = folder / "python"
    path.write_text(script)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(("failed", "code"), [([], 0), (["out.score: no such function"], 1)])
def test_a_client_may_print_around_its_answer(tmp_path, capsys, failed, code):
    python = interpreter(tmp_path, CHATTY.format(python=sys.executable, failed=failed))
    assert main(str(tmp_path), python) == code
    assert capsys.readouterr().out.splitlines() == [
        f"DuckDB 0.9: 3 relations and macros read, {len(failed)} not", *(f"  {one}" for one in failed)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "script", ["#!/bin/sh\necho '{}'\n", "#!/bin/sh\necho no such module >&2\nexit 1\n", "#!/nowhere\n"]
)
def test_a_client_without_an_answer_has_read_nothing_and_the_others_are_asked(tmp_path, capsys, script):
    well = interpreter(tmp_path, CHATTY.format(python=sys.executable, failed=[]))
    (tmp_path / "old").mkdir()
    assert main(str(tmp_path), interpreter(tmp_path / "old", script), well) == 1
    first, why, last = capsys.readouterr().out.splitlines()
    assert ": 0 relations and macros read, 1 not" in first
    assert why.strip()
    assert last == "DuckDB 0.9: 3 relations and macros read, 0 not"


def test_the_client_of_here_reads_all_that_is_there(tmp_path, capsys):
    import duckdb

    from warehouse.store import READ_COPY_FILE

    duckdb.connect(str(tmp_path / READ_COPY_FILE)).execute("CREATE TABLE one AS SELECT 1 AS x").close()
    assert main(str(tmp_path), sys.executable) == 0
    assert ": 1 relations and macros read, 0 not" in capsys.readouterr().out
