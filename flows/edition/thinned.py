"""The page that stands for an edition whose other files were removed to make room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flows.edition.formats import format_date
from flows.edition.shell import STYLE, page_file, render, style
from flows.edition.words import LANGUAGES, words

if TYPE_CHECKING:
    from datetime import date

TEMPLATE: Final = "thinned.html.j2"
# Links lead on to the edition in force: of this one there is nothing else to see.
UP: Final = "../latest/"


def thinned_pages(edition_id: str, origin: date, today: date) -> dict[str, bytes]:
    """By file name the pages that tell, in each language, what became of an edition, and their style."""
    pages = {page_file("index", lang): _page(edition_id, origin, today, lang).encode() for lang in LANGUAGES}
    return {**pages, STYLE: style().encode()}


def _page(edition_id: str, origin: date, today: date, lang: str) -> str:
    site = words(lang).site
    said = {
        "name": "index",
        "up": UP,
        # Its own: that of a later edition may be for other pages.
        "style": STYLE,
        "title": site["edition_of"].format(format_date(origin, lang)),
        "description": site["thinned"].format(edition=edition_id, day=format_date(today, lang)),
        "command": f"gpt2030 sql \"from property_history where edition_id = '{edition_id}'\"",
    }
    return render(TEMPLATE, lang, {"edition_id": edition_id}, said)
