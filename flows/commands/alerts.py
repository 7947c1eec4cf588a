"""`gpt2030 alerts`: what was raised, whether it arrived, and whether the channels work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from flows.commands.common import (
    LANG,
    WAIT,
    Failure,
    console,
    open_read_copy,
    read_copy_path,
    settings_for_writing,
    settings_or_fail,
    writing,
)
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.alerts.channels import Channel
    from flows.settings import AlertSettings
    from warehouse.reader import Reader

SEVERITIES: Final = ("note", "warning", "critical")
SAMPLE: Final = "gpt2030: this is a test"
SAMPLE_BODY: Final = "Sent by `gpt2030 alerts test`. Nothing has happened; the channel works."


@click.group(invoke_without_command=True)
@click.pass_context
def alerts(context: click.Context) -> None:
    """Alerts and their delivery; without a subcommand, the list."""
    if context.invoked_subcommand is None:
        context.invoke(list_alerts)


@alerts.command("list", short_help="Every alert with its deliveries, newest first.")
@click.option("--open", "is_open_only", is_flag=True, help="Only what was neither cleared nor acknowledged.")
@LANG
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def list_alerts(lang: str, *, is_open_only: bool = False, as_json: bool = False) -> None:
    """Every alert with its deliveries, newest first; a delivery that was given up says why.

    In JSON alerts say what was sent, which is English.
    """
    from warehouse import outbox

    with open_read_copy() as reader:
        found, sent = outbox.listed_alerts(reader).to_dicts(), outbox.listed_deliveries(reader).to_dicts()
        labels = _labels(reader, lang)
    lines = [_line(row, sent) for row in found if row["is_open"] or not is_open_only]
    if as_json:
        echo(json.dumps(lines, default=str, indent=2, ensure_ascii=False))
    elif lines:
        _print(lines, labels, lang)
    else:
        echo(_words(lang)["none"], err=True)


def _words(lang: str) -> Mapping[str, str]:
    from flows.edition.words import words

    return words(lang).alerts


def _labels(reader: Reader, lang: str) -> dict[str, str]:
    """The names of the rows of the newest edition; of none before the first."""
    from warehouse.published import edition_in_force, properties_of

    newest = edition_in_force(reader)
    rows = properties_of(reader, newest) if newest else None
    return {} if rows is None else dict(rows.select("property_id", f"label_{lang}").iter_rows())


def _line(row: dict[str, Any], sent: list[dict[str, Any]]) -> dict[str, Any]:
    detail = json.loads(row.pop("detail_json") or "{}")
    deliveries = [one for one in sent if row["digest_key"] and one["digest_key"] == row["digest_key"]]
    names = ("channel_id", "state", "attempts", "next_attempt_at", "last_error", "delivered_at")
    return {**row, "detail": detail, "deliveries": [{name: one[name] for name in names} for one in deliveries]}


def _print(lines: list[dict[str, Any]], labels: Mapping[str, str], lang: str) -> None:
    from rich.table import Table

    from flows.ask.alert_titles import title_of, wording_of

    table, w = Table(show_edge=False, pad_edge=False, header_style="bold"), _words(lang)
    for name in ("id", "fired", "severity", "state", "alert", "delivery"):
        # An id with its end cut off cannot be acknowledged.
        table.add_column(w[name], no_wrap=name in {"id", "fired"}, overflow="fold")
    for line in lines:
        fired = f"{line['fired_at']:%Y-%m-%d %H:%M}"
        said = "\n".join(_delivery(one, w) for one in line["deliveries"]) or w["not_sent"]
        severity, state = w[SEVERITIES[line["severity"]]], w.get(f"is_{line['state']}", line["state"])
        title = "\n".join(filter(None, (title_of(line, labels, lang), wording_of(line, lang))))
        table.add_row(line["alert_id"], fired, severity, state, title, said)
    console().print(table)


def _delivery(one: dict[str, Any], w: Mapping[str, str]) -> str:
    failed = w["failed_rounds"].format(one["attempts"]) if one["attempts"] else ""
    reason = w["because"].format(one["last_error"]) if one["last_error"] else ""
    later = w["next_try"].format(f"{one['next_attempt_at']:%Y-%m-%d %H:%M}") if one["next_attempt_at"] else ""
    return f"{one['channel_id']} {w.get(one['state'], one['state'])}{failed}{reason}{later}"


@alerts.command("test", short_help="Send a sample to every channel.")
@click.option("--channel", "number", type=click.IntRange(min=1), metavar="N", help="Only the channel at this position.")
def test_alerts(number: int | None) -> None:
    """Send a sample to every channel; exit 1 when one does not take it, named by position and scheme."""
    settings = settings_or_fail().alerts
    if not settings.channels:
        raise Failure("no channel is set; set alerts.channels (GPT2030_ALERTS__CHANNELS), see docs/alerts.md")
    if number is not None and number > len(settings.channels):
        raise click.UsageError(f"there are {len(settings.channels)} channels, no number {number}")
    wanted = range(1, len(settings.channels) + 1) if number is None else [number]
    failed = [said for position in wanted if (said := _try(position, settings))]
    if failed:
        raise Failure("; ".join(failed))


def _try(position: int, settings: AlertSettings) -> str | None:
    """Send the sample to one channel; returns what went wrong."""
    from flows.alerts.channels import DeliveryFailed, send_within
    from flows.settings import Clock

    channel = _channel(position, settings)
    try:
        send_within(settings.timeout_seconds, channel, _sample(channel), Clock.read(None).now)
    except DeliveryFailed as failure:
        return f"channel {position} ({channel.scheme}): {failure}"
    echo(f"channel {position} ({channel.scheme}): delivered", err=True)
    return None


def _channel(position: int, settings: AlertSettings) -> Channel:
    from flows.alerts.channels import open_channel
    from flows.settings import SettingsError

    try:
        return open_channel(position, settings)
    except SettingsError as error:
        raise Failure(str(error)) from None


def _sample(channel: Channel) -> Any:
    from uuid import uuid4

    from flows.alerts.notification import webhook_body
    from flows.settings import Clock
    from models.alerts import Notification, Occasion
    from warehouse.outbox import Delivery

    # Another key each time, or a receiver would take the second test for a repeat.
    key, clock = f"test-{uuid4().hex}", Clock.read(None)
    # With every field of a true one: a receiver that reads them all is what the test is for.
    envelope = json.loads(webhook_body(Notification(key, SAMPLE, SAMPLE_BODY, 0), [], Occasion(clock.today), clock.now))
    envelope["data"]["is_test"] = True
    body = json.dumps(envelope) if channel.form == "json" else SAMPLE_BODY
    return Delivery(key, channel.channel_id, None, SAMPLE, body, 0, 0)


@alerts.command("ack", short_help="Mark a raised alert as seen.")
@click.argument("identifier", metavar="ID")
@WAIT
def acknowledge(identifier: str, wait: float) -> None:
    """Mark a raised alert as seen: `list --open` leaves it out, and it is still told when it clears or worsens."""
    from flows.settings import Clock
    from warehouse import outbox
    from warehouse.publication import publish_copy
    from warehouse.store import Warehouse

    home, now = read_copy_path().parent, Clock.read(None).now
    settings_for_writing(is_telling=False)
    with writing(home, "gpt2030 alerts ack", wait), Warehouse.open(home, now=now) as warehouse:
        if not outbox.acknowledge(warehouse, identifier):
            raise Failure(f"no raised alert {identifier}; `gpt2030 alerts list --open` shows them")
        publish_copy(warehouse, home)
    echo(f"acknowledged {identifier}")


@alerts.command("deliver", short_help="Send what waits in the outbox now.")
@WAIT
def deliver(wait: float) -> None:
    """Send what waits in the outbox now; exit 1 when a channel does not take it."""
    from flows.alerts.delivery import deliver_outbox
    from flows.progress import talk_to_stderr
    from flows.settings import SettingsError
    from warehouse.errors import WarehouseError

    talk_to_stderr(settings_or_fail().log_format)
    settings = settings_for_writing(is_telling=True)
    with writing(settings.home, "gpt2030 alerts deliver", wait):
        pass  # only waited for: nobody is kept from writing while receivers take their time
    try:
        tally = deliver_outbox(settings)
    except (SettingsError, WarehouseError) as error:
        raise Failure(str(error)) from None
    if tally.failed or tally.dead:
        raise Failure(f"{tally.sentence()}; `gpt2030 alerts list` shows why")
    echo(tally.sentence() if tally.is_changed else "nothing is due", err=True)
