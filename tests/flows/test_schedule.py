"""Schedules: `serve` on this machine and `deploy` with a process worker, seen through a real Prefect server's API."""

import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from flows.alerts.automations import STALE
from flows.temporary_server import authorization

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(900)]
ROOT = Path(__file__).parents[2]


def ask(address, path, **body):
    headers = {
        "Content-Type": "application/json",
        "Authorization": authorization(os.environ["PREFECT_API_AUTH_STRING"]),
    }
    request = Request(f"{address}/{path}", data=json.dumps(body).encode(), headers=headers)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def runs(address, deployment_id):
    body = {"deployments": {"id": {"any_": [deployment_id]}}, "sort": "EXPECTED_START_TIME_ASC"}
    return ask(address, "flow_runs/filter", **body)


def deployment(address, name, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = ask(address, "deployments/filter", deployments={"name": {"any_": [name]}})
        if found:
            return found[0]["id"]
        time.sleep(0.5)
    raise AssertionError(f"no deployment {name} after {seconds} s")


def wait_for_completed(address, deployment_id, count, seconds=240):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        states = [run["state_type"] for run in runs(address, deployment_id)]
        if states.count("COMPLETED") >= count:
            return [run for run in runs(address, deployment_id) if run["state_type"] == "COMPLETED"]
        assert "FAILED" not in states, states
        assert "CRASHED" not in states, states
        time.sleep(1)
    raise AssertionError(f"{count} runs did not complete within {seconds} s: {states}")


@contextlib.contextmanager
def running(command, environment, folder):
    """A long-running command that is told to stop as a person would, with Ctrl-C."""
    with (folder / "said.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def test_serve_runs_on_its_schedule_one_at_a_time(environment, prefect_server, tmp_path):
    command = [sys.executable, "-m", "flows.cli", "serve", "--every", "15", "--offline", "--today", "2026-11-22"]
    with running(command, environment, tmp_path):
        identifier = deployment(prefect_server, "gpt2030")
        done = wait_for_completed(prefect_server, identifier, 2)
    times = sorted((run["start_time"], run["end_time"]) for run in done)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(times))
    assert (Path(environment["GPT2030_HOME"]) / "editions" / "latest" / "manifest.json").exists()


def test_serve_makes_up_for_what_was_missed_and_notices_silence(environment, prefect_server, published_copy, tmp_path):
    """The machine was off since the day of the sample: one run at once, whatever was due meanwhile."""
    published_copy(Path(environment["GPT2030_HOME"]))
    variables = environment | {"GPT2030_ALERTS__CHANNELS": '["stdout://"]'}
    with running([sys.executable, "-m", "flows.cli", "serve", "--offline"], variables, tmp_path):
        (done,) = wait_for_asked(prefect_server, "gpt2030")
        names = {one["name"] for one in ask(prefect_server, "deployments/filter")}
        automations = {one["name"]: one for one in ask(prefect_server, "automations/filter")}
    assert done["state_type"] == "COMPLETED"
    assert {"gpt2030", "gpt2030-backtest", "gpt2030-deliveries"} <= names
    trigger = automations[f"{STALE} (refresh/gpt2030)"]["trigger"]
    assert (trigger["posture"], trigger["within"]) == ("Proactive", 48 * 3600)
    said = (tmp_path / "said.log").read_text()
    assert "while nothing was served: made up for now" in said
    assert said.count(" begins") == 1


def wait_for_asked(address, name, seconds=600):
    """The runs of a deployment that somebody asked for, when they have ended: earlier tests left those of schedules."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        asked = [run for run in runs(address, deployment(address, name, seconds)) if not run["auto_scheduled"]]
        if asked and all(run["end_time"] for run in asked):
            return asked
        time.sleep(0.5)
    raise AssertionError(f"nothing was made up for within {seconds} s")


def hostile(folder):
    """A package of our name in the folder that runs work in, which leaves a mark when it is imported."""
    for name in ("flows", "warehouse"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(f"open({str(folder / 'mark')!r}, 'w').close()\nraise SystemExit\n")


def test_deploy_and_a_process_worker_run_it_with_tasks_and_artifacts(environment, prefect_server, gpt2030, tmp_path):
    gpt2030("deploy", GPT2030_SCHEDULE__CRON="0 9 * * *", GPT2030_SCHEDULE__TIMEZONE="Europe/Paris")
    identifier = deployment(prefect_server, "daily")
    (planned,) = ask(prefect_server, "deployments/filter", deployments={"id": {"any_": [identifier]}})[0]["schedules"]
    assert (planned["schedule"]["cron"], planned["schedule"]["timezone"]) == ("0 9 * * *", "Europe/Paris")
    hostile(tmp_path)
    wanted = ask(
        prefect_server, f"deployments/{identifier}/create_flow_run",
        parameters={"offline": True, "today": "2026-11-22"}, state={"type": "SCHEDULED"},
    )  # fmt: skip
    worker = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "gpt2030", "--type", "process"]
    with running(worker, environment, tmp_path):
        done = wait_for_completed(prefect_server, identifier, 1)
    assert done[0]["id"] == wanted["id"]
    assert not (tmp_path / "mark").exists(), "the worker's run imported what lay in its working folder"
    tasks = ask(prefect_server, "task_runs/filter", flow_runs={"id": {"any_": [wanted["id"]]}})
    names = {task["name"].rsplit("-", 1)[0] for task in tasks} | {task["name"] for task in tasks}
    assert {"look-curated", "look-metaculus", "land-curated", "publish"} <= names
    assert 10 <= len(tasks) <= 40
    of = {task["name"].rsplit("-", 1)[0]: task for task in tasks}
    fed = [one["id"] for one in of["derive"]["task_inputs"]["forecasts"]]
    assert fed == [of["refit"]["id"]], "the graph of the run no longer shows what fed what"
    artifacts = ask(prefect_server, "artifacts/filter", artifacts={"flow_run_id": {"any_": [wanted["id"]]}})
    assert {artifact["key"] for artifact in artifacts} == {
        "gpt2030-properties", "gpt2030-property-table", "gpt2030-run",
    }  # fmt: skip


def test_deploy_without_a_server_says_what_to_set(gpt2030, tmp_path):
    done = gpt2030("deploy", check=False, PREFECT_API_URL="", PREFECT_HOME=str(tmp_path / "none"))
    assert done.returncode == 1
    assert "PREFECT_API_URL" in done.stderr
