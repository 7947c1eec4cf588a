"""OpenRouter's daily rankings: the tokens that one gateway served on each day, all systems together."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.epoch.scores import systems_of
from sources.errors import KEPT, NotFound, WrongContent
from sources.feeds import Feed, address, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.dates import day
from sources.reading.json_records import read_object
from sources.reading.json_values import count, shown, text
from sources.reading.tabular import LINE, emptied, number, read_cells, read_csv, refuse, without_rejected
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

LATEST: Final = "latest.csv"
MANIFEST: Final = "latest.manifest.json"
_A_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_A_SUM: Final = re.compile(r"[0-9a-f]{64}")
DATE: Final = "date"
SLUG: Final = "model_permaslug"
TOKENS: Final = "total_tokens"
SHARE: Final = "share_of_daily_tokens"
REQUIRED: Final = (DATE, SLUG, TOKENS, SHARE)
# How far a share may be from tokens over total: a day that lacks a row would look like a quiet one. Shares rounded to
# four digits pass, and so does a row of less than a two-thousandth that is lacking.
WHOLE_WITHIN: Final = 1e-4
SERIES: Final = "usage/openrouter/tokens-per-day"
NOT_WHOLE: Final = "row of a day whose shares are not those of its tokens, or that has a system twice"
SUMMED_UP: Final = "row summed up in the total of its day"
CITATION_TITLE: Final = "OpenRouter, rankings-daily (CC BY 4.0)"
CITATION_URL: Final = "https://openrouter.ai/rankings"


@dataclass(frozen=True, slots=True)
class _Promised:
    """The export that a manifest names: its day, and what its file weighs and hashes to."""

    day: date
    byte_count: int
    sha256: str

    def require(self, body: bytes, *, where: str) -> None:
        """WrongContent when these are not the bytes of the export."""
        seen = hashlib.sha256(body).hexdigest()
        if (len(body), seen) != (self.byte_count, self.sha256):
            said = (
                f"{len(body)} bytes of sha256 {seen[:12]}…, where {self.byte_count} of {self.sha256[:12]}… were named"
            )
            raise WrongContent("not the file that its manifest names", where=where, evidence=said, advice=KEPT)


class OpenRouter:
    """Tokens a day through one gateway; the record so far of the series is the busiest day.

    The file has the last thirty days: it is partial, and days that left it stand. Its last two or three days are
    revised. The public page shows weeks; a day is a seventh of what stands there.
    """

    source_id: ClassVar[str] = "openrouter"
    title: ClassVar[str] = "OpenRouter, rankings-daily"
    licence: ClassVar[str] = "CC BY 4.0 (OpenRouter)"
    default_url: ClassVar[str] = "https://openrouter.ai/api/v1/datasets/exports/rankings-daily"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the export that the manifest names; WrongContent when the file is another one than that.

        Right after a publication the file that is called newest may hold days of two exports; a dated one never
        changes. Where there is no manifest, the file that is called newest has to do.
        """
        try:
            manifest = web.get(address(base_url, MANIFEST), accept="json")
        except NotFound:
            return fetch_feeds(web, base_url, known, [Feed(LATEST, "csv")])
        promised = _promised(manifest.body or b"", where=manifest.url)
        # By its day, under the address that is set: a manifest sends us to no other host.
        url = address(base_url, f"{promised.day:%Y-%m-%d}.csv")
        answer = web.get(url, accept="csv", etag=known.get(LATEST))
        if answer.body is not None:
            promised.require(answer.body, where=url)
        return [answer.of_feed(LATEST)]

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Sum up each day that is whole; WrongContent when it is not CSV, lacks a required column, or has none."""
        table = emptied(read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED), (TOKENS, SHARE))
        frame, rejects = read_cells(table, [day(DATE), number(TOKENS), number(SHARE)])
        rejects += _refused(table, frame, snapshot.known_through)
        kept = without_rejected(frame, rejects)
        whole = kept.filter(_is_whole())
        if whole.is_empty() and (kept.height or not rejects):
            # Left out day by day, a column that changed its meaning would look like a publisher who fell silent.
            said = f"{kept[DATE].n_unique()} days, and in none are the shares those of the tokens"
            raise WrongContent("no day is whole", where=snapshot.feed, evidence=said, advice=KEPT)
        days = _totals(whole)
        skipped = {NOT_WHOLE: kept.height - whole.height, SUMMED_UP: whole.height - days.height}
        reading = ReadSoFar(table, rejects, skipped, is_partial=True)
        return assemble(reading, typed(core.OBSERVATION, days), systems_of(days), _definitions())


def _promised(body: bytes, *, where: str) -> _Promised:
    """What a manifest says of the CSV file of its export; WrongContent names the part that cannot be read."""
    manifest = read_object(body, feed=where)
    files = manifest.get("files")
    named = files.get("csv") if isinstance(files, dict) else None
    said = named if isinstance(named, dict) else {}
    when, sha256, size = text(manifest.get("snapshot_date")), text(said.get("sha256")), count(said.get("bytes"))
    if size is None or sha256 is None or when is None or not _A_DAY.fullmatch(when) or not _A_SUM.fullmatch(sha256):
        evidence = f"snapshot_date {shown(when)}, bytes {shown(size)}, sha256 {shown(sha256)}"
        raise WrongContent("a manifest that does not name its file", where=where, evidence=evidence, advice=KEPT)
    try:
        return _Promised(date.fromisoformat(when), size, sha256)
    except ValueError:
        raise WrongContent("a manifest of no day", where=where, evidence=shown(when), advice=KEPT) from None


def _refused(table: TextTable, frame: pl.DataFrame, today: date) -> list[Reject]:
    """Rows that do not say of which day, of which system or how many, or speak of a day that has not come."""
    rejects = []
    for column in REQUIRED:
        # By the text: what is given and cannot be read has been refused already.
        lacking = table.frame[column].is_null()
        rejects += refuse(table, lacking, column=column, rule="given", reason=f"a row must state its {column}")
    ahead = (frame[DATE] > today).fill_null(value=False)
    rejects += refuse(table, ahead, column=DATE, rule="range", reason=f"{DATE} must not be after the day of the file")
    negative = (frame[TOKENS] < 0).fill_null(value=False)
    return [*rejects, *refuse(table, negative, column=TOKENS, rule="range", reason=f"{TOKENS} must not be negative")]


def _is_whole() -> pl.Expr:
    """Whether a row's day has every system, each once: then each share is that of its tokens."""
    is_once = pl.struct(DATE, SLUG).is_unique().all().over(DATE)
    total = pl.col(TOKENS).sum().over(DATE)
    is_of_total = ((pl.col(TOKENS) / total - pl.col(SHARE)).abs() <= WHOLE_WITHIN).all().over(DATE)
    return is_once & is_of_total & (total > 0)


def _totals(rows: pl.DataFrame) -> pl.DataFrame:
    days = rows.group_by(DATE).agg(pl.col(LINE).min(), pl.col(TOKENS).sum()).sort(LINE)
    return days.select(
        LINE,
        series_id=pl.lit(SERIES),
        source_row_id=pl.col(DATE).cast(pl.String),
        system_id=pl.lit("openrouter"),
        observation_date=pl.col(DATE),
        # Each day is a fact of its own: a later one does not push out the embedded days of the same month.
        date_kind=pl.lit("daily"),
        date_precision=pl.lit("day"),
        # The export of a day appears early on the next.
        known_date=pl.col(DATE).dt.offset_by("1d"),
        value=pl.col(TOKENS),
        unit=pl.lit("tokens_per_day"),
        setup=pl.lit("prompt and completion, all that its gateway saw on that day"),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
        system_name=pl.lit("OpenRouter"),
        organization=pl.lit("OpenRouter"),
    )


def _definitions() -> TypedRows:
    return series_rows(
        [
            {
                "series_id": SERIES,
                "label_en": "OpenRouter, tokens a day",
                "label_zh": "OpenRouter 日词元数",
                "unit": "tokens_per_day",
                "scale": "log",
                "benchmark": "openrouter",
                "variant": "tokens-per-day",
                "note": "all that one gateway serves; the last days are revised",
            }
        ]
    )
