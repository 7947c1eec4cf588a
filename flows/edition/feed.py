"""The Atom feed of an edition (RFC 4287): its alerts, and one entry per property that moved, with its causes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import polars as pl

from flows.edition.causes import LEAST_SPREADS, TOTAL, cause_line, is_range_alone, kept_as, mostly_range, shifts_in
from flows.edition.formats import format_number, format_value, round_digits
from flows.edition.site import is_told, made_apart
from flows.edition.words import words
from models.changes.size import has_part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAMESPACE: Final = "http://www.w3.org/2005/Atom"
# A tag URI (RFC 4151) names a thing for good without claiming that anything is served there.
TAG: Final = "tag:gpt2030.invalid,2023:"
# What a reader of feeds has not seen in so many entries, it finds in history.csv.
MOST_ENTRIES: Final = 25
# XML 1.0 cannot carry these even escaped: a single one would make the whole feed unreadable.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def atom_feed(
    edition: Mapping[str, object],
    changes: pl.DataFrame,
    properties: pl.DataFrame | None = None,
    alerts: pl.DataFrame | None = None,
) -> str:
    """The feed as XML text; entry ids are `tag:…:edition_id/property_id`, the same whenever it is written again.

    `edition` has the columns of out.edition (moments as such or as ISO text), `changes` those of out.change; with
    `properties` (out.property) entries carry the row's name and its median before and after. Of `alerts` (out.alert)
    each is an entry before those, its id made of its dedupe key.
    """
    identifier, updated = str(edition["edition_id"]), _rfc3339(edition["issued_at"])
    feed = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
    _add(feed, "id", f"{TAG}feed")
    _add(feed, "title", "GPT-2030: what moved in the living table")
    kind = f", a {made_apart(edition)}" if made_apart(edition) else ""
    _add(feed, "subtitle", f"Edition {identifier}{kind}")
    _add(feed, "updated", updated)
    _add(_add(feed, "author"), "name", "The gpt2030 authors")
    _link(feed, "self", "feed.xml", "application/atom+xml")
    _link(feed, "alternate", "index.html", "text/html")
    for alert in [] if alerts is None else alerts.to_dicts():
        _alert(feed, alert)
    rows = {} if properties is None else {row["property_id"]: row for row in properties.iter_rows(named=True)}
    quiet = changes.filter((pl.col("cause") == TOTAL) & (pl.col("size_spreads") < LEAST_SPREADS))["property_id"]
    noted = changes.filter(~pl.col("property_id").is_in(quiet.implode()))
    for property_id in noted["property_id"].unique(maintain_order=True):
        causes = noted.filter(pl.col("property_id") == property_id).to_dicts()
        _entry(feed, f"{identifier}/{property_id}", causes, rows.get(property_id), updated)
    # Indented, so that two editions can be compared line by line.
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def row_feed(edition: Mapping[str, object], row: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> str:
    """The feed of one row: an entry per edition in which its median moved as for a line of its history, newest first.

    `history` has the row in earlier editions by day; ids are those of `atom_feed`, so that no reader sees one twice.
    """
    name = row["property_id"]
    feed = ET.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
    _add(feed, "id", f"{TAG}feed/{name}")
    _add(feed, "title", f"GPT-2030: {row['label_en']}")
    said = [*history, {**row, "issued_at": edition["issued_at"], "edition_id": edition["edition_id"]}]
    moved: list[Mapping[str, Any]] = []
    for one in said:
        if not moved or _differs(moved[-1], one):
            moved.append(one)
    # That of its newest entry: a day on which nothing moved leaves the file as it was.
    _add(feed, "updated", _rfc3339(moved[-1]["issued_at"]))
    _add(_add(feed, "author"), "name", "The gpt2030 authors")
    _link(feed, "self", "feed.xml", "application/atom+xml")
    _link(feed, "alternate", f"../{name}.html", "text/html")
    for one in reversed(moved[-MOST_ENTRIES:]):
        entry = _add(feed, "entry")
        _add(entry, "id", f"{TAG}{one['edition_id']}/{name}")
        median = one["p50"]
        number = format_value(median, row["unit"]) if median is not None else one["value_state"].replace("_", " ")
        _add(entry, "title", f"{row['label_en']}: {number}")
        _add(entry, "updated", _rfc3339(one["issued_at"]))
        _link(entry, "alternate", f"../{name}.html", "text/html")
    ET.indent(feed, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(feed, encoding="unicode") + "\n"


def _differs(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether a reader would see another number, or a number where there was none."""
    one, other = before["p50"], after["p50"]
    if one is None or other is None:
        return one is not other or before["value_state"] != after["value_state"]
    return not is_told({**after}, {**before}, ["p50"])


def _entry(
    feed: ET.Element, name: str, causes: list[dict[str, Any]], row: Mapping[str, Any] | None, updated: str
) -> None:
    property_id = name.partition("/")[2]
    entry = _add(feed, "entry")
    _add(entry, "id", TAG + name)
    _add(entry, "title", _title(property_id, causes, row))
    _add(entry, "updated", updated)
    _link(entry, "alternate", f"index.html#{property_id}", "text/html")
    _add(entry, "content", "\n".join(_lines(causes, row)), type="text")


def _alert(feed: ET.Element, alert: Mapping[str, Any]) -> None:
    entry = _add(feed, "entry")
    _add(entry, "id", f"{TAG}alert/{alert['dedupe_key']}")
    _add(entry, "title", alert["title"])
    _add(entry, "updated", _rfc3339(alert["fired_at"]))
    _add(entry, "category", term=alert["kind"])
    _link(entry, "alternate", f"index.html#{alert['subject']}", "text/html")
    _add(entry, "content", alert["body"] or alert["title"], type="text")


def _title(property_id: str, causes: list[dict[str, Any]], row: Mapping[str, Any] | None) -> str:
    """First line: what, before and after where known, and how far in spreads."""
    total = next((cause for cause in causes if cause["cause"] == TOTAL), None)
    label = row["label_en"] if row else property_id
    parts = [label, _before_and_after(row), _spreads(total)]
    return ": ".join(part for part in (parts[0], " ".join(part for part in parts[1:] if part)) if part)


def _before_and_after(row: Mapping[str, Any] | None) -> str:
    if row is None or row["previous_p50"] is None or row["p50"] is None:
        return ""
    return f"{format_number(row['previous_p50'], row['unit'])} → {format_value(row['p50'], row['unit'])}"


def _spreads(total: Mapping[str, Any] | None) -> str:
    if total is None or total["size_spreads"] is None:
        return ""
    return f"({round_digits(total['size_spreads'], 2):g} spreads)"


def _lines(causes: list[dict[str, Any]], row: Mapping[str, Any] | None) -> list[str]:
    """One line per cause that had a part, greatest first, then why the row has its status."""
    unit = row["unit"] if row else ""
    had = [cause for cause in causes if cause["cause"] != TOTAL and has_part(cause["amount"], unit)]
    parts = sorted(had, key=lambda c: (-abs(c["amount"]), c["cause"]))
    lines = [_line(cause, unit) for cause in [*(c for c in causes if c["cause"] == TOTAL), *parts]]
    lines = [words("en").ledger["still"]] if is_range_alone(causes, unit) else [*mostly_range(causes), *lines]
    return [*lines, row["status_reason"]] if row else lines


def _line(cause: Mapping[str, Any], unit: str) -> str:
    shifts = shifts_in(cause["detail"] or "")
    detail = f" ({shifts})" if shifts else ""
    return cause_line(kept_as(cause), cause["amount"], unit) + detail


def _add(parent: ET.Element, name: str, text: str = "", **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, name, attributes)
    if text:
        child.text = _UNPRINTABLE.sub("\ufffd", text)
    return child


def _link(parent: ET.Element, relation: str, href: str, media_type: str) -> None:
    _add(parent, "link", rel=relation, href=href, type=media_type)


def _rfc3339(moment: object) -> str:
    """A UTC moment as Atom wants it; moments without zone are UTC throughout the warehouse."""
    known = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    aware = known if known.tzinfo else known.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
