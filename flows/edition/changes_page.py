"""What changed since the edition before: every row that moved, the largest move first, with its causes in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flows.edition.causes import LEAST_SPREADS, MOVED_DIGITS, TOTAL
from flows.edition.formats import format_date, format_number
from flows.edition.shell import page_file, render
from flows.edition.waterfall import Causes, causes_of, last_move
from flows.edition.words import words
from models.changes.size import has_part

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from flows.edition.site import Row, Site

TEMPLATE: Final = "changes.html.j2"


class ToldRow(NamedTuple):
    """What is said of a row, with its name and its page."""

    label: str
    href: str
    said: str


class MovedRow(NamedTuple):
    """A row that moved: its name and page, and why."""

    name: str
    label: str
    href: str
    causes: Causes


def changes_page(site: Site, lang: str) -> str:
    """Every row with a change on record, by how far it moved; the others are counted."""
    w = words(lang).site
    moved = moved_rows(site, lang)
    since = moved[0].causes.since if moved else ""
    is_first = not any(site.history.values())
    nothing = w["moved_first"] if is_first else w["changes_nothing"]
    lede = w["changes_lede"].format(moved=len(moved), all=len(site.rows), since=since) if moved else nothing
    statuses, facts = list(_statuses(site, lang)), list(_facts(site, lang))
    said = {
        "name": "changes",
        "title": w["moved"],
        "description": lede,
        "rows": moved,
        "statuses": statuses,
        "facts": facts,
        "last": list(_last(site, {one.name for one in moved}, lang)),
    }
    return render(TEMPLATE, lang, site.edition, said)


def moved_rows(site: Site, lang: str) -> list[MovedRow]:
    """The rows that moved by enough to be worth a word, the largest move first."""
    found = []
    for row in sorted(site.rows, key=lambda one: (-size_of(one, site), one["row_number"])):
        causes = causes_of(row, site, lang)
        if causes is not None and size_of(row, site) >= LEAST_SPREADS:
            href = f"p/{page_file(row['property_id'], lang)}#why"
            found.append(MovedRow(row["property_id"], row[f"label_{lang}"], href, causes))
    return found


def _statuses(site: Site, lang: str) -> Iterator[ToldRow]:
    """The rows that stand otherwise than in the edition before, however little their numbers moved."""
    named = words(lang).status
    for row in site.rows:
        before = site.history.get(row["property_id"], [])
        if before and before[-1]["status"] != row["status"]:
            said = words(lang).ledger["status"].format(before=named[before[-1]["status"]], now=named[row["status"]])
            yield _told(row, said, lang)


def _facts(site: Site, lang: str) -> Iterator[ToldRow]:
    """The numbers without a range that are others now: no spreads can be told of them, then or now."""
    for row in site.rows:
        totals = [one for one in site.changes.get(row["property_id"], []) if one["cause"] == TOTAL]
        if totals and totals[0]["size_spreads"] is None and has_part(totals[0]["amount"], row["unit"]):
            causes = causes_of(row, site, lang)
            if causes is not None:
                yield _told(row, causes.sentence, lang)


def _last(site: Site, moved: Container[str], lang: str) -> Iterator[ToldRow]:
    """When each row that did not move now last did, the newest first."""
    found = [(last_move(row, site, lang), row) for row in site.rows if row["property_id"] not in moved]
    for last, row in sorted(((last, row) for last, row in found if last), key=lambda one: one[0][0], reverse=True):
        day, size = format_date(last[0], lang), site.last_moves[row["property_id"]][0]["size_spreads"]
        told = words(lang).site["moved_last_fact" if size is None else "moved_last_row"]
        yield _told(row, told.format(day=day, size=format_number(size or 0, "", digits=MOVED_DIGITS)), lang)


def _told(row: Row, said: str, lang: str) -> ToldRow:
    return ToldRow(row[f"label_{lang}"], f"p/{page_file(row['property_id'], lang)}#why", said)


def size_of(row: Row, site: Site) -> float:
    """How far a row moved, in spreads; 0 where nothing is on record."""
    sizes = [one["size_spreads"] for one in site.changes.get(row["property_id"], []) if one["cause"] == TOTAL]
    return abs(sizes[0] or 0.0) if sizes else 0.0
