"""Settings, secrets and the clock: the one module that reads gpt2030.toml, the environment and the time."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, get_origin

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, create_model, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sources.registry import SOURCES
from warehouse.lake.address import LakeAddress, NoLakeAddress
from warehouse.lock import WAIT_SECONDS, Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PREFIX: Final = "GPT2030_"
# Days that a run can speak for or forecast: before there is nothing to know, and 2199 leaves room to reckon.
FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
# A wait in seconds: with more than a day the next run would be due before this one gives up.
LONGEST: Final = 86_400.0
CONFIG_FILE: Final = "gpt2030.toml"
AS_JSON: Final = """write a list as '["first", "second"]', a table as '{"key": "value"}'"""
_NO_HOME: Final = re.compile(r"[?\x00]|%[0-9A-Fa-f]{2}")
_RUNNER: Final = re.compile(r"threads|dask(:(tcp|tls|ws|wss)://[^/?#\s]+:[0-9]+)?")
_ADDRESS: Final = re.compile(r"https?://[^/?#\s]+([/?][^#\s]*)?", re.IGNORECASE)
# No setting: where a process that Prefect starts elsewhere has to work, handed on by ours.
FOLDER: Final = "GPT2030_FOLDER"


class SettingsError(Exception):
    """A setting is unknown or has no usable value; the message names the key."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskedQuestion(_Strict):
    """A forecasting question to pull beside the shipped ones."""

    post_id: int = Field(ge=1, lt=1 << 31)
    type: Literal["binary", "numeric", "date", "discrete", "multiple_choice", "group_of_questions"]


class SourceSettings(_Strict):
    """What can be set per source; `url` is the folder or API root that fixed file names are joined to."""

    url: str | None = None
    enabled: bool = True
    timeout_seconds: float = Field(default=30.0, gt=0, le=LONGEST)


class OptInSourceSettings(SourceSettings):
    """A source that stays off until somebody who may use it, or has seen what it reads, turns it on."""

    enabled: bool = False


class MetaculusSettings(SourceSettings):
    """Metaculus, with questions of the user's own."""

    questions: tuple[AskedQuestion, ...] = ()


class _EachSource(_Strict):
    """What settings of all sources can do, whichever sources there are."""

    def of(self, source_id: str) -> SourceSettings:
        """The settings of one source; AttributeError for an unknown id."""
        settings: SourceSettings = getattr(self, source_id)
        return settings


# Sources with settings that others have not; every other entry follows from the registry.
_OF_THEIR_OWN: Final[Mapping[str, type[SourceSettings]]] = {
    "metaculus": MetaculusSettings,
    # No whole copy of its file was seen: who turns it on looks at what it holds.
    "epoch_chips": OptInSourceSettings,
    # One whole file was seen, the page that names the newest one never.
    "epoch_polling": OptInSourceSettings,
    "artificial_analysis": OptInSourceSettings,
}
if TYPE_CHECKING:
    SourcesSettings = _EachSource
else:
    _KINDS = {source_id: _OF_THEIR_OWN.get(source_id, SourceSettings) for source_id in SOURCES}
    SourcesSettings = create_model(
        "SourcesSettings",
        __base__=_EachSource,
        __module__=__name__,
        __doc__="One entry per source id of the registry.",
        **{source_id: (kind, kind()) for source_id, kind in _KINDS.items()},
    )


class AlertSettings(_Strict):
    """Where alerts go and how patiently they are sent; what counts as a move of a community's forecast.

    `channels` are Apprise URLs, `webhook+https://…` or `stdout://`. They carry credentials, so they are secrets.
    Alerts below `least_severity` are recorded and not sent. A round of tries that failed is repeated after
    `retry_seconds`, then after twice as long, up to a day; after `attempts` rounds the delivery is given up.
    One try takes `timeout_seconds` at most, whatever the receiver does, and a round `round_seconds`.
    """

    channels: tuple[SecretStr, ...] = ()
    webhook_secret: SecretStr | None = None
    least_severity: int = Field(default=1, ge=0, le=2)
    timeout_seconds: float = Field(default=10.0, gt=0, le=LONGEST)
    round_seconds: float = Field(default=120.0, gt=0, le=LONGEST)
    attempts: int = Field(default=10, ge=1)
    retry_seconds: float = Field(default=300.0, ge=0, le=LONGEST)
    stale_days: int = Field(default=2, ge=0, le=36_500)
    community_share: float = Field(default=0.1, gt=0, le=1)
    community_days: float = Field(default=180.0, gt=0, allow_inf_nan=False)
    community_relative: float = Field(default=0.25, gt=0, allow_inf_nan=False)


class WarehouseSettings(_Strict):
    """Where each edition is shared with others, beside the DuckDB file under home: a catalog, and a folder of rows."""

    url: str | None = None
    data: Path | None = None

    @property
    def address(self) -> LakeAddress | None:
        """The shared warehouse; None where there is none."""
        return LakeAddress.parse(self.url, self.data) if self.url else None


class ToleranceSettings(_Strict):
    """How much may be wrong with a snapshot before it is held back whole, and how much reading it may take."""

    quarantined_share: float = Field(default=0.2, ge=0, le=1)
    quarantined_rows: int = Field(default=5, ge=0)
    lost_share_note: float = Field(default=0.02, ge=0, le=1)
    lost_share_hold: float = Field(default=0.25, ge=0, le=1)
    reading_seconds: float = Field(default=10.0, gt=0, le=3600)
    reading_mebibytes: int = Field(default=1024, ge=64, le=1 << 20)


class ScheduleSettings(_Strict):
    """When `serve` and the deployments of prefect.yaml refresh (`cron`), send again what waits, and look back."""

    cron: str = "17 6 * * *"
    deliveries: str = "47 * * * *"
    backtest: str = "23 7 * * sun"
    timezone: str = "UTC"


class Settings(BaseSettings):
    """All settings, frozen; the environment overrides gpt2030.toml, key by key."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        toml_file=CONFIG_FILE,
    )
    home: Path = Path("data")
    target_date: date = Field(default=date(2030, 7, 1), ge=FIRST_DAY, le=LAST_DAY)
    language: Literal["en", "zh"] = "en"  # what commands for people say; messages of alerts are English
    log_format: Literal["text", "json"] = "text"  # of what a command says on stderr while it works
    sharing: Literal["private", "group", "world"] = "private"  # who else may read what lies under home
    editions_whole_days: int | None = Field(
        default=None, ge=1, le=36_500
    )  # older editions are thinned; none are by default
    task_runner: str = "threads"  # of backtests of many series: threads, dask (workers here) or dask:tcp://HOST:8786
    deadman_url: SecretStr | None = None  # told of every refresh that ended well; whoever knows it could say so, too
    sources: SourcesSettings = SourcesSettings()
    alerts: AlertSettings = AlertSettings()
    warehouse: WarehouseSettings = WarehouseSettings()
    tolerance: ToleranceSettings = ToleranceSettings()
    schedule: ScheduleSettings = ScheduleSettings()

    SECRETS: ClassVar[tuple[str, ...]] = ("METACULUS_TOKEN", "ARTIFICIAL_ANALYSIS_KEY")

    @field_validator("home", mode="before")
    @classmethod
    def _is_named(cls, home: object) -> object:
        if home == "":
            raise ValueError('empty; write "." for the folder that you are in')
        return home

    @field_validator("home")
    @classmethod
    def _can_hold_a_warehouse(cls, home: Path) -> Path:
        # DuckDB puts its log before a question mark, SQLite decodes what looks like a code: files would lie elsewhere.
        if _NO_HOME.search(str(home)):
            raise ValueError("a path with `?`, `%` and two digits, or a null byte holds no warehouse; choose another")
        return home

    @field_validator("task_runner")
    @classmethod
    def _is_runner(cls, name: str) -> str:
        if not _RUNNER.fullmatch(name):
            raise ValueError("no task runner; write threads, dask, or dask: and a scheduler: dask:tcp://HOST:8786")
        return name

    @field_validator("deadman_url")
    @classmethod
    def _is_address(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not _ADDRESS.fullmatch(url.get_secret_value()):
            raise ValueError("no address; write https://host/path")
        return url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is the library's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit values win over the environment, which wins over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**overrides: Any) -> Settings:
    """Read and check all settings; SettingsError names the offending key and where it was set."""
    _refuse_unknown_variables()
    if Path(CONFIG_FILE).is_dir():  # passed over by the library, as if there were none
        raise SettingsError(f"{CONFIG_FILE} is a folder: the settings are read from a file of that name")
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        # In our own words: pydantic's repeat the input, which may be the URL of a channel.
        raise SettingsError("; ".join(_explain(problem) for problem in error.errors())) from None
    except (ValueError, OSError) as error:
        # The library names the outermost table and a class of its own, not the variable.
        not_json = [name for name in _structured(Settings, PREFIX) if not _is_json(environment().get(name) or "[]")]
        said = f"not JSON: {', '.join(map(_named, not_json))}; {AS_JSON}" if not_json else str(error)
        raise SettingsError(f"cannot read settings: {said}") from None
    try:
        # Not by a validator of its own: pydantic's message repeats what was given, which may hold a password.
        _ = settings.warehouse.address
    except NoLakeAddress as error:
        raise SettingsError(f"setting warehouse.url (GPT2030_WAREHOUSE__URL): {error}") from None
    return settings


def _structured(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """The variables of settings that are lists or tables, which the environment can only say as JSON."""
    for name, field in model.model_fields.items():
        kind, variable = field.annotation, f"{prefix}{name.upper()}"
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield variable
            yield from _structured(kind, f"{variable}__")
        elif get_origin(kind) is tuple:
            yield variable


def _named(variable: str) -> str:
    """A variable with the key that it stands for: alerts.channels (GPT2030_ALERTS__CHANNELS)."""
    return f"{variable.removeprefix(PREFIX).lower().replace('__', '.')} ({variable})"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def claim(command: str, wait_seconds: float = WAIT_SECONDS) -> Claim:
    """The claim of a command to the lock of a home: who, since when, and how long to wait for whoever is first."""
    return Claim(command, Clock.read(None).now, wait_seconds)


def secret(name: str) -> SecretStr | None:
    """A secret from the environment, wrapped so that it prints as stars."""
    value = os.environ.get(name)  # noqa: TID251 - this module is the place
    return SecretStr(value) if value else None


def environment() -> dict[str, str]:
    """A copy of the environment, for child processes."""
    return dict(os.environ)  # noqa: TID251 - this module is the place


def environment_without_secrets() -> dict[str, str]:
    """The environment without keys and tokens, for child processes that ask nobody for anything."""
    return {name: value for name, value in environment().items() if name not in Settings.SECRETS}


def set_environment_defaults(values: Mapping[str, str]) -> None:
    """Set variables that libraries read at import, unless the user has set them."""
    set_environment({name: value for name, value in values.items() if name not in environment()})


def set_environment(values: Mapping[str, str | None]) -> None:
    """Set variables whatever they were before, for this process and those it starts; None removes one."""
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)  # noqa: TID251 - this module is the place
        else:
            os.environ[name] = value  # noqa: TID251 - the same


def _refuse_unknown_variables() -> None:
    # pydantic-settings passes over variables it does not know, so a misspelt one would be ignored in silence.
    for variable in sorted(environment()):
        if not variable.startswith(PREFIX) or variable == FOLDER:
            continue
        first, *rest = variable.removeprefix(PREFIX).lower().split("__")
        if first not in Settings.model_fields:
            known = ", ".join(f"{PREFIX}{name.upper()}" for name in Settings.model_fields)
            raise SettingsError(f"unknown setting {variable} in the environment; known: {known}")
        if rest and not _has_settings_within(first):
            raise SettingsError(f"unknown setting {variable} in the environment: {first} has no settings of its own")


def _has_settings_within(name: str) -> bool:
    kind = Settings.model_fields[name].annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _explain(problem: Any) -> str:
    key = ".".join(str(part) for part in problem["loc"])
    variable = PREFIX + "__".join(str(part) for part in problem["loc"]).upper()
    if problem["type"] == "extra_forbidden":
        return f"unknown setting {key} (in {CONFIG_FILE} or as {variable})"
    return f"setting {key} ({variable}): {problem['msg']}"


@dataclass(frozen=True, slots=True)
class Clock:
    """The day a run speaks for and the moment it speaks from (UTC, without zone); read once and passed on.

    `wall` is the moment by the machine's clock, whatever day was given; None where it is not known.
    """

    today: date
    now: datetime
    is_given: bool
    wall: datetime | None = None

    @property
    def is_replay(self) -> bool:
        """Whether the day had gone already when somebody asked for it."""
        return self.wall is not None and self.wall.date() > self.today

    @property
    def is_rehearsal(self) -> bool:
        """Whether the day had not come yet when somebody asked for it."""
        return self.wall is not None and self.wall.date() < self.today

    @classmethod
    def read(cls, today: date | None) -> Clock:
        """Take the day given, at its first moment; without one take the clock's. SettingsError for an absurd day."""
        now = datetime.now(UTC).replace(tzinfo=None)  # noqa: TID251 - this module is the place
        if today is not None:
            if not FIRST_DAY <= today <= LAST_DAY:
                raise SettingsError(f"cannot speak for {today}: choose a day from {FIRST_DAY} to {LAST_DAY}")
            return cls(today, datetime.combine(today, time()), is_given=True, wall=now)
        return cls(now.date(), now, is_given=False, wall=now)

    def later(self) -> datetime:
        """The moment of the run as many seconds on as the machine's clock has moved since it was read."""
        passed = datetime.now(UTC).replace(tzinfo=None) - self.wall if self.wall else timedelta()  # noqa: TID251
        return self.now + max(passed, timedelta())

    def after(self, moment: datetime | None) -> Clock:
        """The same day, but later in it than `moment`: what was recorded today is known today, and stays apart.

        Two vintages of one moment would leave the first without a time at which it was believed.
        """
        if moment is None or moment.date() != self.today or moment < self.now:
            return self
        return replace(self, now=moment + timedelta(microseconds=1))
