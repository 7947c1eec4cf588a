"""When to refresh: five standard fields mean what they say, and nothing else is taken for a schedule."""

import pytest

from flows.scheduling import BadSchedule, check_shape, cron_schedule


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
