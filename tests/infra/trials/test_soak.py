"""Months of faults in short: each fault falls, each law would be heard if it were broken, slopes are what they say."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from infra.trials.soak.around import SOURCE, Outside, Receiver, Scores
from infra.trials.soak.figures import Cost, Slopes, disk_by_part, slope, too_steep
from infra.trials.soak.laws import Heard, broken, undelivered, untold
from infra.trials.soak.script import (
    CHANGE_OF_CLOCKS,
    LEAST,
    LONG,
    WHOLE_DAYS,
    Day,
    Fault,
    faults,
    moments,
    plan,
    quiet_from,
)
from infra.trials.soak.tasks import Evening
from warehouse.forecast_history import RECENT

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

PATIENCE = 1800
DAY = Day(5, datetime(2027, 3, 27, 1, 30), None)
WELL = Evening(edition_id="2027-03-27-0badcafe")
STALE = Evening(edition_id="2027-03-26-0badcafe", status_code=1, status="Error: the edition is stale (2027-03-26)")
HEARD = Heard(["published"], ["well"])
SILENCE = Heard([], [])


class TestScript:
    """Which fault falls when."""

    @pytest.mark.parametrize("days", [LEAST, LONG, 120])
    def test_every_fault_falls_and_the_first_day_and_the_last_have_none(self, days):
        found = faults(days)
        assert set(Fault) <= set(found)
        assert found[0] is found[-1] is None

    def test_the_last_part_of_a_long_form_has_neither_fault_nor_news(self):
        assert quiet_from(120) == 60
        assert set(faults(120)[60:]) == {None}

    def test_a_home_that_is_not_full_yet_is_not_judged(self):
        """It takes in forecasts each day, and lets go of none before it has thirty editions."""
        assert quiet_from(LONG) == RECENT + WHOLE_DAYS + 1 > LONG / 2
        assert set(faults(LONG)[quiet_from(LONG) :]) == {None}

    def test_the_schedule_is_due_once_on_every_day_over_a_change_of_the_clocks(self):
        script = plan(LEAST)
        assert CHANGE_OF_CLOCKS in {day.date for day in script}
        assert [later.date - day.date for day, later in pairwise(script)] == [timedelta(days=1)] * (LEAST - 1)
        # 02:30 in Berlin, which that night is left out and comes as 03:30.
        assert [f"{one:%H:%M}" for one in moments(CHANGE_OF_CLOCKS - timedelta(days=1), 3)] == [
            "01:30", "01:30", "00:30",
        ]  # fmt: skip

    def test_too_few_days_are_refused(self):
        with pytest.raises(ValueError, match="hold not every fault"):
            plan(LEAST - 1)


class TestLaws:
    """A defect planted in what a day shows is heard."""

    def test_a_day_with_its_edition_breaks_none(self):
        assert broken(DAY, WELL, HEARD) == []

    @pytest.mark.parametrize("fault", [Fault.FULL, Fault.KILLED])
    def test_a_stale_edition_that_is_called_so_breaks_none_where_nothing_could_be_published(self, fault):
        assert broken(replace(DAY, fault=fault), STALE, SILENCE) == []
        assert broken(replace(DAY, fault=fault), STALE, Heard([], ["failed"])) == []

    def test_what_a_killed_run_leaves_may_lie_there_until_the_next(self):
        left = replace(WELL, left=["editions/.x.tmp"])
        assert broken(replace(DAY, fault=Fault.KILLED), left, SILENCE) == []
        assert broken(replace(DAY, fault=Fault.FULL), left, HEARD) != []

    @pytest.mark.parametrize(
        ("fault", "evening", "told", "said"),
        [
            (None, STALE, SILENCE, "no edition: 2027-03-26-0badcafe is in force"),
            (Fault.FULL, replace(STALE, status_code=0, status=""), SILENCE, "a stale edition that is not called so"),
            (Fault.KILLED, STALE, HEARD, "the dead man's switch heard that all is well"),
            (None, WELL, SILENCE, "nobody told the dead man's switch"),
            (Fault.HELD, WELL, HEARD, "feed held, but status ends with 0"),
            (
                Fault.HELD,
                replace(WELL, status_code=1, status=f"Error: sources: {SOURCE} (held)"),
                HEARD,
                f"no alert source_held {SOURCE} is open",
            ),
            (None, replace(WELL, status_code=1, status="Error: sources: x"), HEARD, "not well again"),
            (None, replace(WELL, alerts=[f"source_stale {SOURCE}"]), HEARD, "still open"),
            (None, replace(WELL, damage="core.series has x twice"), HEARD, "damaged: core.series has x twice"),
            (None, replace(WELL, snapshots_code=1, snapshots="damaged"), HEARD, "snapshots verify ends with 1"),
            (None, replace(WELL, left=["editions/.x.tmp"]), HEARD, "left behind: editions/.x.tmp"),
            (None, replace(WELL, standing=["published: a row twice"]), HEARD, "a check stands"),
            (None, WELL, Heard(["Traceback (most recent call last)"], ["well"]), "a traceback"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_day(self, fault, evening, told, said):
        found = broken(replace(DAY, fault=fault), evening, told)
        assert any(said in one for one in found), found
        assert all(one.startswith("day 5 (2027-03-27") for one in found)


class TestLetters:
    """Each letter comes in once, whatever the receiver did meanwhile."""

    def delivered(self, *keys):
        return replace(WELL, letters=dict.fromkeys(keys, "delivered"))

    def test_a_receiver_that_was_down_and_took_each_once_breaks_no_law(self):
        receiver = Receiver(is_down=True)
        assert receiver.take("a", "{}") == 503
        receiver.is_down = False
        assert receiver.take("a", "{}") == 204
        assert undelivered(self.delivered("a"), receiver) == []

    def test_a_receiver_that_loses_a_letter_is_heard(self):
        class Forgetful(Receiver):
            def take(self, key, body):
                return 204 if key == "b" else super().take(key, body)

        receiver = Forgetful()
        assert {receiver.take("a", "{}"), receiver.take("b", "{}")} == {204}
        assert undelivered(self.delivered("a", "b"), receiver) == ["letter b: delivered, but nobody took it"]

    def test_a_letter_that_waits_comes_twice_or_from_nowhere_is_heard(self):
        receiver = Receiver()
        for key in "aabc":
            receiver.take(key, "{}")
        evening = replace(self.delivered("a", "b"), letters={"a": "delivered", "b": "pending"})
        assert undelivered(evening, receiver) == [
            "letter b: pending", "letter a: taken 2 times", "letter c: taken, but not in the outbox",
        ]  # fmt: skip

    def test_a_fault_that_no_letter_tells_of_is_heard(self):
        assert f"no letter said source_held {SOURCE} raised" in untold(Receiver(), {Fault.HELD, None})


class TestFigures:
    """Slopes, and the disk by part."""

    def test_a_slope_is_that_of_the_line_through_the_days(self):
        assert slope([5.0, 7.0, 9.0]) == pytest.approx(2.0)
        assert slope([3.0]) == 0.0

    def costs(self, *, memory=0.0, disk=0):
        return [
            Cost(1.0, 5.0, 500.0 + memory * k, False, {"editions": disk * k, "prefect": 1_000_000}) for k in range(30)
        ]

    def test_flat_days_are_not_too_steep(self):
        assert too_steep(Slopes.of(self.costs(memory=0.5, disk=300_000)), 0.4) == []

    def test_memory_that_creeps_and_a_disk_that_fills_are_told(self):
        found = too_steep(Slopes.of(self.costs(memory=3.0, disk=500_000)), 0.4)
        assert [one.partition(" ")[0] for one in found] == ["megabytes", "0.50"]

    def test_a_history_of_prefect_that_grows_with_every_command_is_told(self):
        costs = [Cost(1.0, 5.0, 500.0, k % 5 == 4, {"prefect": 150_000 * (k // 5)}) for k in range(30)]
        assert too_steep(Slopes.of(costs), 0.4) == ["Prefect's history grows by 150 kB with each run"]

    def test_time_that_wavers_is_not_taken_for_time_that_grows(self):
        costs = [Cost(1.0, 5.0 + 4.0 * (k % 7 == 6), 500.0) for k in range(30)]
        assert too_steep(Slopes.of(costs), 0.4) == []

    def test_the_disk_is_counted_by_part_and_two_names_of_a_file_once(self, tmp_path):
        (tmp_path / "editions" / "a").mkdir(parents=True)
        (tmp_path / "editions" / "a" / "page").write_bytes(b"x" * 100_000)
        alone = disk_by_part(tmp_path)["editions"]
        (tmp_path / "editions" / "page").hardlink_to(tmp_path / "editions" / "a" / "page")
        (tmp_path / "warehouse.duckdb").write_bytes(b"x" * 50_000)
        found = disk_by_part(tmp_path)
        assert alone <= found["editions"] <= alone + 8192
        assert found["warehouse"] >= 50_000
        assert found["snapshots"] == 0


def test_the_feed_ails_as_told():
    scores = Scores()
    good = scores.answer()[1]
    assert good.count(b"\n") == 13
    scores.revise()
    assert scores.answer()[1] != good
    scores.ails = "down"
    assert scores.answer()[0] == 503
    scores.ails = "wrong"
    assert scores.answer()[1].startswith(b"<!DOCTYPE html>")


def test_the_switch_tells_good_news_from_bad():
    outside = Outside()
    outside.get("/alive")
    outside.get("/alive/fail")
    assert outside.receiver.signs == ["well", "failed"]


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_a_home_lives_through_every_fault_by_itself():
    done = subprocess.run(
        [sys.executable, "-m", "infra.soak", "--days", str(LEAST)],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "12 days, 10 with a fault" in done.stdout
    assert ", 0 problems" in done.stdout


LOSES = """
import sys
from datetime import datetime
from infra.trials.soak.__main__ import main
from infra.trials.soak.around import Outside, Receiver
from infra.trials.soak.script import Day, Fault

class Forgetful(Receiver):
    def take(self, key, body):
        return 204

if __name__ == "__main__":
    days = [Day(0, datetime(2027, 3, 1, 1, 30), None), Day(1, datetime(2027, 3, 2, 1, 30), Fault.HELD)]
    sys.exit(main(lambda: days, 0.4, Outside(receiver=Forgetful())))
"""


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE)
def test_a_receiver_that_loses_letters_makes_it_fail():
    """The whole of it, with one defect planted outside."""
    done = subprocess.run([sys.executable, "-c", LOSES], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 1, done.stdout + done.stderr[-2000:]
    assert "delivered, but nobody took it" in done.stdout
    assert f"no letter said source_held {SOURCE} raised" in done.stdout
    assert "no edition" not in done.stdout


def test_days_that_hold_not_every_fault_are_refused():
    done = subprocess.run(
        [sys.executable, "-m", "infra.soak", "--days", "3"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "3 days hold not every fault" in done.stderr
