"""Alerts as Prefect events: a real server takes them, and the automation that `deploy` makes acts on one."""

import json
import os
import subprocess
import sys
from datetime import date, datetime
from functools import partial
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from flows.alerts.automations import SAMPLE, STALE
from flows.alerts.events import events_body
from models.alerts import Condition, Occasion, messages
from tests import waiting
from tests.conftest import ROOT, free_port
from tests.warehouse.edition_frames import frame
from warehouse.contracts import out
from warehouse.outbox import EVENTS_CHANNEL
from warehouse.store import Warehouse

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(420)]
DAY = datetime(2026, 11, 22, 6, 17)
PROPERTY = "overhang.work_years"
MOVED = Condition("forecast_changed", PROPERTY, 1, "work-years: 3.1 M → 3.4 M", "new rows", {"direction": "up"})


def ask(address, path, **body):
    data = json.dumps(body).encode()
    request = Request(f"{address}/{path}", data=data, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


wait_for = partial(waiting.wait_for, seconds=90)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """`prefect server start`, as a user would; returns the address of its API."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    variables = os.environ | {"PREFECT_HOME": str(folder), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    variables |= {"PREFECT_UI_ENABLED": "false", "PREFECT_SERVER_UI_ENABLED": "false"}
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    address = f"http://127.0.0.1:{port}/api"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=log, stderr=log)
        try:
            wait_for(lambda: is_healthy(address), f"server: {(folder / 'server.log').read_text()[-500:]}")
            yield address
        finally:
            process.terminate()
            process.wait(timeout=30)


def is_healthy(address):
    try:
        with urlopen(f"{address}/health", timeout=5) as answer:
            return answer.status == 200
    except (URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture
def shell(server, tmp_path):
    """Run the command line against that server, in a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    variables = kept | {
        "GPT2030_HOME": str(tmp_path / "home"),
        "PREFECT_API_URL": server,
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PYTHONPATH": str(ROOT),
    }

    def run(*arguments, module="flows.cli"):
        command = [sys.executable, *(("-m", module) if module else ()), *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return done

    return run


def put_in_outbox(home, found):
    """What a refresh that found this would have left there."""
    row = {
        "digest_key": "d", "channel_id": EVENTS_CHANNEL, "title": "t", "severity": 1, "state": "pending",
        "attempts": 0, "queued_at": DAY, "body": events_body(found, Occasion(date(2026, 11, 22), "e"), DAY),
    }  # fmt: skip
    with Warehouse.open(home, now=DAY) as warehouse:
        warehouse.insert(out.DELIVERY, frame(out.DELIVERY, [row]))
    return [event["id"] for event in json.loads(row["body"])]


def test_an_alert_arrives_as_an_event_and_the_automation_of_deploy_runs_the_deployment(server, shell, tmp_path):
    assert SAMPLE in shell("deploy").stdout
    (deployment,) = ask(server, "deployments/filter", deployments={"name": {"any_": ["deliver"]}})
    wait_for(lambda: ask(server, "automations/filter"), "automation")
    found = messages([MOVED], [], Occasion(date(2026, 11, 22), "e"))
    (identifier,) = put_in_outbox(tmp_path / "home", found)
    shell("alerts", "deliver")

    def event():
        named = {"event": {"name": ["gpt2030.forecast.changed"]}, "occurred": {"since": "2026-11-01T00:00:00Z"}}
        return ask(server, "events/filter", filter=named)["events"]

    (taken,) = wait_for(event, "event")
    assert taken["id"] == identifier
    assert taken["resource"]["prefect.resource.id"] == f"gpt2030.property.{PROPERTY}"
    assert taken["payload"]["title"] == MOVED.title
    assert taken["payload"]["detail"] == {"direction": "up"}

    def runs():
        """Not those of the schedule: what an automation starts has a name of Prefect's and no schedule."""
        asked = ask(server, "flow_runs/filter", flow_runs={"deployment_id": {"any_": [deployment["id"]]}})
        return [run for run in asked if not run["auto_scheduled"]]

    assert len(wait_for(runs, "run of the deployment")) == 1


PUT_BOTH = """
from datetime import datetime, timedelta
from flows.alerts.automations import put_sample_automation, put_stale_automation
put_sample_automation()
put_stale_automation("refresh/daily", timedelta(days=2), datetime(2026, 11, 22))
"""


def test_a_second_deploy_leaves_one_automation_of_each_kind(server, shell):
    """Only the part of `deploy` that is ours: Prefect's own is seen to it elsewhere, and takes its time."""
    for _ in range(2):
        shell("-c", PUT_BOTH, module=None)
    names = [one["name"] for one in ask(server, "automations/filter")]
    assert sorted(names) == [SAMPLE, f"{STALE} (refresh/daily)"]
