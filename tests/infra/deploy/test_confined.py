"""What the image runs, as far as it goes without a daemon: nobody's user, no rights, a root that nobody can write to."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sources.registry import SOURCES
from tests.conftest import free_port

ROOT = Path(__file__).parents[3]
CONFINED = Path(__file__).parent / "confined.sh"
USER = 10001
SILENT = [f"GPT2030_SOURCES__{name.upper()}__ENABLED=false" for name in SOURCES if name not in {"curated", "essay"}]


def why_not():
    """What this machine lacks for it; None when it can be tried."""
    if os.getuid() != 0:
        return "not root: no root of one's own can be made"
    if not (shutil.which("unshare") and shutil.which("setpriv")):
        return "no unshare and setpriv here"
    tried = subprocess.run(["unshare", "--mount", "mount", "--make-rprivate", "/"], capture_output=True, check=False)
    return "this machine lets nobody mount" if tried.returncode else None


pytestmark = [
    pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(900),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]  # fmt: skip


class Confined:
    """A root of its own and a volume; `begin` starts a command there, `run` waits for it."""

    def __init__(self, folder):
        self.root, self.state = folder / "root", folder / "state"
        self.root.mkdir()
        self.state.mkdir(mode=0o700)
        os.chown(self.state, USER, USER)

    def begin(self, *command, **how):
        places = os.environ | {"PROJECT": str(ROOT), "PYTHON_HOME": sys.base_prefix}
        whole = ["unshare", "--mount", CONFINED, self.root, self.state, "env", *SILENT, *command]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(whole, env=places, **pipes, **how)

    def run(self, *command):
        process = self.begin(*command)
        said, _ = process.communicate()
        return process.returncode, said


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    return Confined(tmp_path_factory.mktemp("image"))


def test_nothing_can_be_written_but_the_volume_and_memory(image):
    script = "id -u; touch /new || echo refused; touch /usr/new || echo refused; touch /tmp/a ./b; grep CapEff /proc/self/status"
    code, said = image.run("sh", "-c", f"{script}; rm b")
    assert code == 0, said
    words = said.split()
    assert words[0] == str(USER)
    assert words.count("refused") == 2
    assert words[-1] == "0" * 16, "it has rights"


def test_it_refreshes_serves_and_stops_as_the_compose_file_has_it(image):
    code, said = image.run("gpt2030", "refresh")
    assert code == 0, said[-3000:]
    assert (image.state / "data" / "editions" / "latest" / "manifest.json").exists()
    assert {path.lstat().st_uid for path in image.state.rglob("*")} == {USER}
    code, said = image.run("gpt2030", "status", "--max-age", "2")
    assert code == 0, said
    serving = image.begin("gpt2030", "serve")
    first = serving.stdout.readline()
    until = time.monotonic() + 300
    while "next refresh" not in first and time.monotonic() < until:
        first = serving.stdout.readline()
    assert "next refresh" in first
    serving.send_signal(signal.SIGTERM)
    said, _ = serving.communicate(timeout=45)
    assert serving.returncode == 0, said
    assert "serving no more" in said


SERVER_AND_CLIENT = """
import subprocess, time, urllib.request
server = subprocess.Popen(["prefect", "server", "start", "--port", "PORT"])
for _ in range(1200):
    time.sleep(0.5)
    try:
        urllib.request.urlopen("http://127.0.0.1:PORT/api/health")
        print("page", urllib.request.urlopen("http://127.0.0.1:PORT/").status)
        break
    except OSError:
        assert server.poll() is None, "it ended"
deployed = subprocess.run(["gpt2030", "deploy"]).returncode
server.terminate()
server.wait()
raise SystemExit(deployed)
"""


def test_prefects_server_and_deploy_need_no_other_place(image):
    """As compose.team.yaml starts them, but for the database; `deploy` is what begins before the worker in a cluster."""
    port = str(free_port())
    variables = ["PREFECT_HOME=/tmp/prefect", "PREFECT_UI_STATIC_DIRECTORY=/tmp/ui", "DO_NOT_TRACK=1",
                 "PREFECT_SERVER_ANALYTICS_ENABLED=false", "PREFECT_SERVER_API_AUTH_STRING=a:b",
                 f"PREFECT_API_URL=http://127.0.0.1:{port}/api", "PREFECT_API_AUTH_STRING=a:b"]  # fmt: skip
    code, said = image.run(*variables, "python", "-c", SERVER_AND_CLIENT.replace("PORT", port))
    assert code == 0, said[-3000:]
    assert "page 200" in said
    assert "deployed, daily at 17 6 * * *" in said
