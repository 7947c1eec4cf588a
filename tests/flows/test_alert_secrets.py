"""The secrets in channel URLs: a whole refresh that alerts, fails to deliver and logs all it can says none of them."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.leaks import holding, written_under
from tests.publisher import Publisher, status

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(420)]
ROOT = Path(__file__).parents[2]
TOKEN = "fake-token-9d1f7a"
FORMS = {TOKEN.encode(), base64.b64encode(f"me:{TOKEN}".encode()), base64.b64encode(TOKEN.encode())}


@pytest.fixture
def spoilt(tmp_path):
    """An embedded default so bad that the publication is held, which is an alert."""
    folder = tmp_path / "curated"
    shutil.copytree(ROOT / "sources" / "curated", folder)
    lines = (folder / "math.csv").read_text(encoding="utf-8").splitlines()
    bad = [line.replace(",0.", ",many", 1) for line in lines[1:]]
    (folder / "math.csv").write_text("\n".join([lines[0], *bad]) + "\n", encoding="utf-8")
    return folder


def gpt2030(folder, *arguments, **said):
    """The command as a user runs it who has no Prefect server: its history lies under home as well."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    variables = kept | {"GPT2030_HOME": str(folder / "home"), "PREFECT_HOME": str(folder / "prefect")}
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *arguments],
        cwd=folder, env=variables | {"PYTHONPATH": str(ROOT)} | said, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_refresh_that_alerts_and_cannot_deliver_tells_no_secret(tmp_path, spoilt):
    with Publisher() as receiver:
        host = receiver.url.removeprefix("http://")
        receiver.serve(f"/{TOKEN}", status(500, TOKEN.encode()))
        channels = [f"webhook+http://me:{TOKEN}@{host}/{TOKEN}", f"json://me:{TOKEN}@{host}/{TOKEN}",
                    f"mailto://me:{TOKEN}@127.0.0.1:1?from=a@example.org&to=b@example.org&mode=insecure"]  # fmt: skip
        done = gpt2030(
            tmp_path, "refresh", "--offline", "--today", "2026-11-22",
            GPT2030_ALERTS__CHANNELS=json.dumps(channels), GPT2030_ALERTS__WEBHOOK_SECRET=TOKEN,
            GPT2030_SOURCES__CURATED__URL=str(spoilt),
            # As talkative as it gets.
            PREFECT_LOGGING_LEVEL="DEBUG", PREFECT_LOGGING_ROOT_LEVEL="DEBUG", PREFECT_DEBUG_MODE="true",
        )  # fmt: skip
    assert "held" in done.stderr, done.stderr[-3000:]
    assert len(receiver.asked(f"/{TOKEN}")) == 6
    listed = gpt2030(tmp_path, "alerts", "list").stdout
    assert "answered 500" in listed
    said = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode(), "list": listed.encode()}
    said |= written_under(tmp_path)
    assert "publication_held" in said["rows of warehouse.duckdb"].decode()
    assert holding(said, FORMS) == []
