"""The words of an edition in each language, read from the packaged files `words.<lang>.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES: Final = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Words:
    """All words of one language; a mapping takes a code of the contracts (a state, a unit, …) to what is printed.

    Patterns hold `{}` or named fields for `str.format`. `scales` lists (number, suffix) from the greatest down.
    """

    name: str
    percent: str
    month_date: str
    full_date: str
    months: tuple[str, ...]
    open_range: str
    range: str
    long_range: str
    suffix_once: bool
    in_brackets: str
    clause: str
    join: str
    scales: tuple[tuple[float, str], ...]
    states: Mapping[str, str]
    kinds: Mapping[str, str]
    essay_kinds: Mapping[str, str]
    status: Mapping[str, str]
    status_meaning: Mapping[str, str]
    basis: Mapping[str, str]
    sections: Mapping[str, str]
    units: Mapping[str, str]
    columns: Mapping[str, str]
    markdown: Mapping[str, str]
    freshness: Mapping[str, str]
    freshness_meaning: Mapping[str, str]
    outcomes: Mapping[str, str]
    consequences: Mapping[str, str]
    metrics: Mapping[str, str]
    chart: Mapping[str, str]
    flags: Mapping[str, str]
    detail: Mapping[str, str]
    page: Mapping[str, str]
    site: Mapping[str, str]
    forecasters: Mapping[str, str]
    method: Mapping[str, str]
    tables: Mapping[str, str]
    formulas: Mapping[str, str]
    ledger: Mapping[str, str]
    alerts: Mapping[str, str]
    clauses: Mapping[str, str]
    inputs: Mapping[str, str]
    explain: Mapping[str, str]
    sources: Mapping[str, Mapping[str, str]]

    def unit(self, unit: str) -> str:
        """The word for a unit; a unit that has none yet is printed as the contract writes it."""
        return self.units.get(unit, unit)

    def source(self, source_id: str) -> str:
        """The name of a source; one that has none yet is printed by its id."""
        known = self.sources.get(source_id)
        return known["name"] if known else source_id


@cache
def words(lang: str) -> Words:
    """The words of `lang`; ValueError for a language that has none, KeyError when a file lacks a part."""
    if lang not in LANGUAGES:
        raise ValueError(f"no words for language {lang!r}; there are {', '.join(LANGUAGES)}")
    text = files("flows").joinpath("edition", f"words.{lang}.toml").read_text(encoding="utf-8")
    found = tomllib.loads(text)
    parts = {part.name: found[part.name] for part in fields(Words)}
    parts["months"] = tuple(parts["months"])
    parts["scales"] = tuple((float(number), str(suffix)) for number, suffix in parts["scales"])
    return Words(**parts)
