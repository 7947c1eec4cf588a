"""The manifests for a cluster: a validator accepts them, and their pods may do little and find all that they need."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from flows.cli import cli

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "infra" / "deploy" / "kubernetes"
STATE = "/var/lib/gpt2030"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))
VALIDATOR = shutil.which("kubernetes-validate", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


def documents(name):
    return [one for one in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")) if one]


def of_kind(name, kind):
    return [one for one in documents(name) if one["kind"] == kind]


@pytest.fixture(params=FILES)
def pod(request):
    (deployment,) = of_kind(request.param, "Deployment")
    return deployment["spec"]["template"]["spec"]


def containers(pod):
    return [*pod.get("initContainers", []), *pod["containers"]]


def test_there_is_one_for_a_schedule_of_its_own_and_one_for_a_server_that_is_there():
    assert FILES == ["serve.yaml", "worker.yaml"]


@pytest.mark.skipif(VALIDATOR is None, reason="no kubernetes-validate here; `make tools` sets it up")
class TestValidator:
    """The schemas of Kubernetes, each field known."""

    def verdict(self, path):
        return subprocess.run([VALIDATOR, "--strict", "--quiet", path], capture_output=True, text=True, check=False)

    @pytest.mark.parametrize("name", FILES)
    def test_it_accepts_every_document(self, name):
        done = self.verdict(FOLDER / name)
        assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr

    def test_it_would_find_a_field_that_is_none(self, tmp_path):
        text = (FOLDER / "serve.yaml").read_text(encoding="utf-8")
        (tmp_path / "bad.yaml").write_text(text.replace("readOnlyRootFilesystem", "readonlyRootFilesystem"))
        assert self.verdict(tmp_path / "bad.yaml").returncode != 0


def test_no_pod_has_rights_or_writes_but_to_its_volume_and_memory(pod):
    whole = pod["securityContext"]
    assert (whole["runAsNonRoot"], whole["runAsUser"], whole["fsGroup"]) == (True, 10001, 10001)
    assert whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for one in containers(pod):
        assert one["securityContext"] == {
            "allowPrivilegeEscalation": False, "privileged": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert {mount["mountPath"] for mount in one["volumeMounts"]} == {STATE, "/tmp"}
        assert "limits" in one["resources"]
    kinds = {one["name"]: next(key for key in one if key != "name") for one in pod["volumes"]}
    assert kinds == {"state": "persistentVolumeClaim", "tmp": "emptyDir"}


def test_the_user_is_that_of_the_image(pod):
    text = (ROOT / "infra" / "deploy" / "container" / "Dockerfile").read_text(encoding="utf-8")
    assert f"USER {pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" in text


def test_the_cluster_sets_no_variable_that_we_would_refuse(pod):
    """A service of our name would be GPT2030_SERVICE_HOST, which is no setting."""
    assert pod["enableServiceLinks"] is False


def test_a_home_has_one_writer_and_a_stopped_run_its_time(pod):
    assert pod["terminationGracePeriodSeconds"] == 45
    for name in FILES:
        (deployment,) = of_kind(name, "Deployment")
        assert (deployment["spec"]["replicas"], deployment["spec"]["strategy"]) == (1, {"type": "Recreate"})


def test_the_worker_takes_the_place_of_the_schedule():
    """Two deployments of one volume would be two writers."""
    names = {one["metadata"]["name"] for name in FILES for one in of_kind(name, "Deployment")}
    assert names == {"gpt2030"}


def test_every_command_is_one_of_ours_or_the_worker(pod):
    for one in containers(pod):
        command = one.get("command", ["gpt2030", *one.get("args", [])])
        if command[0] == "gpt2030":
            assert CliRunner().invoke(cli, [*command[1:], "--help"]).exit_code == 0
        else:
            assert command == ["prefect", "worker", "start", "--pool", "gpt2030", "--type", "process"]
        assert one["envFrom"] == [{"secretRef": {"name": "gpt2030", "optional": True}}]


def test_one_that_is_not_well_is_not_ready(pod):
    (one,) = pod["containers"]
    assert one["readinessProbe"]["exec"]["command"] == ["gpt2030", "status", "--max-age", "2"]
    assert "livenessProbe" not in one, "a stale edition is no reason to start anew"
