"""Checks: each finds what it is for, says where, and has its consequence; both runners find the same."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import duckdb
import pytest

from tests.warehouse.concerned import concerned, tables_read
from tests.warehouse.damages import APART, DAMAGES
from tests.warehouse.fresh import fresh
from tests.warehouse.good_warehouse import FACTS, NOW, TODAY, build, damaged
from warehouse.checks import CHECKS, Check, Tolerated, fast, gate, remedies, run_checks, warm_up
from warehouse.checks.acceptances import Acceptance, accept, accepted, held_id, standing
from warehouse.checks.check import EXAMPLES, CheckMoment, Finding
from warehouse.checks.relations import given
from warehouse.checks.report import AGREED, disagreements, report
from warehouse.checks.suppressions import Suppression
from warehouse.contracts import core, polars_schema
from warehouse.corrections import Correction, Outcome
from warehouse.store import CONFIG, Warehouse

CONSEQUENCE = {check.name: check.consequence for check in CHECKS}
NAMES = [check.name for check in CHECKS]
MOMENT = CheckMoment(TODAY, NOW)


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return build(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def whole(good):
    """The report on the good warehouse."""
    return run(good)


@pytest.fixture(scope="module")
def after(good, tmp_path_factory):
    """The report on a warehouse with the damage meant for a check, each made once.

    Checks that read none of the tables that the damage names are not asked again: they pass, as on the good warehouse.
    """
    folder = tmp_path_factory.mktemp("damaged")
    reads = tables_read(good, given(MOMENT, FACTS))

    @cache
    def examine(name):
        harm = DAMAGES[name]
        candidate = damaged(good, folder, harm.sql)
        found = fast.findings(candidate, concerned(harm.sql, reads), given(MOMENT, harm.facts))
        return report("2026-11-22/2", MOMENT, CHECKS, found)

    return examine


def run(candidate, *, facts=FACTS, tolerated=None, is_gated=False):
    said = {"facts": facts, "tolerated": tolerated, "is_gated": is_gated}
    return run_checks(candidate, run_id="2026-11-22/2", today=TODAY, now=NOW, **said)


def asked(name, candidate, *, facts=FACTS):
    """The report on one check alone, where the others have no say."""
    found = fast.findings(candidate, [one for one in CHECKS if one.name == name], given(MOMENT, facts))
    return report("2026-11-22/2", MOMENT, CHECKS, found)


def failed(report):
    return {row["check_name"] for row in report.rows.iter_rows(named=True) if not row["is_passed"]}


def row_of(report, name):
    (row,) = [row for row in report.rows.iter_rows(named=True) if row["check_name"] == name]
    return row


def test_there_are_enough_checks_and_each_has_its_damage():
    assert len(NAMES) == len(set(NAMES)) >= 25
    undamaged = sorted(set(NAMES) ^ set(DAMAGES))
    assert not undamaged, f"{undamaged}: write in tests/warehouse/damages.py what each check must find, and no more"
    assert set(CONSEQUENCE.values()) == {"stop", "hold", "note"}


def test_a_good_warehouse_passes_every_check(whole):
    assert whole.verdict == "pass"
    assert whole.messages == ()
    assert whole.rows["is_passed"].all()
    assert set(NAMES) <= set(whole.rows["check_name"])


def test_rows_are_those_of_the_contract(whole):
    rows = whole.rows

    assert rows.schema == polars_schema(core.CHECK_RESULT)
    assert rows["run_id"].unique().to_list() == ["2026-11-22/2"]
    assert rows["checked_at"].unique().to_list() == [NOW]
    assert not rows.select(core.CHECK_RESULT.key).is_duplicated().any()


@pytest.mark.parametrize("name", [name for name in NAMES if name in DAMAGES])
def test_each_check_finds_its_damage_and_no_other_check_cries(name, after):
    harm, report = DAMAGES[name], after(name)

    assert name in failed(report)
    assert failed(report) <= {name} | harm.also
    row = row_of(report, name)
    assert row["affected_count"] >= 1
    assert harm.evidence in row["evidence"]


@pytest.mark.parametrize("name", [name for name in NAMES if name in DAMAGES])
def test_each_failure_has_its_consequence_and_says_so(name, after):
    harm, report = DAMAGES[name], after(name)

    assert row_of(report, name)["consequence"] == CONSEQUENCE[name]
    (message,) = [m for m in report.messages if m.split(": ")[1].split(" [")[0] == name]
    assert message.startswith(f"{CONSEQUENCE[name]}: {name}")
    assert harm.evidence in message
    gravest = min((CONSEQUENCE[n] for n in failed(report)), key=["stop", "hold", "note"].index)
    assert report.verdict == ("pass" if gravest == "note" else gravest)


@pytest.mark.parametrize("name", ["frontier_does_not_fall", "medians_steady", "sources_answer"])
def test_a_check_that_reads_nothing_of_what_was_damaged_passes_when_it_is_asked(name, after, good, tmp_path):
    whole = run(damaged(good, tmp_path, DAMAGES[name].sql), facts=DAMAGES[name].facts)

    # Which rows each looked at is told of a run, and these were two.
    of_the_run = ("scope", "full_at", "definition")
    assert after(name).rows.drop(of_the_run).equals(whole.rows.drop(of_the_run))


def test_failures_of_publishers_are_told_apart(good, tmp_path):
    unreachable = """
        UPDATE raw.look SET outcome = 'unreachable', detail = 'no route', snapshot_id = NULL
        WHERE source_id IN ('metaculus', 'epoch_benchmarks')"""

    rows = asked("sources_answer", damaged(good, tmp_path, unreachable)).rows.filter(check_name="sources_answer")

    assert rows["source_id"].to_list() == ["epoch_benchmarks", "metaculus"]
    assert rows["evidence"].to_list() == [f"{one} is missing: no route" for one in ("epoch_benchmarks", "metaculus")]


def test_evidence_shows_a_few_rows_and_counts_all(good, tmp_path):
    mute = damaged(good, tmp_path, "UPDATE out.property_row SET label_zh = '' WHERE edition_id LIKE '%bbb'")

    row = row_of(asked("labels_in_both_languages", mute), "labels_in_both_languages")
    assert row["affected_count"] == 44
    assert len(row["evidence"].split("; ")) == EXAMPLES


def test_text_from_elsewhere_in_the_facts_is_only_text(good):
    odd = replace(FACTS, missing_snapshots=("it's @property {batch} :x",))

    report = run(good, facts=odd)

    assert "it's @property {batch} :x" in row_of(report, "snapshots_kept")["evidence"]


def test_a_corrected_series_may_start_from_another_frontier_than_its_published_rows(good, tmp_path):
    """Also through the series that pool it: the correction applied when the rows were read."""
    entry = Correction(
        1,
        "core.observation",
        {"series_id": "math/aided"},
        "override",
        "value",
        "slip",
        "https://x.org",
        TODAY,
        0.6,
        0.55,
    )
    applied = replace(FACTS, corrections=(Outcome(entry, "applied", 1, "applied", ("math/aided",)),))
    fitted = "UPDATE core.fit SET frontier_value = 0.55 WHERE series_id IN ('math/aided', 'math/any')"
    lower = damaged(good, tmp_path, fitted)

    assert not failed(asked("frontier_is_the_record", lower, facts=applied))
    assert failed(asked("frontier_is_the_record", lower)) == {"frontier_is_the_record"}


def test_how_old_is_stale_is_one_setting(good, tmp_path):
    quiet = damaged(good, tmp_path, DAMAGES["sources_fresh"].sql)

    assert failed(asked("sources_fresh", quiet)) == {"sources_fresh"}
    assert not failed(asked("sources_fresh", quiet, facts=replace(FACTS, stale_days=90)))


def test_a_check_with_nothing_to_judge_says_so(good, tmp_path, whole):
    """Where no publisher was ever read, "has answered lately" passed as if all had."""
    no_publisher = "DELETE FROM raw.look WHERE source_id NOT IN ('curated', 'essay')"
    alone = run(damaged(good, tmp_path, f"{no_publisher}; UPDATE raw.look SET outcome = 'embedded'"))

    for name, said in (("sources_fresh", "was ever read"), ("sources_answer", "no run went")):
        row = row_of(alone, name)
        assert (row["is_passed"], row["finding_id"]) == (True, None)
        assert row["evidence"].startswith("nothing to judge: ")
        assert said in row["evidence"]
        assert row_of(whole, name)["evidence"] is None


@pytest.mark.parametrize(("years", "is_held"), [(0, True), (1, True), (3, False)])
def test_time_alone_may_move_a_median_further_the_longer_it_was(good, tmp_path, years, is_held):
    """A home that rested for years was held at its first refresh, for numbers that nothing but time had moved."""
    rested = (
        f"{DAMAGES['medians_steady'].sql}; UPDATE out.edition SET origin_date = origin_date - INTERVAL {years} YEAR"
        f" WHERE edition_id <> '{FACTS.edition_id}'"
    )

    assert bool(failed(asked("medians_steady", damaged(good, tmp_path, rested)))) is is_held


def test_a_run_that_looks_back_is_not_told_of_the_future(good):
    """On the first day the second vintage is not there yet: the first edition passes as it did then."""
    earlier = NOW - timedelta(days=2)

    report = run_checks(
        good,
        run_id="1",
        today=earlier.date(),
        now=earlier,
        facts=replace(FACTS, edition_id="2026-11-20-aaaaaaaa"),
        is_gated=False,
    )

    assert report.verdict == "pass"
    assert failed(report) == {"recorded_in_time"}


class TestSuppressions:
    """Known false alarms: noted with their reason while they last, and loud when they end."""

    KNOWN = Suppression("labels_in_both_languages", "translator is on leave", date(2026, 12, 31), at_most=1)

    @pytest.fixture
    def unlabelled(self, good, tmp_path):
        return damaged(good, tmp_path, DAMAGES["labels_in_both_languages"].sql)

    def test_a_suppressed_failure_is_a_note_with_its_reason(self, unlabelled):
        report = run(unlabelled, tolerated=Tolerated([self.KNOWN]))

        row = row_of(report, "labels_in_both_languages")
        assert (report.verdict, row["consequence"], row["is_passed"]) == ("pass", "note", False)
        assert "suppressed until 2026-12-31 (else hold): translator is on leave" in row["evidence"]

    def test_one_row_more_than_known_raises_the_alarm_again(self, good, tmp_path):
        two = damaged(good, tmp_path, "UPDATE out.property_row SET label_zh = '' WHERE row_number IN (8, 9)")

        assert run(two, tolerated=Tolerated([self.KNOWN])).verdict == "hold"

    def test_on_its_last_day_it_holds_and_a_day_later_it_is_told_to_go(self, unlabelled):
        last = replace(self.KNOWN, until=TODAY)
        late = replace(self.KNOWN, until=TODAY - timedelta(days=1))

        assert run(unlabelled, tolerated=Tolerated([last])).verdict == "pass"
        report = run(unlabelled, tolerated=Tolerated([late]))
        assert report.verdict == "hold"
        assert any(
            "ended on 2026-11-21" in message and "renew or delete the entry" in message for message in report.messages
        )

    def test_it_covers_only_the_publisher_it_names(self, good, tmp_path):
        silent = damaged(good, tmp_path, DAMAGES["sources_answer"].sql)
        other = Suppression("sources_answer", "known", date(2027, 1, 1), source_id="metr")
        same = replace(other, source_id="metaculus")

        assert "suppressed" not in row_of(run(silent, tolerated=Tolerated([other])), "sources_answer")["evidence"]
        assert "suppressed" in row_of(run(silent, tolerated=Tolerated([same])), "sources_answer")["evidence"]


class TestAcceptances:
    """Whatever stops or holds says what to do, and a person who has looked can release it."""

    def test_every_stop_and_hold_says_what_to_do(self):
        mute = {check.name for check in CHECKS if check.consequence != "note"} - remedies().keys()
        assert not mute, f"give {sorted(mute)} a remedy (OWN_FAULT, ROWS_AT_FAULT or words of its own)"

    @pytest.mark.parametrize("name", ["labels_in_both_languages", "keys_unique", "edition_speaks_for_today"])
    def test_an_accepted_finding_is_a_note_with_the_reason(self, name, after, good, tmp_path):
        found = row_of(after(name), name)
        assert f"`gpt2030 checks accept {found['finding_id']}" in "".join(after(name).messages)
        known = Acceptance(found["finding_id"], name, found["evidence"], "looked at it", TODAY)
        tolerated = Tolerated(accepted={known.finding_id: known})

        report = run(damaged(good, tmp_path, DAMAGES[name].sql), tolerated=tolerated)

        assert row_of(report, name)["consequence"] == "note"
        assert row_of(report, name)["evidence"].startswith(f"accepted until {TODAY} (else {CONSEQUENCE[name]}): looked")
        assert row_of(report, name)["finding_id"] == known.finding_id

    def test_other_evidence_is_another_finding(self, good, tmp_path, after):
        one = row_of(after("labels_in_both_languages"), "labels_in_both_languages")["finding_id"]
        two = damaged(good, tmp_path, "UPDATE out.property_row SET label_zh = '' WHERE row_number IN (8, 9)")
        other = row_of(asked("labels_in_both_languages", two), "labels_in_both_languages")["finding_id"]
        assert other not in {None, one}

    def test_the_name_of_an_edition_is_no_evidence(self):
        first, next_day = (
            Finding(None, 1, f"out.property: {day}-0a1b2c3d").id_of("editions_known")
            for day in ("2026-11-26", "2026-11-27")
        )
        assert first == next_day

    def test_it_is_kept_with_its_last_day_and_the_newest_word_counts(self, tmp_path):
        one = Acceptance("0a1b2c3d4e5f", "units_steady", "row.15", "meant", date(2026, 12, 1))
        with fresh(tmp_path, now=NOW) as warehouse:
            accept(warehouse, one, NOW)
            assert accepted(warehouse, date(2026, 12, 1)) == {one.finding_id: one}
            assert accepted(warehouse, date(2026, 12, 2)) == {}
            accept(warehouse, replace(one, until_date=date(2027, 1, 1)), NOW + timedelta(days=1))
            assert accepted(warehouse, date(2026, 12, 2))[one.finding_id].until_date == date(2027, 1, 1)

    def test_a_feed_held_back_stands_among_what_was_found(self, good, tmp_path):
        with Warehouse.open_file(damaged(good, tmp_path, DAMAGES["publishers_landed"].sql)) as warehouse:
            report = run_checks_of(warehouse)
            warehouse.insert(core.CHECK_RESULT, report.rows)
            found = standing(warehouse)
            asked = "SELECT snapshot_id FROM raw.landing WHERE feed = 'questions'"
            snapshot_id = str(warehouse.rows(asked)[0][0])
        assert found["consequence"].to_list() == ["held", "note"]
        assert found["finding_id"][0] == held_id("metaculus", "questions", snapshot_id)
        assert found["subject"].to_list() == ["metaculus/questions", "publishers_landed [metaculus]"]


def run_checks_of(warehouse):
    warehouse.write_copy(warehouse.path.with_suffix(".copy"))
    return run(warehouse.path.with_suffix(".copy"))


class TestGate:
    """Great Expectations evaluates the same declarations on the same file."""

    def test_warming_up_imports_in_the_background(self):
        warm_up().join()

        assert "great_expectations" in sys.modules

    def test_a_good_candidate_passes_the_gate_in_silence(self, good, capsys, socket_disabled):
        """Data go to stdout, so nothing else may; and nobody is asked or told anything."""
        report = run(good, is_gated=True)

        assert report.verdict == "pass"
        assert row_of(report, "runners_agree")["is_passed"]
        assert capsys.readouterr() == ("", "")

    def test_both_runners_find_the_same_rows_in_every_check(self, good, tmp_path):
        facts = replace(
            FACTS,
            missing_snapshots=DAMAGES["snapshots_kept"].facts.missing_snapshots,
            corrections=DAMAGES["corrections_match"].facts.corrections,
        )
        known = given(MOMENT, facts)
        for names in APART:
            candidate = damaged(good, tmp_path, *(DAMAGES[name].sql for name in names))

            found, examined = fast.findings(candidate, CHECKS, known), gate.examine(candidate, CHECKS, known).findings

            assert disagreements(found, examined) == []
            hidden = [name for name in names if not examined[name]]
            assert not hidden, f"another damage, the newest perhaps, undoes that of {hidden}: see _SECOND in damages.py"
        assert {name for names in APART for name in names} == set(NAMES)

    def test_a_disagreement_of_the_runners_stops_the_edition(self, good):
        known = given(MOMENT, FACTS)
        found = fast.findings(good, CHECKS, known)

        doubts = disagreements(found, {**found, "six_sections": [Finding(None, 2, "section 1 has no row")]})
        report_of_both = report("r", MOMENT, (*CHECKS, AGREED), {**found, AGREED.name: doubts})

        assert report_of_both.verdict == "stop"
        assert "six_sections: fast runner {}, Great Expectations {None: 2}" in report_of_both.messages[0]

    def test_an_expectation_that_cannot_be_evaluated_is_never_taken_for_passed(self, good):
        odd = Check("odd", "asks for a column that is not there", "note", "SELECT gone AS evidence FROM out.edition")

        with pytest.raises(gate.Unanswered, match="odd"):
            gate.examine(good, [odd], given(MOMENT, FACTS))

    def test_a_stop_needs_no_second_opinion(self, good, tmp_path):
        broken = damaged(good, tmp_path, DAMAGES["quantiles_ordered"].sql)

        report = run(broken, is_gated=True)

        assert (report.verdict, report.results) == ("stop", ())

    @pytest.fixture(scope="class")
    def gated(self, good, tmp_path_factory):
        candidate = damaged(good, tmp_path_factory.mktemp("gated"))
        return candidate, run(candidate, is_gated=True)

    def test_the_result_json_names_every_check_with_its_severity(self, gated):
        results = gated[1].results

        said = {
            (one["expectation_config"]["meta"]["check"], one["expectation_config"]["severity"])
            for batch in results
            for one in batch["results"]
        }
        severity = {"stop": "critical", "hold": "warning", "note": "info"}
        assert said == {(check.name, severity[check.consequence]) for check in CHECKS}

    def test_the_candidate_can_be_written_afterwards(self, gated):
        with duckdb.connect(str(gated[0]), config=CONFIG) as connection:
            connection.execute("DELETE FROM out.alert")
