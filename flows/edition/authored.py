"""What curated facts and models say in English sentences, in the language of the reader, or that there is more to read.

Nothing is left out in silence: a remark that has no words in the language yet is told to be there.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

from flows.edition.formats import format_known_day, format_month
from flows.edition.words import words
from models.days import SECOND_HAND

# Four words of Latin letters in a row are a sentence, or on their way to one; names of systems have fewer.
_SENTENCE: Final = re.compile(r"[A-Za-z][a-z'’-]*(?:[ ,;:]+[a-z][a-z'’-]*){3}")
# A reading as the models name it: the system, the series, and how it was measured.
_READING: Final = re.compile(r"(?P<system>.*?), (?P<series>[\w.-]+(?:/[\w.-]+)+|[\w.-]+(?=: ))(?:: (?P<setup>.*))?")
_DAY: Final = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
# What a name says in brackets of which one is meant, and a month in it.
_ASIDE: Final = re.compile(r" \(([^()]*)\)$")
_MONTH: Final = re.compile(r"(?P<month>[A-Z][a-z]{2}) (?P<year>\d{4})")
_SETUP: Final = re.compile(r"(?P<series>[\w.-]+(?:/[\w.-]+)+): (?P<setup>.*)")


class _Book(NamedTuple):
    said: dict[str, str]
    patterns: list[tuple[re.Pattern[str], str]]
    so_far: list[tuple[re.Pattern[str], str]]
    systems: dict[str, str]


def is_foreign(text: str, lang: str) -> bool:
    """Whether a text holds a sentence that a page in this language must not show."""
    return lang != "en" and bool(_SENTENCE.search(text))


def in_language(text: str, lang: str) -> str:
    """A remark in the language; one in English that has no words there is told to exist, never dropped."""
    if lang == "en" or not text:
        return text
    found = _found(text, lang)
    if found is not None:
        return found
    return words(lang).detail["untold"] if is_foreign(text, lang) else text


def has_words(text: str, lang: str) -> bool:
    """Whether a text can be told in the language as it stands or in words of its own."""
    if lang == "en" or (found := _found(text, lang)) is None:
        return not is_foreign(text, lang)
    # A pattern's words around a gap that has none itself say nothing.
    return words(lang).detail["untold"] not in found


def formula_in_words(formula: str, lang: str) -> str:
    """A formula with the few words of English that some hold in the language, or a Chinese page would not show it."""
    # The longest first: a phrase may be part of another.
    for phrase, said in sorted(words(lang).formulas.items(), key=lambda one: -len(one[0])):
        formula = formula.replace(phrase, said)
    # A full-width colon has its own space.
    formula = formula.replace("： ", "：")
    return in_language(formula, lang)


def setup_in(setup: str, lang: str) -> str:
    """How a row was measured, remark by remark."""
    if lang == "en" or not setup:
        return setup
    # Only as it stands: the gap of a pattern would reach over the end of a remark into the next.
    whole = _book(lang).said.get(setup)
    parts = [whole] if whole is not None else [in_language(part, lang) for part in setup.split("; ")]
    # Two that have no words yet are told once.
    return words(lang).detail["also"].join(dict.fromkeys(parts))


def remarks_in(note: str, lang: str) -> str:
    """Remarks one after another, where one may have a semicolon of its own: the longest that has words first."""
    if lang == "en" or not note:
        return note
    parts, told = note.split("; "), list[str]()
    while parts:
        known = (count for count in range(len(parts), 1, -1) if "; ".join(parts[:count]) in _book(lang).said)
        count = next(known, 1)
        told.append(in_language("; ".join(parts[:count]), lang))
        parts = parts[count:]
    return words(lang).detail["also"].join(dict.fromkeys(told))


def system_in(name: str, lang: str) -> str:
    """A system as pages call it: its name as it is, what describes it and which of several is meant in words."""
    if lang == "en":
        return name
    called = _book(lang).systems
    aside = _ASIDE.search(name)
    if name in called or aside is None:
        return called.get(name, name)
    parts = [called.get(part) or _month_in(part, lang) or part for part in aside[1].split(", ")]
    if parts == aside[1].split(", "):
        return name  # nothing of it is in words: a size, or what its makers call it
    return words(lang).in_brackets.format(name[: aside.start()], words(lang).join.join(parts))


def _month_in(text: str, lang: str) -> str:
    found = _MONTH.fullmatch(text)
    if found is None or found["month"] not in words("en").months:
        return ""
    return format_month(date(int(found["year"]), words("en").months.index(found["month"]) + 1, 1), lang)


def reading_in(note: str, lang: str) -> str:
    """Which system, in which series, measured how and on whose word: as `Reading.note` has it."""
    if lang == "en":
        return note
    text, mark = _without_mark(note)
    found = _READING.fullmatch(text) or _SETUP.fullmatch(text)
    told = _found(text, lang) if found is None else None
    if found is None:
        return (setup_in(text, lang) if told is None else told) + _marked(mark, lang)
    system = found.groupdict().get("system") or ""
    # A median of readings stands where else a system does, and is no name.
    named = (system_in(in_language(system, lang), lang), found["series"])
    said = words(lang).join.join(filter(None, named))
    setup = setup_in(found["setup"] or "", lang)
    return (words(lang).clause.format(said, setup) if setup else said) + _marked(mark, lang)


def day_in(text: str, lang: str) -> str:
    """An ISO day, month or year of a sentence as the language writes it; empty for all else."""
    if not _DAY.fullmatch(text):
        return ""
    # No more exactly than the sentence has it: the first of a month would be a day that nobody stated.
    precision = {len("2026"): "year", len("2026-11"): "month"}.get(len(text))
    return format_known_day(date.fromisoformat((text + "-01-01")[:10]), precision, lang)


def opened(note: str, lang: str) -> tuple[str, tuple[str, ...]] | None:
    """The sentence that a note beside the number so far makes, and what fills its gaps; None where it makes none."""
    for pattern, said in _book(lang).so_far:
        if match := pattern.fullmatch(note):
            return said, match.groups()
    return None


def _without_mark(note: str) -> tuple[str, str]:
    for name, mark in SECOND_HAND.items():
        if note.endswith(mark):
            return note.removesuffix(mark), name
    return note, ""


def _marked(name: str, lang: str) -> str:
    return words(lang).detail["also"] + words(lang).page[name] if name else ""


def _found(text: str, lang: str) -> str | None:
    book = _book(lang)
    if text in book.said:
        return book.said[text]
    for pattern, said in book.patterns:
        if match := pattern.fullmatch(text):
            return said.format(*(day_in(part, lang) or reading_in(part, lang) for part in match.groups()))
    return None


@cache
def _book(lang: str) -> _Book:
    read = tomllib.loads(files("flows").joinpath("edition", f"authored.{lang}.toml").read_text(encoding="utf-8"))
    return _Book(read["said"], _with_gaps(read["patterns"]), _with_gaps(read["so_far"]), read["systems"])


def _with_gaps(patterns: dict[str, str]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile("(.+?)".join(map(re.escape, name.split("{}")))), said) for name, said in patterns.items()]
