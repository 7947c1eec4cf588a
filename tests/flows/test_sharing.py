"""Who may read what lies under the home: the owner alone, whatever was there before, unless the setting says more."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from flows.settings import load_settings
from flows.sharing import guard_home

FILES = (
    "warehouse.duckdb", "gpt2030.duckdb", ".gpt2030.duckdb.77.tmp", "snapshots/ab/abcdef", "editions/e/index.html",
    "prefect/prefect.db", "deliver.lock", "sql_history",
)  # fmt: skip
# One that another user may start: a virtual environment may point to where nobody else gets.
PYTHON = next(path for path in ("/usr/bin/python3", sys.executable) if Path(path).exists())


@pytest.fixture(autouse=True)
def umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def home(tmp_path):
    """A home of an earlier version, which everybody could read."""
    for name in FILES:
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "home" / "editions" / "latest").symlink_to("e", target_is_directory=True)
    return tmp_path / "home"


def modes(home):
    """Mode of every file and folder, for others than the owner."""
    found = {str(path.relative_to(home)): path.lstat() for path in [home, *home.rglob("*")]}
    return {name: status.st_mode & 0o077 for name, status in found.items() if not stat.S_ISLNK(status.st_mode)}


def guard(home, **said):
    return guard_home(load_settings(home=home, **said))


def test_a_home_of_an_earlier_version_is_closed(home):
    guard(home)
    assert set(modes(home).values()) == {0}


def test_a_new_home_is_the_owners_alone_and_so_is_what_is_written_there(tmp_path):
    home = guard(tmp_path / "new")
    (home / "snapshots").mkdir()
    (home / "snapshots" / "x").write_text("x")
    assert set(modes(home).values()) == {0}


@pytest.mark.parametrize(("sharing", "folder", "file"), [("group", 0o050, 0o040), ("world", 0o055, 0o044)])
def test_the_setting_lets_others_read_and_nothing_more(home, sharing, folder, file):
    guard(home)
    guard(home, sharing=sharing)
    (home / "snapshots" / "new").write_text("x")
    found = modes(home)
    assert found.pop("prefect") == 0, "what Prefect keeps is nobody else's business"
    assert {found[name] for name in ("warehouse.duckdb", "editions/e/index.html", "snapshots/new")} == {file}
    assert {found[name] for name in (".", "snapshots", "snapshots/ab", "editions", "editions/e")} == {folder}


def test_it_may_be_closed_again(home):
    for sharing in ("world", "group", "private"):
        guard(home, sharing=sharing)
    assert modes(home)["."] == 0
    assert set(modes(home).values()) == {0}


def test_what_is_not_ours_is_left_alone(tmp_path, monkeypatch):
    """The home may be the folder that the user works in, with other things in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "theirs.html").write_text("x")
    (tmp_path / "gpt2030.duckdb").write_text("x")
    guard(tmp_path)
    found = modes(tmp_path)
    assert found["theirs.html"] == 0o044
    assert found["gpt2030.duckdb"] == 0
    assert found["."] == tmp_path.stat().st_mode & 0o077


def test_a_folder_that_all_users_share_is_not_closed(tmp_path):
    (tmp_path / "tmp").mkdir()
    (tmp_path / "tmp").chmod(0o1777)
    guard(tmp_path / "tmp")
    assert stat.S_IMODE((tmp_path / "tmp").stat().st_mode) == 0o1777


def test_rights_of_the_owner_stay_as_they_are(home):
    (home / "warehouse.duckdb").chmod(0o444)
    guard(home)
    assert stat.S_IMODE((home / "warehouse.duckdb").stat().st_mode) == 0o400


def test_a_home_that_was_closed_by_half_is_closed_by_the_next(home):
    home.chmod(0o700)  # killed right after the first step
    guard(home, sharing="world")
    assert modes(home)["editions/e/index.html"] == 0o044


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_can_read_nothing(home):
    code = (
        "import os, sys\nfor name in sys.argv[1:]:\n    try: os.listdir(name) if os.path.isdir(name) else open(name)\n"
    )
    code += "    except OSError: print('no')\n    else: print('yes')"
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # or nothing below could be reached for another reason
        opened = shutil.copytree(home, Path(folder) / "home", symlinks=True)
        paths = [str(path) for path in [opened, *opened.rglob("*")]]

        def answers():
            other = pwd.getpwnam("nobody")
            done = subprocess.run(
                [PYTHON, "-I", "-c", code, *paths], user=other.pw_uid, group=other.pw_gid, extra_groups=[], cwd="/",
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            return set(done.stdout.split())

        assert answers() == {"yes"}, "nothing was tried"
        guard(opened)
        assert answers() == {"no"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody whom no list of users knows")
def test_somebody_whom_no_list_of_users_knows_has_a_home_all_the_same(tmp_path):
    """As in a container that is run under a number, without HOME."""
    program = (
        "import os, sys; from pathlib import Path; os.environ.pop('HOME', None); os.chdir('/'); "
        "from flows.engine import configured_api; from flows.settings import load_settings; "
        "from flows.sharing import guard_home; home = guard_home(load_settings(home=Path(sys.argv[1]))); "
        "os.setresuid(54321, 54321, 54321); assert configured_api() is None; "
        "import flows.sharing as sharing; sharing._is_ours_alone(Path('/tmp'))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "home")], check=True, capture_output=True)
