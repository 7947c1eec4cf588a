"""A server of one command keeps the newest runs only, and of the others neither tasks nor artifacts."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT, prefect_serving
from tests.publisher import unused_address

# Five runs with a task and an artifact each; then three are kept, of what a second call finds as well.
SCRIPT = """
import json
from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from flows.own_history import forget_old_runs

@task
def step(text):
    create_markdown_artifact(key="told", markdown=text)

@flow
def run(text):
    step(text)

for number in range(5):
    run(str(number))
forgotten = [forget_old_runs(kept=3), forget_old_runs(kept=3)]
with get_client(sync_client=True) as client:
    mine = [one for one in client.read_flow_runs() if one.parameters.get("text")]
    artifacts = [one.data for one in client.read_artifacts() if one.key == "told"]
    tasks = {one.flow_run_id for one in client.read_task_runs()}
print(json.dumps([forgotten, sorted(one.parameters["text"] for one in mine), sorted(artifacts), len(tasks)]))
"""


def run_in(folder, code, variables):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.server
@pytest.mark.slow
def test_only_the_newest_runs_are_kept(tmp_path):
    with prefect_serving(tmp_path / "prefect") as address:
        variables = os.environ | {
            "PREFECT_API_URL": address, "PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        done = run_in(tmp_path, SCRIPT, variables)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [[2, 0], ["2", "3", "4"], ["2", "3", "4"], 3]


@pytest.mark.server
def test_a_server_that_does_not_answer_costs_the_run_nothing(tmp_path):
    code = "from flows.own_history import forget_old_runs; print(forget_old_runs())"
    variables = os.environ | {
        "PREFECT_API_URL": f"{unused_address()}/api", "PREFECT_HOME": str(tmp_path), "PYTHONPATH": str(ROOT),
        "PREFECT_CLIENT_MAX_RETRIES": "0",
    }  # fmt: skip
    done = run_in(tmp_path, code, variables)
    assert (done.returncode, done.stdout) == (0, "0\n"), done.stderr[-1000:]
