"""Settings: the environment overrides the file key by key, and an unknown key is an error that names it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from flows.edition.words import LANGUAGES
from flows.settings import (
    FOLDER,
    Clock,
    Settings,
    SettingsError,
    SourcesSettings,
    environment_without_secrets,
    load_settings,
    secret,
)
from infra.pages import reference
from sources.registry import SOURCES


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("GPT2030_HOME", "GPT2030_TARGET_DATE"):
        monkeypatch.delenv(name, raising=False)


def test_the_defaults_are_those_of_the_documentation():
    settings = load_settings()
    assert str(settings.home) == "data"
    assert settings.target_date == date(2030, 7, 1)
    assert settings.sources.curated.enabled
    assert not settings.sources.artificial_analysis.enabled
    assert not settings.sources.epoch_chips.enabled
    assert not settings.sources.epoch_polling.enabled


def test_every_source_of_the_registry_has_its_settings():
    assert list(SourcesSettings.model_fields) == list(SOURCES)


def test_the_file_is_read_from_the_working_directory(tmp_path):
    (tmp_path / "gpt2030.toml").write_text('home = "elsewhere"\n[sources.metr]\nenabled = false\n')
    settings = load_settings()
    assert str(settings.home) == "elsewhere"
    assert not settings.sources.metr.enabled


def test_the_sample_of_the_reference_is_a_file_of_settings(tmp_path):
    """A reader copies it: a key that is called otherwise by now would end every command."""
    (tmp_path / "gpt2030.toml").write_text(reference.SAMPLE)
    assert reference.SAMPLE in reference.SETTINGS_HEAD
    settings = load_settings()
    assert settings.target_date == date(2030, 7, 1)
    assert [channel.get_secret_value() for channel in settings.alerts.channels] == ["stdout://"]
    assert (settings.schedule.timezone, settings.sources.openrouter.enabled) == ("Europe/Berlin", False)
    assert (settings.sources.curated.url, len(settings.sources.metaculus.questions)) == ("my-facts", 1)


def test_the_environment_wins_key_by_key(tmp_path, monkeypatch):
    (tmp_path / "gpt2030.toml").write_text("[sources.metr]\nenabled = false\ntimeout_seconds = 7\n")
    monkeypatch.setenv("GPT2030_SOURCES__METR__TIMEOUT_SECONDS", "9")
    metr = load_settings().sources.metr
    assert (metr.enabled, metr.timeout_seconds) == (False, 9.0)


def test_questions_of_the_user_come_as_json(monkeypatch):
    monkeypatch.setenv("GPT2030_SOURCES__METACULUS__QUESTIONS", '[{"post_id": 3479, "type": "date"}]')
    assert load_settings().sources.metaculus.questions[0].post_id == 3479


@pytest.mark.parametrize(
    ("variable", "named"),
    [
        ("GPT2030_HOMME", "GPT2030_HOMME"),
        ("GPT2030_SOURCES__METRIC__URL", "GPT2030_SOURCES__METRIC"),
        ("GPT2030_SOURCES__METR__COLOUR", "GPT2030_SOURCES__METR__COLOUR"),
        ("GPT2030_HOME__X", "GPT2030_HOME__X.*home has no settings of its own"),
        ("GPT2030_DEADMAN_URL__HOST", "GPT2030_DEADMAN_URL__HOST.*no settings of its own"),
    ],
)
def test_an_unknown_variable_is_an_error_that_names_it(monkeypatch, variable, named):
    monkeypatch.setenv(variable, "x")
    with pytest.raises(SettingsError, match=f"unknown setting.*{named}"):
        load_settings()


def test_an_unknown_key_in_the_file_is_an_error_that_names_it(tmp_path):
    (tmp_path / "gpt2030.toml").write_text("[sources.metr]\nspeed = 3\n")
    with pytest.raises(SettingsError, match=r"sources\.metr\.speed"):
        load_settings()


def test_a_value_that_cannot_be_used_names_its_key(monkeypatch):
    monkeypatch.setenv("GPT2030_TARGET_DATE", "soon")
    with pytest.raises(SettingsError, match="target_date"):
        load_settings()


@pytest.mark.parametrize("home", ["q?x", "p%41", "a/b%2Fc", "a\0b"])
def test_a_home_that_engines_would_read_as_an_address_is_refused(home):
    """Their logs and Prefect's database would lie outside of it, at a place that may be somebody else's."""
    with pytest.raises(SettingsError, match="holds no warehouse; choose another"):
        load_settings(home=Path(home))
    assert load_settings(home=Path("100 % é#[1]")).home == Path("100 % é#[1]")


def test_the_languages_to_choose_from_are_those_there_are_words_for():
    assert get_args(Settings.model_fields["language"].annotation) == LANGUAGES


def test_a_home_without_a_name_is_refused(tmp_path):
    """It meant the folder one happened to be in."""
    (tmp_path / "gpt2030.toml").write_text('home = ""\n')
    with pytest.raises(SettingsError, match=r'home .*empty; write "\."'):
        load_settings()


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    (tmp_path / "gpt2030.toml").mkdir()
    with pytest.raises(SettingsError, match=r"gpt2030\.toml is a folder"):
        load_settings()


@pytest.mark.parametrize("name", ["SOURCES__METR__TIMEOUT_SECONDS", "ALERTS__TIMEOUT_SECONDS", "ALERTS__RETRY_SECONDS"])
@pytest.mark.parametrize("seconds", ["inf", "nan", "1e308", "-1", "86401"])
def test_a_wait_that_never_ends_is_refused(monkeypatch, name, seconds):
    monkeypatch.setenv(f"GPT2030_{name}", seconds)
    with pytest.raises(SettingsError, match=f"GPT2030_{name}"):
        load_settings()


def test_who_may_read_is_one_of_three_words(monkeypatch):
    assert load_settings().sharing == "private"
    monkeypatch.setenv("GPT2030_SHARING", "everybody")
    with pytest.raises(SettingsError, match="sharing"):
        load_settings()


def test_where_a_process_works_is_no_setting(monkeypatch):
    """Our own processes are told by a variable, which is not taken for a misspelt setting."""
    monkeypatch.setenv(FOLDER, "/somewhere")
    assert load_settings().home == Path("data")


def test_a_secret_does_not_print(monkeypatch):
    monkeypatch.setenv("METACULUS_TOKEN", "0123456789abcdef")
    token = secret("METACULUS_TOKEN")
    assert "0123456789abcdef" not in f"{token} {token!r}"
    assert token.get_secret_value() == "0123456789abcdef"


@pytest.mark.parametrize(
    "name", ["GPT2030_ALERTS__CHANNELS", "GPT2030_SOURCES__METACULUS__QUESTIONS", "GPT2030_ALERTS"]
)
def test_a_list_that_is_no_json_is_told_by_its_variable_and_not_by_its_value(monkeypatch, name):
    monkeypatch.setenv("GPT2030_ALERTS__WEBHOOK_SECRET", "no JSON and fine")
    monkeypatch.setenv(name, "webhook+https://example.org/s3cr3t")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert "not JSON: " in str(caught.value)
    assert f" ({name});" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_an_absent_secret_is_none(monkeypatch):
    monkeypatch.delenv("METACULUS_TOKEN", raising=False)
    assert secret("METACULUS_TOKEN") is None


def test_a_day_given_is_taken_at_its_first_moment():
    clock = Clock.read(date(2023, 6, 19))
    assert (clock.today, clock.now, clock.is_given) == (date(2023, 6, 19), datetime(2023, 6, 19), True)


def test_a_given_day_comes_after_what_was_recorded_on_it():
    noon = datetime(2023, 6, 19, 12)
    assert Clock.read(date(2023, 6, 19)).after(noon).now > noon
    assert Clock.read(date(2023, 6, 19)).after(noon).today == date(2023, 6, 19)
    assert Clock.read(date(2023, 6, 20)).after(noon).now == datetime(2023, 6, 20)
    assert Clock.read(date(2023, 6, 18)).after(noon).now == datetime(2023, 6, 18)


def test_two_vintages_of_a_given_day_are_moments_apart():
    first = Clock.read(date(2023, 6, 19)).after(None)
    second = Clock.read(date(2023, 6, 19)).after(first.now)
    assert first.now < second.now


def test_a_run_ends_as_long_after_it_began_as_it_took():
    clock = Clock.read(date(2023, 6, 19))
    assert replace(clock, wall=clock.wall - timedelta(seconds=90)).later() >= clock.now + timedelta(seconds=90)
    # A machine's clock that was set back ends no run before it began.
    assert replace(clock, wall=clock.wall + timedelta(days=1)).later() == clock.now
    assert replace(clock, wall=None).later() == clock.now


def test_without_a_day_the_clock_is_read():
    clock = Clock.read(None)
    assert not clock.is_given
    assert clock.now.date() == clock.today


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_a_day_out_of_reach_is_refused_by_name(day):
    with pytest.raises(SettingsError, match=f"cannot speak for {day}: choose a day from 1990-01-01 to 2199-12-31"):
        Clock.read(day)


@pytest.mark.parametrize("post_id", [-5, 0, 1 << 40])
def test_a_question_nobody_can_ask_is_refused_by_its_key(post_id):
    with pytest.raises(SettingsError, match=r"setting sources\.metaculus\.questions\.0\.post_id"):
        load_settings(sources={"metaculus": {"questions": [{"post_id": post_id, "type": "binary"}]}})


def test_a_child_that_asks_nobody_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("METACULUS_TOKEN", "0123456789abcdef")
    monkeypatch.setenv("LANG", "C.UTF-8")
    environment = environment_without_secrets()
    assert "METACULUS_TOKEN" not in environment
    assert environment["LANG"] == "C.UTF-8"


@pytest.mark.parametrize("url", ["postgres:dbname=x", "ducklake:postgres:dbname=x password=hunter2"])
def test_an_address_of_a_shared_warehouse_that_cannot_be_one_is_refused_and_not_repeated(monkeypatch, url):
    monkeypatch.setenv("GPT2030_WAREHOUSE__URL", url)
    with pytest.raises(SettingsError, match=r"warehouse\.url \(GPT2030_WAREHOUSE__URL\)") as refusal:
        load_settings()
    assert "hunter2" not in str(refusal.value)


def test_where_the_rows_of_a_shared_warehouse_lie_can_be_set(monkeypatch, tmp_path):
    monkeypatch.setenv("GPT2030_WAREHOUSE__URL", "ducklake:postgres:dbname=team")
    assert load_settings().warehouse.address.data is None
    monkeypatch.setenv("GPT2030_WAREHOUSE__DATA", str(tmp_path / "rows"))
    assert load_settings().warehouse.address.data == tmp_path / "rows"


@pytest.mark.parametrize("runner", ["threads", "dask", "dask:tcp://host:8786", "dask:tls://10.0.0.7:8786"])
def test_who_computes_backtests_can_be_set(monkeypatch, runner):
    monkeypatch.setenv("GPT2030_TASK_RUNNER", runner)
    assert load_settings().task_runner == runner


@pytest.mark.parametrize(
    "runner", ["ray", "dask:", "dask:host:8786", "dask:tcp://host", "dask:http://host:1", "threads:2"]
)
def test_who_cannot_compute_backtests_is_refused_with_what_to_write(monkeypatch, runner):
    monkeypatch.setenv("GPT2030_TASK_RUNNER", runner)
    with pytest.raises(SettingsError, match=r"task_runner \(GPT2030_TASK_RUNNER\).*dask:tcp://HOST:8786"):
        load_settings()
