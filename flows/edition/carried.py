"""Which pages an edition takes over from the one before it: those that would say the same again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from flows.edition.formats import format_date
from flows.edition.shell import page_file
from flows.edition.words import LANGUAGES, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# So many days a page may stand: its chart moves on by some pixels in them, its history by points that say the same.
MOST_DAYS: Final = 27
# What stands with the page of a row and says nothing that it does not.
BESIDE: Final = ("card.svg", "card.dark.svg", "card.zh.svg", "card.dark.zh.svg", "cite.bib", "CITATION.cff")
_WRITTEN_FOR: Final = re.compile(rb'<meta name="edition" content="((\d{4}-\d{2}-\d{2})-[0-9a-f]+)">')
# Nothing else may differ on a page that is no row's: it speaks of no day, and how to cite it names one that has it.
_SCORES: Final = tuple(page_file("scores", lang) for lang in LANGUAGES)
_NAMED: Final = re.compile(rb'(?s)<meta name="edition" content="[^"]*">|<footer>.*?</footer>')
# Drawings and the tables of what they draw, a move too small to be told, how to cite: as of the edition they name.
_AS_OF: Final = (
    r'(?s)<figure>.*?</figure>|<section id="why" class="still">.*?</section>|<pre>.*?</pre>|<footer>.*?</footer>'
)
# Their numbers are those beneath the row's own, to a digit more: they drift on days on which the row says the same.
_BENEATH: Final = re.compile(r'(?s)<section id="(?:formula|whatif)">.*?</section>')
_NUMBER: Final = re.compile(r"[\d⁰¹²³⁴-⁹⁻][\d.,⁰¹²³⁴-⁹⁻×]*(?:\s?(?:[MBT]\b|万亿|亿|万))?")
# Readings are drawn and told nowhere else: a new one is a new dot.
_READINGS: Final = re.compile(r'<path class="dot" d="([^"]*)"')
# A row without news for 477 days has none for 478 tomorrow.
_STATUS: Final = re.compile(r'(?s)<section id="status">.*?</section>')
_DAYS: Final = re.compile(r"[\d,]+ (?:days|天)")


@dataclass(frozen=True, slots=True)
class Before:
    """The pages of the edition before, and whether the same code with the same settings wrote them."""

    files: Mapping[str, bytes]
    is_alike: bool


def files_of_pages(names: Iterable[str]) -> list[str]:
    """Of these rows, every file that is taken over with their pages."""
    return list(chain.from_iterable(_files_of(name) for name in names))


def may_be_carried(names: Iterable[str]) -> list[str]:
    """Of an edition with these rows, every file that a later one may take over."""
    return [*files_of_pages(names), *_SCORES]


def carried(files: Mapping[str, bytes], names: Iterable[str], origin: date, before: Before) -> dict[str, bytes]:
    """Of the edition before the files that say what those of `files` would: of the rows with these ids, and scores.

    The page of a row says the same where nothing in it differs but the edition, its day, the shape of what is drawn and
    the numbers beneath, and it is no older than MOST_DAYS. `origin` is the day of the edition that is being written.
    """
    if not before.is_alike:
        return {}
    found = {one: before.files[one] for one in _SCORES if _is_same(files[one], before.files.get(one, b""), origin)}
    for name in names:
        own = _files_of(name)
        if all(one in before.files for one in own) and _stands(files, before.files, name, origin):
            found |= {one: before.files[one] for one in own}
    return found


def _is_same(now: bytes, before: bytes, origin: date) -> bool:
    return _age(before, origin) > 0 and _NAMED.sub(b"", now) == _NAMED.sub(b"", before)


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
    text = _BENEATH.sub(lambda found: _NUMBER.sub("#", found[0]), _left_out().sub("", whole))
    text = _STATUS.sub(lambda found: _DAYS.sub("#", found[0]), text)
    for said in (day.isoformat(), *(format_date(day, lang) for lang in LANGUAGES)):
        # A day that is the beginning of another (1 Dec of 11 Dec) is none; an id of an edition is its day and a name.
        text = re.sub(rf"(?<!\d){said}(-[0-9a-f]{{8}})?", "DAY", text)
    return f"{text}{sum(dots.count('h0') for dots in _READINGS.findall(whole))}"


@cache
def _left_out() -> re.Pattern[str]:
    """With the median of the edition before, in every language."""
    terms = (re.escape(words(lang).page["previous"]) for lang in LANGUAGES)
    return re.compile(rf"{_AS_OF}|<div><dt>(?:{'|'.join(terms)})</dt><dd>[^<]*</dd></div>")
