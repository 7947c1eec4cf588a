"""Our own Prefect server: nobody without its secret gets an answer, and the secret lies where nobody else can look."""

import asyncio
import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from flows.engine import (
    TIDY,
    EngineError,
    configured_api,
    credentials,
    free_folder,
    require_room,
    set_damaged_aside,
    started_server,
    wait_until_healthy,
)
from flows.temporary_server import SECRET_VARIABLE, Guarded, authorization
from infra.trials import neighbour_trial
from tests.conftest import ROOT
from tests.publisher import Publisher, status

SECRET = "gpt2030:a secret"


class TestGuarded:
    """The door before Prefect's application."""

    def ask(self, kind, *headers):
        async def inner(scope, receive, send):
            inner.was_asked = True

        async def call():
            sent = []

            async def send(message):
                sent.append(message)

            scope = {"type": kind, "headers": [(b"authorization", value) for value in headers]}
            await Guarded(inner, SECRET)(scope, None, send)
            return sent

        inner.was_asked = False
        return inner, asyncio.run(call())

    @pytest.mark.parametrize("kind", ["http", "websocket"])
    def test_who_knows_the_secret_is_let_through(self, kind):
        inner, sent = self.ask(kind, authorization(SECRET).encode())
        assert inner.was_asked
        assert sent == []

    @pytest.mark.parametrize(("kind", "answer"), [("http", "http.response"), ("websocket", "websocket.http.response")])
    @pytest.mark.parametrize(
        "headers",
        [
            (),
            (b"",),
            (b"Basic",),
            (authorization("gpt2030:another").encode(),),
            (authorization(SECRET).lower().encode(),),
            (b"Bearer " + SECRET.encode(),),
            (authorization(SECRET).encode(), b"Basic x"),
        ],
    )
    def test_everybody_else_gets_401(self, kind, answer, headers):
        inner, sent = self.ask(kind, *headers)
        assert not inner.was_asked
        assert [message["type"] for message in sent] == [f"{answer}.start", f"{answer}.body"]
        assert sent[0]["status"] == 401

    def test_the_application_hears_of_its_own_beginning(self):
        assert self.ask("lifespan")[0].was_asked


class TestEntry:
    """A server with a password tells of its health whoever asks: that says nothing of whether it lets us in."""

    @pytest.fixture
    def server(self, tmp_path, monkeypatch):
        for name in ("PREFECT_API_AUTH_STRING", "PREFECT_API_KEY", "PREFECT_CLIENT_CUSTOM_HEADERS", "PREFECT_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PREFECT_PROFILES_PATH", str(tmp_path / "profiles.toml"))

        def guarded(handler):
            is_known = handler.headers["Authorization"] == authorization(SECRET)
            handler.send(200 if is_known else 401, b"", {})

        with Publisher() as running:
            running.serve("/api/health", status(200, b"true"))
            running.serve("/api/admin/version", guarded)
            yield f"{running.url}/api"

    @pytest.mark.parametrize("secret", [None, "gpt2030:another"])
    def test_none_and_a_wrong_one_are_told_at_once(self, server, monkeypatch, secret):
        if secret:
            monkeypatch.setenv("PREFECT_API_AUTH_STRING", secret)
        with pytest.raises(EngineError, match="PREFECT_API_AUTH_STRING"):
            wait_until_healthy(server, 30)

    def test_the_right_one_may_stand_in_the_environment(self, server, monkeypatch):
        monkeypatch.setenv("PREFECT_API_AUTH_STRING", SECRET)
        wait_until_healthy(server, 30)

    def test_or_in_the_profile_of_the_user(self, server, tmp_path):
        lines = f'active = "team"\n[profiles.team]\nPREFECT_API_AUTH_STRING = "{SECRET}"\n'
        (tmp_path / "profiles.toml").write_text(lines)
        wait_until_healthy(server, 30)

    def test_who_comes_with_a_key_is_not_asked_for_it(self, server, monkeypatch):
        monkeypatch.setenv("PREFECT_API_KEY", "fake-key")
        wait_until_healthy(server, 30)


def test_a_server_that_stays_for_years_forgets_runs_of_long_ago(monkeypatch):
    """As Prefect understands what it is told: left alone, it keeps every run with its logs and artifacts."""
    from prefect.settings.models.server.services import ServerServicesDBVacuumSettings

    for name, value in TIDY.items():
        monkeypatch.setenv(name, value)
    told = ServerServicesDBVacuumSettings()
    assert (told.enabled, told.retention_period) == ({"events", "flow_runs"}, timedelta(days=30))


@pytest.mark.server
@pytest.mark.slow
class TestServer:
    """The process."""

    def status(self, address, path, **headers):
        try:
            with urlopen(Request(address.removesuffix("/api") + path, headers=headers), timeout=30) as answer:
                return answer.status
        except HTTPError as refused:
            return refused.code

    def test_every_path_needs_the_secret(self, prefect_server):
        secret = authorization(os.environ["PREFECT_API_AUTH_STRING"])
        for path in ("/api/health", "/api/ready", "/api/version", "/openapi.json", "/docs", "/api/openapi.json"):
            assert self.status(prefect_server, path) == 401, path
        assert self.status(prefect_server, "/api/health", Authorization=secret) == 200

    def test_without_a_secret_it_does_not_serve(self, tmp_path):
        variables = {name: value for name, value in os.environ.items() if name != SECRET_VARIABLE}
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))
            command = [sys.executable, "-P", "-m", "flows.temporary_server", str(bound.fileno()), str(os.getpid())]
            done = subprocess.run(
                command, env=variables | {"PYTHONPATH": str(ROOT)}, pass_fds=[bound.fileno()], cwd=tmp_path,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 1
        assert SECRET_VARIABLE in done.stderr

    def test_one_that_cannot_start_is_told_at_once_and_why(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", "nonsense://")
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        with (
            free_folder(tmp_path) as free,
            started_server(free, SECRET, with_services=False) as address,
            pytest.raises(EngineError, match=r"own server did not start: \S"),
        ):
            wait_until_healthy(address)

    def test_one_that_has_no_room_for_its_history_says_so(self, tmp_path):
        with free_folder(tmp_path) as free, started_server(free, SECRET, with_services=False) as address:
            require_room(address, least=0)
            with pytest.raises(EngineError, match=rf"no room left .*MB are free under {tmp_path}; free some space"):
                require_room(address, least=1 << 62)
        require_room("http://127.0.0.1:1/api", least=1 << 62)  # how much room somebody else's server has is unknown

    def test_its_secret_is_on_no_command_line(self, tmp_path):
        with free_folder(tmp_path) as free, started_server(free, SECRET, with_services=False):
            lines = [path.read_text() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
        assert any("flows.temporary_server" in line for line in lines)
        assert not any("a secret" in line for line in lines)

    @pytest.mark.parametrize(("with_services", "kept"), [(False, 0), (True, 1)])
    def test_events_are_kept_only_where_somebody_may_wait_for_them(self, tmp_path, monkeypatch, with_services, kept):
        """Nothing is triggered in a server of one command, and its events were most of what a home grew by a day."""
        monkeypatch.setenv("PREFECT_SERVER_SERVICES_EVENT_PERSISTER_FLUSH_INTERVAL", "0.2")
        monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
        said = {
            "id": "0b6f8f5e-3c51-4c0a-9a8e-2f6f6e0c2a11", "occurred": "2026-11-27T06:00:00Z", "event": "gpt2030.test",
            "resource": {"prefect.resource.id": "gpt2030.test"},
        }  # fmt: skip
        with free_folder(tmp_path) as free, started_server(free, SECRET, with_services=with_services) as address:
            monkeypatch.setenv("PREFECT_API_AUTH_STRING", SECRET)
            wait_until_healthy(address)
            head = {"Authorization": authorization(SECRET), "Content-Type": "application/json"}
            urlopen(Request(f"{address}/events", json.dumps([said]).encode(), head)).close()
            found, until = 0, time.monotonic() + (10 if kept else 3)
            while not found and time.monotonic() < until:
                time.sleep(0.3)
                with closing(sqlite3.connect(f"file:{tmp_path / 'prefect.db'}?mode=ro", uri=True)) as database:
                    found = database.execute("SELECT count(*) FROM events WHERE event = 'gpt2030.test'").fetchone()[0]
        assert found == kept


@pytest.mark.parametrize("code", [401, 403])
def test_an_api_that_lets_nobody_in_is_told_at_once(monkeypatch, code):
    """That ours answers so is tested above."""
    monkeypatch.setenv("PREFECT_API_AUTH_STRING", "not:it")
    with Publisher() as api:
        api.serve("/api/health", status(code))
        with pytest.raises(EngineError, match=rf"lets nobody in .*answered {code}.*PREFECT_API_AUTH_STRING"):
            wait_until_healthy(f"{api.url}/api")
        (asked,) = api.asked("/api/health")
    assert asked.headers["Authorization"] == authorization("not:it")


class TestFolder:
    """Two servers on one database lock each other out: each has a folder of its own."""

    def test_each_server_has_a_folder_that_no_other_uses(self, tmp_path):
        with free_folder(tmp_path) as first, free_folder(tmp_path) as second, free_folder(tmp_path) as third:
            assert [first.folder, second.folder, third.folder] == [tmp_path, tmp_path / "2", tmp_path / "3"]

    def test_a_folder_is_used_again_when_its_server_is_gone(self, tmp_path):
        with free_folder(tmp_path), free_folder(tmp_path):
            pass
        with free_folder(tmp_path) as again:
            assert again.folder == tmp_path

    def test_a_server_that_outlives_its_parent_keeps_its_folder(self, tmp_path):
        with free_folder(tmp_path) as first:
            command = [sys.executable, "-c", "input()"]
            left = subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[first.mark.fileno()])
        with free_folder(tmp_path) as second:
            assert second.folder == tmp_path / "2"
        left.communicate(b"\n")
        with free_folder(tmp_path) as first:
            assert first.folder == tmp_path


class TestCredentials:
    def test_clients_prove_themselves_by_websocket_as_well(self, monkeypatch):
        """Of Prefect's websockets only one sends the auth string before it is let in; all send custom headers."""
        monkeypatch.setenv("PREFECT_CLIENT_CUSTOM_HEADERS", '{"X-Mine": "1"}')
        found = credentials(SECRET)
        assert json.loads(found["PREFECT_CLIENT_CUSTOM_HEADERS"]) == {
            "X-Mine": "1", "Authorization": authorization(SECRET),
        }  # fmt: skip
        assert found["PREFECT_API_AUTH_STRING"] == SECRET

    def test_a_key_for_the_cloud_is_not_sent_to_our_own(self):
        assert credentials(SECRET)["PREFECT_API_KEY"] is None

    @pytest.mark.parametrize("headers", ["", "nonsense", "[1]"])
    def test_headers_that_are_none_do_no_harm(self, monkeypatch, headers):
        monkeypatch.setenv("PREFECT_CLIENT_CUSTOM_HEADERS", headers)
        assert "Authorization" in credentials(SECRET)["PREFECT_CLIENT_CUSTOM_HEADERS"]


def test_a_profile_of_the_user_is_read_from_where_prefect_reads_it(monkeypatch, tmp_path):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_PROFILE", raising=False)
    (tmp_path / "p.toml").write_text('active = "a"\n[profiles.a]\nPREFECT_API_URL = "http://example.org/api"\n')
    monkeypatch.setenv("PREFECT_PROFILES_PATH", str(tmp_path / "p.toml"))
    assert configured_api() == "http://example.org/api"


@pytest.mark.parametrize(
    "written", [b"not [ toml", b'active = 3\nprofiles = "x"', b"\xff\xfe", b'active = "a"\n[profiles]\na = 1']
)
def test_a_damaged_profile_of_the_user_is_a_sentence(monkeypatch, tmp_path, written):
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_PROFILE", raising=False)
    (tmp_path / "p.toml").write_bytes(written)
    monkeypatch.setenv("PREFECT_PROFILES_PATH", str(tmp_path / "p.toml"))
    with pytest.raises(EngineError, match="is no file of Prefect's profiles"):
        configured_api()


class TestDamagedHistory:
    """Prefect's database is the history of runs and no data: damaged, it blocked every later run."""

    @pytest.fixture
    def database(self, tmp_path):
        path = tmp_path / "prefect.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE run (id INTEGER, said TEXT)")
            connection.executemany("INSERT INTO run VALUES (?, ?)", [(n, "x" * 500) for n in range(500)])
            connection.commit()
        return path

    @pytest.mark.parametrize("harm", ["rubbish", "truncated", "overwritten"])
    def test_it_is_set_aside(self, database, harm):
        whole = database.read_bytes()
        middle = len(whole) // 2
        database.write_bytes(
            {"rubbish": b"\x07" * 5000, "truncated": whole[:20000],
             "overwritten": whole[:middle] + b"\x07" * 9000 + whole[middle + 9000 :]}[harm]
        )  # fmt: skip
        database.with_name("prefect.db-wal").write_bytes(b"of it")
        set_damaged_aside(database)
        assert sorted(path.name for path in database.parent.iterdir()) == ["prefect.db.damaged"]

    def test_a_sound_one_stays_and_none_is_needed(self, database):
        before = database.read_bytes()
        set_damaged_aside(database)
        assert database.read_bytes() == before
        set_damaged_aside(database.with_name("nothing.db"))


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_gets_401_and_reads_nothing_of_serve_and_refresh(capsys):
    assert neighbour_trial.main() == 0, capsys.readouterr().out
