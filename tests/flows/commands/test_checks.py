"""`gpt2030 checks`: what holds an edition is listed with its evidence, and released by a word with a reason."""

import json
import shutil
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from flows.cli import cli
from tests.warehouse.fresh import fresh
from tests.warehouse.good_warehouse import frame
from tests.warehouse.vintages_made import START
from warehouse.checks.acceptances import held_id
from warehouse.contracts import core, out, raw
from warehouse.store import READ_COPY_FILE, Warehouse

FOUND = {
    "run_id": "2024-01-01/1", "check_name": "frontier_does_not_fall", "what": "no record falls", "consequence": "hold",
    "is_passed": False, "source_id": None, "affected_count": 1, "evidence": "math: 0.9 fell to 0.6",
    "checked_at": START, "finding_id": "0a1b2c3d4e5f",
}  # fmt: skip
SNAPSHOT = "f" * 64


@pytest.fixture
def home(tmp_path):
    """A home whose newest run was held, with a feed held back beside it."""
    folder = tmp_path / "home"
    with fresh(folder, now=START) as warehouse:
        warehouse.insert(core.CHECK_RESULT, frame(core.CHECK_RESULT, [FOUND]))
        counts = {name: 0 for name in raw.LANDING.column_names if name.endswith("_count")}
        held = {
            "run_id": "2024-01-01/1", "source_id": "metr", "feed": "a.yaml", "table_name": "*", "is_held": True,
            "snapshot_id": SNAPSHOT, "recorded_at": START, "detail": "30 % of the rows in force are gone",
        }  # fmt: skip
        warehouse.insert(raw.LANDING, frame(raw.LANDING, [counts | held]))
        warehouse.write_copy(folder / READ_COPY_FILE)
    return folder


@pytest.fixture
def gpt2030(home, tmp_path, monkeypatch):
    """The command line in this process: which of its processes says it is not the point here."""
    monkeypatch.setenv("GPT2030_HOME", str(home))
    monkeypatch.chdir(tmp_path)

    def run(*arguments, check=True):
        done = CliRunner().invoke(cli, list(arguments))
        assert not check or done.exit_code == 0, done.output
        return SimpleNamespace(stdout=done.stdout, stderr=done.stderr, returncode=done.exit_code)

    return run


def listed(gpt2030):
    return {one["finding_id"]: one for one in json.loads(gpt2030("checks", "list", "--json").stdout)}


def test_the_list_has_evidence_and_what_to_do(home, gpt2030):
    said = gpt2030("checks").stdout
    assert "0a1b2c3d4e5f  hold  frontier_does_not_fall" in said
    assert "should hold: no record falls" in said
    assert "found: math: 0.9 fell to 0.6 (1 row does not)" in said
    assert "look up the rows of the series" in said
    assert "metr/a.yaml" in said


def test_what_is_listed_adds_up_to_the_checks_that_were_made(home, gpt2030):
    aside = "not among them runners_agree, which is asked of new editions only"
    assert gpt2030("checks").stderr == f"0 of 1 checks passed; the other 1 found 1 hold; {aside}; feeds held back: 1\n"


def found_of(source_id, consequence, **other):
    """A publisher that was not reached, at an address of its own."""
    evidence = f"{source_id} is missing: not reached at https://{source_id}.org/data.csv; seen: no name"
    return FOUND | {
        "check_name": "sources_answer", "what": "every publisher answers", "consequence": consequence,
        "source_id": source_id, "evidence": evidence, "finding_id": f"{source_id}0000",
    } | other  # fmt: skip


def put(home, rows):
    with Warehouse.open(home, now=START) as warehouse:
        warehouse.insert(core.CHECK_RESULT, frame(core.CHECK_RESULT, rows))
        warehouse.write_copy(home / READ_COPY_FILE)


def test_findings_that_differ_only_in_the_source_are_told_once_with_the_names(home, gpt2030):
    """Without a network the same check was printed thirteen times."""
    other = found_of("lmarena", "note", evidence="lmarena is stale")
    put(home, [*(found_of(one, "note") for one in ("metr", "openrouter", "manifold")), other])
    said = " ".join(gpt2030("checks").stdout.split())
    assert "3 times note sources_answer [manifold, metr, openrouter] since" in said
    assert said.count("every publisher answers") == 2
    hosts = "https://manifold.org, https://metr.org, https://openrouter.org"
    assert f"found: each is missing: not reached at {hosts}; seen: no name (3 rows do not)" in said
    assert "lmarena0000 note sources_answer [lmarena]" in said
    assert len([one for one in listed(gpt2030).values() if one["what"] == "every publisher answers"]) == 4


def test_the_ids_of_what_can_be_accepted_are_all_told(home, gpt2030):
    put(home, [found_of(one, "hold") for one in ("metr", "openrouter")])
    said = " ".join(gpt2030("checks").stdout.split())
    assert "metr0000, openrouter0000 hold sources_answer [metr, openrouter]" in said
    gpt2030("checks", "accept", "metr0000", "--reason", "looked at it", "--until", "2199-01-01")
    assert "accepted until 2199-01-01: looked at it" in gpt2030("checks").stdout
    assert "openrouter0000 hold sources_answer [openrouter]" in " ".join(gpt2030("checks").stdout.split())


@pytest.mark.parametrize("identifier", ["0a1b2c3d4e5f", held_id("metr", "a.yaml", SNAPSHOT)])
def test_what_is_accepted_says_until_when_and_why(home, gpt2030, identifier):
    gpt2030("checks", "accept", identifier, "--reason", "looked at it", "--until", "2199-01-01")
    one = listed(gpt2030)[identifier]
    assert (one["accepted_until"], one["reason"]) == ("2199-01-01", "looked at it")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("ffffffffffff", "--reason", "x"), 1, "nothing found has the id ffffffffffff"),
        (("0a1b2c3d4e5f",), 2, "--reason"),
        (("0a1b2c3d4e5f", "--reason", " "), 2, "say why"),
        (("0a1b2c3d4e5f", "--reason", "x", "--until", "2020-01-01"), 2, "has passed already"),
    ],
)
def test_what_cannot_be_accepted_is_refused(home, gpt2030, arguments, code, said):
    done = gpt2030("checks", "accept", *arguments, check=False)
    assert done.returncode == code
    assert said in done.stderr


def test_a_note_holds_nothing_that_could_be_released(home, gpt2030):
    note = FOUND | {"finding_id": "1a1b2c3d4e5f", "check_name": "facts_are_fresh", "consequence": "note"}
    with Warehouse.open(home, now=START) as warehouse:
        warehouse.insert(core.CHECK_RESULT, frame(core.CHECK_RESULT, [note]))
        warehouse.write_copy(home / READ_COPY_FILE)
    done = gpt2030("checks", "accept", "1a1b2c3d4e5f", "--reason", "x", check=False)
    assert done.returncode == 1
    assert "is a note: it holds nothing" in done.stderr
    assert listed(gpt2030)["1a1b2c3d4e5f"]["accepted_until"] is None


def test_what_was_accepted_may_be_accepted_for_longer(home, gpt2030):
    """After the next refresh it stands as a note; refused, nobody could renew it before it lapses."""
    first = FOUND["finding_id"]
    gpt2030("checks", "accept", first, "--reason", "looked at it", "--until", "2198-01-01")
    with Warehouse.open(home, now=START) as warehouse:
        again = FOUND | {"run_id": "2024-01-02/1", "consequence": "note"}
        warehouse.insert(core.CHECK_RESULT, frame(core.CHECK_RESULT, [again]))
        warehouse.write_copy(home / READ_COPY_FILE)
    gpt2030("checks", "accept", first, "--reason", "still well", "--until", "2199-01-01")
    assert listed(gpt2030)[first]["accepted_until"] == "2199-01-01"


def test_a_rehearsal_of_another_year_is_not_the_newest_run_for_ever(home, gpt2030):
    """It was checked at a moment of that year, later than any run of today."""
    counts = {name: 0 for name in out.RUN.column_names if name.endswith("_count")}
    runs, found = [], []
    for number, year in ((1, 2027), (2, 2024)):
        run_id, at = f"{year}-06-01/{number}", START.replace(year=year)
        runs.append(counts | {"run_id": run_id, "run_number": number, "started_at": at, "finished_at": at,
                              "origin_date": at.date(), "outcome": "published", "message": ""})  # fmt: skip
        found.append(FOUND | {"run_id": run_id, "checked_at": at, "finding_id": f"{year}aaaabbbb"})
    with Warehouse.open(home, now=START) as warehouse:
        warehouse.insert(out.RUN, frame(out.RUN, runs))
        warehouse.insert(core.CHECK_RESULT, frame(core.CHECK_RESULT, found))
        warehouse.write_copy(home / READ_COPY_FILE)
    assert {"2024aaaabbbb"} == listed(gpt2030).keys() - {held_id("metr", "a.yaml", SNAPSHOT)}


def test_without_findings_it_says_so(home, gpt2030, tmp_path):
    shutil.rmtree(home)
    with Warehouse.open(home, now=START) as warehouse:
        warehouse.write_copy(home / READ_COPY_FILE)
    assert "nothing is amiss" in gpt2030("checks").stderr
