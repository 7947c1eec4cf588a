"""A machine without a network is set up from a folder of wheels, and from nothing else; the lock decides there, too."""

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).parent / "uv"
pytestmark = pytest.mark.skipif(not UV.exists(), reason="no uv beside this interpreter: not set up by make")


def wheel(folder, name, word=""):
    """A package of one line, by hand: a builder would itself have to be fetched. Returns its sha256."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", f'NAME = "{name}{word}"\n')
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def index(tmp_path):
    """An index with a package for each lock; yields its address, the locked lines, and what it was asked for."""
    sums = {name: wheel(tmp_path / "index" / name, name) for name in ("tool", "planted")}
    for name, digest in sums.items():
        link = f'<a href="{name}-1.0-py3-none-any.whl#sha256={digest}">{name}</a>'
        (tmp_path / "index" / name / "index.html").write_text(link)
    asked = []

    class Noting(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Noting, directory=str(tmp_path / "index")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lines = {name: f"{name}==1.0 --hash=sha256:{digest}\n" for name, digest in sums.items()}
    yield f"http://127.0.0.1:{server.server_port}/", lines, asked
    server.shutdown()


@pytest.fixture
def project(tmp_path, index):
    """A project with our Makefile and set-up, and locks of one package each."""
    address, lines, _ = index
    folder = tmp_path / "project"
    (folder / "infra").mkdir(parents=True)
    shutil.copy(ROOT / "infra" / "setup.sh", folder / "infra")
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements-setup.lock").write_text(lines["tool"])
    (folder / "requirements.lock").write_text(lines["planted"])
    (folder / "requirements-dev.lock").write_text(lines["planted"])
    (folder / "requirements-cluster.lock").write_text(lines["planted"])
    (folder / "pyproject.toml").touch()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_", "VIRTUAL", "MAKE"))
    }

    def run(*command):
        variables = kept | {"PIP_INDEX_URL": address, "UV_CACHE_DIR": str(tmp_path / "cache"), "PYTHON": sys.executable}
        variables |= {"PIP_CACHE_DIR": str(tmp_path / "pip"), "PIP_CONFIG_FILE": os.devnull}
        return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)

    return folder, run


def done(process):
    assert process.returncode == 0, process.stderr
    return process


def module(folder, name):
    return next(folder.glob(f".venv/lib/python3*/site-packages/{name}.py"), None)


@pytest.mark.slow
def test_what_is_locked_is_gathered_and_sets_up_another_machine_that_asks_nobody(project, index):
    folder, run = project
    asked = index[2]
    done(run("make", "wheelhouse"))
    assert {path.name.partition("-")[0] for path in (folder / "wheelhouse").iterdir()} == {"tool", "planted"}
    shutil.rmtree(folder / ".venv")
    asked.clear()
    done(run("make", ".venv/.setup", "OFFLINE=wheelhouse"))
    assert module(folder, "tool")
    (folder / ".venv" / "bin" / "uv").symlink_to(UV)  # as the real lock brings it
    done(run("make", ".venv/.dev", "OFFLINE=wheelhouse", "-o", ".venv/.runtime"))  # which would install the project
    assert module(folder, "planted")
    assert asked == []


@pytest.mark.parametrize("part", ["setup", "dev"])
def test_a_wheel_that_is_not_the_locked_one_is_refused(project, part):
    folder, run = project
    for name in ("tool", "planted"):
        wheel(folder / "wheelhouse", name, " of somebody else")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    (folder / ".venv" / "bin" / "uv").symlink_to(UV)
    refused = run("env", "OFFLINE=wheelhouse", "infra/setup.sh", ".venv", part)
    assert refused.returncode != 0
    assert "hash" in refused.stderr.lower()
    assert module(folder, "tool" if part == "setup" else "planted") is None


@pytest.mark.parametrize("name", ["nothing", "infra"])
def test_what_is_no_folder_of_wheels_is_named_with_advice(project, name):
    folder, run = project
    refused = run("make", "setup", f"OFFLINE={name}")
    assert refused.returncode != 0
    assert f"OFFLINE={name}" in refused.stderr
    assert "make wheelhouse" in refused.stderr
    assert not (folder / ".venv").exists()


@pytest.mark.slow
def test_a_distribution_that_the_index_lacks_is_a_failure(project, index):
    folder, run = project
    (folder / "requirements-dev.lock").write_text(f"absent==1.0 --hash=sha256:{'0' * 64}\n")
    refused = run("make", "wheelhouse")
    assert refused.returncode != 0
    assert "absent" in refused.stderr
