"""METR's time horizons: how long the tasks are that a system completes half of the time, by version of the suite."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.bounds import require_few_refusals, shortened
from sources.epoch.scores import systems_of
from sources.errors import WrongContent
from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, assemble, read_interval, series_rows, typed
from sources.reading.dates import day
from sources.reading.json_records import table_of_cells
from sources.reading.systems import system_id
from sources.reading.tabular import LINE, emptied, number, read_cells, refuse, without_rejected
from sources.reading.yaml_records import YamlMap, damage_of, read_yaml, scalar_at
from sources.records import Reject
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.reading.yaml_records import Damage
    from sources.records import Fetched, Parsed, Snapshot
    from sources.web import Web

FEEDS: Final = ("benchmark_results_1_1.yaml", "benchmark_results_1_0.yaml")
ESTIMATE: Final = "metrics.p50_horizon_length.estimate"
LOW: Final = "metrics.p50_horizon_length.ci_low"
HIGH: Final = "metrics.p50_horizon_length.ci_high"
# The files repeat one doubling time; it is METR's fit, not an observation, and is not read.
CELLS: Final = ("release_date", ESTIMATE, LOW, HIGH, "benchmark_name")
# The values of a suite could not be known before METR published it, however old the system measured.
PUBLISHED_ON: Final = {"1.0": date(2025, 3, 19), "1.1": date(2026, 1, 29)}
# A bare whole number at the end may count tasks or years: without its v it is a version only with a dot.
_VERSION: Final = re.compile(
    r"(?:v(?:er(?:sion)?)?\.?\s?(?=\d+$|\d+[._]\d+$)|(?<![a-z0-9])(?<!\d[._])(?=\d+[._]\d+$))"
    r"(\d{1,3})(?:[._](\d{1,3}))?$",
    re.ASCII | re.IGNORECASE,
)
CITATION_TITLE: Final = "METR, Task-Completion Time Horizons of Frontier AI Models"
CITATION_URL: Final = "https://metr.org/time-horizons/"


class Metr:
    """The p50 horizons, in minutes, of suites 1.0 and 1.1, which are different measurements.

    The files state no licence, so they are read but not passed on.
    """

    source_id: ClassVar[str] = "metr"
    title: ClassVar[str] = "METR, time horizons"
    licence: ClassVar[str] = "none stated; not redistributed"
    default_url: ClassVar[str] = "https://metr.org/assets"
    is_redistributable: ClassVar[bool] = False

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for both suites."""
        return fetch_feeds(web, base_url, known, [Feed(name, "yaml") for name in FEEDS])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read one suite; WrongContent when it is no YAML mapping with results and a version."""
        root = read_yaml(snapshot.body, feed=snapshot.feed)
        if not isinstance(root, YamlMap):
            raise WrongContent("no YAML mapping", where=snapshot.feed, evidence=f"{len(snapshot.body)} bytes")
        version = _version(root, snapshot.feed)
        table = emptied(_table(root, snapshot.feed), (ESTIMATE, LOW, HIGH, "release_date"))
        frame, rejects = read_cells(table, [day("release_date"), number(ESTIMATE)])
        bounds, odd = read_interval(table, frame[ESTIMATE], LOW, HIGH)
        frame = frame.with_columns(bounds[LOW], bounds[HIGH])
        wrong = (frame[ESTIMATE] <= 0).fill_null(value=False)
        rejects += refuse(table, wrong, column=ESTIMATE, rule="positive", reason="a horizon must be more than 0")
        rows = _rows(without_rejected(frame, rejects), version)
        reading = ReadSoFar(table, [*rejects, *odd])
        return assemble(reading, typed(core.OBSERVATION, rows), systems_of(rows), series_rows([_definition(version)]))


def _version(root: YamlMap, feed: str) -> str:
    name = scalar_at(root, "benchmark_name") or ""
    found = _VERSION.search(name)
    if found is None:
        what = "a version of the suite that cannot be read" if name else "no version of the suite"
        advice = "it is read where it ends the name, as v1.1, V1.1 or 1.1" if name else ""
        raise WrongContent(what, where=feed, evidence=f"benchmark_name {name!r}", advice=advice)
    # "v1" is 1.0: without the zero the two suites would share the beginning of a name and little else.
    return f"{int(found[1])}.{int(found[2] or 0)}"


def _table(root: YamlMap, feed: str) -> TextTable:
    """One record per system under `results`, at the line where its key stands."""
    results = root.get("results")
    if not isinstance(results, YamlMap) or not results.entries:
        keys = ", ".join(str(key)[:40] for key, _, _ in root.entries[:20])
        raise WrongContent("no results", where=feed, evidence=f"keys {keys}")
    # Two keys on one line are legal YAML; a record is then told apart by its place in the list.
    lines = [line for _, _, line in results.entries]
    numbers = lines if len(set(lines)) == len(lines) else range(1, len(lines) + 1)
    records, rejects = list[tuple[int, tuple[str | None, ...]]](), list[Reject]()
    for line, (key, value, _) in zip(numbers, results.entries, strict=True):
        cells = (key if isinstance(key, str) else None, *(scalar_at(value, path) for path in CELLS))
        damage = damage_of(key) or damage_of(value)
        if damage is None:
            records.append((line, cells))
        else:
            rejects.append(_undecodable(feed, line, cells, damage))
    require_few_refusals(len(rejects), len(CELLS) + 1, "systems that are not UTF-8", where=feed)
    return table_of_cells(records, ("key", *CELLS), feed=feed, rejects=rejects)


def _undecodable(feed: str, line: int, cells: Sequence[str | None], damage: Damage) -> Reject:
    """The refusal of a system of which one byte cannot be read, be it in a field that is not read: as in a CSV."""
    row = dict(zip(("key", *CELLS), cells, strict=True))
    path, shown = shortened(damage.path or "key"), shortened(damage.text, 200)
    reason = f"{path} holds byte {damage.byte:#04x}, which is not UTF-8 text"
    return Reject(feed, line, path, shown, "utf-8", reason, row)


def _rows(frame: pl.DataFrame, version: str) -> pl.DataFrame:
    # Keys of suite 1.1 end in the harness; kept, the same system would be two.
    name = pl.col("key").str.replace(r"_inspect$", "").str.replace_all("_", "-")
    # A suite not listed there counts as known from each system's release: list a new one, or back-tests see it early.
    published = PUBLISHED_ON.get(version)
    has_range = pl.col(LOW).is_not_null() & pl.col(HIGH).is_not_null()
    interval = pl.format("95 % interval {} to {} minutes", pl.col(LOW).round(2), pl.col(HIGH).round(2))
    return frame.select(
        LINE,
        pl.lit(_series_id(version)).alias("series_id"),
        pl.col("key").alias("source_row_id"),
        system_id(name).alias("system_id"),
        pl.col("release_date").alias("observation_date"),
        pl.lit("model_release").alias("date_kind"),
        pl.lit("day").alias("date_precision"),
        pl.max_horizontal("release_date", pl.lit(published, pl.Date)).alias("known_date"),
        pl.col(ESTIMATE).alias("value"),
        pl.lit("minutes").alias("unit"),
        pl.when(has_range).then(interval).alias("setup"),
        pl.lit("publisher_file").alias("evidence"),
        pl.lit(CITATION_TITLE).alias("citation_title"),
        pl.lit(CITATION_URL).alias("citation_url"),
        name.alias("system_name"),
        "release_date",
    )


def _series_id(version: str) -> str:
    return f"metr/v{version}/p50-horizon"


def _definition(version: str) -> dict[str, object]:
    return {
        "series_id": _series_id(version),
        "label_en": f"METR 50 % time horizon, suite {version}",
        "label_zh": f"METR 50% 任务时长（第 {version} 版）",
        "unit": "minutes",
        "scale": "log",
        "benchmark": "METR time horizon",
        "benchmark_version": version,
        "variant": "p50",
    }
