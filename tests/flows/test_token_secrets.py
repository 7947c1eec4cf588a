"""The token and the key of sources: whatever a publisher does with them, a whole refresh writes and says neither."""

import json
import os
import subprocess
import sys

import duckdb
import pytest

from tests import publisher as fake
from tests.conftest import CREDENTIALS, ROOT, prefect_serving
from tests.flows.leaks import holding, written_under
from tests.sources.metaculus_posts import post

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(420)]
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


# One day each: good answers, answers that quote the secrets, refusals that do, and no answer at all.
DAYS = {
    "2026-11-19": (
        good({"api_access_tier": "restricted"}),
        good(post("date") | {"id": POST}),
        good({"data": [SYSTEM]}),
    ),
    "2026-11-20": (echo,) * 3,
    "2026-11-21": (refusal_with_echo,) * 3,
    "2026-11-22": (fake.reset,) * 3,
}


def looks(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute("SELECT source_id || ': ' || outcome FROM raw.look").fetchall()
        return "\n".join(text for (text,) in rows).encode()


@pytest.fixture(scope="module")
def publisher():
    with fake.Publisher() as server:
        yield server


def refresh_of(day, folder, variables, publisher):
    """What one refresh says, begun in a folder that is searched, once it is known to have used both secrets."""
    command = [sys.executable, "-m", "flows.cli", "refresh", "--only", "metaculus", "--only", "artificial_analysis"]
    asked = len(publisher.requests)
    done = subprocess.run(
        [*command, "--today", day], cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    sent = [value for request in publisher.requests[asked:] for value in request.headers.values()]
    assert f"Token {TOKEN}" in sent, f"the token was not used on {day}, so this proves nothing"
    assert KEY in sent, f"the key was not used on {day}, so this proves nothing"
    return {f"stdout of {day}": done.stdout.encode(), f"stderr of {day}": done.stderr.encode()}


@pytest.fixture(scope="module")
def said(tmp_path_factory, publisher):
    """All that four refreshes of one home leave and say, with a Prefect server of their own: place → bytes."""
    folder = tmp_path_factory.mktemp("secrets")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GPT2030_", "PREFECT_"))}
    variables = kept | CREDENTIALS | {
        "GPT2030_HOME": str(folder / "home"), "PREFECT_HOME": str(folder / "prefect"), "PYTHONPATH": str(ROOT),
        "METACULUS_TOKEN": TOKEN, "ARTIFICIAL_ANALYSIS_KEY": KEY,
        "GPT2030_SOURCES__METACULUS__URL": f"{publisher.url}/api",
        "GPT2030_SOURCES__ARTIFICIAL_ANALYSIS__URL": f"{publisher.url}/v2",
        "GPT2030_SOURCES__ARTIFICIAL_ANALYSIS__ENABLED": "true",
        "GPT2030_SOURCES__METACULUS__QUESTIONS": json.dumps([{"post_id": POST, "type": "date"}]),
        # As talkative as it gets.
        "PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_LOGGING_ROOT_LEVEL": "DEBUG", "PREFECT_DEBUG_MODE": "true",
    }  # fmt: skip
    with prefect_serving(folder / "server") as address:  # which is sent, and keeps, all that is logged
        variables["PREFECT_API_URL"] = address
        found = {}
        for day, behaviours in DAYS.items():
            for path, behaviour in zip(PATHS, behaviours, strict=True):
                publisher.serve(path, behaviour)
            found |= refresh_of(day, folder, variables, publisher)
    found["looks"] = looks(folder / "home" / "warehouse.duckdb")
    return (
        found
        | written_under(folder)
        | {f"address {request.path}": request.path.encode() for request in publisher.requests}
    )


def test_each_day_came_out_otherwise_or_this_would_prove_little(said, publisher):
    assert f"{publisher.url}/api" in said["rows of warehouse.duckdb"].decode()
    outcomes = said["looks"].decode().splitlines()
    for source_id in ("metaculus", "artificial_analysis"):
        for outcome in ("changed", "wrong_content", "refused", "unreachable"):
            assert f"{source_id}: {outcome}" in outcomes


def test_whole_refreshes_tell_neither_token_nor_key(said):
    assert holding(said, SECRETS) == []
