"""The outbox: alerts and their deliveries, written with the edition, sent after it, and kept with what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from warehouse.contracts import out, polars_schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from warehouse.store import Warehouse
    from warehouse.vintages import Queries

# Prefect's events go through the outbox too, but nobody reads them as a message: an alert is delivered without them.
EVENTS_CHANNEL: Final = "prefect-events"
# What a channel has not taken, by the state of its delivery, in the words of `status` and the metrics.
UNSENT: Final = {"pending": "waiting", "dead": "given_up"}
_DELIVERY: Final = out.DELIVERY.full_name
_ALERT: Final = out.ALERT.full_name


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one channel, as it lies in the outbox."""

    digest_key: str
    channel_id: str
    edition_id: str | None
    title: str
    body: str
    severity: int
    attempts: int


def newest_alerts(warehouse: Queries) -> pl.DataFrame:
    """The newest row of out.alert per kind and subject: what a person was told last."""
    return warehouse.frame(
        f"SELECT * FROM {_ALERT} QUALIFY row_number() OVER (PARTITION BY kind, subject ORDER BY alert_number DESC) = 1"
    ).sort("alert_number")


def known_keys(warehouse: Queries, keys: Sequence[str]) -> set[str]:
    """Which of these dedupe keys have been recorded already."""
    found = warehouse.frame(f"SELECT dedupe_key FROM {_ALERT} WHERE list_contains(?, dedupe_key)", [list(keys)])
    return set(found["dedupe_key"])


def next_number(warehouse: Warehouse) -> int:
    """The number of the next alert."""
    return int(str(warehouse.rows(f"SELECT coalesce(max(alert_number), 0) + 1 FROM {_ALERT}")[0][0]))


def alerts_of(warehouse: Warehouse, edition_id: str) -> pl.DataFrame:
    """The alerts published with an edition, in their order."""
    rows = warehouse.frame(f"SELECT * FROM {_ALERT} WHERE edition_id = ? ORDER BY alert_number", [edition_id])
    return rows.cast(polars_schema(out.ALERT))  # type: ignore[arg-type]


def post(warehouse: Warehouse, alerts: pl.DataFrame, deliveries: pl.DataFrame) -> None:
    """Put alerts and what is to be sent of them in the outbox.

    Call inside the transaction that records the edition: either both are there after a crash, or neither is.
    """
    warehouse.insert(out.ALERT, alerts)
    warehouse.insert(out.DELIVERY, deliveries)


def due(warehouse: Warehouse, now: datetime) -> list[Delivery]:
    """What is to be sent by `now` (UTC), oldest first; nothing of an edition that was not published."""
    rows = warehouse.rows(
        f"""SELECT digest_key, channel_id, d.edition_id, title, body, severity, attempts FROM {_DELIVERY} AS d
            LEFT JOIN out.edition AS e USING (edition_id)
            WHERE state = 'pending' AND coalesce(next_attempt_at <= ?, true)
              AND (d.edition_id IS NULL OR e.edition_id IS NOT NULL)
            ORDER BY queued_at, digest_key, channel_id""",
        [now],
    )
    return [Delivery(*row) for row in rows]  # type: ignore[arg-type]


def record_delivered(warehouse: Warehouse, letter: Delivery, now: datetime) -> None:
    """The channel has taken it; once every channel has, so have the alerts in it been delivered."""
    with warehouse.transaction():
        warehouse.execute(
            f"""UPDATE {_DELIVERY} SET state = 'delivered', delivered_at = ?, next_attempt_at = NULL, last_error = NULL
                WHERE digest_key = ? AND channel_id = ?""",
            [now, letter.digest_key, letter.channel_id],
        )
        # A channel that gave up has not taken it either: such an alert never counts as delivered.
        warehouse.execute(
            f"""UPDATE {_ALERT} SET delivered_at = ?
                WHERE digest_key = ? AND ? <> '{EVENTS_CHANNEL}' AND NOT EXISTS (
                    FROM {_DELIVERY} WHERE digest_key = ? AND state <> 'delivered'
                                       AND channel_id <> '{EVENTS_CHANNEL}')""",
            [now, letter.digest_key, letter.channel_id, letter.digest_key],
        )


def record_failed(warehouse: Warehouse, letter: Delivery, reason: str, next_attempt_at: datetime | None) -> None:
    """A round of tries failed: wait until `next_attempt_at`, or give up when there is none."""
    with warehouse.transaction():
        warehouse.execute(
            f"""UPDATE {_DELIVERY} SET state = ?, attempts = attempts + 1, next_attempt_at = ?, last_error = ?
                WHERE digest_key = ? AND channel_id = ?""",
            [
                "dead" if next_attempt_at is None else "pending", next_attempt_at, reason,
                letter.digest_key, letter.channel_id,
            ],
        )  # fmt: skip


def acknowledge(warehouse: Warehouse, alert_id: str) -> bool:
    """Mark a raised alert as seen; False when no raised alert has that id."""
    raised = warehouse.rows(f"SELECT 1 FROM {_ALERT} WHERE alert_id = ? AND state = 'raised'", [alert_id])
    if not raised:
        return False
    with warehouse.transaction():
        warehouse.execute(f"UPDATE {_ALERT} SET state = 'acknowledged' WHERE alert_id = ?", [alert_id])
    return True


def no_alerts() -> pl.DataFrame:
    """No rows of out.alert."""
    return pl.DataFrame(schema=polars_schema(out.ALERT))


def no_deliveries() -> pl.DataFrame:
    """No rows of out.delivery."""
    return pl.DataFrame(schema=polars_schema(out.DELIVERY))


@dataclass(frozen=True, slots=True)
class AlertRows:
    """What a run has to say: rows of out.alert and out.delivery, to be written with the edition."""

    alerts: pl.DataFrame
    deliveries: pl.DataFrame

    @classmethod
    def none(cls) -> AlertRows:
        """Nothing to say."""
        return cls(no_alerts(), no_deliveries())


def alerts_of_kind(queries: Queries, kind: str) -> pl.DataFrame:
    """The rows of out.alert of one kind."""
    return queries.frame("SELECT * FROM out.alert WHERE kind = ?", [kind])


def listed_alerts(queries: Queries) -> pl.DataFrame:
    """Every alert with `is_open`, newest first."""
    return queries.frame(
        """SELECT a.*, o.alert_id IS NOT NULL AS is_open FROM out.alert AS a LEFT JOIN alert_open AS o USING (alert_id)
           ORDER BY a.alert_number DESC"""
    )


def listed_deliveries(queries: Queries) -> pl.DataFrame:
    """What became of every notification on every channel of people."""
    return queries.frame(
        """SELECT digest_key, channel_id, state, attempts, next_attempt_at, last_error, delivered_at
           FROM out.delivery WHERE channel_id <> ? ORDER BY digest_key, channel_id""",
        [EVENTS_CHANNEL],
    )
