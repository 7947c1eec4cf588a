"""When to refresh: five standard fields mean what they say, and nothing else is taken for a schedule."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.scheduling import BadSchedule, check_shape, cron_schedule, dates, missed, patience


@pytest.mark.parametrize(
    "cron", ["17 6 * * *", "*/5 0-6,18 1 jan-MAR mon,Wed", "0 0 1 1 0", " 0   6 * * 1-5 ", "0 6 * * 7"]
)
def test_five_fields_are_a_schedule(cron):
    check_shape(cron)


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("0 6 * * * *", "not five fields, but 6"),
        ("0 0 6 * * * 2027", "not five fields, but 7"),
        ("* * * *", "not five fields, but 4"),
        ("", "not five fields, but 0"),
        ("@daily", "not five fields, but 1"),
        ("0 6 L * *", "'L' is no day of the month"),
        ("0 6 15W * *", "'15W' is no day of the month"),
        ("0 6 ? * *", "is no day of the month"),
        ("0 6 * * 1#2", "is no day of the week"),
        ("0 6 * * 5L", "is no day of the week"),
        ("H 6 * * *", "'H' is no minute"),
        ("R 6 * * *", "'R' is no minute"),
        ("0 6 * foo *", "'foo' is no month"),
        ("0 6 * * january", "is no day of the week"),
        ("٠ 6 * * *", "is no minute"),
    ],
)
def test_what_other_crons_read_otherwise_is_refused(cron, said):
    """Prefect reads a sixth field as seconds and takes the rest as well; each cron means something else by it."""
    with pytest.raises(BadSchedule, match=said):
        check_shape(cron)


@pytest.mark.parametrize("zone", ["Mars/Phobos", "../etc/passwd", "Europe", ""])
def test_a_zone_nobody_knows_is_named(zone):
    with pytest.raises(BadSchedule, match=r"schedule\.timezone"):
        cron_schedule("17 6 * * *", zone)


@pytest.mark.parametrize(
    "cron", ["60 6 * * *", "0 24 * * *", "0 6 0 * *", "0 6 * 13 *", "0 6 * * 8", "0 0 31 2 *", "/ * * * *"]
)
def test_a_day_that_never_comes_is_no_schedule(cron):
    with pytest.raises(BadSchedule, match="never comes to pass"):
        cron_schedule(cron, "UTC")


def test_a_schedule_is_handed_on_as_it_was_given():
    schedule = cron_schedule("17 6 * * mon-fri", "Europe/Paris")
    assert (schedule.cron, schedule.timezone) == ("17 6 * * mon-fri", "Europe/Paris")


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--cron", "0 6 * * * *"), "not five fields, but 6"),
        (("--cron", "61 6 * * *"), "out of range"),
        (("--cron", "0 0 30 2 *"), "no such day"),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_misuse(gpt2030, options, said):
    done = gpt2030("serve", "--offline", *options, check=False)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "--cron" in done.stderr


@pytest.mark.server
@pytest.mark.slow
@pytest.mark.parametrize("command", ["serve", "deploy"])
def test_a_setting_that_is_no_schedule_is_named(gpt2030, command):
    done = gpt2030(command, check=False, GPT2030_SCHEDULE__CRON="@daily")
    assert done.returncode == 2, done.stderr
    assert "schedule.cron" in done.stderr
    done = gpt2030(command, check=False, GPT2030_SCHEDULE__TIMEZONE="Mars/Olympus")
    assert done.returncode == 2, done.stderr
    assert "schedule.timezone" in done.stderr


class TestDaylightSaving:
    """A schedule is kept by the clock on the wall, on the days, too, on which that is moved."""

    def times(self, cron, day):
        found = dates(cron, "Europe/Paris", 3, datetime.fromisoformat(day))
        return [f"{one:%d %H:%M}" for one in found], [f"{one.astimezone(UTC):%d %H:%M}" for one in found]

    @pytest.mark.parametrize(
        ("day", "utc"),
        [("2027-03-27", ["27 05:17", "28 04:17", "29 04:17"]), ("2026-10-24", ["24 04:17", "25 05:17", "26 05:17"])],
    )
    def test_the_hour_of_the_morning_stays(self, day, utc):
        wall, found = self.times("17 6 * * *", day)
        assert [one[3:] for one in wall] == ["06:17"] * 3
        assert found == utc

    def test_a_time_that_the_clocks_leave_out_comes_as_much_later(self):
        assert self.times("30 2 * * *", "2027-03-27")[0] == ["27 02:30", "28 03:30", "29 02:30"]

    def test_a_time_that_they_show_twice_comes_once(self):
        wall, found = self.times("30 2 * * *", "2026-10-24")
        assert wall == ["24 02:30", "25 02:30", "26 02:30"]
        assert found == ["24 00:30", "25 00:30", "26 01:30"]

    def test_an_hour_more_or_less_is_no_silence(self):
        """Twice the longest wait: from the evening before the clocks go back, a day has 25 hours."""
        assert patience("17 6 * * *", "Europe/Paris", datetime(2026, 10, 20)) == timedelta(hours=50)


class TestPatience:
    """How long without an edition is too long."""

    @pytest.mark.parametrize(
        ("cron", "hours"), [("17 6 * * *", 48), ("0 */6 * * *", 12), ("0 6 * * mon-fri", 144), ("0 6 * * mon", 336)]
    )
    def test_it_is_twice_the_longest_wait(self, cron, hours):
        assert patience(cron, "UTC", datetime(2026, 11, 28)) == timedelta(hours=hours)

    def test_a_schedule_of_every_minute_is_not_late_after_two(self):
        assert patience("* * * * *", "UTC", datetime(2026, 11, 28)) == timedelta(minutes=10)


class TestMissed:
    """What was due while nothing was served, by when the newest run began."""

    def missed(self, since, now, zone="UTC"):
        return missed("17 6 * * *", zone, datetime.fromisoformat(since), datetime.fromisoformat(now))

    def test_nothing_was_when_the_newest_time_was_kept(self):
        assert self.missed("2026-11-28 06:17:04", "2026-11-28 21:00") is None

    def test_a_night_without_a_machine_is_one_time(self):
        assert self.missed("2026-11-27 06:17:04", "2026-11-28 09:00") == datetime(2026, 11, 28, 6, 17, tzinfo=UTC)

    def test_of_several_the_first_is_told(self):
        assert self.missed("2026-11-20 06:17:04", "2026-11-28 09:00") == datetime(2026, 11, 21, 6, 17, tzinfo=UTC)

    def test_the_zone_is_that_of_the_schedule(self):
        assert self.missed("2026-11-27 06:00", "2026-11-28 05:00", "Europe/Paris") is None
        assert self.missed("2026-11-27 06:00", "2026-11-28 06:00", "Europe/Paris") is not None
