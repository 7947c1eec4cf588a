"""What `serve` looks after: which flows, when, and what it makes up for."""

from datetime import datetime, timedelta

import click
import pytest

from flows.commands.schedule import When, Whens, last_begun
from flows.scheduling import LEAST_PATIENCE
from flows.settings import load_settings

OLD = datetime(2026, 11, 20, 6, 17, 4)


@pytest.fixture
def whens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def given(cron=None, every=None, channels=(), schedule=()):
        settings = load_settings(home=tmp_path, alerts={"channels": channels}, schedule=dict(schedule))
        return Whens.given(cron, every, settings)

    return given


def names(served):
    return [one.deployment for one in served]


class TestServed:
    """The refresh first, a backtest, and deliveries where something could wait."""

    def test_without_a_channel_nothing_ever_waits(self, whens):
        assert names(whens().served({})) == ["refresh/gpt2030", "backtest/gpt2030-backtest"]

    def test_with_one_what_it_did_not_take_is_sent_again_every_hour(self, whens):
        served = whens(channels=("stdout://",)).served({})
        assert names(served)[2:] == ["deliver/gpt2030-deliveries"]
        assert served[2].schedule.cron == "47 * * * *"
        assert served[2].is_quiet

    def test_each_keeps_to_its_setting_and_all_to_one_zone(self, whens):
        first, second = whens("5 4 * * *", schedule={"backtest": "9 8 * * mon", "timezone": "Europe/Paris"}).served(
            {"offline": True}
        )
        assert (first.schedule.cron, first.schedule.timezone) == ("5 4 * * *", "Europe/Paris")
        assert (second.schedule.cron, second.schedule.timezone) == ("9 8 * * mon", "Europe/Paris")
        assert (first.parameters, second.parameters) == ({"offline": True}, {})

    def test_a_rehearsal_has_an_interval_in_place_of_the_first(self, whens):
        assert whens(every=15.0).served({})[0].schedule.interval == timedelta(seconds=15)

    @pytest.mark.parametrize("name", ["cron", "deliveries", "backtest"])
    def test_one_that_is_no_schedule_is_named(self, whens, name):
        with pytest.raises(click.UsageError, match=rf"schedule\.{name}"):
            whens(schedule={name: "@daily"})


class TestCare:
    """What is made up for, and how long without an edition is too long."""

    def test_what_was_due_meanwhile_is_made_up_for(self, whens):
        care = whens().care(OLD, is_own=True, is_rehearsal=False)
        assert f"{care.missed:%Y-%m-%d %H:%M}" == "2026-11-21 06:17"
        assert care.patience == timedelta(hours=48)

    def test_a_home_without_a_run_missed_nothing(self, whens):
        assert whens().care(None, is_own=True, is_rehearsal=False).missed is None

    def test_of_an_interval_nothing_was_due(self, whens):
        care = whens(every=5.0).care(None, is_own=True, is_rehearsal=False)
        assert (care.missed, care.patience) == (None, LEAST_PATIENCE)

    def test_a_rehearsal_waits_for_nothing(self, whens):
        """Its editions are of another day: none of them would end the silence."""
        care = whens().care(OLD, is_own=True, is_rehearsal=True)
        assert (care.missed, care.patience) == (None, None)


class TestLastBegun:
    """When the newest run began, as readers know it."""

    def test_nobody_knows_of_an_empty_home(self, tmp_path):
        assert last_begun(tmp_path) is None

    def test_a_copy_that_cannot_be_read_tells_nothing(self, tmp_path):
        (tmp_path / "gpt2030.duckdb").write_bytes(b"no database")
        assert last_begun(tmp_path) is None

    def test_it_is_that_of_the_newest_run(self, published):
        from infra.sample import SAMPLE_DAY

        assert last_begun(published()).date() == SAMPLE_DAY


def test_a_schedule_is_named_by_its_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(click.UsageError, match="--cron"):
        When.given("* * *", load_settings(home=tmp_path))
