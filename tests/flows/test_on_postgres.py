"""Schedules on a Prefect server as a team runs one: on PostgreSQL, with a password, with a worker beside it."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from flows.alerts.automations import SAMPLE, STALE
from flows.temporary_server import authorization
from sources.registry import SOURCES
from tests import waiting
from tests.conftest import ROOT, free_port
from tests.postgres import create_database, postgres
from tests.publisher import Publisher, status

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(1800)]
SECRET = "team:fake-password-77c1"
BLOCK = """
from prefect.blocks.notifications import CustomWebhookNotificationBlock as Block
Block(name="tell", url="{url}/told", method="POST", json_data={{"said": "{{{{subject}}}}: {{{{body}}}}"}}).save("tell")
"""
SOON = """
from datetime import timedelta
from flows.alerts.automations import put_stale_automation
from flows.settings import Clock
put_stale_automation("refresh/daily", timedelta(seconds=12), Clock.read(None).now, "custom-webhook/tell")
"""


wait_for = partial(waiting.wait_for, seconds=600)


class Server:
    """What a client sees of it; `secret` is what it says of itself, None for a client that says nothing."""

    def __init__(self, address):
        self.address = address

    def ask(self, path, body=None, secret=SECRET, method="POST"):
        headers = {"Content-Type": "application/json"} | ({"Authorization": authorization(secret)} if secret else {})
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.address}/{path}", data, headers, method=method), timeout=30) as answer:
            return json.loads(answer.read() or b"null")

    def is_up(self):
        try:
            self.ask("health", method="GET")
        except (URLError, ConnectionError, TimeoutError):
            return False
        return True

    def refuses(self, secret):
        with pytest.raises(HTTPError) as refused:
            self.ask("flow_runs/filter", {}, secret)
        return refused.value.code == 401

    def deployments(self):
        return {one["name"]: one for one in self.ask("deployments/filter", {})}

    def completed(self, deployment_id, *, by_schedule):
        """The runs of a deployment that ended well, of the schedule or of what asked for one; none may have failed."""
        runs = self.ask("flow_runs/filter", {"flow_runs": {"deployment_id": {"any_": [deployment_id]}}})
        assert [run["state"]["message"] for run in runs if run["state_type"] in {"FAILED", "CRASHED"}] == []
        return [run for run in runs if run["state_type"] == "COMPLETED" and run["auto_scheduled"] == by_schedule]

    def events(self, name):
        day = {"since": "2026-01-01T00:00:00Z"}
        return self.ask("events/filter", {"filter": {"event": {"name": [name]}, "occurred": day}})["events"]


@contextmanager
def running(command, variables, folder, name):
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@pytest.fixture
def variables(tmp_path):
    """A shell of the team: nobody outside this machine is asked for anything."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    silent = {
        f"GPT2030_SOURCES__{name.upper()}__ENABLED": "false" for name in SOURCES if name not in {"curated", "essay"}
    }
    return kept | silent | {
        "GPT2030_HOME": str(tmp_path / "home"), "PREFECT_HOME": str(tmp_path / "prefect"), "PYTHONPATH": str(ROOT),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_API_AUTH_STRING": SECRET,
    }  # fmt: skip


@pytest.fixture
def server(variables, tmp_path):
    """`prefect server start` as the docs have it, on a database of a real cluster."""
    port = free_port()
    variables["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
    with postgres() as words:
        host, db_port, user, name = (one.partition("=")[2] for one in create_database(words, "prefect").split())
        own = variables | {
            "PREFECT_API_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{user}@{host}:{db_port}/{name}",
            "PREFECT_SERVER_API_AUTH_STRING": SECRET, "PREFECT_SERVER_UI_ENABLED": "false",
            "PREFECT_HOME": str(tmp_path / "server"),
            # A busy machine answers late; by default an event whose row waits for so long is lost.
            "PREFECT_API_DATABASE_TIMEOUT": "120", "PREFECT_API_DATABASE_CONNECTION_TIMEOUT": "120",
        }  # fmt: skip
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        with running(command, own, tmp_path, "server"):
            found = Server(variables["PREFECT_API_URL"])
            wait_for(found.is_up, "server")
            yield found


@pytest.fixture
def receiver():
    with Publisher() as running_one:
        for path in ("/alive", "/alive/fail", "/told"):
            running_one.serve(path, status(200, b"OK"))
        yield running_one


@pytest.fixture
def shell(variables, tmp_path):
    def run(*arguments, **besides):
        done = subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=variables | besides, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return run


def forecast_changed():
    now = datetime.now(UTC).isoformat()
    resource = {"prefect.resource.id": "gpt2030.property.overhang.work_years"}
    return {"id": str(uuid4()), "event": "gpt2030.forecast.changed", "occurred": now, "resource": resource}


def test_it_runs_by_schedule_by_event_and_when_editions_stay_away(server, shell, variables, receiver, tmp_path):
    """One server for all of it: with its database, starting one takes longer than everything else."""
    assert server.refuses(None)
    assert server.refuses("team:wrong")
    code, said = shell("-m", "flows.cli", "deploy", PREFECT_API_AUTH_STRING="team:wrong")
    assert (code, "PREFECT_API_AUTH_STRING" in said) == (1, True), said
    assert shell("-c", BLOCK.format(url=receiver.url))[0] == 0
    code, said = shell(
        "-m", "flows.cli", "deploy", "--notify", "custom-webhook/tell", GPT2030_SCHEDULE__CRON="* * * * *"
    )
    assert code == 0, said
    assert SAMPLE in said
    assert f"{STALE} (refresh/daily)" in said
    planned = server.deployments()
    assert set(planned) == {"daily", "deliver", "weekly"}
    assert {one["concurrency_options"]["collision_strategy"] for one in planned.values()} == {"CANCEL_NEW"}
    daily, weekly, deliver = (planned[name]["id"] for name in ("daily", "weekly", "deliver"))
    told_by = variables | {"GPT2030_DEADMAN_URL": f"{receiver.url}/alive"}
    with running(
        [sys.executable, "-m", "prefect", "worker", "start", "--pool", "gpt2030"], told_by, tmp_path, "worker"
    ):
        wait_for(lambda: server.completed(daily, by_schedule=True), "run of the schedule")
        for schedule in planned["daily"]["schedules"]:  # from now on no edition comes by itself
            path = f"deployments/{daily}/schedules/{schedule['id']}"
            server.ask(path, {"active": False}, method="PATCH")
        # The dead-man's signal, and Prefect's own.
        assert {request.path for request in receiver.asked("/alive")} == {"/alive"}
        assert wait_for(lambda: server.events("gpt2030.edition.in_force"), "word of an edition")
        server.ask("events", [forecast_changed()])
        wait_for(lambda: server.completed(deliver, by_schedule=False), "delivery asked for by an event")
        server.ask(f"deployments/{weekly}/create_flow_run", {"state": {"type": "SCHEDULED"}})
        wait_for(lambda: server.completed(weekly, by_schedule=False), "backtest")
        assert shell("-c", SOON)[0] == 0
        (told,) = wait_for(lambda: receiver.asked("/told"), "word that editions stay away")
        assert "No edition from refresh/daily within 0:00:12" in json.loads(told.body)["said"]
        wait_for(lambda: server.completed(daily, by_schedule=False), "run that the automation asked for")
    code, said = shell("-m", "flows.cli", "status", "--max-age", "2")
    assert code == 0, said
    assert shell("-m", "flows.cli", "status", "--max-age", "2", "--today", "2199-01-01")[0] == 1
    assert list((tmp_path / "home" / "backtests").glob("*.parquet"))
