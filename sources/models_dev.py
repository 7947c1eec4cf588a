"""models.dev: the context windows that labs advertise for the systems they offer today."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from sources.bounds import MOST_ROWS, require_at_most
from sources.epoch.scores import systems_of
from sources.errors import NotFound, WrongContent
from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.dates import coarse_date, date_precision, last_day
from sources.reading.json_records import NoScalar, read_json, table_of
from sources.reading.labs import lab_of, maker, storefront_rank
from sources.reading.systems import system_id
from sources.reading.tabular import LINE, emptied, named, number, read_cells, refuse, slug, without_rejected
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Snapshot
    from sources.web import Web

MODELS: Final = "models.json"
API: Final = "api.json"
CONTEXT: Final = "limit.context"
# The first five are put beside what the catalogue says of an entry: whose list it is on, which storefront of that
# lab this is, who made the system, and what it writes.
PATHS: Final = ("id", "lab", "storefront", "maker", "outputs", "name", "release_date", "status", CONTEXT)
# Series of their own: where publisher and embedded default serve the same series the default steps back, and this
# catalogue holds the present only. It would erase the history since GPT-2 from the curated series.
AVAILABLE: Final = "context-window/models-dev/generally-available"
ANNOUNCED: Final = "context-window/models-dev/announced"
# It shows today's window of old systems, and some of their dates are wrong (GPT-4 in November 2023).
KEPT_SINCE: Final = date(2025, 7, 1)
RESOLD: Final = "system as offered by somebody other than its lab"
NO_TEXT: Final = "system that does not write text"
SECOND: Final = "system listed again under another storefront of its lab"
NO_WINDOW: Final = "system without a context window or a release date"
HISTORY: Final = "system released before the catalogue was kept daily: the curated history covers it"
CITATION_TITLE: Final = "models.dev (MIT)"
CITATION_URL: Final = "https://models.dev"


class ModelsDev:
    """Context windows of the systems of the labs themselves, by release date; previews are announced, not available."""

    source_id: ClassVar[str] = "models_dev"
    title: ClassVar[str] = "models.dev"
    licence: ClassVar[str] = "MIT"
    default_url: ClassVar[str] = "https://models.dev"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the catalogue by lab, or for the ten times larger one by provider where there is none."""
        try:
            return fetch_feeds(web, base_url, known, [Feed(MODELS, "json")])
        except NotFound:
            return fetch_feeds(web, base_url, known, [Feed(API, "json")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read either catalogue; WrongContent when it is neither."""
        table = _table(read_json(snapshot.body, feed=snapshot.feed), snapshot.feed)
        table = emptied(table, (CONTEXT, "release_date"))
        frame, rejects = read_cells(table, [number(CONTEXT)])
        dates, undated = read_cells(table, [coarse_date("release_date")])
        frame = frame.with_columns(dates["release_date"], written=table.frame["release_date"])
        rejects += undated
        negative = (frame[CONTEXT] < 0).fill_null(value=False)
        rejects += refuse(table, negative, column=CONTEXT, rule="range", reason=f"{CONTEXT} must not be negative")
        good, skipped = _wanted(without_rejected(frame, rejects))
        described = _described(good)
        reading = ReadSoFar(table, rejects, skipped)
        return assemble(reading, typed(core.OBSERVATION, described), systems_of(described), _definitions())


def _table(catalogue: Any, feed: str) -> TextTable:
    """One record per entry: `lab/model` → facts, or provider → `models` → facts."""
    if not isinstance(catalogue, dict):
        raise WrongContent("no catalogue", where=feed, evidence=type(catalogue).__name__)
    records: list[Any] = []
    # Before anything is made of them: each entry is searched for its maker.
    lists = [(key, entry, _models(entry)) for key, entry in catalogue.items()]
    count = sum(1 if models is None else len(models) for _, _, models in lists)
    require_at_most(MOST_ROWS, count, "records", where=feed)
    for key, entry, models in lists:
        if models is not None:
            records += [_record(key, name, maker(key, name), facts) for name, facts in models.items()]
        else:
            provider, _, name = key.partition("/")
            # Sorted by lab already: the folder is the maker, unless another one stands behind it.
            records.append(_record(provider, name, maker(provider, name if "/" in name else key), entry))
    table = table_of(records, PATHS, feed=feed)
    for name, words in ((CONTEXT, "context window"), ("release_date", "release date")):
        # Under another name it would look as if no system had one: nothing would land, and nothing be said.
        if table.frame[name].is_null().all():
            keys = ", ".join(list(catalogue)[:10])
            raise WrongContent(f"no {words} in the catalogue", where=feed, evidence=f"keys {keys}")
    return table


def _models(entry: Any) -> Mapping[str, Any] | None:
    """The systems on a provider's list; None for an entry that is a system itself."""
    models = entry.get("models") if isinstance(entry, dict) else None
    return models if isinstance(models, dict) else None


def _record(provider: str, name: str, made_by: str | None, facts: Any) -> Any:
    """An entry with who lists it, who made it and what it writes; as it came when it is no object, to be refused."""
    if not isinstance(facts, dict):
        return facts
    asked = {path: facts.get(path) for path in ("name", "release_date", "status", "limit")}
    whose = {"lab": lab_of(provider), "storefront": str(storefront_rank(provider)), "maker": made_by}
    return {**asked, **whose, "id": f"{provider}/{name}", "outputs": _outputs(facts.get("modalities"))}


def _outputs(modalities: Any) -> Any:
    """What an entry writes, as one text; "text" where it does not say, and what stands there when that is no list."""
    if not isinstance(modalities, dict | None):
        return [modalities]
    outputs = (modalities or {}).get("output")
    if outputs is None:
        return "text"
    if not isinstance(outputs, list):
        return [outputs]
    # A text that cannot be read is none of the words: joined, the entry would be left out as one that writes no text.
    odd = next((one for one in outputs if isinstance(one, NoScalar)), None)
    return ",".join(map(str, outputs)) if odd is None else odd


def _wanted(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """The records that enter a series, and how many are left out for which reason; the first reason counts."""
    system = slug(pl.col("id").str.split("/").list.last())
    reasons = {
        # Resellers cut windows to save memory: the same system stands there with an eighth of its window.
        RESOLD: (pl.col("lab") != pl.col("maker")).fill_null(value=True),
        NO_TEXT: ~pl.col("outputs").str.split(",").list.contains("text"),
        NO_WINDOW: (pl.col(CONTEXT).fill_null(0) <= 0) | pl.col("release_date").is_null(),
        HISTORY: pl.col("release_date") < KEPT_SINCE,
        # Last: where the first storefront does not say enough, what the second says counts.
        SECOND: pl.col(LINE) != pl.col(LINE).sort_by("storefront", LINE).first().over("lab", system),
    }
    skipped: dict[str, int] = {}
    for reason, is_out in reasons.items():
        kept = frame.filter(~is_out)
        skipped[reason] = frame.height - kept.height
        frame = kept
    return frame, skipped


def _described(frame: pl.DataFrame) -> pl.DataFrame:
    # Previews have no status of their own in the catalogue; their names say it.
    words = pl.concat_str("id", pl.col("status").fill_null(""), pl.col("name").fill_null(""), separator=" ")
    is_preview = words.str.to_lowercase().str.contains(r"preview|beta|alpha|experimental|\bexp\b")
    listed_as = pl.col("id").str.split("/").list.last()
    name = pl.coalesce(named("name"), listed_as)
    return frame.select(
        LINE,
        pl.when(is_preview).then(pl.lit(ANNOUNCED)).otherwise(pl.lit(AVAILABLE)).alias("series_id"),
        pl.col("id").alias("source_row_id"),
        pl.coalesce(system_id(name), system_id(listed_as)).alias("system_id"),
        pl.col("release_date").alias("observation_date"),
        pl.lit("model_release").alias("date_kind"),
        date_precision(pl.col("written")).alias("date_precision"),
        # A month counts as known at its end: on its first day it would leak into forecasts made before the release.
        last_day(pl.col("written")).alias("known_date"),
        pl.col(CONTEXT).alias("value"),
        pl.lit("tokens").alias("unit"),
        pl.col("status").alias("setup"),
        pl.lit("third_party").alias("evidence"),
        pl.lit(CITATION_TITLE).alias("citation_title"),
        pl.lit(CITATION_URL).alias("citation_url"),
        name.alias("system_name"),
        pl.col("lab").alias("organization"),
        "release_date",
    )


def _definitions() -> TypedRows:
    return series_rows(
        [
            {
                "series_id": series_id,
                "label_en": f"Context window in the models.dev catalogue, {state_en}",
                "label_zh": f"models.dev 目录中的上下文窗口（{state_zh}）",
                "unit": "tokens",
                "scale": "log",
                "benchmark": "context window",
                "benchmark_version": "models.dev",
                "variant": series_id.rpartition("/")[2],
            }
            for series_id, state_en, state_zh in (
                (AVAILABLE, "generally available", "已普遍可用"),
                (ANNOUNCED, "announced or in preview", "已宣布或预览"),
            )
        ]
    )
