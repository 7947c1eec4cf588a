"""Epoch AI's polls on AI use, run by Ipsos: what share of all who were asked gave each answer, wave by wave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

import polars as pl

from sources.bounds import shortened
from sources.epoch.poll_words import in_chinese
from sources.epoch.reports import counted, omitted
from sources.epoch.scores import systems_of
from sources.epoch.waves import PAGE, newest, wave_of
from sources.errors import KEPT, WrongContent
from sources.feeds import address
from sources.reading.assembly import ReadSoFar, assemble, series_rows, typed
from sources.reading.tabular import (
    LINE,
    emptied,
    percent,
    read_cells,
    read_csv,
    refuse,
    slug,
    whole_number,
    without_rejected,
)
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sources.epoch.waves import Wave
    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

QUESTION: Final = "question"
NUMBER: Final = "question_number"
WORDING: Final = "question_verbatim"
ANSWER_WORDING: Final = "response_verbatim"
GROUPING: Final = "demographic"
GROUP: Final = "demographic_value"
ANSWER: Final = "response"
COUNT: Final = "n"
BASE: Final = "n_base"
SHARE: Final = "pct"
ERROR: Final = "se"
LOW: Final = "ci_lo"
HIGH: Final = "ci_hi"
REQUIRED: Final = (
    QUESTION, NUMBER, WORDING, ANSWER_WORDING, GROUPING, GROUP, ANSWER, COUNT, BASE, SHARE, ERROR, LOW, HIGH,
)  # fmt: skip
EVERYBODY: Final = "full_sample"
EMPLOYMENT: Final = "employment"
EMPLOYED: Final = ("Full-time", "Part-time")
PART: Final = "answers of a part of those asked, by age, work, task and the like"
UNTOLD: Final = "of a question whose full- and part-time workers are not all who were asked: whom it asked is not known"
POPULATION: Final = "us-employed-adults"
POPULATION_EN: Final = "employed US adults"
POPULATION_ZH: Final = "美国在职成年人"
# Which level an interval has stands nowhere: it follows where the interval is Wilson's, of the standard error stated.
LEVELS: Final[Mapping[str, float]] = {"90 %": 1.6449, "95 %": 1.9600}
# Share, error and bounds are rounded to a hundredth of a percent. Between the two levels lie 0.315 standard errors.
_ROUNDED: Final = 3e-4
_NEAR: Final = 0.07
_LONGEST: Final = 240
CITATION_TITLE: Final = "Epoch AI and Ipsos, Polling on AI usage (CC BY 4.0)"
CITATION_URL: Final = "https://epoch.ai/data/polling"


class EpochPolling:
    """One share per question and answer of a wave, of all who were asked; its parts by age and the like are left out.

    The files say nowhere whom a wave asked. Where its full-time and its part-time workers add up to all who
    answered a question, those are people with a job; any other question is left out, because a share of workers and
    one of all adults are two series. Waves are feeds of their own, so that an older one stands beside a newer.
    """

    source_id: ClassVar[str] = "epoch_polling"
    title: ClassVar[str] = "Epoch AI, Polling on AI usage"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI)"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the newest wave that the page of the polls names; WrongContent when it names none."""
        page = web.get(address(base_url, PAGE), accept="html")
        wave, url = newest(page.body or b"", at=page.url, base_url=base_url)
        return [web.get(url, accept="csv", etag=known.get(wave.name)).of_feed(wave.name)]

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read a wave; WrongContent when it is not such a CSV, of no month that has come, or asked nobody known."""
        wave = _require_wave(snapshot)
        table = read_csv(snapshot.body, feed=snapshot.feed, required=REQUIRED)
        frame, rejects = _typed(emptied(table, (ERROR, LOW, HIGH)))
        rest = without_rejected(frame, rejects)
        is_whole = pl.col(GROUPING) == EVERYBODY
        is_told = pl.col("topic").is_in(_of_the_employed(rest).implode())
        rest = rest.with_columns(why=omitted({PART: ~is_whole, UNTOLD: ~is_told}))
        kept = rest.filter(pl.col("why").is_null())
        if kept.is_empty() and (rest.height or not rejects):
            said = f"{rest.height} rows; groups by employment: {_named(rest)}"
            what = "a wave that asked nobody known" if table.record_count else "no record in the file"
            raise WrongContent(what, where=snapshot.feed, evidence=said, advice=KEPT)
        skipped = counted(rest["why"])
        # A question that cannot be placed has lost nothing: what stood of it stands.
        reading = ReadSoFar(table, rejects, skipped, is_partial=UNTOLD in skipped)
        rows = _rows(kept, wave, snapshot.known_through)
        return assemble(reading, typed(core.OBSERVATION, rows), systems_of(rows), series_rows(_definitions(kept)))


def _require_wave(snapshot: Snapshot) -> Wave:
    wave = wave_of(snapshot.feed)
    if wave is None:
        advice = "its name must be polling_on_ai_usage_<month>_<year>.csv, as in polling_on_ai_usage_jul_2026.csv"
        raise WrongContent("a file whose name says no wave", where=snapshot.feed, advice=advice)
    if wave.month > snapshot.known_through:
        said = f"taken on {snapshot.known_through}"
        raise WrongContent("a wave of a month that had not come", where=snapshot.feed, evidence=said, advice=KEPT)
    return wave


def _typed(table: TextTable) -> tuple[pl.DataFrame, list[Reject]]:
    """The rows with their numbers as fractions and counts, and slugs `topic` and `said` of question and answer."""
    cells = [whole_number(COUNT), whole_number(BASE), *map(percent, (SHARE, ERROR, LOW, HIGH))]
    frame, rejects = read_cells(table, cells)
    frame = frame.with_columns(topic=slug(pl.col(QUESTION)), said=slug(pl.col(ANSWER)))
    for column in (QUESTION, GROUPING, GROUP, ANSWER, COUNT, BASE, SHARE):
        lacking = table.frame[column].is_null()
        rejects += refuse(table, lacking, column=column, rule="given", reason=f"a row must state its {column}")
    for column, name in ((QUESTION, "topic"), (ANSWER, "said")):
        nameless = (frame[name] == "").fill_null(value=False)
        rejects += refuse(table, nameless, column=column, rule="given", reason=f"{column} must be in Latin letters")
    return frame, rejects + _impossible(table, frame)


def _impossible(table: TextTable, frame: pl.DataFrame) -> list[Reject]:
    """Rows that cannot be: no share, more answers than people, an interval beside its share, an answer twice."""
    share, low, high = pl.col(SHARE), pl.col(LOW), pl.col(HIGH)
    twice = ~pl.struct("topic", GROUPING, GROUP, "said").is_first_distinct()
    wrongs = (
        (SHARE, "range", f"{SHARE} must be from 0 to 100", ~share.is_between(0, 1)),
        (COUNT, "range", f"{COUNT} must be from 0 to {BASE}", ~pl.col(COUNT).is_between(0, pl.col(BASE))),
        (BASE, "range", f"{BASE} must be more than 0", pl.col(BASE) <= 0),
        (ERROR, "range", f"{ERROR} must not be negative", pl.col(ERROR) < 0),
        (LOW, "order", f"{LOW} must be from 0 to {SHARE}", ~low.is_between(0, share)),
        (HIGH, "order", f"{HIGH} must be from {SHARE} to 100", ~high.is_between(share, 1)),
        (ANSWER, "unique-key", "an answer stands there once for a group", twice),
    )
    rejects: list[Reject] = []
    for column, rule, reason, wrong in wrongs:
        where = frame.select(wrong.fill_null(value=False)).to_series()
        rejects += refuse(table, where, column=column, rule=rule, reason=reason)
    return rejects


def _of_the_employed(rows: pl.DataFrame) -> pl.Series:
    """The topics whose full- and part-time workers are all who answered."""
    workers = rows.filter(pl.col(GROUPING) == EMPLOYMENT).unique(["topic", GROUP, BASE])
    groups = workers.group_by("topic").agg(pl.col(GROUP).sort().str.join("|"), pl.col(BASE).sum().alias("workers"))
    everybody = rows.filter(pl.col(GROUPING) == EVERYBODY).select("topic", BASE).unique()
    # A question with several bases would match by one of them, and be of the others too.
    single = everybody.filter(pl.len().over("topic") == 1)
    found = single.join(groups, on="topic").filter(pl.col("workers") == pl.col(BASE))
    return found.filter(pl.col(GROUP) == "|".join(EMPLOYED))["topic"]


def _named(rows: pl.DataFrame) -> str:
    groups = rows.filter(pl.col(GROUPING) == EMPLOYMENT)[GROUP].unique().sort().head(12)
    return ", ".join(shortened(group) for group in groups) or "none"


def _rows(kept: pl.DataFrame, wave: Wave, taken_on: date) -> pl.DataFrame:
    month = f"{wave.month:%Y-%m}"
    return kept.select(
        LINE,
        series_id=_series_id(),
        source_row_id=pl.format("{}|{}|{}", "topic", "said", pl.lit(month)),
        system_id=pl.lit(POPULATION),
        observation_date=pl.lit(wave.month),
        # Of repeated measurements each month is a fact: a newer wave does not push out the older ones.
        date_kind=pl.lit("measurement"),
        date_precision=pl.lit("month"),
        # Months lie between asking and publishing, and the file does not say when it was published.
        known_date=pl.lit(taken_on),
        value=pl.col(SHARE),
        unit=pl.lit("share"),
        std_error=pl.col(ERROR),
        setup=_setup(month),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
        system_name=pl.lit("Employed US adults"),
    )


def _series_id() -> pl.Expr:
    return pl.format("ai-poll/{}/{}/{}", pl.lit(POPULATION), "topic", "said")


def _setup(month: str) -> pl.Expr:
    answers = pl.format("wave of {}; {} of {} answers, before weighting", pl.lit(month), COUNT, BASE)
    interval = pl.coalesce(
        *(
            pl.when(_is_of(z)).then(pl.format("{} interval {} to {}", pl.lit(level), LOW, HIGH))
            for level, z in LEVELS.items()
        ),
        pl.format("interval {} to {}, of a level that its standard error does not tell", LOW, HIGH),
    )
    return pl.concat_str(answers, interval, separator="; ", ignore_nulls=True)


def _is_of(z: float) -> pl.Expr:
    """Whether the intervals of a question's answers, all of them, are Wilson's (1927) with this normal quantile.

    Of the variance p(1 - p)/m that the standard error states, m need not be known. An answer without an error decides
    nothing.
    """
    share, variance = pl.col(SHARE), pl.col(ERROR).pow(2)
    ratio = z * z * variance / (share * (1 - share))
    middle, half = (share + ratio / 2) / (1 + ratio), (z * z * variance + ratio * ratio / 4).sqrt() / (1 + ratio)
    apart = pl.max_horizontal((middle - half - pl.col(LOW)).abs(), (middle + half - pl.col(HIGH)).abs())
    decides = (pl.col(ERROR) > 0) & share.is_between(0, 1, closed="none") & pl.col(LOW).is_not_null()
    fits = pl.when(decides).then(apart <= _ROUNDED + _NEAR * pl.col(ERROR))
    return (fits.all() & fits.is_not_null().any()).over("topic")


def _definitions(kept: pl.DataFrame) -> list[dict[str, Any]]:
    columns = ("topic", "said", QUESTION, WORDING, ANSWER)
    rows = kept.select(_series_id().alias("series_id"), *columns).iter_rows(named=True)
    return [_definition(row) for row in rows]


def _definition(row: Mapping[str, str]) -> dict[str, Any]:
    asked = shortened(row[WORDING] or row[QUESTION], _LONGEST)
    answer = shortened(row[ANSWER], _LONGEST)
    # What was never seen has no translation: it is quoted as it was asked.
    chinese = in_chinese(row["topic"], row["said"]) or f"{asked} {answer}"
    return {
        "series_id": row["series_id"],
        "label_en": f"Poll of {POPULATION_EN}: {asked} {answer}",
        "label_zh": f"{POPULATION_ZH}调查：{chinese}",
        "unit": "share",
        "scale": "bounded",
        # A share of people may fall: the newest reading counts, not the highest.
        "direction": "level",
        "chance_share": 0.0,
        "ceiling_share": 1.0,
        "benchmark": row["topic"],
        "benchmark_version": POPULATION,
        "variant": row["said"],
        "note": "of those whom the question was put to; what is asked of each task counts answers, not people",
    }
