"""The Atom feed: what RFC 4287 requires, ids that never change, and entries a person can act on."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from flows.edition.feed import NAMESPACE, atom_feed
from tests.warehouse.edition_frames import EDITION, frame, properties, property_row
from warehouse.contracts import out
from warehouse.contracts.change import CHANGE

A = f"{{{NAMESPACE}}}"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def change(cause: str, amount: float, **said: object) -> dict[str, object]:
    return {
        "edition_id": EDITION["edition_id"],
        "previous_edition_id": "2026-11-15-cafebabe",
        "property_id": "overhang.work_years",
        "cause": cause,
        "amount": amount,
        "size_spreads": 0.84 if cause == "total" else None,
        "detail": None,
    } | said


CHANGES = frame(
    CHANGE,
    [
        change("total", 0.12),
        change("elapsed_time", 0.02),
        change("new_rows", 0.10, detail="system-x: 4.1e13 tokens"),
        change("total", -0.05, property_id="speed.multiple", size_spreads=None),
    ],
)
NOTHING = CHANGES.clear()


def entries(text: str) -> list[ET.Element]:
    return ET.fromstring(text).findall(f"{A}entry")


@pytest.mark.parametrize("changes", [CHANGES, NOTHING], ids=["changes", "none"])
def test_feed_and_entries_have_what_atom_requires(changes):
    feed = ET.fromstring(atom_feed(EDITION, changes))
    assert feed.tag == f"{A}feed"
    assert feed.find(f"{A}author/{A}name").text
    assert {link.get("rel") for link in feed.findall(f"{A}link")} == {"self", "alternate"}
    for element in [feed, *feed.findall(f"{A}entry")]:
        assert element.find(f"{A}id").text.startswith("tag:")
        assert element.find(f"{A}title").text
        assert RFC3339.fullmatch(element.find(f"{A}updated").text)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"is_replay": True}, ", a replay"),
        ({"origin_date": date(2030, 1, 1), "recorded_at": datetime(2026, 11, 26, 9)}, ", a rehearsal"),
        ({"recorded_at": datetime.combine(EDITION["origin_date"], time(9))}, ""),
    ],
)
def test_the_feed_says_when_its_edition_was_not_made_on_its_day(said, kind):
    feed = ET.fromstring(atom_feed(EDITION | said, NOTHING))
    assert feed.find(f"{A}subtitle").text == f"Edition {EDITION['edition_id']}{kind}"


def test_small_moves_and_idle_causes_are_left_out():
    small = [change("total", 0.001, size_spreads=0.05), change("elapsed_time", 0.001)]
    assert entries(atom_feed(EDITION, frame(CHANGE, small))) == []
    idle = [change("total", 0.12), change("new_rows", 0.12), change("method", 0.0)]
    (entry,) = entries(atom_feed(EDITION, frame(CHANGE, idle)))
    assert "method" not in entry.find(f"{A}content").text


def test_a_row_that_only_grew_wider_has_no_cause_left_over_from_the_arithmetic():
    still = [change("total", 6e-9, size_spreads=6.2), change("new_rows", 3e-9), change("elapsed_time", 3e-9)]
    (entry,) = entries(atom_feed(EDITION, frame(CHANGE, still)))
    assert entry.find(f"{A}content").text == "its range moved, not its median"


def test_ids_name_edition_and_property_and_are_unique():
    ids = [entry.find(f"{A}id").text for entry in entries(atom_feed(EDITION, CHANGES))]
    assert [name.split(":", 2)[2] for name in ids] == [
        "2026-11-22-0badcafe/overhang.work_years",
        "2026-11-22-0badcafe/speed.multiple",
    ]


def test_the_same_edition_gives_the_same_bytes():
    """A reader that sees other bytes under the same id shows old news as new."""
    assert atom_feed(EDITION, CHANGES) == atom_feed(dict(EDITION), CHANGES.clone())


def test_a_manifest_with_moments_as_text_gives_the_same_feed():
    as_text = EDITION | {"issued_at": "2026-11-22T06:30:00Z", "origin_date": "2026-11-22"}
    assert atom_feed(as_text, CHANGES) == atom_feed(EDITION, CHANGES)


def test_moments_are_utc():
    moved = EDITION | {"issued_at": datetime.fromisoformat("2026-11-22T08:30:00+02:00")}
    assert atom_feed(moved, CHANGES) == atom_feed(EDITION, CHANGES)


def test_an_entry_tells_the_causes_greatest_first():
    (entry, _) = entries(atom_feed(EDITION, CHANGES))
    assert entry.find(f"{A}content").text.splitlines() == [
        "altogether +0.12 dex",
        "new rows +0.1 dex (system-x: 4.1e13 tokens)",
        "time passing +0.02 dex",
    ]


def test_with_the_property_rows_the_title_says_what_moved_from_where_to_where():
    rows = properties([property_row(previous_p50=3.1e6)])
    (entry, other) = entries(atom_feed(EDITION, CHANGES, rows))
    label = "Human-years of work its training compute could do"
    assert entry.find(f"{A}title").text == f"{label}: 3.1 M → 3.4 M human-years (0.84 spreads)"
    assert other.find(f"{A}title").text == "speed.multiple"


def test_entries_lead_to_their_row_on_the_page():
    (entry, _) = entries(atom_feed(EDITION, CHANGES))
    assert entry.find(f"{A}link").get("href") == "index.html#overhang.work_years"


def test_markup_and_control_characters_in_a_detail_cannot_break_the_feed():
    hostile = frame(CHANGE, [change("new_rows", 0.1, detail="a <b> & c\x00\x1b ]]>")])
    (entry,) = entries(atom_feed(EDITION, hostile))
    assert entry.find(f"{A}content").text == "new rows +0.1 dex (a <b> & c\ufffd\ufffd ]]>)"


ALERTS = frame(
    out.ALERT,
    [
        {"alert_id": "0a1b2c3d4e5f", "alert_number": 1, "dedupe_key": "0a1b2c3d4e5f" * 5, "kind": "threshold_passed",
         "subject": "math.date_92pct", "state": "raised", "severity": 1, "title": "MATH 92 %: open → passed <o1>",
         "body": "happened: 2024-09-12", "fired_at": EDITION["issued_at"]},
    ],
)  # fmt: skip


def test_alerts_of_the_edition_come_first_under_an_id_made_of_their_key():
    first, *others = entries(atom_feed(EDITION, CHANGES, None, ALERTS))
    assert first.find(f"{A}id").text.endswith(":alert/" + "0a1b2c3d4e5f" * 5)
    assert first.find(f"{A}title").text == "MATH 92 %: open → passed <o1>"
    assert first.find(f"{A}content").text == "happened: 2024-09-12"
    assert first.find(f"{A}category").get("term") == "threshold_passed"
    assert first.find(f"{A}link").get("href") == "index.html#math.date_92pct"
    assert RFC3339.fullmatch(first.find(f"{A}updated").text)
    assert len(others) == 2


def test_an_alert_without_more_to_say_repeats_its_title():
    (entry,) = entries(atom_feed(EDITION, NOTHING, None, ALERTS.with_columns(body=pl.lit(""))))
    assert entry.find(f"{A}content").text == entry.find(f"{A}title").text
