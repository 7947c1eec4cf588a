"""What a row's page says where nothing can be drawn of its history, and where it did not move: when it last did."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from flows.edition.authored import formula_in_words
from flows.edition.cells import today_cell
from flows.edition.formats import format_date, format_month
from flows.edition.reasons import cell_text, reason
from flows.edition.shell import page_file
from flows.edition.waterfall import last_move
from flows.edition.words import words

if TYPE_CHECKING:
    from flows.edition.site import Row, Site
    from flows.edition.waterfall import Causes

# Older ones stand in the editions of their days.
_MOST_CHANGES: Final = 3


class LastMove(NamedTuple):
    """When a row last moved by enough to be told: the day in words, why, how its status changed with it, if it did.

    `edition` and `since` are that edition and the one it was compared with, each with the way to it from a row's page.
    """

    day: str
    causes: Causes
    status: str
    edition: tuple[str, str]
    since: tuple[str, str]


def moved_last(row: Row, site: Site, lang: str) -> LastMove | None:
    """The last move of a row before this edition; None where none is on record.

    Whoever sees a fall in the drawn history asks why, and the edition that says it is one of hundreds. Its first page
    is linked to, not that of the row, which is gone once old editions are thinned.
    """
    found = last_move(row, site, lang)
    if found is None:
        return None
    day, edition_id, causes = found
    ways = [(one, f"../../{one}/{page_file('index', lang)}") for one in (edition_id, causes.since)]
    status = site.last_moves[row["property_id"]][0]["status"]
    told = status_moved(row["property_id"], (causes.since, status), site, lang)
    return LastMove(format_date(day, lang), causes, told, *ways)


def recomputed(row: Row, site: Site, lang: str) -> list[str]:
    """From which editions on the row has been computed otherwise than before, the newest first.

    A row that went over to the second version of a test would draw a jump that nobody made.
    """
    days = [*site.history.get(row["property_id"], []), {**row, "origin_date": site.origin}]
    known = [one for one in days if one.get("formula")]
    changed = [(then, now) for then, now in pairwise(known) if then["formula"] != now["formula"]]
    return [
        words(lang).site["history_otherwise"].format(
            day=format_date(now["origin_date"], lang), now=formula_in_words(now["formula"], lang),
            before=formula_in_words(then["formula"], lang),
        )
        for then, now in changed[: -_MOST_CHANGES - 1 : -1]
    ]  # fmt: skip


def status_moved(property_id: str, now: tuple[str, str], site: Site, lang: str) -> str:
    """How the status of a row changed with a move, and why it had stood otherwise; empty where it did not.

    `now` is the edition that the move was told against, and the status of the row after it. A row that jumps with its
    first measurement stood on the essay's own number: none of the causes says so.
    """
    since, status = now
    before = site.before.get((since, property_id))
    if before is None or before["status"] == status:
        return ""
    named = words(lang).status
    told = words(lang).ledger["status"].format(before=named[before["status"]], now=named[status])
    return words(lang).site["stood_before"].format(told[0].upper() + told[1:], reason(before, lang))


def unmoved(row: Row, site: Site, lang: str) -> str:
    """The sentence in place of causes: a row without a number has none that could have moved a little."""
    if not site.history.get(row["property_id"]):
        return words(lang).site["causes_first"]
    if row["p50"] is not None:
        return words(lang).site["causes_none"]
    return _without_number("causes", row, site, lang)


def undrawn(row: Row, site: Site, lang: str) -> str:
    """The sentence in place of the chart of a row that two editions at least did not give with its whole range."""
    before = site.history.get(row["property_id"])
    if not before:
        return words(lang).site["history_first"]
    if row["p50"] is not None or len(_numbered(row, site)) > 1:
        return words(lang).site["history_few"]
    return _without_number("history", row, site, lang)


def _without_number(about: str, row: Row, site: Site, lang: str) -> str:
    """Of a row that gives no number now: the last that it gave, or that it gives none, or none for the target."""
    site_words = words(lang).site
    if numbered := _numbered(row, site):
        # That no number was ever published would deny what an edition of an earlier day says in every reader's hands.
        last = numbered[-1]
        told = cell_text(today_cell(last, lang), row, lang)
        return site_words[f"{about}_withdrawn"].format(told, day=format_date(last["origin_date"], lang))
    if row["status"] == "beyond_range":
        return site_words[f"{about}_no_target"].format(target=format_month(site.target, lang))
    return site_words["causes_no_number" if about == "causes" else "history_none"]


def _numbered(row: Row, site: Site) -> list[Row]:
    """The row as editions of earlier days gave a number of it."""
    return [one for one in site.history.get(row["property_id"], []) if one["p50"] is not None]
