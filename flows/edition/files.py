"""Every file of an edition, from what it says: page, tables, Parquet, changes and feed."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flows.edition.spreadsheet import spreadsheet_csv, spreadsheet_of_each
from flows.edition.tables import properties_json, properties_markdown
from warehouse.contracts import out
from warehouse.contracts.content import with_edition, with_levels
from warehouse.contracts.living import LIVING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import polars as pl

    from flows.edition.scoreboard import Scoreboard
    from flows.edition.site import Backing, Row, Site
    from warehouse.contracts.content import Content


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition about to be published: its content, what was checked, the state of sources, what it alerts to."""

    content: Content
    checks: pl.DataFrame
    health: pl.DataFrame
    changes: pl.DataFrame
    alerts: pl.DataFrame
    beneath: Backing


def edition_files(draft: Draft, manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file of an edition but the manifest, as bytes."""
    from flows.edition.checks_page import CHECKS_PAGE, render_checks_page
    from flows.edition.feed import atom_feed
    from flows.edition.page import render_page
    from flows.edition.scoreboard import Scoreboard
    from flows.edition.shell import STYLE, style
    from flows.edition.site import site_of

    content = draft.content
    properties = with_edition(content.properties, content.edition_id).sort("row_number")
    properties = properties.select(name for name in out.PROPERTY.column_names if name in properties.columns)
    board = Scoreboard(content.scores)
    behind = (draft.checks, draft.health, board)
    page = {lang: render_page(manifest, properties, *behind, changes=draft.changes, lang=lang) for lang in ("en", "zh")}
    frames = {"properties": properties, "forecasts": content.forecasts, "changes": draft.changes}
    site = site_of(manifest, frames, draft.beneath)
    told = json.loads(properties_json(properties))
    return {
        **dict(_top(draft, site, board)),
        **dict(_of_rows(properties, told, site)),
        **_data(draft, properties, site),
        "properties.json": _for_machines(told),
        "properties.md": properties_markdown(properties).encode(),
        STYLE: style().encode(),
        "index.html": page["en"].encode(),
        "index.zh.html": page["zh"].encode(),
        **({} if draft.checks.is_empty() else {CHECKS_PAGE: render_checks_page(draft.checks).encode()}),
        "changes.json": _for_machines(draft.changes.to_dicts()),
        "feed.xml": atom_feed(manifest, draft.changes, properties, draft.alerts).encode(),
    }


def _data(draft: Draft, properties: pl.DataFrame, site: Site) -> dict[str, bytes]:
    """The tables as files, what machines are told of them, and the page that tells people."""
    from flows.edition.datapackage import described, descriptions
    from flows.edition.shell import page_file
    from flows.edition.site import handed_on, without_prices
    from flows.edition.tables_page import EditionTables, tables_page
    from flows.edition.words import LANGUAGES

    content = draft.content
    frames = {
        "properties.csv": properties,
        "properties.parquet": properties,
        "quantiles.parquet": with_edition(content.quantiles, content.edition_id),
        "forecasts.parquet": with_edition(with_levels(handed_on(content.forecasts)), content.edition_id),
        "living.csv": with_edition(draft.beneath.living, content.edition_id).select(LIVING.column_names),
        "scores.csv": without_prices(content.scores),
    }
    bodies = {
        name: spreadsheet_csv(frame).encode() if name.endswith(".csv") else parquet_bytes(frame)
        for name, frame in frames.items()
    }
    written = EditionTables(described({name: tuple(frame.columns) for name, frame in frames.items()}), frames, bodies)
    pages = {page_file("tables", lang): tables_page(site, written, lang).encode() for lang in LANGUAGES}
    return {**bodies, **pages, **descriptions(site.edition, bodies, written.described)}


def _top(draft: Draft, site: Site, board: Scoreboard) -> Iterator[tuple[str, bytes]]:
    """The pages beside the table, in both languages."""
    from flows.edition.changes_page import changes_page
    from flows.edition.living_page import living_page
    from flows.edition.method_page import method_page
    from flows.edition.shell import page_file
    from flows.edition.top_pages import editions_page, scores_page, source_facts, sources_page
    from flows.edition.whatif_page import whatif_page
    from flows.edition.words import LANGUAGES

    facts = source_facts(draft.beneath.known.observations)
    for lang in LANGUAGES:
        yield page_file("living", lang), living_page(site, lang).encode()
        yield page_file("changes", lang), changes_page(site, lang).encode()
        yield page_file("scores", lang), scores_page(site, board, lang).encode()
        yield page_file("sources", lang), sources_page(site, draft.health, facts, lang).encode()
        yield page_file("method", lang), method_page(site, lang).encode()
        yield page_file("editions", lang), editions_page(site, lang).encode()
        yield page_file("whatif", lang), whatif_page(site, lang).encode()


def _of_rows(properties: pl.DataFrame, told: list[Row], site: Site) -> Iterator[tuple[str, bytes]]:
    """Page, cards and files of every row, under the address that it has in every edition; `told` is it as JSON."""
    from flows.edition.citation import bibliography, cff
    from flows.edition.row_page import row_files
    from flows.edition.site import history_frame
    from flows.edition.words import LANGUAGES

    cited = {"cite.bib": bibliography(site).encode(), "CITATION.cff": cff(site).encode()}
    latest = spreadsheet_of_each(properties, "property_id")
    histories = spreadsheet_of_each(history_frame(site.rows, site), "property_id")
    for row, as_json in zip(site.rows, told, strict=True):
        folder = f"p/{row['property_id']}"
        for lang in LANGUAGES:
            yield from row_files(row, site, lang)
        yield f"{folder}/latest.csv", latest[row["property_id"]].encode()
        yield f"{folder}/history.csv", histories[row["property_id"]].encode()
        yield from _beside(row, as_json, site)
        # The same bytes under the address of each row: one file on the disk.
        yield from ((f"{folder}/{name}", body) for name, body in cited.items())


def _beside(row: Row, as_json: Row, site: Site) -> Iterator[tuple[str, bytes]]:
    """The files of a row that are no table: JSON, what it rests on, and feed."""
    from flows.edition.evidence import plain
    from flows.edition.feed import row_feed

    folder, history = f"p/{row['property_id']}", site.history.get(row["property_id"], [])
    # What a row rests on hardly ever changes, its numbers every day: apart, the former is one file for many editions.
    yield f"{folder}/row.json", _for_machines(as_json | {"beneath": "evidence.json"})
    yield f"{folder}/evidence.json", _for_machines(plain(row, site))
    yield f"{folder}/feed.xml", row_feed(site.edition, row, history).encode()


def _for_machines(said: object) -> bytes:
    """JSON without the spaces that only eyes need: of 45 files a day they were a tenth."""
    return json.dumps(said, default=str, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet, in memory."""
    buffer = io.BytesIO()
    # A tenth of a second a day for fifteen kilobytes a day, for good. Statistics tell a reader which groups of rows to
    # pass over; there is one group, and they took a fifth of the property table.
    frame.write_parquet(buffer, compression="zstd", compression_level=19, statistics=False)
    return buffer.getvalue()
