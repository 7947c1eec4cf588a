"""The page of the tables: which files of an edition hold which rows, what each column means, and how to ask them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, NamedTuple

from flows.edition.shell import render
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from flows.edition.datapackage import Described
    from flows.edition.site import Site

TEMPLATE: Final = "tables.html.j2"


class TableFile(NamedTuple):
    """A file with rows: its name, what it holds, how many rows and bytes, and its columns (name, type, meaning)."""

    name: str
    said: str
    rows: str
    size: str
    columns: tuple[tuple[str, str, str], ...]


class EditionTables(NamedTuple):
    """The files of an edition that hold rows, by name: what they are of, their rows, and their bytes."""

    described: tuple[Described, ...]
    frames: Mapping[str, pl.DataFrame]
    bodies: Mapping[str, bytes]


def tables_page(site: Site, written: EditionTables, lang: str) -> str:
    """Every file with rows in an edition, and every column of them."""
    said = {
        "name": "tables",
        "title": words(lang).tables["title"],
        "description": words(lang).tables["lede"].format(count=len(written.described), edition=site.edition_id),
        "files": list(_files(written, lang)),
    }
    return render(TEMPLATE, lang, site.edition, said)


def _files(written: EditionTables, lang: str) -> Iterator[TableFile]:
    told: set[str] = set()
    for one in written.described:
        table = one.table.name
        # The same rows in another format: their columns stand with the first.
        fields = () if table in told else tuple(one.fields())
        told.add(table)
        columns = tuple((field.name, field.type, meaning(table, field.name, field.comment, lang)) for field in fields)
        size = f"{len(written.bodies[one.name]) / 1000:,.0f} kB"
        yield TableFile(one.name, words(lang).tables[table], f"{written.frames[one.name].height:,}", size, columns)


def meaning(table: str, column: str, comment: str, lang: str) -> str:
    """What a column of a public table means; KeyError where the language has no word for it."""
    return comment if lang == "en" else column_words(lang)[table][column]


@cache
def column_words(lang: str) -> Mapping[str, Mapping[str, str]]:
    """The meanings of columns by table in a language other than that of the contracts, which is English."""
    text = files("flows").joinpath("edition", f"columns.{lang}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
