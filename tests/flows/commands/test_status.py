"""`gpt2030 status`: fresh, stale, held and never looked at are told apart, and only all fresh is exit 0."""

import json
from datetime import date, datetime

import polars as pl
import pytest
from click.testing import CliRunner

from flows.cli import cli
from flows.commands.status import is_shared, told_of_home, told_of_rows, told_of_sharing, told_of_states
from sources.registry import SOURCES
from tests.warehouse.fresh import fresh
from warehouse.contracts import out, polars_schema, raw
from warehouse.store import READ_COPY_FILE

DAY = datetime(2026, 11, 22, 6, 17)
OFF = {"artificial_analysis", "epoch_chips", "epoch_polling"}
SWITCHED_ON = [source_id for source_id in SOURCES if source_id not in OFF]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def publish(home):
    """A read copy after one run of that day; looks that failed, sources not looked at and held feeds as given."""

    def write(*, outcomes=(), unseen=(), unread=(), held=None, run_outcome="published", details=()):
        with fresh(home, now=DAY) as warehouse:
            for number, source_id in enumerate(one for one in SWITCHED_ON if one not in unseen):
                outcome, kept = dict(outcomes).get(source_id, "changed"), None if source_id in unread else "a" * 64
                _look(
                    warehouse,
                    number,
                    source_id,
                    {"outcome": outcome, "snapshot_id": kept, "detail": dict(details).get(source_id)},
                )
            if held:
                _hold(warehouse, held)
            _run(warehouse, run_outcome)
            warehouse.write_copy(home / READ_COPY_FILE)

    return write


def _insert(warehouse, table, row):
    schema = polars_schema(table)
    warehouse.insert(table, pl.DataFrame([{name: row.get(name) for name in schema}], schema=schema))


def _look(warehouse, number, source_id, found):
    row = {"look_id": f"1/{number}", "source_id": source_id, "feed": "f", "url": "u", "looked_at": DAY}
    _insert(warehouse, raw.LOOK, row | found)


def _hold(warehouse, source_id):
    counts = {name: 0 for name in raw.LANDING.column_names if name.endswith("_count")}
    row = {"run_id": "1", "source_id": source_id, "feed": "f", "table_name": "*", "snapshot_id": "a" * 64}
    said = {"parser_digest": "0", "recorded_at": DAY, "is_held": True, "detail": "60 of 177 rows were refused"}
    _insert(warehouse, raw.LANDING, counts | row | said)


def _run(warehouse, outcome):
    edition = {"edition_id": "2026-11-22-0a1b2c3d", "origin_date": DAY.date(), "issued_at": DAY, "code_version": "1"}
    facts = {"target_date": date(2030, 7, 1), "content_digest": "a" * 64, "settings_json": "{}", "inputs_json": "{}"}
    _insert(warehouse, out.EDITION, edition | facts)
    counts = {name: 0 for name in out.RUN.column_names if name.endswith("_count")}
    moments = {"started_at": DAY, "finished_at": DAY, "origin_date": DAY.date()}
    run = {"run_id": "2026-11-22/1", "run_number": 1, "outcome": outcome, "edition_id": edition["edition_id"]}
    _insert(warehouse, out.RUN, counts | moments | run | {"message": outcome})


@pytest.fixture
def status(home):
    def ask(*arguments, today="2026-11-22"):
        answer = CliRunner().invoke(cli, ["status", "--today", today, "--json", *arguments])
        lines = {line["source_id"]: line for line in json.loads(answer.stdout)["sources"]}
        return answer, lines

    return ask


def test_all_fresh_is_exit_0(publish, status):
    publish()
    answer, lines = status()
    assert answer.exit_code == 0
    assert list(lines) == SWITCHED_ON


def test_checks_deliveries_and_disk_are_counted(publish, status, home):
    publish(held="epoch_models")
    answer = json.loads(status()[0].stdout)
    assert answer["checks"] == {"stop": 0, "hold": 0, "held": 1, "note": 0}
    assert answer["checks_told"] == "no check has been run"
    assert answer["deliveries"] == {"waiting": 0, "given_up": 0}
    assert answer["disk"]["read_copy"] == (home / READ_COPY_FILE).stat().st_size
    assert answer["disk"]["free"] > 0


def test_the_home_is_told_in_one_line():
    said = {
        "checks": {"stop": 0, "held": 1, "note": 13},
        "checks_told": "68 of 69 checks passed; the other 1 found 13 notes",
        "deliveries": {"waiting": 1, "given_up": 0},
        "disk": {"editions": 7_000_000, "free": 9e9},
    }
    assert told_of_home(said) == (
        "68 of 69 checks passed; the other 1 found 13 notes; feeds held back: 1"
        "  ·  deliveries: 1 waiting, 0 given up  ·  disk: 7 MB here, 9 GB free"
    )


def test_what_was_never_read_itself_and_is_copied_is_told(published):
    """A list of missing publishers read as if nothing of theirs stood behind the table."""
    at = {"GPT2030_HOME": str(published())}
    found = json.loads(CliRunner().invoke(cli, ["status", "--json"], env=at).stdout)
    unread = {one["source_id"] for one in found["sources"] if one["state"] in {"missing", "not_asked", "withheld"}}
    assert {"epoch_models", "metr"} <= set(found["copies"]) <= unread
    one = found["copies"]["metr"]
    said = " ".join(CliRunner().invoke(cli, ["status"], env=at).stdout.split())
    assert "which stand in place of what was never read: " in said
    assert f"metr ({one['rows']} rows known by {one['newest']})" in said


def test_rows_that_rest_on_old_facts_are_counted_and_are_no_fault(publish, status):
    publish()
    answer, _ = status()
    assert json.loads(answer.stdout)["old_rows"] == {}
    assert answer.exit_code == 0


def test_the_table_names_the_rows_that_rest_on_old_facts_and_those_that_say_so_themselves():
    frozen = {"auto.metr_h": {"newest": "2026-04-07", "successor": "SWE-bench Pro"}}
    assert told_of_rows({"work.agents": 134, "cyber.horizon": 218}, frozen) == [
        "rows whose newest fact is older than 90 days: 2: work.agents (134 days), cyber.horizon (218 days)",
        "rows whose series is declared to have stopped or whose test is used up, and what goes on in their place: 1: auto.metr_h (SWE-bench Pro)",
    ]
    assert told_of_rows({}, {}) == []


def test_a_look_that_failed_is_stale(publish, status):
    publish(outcomes={"metr": "unreachable"}.items())
    answer, lines = status()
    assert answer.exit_code == 1
    assert "metr" in answer.stderr
    assert lines["metr"]["state"] == "stale"


def test_a_source_nobody_has_looked_at_is_unknown(publish, status):
    publish(unseen=("metaculus",))
    answer, lines = status()
    assert answer.exit_code == 1
    assert "metaculus" in answer.stderr
    assert (lines["metaculus"]["state"], lines["metaculus"]["is_fine"]) == ("not_asked", False)


def test_a_source_that_wants_a_key_and_got_none_is_nobodys_fault(publish, status):
    publish(unread=("metaculus",), outcomes={"metaculus": "missing_key"}.items())
    answer, lines = status()
    assert answer.exit_code == 0
    assert (lines["metaculus"]["state"], lines["metaculus"]["is_fine"]) == ("not_asked", True)


def test_a_source_that_is_switched_off_is_not_missed(publish, status, monkeypatch):
    monkeypatch.setenv("GPT2030_SOURCES__METACULUS__ENABLED", "false")
    publish(unseen=("metaculus",))
    answer, lines = status()
    assert answer.exit_code == 0
    assert "metaculus" not in lines


def test_a_held_feed_is_told_although_its_bytes_came(publish, status):
    publish(held="epoch_models")
    answer, lines = status()
    assert answer.exit_code == 1
    assert lines["epoch_models"]["state"] == "held"
    assert "60 of 177" in lines["epoch_models"]["detail"]


def test_what_was_fresh_goes_stale_with_time(publish, status):
    publish()
    answer, lines = status(today="2026-11-30")
    assert answer.exit_code == 1
    assert "the edition is stale (for 2026-11-22); `gpt2030 refresh` makes one for today" in answer.stderr
    assert {line["state"] for line in lines.values()} == {"stale"}
    assert status("--max-age-days", "30", today="2026-11-30")[0].exit_code == 0


@pytest.mark.parametrize("outcome", ["held", "failed"])
def test_a_run_that_did_not_publish_is_told(publish, status, outcome):
    publish(run_outcome=outcome)
    answer, _ = status()
    assert answer.exit_code == 1
    assert "did not publish" in answer.stderr


def test_the_table_for_people_tells_stale_from_missing(publish, home):
    failed = {"metr": "unreachable", "models_dev": "unreachable"}
    publish(unseen=("metaculus",), unread=("models_dev",), outcomes=failed.items(), held="epoch_models")
    said = CliRunner().invoke(cli, ["status", "--today", "2026-11-22"]).stdout
    lines = [line.replace("│", " ").split() for line in said.splitlines()]
    words = {line[0]: line[1] for line in lines if line and line[0] in SWITCHED_ON}
    expected = {"metaculus": "not", "models_dev": "missing", "metr": "stale", "epoch_models": "held"}
    assert words == dict.fromkeys(SWITCHED_ON, "live") | expected


def test_sources_that_miss_alike_share_what_is_told_and_each_keeps_its_state(publish, home):
    """Without a network the same words stood thirteen times, and the addresses between them were lost."""
    away = ("metr", "models_dev", "openrouter")
    told = {one: f"away at https://{one}.org/a.csv" for one in away}
    publish(outcomes=dict.fromkeys(away, "unreachable").items(), unread=away, details=told.items())
    said = CliRunner().invoke(cli, ["status", "--today", "2026-11-22"]).stdout
    assert said.count("away at https://") == 1
    assert all(f"https://{one}.org" in said for one in away)
    lines = [line.replace("│", " ").split() for line in said.splitlines()]
    assert [line[1:3] for line in lines if line and line[0] in away] == [["missing", "2026-11-22"]] * 3
    answer = json.loads(CliRunner().invoke(cli, ["status", "--today", "2026-11-22", "--json"]).stdout)
    assert {line["source_id"]: line["detail"] for line in answer["sources"] if line["source_id"] in away} == told


def test_brackets_in_a_reason_are_shown_as_they_are(publish, home):
    publish(run_outcome="hold: embedded_data_landed [curated]: [/math] was held")
    said = CliRunner().invoke(cli, ["status", "--today", "2026-11-22"]).stdout
    assert "embedded_data_landed [curated]: [/math] was held" in said


def test_an_outcome_with_nothing_to_add_is_said_once(publish, home):
    publish()
    said = CliRunner().invoke(cli, ["status"]).output
    assert "last run 2026-11-22/1 (run 1 of this home): published\n" in said


@pytest.mark.parametrize(
    ("outcomes", "unread", "unseen", "held", "about", "step"),
    [
        ({"metr": "unreachable"}, ("metr",), (), None, "metr (not reached)", "HTTPS_PROXY"),
        ({"metr": "unreachable"}, (), (), None, "metr (not reached)", "`gpt2030 refresh`"),
        ({"metr": "server_error"}, (), (), None, "metr", "the detail says what came, or what is wanting"),
        ({"metr": "refused"}, ("metr",), (), None, "metr", "the detail says what came, or what is wanting"),
        ({"metr": "offline"}, ("metr",), (), None, "metr (not asked)", "without --offline"),
        ({}, (), ("metr",), None, "metr (not asked)", "without --offline"),
        ({}, (), (), "metr", "metr (held)", "`gpt2030 checks accept"),
    ],
)
def test_what_is_not_fine_names_the_next_step(publish, status, outcomes, unread, unseen, held, about, step):
    publish(outcomes=outcomes.items(), unread=unread, unseen=unseen, held=held)
    (told,) = json.loads(status()[0].stdout)["next_steps"]
    assert told.startswith(f"next, for {about}: ")
    assert step in told
    printed = " ".join(CliRunner().invoke(cli, ["status", "--today", "2026-11-22"]).stdout.split())
    assert told in printed


def test_what_has_only_grown_old_is_to_be_asked_again(publish, status):
    publish(outcomes={"metr": "missing_key"}.items())
    steps = json.loads(status(today="2026-11-30")[0].stdout)["next_steps"]
    assert [step.partition(": ")[0].rpartition(" (")[2] for step in steps[:1]] == ["not asked since)"]
    assert steps[1].startswith("next, for metr: the detail says what came, or what is wanting")


def test_no_step_is_named_where_all_is_fine_or_only_a_key_is_wanting(publish, status):
    publish(unread=("metaculus",), outcomes={"metaculus": "missing_key"}.items())
    assert json.loads(status()[0].stdout)["next_steps"] == []


EDITION = {"edition_id": "e2"}
BEHIND = {"edition_id": "e1", "tried_at": "2026-11-28T06:00:00", "problem": "connection refused"}
ABREAST = {"edition_id": "e2", "tried_at": "2026-11-28T06:00:00", "problem": None}


@pytest.mark.parametrize(
    ("answer", "is_behind"),
    [
        ({"edition": EDITION}, False),
        ({"edition": None, "shared": None}, False),
        ({"edition": EDITION, "shared": None}, True),
        ({"edition": EDITION, "shared": BEHIND}, True),
        ({"edition": EDITION, "shared": ABREAST}, False),
    ],
)
def test_a_shared_warehouse_is_behind_until_it_has_the_edition_in_force(answer, is_behind):
    assert is_shared(answer) is not is_behind


def test_what_keeps_the_shared_warehouse_behind_is_told():
    assert told_of_sharing({"shared": BEHIND}) == ("shared: e1, last tried 2026-11-28T06:00:00 UTC; connection refused")
    assert "warehouse move URL" in told_of_sharing({"shared": None})


def test_a_shared_warehouse_that_nothing_was_brought_to_is_exit_1(publish, status, monkeypatch):
    publish()
    monkeypatch.setenv("GPT2030_WAREHOUSE__URL", "ducklake:postgres:dbname=team")
    answer, _ = status()
    assert answer.exit_code == 1
    assert json.loads(answer.stdout)["shared"] is None
    assert "the shared warehouse is behind" in answer.stderr


def test_every_state_that_the_table_shows_is_explained_and_no_other(publish, home):
    publish(unread=("models_dev",), outcomes=(("models_dev", "unreachable"),))
    said = CliRunner().invoke(cli, ["status", "--today", "2026-11-22"]).stdout
    assert "missing: never read: not reached, or nothing came that could be read" in " ".join(said.split())
    assert "embedded: cited facts" not in said
    assert told_of_states(["live", "embedded", "not_asked"]) == (
        "embedded: cited facts in files: shipped with the program, or in a folder set in their place; "
        "not asked: nobody has asked: offline, no key, or not chosen"
    )
    assert told_of_states(["live"]) == ""
