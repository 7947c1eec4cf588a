"""llm-bench-data: hourly probes of the output speed of AI systems, summed up in medians by system and month."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.bounds import MOST_BYTES
from sources.epoch.scores import systems_of
from sources.errors import KEPT, NotFound, TooLarge, WrongContent
from sources.feeds import address
from sources.kinds import UTF8_BOM
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.dates import day_of
from sources.reading.json_records import read_json_lines
from sources.reading.systems import system_id
from sources.reading.tabular import LINE, TextTable, emptied, number, read_cells, refuse, without_rejected
from sources.records import Fetched
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.records import Parsed, Reject, Snapshot
    from sources.web import Web

FIELDS: Final = ("provider", "model", "status", "ttft_ms", "tokens_per_sec", "token_count", "timestamp")
MEASUREMENTS: Final = ("ttft_ms", "tokens_per_sec")
# The median of a handful of twenty-token answers is noise; so says the spread of those published.
MIN_PROBES: Final = 20
MIN_SPEED: Final = 5.0
MAX_SPEED: Final = 500.0
# Days into a month during which the month before is still read again: its last day arrives after its end.
GRACE_DAYS: Final = 7
# A lab's flagship is the highest version of its top line among the systems probed; smaller siblings are not.
FLAGSHIP_LINES: Final = (
    r"^openai/gpt-(\d+(?:\.\d+)?)$",
    r"^anthropic/claude-opus-(\d+(?:\.\d+)?)$",
    r"^google/gemini-(\d+(?:\.\d+)?)-pro(?:-preview)?$",
    r"^deepseek/deepseek-v(\d+(?:\.\d+)?)(?:-pro)?$",
)
FLAGSHIP: Final = "speed/flagship/short-probe"
OTHER: Final = "speed/other/short-probe"
REPEATED: Final = "probe that stands in the file twice"
NOT_HEALTHY: Final = "probe that is not said to have ended healthy"
UNTIMED: Final = "probe without a time to the first token: its speed includes the wait"
BUFFERED: Final = "probe of buffered reasoning (x-ai): its speed is not that of decoding"
IMPLAUSIBLE: Final = "probe outside 5 to 500 tokens a second"
TOO_FEW: Final = "probe of a system with fewer than 20 good ones in its month"
SUMMED_UP: Final = "probe summed up in a monthly median"
CITATION_TITLE: Final = "llm-bench-data (CC0)"
CITATION_URL: Final = "https://github.com/Jwrede/llm-bench-data"


class LlmBench:
    """Monthly medians of tokens per second under short probes: 'Hi', 9 to 20 output tokens.

    The publisher has one file a day; a snapshot is the days of one month, one behind the other. It is partial: other
    months are not deleted by it. Speeds of such short answers are noisy, hence medians, and never mixed with decoding
    slopes measured over long answers.
    """

    source_id: ClassVar[str] = "llm_bench"
    title: ClassVar[str] = "llm-bench-data, hourly speed probes"
    licence: ClassVar[str] = "CC0"
    default_url: ClassVar[str] = "https://raw.githubusercontent.com/Jwrede/llm-bench-data/main"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """The days of the running month, and of the one before it while it may still grow."""
        del known  # a month is put together from many files and has no validator of its own
        if web.today is None:
            raise ValueError("the session must know the day of the run: Web(today=…)")
        root = _root(web, base_url)
        # Yesterday's is the newest file that is whole: today's still grows, hour by hour.
        last = web.today - timedelta(days=1)
        months = dict.fromkeys((day.year, day.month) for day in (last - timedelta(days=GRACE_DAYS), last))
        found = [answer for year, month in months if (answer := _month(web, root, date(year, month, 1), last))]
        if not found:
            advice = "the publisher may have stopped, or moved its files: see the source's URL setting"
            raise NotFound("no file for any day of the month", where=f"{root}/data/{last:%Y-%m}", advice=advice)
        return found

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Sum up the probes of a file; each probe is part of a median, refused, or counted in `skipped`."""
        table = emptied(read_json_lines(snapshot.body, FIELDS, feed=snapshot.feed), MEASUREMENTS)
        _require_measurements(table, len(snapshot.body))
        frame, rejects = read_cells(table, [number("ttft_ms"), number("tokens_per_sec")])
        rejects += _incomplete(table, frame)
        good, skipped = _good(without_rejected(frame, rejects))
        rows = _medians(good)
        enough = rows.filter(pl.col("probes") >= MIN_PROBES)
        skipped[TOO_FEW] = int(rows["probes"].sum()) - int(enough["probes"].sum())
        skipped[SUMMED_UP] = int(enough["probes"].sum()) - enough.height
        reading = ReadSoFar(table, rejects, skipped, is_partial=True)
        described = _described(enough)
        return assemble(reading, typed(core.OBSERVATION, described), systems_of(described), _definitions())


def _root(web: Web, base_url: str) -> str:
    """The address of the branch that exists: main, or master as older repositories call it."""
    base = base_url.rstrip("/")
    candidates = [base, f"{base.removesuffix('/main')}/master"] if base.endswith("/main") else [base]
    for candidate in candidates:
        try:
            web.get(address(candidate, "README.md"), accept="text")
        except NotFound:
            continue
        return candidate
    return base


def _month(web: Web, root: str, first: date, last: date) -> Fetched | None:
    """All days of a month up to `last` that the publisher has; None when it has none. Missing days are outages."""
    bodies: list[bytes] = []
    day = first
    while day <= last and day.month == first.month:
        try:
            body = web.get(address(root, f"data/{day:%Y-%m}/{day:%Y-%m-%d}.jsonl"), accept="jsonl").body
        except NotFound:
            body = None  # a day of outage; weeks of them are normal
        if body:
            # Left in the middle of the month, a day's byte order mark would spoil that day's first probe.
            body = body.removeprefix(UTF8_BOM)
            # Without its newline a day's last probe and the next day's first would be one broken line.
            bodies.append(body if body.endswith(b"\n") else body + b"\n")
            # Thirty files, each as large as one may be, would be held in memory for nothing: no such month is read.
            if sum(map(len, bodies)) > MOST_BYTES["jsonl"]:
                where = f"{root}/data/{first:%Y-%m}"
                raise TooLarge(f"more than {MOST_BYTES['jsonl']:,} bytes in a month", where=where, advice=KEPT)
        day += timedelta(days=1)
    if not bodies:
        return None
    return Fetched(
        f"{first:%Y-%m}.jsonl", f"{root}/data/{first:%Y-%m}", b"".join(bodies), None, "application/jsonl", 200
    )


def _require_measurements(table: TextTable, size: int) -> None:
    """Raise WrongContent for a file without probes, or whose healthy probes all lack one of the measurements.

    Under another name a measurement would look like a month in which nothing was measured: all probes left out,
    nothing landed, and nothing said.
    """
    if table.frame.is_empty():
        raise WrongContent("no probe in the file", where=table.feed, evidence=f"{size} bytes")
    healthy = table.frame.filter(_is_healthy())
    lost = [] if table.frame["status"].is_not_null().any() else ["status"]
    lost += [name for name in MEASUREMENTS if healthy.height and healthy[name].is_null().all()]
    if lost:
        raise WrongContent(
            f"missing field {', '.join(lost)}",
            where=table.feed,
            evidence=f"{table.frame.height} probes, {healthy.height} of them healthy, and none states it",
            advice="the publisher may have renamed it",
        )


def _is_healthy() -> pl.Expr:
    # The publisher's description says ok where its files say healthy.
    return pl.col("status").is_in(["healthy", "ok"]).fill_null(value=False)


def _incomplete(table: TextTable, frame: pl.DataFrame) -> list[Reject]:
    """Probes that do not say of what or when they are, or measured what cannot be."""
    rejects = refuse(
        table, frame["model"].is_null(), column="model", rule="given", reason="a probe must name its system"
    )
    undated = table.frame.select(day_of(pl.col("timestamp")).is_null()).to_series() & frame["model"].is_not_null()
    reason = "a probe must say when it was made, e.g. 2026-07-20T00:00:03Z"
    rejects += refuse(table, undated, column="timestamp", rule="date", reason=reason)
    for name in MEASUREMENTS:
        negative = (frame[name] < 0).fill_null(value=False)
        rejects += refuse(table, negative, column=name, rule="range", reason=f"{name} must not be negative")
    return rejects


def _good(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, int]]:
    """The probes that measure decoding, and how many are left out for which reason; the first reason counts."""
    reasons = {
        REPEATED: ~pl.struct(pl.exclude(LINE)).is_first_distinct(),
        NOT_HEALTHY: ~_is_healthy(),
        UNTIMED: pl.col("ttft_ms").fill_null(0) <= 0,
        BUFFERED: pl.col("model").str.starts_with("x-ai/"),
        IMPLAUSIBLE: ~pl.col("tokens_per_sec").is_between(MIN_SPEED, MAX_SPEED, closed="none").fill_null(value=False),
    }
    skipped: dict[str, int] = {}
    for reason, is_out in reasons.items():
        kept = frame.filter(~is_out)
        skipped[reason] = frame.height - kept.height
        frame = kept
    return frame, skipped


def _medians(good: pl.DataFrame) -> pl.DataFrame:
    """One row per system and month: median, quartiles, number of probes, first line and last day."""
    speed = pl.col("tokens_per_sec")
    return (
        good.with_columns(day=day_of(pl.col("timestamp")))
        .group_by("model", month=pl.col("day").dt.month_start())
        .agg(
            pl.col(LINE).min(),
            pl.len().alias("probes"),
            speed.median().alias("value"),
            speed.quantile(0.25, "linear").alias("low"),
            speed.quantile(0.75, "linear").alias("high"),
            pl.col("day").max().alias("known_date"),
        )
        # Groups come in no order, and the same bytes must give the same rows.
        .sort(LINE)
    )


def _described(rows: pl.DataFrame) -> pl.DataFrame:
    name = pl.col("model").str.split("/").list.last()
    details = pl.format(
        "median of {} probes, quartiles {} to {}; prompt 'Hi', 9 to 20 output tokens",
        "probes",
        pl.col("low").round(1),
        pl.col("high").round(1),
    )
    return rows.select(
        LINE,
        pl.when(_is_flagship(rows)).then(pl.lit(FLAGSHIP)).otherwise(pl.lit(OTHER)).alias("series_id"),
        pl.format("{}|{}", "model", pl.col("month").dt.strftime("%Y-%m")).alias("source_row_id"),
        system_id(name).alias("system_id"),
        pl.col("month").alias("observation_date"),
        pl.lit("measurement").alias("date_kind"),
        pl.lit("month").alias("date_precision"),
        "known_date",
        "value",
        pl.lit("tokens_per_second").alias("unit"),
        details.alias("setup"),
        pl.lit("publisher_file").alias("evidence"),
        pl.lit(CITATION_TITLE).alias("citation_title"),
        pl.lit(CITATION_URL).alias("citation_url"),
        name.alias("system_name"),
        pl.col("model").str.split("/").list.first().alias("organization"),
    )


def _is_flagship(rows: pl.DataFrame) -> pl.Series:
    """Whether each row's system is the newest of its lab's top line among those probed in that month."""
    flags = pl.Series([False], dtype=pl.Boolean).new_from_index(0, rows.height)
    for line in FLAGSHIP_LINES:
        # As numbers, because 10 comes after 9; a lab's naming that goes beyond this ends up among the others.
        version = pl.col("model").str.extract(line).cast(pl.Float64, strict=False)
        flags |= rows.select((version == version.max().over("month")).fill_null(value=False)).to_series()
    return flags


def _definitions() -> TypedRows:
    return series_rows(
        [
            {
                "series_id": series_id,
                "label_en": f"Output speed of {who_en} systems, short probes",
                "label_zh": f"{who_zh}系统的输出速度（短探测）",
                "unit": "tokens_per_second",
                "scale": "log",
                "direction": "level",
                "benchmark": "output speed",
                "variant": "short probe",
            }
            for series_id, who_en, who_zh in ((FLAGSHIP, "flagship", "旗舰"), (OTHER, "other", "其他"))
        ]
    )
