"""`gpt2030 site` as a user has it: a whole edition holds together, and is served to this machine and nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from click.testing import CliRunner

from flows.cli import cli


@pytest.fixture(scope="module")
def home(published):
    return published()


@pytest.fixture
def site(home, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(home))
    return lambda *arguments: CliRunner().invoke(cli, ["site", *arguments])


def test_an_edition_as_it_is_published_holds_together(site):
    answer = site("check", "--json")
    found = json.loads(answer.stdout)
    assert (answer.exit_code, found["problems"]) == (0, [])
    assert found["pages"] > 88
    assert found["links"] > 1000


def test_a_page_that_was_lost_is_told_with_exit_1(site, home):
    (edition,) = [path for path in (home / "editions").iterdir() if path.is_dir() and not path.is_symlink()]
    page = edition / "p" / "learn.dau.html"
    aside = page.rename(page.with_suffix(".gone"))
    try:
        answer = site("check")
    finally:
        aside.rename(page)
    assert answer.exit_code == 1
    assert "index.html: p/learn.dau.html leads nowhere" in answer.stdout


def test_it_is_served_on_loopback_without_listing_folders(home, shell):
    command = [sys.executable, "-m", "flows.cli", "site", "serve", "--port", "0"]
    said = shell | {"GPT2030_HOME": str(home)}
    with subprocess.Popen(command, env=said, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        try:
            address = served.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(address, timeout=30) as page:
                assert b"GPT-2030" in page.read()
            root = address.rsplit("/", 2)[0]
            # Who types the address alone is led to the pages.
            with urllib.request.urlopen(f"{root}/", timeout=30) as page:
                assert page.url == address
            for hidden in ("/latest/p/", "/../gpt2030.duckdb", "/../lock", "/%00"):
                with pytest.raises(urllib.error.HTTPError, match="404"):
                    urllib.request.urlopen(root + hidden, timeout=30)
        finally:
            served.terminate()
    assert served.returncode != 0


def test_before_the_first_edition_it_says_so(tmp_path):
    answer = CliRunner().invoke(cli, ["site", "check"], env={"GPT2030_HOME": str(tmp_path)})
    assert answer.exit_code == 1
    assert "gpt2030 refresh" in answer.output
