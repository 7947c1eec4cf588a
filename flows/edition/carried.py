"""Which pages an edition takes over from the one before it: those that would say the same again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

from flows.edition.formats import format_date
from flows.edition.shell import page_file
from flows.edition.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# So many days a page may stand: its chart moves on by a pixel in them, its history by points that say the same.
MOST_DAYS: Final = 6
# What stands with the page of a row and says nothing that it does not.
BESIDE: Final = ("card.svg", "card.dark.svg", "card.zh.svg", "card.dark.zh.svg", "cite.bib", "CITATION.cff")
_WRITTEN_FOR: Final = re.compile(rb'<meta name="edition" content="((\d{4}-\d{2}-\d{2})-[0-9a-f]+)">')
# Drawings, the history by its days, a move too small to be told between two editions that are named, how to cite.
_AS_OF: Final = re.compile(
    r'(?s)<svg\b.*?</svg>|<section id="history">.*?</section>|<section id="why" class="still">.*?</section>'
    r"|<pre>.*?</pre>|<footer>.*?</footer>"
)
# The days for which a series is forecast are so many months from the edition's, and move on with it.
_FIGURE: Final = re.compile(r"(?s)<figure>.*?</figure>")
_DATE: Final = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}|\d{4}年\d{1,2}月\d{1,2}日")
# Readings are drawn and told nowhere else: a new one is a new dot.
_READINGS: Final = re.compile(r'<path class="dot" d="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Before:
    """The pages of the edition before, and whether the same code with the same settings wrote them."""

    files: Mapping[str, bytes]
    is_alike: bool


def files_of_pages(names: Iterable[str]) -> list[str]:
    """Of these rows, every file that is taken over with their pages."""
    return list(chain.from_iterable(_files_of(name) for name in names))


def carried(files: Mapping[str, bytes], names: Iterable[str], origin: date, before: Before) -> dict[str, bytes]:
    """Of the edition before the files that say what those of `files` would, of the rows with these ids.

    The page of a row says the same where every number, word and date of it does, but for what names its day or its
    edition, and it is no older than MOST_DAYS. `origin` is the day of the edition that is being written.
    """
    if not before.is_alike:
        return {}
    found: dict[str, bytes] = {}
    for name in names:
        own = _files_of(name)
        if all(one in before.files for one in own) and _stands(files, before.files, name, origin):
            found |= {one: before.files[one] for one in own}
    return found


def _age(page: bytes, origin: date) -> int:
    """How many days before the edition a page was written; 0 where it does not tell."""
    written = _WRITTEN_FOR.search(page)
    return (origin - date.fromisoformat(written[2].decode())).days if written else 0


def _files_of(name: str) -> list[str]:
    return [*_pages_of(name), *(f"p/{name}/{one}" for one in BESIDE)]


def _pages_of(name: str) -> list[str]:
    return [f"p/{page_file(name, lang)}" for lang in LANGUAGES]


def _stands(now: Mapping[str, bytes], before: Mapping[str, bytes], name: str, origin: date) -> bool:
    for page in _pages_of(name):
        age = _age(before[page], origin)
        written = origin - timedelta(days=age)
        if not 0 < age <= MOST_DAYS or _face(before[page], written) != _face(now[page], origin):
            return False
    return True


def _face(page: bytes, day: date) -> str:
    """What a page says whichever edition it was written for."""
    whole = page.decode()
    text = _FIGURE.sub(lambda found: _DATE.sub("DATE", found[0]), _AS_OF.sub("", whole))
    for said in (day.isoformat(), *(format_date(day, lang) for lang in LANGUAGES)):
        # A day that is the beginning of another (1 Dec of 11 Dec) is none; an id of an edition is its day and a name.
        text = re.sub(rf"(?<!\d){said}(-[0-9a-f]{{8}})?", "DAY", text)
    return f"{text}{sum(dots.count('h0') for dots in _READINGS.findall(whole))}"
