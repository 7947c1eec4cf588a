"""Waves of Epoch AI's polls: the month that a file's name says, and the newest file that the polls' page names."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from sources.errors import KEPT, WrongContent
from sources.feeds import address
from sources.files import is_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE: Final = "polling"
SETTING: Final = "sources.epoch_polling.url (GPT2030_SOURCES__EPOCH_POLLING__URL)"
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME: Final = re.compile(rf"polling_on_ai_usage_({'|'.join(MONTHS)})_(20\d\d)\.csv", re.ASCII)
# What cannot stand in an address as it is written: the page's own marks around it.
_AROUND: Final = re.compile(r"[\s\"'`<>()\[\]{}\\,;=|]")
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Wave:
    """One file of a poll: its name, which is its feed, and the first day of its month."""

    name: str
    month: date


def wave_of(name: str) -> Wave | None:
    """The wave that a file's name says; None where it says none."""
    found = _NAME.fullmatch(name)
    return Wave(name, date(int(found[2]), 1 + MONTHS.index(found[1]), 1)) if found else None


def newest(page: bytes, *, at: str, base_url: str) -> tuple[Wave, str]:
    """The newest wave that the page names, and its address; WrongContent when the page names none.

    Its folder has changed between waves, so the page says where it lies; a page sends us to no other host. In a folder
    on disk every file lies beside the page.
    """
    found: list[tuple[Wave, str]] = []
    for link in _links(page.decode("utf-8", errors="replace")):
        url = urljoin(at, link)
        wave = wave_of(urlsplit(url).path.rpartition("/")[2])
        if wave and is_folder(base_url):
            found.append((wave, address(base_url, wave.name)))
        elif wave and urlsplit(url)[:2] == urlsplit(at)[:2]:
            found.append((wave, url))
    if not found:
        advice = f"{KEPT}; look where the poll's newest CSV lies now, and set {SETTING}: the folder of that page"
        said = f"{len(page):,} bytes without polling_on_ai_usage_<month>_<year>.csv on the same host"
        raise WrongContent("a page that names no wave of the poll", where=at, evidence=said, advice=advice)
    return max(found, key=lambda one: one[0].month)


def _links(text: str) -> Iterator[str]:
    """Each address on the page that ends with the name of a wave, be it a link's or one in the page's own data."""
    plain = html.unescape(text).replace("\\/", "/")
    for found in _NAME.finditer(plain):
        before = plain[max(0, found.start() - _LONGEST) : found.start()]
        yield _AROUND.split(before)[-1] + found[0]
