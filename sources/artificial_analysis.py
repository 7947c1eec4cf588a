"""Artificial Analysis: measured output speeds, read with the user's own key and for private use alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from sources.epoch.scores import systems_of
from sources.errors import MissingKey, WrongContent
from sources.feeds import address
from sources.kinds import UTF8_BOM
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.dates import day
from sources.reading.json_records import read_json, table_of, text_at
from sources.reading.systems import system_id
from sources.reading.tabular import LINE, emptied, number, read_cells, refuse, without_rejected
from sources.records import Fetched
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sources.records import Parsed, Snapshot
    from sources.web import Web

PATH: Final = "language/models/free"
FEED: Final = "language_models_free.json"
# The free tier allows few calls a day; three pages hold all systems.
MAX_PAGES: Final = 3
MAX_PAGE_BYTES: Final = 4 << 20
SPEED: Final = "performance.median_output_tokens_per_second"
PATHS: Final = ("id", "name", "slug", "release_date", "model_creator.name", SPEED)
SERIES: Final = "speed/all/artificial-analysis"
UNMEASURED: Final = "system whose speed is not measured"
CITATION_TITLE: Final = "Artificial Analysis (private use, not republished)"
CITATION_URL: Final = "https://artificialanalysis.ai"


class ArtificialAnalysis:
    """Median output tokens per second of each system, as measured now.

    Off unless the user turns it on and has a key: the terms allow internal use only, no republication of tables, so
    nothing of it may enter an edition.
    """

    source_id: ClassVar[str] = "artificial_analysis"
    title: ClassVar[str] = "Artificial Analysis"
    licence: ClassVar[str] = "Data Platform Terms: internal use only, not redistributed"
    default_url: ClassVar[str] = "https://artificialanalysis.ai/api/v2"
    is_redistributable: ClassVar[bool] = False

    def __init__(self, key: str | None = None) -> None:
        """`key` is the user's own API key; without one `fetch` raises MissingKey."""
        self._key = key

    def __getstate__(self) -> dict[str, object]:
        """Without the key: the process that reads bytes asks nobody for any."""
        return {"_key": None}

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """All pages, put together in one body as they came."""
        del known  # pages have no validator
        url = address(base_url, PATH)
        if not self._key:
            raise MissingKey("no key", where=url, advice="set ARTIFICIAL_ANALYSIS_KEY, or leave the source disabled")
        limits = replace(web.limits, max_bytes=MAX_PAGE_BYTES)
        pages: list[bytes] = []
        for page in range(1, MAX_PAGES + 1):
            headers = {"x-api-key": self._key}
            body = web.get(f"{url}?page={page}", accept="json", headers=headers, limits=limits).body or b"{}"
            if self._key.encode() in body:
                raise WrongContent("an answer that repeats the key", where=url, advice="it is not kept")
            pages.append(body.removeprefix(UTF8_BOM))
            if not _has_more(read_json(body, feed=url)):
                break
        return [Fetched(FEED, url, b'{"pages": [' + b",\n".join(pages) + b"]}", None, "application/json", 200)]

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read the pages put together, or a single page as the API answers it; WrongContent when it is neither."""
        content = read_json(snapshot.body, feed=snapshot.feed)
        table = emptied(table_of(_systems(content, snapshot), PATHS, feed=snapshot.feed), (SPEED, "release_date"))
        # Under another name the speed would look unmeasured everywhere: nothing would land, and nothing be said.
        if table.frame.height and table.frame[SPEED].is_null().all():
            evidence = f"{table.frame.height} systems, none with a speed"
            raise WrongContent(f"missing field {SPEED}", where=snapshot.feed, evidence=evidence)
        frame, rejects = read_cells(table, [number(SPEED), day("release_date")])
        negative = (frame[SPEED] < 0).fill_null(value=False)
        rejects += refuse(table, negative, column=SPEED, rule="range", reason="a speed must not be negative")
        rest = without_rejected(frame, rejects)
        # The older feed wrote 0 for "not measured"; read as a speed it would be the slowest system ever.
        measured = rest.filter(pl.col(SPEED) > 0)
        skipped = {UNMEASURED: rest.height - measured.height}
        described = _described(measured, snapshot.retrieved_at.date())
        # Partial: today's answer holds none of the earlier readings, and deletes none of them.
        reading = ReadSoFar(table, rejects, skipped, is_partial=True)
        return assemble(reading, typed(core.OBSERVATION, described), systems_of(described), _definition())


def _has_more(page: Any) -> bool:
    return text_at(page, "pagination.has_more") == "true"


def _systems(content: Any, snapshot: Snapshot) -> list[Any]:
    """The systems of all pages in one list, whatever stands there."""
    pages = content.get("pages", [content]) if isinstance(content, dict) else None
    lists = [page.get("data") if isinstance(page, dict) else None for page in pages] if isinstance(pages, list) else []
    systems = [system for data in lists if isinstance(data, list) for system in data]
    if not lists or not all(isinstance(data, list) for data in lists):
        raise WrongContent("no list of systems", where=snapshot.feed, evidence=f"{len(snapshot.body)} bytes of JSON")
    return [_in_todays_form(system) for system in systems]


def _in_todays_form(system: Any) -> Any:
    """The record with its speed where it stands today: the feed before this one had it at the top."""
    name = SPEED.rpartition(".")[2]
    if not isinstance(system, dict) or "performance" in system or name not in system:
        return system
    return {**system, "performance": {name: system[name]}}


def _described(frame: pl.DataFrame, day: date) -> pl.DataFrame:
    return frame.select(
        LINE,
        pl.lit(SERIES).alias("series_id"),
        # The day is part of the key: a reading is added to the history instead of replacing it.
        pl.format("{}|{}", "id", pl.lit(day.isoformat())).alias("source_row_id"),
        system_id(pl.col("name")).alias("system_id"),
        pl.lit(day).alias("observation_date"),
        pl.lit("measurement").alias("date_kind"),
        pl.lit("day").alias("date_precision"),
        pl.lit(day).alias("known_date"),
        pl.col(SPEED).alias("value"),
        pl.lit("tokens_per_second").alias("unit"),
        pl.lit("median of the last days, long answers").alias("setup"),
        pl.lit("publisher_file").alias("evidence"),
        pl.lit(CITATION_TITLE).alias("citation_title"),
        pl.lit(CITATION_URL).alias("citation_url"),
        pl.col("name").alias("system_name"),
        pl.col("model_creator.name").alias("organization"),
        "release_date",
    )


def _definition() -> TypedRows:
    return series_rows(
        [
            {
                "series_id": SERIES,
                "label_en": "Output speed as measured by Artificial Analysis",
                "label_zh": "输出速度（Artificial Analysis 测量）",
                "unit": "tokens_per_second",
                "scale": "log",
                "direction": "level",
                "benchmark": "output speed",
                "variant": "artificial analysis",
                "note": "private: must not appear in an edition",
            }
        ]
    )
