"""`gpt2030 alerts`: what was raised and whether it arrived, a test of the channels, and acknowledging."""

import json
from datetime import datetime

import pytest
from click.testing import CliRunner

from flows.cli import cli
from tests.publisher import Publisher, hang, status
from tests.warehouse.edition_frames import frame
from tests.warehouse.fresh import fresh
from warehouse.contracts import out
from warehouse.outbox import EVENTS_CHANNEL
from warehouse.store import READ_COPY_FILE, Warehouse

TOKEN = "fake-token-9d1f7a"
DAY = datetime(2026, 11, 22, 6, 17)


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def alerts(home):
    return lambda *arguments: CliRunner().invoke(cli, ["alerts", *arguments])


@pytest.fixture
def receiver():
    with Publisher() as running:
        yield running


@pytest.fixture
def channels(monkeypatch):
    def use(*urls):
        monkeypatch.setenv("GPT2030_ALERTS__CHANNELS", json.dumps(urls))

    return use


def alert(number, subject, **said):
    row = {
        "alert_id": f"a{number}", "alert_number": number, "dedupe_key": f"key-{number}", "kind": "source_stale",
        "subject": subject, "state": "raised", "severity": 1, "title": f"{subject}: stale [x]", "body": "why",
        "detail_json": '{"outcome": "unreachable"}', "digest_key": f"d{number}", "fired_at": DAY,
    }  # fmt: skip
    return row | said


def delivery(number, channel_id="slack-0a1b2c3d", **said):
    row = {
        "digest_key": f"d{number}", "channel_id": channel_id, "title": "t", "body": "b", "severity": 1,
        "queued_at": DAY, "state": "delivered", "attempts": 0, "delivered_at": DAY,
    }  # fmt: skip
    return row | said


@pytest.fixture
def told(home):
    """A home with four alerts: one open, one cleared, one acknowledged, one that could not be delivered."""
    with fresh(home, now=DAY) as warehouse:
        rows = [
            alert(1, "metr"), alert(2, "essay"), alert(3, "essay", state="cleared"),
            alert(4, "epoch_models", state="acknowledged"), alert(5, "llm_bench", severity=2),
        ]  # fmt: skip
        warehouse.insert(out.ALERT, frame(out.ALERT, rows))
        sent = [delivery(1), delivery(1, EVENTS_CHANNEL), delivery(2), delivery(3), delivery(4)]
        failed = {"state": "dead", "attempts": 10, "last_error": "answered 410", "delivered_at": None}
        warehouse.insert(out.DELIVERY, frame(out.DELIVERY, [*sent, delivery(5, **failed)]))
        warehouse.write_copy(home / READ_COPY_FILE)
    return home


def test_the_list_has_every_alert_newest_first_with_its_deliveries(told, alerts):
    lines = json.loads(alerts("list", "--json").stdout)
    assert [line["alert_id"] for line in lines] == ["a5", "a4", "a3", "a2", "a1"]
    assert lines[0]["deliveries"][0]["last_error"] == "answered 410"
    assert [one["channel_id"] for one in lines[-1]["deliveries"]] == ["slack-0a1b2c3d"]
    assert lines[-1]["detail"] == {"outcome": "unreachable"}


def test_open_leaves_out_what_was_cleared_or_acknowledged(told, alerts):
    assert [line["alert_id"] for line in json.loads(alerts("list", "--open", "--json").stdout)] == ["a5", "a1"]


def test_without_a_subcommand_it_lists(told, alerts):
    answer = alerts()
    assert answer.exit_code == 0
    assert "a5" in answer.stdout
    assert "metr: stale [x]" in answer.stdout


def test_the_list_says_why_a_delivery_was_given_up(told, alerts):
    said = " ".join(alerts("list").stdout.split())
    assert "dead after 10 failed rounds" in said
    assert "answered 410" in said


def test_a_home_without_alerts_says_so(home, alerts):
    with fresh(home, now=DAY) as warehouse:
        warehouse.write_copy(home / READ_COPY_FILE)
    answer = alerts("list")
    assert (answer.exit_code, answer.stdout) == (0, "")
    assert json.loads(alerts("list", "--json").stdout) == []


def test_an_alert_that_was_seen_is_open_no_more(told, alerts):
    assert alerts("ack", "a5").exit_code == 0
    assert [line["alert_id"] for line in json.loads(alerts("list", "--open", "--json").stdout)] == ["a1"]


@pytest.mark.parametrize("identifier", ["a3", "a4", "nonesuch"])
def test_only_a_raised_alert_can_be_acknowledged(told, alerts, identifier):
    answer = alerts("ack", identifier)
    assert answer.exit_code == 1
    assert identifier in answer.stderr


def test_a_test_without_channels_says_what_to_set(home, alerts):
    answer = alerts("test")
    assert answer.exit_code == 1
    assert "GPT2030_ALERTS__CHANNELS" in answer.stderr


def test_a_test_sends_a_sample_to_every_channel(home, alerts, channels, receiver):
    receiver.serve(f"/{TOKEN}", status(204))
    channels(f"webhook+{receiver.url}/{TOKEN}", f"json{receiver.url.removeprefix('http')}/{TOKEN}", "stdout://")
    answer = alerts("test")
    assert answer.exit_code == 0
    assert answer.stdout.startswith("gpt2030: this is a test")
    webhook, apprise = (json.loads(request.body) for request in receiver.asked(f"/{TOKEN}"))
    documented = {"digest_key", "edition_id", "origin_date", "severity", "title", "body", "alerts"}
    assert set(webhook) == {"type", "timestamp", "data"}
    assert set(webhook["data"]) == documented | {"is_test"}
    assert webhook["data"]["is_test"]
    assert apprise["title"] == "gpt2030: this is a test"


def test_one_channel_can_be_tested_alone(home, alerts, channels, receiver):
    receiver.serve("/one", status(500))
    receiver.serve("/two", status(204))
    channels(f"webhook+{receiver.url}/one", f"webhook+{receiver.url}/two")
    assert alerts("test", "--channel", "2").exit_code == 0
    assert receiver.asked("/one") == []
    assert alerts("test", "--channel", "3").exit_code == 2


def test_every_channel_that_fails_is_named_by_position_and_scheme_only(home, alerts, channels, receiver, monkeypatch):
    monkeypatch.setenv("GPT2030_ALERTS__TIMEOUT_SECONDS", "1.5")
    receiver.serve(f"/{TOKEN}", status(403))
    receiver.serve(f"/hang-{TOKEN}", hang)
    channels("stdout://", f"webhook+{receiver.url}/{TOKEN}", f"json{receiver.url.removeprefix('http')}/hang-{TOKEN}")
    answer = alerts("test")
    assert answer.exit_code == 1
    assert "channel 2 (webhook+http): answered 403" in answer.stderr
    assert "channel 3 (json): no answer within 1.5 s" in answer.stderr
    assert TOKEN not in answer.output


def test_a_channel_that_cannot_be_used_is_named_by_position_and_scheme_only(home, alerts, channels):
    channels("stdout://", f"slack://{TOKEN}")
    answer = alerts("test")
    assert answer.exit_code == 1
    assert "number 2 (slack)" in answer.stderr
    assert TOKEN not in answer.output


@pytest.mark.parametrize("text", [TOKEN, f'["slack://{TOKEN}"', f'{{"a": "{TOKEN}"}}', f'[["{TOKEN}"]]'])
def test_channels_that_are_no_list_are_an_error_without_their_content(home, alerts, monkeypatch, text):
    monkeypatch.setenv("GPT2030_ALERTS__CHANNELS", text)
    answer = alerts("test")
    assert answer.exit_code == 1
    assert "alerts" in answer.stderr
    assert TOKEN not in answer.output


def test_what_waits_can_be_delivered_by_hand(told, alerts, channels, receiver):
    receiver.serve("/hook", status(500), status(204))
    url = f"webhook+{receiver.url}/hook"
    channels(url)
    from flows.alerts.channels import open_channels
    from flows.settings import load_settings

    (channel,) = open_channels(load_settings().alerts)
    with Warehouse.open(told, now=DAY) as warehouse:
        row = alert(6, "curated"), delivery(6, channel.channel_id, state="pending", delivered_at=None, body="{}")
        warehouse.insert(out.ALERT, frame(out.ALERT, [row[0]]))
        warehouse.insert(out.DELIVERY, frame(out.DELIVERY, [row[1]]))
    assert alerts("deliver").exit_code == 0
    (line,) = [line for line in json.loads(alerts("list", "--json").stdout) if line["alert_id"] == "a6"]
    assert line["deliveries"][0]["state"] == "delivered"
    assert line["delivered_at"] is not None
    again = alerts("deliver")
    assert "nothing is due" in again.stderr
    assert len(receiver.asked("/hook")) == 2


@pytest.mark.parametrize("command", ["refresh", "serve"])
def test_no_run_begins_with_a_channel_that_cannot_be_used(home, channels, command):
    channels("stdout://", f"slack://{TOKEN}")
    answer = CliRunner().invoke(cli, [command, "--offline"])
    assert answer.exit_code == 1
    assert "number 2 (slack)" in answer.stderr
    assert "starting" not in answer.output
    assert TOKEN not in answer.output
    assert not home.exists()


def test_the_list_is_told_in_chinese_too(told, alerts, monkeypatch):
    said = alerts("list", "--lang", "zh").stdout
    assert "METR" in said
    assert "陈旧" in said or "近期无可用应答" in said
    assert "已放弃，失败 10 轮" in said.replace("\n", "")
    monkeypatch.setenv("GPT2030_LANGUAGE", "zh")
    assert alerts().stdout == said


def test_a_chinese_reader_is_shown_what_the_error_said_marked_as_its_own_wording(home, alerts):
    with fresh(home, now=DAY) as warehouse:
        rows = [alert(1, "metr", title="metr: stale: no answer within 20 s")]
        warehouse.insert(out.ALERT, frame(out.ALERT, rows))
        warehouse.write_copy(home / READ_COPY_FILE)
    said = alerts("list", "--lang", "zh").stdout
    assert "原文：“no answer within 20 s”" in said.replace("\n", "")
    assert "原文" not in alerts("list").stdout
