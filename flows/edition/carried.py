"""Which pages and cards an edition takes over from the one before it: those that would say the same again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Final

from flows.edition.formats import format_date
from flows.edition.shell import page_file
from flows.edition.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

# So many days what says the same may stand: four weeks with the day it was written on. A chart moves on by
# the width of a dot in them, a history by points that say the same.
MOST_DAYS: Final = 27
# How many pixels a mark of a card may be away from where it would be drawn: less than a dot is wide.
_UNSEEN: Final = 3.0
# And by what part of it a number in the table of a drawing, which says in figures what that shows, may be another.
_UNDRAWN: Final = 0.05
# The pages beside the table that are of no day: what is on them changes with what is known and how it is computed.
OF_NO_DAY: Final = ("scores", "method", "tables")
# And those that tell what is forecast in other cells than the table's, some with drawings.
OF_FORECASTS: Final = ("living", "whatif")
# What a row says in files for machines. Both name the edition that they were written for.
DATA: Final = ("latest.csv", "row.json")
# By language: a card tells its edition in its foot, so it need not stand or fall with the page.
CARDS: Final = {"en": ("card.svg", "card.dark.svg"), "zh": ("card.zh.svg", "card.dark.zh.svg")}
_EDITION: Final = rb"((\d{4}-\d{2}-\d{2})-[0-9a-f]{8})"
_WRITTEN_FOR: Final = re.compile(rb'<meta name="edition" content="' + _EDITION + rb'">')
_DRAWN_FOR: Final = re.compile(_EDITION)
# Drawings, the history by its days, a move too small to be told between two editions that are named, how to cite.
_AS_OF: Final = re.compile(
    r'(?s)<svg\b.*?</svg>|<section id="history">.*?</section>|<section id="why" class="still">.*?</section>'
    r"|<pre>.*?</pre>|<footer>.*?</footer>"
)
# The days for which a series is forecast are so many months from the edition's, and move on with it.
_FIGURE: Final = re.compile(r"(?s)<figure>.*?</figure>")
_CELL: Final = re.compile(r"<td>(.*?)</td>")
_DATE: Final = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}|\d{4}年\d{1,2}月\d{1,2}日")
# Readings are drawn and told nowhere else: a new one is a new dot.
_READINGS: Final = re.compile(r'<path class="dot" d="([^"]*)"')
_WORDS: Final = re.compile(r">([^<]+)</text>")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_YEAR: Final = re.compile(r"\d{4}")
_FIRST_NUMBER: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Before:
    """The pages of the edition before, and whether the same code with the same settings wrote them."""

    files: Mapping[str, bytes]
    is_alike: bool


@dataclass(frozen=True, slots=True)
class _Unit:
    """Files that are taken over together or not at all: `told` are read, the others say nothing that those do not.

    `is_same` compares two texts and the editions they were written for.
    """

    told: tuple[str, ...]
    others: tuple[str, ...]
    written_for: re.Pattern[bytes]
    is_same: Callable[[tuple[str, str], tuple[str, str]], bool]

    @property
    def files(self) -> tuple[str, ...]:
        return (*self.told, *self.others)


def files_of_pages(names: Iterable[str]) -> list[str]:
    """Of these rows, every file that is taken over with their pages."""
    return list(chain.from_iterable(_page_of(name).files for name in names))


def files_taken_over(names: Iterable[str]) -> list[str]:
    """Every file that an edition with these rows may take over: pages, cards, data and the pages that are of no day."""
    return list(chain.from_iterable(unit.files for unit in _units(names)))


def carried(files: Mapping[str, bytes], names: Iterable[str], origin: date, before: Before) -> dict[str, bytes]:
    """Of the edition before the files that say what those of `files` would, of the rows with these ids.

    A page or card says the same where every number, word and date of it does, but for what names its day or its
    edition, and it is no older than MOST_DAYS. `origin` is the day of the edition that is being written.
    """
    if not before.is_alike:
        return {}
    found: dict[str, bytes] = {}
    for unit in _units(names):
        is_there = all(one in before.files and one in files for one in unit.files)
        if is_there and _stands(unit, files, before.files, origin):
            found |= {one: before.files[one] for one in unit.files}
    return found


def _units(names: Iterable[str]) -> Iterator[_Unit]:
    for name in names:
        yield _page_of(name)
        for data in DATA:
            yield _Unit((f"p/{name}/{data}",), (), _DRAWN_FOR, _is_whole_the_same)
        for light, dark in CARDS.values():
            # Both themes are one drawing in two palettes.
            files = (f"p/{name}/{light}",), (f"p/{name}/{dark}",)
            yield _Unit(*files, _DRAWN_FOR, _is_drawn_alike)
    for name in OF_NO_DAY:
        pages = tuple(page_file(name, lang) for lang in LANGUAGES)
        yield _Unit(pages, (), _WRITTEN_FOR, _is_whole_the_same)
    for name in OF_FORECASTS:
        pages = tuple(page_file(name, lang) for lang in LANGUAGES)
        yield _Unit(pages, (), _WRITTEN_FOR, _has_one_face)


def _page_of(name: str) -> _Unit:
    pages = tuple(f"p/{page_file(name, lang)}" for lang in LANGUAGES)
    return _Unit(pages, (), _WRITTEN_FOR, _has_one_face)


def _stands(unit: _Unit, now: Mapping[str, bytes], before: Mapping[str, bytes], origin: date) -> bool:
    for name in unit.told:
        theirs, ours = (unit.written_for.search(one[name]) for one in (before, now))
        if theirs is None or ours is None:
            return False
        age = (origin - date.fromisoformat(theirs[2].decode())).days
        told = (before[name].decode(), theirs[1].decode()), (now[name].decode(), ours[1].decode())
        if not 0 < age <= MOST_DAYS or not unit.is_same(*told):
            return False
    return True


def _is_whole_the_same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one[0].replace(one[1], "EDITION") == other[0].replace(other[1], "EDITION")


def _has_one_face(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (said, cells), (said_now, cells_now) = _face(*one), _face(*other)
    return said == said_now and all(map(_is_drawn_near, cells, cells_now))


def _face(page: str, edition_id: str) -> tuple[str, list[str]]:
    """What a page says whichever edition it was written for, and the numbers in the tables of what is drawn."""
    day = date.fromisoformat(edition_id[:10])
    text, cells = _AS_OF.sub("", page), list[str]()
    for figure in _FIGURE.findall(text):
        cells += _CELL.findall(figure)
    text = _FIGURE.sub(lambda found: _CELL.sub("<td></td>", _DATE.sub("DATE", found[0])), text)
    return f"{_told(day).sub('DAY', text)}{sum(dots.count('h0') for dots in _READINGS.findall(page))}", cells


@cache
def _told(day: date) -> re.Pattern[str]:
    """A day as it is told in any language, and the id of an edition of it: its day and a name."""
    said = "|".join((day.isoformat(), *(format_date(day, lang) for lang in LANGUAGES)))
    # A day that is the end of another (1 Dec of 11 Dec) is none.
    return re.compile(rf"(?<!\d)(?:{said})(-[0-9a-f]{{8}})?")


def _is_drawn_near(cell: str, now: str) -> bool:
    """Whether two cells say the same but for a number that no reader of the drawing could tell from the other's."""
    one, other = (_FIRST_NUMBER.search(text) for text in (cell, now))
    # Of a year, which has no comma, the next is another one however near it is.
    if cell == now or one is None or other is None or _YEAR.fullmatch(one[0]):
        return cell == now
    a, b = (float(found[0].replace(",", "")) for found in (one, other))
    rest, rest_now = cell[: one.start()] + cell[one.end() :], now[: other.start()] + now[other.end() :]
    return rest == rest_now and abs(a - b) <= _UNDRAWN * abs(b)


def _is_drawn_alike(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether two cards have the same words and numbers, and the same marks where nobody sees that they moved."""
    said, marks, places = zip(*(_taken_apart(*card) for card in (one, other)), strict=True)
    if said[0] != said[1] or marks[0] != marks[1]:
        return False
    return all(abs(float(a) - float(b)) <= _UNSEEN for a, b in zip(*places, strict=True))


def _taken_apart(card: str, edition_id: str) -> tuple[list[str], str, list[str]]:
    """The words of a card, its marks without their places, and the places."""
    drawn = _WORDS.sub("></text>", card)
    words = [one.replace(edition_id, "EDITION") for one in _WORDS.findall(card)]
    return words, _NUMBER.sub("#", drawn), _NUMBER.findall(drawn)
