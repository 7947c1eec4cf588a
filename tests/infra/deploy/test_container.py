"""The image and its compose file, as far as they go without a daemon: what they promise, and that all they name is there."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from flows.cli import cli
from flows.commands import schedule
from flows.commands.schedule import PREFECT_YAML
from flows.settings import PREFIX, Settings

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "infra" / "deploy" / "container"
STATE = "/var/lib/gpt2030"
PACKAGES = ("sources", "warehouse", "models", "flows")


def tool(name):
    """Of `make tools`, or of the machine; skips where there is none."""
    found = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return found or pytest.skip(f"no {name} here; `make tools` sets it up")


def compose():
    """The command that reads compose files: a plugin of docker's, or by itself; skips where there is none."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            told = subprocess.run([*command, "version"], capture_output=True, text=True, check=False)
            if told.returncode == 0 and "ompose" in told.stdout:
                return command
    pytest.skip("no docker compose here")


def instructions():
    """(instruction, the rest) of the Dockerfile, continued lines joined."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (FOLDER / "Dockerfile").read_text(encoding="utf-8")).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.strip()]


def last_stage():
    lines = instructions()
    start = max(number for number, (name, _) in enumerate(lines) if name == "FROM")
    return lines[start:]


def said(name, lines=None):
    return [rest for found, rest in lines or instructions() if found == name]


@pytest.fixture
def service():
    (one,) = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    return one


class TestImage:
    """What is built, from what, and as whom it runs."""

    def test_everything_is_installed_from_the_locks_with_hashes(self):
        installs = [part for run in said("RUN") for part in run.split("&&") if "pip install" in part]
        assert len(installs) == 3
        for one in installs:
            assert "--no-deps" in one
            assert (
                "--require-hashes" in one and re.search(r"-r requirements(-setup)?\.lock", one)
            ) or "--no-index" in one

    def test_it_is_built_by_the_builder_of_the_lock(self):
        assert "hatchling==" in (ROOT / "requirements-setup.lock").read_text(encoding="utf-8")
        assert any("/opt/setup/bin/python -m hatchling build" in run for run in said("RUN"))

    def test_what_builds_it_is_not_in_it(self):
        assert len(said("FROM")) == 2
        assert said("COPY", last_stage()) == ["--from=build /opt/gpt2030 /opt/gpt2030"]
        assert not any("pip" in run for run in said("RUN", last_stage()))

    def test_the_base_is_a_python_that_the_project_admits_and_named_exactly(self):
        bases = {one.split()[0] for one in said("FROM")}
        assert len(bases) == 1
        assert re.fullmatch(r"python:3\.1[123]-slim-\w+", bases.pop())

    def test_it_runs_as_a_user_without_rights(self):
        user = said("USER", last_stage())
        assert len(user) == 1
        uid = user[0].partition(":")[0]
        assert uid.isdigit()
        assert int(uid) > 0
        assert f"--uid {uid}" in said("RUN", last_stage())[0]

    def test_it_works_in_the_one_folder_that_outlives_it(self):
        assert said("WORKDIR", last_stage()) == [STATE]
        assert said("VOLUME", last_stage()) == [STATE]
        assert f"HOME={STATE}" in said("ENV", last_stage())[0]

    def test_it_is_the_command_itself_so_that_signals_reach_it(self):
        assert said("ENTRYPOINT") == ['["gpt2030"]']
        assert CliRunner().invoke(cli, [*yaml.safe_load(said("CMD")[0]), "--help"]).exit_code == 0

    def test_a_linter_of_dockerfiles_finds_nothing(self):
        done = subprocess.run([tool("hadolint"), FOLDER / "Dockerfile"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")

    def test_the_deployments_lie_where_deploy_looks_for_them(self):
        version = re.search(r"python:(3\.\d+)", said("FROM")[0])[1]
        assert f"prefect.yaml /opt/gpt2030/lib/python{version}/site-packages/" in said("COPY")
        assert PREFECT_YAML.relative_to(Path(schedule.__file__).parents[2]) == Path("prefect.yaml")

    def test_every_file_that_it_copies_is_there_and_reaches_the_builder(self):
        sources = [name for copy in said("COPY") if "--from" not in copy for name in copy.split()[:-1]]
        ignored = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        assert "*" in ignored
        for name in sources:
            assert (ROOT / name).exists(), name
            assert f"!{name}" in ignored

    @pytest.mark.parametrize(
        "name", ["gpt2030.toml", "gpt2030.env", "data/warehouse.duckdb", ".git/config", ".venv/x", ".env"]
    )
    def test_no_data_and_no_secret_reaches_the_builder(self, name):
        rules = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
        let_in = [rule[1:] for rule in rules if rule.startswith("!")]
        assert not any(fnmatch.fnmatch(name, rule) or name.startswith(f"{rule}/") for rule in let_in)

    def test_all_that_the_package_reads_is_in_the_wheel(self, tmp_path):
        for name in (*PACKAGES, "pyproject.toml", "README.md", "LICENSE"):
            (tmp_path / name).symlink_to(ROOT / name)
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"]
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
        (wheel,) = (tmp_path / "dist").glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            inside = set(archive.namelist())
        needed = {
            path.relative_to(ROOT).as_posix()
            for name in PACKAGES
            for path in (ROOT / name).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert needed - inside == set()


class TestCompose:
    """How it is run: on a schedule, with one volume, without rights, and somebody sees when it is not well."""

    def test_it_refreshes_on_schedule(self, service):
        assert service["command"] == ["serve"]
        assert service["restart"] == "unless-stopped"

    def test_it_can_write_to_its_volume_and_to_memory_only(self, service):
        assert service["read_only"] is True
        assert service["volumes"] == [f"state:{STATE}"]
        assert [one.partition(":")[0] for one in service["tmpfs"]] == ["/tmp"]

    def test_it_has_no_rights_and_gets_none(self, service):
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["user"] == said("USER")[0]
        assert not {"privileged", "ports", "network_mode", "cap_add", "devices"} & set(service)

    def test_it_is_well_when_status_says_so(self, service):
        kind, program, *arguments = service["healthcheck"]["test"]
        assert (kind, program) == ("CMD", "gpt2030")
        assert "--max-age-days" in arguments
        assert CliRunner().invoke(cli, [*arguments, "--help"]).exit_code == 0

    def test_it_is_built_from_the_files_that_are_here(self, service):
        context = (FOLDER / service["build"]["context"]).resolve()
        assert context == ROOT
        assert (context / service["build"]["dockerfile"]).samefile(FOLDER / "Dockerfile")

    def test_every_setting_that_it_names_is_one(self, service):
        for name in service["environment"]:
            key, *inner = name.removeprefix(PREFIX).lower().split("__")
            model = Settings.model_fields[key].annotation
            for part in inner:
                assert part in model.model_fields, name

    def test_a_secret_stands_in_a_file_of_its_own_that_git_does_not_take(self, service):
        assert service["env_file"] == [{"path": "gpt2030.env", "required": False}]
        assert "*.env" in (ROOT / ".gitignore").read_text().splitlines()

    def test_a_stopped_run_has_the_time_that_it_takes_to_end_a_step(self, service):
        assert service["stop_grace_period"] == "45s"

    def test_compose_itself_accepts_it(self):
        command = [*compose(), "-f", FOLDER / "compose.yaml", "config", "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.fixture
def team():
    return yaml.safe_load((FOLDER / "compose.team.yaml").read_text(encoding="utf-8"))["services"]


class TestTeam:
    """A Prefect server on PostgreSQL with a password, a worker and the pages."""

    def test_compose_itself_accepts_it_once_there_are_passwords(self):
        secrets = {"POSTGRES_PASSWORD": "fake", "PREFECT_API_AUTH_STRING": "fake:fake"}
        command = [*compose(), "--env-file", os.devnull, "-f", FOLDER / "compose.team.yaml", "config", "--quiet"]
        ours = {name: value for name, value in os.environ.items() if name not in secrets}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=ours | secrets)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=ours)
        assert done.returncode != 0
        assert "set it in .env" in done.stderr

    def test_nobody_has_rights_or_writes_but_to_a_volume_and_memory(self, team):
        for name, one in team.items():
            assert one["read_only"] is True, name
            assert one["cap_drop"] == ["ALL"], name
            assert one["security_opt"] == ["no-new-privileges:true"], name
            assert one["user"] == ("postgres" if name == "postgres" else said("USER")[0]), name

    def test_from_outside_this_machine_nobody_reaches_anything(self, team):
        ports = [port for one in team.values() for port in one.get("ports", [])]
        assert len(ports) == 2
        assert all(port.startswith("127.0.0.1:") for port in ports)

    def test_server_and_clients_have_the_same_password_and_no_file_of_ours_has_it(self, team):
        text = (FOLDER / "compose.team.yaml").read_text(encoding="utf-8")
        assert team["prefect"]["environment"]["PREFECT_SERVER_API_AUTH_STRING"] == "${PREFECT_API_AUTH_STRING}"
        for name in ("deploy", "worker"):
            assert team[name]["environment"]["PREFECT_API_AUTH_STRING"].startswith("${PREFECT_API_AUTH_STRING:?")
        assert not re.search(r"(?i)(password|auth_string): (?!\$\{)", text)

    def test_the_worker_begins_when_there_is_something_to_work_at(self, team):
        assert team["worker"]["depends_on"] == {"deploy": {"condition": "service_completed_successfully"}}
        assert CliRunner().invoke(cli, [*team["deploy"]["command"], "--help"]).exit_code == 0
        assert team["worker"]["command"][team["worker"]["command"].index("--pool") + 1] == "gpt2030"

    def test_what_is_shown_can_only_be_read(self, team):
        assert team["site"]["volumes"] == [f"state:{STATE}:ro"]
