"""What commands share: settings or a clear failure, the read copy, dates as arguments."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from flows.edition.words import LANGUAGES
from flows.settings import FIRST_DAY, LAST_DAY, Settings, SettingsError, claim, load_settings
from flows.terminal import printable
from warehouse.errors import WarehouseError
from warehouse.lock import WAIT_SECONDS, locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flows.commands.screen import Screen
    from warehouse.corrections import Correction
    from warehouse.reader import Reader

PIPE_WIDTH: Final = 160


class Failure(click.ClickException):
    """Something is not fine: the message names what, where and what to do; exit code 1."""

    exit_code = 1

    def format_message(self) -> str:
        """The message with what it quotes from feeds made printable."""
        return printable(self.message)


class DayType(click.ParamType[date]):
    """A day written YYYY-MM-DD."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Read the day; misuse (exit code 2) when it is none."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day; write it as 2026-11-22", param, ctx)
        if not FIRST_DAY <= day <= LAST_DAY:
            self.fail(f"{value} is out of reach; choose a day from {FIRST_DAY} to {LAST_DAY}", param, ctx)
        return day


DAY = DayType()
WAIT = click.option(
    "--wait", type=click.FloatRange(min=0), default=WAIT_SECONDS, show_default=True, metavar="SECONDS",
    help="How long to wait for another command that writes under the same home.",
)  # fmt: skip


def _language() -> str:
    return settings_or_fail().language


LANG = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=_language,
    help="Language of what is said (default: the setting language).",
)


def one_format(as_format: str, *, as_json: bool) -> str:
    """How to print where a command knows --format and --json; misuse (exit code 2) when they ask for different ones.

    One of the two went silently before: whoever asked for CSV piped JSON into a spreadsheet.
    """
    is_asked = click.get_current_context().get_parameter_source("as_format") is not ParameterSource.DEFAULT
    if as_json and is_asked and as_format != "json":
        raise click.UsageError(f"--json and --format {as_format} ask for two ways of printing; give one of them")
    return "json" if as_json else as_format


def console() -> Screen:
    """Where tables are printed: the terminal at its own width, or a file or pipe, which has no width to fit.

    Text is printed as it is: a refused cell or a message with [brackets] would lose them as markup, or fail.
    """
    from flows.commands.screen import Screen

    width = None if sys.stdout.isatty() else PIPE_WIDTH
    return Screen(highlight=False, markup=False, emoji=False, width=width)


@contextmanager
def writing(home: Path, command: str, wait: float) -> Iterator[None]:
    """Inside, this command alone writes under the home; a Failure when another does and does not end in time.

    What else goes wrong with the warehouse inside is a Failure, too.
    """
    try:
        with locked(home.resolve(), claim(command, wait)):
            yield
    except WarehouseError as error:
        raise Failure(str(error)) from None


def settings_or_fail() -> Settings:
    """The settings; a Failure that names the key when one is wrong."""
    try:
        return load_settings()
    except SettingsError as error:
        raise Failure(str(error)) from None


def check_channels(settings: Settings) -> None:
    """Open the channels of alerts, to fail before a run begins and not at its end; a Failure names a bad one."""
    if not settings.alerts.channels:  # or Apprise would be imported for nothing
        return
    from flows.alerts.channels import open_channels

    try:
        open_channels(settings.alerts)
    except SettingsError as error:
        raise Failure(str(error)) from None


def settings_for_writing(*, is_telling: bool) -> Settings:
    """The settings, for a command that writes below the home: nobody else may read more there than they say.

    When it also tells of what it does, a channel for alerts that cannot be used is a Failure before anything is made.
    """
    from flows.sharing import guard_home

    settings = settings_or_fail()
    if is_telling:
        check_channels(settings)
    guard_home(settings)
    return settings


def corrections_or_fail() -> tuple[Correction, ...]:
    """The corrections declared in the home or the working directory; a Failure when one cannot be used."""
    from warehouse.corrections import CorrectionError, declared_file, load_corrections

    try:
        return load_corrections(declared_file(settings_or_fail().home))
    except CorrectionError as error:
        raise Failure(str(error)) from None


def open_read_copy(path: Path | None = None) -> Reader:
    """A connection to the read copy (of the home set, unless `path` names one); a Failure when it cannot be read."""
    from warehouse.reader import Reader, Unreadable

    try:
        return Reader(path or read_copy_path())
    except Unreadable as error:
        raise Failure(str(error)) from None


def read_copy_path() -> Path:
    """The read copy; a Failure with advice when nothing was published yet."""
    path = settings_or_fail().home / "gpt2030.duckdb"
    if not path.exists():
        raise Failure(f"nothing is published under {path.parent} yet; run `gpt2030 refresh` (or set GPT2030_HOME)")
    return path


def did_you_mean(wrong: str, known: Sequence[str], otherwise: str) -> str:
    """The names that hold a wrong one, are spelled like it or begin so; what to say when there are none."""
    import difflib

    near = [name for name in known if wrong in name] or difflib.get_close_matches(wrong, known, n=3)
    if not near:
        # Half of a long id is unlike the whole, however well it is spelled.
        beginnings = {name[: len(wrong) + more] for name in known for more in (-1, 0, 1)}
        begun = difflib.get_close_matches(wrong, sorted(beginnings), n=1, cutoff=0.85)
        near = [name for name in known if begun and name.startswith(begun[0])]
    return f"did you mean {' or '.join(near[:3])}?" if near else otherwise


def row_meant(said: str) -> str:
    """The id of a row that was named by its number in the table; any other name as it was said."""
    if not said.isdecimal():
        return said
    from models.properties.table import PROPERTY_IDS

    return {f"{number}": name for number, name in enumerate(PROPERTY_IDS, start=1)}.get(said, said)


def _is_day(said: str) -> bool:
    """Whether it is a day, of which an edition can be made; not the beginning of a name."""
    try:
        date.fromisoformat(said)
    except ValueError:
        return False
    return True


def edition_meant(reader: Reader, said: str) -> str:
    """The one edition meant; a Failure that lists what there is."""
    from warehouse.published import edition_in_force, every_edition

    if said == "latest":
        said = edition_in_force(reader) or said
    known = every_edition(reader)
    if not known:
        raise Failure("no edition is published yet; run `gpt2030 refresh`")
    meant = [one for one in known if one == said] or [one for one in known if one.startswith(said)]
    if len(meant) != 1:
        those = ", ".join(meant or reversed(known[-10:])) or "none"
        why = f"{said!r} names {len(meant)} editions" if meant else f"there is no edition {said!r}"
        make = f"; `gpt2030 refresh --offline --today {said}` makes one" if not meant and _is_day(said) else ""
        raise Failure(f"{why}; {'meant are' if meant else 'the newest are'} {those}{make}")
    return meant[0]
