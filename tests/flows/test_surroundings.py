"""What lies in the working folder, or is set for other programs, steers nothing: modules, Prefect's settings, proxies."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import httpx
import pytest
import requests

from flows import surroundings
from flows.settings import FOLDER
from sources.web import Web
from tests.conftest import ROOT
from tests.publisher import Publisher, status

# Each imported by ours or by a library somewhere on the way.
MODULES = ("click", "uvicorn", "duckdb", "polars", "pydantic", "httpx", "multiprocessing", "fastapi", "yaml", "apprise")
PACKAGES = ("flows", "warehouse", "sources", "models", "prefect", "great_expectations")


@pytest.fixture
def hostile(tmp_path):
    """A folder full of modules and settings that leave a mark when they are used."""
    mark = tmp_path / "mark"
    code = f"import sys\nopen({str(mark)!r}, 'a').write(__name__ + '\\n')\nraise SystemExit('hostile')\n"
    folder = tmp_path / "work"
    for name in PACKAGES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(code)
    for name in MODULES:
        (folder / f"{name}.py").write_text(code)
    logging = tmp_path / "logging.yml"
    logging.write_text(f"version: 1\nhandlers:\n  h:\n    (): os.system\n    command: echo logging >> {mark}\n")
    (folder / "prefect.toml").write_text(f"[logging]\nsettings_path = '{logging}'\n[api]\nurl = 'http://127.0.0.1:9'\n")
    (folder / "pyproject.toml").write_text(f"[tool.prefect.logging]\nsettings_path = '{logging}'\n")
    (folder / ".env").write_text(f"PREFECT_LOGGING_SETTINGS_PATH={logging}\nPREFECT_API_URL=http://127.0.0.1:9\n")
    return folder


def marks(folder):
    mark = folder.parent / "mark"
    return mark.read_text().splitlines() if mark.exists() else []


@pytest.fixture
def variables(tmp_path):
    """A user's shell behind a proxy that is not there, and without a Prefect server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    dead = dict.fromkeys(("http_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9")
    return kept | dead | {"GPT2030_HOME": str(tmp_path / "home"), "WEB_CONCURRENCY": "4", "PYTHONPATH": str(ROOT)}


def script():
    """The installed command, else the module as it stands."""
    installed = Path(sys.executable).with_name("gpt2030")
    return [str(installed)] if installed.exists() else [sys.executable, "-P", "-m", "flows.cli"]


@pytest.mark.server
@pytest.mark.slow
def test_a_refresh_in_a_hostile_folder_behind_a_dead_proxy_publishes(hostile, variables):
    command = [*script(), "refresh", "--offline", "--today", "2026-11-22", "--json"]
    done = subprocess.run(command, cwd=hostile, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout)["outcome"] == "published"
    assert marks(hostile) == []


@pytest.mark.server
@pytest.mark.slow
def test_a_scheduled_run_of_a_hostile_folder_publishes_and_its_settings_file_counts(hostile, variables, tmp_path):
    """gpt2030.toml in the working folder is ours, and stays; a relative home lies beside it."""
    (hostile / "gpt2030.toml").write_text("home = 'mine'\n")
    del variables["GPT2030_HOME"]
    command = [*script(), "serve", "--offline", "--every", "5"]
    log = tmp_path / "said.log"
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=hostile, env=variables, stdout=said, stderr=said)
        try:
            for _ in range(1800):
                if (hostile / "mine" / "editions" / "latest").exists() or process.poll() is not None:
                    break
                with pytest.raises(subprocess.TimeoutExpired):
                    process.wait(timeout=0.1)
        finally:
            process.terminate()
            process.wait(timeout=90)
    assert (hostile / "mine" / "editions" / "latest").exists(), log.read_text()[-3000:]
    assert marks(hostile) == []


def test_started_as_a_module_it_imports_nothing_that_lies_about(hostile, variables):
    """Python itself looks for `flows` in the working folder then; for everything else we see to it."""
    for path in (hostile / "flows").iterdir():
        path.unlink()
    (hostile / "flows").rmdir()
    done = subprocess.run(
        [sys.executable, "-m", "flows.cli", "status"],
        cwd=hostile,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "nothing is published" in done.stderr
    assert marks(hostile) == []


class TestShutOut:
    """What is set for this process and those it starts."""

    @pytest.fixture
    def shut_out(self, monkeypatch, tmp_path):
        monkeypatch.chdir(tmp_path)

        def call(**variables):
            for name in (
                "no_proxy",
                "NO_PROXY",
                "PYTHONPATH",
                "PYTHONSAFEPATH",
                "HTTP_PROXY",
                "http_proxy",
                "ALL_PROXY",
            ):
                monkeypatch.setenv(name, "")  # put back afterwards
                monkeypatch.delenv(name)
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
            surroundings.shut_out()
            return os.environ

        return call

    @pytest.mark.parametrize("spelling", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
    def test_loopback_is_reached_without_a_proxy(self, shut_out, spelling):
        """By requests (feeds, Apprise), httpx (Prefect, webhooks) and urllib, each with rules of its own."""
        shut_out(**{spelling: "http://127.0.0.1:9", "NO_PROXY": "intern.example.org"})
        with Publisher() as publisher:
            publisher.serve("/x", status(200, b"direct"))
            for url in (f"{publisher.url}/x", f"{publisher.other_url}/x"):
                assert Web().get(url).body == b"direct"
                assert httpx.get(url).content == b"direct"
                assert urllib.request.build_opener().open(url).read() == b"direct"

    def test_the_users_own_exceptions_stay(self, shut_out):
        variables = shut_out(NO_PROXY="intern.example.org, 10.0.0.1")
        assert variables["no_proxy"] == variables["NO_PROXY"]
        assert set(variables["no_proxy"].split(",")) == {
            "intern.example.org", "10.0.0.1", "localhost", "127.0.0.1", "::1",
        }  # fmt: skip

    def test_what_lies_elsewhere_still_goes_through_it(self, shut_out):
        shut_out(HTTP_PROXY="http://127.0.0.1:9")
        assert requests.utils.get_environ_proxies("http://example.org")["http"] == "http://127.0.0.1:9"

    def test_no_proxy_for_anything_stays_so(self, shut_out):
        assert shut_out(no_proxy="*")["no_proxy"] == "*"

    def test_an_empty_entry_of_pythonpath_is_the_working_folder_and_goes(self, shut_out, tmp_path):
        variables = shut_out(PYTHONPATH=f":{tmp_path}/a:b:")
        assert variables["PYTHONPATH"] == f"{tmp_path}/a:{tmp_path}/b"
        assert variables["PYTHONSAFEPATH"] == "1"

    def test_nothing_but_empty_entries_is_no_path(self, shut_out):
        assert "PYTHONPATH" not in shut_out(PYTHONPATH=":")


def test_a_process_started_elsewhere_works_in_the_folder_of_the_user(monkeypatch, tmp_path):
    (tmp_path / "user").mkdir()
    monkeypatch.chdir(tmp_path)
    with surroundings.users_folder():
        assert Path.cwd() == tmp_path
    monkeypatch.setenv(FOLDER, str(tmp_path / "user"))
    with surroundings.users_folder():
        assert Path.cwd() == tmp_path / "user"
    assert Path.cwd() == tmp_path


def test_a_socks_proxy_does_not_keep_prefect_from_its_own_server(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    httpx.Client().close()
