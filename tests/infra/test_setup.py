"""Setting up: the lock decides what is installed, whatever the index offers and however uv is configured."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = tuple(f"requirements{kind}.lock" for kind in ("", "-dev", "-setup", "-lake", "-tools", "-cluster"))
UV = Path(sys.executable).parent / "uv"
# What venv itself brings, and ourselves.
OTHERS = {"pip", "setuptools", "gpt2030"}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock):
    """Name and version as locked; one name may have a version for each Python."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {(canonical(name), version) for name, version in re.findall(r"(?m)^([A-Za-z0-9._-]+)==([^ \\;]+)", text)}


def wheel(folder, version):
    """A package of one line, by hand: a builder would itself have to be fetched."""
    path = folder / f"planted-{version}-py3-none-any.whl"
    info = f"planted-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("planted.py", f'VERSION = "{version}"\n')
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: planted\nVersion: {version}\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def index(tmp_path):
    """An index that offers what is locked, 1.0, and since today 2.0."""
    folder = tmp_path / "index" / "planted"
    folder.mkdir(parents=True)
    sums = {version: wheel(folder, version) for version in ("1.0", "2.0")}
    links = "".join(f'<a href="planted-{v}-py3-none-any.whl#sha256={s}">planted-{v}</a>\n' for v, s in sums.items())
    (folder / "index.html").write_text(links)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(tmp_path / "index")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", sums["1.0"]
    server.shutdown()


@pytest.fixture
def project(tmp_path, index):
    """A project with our set-up and a lock of one package, which asks uv to override that lock."""
    address, digest = index
    folder = tmp_path / "project"
    (folder / "infra").mkdir(parents=True)
    shutil.copy(ROOT / "infra" / "setup.sh", folder / "infra")
    (folder / "requirements-dev.lock").write_text(f"planted==1.0 --hash=sha256:{digest}\n")
    (folder / "pyproject.toml").write_text('[tool.uv]\noverride-dependencies = ["planted>=1.0"]\n')
    (folder / "uv.toml").write_text('override-dependencies = ["planted>=2"]\n')
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (folder / "venv" / "bin" / "uv").symlink_to(UV)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_", "VIRTUAL"))}

    def set_up():
        command = [folder / "infra" / "setup.sh", "venv", "dev"]
        variables = kept | {"PIP_INDEX_URL": address, "UV_CACHE_DIR": str(tmp_path / "cache")}
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    return folder, set_up


@pytest.mark.skipif(not UV.exists(), reason="no uv beside this interpreter: not set up by make")
def test_a_release_newer_than_the_lock_is_not_installed(project):
    folder, set_up = project
    done = set_up()
    assert done.returncode == 0, done.stderr
    said = subprocess.run(
        [folder / "venv" / "bin" / "python", "-c", "import planted; print(planted.VERSION)"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "1.0"


@pytest.mark.skipif(not UV.exists(), reason="no uv beside this interpreter: not set up by make")
def test_a_file_that_is_not_the_locked_one_is_refused(project):
    folder, set_up = project
    lock = folder / "requirements-dev.lock"
    lock.write_text(lock.read_text()[:-4] + "0000\n")
    done = set_up()
    assert done.returncode != 0
    assert "hash" in done.stderr.lower()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_names_one_version_with_its_hashes(lock):
    entries = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    assert all(re.match(r"^[\w.-]+==\S+", one) and "--hash=sha256:" in one for one in entries if one.strip())


def test_the_locks_agree_where_they_name_the_same():
    runtime, dev, setup, lake, tools, cluster = (pins(lock) for lock in LOCKS)
    assert runtime <= lake <= dev
    assert runtime <= cluster
    assert {pin for pin in cluster if pin[0] in {name for name, _ in dev}} <= dev
    named = {name for name, _ in dev}
    assert {pin for pin in tools if pin[0] in named} <= dev
    shared = {name for name, _ in dev} & {name for name, _ in setup}
    assert {pin for pin in setup if pin[0] in shared} <= dev


def test_the_extensions_of_a_shared_warehouse_are_made_for_the_engine_beside_them():
    lake = dict(pins("requirements-lake.lock"))
    extensions = {name: version for name, version in lake.items() if name.startswith("duckdb-extension-")}
    assert len(extensions) == 3
    assert set(extensions.values()) == {lake["duckdb"]}


@pytest.mark.skipif(not (ROOT / ".venv" / ".dev").exists(), reason="not set up by make")
def test_what_is_installed_is_what_is_locked():
    locked = set().union(*(pins(f"requirements-{part}.lock") for part in ("dev", "setup", "tools", "cluster")))
    installed = {(canonical(one.metadata["Name"]), one.version) for one in distributions()}
    assert {name for name, _ in installed - locked} <= OTHERS
