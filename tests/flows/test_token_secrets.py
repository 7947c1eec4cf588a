"""The token and the key of sources: whatever a publisher does with them, a whole refresh writes and says neither."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests import publisher as fake
from tests.sources.metaculus_posts import post

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(420)]
ROOT = Path(__file__).parents[2]
TOKEN, KEY = "fake-token-4be1c07d92aa", "fake-key-8e55d1f0c3b7"
SECRETS = (TOKEN.encode(), KEY.encode())
POST = 7001
PATHS = ("/api/users/me/", f"/api/posts/{POST}/", "/v2/language/models/free")
SYSTEM = {"id": "1", "name": "System", "performance": {"median_output_tokens_per_second": 90.5}}


def echo(handler):
    """A careless server: it answers well, and quotes all headers it was sent in what would be kept."""
    said = json.dumps(post("date") | {"id": POST, "data": [SYSTEM], "sent": dict(handler.headers.items())})
    handler.send(200, said.encode(), {"Content-Type": "application/json"})


def refusal_with_echo(handler):
    """A refusal that quotes them."""
    handler.send(403, f"not with {dict(handler.headers.items())}".encode(), {})


def good(body):
    return fake.ok(json.dumps(body).encode(), media_type="application/json")


CASES = {
    "answers": (good({"api_access_tier": "restricted"}), good(post("date") | {"id": POST}), good({"data": [SYSTEM]})),
    "refuses": (refusal_with_echo,) * 3,
    "echoes in what it publishes": (echo,) * 3,
    "resets": (fake.reset,) * 3,
}


def cells(path):
    """Every text of every table: in the file itself they are compressed."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = connection.execute("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        return "\n".join(str(connection.execute(f"SELECT * FROM {name}").fetchall()) for (name,) in names)


def refresh(folder, url):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    said = {
        "GPT2030_HOME": str(folder / "home"), "PREFECT_HOME": str(folder / "prefect"), "PYTHONPATH": str(ROOT),
        "METACULUS_TOKEN": TOKEN, "ARTIFICIAL_ANALYSIS_KEY": KEY,
        "GPT2030_SOURCES__METACULUS__URL": f"{url}/api", "GPT2030_SOURCES__ARTIFICIAL_ANALYSIS__URL": f"{url}/v2",
        "GPT2030_SOURCES__ARTIFICIAL_ANALYSIS__ENABLED": "true",
        "GPT2030_SOURCES__METACULUS__QUESTIONS": json.dumps([{"post_id": POST, "type": "date"}]),
        # As talkative as it gets.
        "PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG", "PREFECT_DEBUG_MODE": "true",
    }  # fmt: skip
    command = [sys.executable, "-m", "flows.cli", "refresh", "--only", "metaculus", "--only", "artificial_analysis"]
    return subprocess.run(
        [*command, "--today", "2026-11-22"], cwd=folder, env=kept | said, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", CASES)
def test_a_whole_refresh_tells_neither_token_nor_key(tmp_path, name):
    with fake.Publisher() as publisher:
        for path, behaviour in zip(PATHS, CASES[name], strict=True):
            publisher.serve(path, behaviour)
        done = refresh(tmp_path, publisher.url)
    home = tmp_path / "home"
    assert done.returncode == 0, done.stderr[-3000:]
    sent = [value for request in publisher.requests for value in request.headers.values()]
    assert f"Token {TOKEN}" in sent, "the token was not used, so this proves nothing"
    assert KEY in sent, "the key was not used, so this proves nothing"
    said = {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}
    said |= {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    said |= {f"rows of {path}": cells(path).encode() for path in home.glob("*.duckdb")}
    said |= {f"address {request.path}": request.path.encode() for request in publisher.requests}
    assert f"{publisher.url}/api" in said[f"rows of {home / 'warehouse.duckdb'}"].decode()
    assert [place for place, text in said.items() if any(secret in text for secret in SECRETS)] == []
