"""Dask's workers compute the same to the byte; without the extra, or out of their reach, a sentence says what to do."""

import os
import signal
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec

import polars as pl
import pytest

from flows import cluster
from flows.cluster import NoCluster, compute_by, compute_here, workers_here
from flows.rounds import KEEPING_MEMORY
from flows.settings import load_settings
from tests.flows.ask.test_judging import many
from tests.waiting import wait_for

IS_SET_UP = find_spec("prefect_dask") is not None
needs_dask = pytest.mark.skipif(not IS_SET_UP, reason="no Dask beside this interpreter: `make cluster` sets it up")
# As on a machine with two cores, however many there are.
ON_TWO = "import os; os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2]); from flows.cli import main; main()"

OPTIONS = ("--series", "mine.parquet", "--cutoffs", "2021-06-30:2022-12-31:6M", "--horizons", "6,12")


@pytest.fixture
def set_up(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda _name: object())
    monkeypatch.setattr(cluster, "configured_api", lambda: None)


def test_without_a_word_this_process_computes():
    assert load_settings().task_runner == "threads"
    assert compute_by("threads") is None
    assert compute_here("threads") is None


def test_where_the_extra_is_not_set_up_the_command_that_does_it_is_named(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda _name: None)
    with pytest.raises(NoCluster, match=r"task_runner = 'dask' .*prefect-dask, which is not installed; `make cluster`"):
        compute_by("dask")


def test_workers_of_another_machine_need_an_api_that_they_reach(set_up, monkeypatch):
    with pytest.raises(NoCluster, match=r"tcp://elsewhere:8786 .*set PREFECT_API_URL"):
        compute_by("dask:tcp://elsewhere:8786")
    assert compute_by("dask:tcp://127.0.0.1:8786")
    monkeypatch.setattr(cluster, "configured_api", lambda: "http://prefect:4200/api")
    assert compute_by("dask:tcp://elsewhere:8786")


def test_workers_here_are_one_a_core_and_nobody_elses(tmp_path):
    options = workers_here(tmp_path)
    assert options["n_workers"] == len(os.sched_getaffinity(0))
    assert (options["host"], options["security"], options["dashboard_address"]) == ("127.0.0.1", True, None)


@needs_dask
def test_workers_here_keep_the_memory_that_they_ask_for_again():
    """Given back at once, it was found anew for every block of draws: most of a shard's seconds."""
    dask, nanny = import_module("dask"), import_module("distributed.nanny")
    with dask.config.set(KEEPING_MEMORY):
        assert "MALLOC_TRIM_THRESHOLD_" not in nanny._get_env_variables("distributed.nanny.pre-spawn-environ")
    assert "MALLOC_TRIM_THRESHOLD_" in nanny._get_env_variables("distributed.nanny.pre-spawn-environ")


def in_a_shell(shell, folder, runner, *arguments, code="from flows.cli import main; main()"):
    return subprocess.run(
        [sys.executable, "-P", "-c", code, "backtest", *OPTIONS, *arguments],
        cwd=folder, env=shell | {"GPT2030_TASK_RUNNER": runner}, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.slow
@needs_dask
def test_who_stops_the_command_stops_its_workers_and_is_told_in_a_sentence(shell, tmp_path):
    """Ctrl-C reaches every process of a terminal, and each worker told its own traceback."""
    work = tmp_path / "work"
    work.mkdir()
    many(40).write_parquet(work / "mine.parquet")
    command = [sys.executable, "-P", "-c", ON_TWO, "backtest", *OPTIONS, "--out", "tasks.parquet"]
    process = subprocess.Popen(
        command, cwd=work, env=shell | {"GPT2030_TASK_RUNNER": "dask"}, start_new_session=True, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_for(lambda: next(work.glob(".*.shards/shown-*"), None), "the first shard", seconds=120)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1].splitlines()
    assert (len(said), said[-1]) == (2, "stopped by SIGINT: nothing was written")
    assert process.returncode == 1
    assert [path.name for path in work.iterdir()] == ["mine.parquet"]


def steer(folder, mark):
    """Files that would leave a mark if workers, which import Prefect and Dask where the user is, obeyed them."""
    (mark.parent / "logging.yml").write_text(
        f"version: 1\nhandlers:\n  h:\n    (): os.system\n    command: echo logging >> {mark}\n"
    )
    said = f"settings_path = '{mark.parent / 'logging.yml'}'\n"
    (folder / "prefect.toml").write_text(f"[logging]\n{said}[api]\nurl = 'http://127.0.0.1:9'\n")
    for name in ("distributed", "prefect_dask", "msgpack"):
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'a').write('{name}')\n")


@pytest.mark.slow
@needs_dask
def test_two_workers_write_what_one_process_writes_and_tell_what_it_took(shell, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    many(40).write_parquet(work / "mine.parquet")
    steer(work, mark := tmp_path / "mark")
    before = {path.name for path in work.iterdir()}
    for runner in ("threads", "dask"):
        files = ("--out", f"{runner}.parquet", "--forecasts", f"{runner}-said.parquet")
        done = in_a_shell(shell, work, runner, *files, code=ON_TWO)
        assert done.returncode == 0, done.stderr
    assert "40 series by 2 workers: " in done.stderr
    assert "by one process about " in done.stderr
    for part in ("", "-said"):
        one, two = (work / f"{runner}{part}.parquet" for runner in ("threads", "dask"))
        assert one.read_bytes() == two.read_bytes()
    assert pl.read_parquet(two).height > 1000
    made = {path.name for path in work.iterdir()} - before
    assert made == {f"{runner}{part}.parquet" for runner in ("threads", "dask") for part in ("", "-said")}
    assert not mark.exists()
