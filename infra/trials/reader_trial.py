"""Eight readers ask the read copy while refreshes replace it: `python -m infra.reader_trial [refreshes] [queries]`.

Each answer must belong to one whole edition: what a reader saw of an edition is compared with what the warehouse says
of it afterwards. A ninth client keeps its connection open all along and must go on seeing what it saw first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import duckdb

from infra.sample import SAMPLE_DAY, publish_sample
from warehouse.store import READ_COPY_FILE, WRITER_FILE

READERS = 8
REFRESHES = 20
QUERIES = 200
# One row: the edition in force, and what is there of it in each table that belongs to it.
QUESTION = """
    SELECT edition_in_force(), (SELECT count(*) FROM property_latest), (SELECT max(hash(p)) FROM property_latest AS p),
           (SELECT count(*) FROM forecast_latest), (SELECT count(*) FROM score_latest),
           (SELECT count(*) FROM out.edition WHERE edition_id = edition_in_force())
"""
READER = """
import json, random, sys, time, duckdb
path, queries, question, pause = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
for _ in range(queries):
    with duckdb.connect(path, read_only=True) as reader:
        print(json.dumps(reader.execute(question).fetchall()[0]), flush=True)
    time.sleep(random.uniform(0, 2 * pause))
"""


def main(refreshes: int = REFRESHES, queries: int = QUERIES) -> int:
    """Run the trial; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="gpt2030-readers-") as folder:
        problems, said = trial(Path(folder), refreshes, queries)
    for problem in problems[:20]:
        print(problem)
    print(f"{said}, {len(problems)} problems")
    return int(bool(problems))


def trial(home: Path, refreshes: int, queries: int) -> tuple[list[str], str]:
    """What went wrong, and what was done in one sentence; it goes on until all have asked and all is published."""
    started = time.perf_counter()
    publish_sample(home, SAMPLE_DAY - timedelta(days=refreshes))
    # Readers that were done before the last publication would have met only the first ones.
    pause = (time.perf_counter() - started) * refreshes / queries
    path = home / READ_COPY_FILE
    with duckdb.connect(str(path), read_only=True) as patient:
        first = patient.execute(QUESTION).fetchall()
        command = [sys.executable, "-c", READER, str(path), str(queries), QUESTION, str(pause)]
        with tempfile.TemporaryDirectory() as folder:
            # Files and not pipes: nobody reads while refreshes are published, and a full pipe would stop its reader.
            outputs = [(Path(folder) / str(number)).open("w+") for number in range(READERS)]
            readers = [subprocess.Popen(command, stdout=output, stderr=output) for output in outputs]
            done = _publish(home, refreshes)
            ends = [reader.wait() for reader in readers]
            answers = [_lines(output) for output in outputs]
        kept = patient.execute(QUESTION).fetchall() == first
    problems = [] if kept else ["a connection that was kept open saw another edition"]
    for number, (end, lines) in enumerate(zip(ends, answers, strict=True)):
        problems += [f"reader {number} ended with {end}: {lines[-1:]}"] if end or len(lines) != queries else []
    seen = {line for lines in answers for line in lines if line.startswith("[")}
    problems += _torn(home, seen)
    editions = {json.loads(line)[0] for line in seen}
    asked = f"{READERS} readers asked {queries} times each while {done} refreshes were published"
    return problems, f"{asked}; {len(editions)} editions were seen"


def _publish(home: Path, refreshes: int) -> int:
    for number in range(1, refreshes + 1):
        publish_sample(home, SAMPLE_DAY - timedelta(days=refreshes - number))
    return refreshes


def _lines(output: object) -> list[str]:
    output.seek(0)  # type: ignore[attr-defined]
    return list(map(str.strip, output))  # type: ignore[call-overload]


def _torn(home: Path, seen: set[str]) -> list[str]:
    """Answers that are not what the warehouse says of their edition."""
    whole = QUESTION.replace("edition_in_force()", "?")
    for view, table in (("property", "out.property"), ("forecast", "core.forecast"), ("score", "out.score")):
        rows = "*" if view != "property" else "p.*, e.origin_date, e.issued_at, e.is_replay"
        joined = " AS p JOIN out.edition AS e USING (edition_id)" if view == "property" else ""
        whole = whole.replace(f"FROM {view}_latest", f"FROM (SELECT {rows} FROM {table}{joined} WHERE edition_id = ?)")
    problems = []
    with duckdb.connect(str(home / WRITER_FILE), read_only=True) as warehouse:
        for line in sorted(seen):
            edition_id = json.loads(line)[0]
            expected = warehouse.execute(whole, [edition_id] * whole.count("?")).fetchall()[0]
            if json.loads(line) != list(expected):
                problems.append(f"seen {line}, but {edition_id} is {list(expected)}")
    return problems


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
