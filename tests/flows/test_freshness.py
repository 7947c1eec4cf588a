"""One definition of freshness: page, status, view, checks and alerts say the same of the same looks."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import polars as pl
import pytest
from click.testing import CliRunner

from flows.alerts import conditions
from flows.cli import cli
from flows.edition.behind import source_standings
from flows.edition.words import words
from flows.settings import load_settings
from sources.errors import Unreachable
from tests.warehouse.edition_frames import frame
from tests.warehouse.fresh import fresh
from warehouse.checks.check import CheckFacts, CheckMoment
from warehouse.checks.fast import findings
from warehouse.checks.publishers import CHECKS
from warehouse.checks.relations import given
from warehouse.contracts import raw
from warehouse.health import FAILED, FINE, STATES, source_health
from warehouse.store import READ_COPY_FILE, WRITER_FILE

NOW = datetime(2026, 11, 26, 6, 17)
DAYS_AGO = {days: NOW - timedelta(days=days) for days in range(6)}
BYTES = "a" * 64


def seen(outcome, days=0, **said):
    """A look at one feed so many days ago; a look that asked is about bytes unless said otherwise."""
    return {"outcome": outcome, "looked_at": DAYS_AGO[days], "feed": "f", "url": "https://example.org/f"} | said


def read(outcome, days=0, **said):
    return seen(outcome, days, snapshot_id=BYTES, **said)


# What Web.get says of a host that it did not try again: tests/sources/test_web.py holds the words.
GIVEN_UP = str(Unreachable("not reached", where="https://example.org/f", evidence="the network was just found dead"))
NO_KEY = seen("missing_key", feed="*", detail="set METACULUS_TOKEN")
CASES = {
    "answered today": ("live", [read("changed")]),
    "answered yesterday, offline since": ("live", [read("changed", 1), read("offline")]),
    "answered two days ago, offline since": ("live", [read("changed", 2), read("offline")]),
    "answered long ago, offline since": ("stale", [read("changed", 4), read("offline")]),
    "answered today, then not chosen": ("live", [read("unchanged"), seen("not_asked", feed="*")]),
    "answered yesterday, server fails": ("stale", [read("changed", 1), read("server_error", detail="answered 503")]),
    "refuses what it gave before": ("stale", [read("changed", 1), read("refused", detail="answered 403")]),
    "one feed of two is gone": ("stale", [read("changed"), read("not_found", feed="g", detail="answered 404")]),
    "a feed that never came": ("live", [read("changed"), seen("not_found", feed="g", detail="answered 404")]),
    "never answered": ("missing", [seen("unreachable", detail="no route")]),
    "not reached, because the network was just found dead": ("missing", [seen("unreachable", detail=GIVEN_UP)]),
    "not reached, offline since": ("missing", [seen("unreachable", 1, detail=GIVEN_UP), seen("offline", feed="*")]),
    "an address that is gone from the first": ("missing", [seen("not_found", detail="answered 404")]),
    "answers that we may not have it": ("withheld", [seen("refused", detail="answered 403")]),
    "offline from the first": ("not_asked", [seen("offline", feed="*")]),
    "no key": ("not_asked", [NO_KEY]),
    "no key, offline since": ("not_asked", [NO_KEY | {"looked_at": DAYS_AGO[1]}, seen("offline", feed="*")]),
    "no key any more": ("stale", [read("changed", 4), seen("missing_key", feed="*", detail="set METACULUS_TOKEN")]),
    "not chosen": ("not_asked", [seen("not_asked", feed="*")]),
    "switched off": ("off", [seen("disabled", feed="*")]),
    "switched off after it was read": ("off", [read("changed", 4), seen("disabled", feed="*")]),
    "comes with the program": ("embedded", [read("embedded", url="embedded:f")]),
    "comes with the program, days ago": ("embedded", [read("embedded", 5, url="embedded:f")]),
    "comes with the program, unchanged": ("embedded", [read("unchanged", url="embedded:f")]),
    "held": ("held", [read("changed", held="9 of 9 rows refused")]),
    "held long ago, offline since": ("held", [read("changed", 4, held="9 of 9 rows refused"), read("offline")]),
}  # fmt: skip


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """Everything that speaks of freshness, asked about metr after these looks: in a home of its own, once."""

    def everybody(looks):
        home = tmp_path_factory.mktemp("asked")
        with fresh(home, now=NOW) as warehouse:
            _record(warehouse, looks)
            warehouse.write_copy(home / READ_COPY_FILE)
            health = source_health(warehouse, NOW, 2)
            told = conditions.of_sources(warehouse, load_settings(home=home), NOW)
            facts = given(CheckMoment(NOW.date(), NOW), CheckFacts("none", embedded_sources=()))
            (view,) = warehouse.frame("FROM source_health").iter_rows(named=True)
        found = {name for name, said in findings(home / WRITER_FILE, CHECKS, facts).items() if said}
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("GPT2030_HOME", str(home))
            patched.chdir(home)
            answer, table = (
                CliRunner().invoke(cli, ["status", "--today", "2026-11-26", *form]) for form in (["--json"], [])
            )
        (line,) = [one for one in json.loads(answer.stdout)["sources"] if one["source_id"] == "metr"] or [None]
        (page,) = source_standings(health)
        return {
            "view": view,
            "page": page.freshness,
            "come_of_it": page.outcome,
            "table": table.output,
            "line": line,
            "alerts": [one.kind for one in told],
            "checks": found,
        }

    made = {}

    def once(looks):
        key = repr(looks)
        if key not in made:
            made[key] = everybody(looks)
        return made[key]

    return once


def _record(warehouse, looks):
    rows = [
        {"look_id": str(number), "source_id": "metr"} | {name: said for name, said in look.items() if name != "held"}
        for number, look in enumerate(looks)
    ]
    warehouse.insert(raw.LOOK, frame(raw.LOOK, rows))
    counts = {name: 0 for name in raw.LANDING.column_names if name.endswith("_count")}
    landings = [
        counts | {"run_id": "1", "source_id": "metr", "feed": "f", "table_name": "*", "snapshot_id": BYTES, "detail": look["held"],
                  "parser_digest": "0", "recorded_at": look["looked_at"], "is_held": True}
        for look in looks if "held" in look
    ]  # fmt: skip
    warehouse.insert(raw.LANDING, frame(raw.LANDING, landings))


@pytest.mark.parametrize("case", CASES)
def test_everybody_says_the_same(case, ask):
    state, looks = CASES[case]

    said = ask(looks)

    assert (said["view"]["state"], said["page"]) == (state, state)
    assert said["line"] is None or said["line"]["state"] == state
    is_for_want_of_a_key = said["view"]["newest_outcome"] == "missing_key" and state == "not_asked"
    assert said["line"] is None or said["line"]["is_fine"] is (state in FINE or is_for_want_of_a_key)
    assert bool(said["alerts"]) is (state in FAILED)
    about = {
        "stale": "sources_fresh",
        "missing": "sources_answer",
        "withheld": "sources_answer",
        "held": "publishers_landed",
    }
    assert said["checks"] & set(about.values()) == ({about[state]} if state in about else set())


@pytest.mark.parametrize("case", CASES)
def test_nobody_says_not_asked_of_what_a_run_went_for(case, ask):
    state, looks = CASES[case]

    said = ask(looks)

    (line,) = [one for one in said["table"].splitlines() if one.startswith("metr ")] or [""]
    told = (str(said["view"]["detail"]), said["come_of_it"], words("en").freshness_meaning[state], line)
    if state not in {"not_asked", "off"}:
        assert not any("not asked" in one or "nobody has asked" in one for one in told)
    if said["view"]["last_outcome"] == "unreachable":
        assert said["come_of_it"].startswith("not reached")


def test_there_is_a_case_of_every_state():
    assert {state for state, _ in CASES.values()} == set(STATES)


@pytest.mark.parametrize("state", ["stale", "missing", "withheld", "held", "not_asked"])
def test_what_is_not_fine_says_why(state, ask):
    looks = next(
        looks for one, looks in CASES.values() if one == state and any("detail" in x or "held" in x for x in looks)
    )
    assert ask(looks)["view"]["detail"]


def test_an_offline_run_does_not_unsay_which_key_a_source_wants(ask):
    said = ask(CASES["no key, offline since"][1])
    assert said["view"]["detail"] == "set METACULUS_TOKEN"
    assert said["line"]["is_fine"]
    assert ask([NO_KEY | {"looked_at": DAYS_AGO[1]}, seen("disabled", feed="*")])["view"]["state"] == "off"


def test_the_frame_of_nothing_has_no_rows(tmp_path):
    with fresh(tmp_path, now=NOW) as warehouse:
        assert source_health(warehouse, NOW, 2).equals(pl.DataFrame(schema=source_health(warehouse, NOW, 2).schema))
