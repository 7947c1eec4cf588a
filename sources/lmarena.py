"""LMArena's leaderboards of text: the rating of the system that leads the board of a day, with and without style."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.epoch.scores import systems_of
from sources.errors import KEPT, WrongContent
from sources.feeds import Feed, fetch_feeds
from sources.reading.assembly import ReadSoFar, TypedRows, assemble, series_rows, typed
from sources.reading.columnar import read_parquet
from sources.reading.dates import day
from sources.reading.systems import system_id
from sources.reading.tabular import LINE, in_letters, number, read_cells, refuse, whole_number, without_rejected
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sources.reading.tabular import TextTable
    from sources.records import Fetched, Parsed, Reject, Snapshot
    from sources.web import Web

# Of each board there is one file of its newest state; `full` beside it is the history.
NEWEST: Final = "latest-00000-of-00001.parquet"
OVERALL: Final = "overall"
SYSTEM: Final = "model_name"
MAKER: Final = "organization"
RATING: Final = "rating"
LOW: Final = "rating_lower"
HIGH: Final = "rating_upper"
VOTES: Final = "vote_count"
RANK: Final = "rank"
CATEGORY: Final = "category"
DATE: Final = "leaderboard_publish_date"
REQUIRED: Final = (SYSTEM, MAKER, RATING, LOW, HIGH, VOTES, RANK, CATEGORY, DATE)
GIVEN: Final = (SYSTEM, RATING, VOTES, RANK, DATE)
OF_OTHERS: Final = "of another category than overall"
BEHIND: Final = "behind the leader of its day"
NOT_WHOLE: Final = "of a day whose board has a refused row, or whose best rating is not ranked first"
CITATION_TITLE: Final = "LMArena, leaderboard dataset (CC BY 4.0)"
CITATION_URL: Final = "https://huggingface.co/datasets/lmarena-ai/leaderboard-dataset"


@dataclass(frozen=True, slots=True)
class Board:
    """One board of text; where style is controlled for, ratings are those of another model of the votes."""

    folder: str
    series_id: str
    label_en: str
    label_zh: str

    @property
    def feed(self) -> str:
        """What its file is called here: at the publisher's all have one name, in folders of their own."""
        return f"{self.folder}.parquet"


BOARDS: Final = (
    Board("text", "lmarena/text/overall", "LMArena text, rating of the leader", "LMArena 文本榜首评分"),
    Board(
        "text_style_control", "lmarena/text/overall-style-control",
        "LMArena text with style control, rating of the leader", "LMArena 文本榜首评分（控制文风）",
    ),
)  # fmt: skip
_BOARD_OF_NAME: Final = re.compile(r"[a-z_]+")


class LmArena:
    """The best rating of each day's board; a series is what the boards of late say, not the highest ever.

    Every publication estimates all ratings anew, of old systems too, and re-anchors them. So a rating is of the day of
    its board, not of its system's release; days that stand are not revised, and none is a record for good. Of a file
    with several days, such as the history, each day is a board.
    """

    source_id: ClassVar[str] = "lmarena"
    title: ClassVar[str] = "LMArena, leaderboards"
    licence: ClassVar[str] = "CC BY 4.0 (LMArena)"
    default_url: ClassVar[str] = "https://huggingface.co/datasets/lmarena-ai/leaderboard-dataset/resolve/main"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the newest state of each board."""
        feeds = [Feed(board.feed, "parquet", f"{board.folder}/{NEWEST}") for board in BOARDS]
        return fetch_feeds(web, base_url, known, feeds)

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Find the leader of each day; WrongContent when it is no such Parquet, or no day has a whole board."""
        board = _board(snapshot.feed)
        table = read_parquet(snapshot.body, feed=snapshot.feed, required=REQUIRED)
        # A row that does not say of which category it is may be one of the board: kept, to be refused.
        overall = replace(table, frame=table.frame.filter((pl.col(CATEGORY) == OVERALL).fill_null(value=True)))
        frame, rejects = _typed(overall, snapshot.known_through)
        kept = without_rejected(frame, rejects)
        whole = _whole(frame, kept)
        if whole.is_empty() and (kept.height or not rejects):
            # Left out day by day, a board with another order would look like a publisher who fell silent.
            said = f"{overall.frame.height} of {table.record_count} rows are of the category {OVERALL}"
            raise WrongContent("no board is whole", where=snapshot.feed, evidence=said, advice=KEPT)
        leaders = _leaders(whole, board)
        skipped = {
            OF_OTHERS: table.frame.height - overall.frame.height,
            NOT_WHOLE: kept.height - whole.height,
            BEHIND: whole.height - leaders.height,
        }
        reading = ReadSoFar(table, rejects, skipped, is_partial=True)
        return assemble(reading, typed(core.OBSERVATION, leaders), systems_of(leaders), _definition(board))


def _board(feed: str) -> Board:
    """The board of a file, by the first word of its name: nothing within tells one from the other."""
    found = _BOARD_OF_NAME.match(feed)
    board = next((one for one in BOARDS if found and one.folder == found.group()), None)
    if board is None:
        names = " or ".join(one.feed for one in BOARDS)
        raise WrongContent("a file named for no board", where=feed, advice=f"call it {names}")
    return board


def _typed(table: TextTable, today: date) -> tuple[pl.DataFrame, list[Reject]]:
    """The rows of the board with their numbers; refused what does not say who, how much, when, or is no estimate."""
    cells = [day(DATE), number(RATING), number(LOW), number(HIGH), whole_number(VOTES), whole_number(RANK)]
    frame, rejects = read_cells(table, cells)
    for column in (*GIVEN, CATEGORY):
        lacking = table.frame[column].is_null()
        rejects += refuse(table, lacking, column=column, rule="given", reason=f"a row must state its {column}")
    nameless = frame.select((in_letters(SYSTEM) == "") & pl.col(SYSTEM).is_not_null()).to_series()
    rejects += refuse(table, nameless, column=SYSTEM, rule="given", reason="a system must be named in Latin letters")
    ahead = (frame[DATE] > today).fill_null(value=False)
    rejects += refuse(table, ahead, column=DATE, rule="range", reason=f"{DATE} must not be after the day of the file")
    outside = ((frame[RATING] < frame[LOW]) | (frame[RATING] > frame[HIGH])).fill_null(value=False)
    rejects += refuse(table, outside, column=RATING, rule="range", reason=f"{RATING} must lie within {LOW} and {HIGH}")
    twice = ~frame.select(pl.struct(SYSTEM, DATE).is_first_distinct()).to_series() & frame[SYSTEM].is_not_null()
    rejects += refuse(table, twice, column=SYSTEM, rule="unique-key", reason="a system stands once on a day's board")
    return frame, rejects


def _whole(frame: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """The rows of days of which no row was refused, and whose best rating is ranked first."""
    # Without its leader a board would be led by the next.
    refused = frame.filter(~pl.col(LINE).is_in(kept[LINE].implode()))
    days = kept.filter(~pl.col(DATE).is_in(refused[DATE].drop_nulls().implode()))
    best = pl.col(RATING) == pl.col(RATING).max()
    return days.filter((best & (pl.col(RANK) == 1)).any().over(DATE))


def _leaders(rows: pl.DataFrame, board: Board) -> pl.DataFrame:
    """The row with the best rating of each day; of equals the one ranked first, then the first of the file."""
    order = {RATING: True, RANK: False, LINE: False}
    ordered = rows.sort(list(order), descending=list(order.values()))
    first = ordered.unique(DATE, keep="first", maintain_order=True).sort(LINE)
    systems = pl.len().over(DATE)
    counted = first.join(rows.select(DATE, systems=systems).unique(), on=DATE, how="left", maintain_order="left")
    return counted.select(
        LINE,
        series_id=pl.lit(board.series_id),
        source_row_id=pl.col(DATE).cast(pl.String),
        system_id=system_id(pl.col(SYSTEM)),
        observation_date=pl.col(DATE),
        # Each board is a fact of its own: a later one does not push out an earlier one of the same month.
        date_kind=pl.lit("daily"),
        date_precision=pl.lit("day"),
        known_date=pl.col(DATE),
        value=pl.col(RATING),
        unit=pl.lit("rating"),
        setup=_setup(),
        evidence=pl.lit("publisher_file"),
        citation_title=pl.lit(CITATION_TITLE),
        citation_url=pl.lit(CITATION_URL),
        system_name=pl.col(SYSTEM),
        organization=pl.col(MAKER),
    )


def _setup() -> pl.Expr:
    interval = pl.format("interval as published {} to {}", pl.col(LOW).round(1), pl.col(HIGH).round(1))
    parts = (pl.format("best of {} systems", "systems"), pl.format("{} votes", VOTES), interval)
    return pl.concat_str(*parts, separator="; ", ignore_nulls=True)


def _definition(board: Board) -> TypedRows:
    return series_rows(
        [
            {
                "series_id": board.series_id,
                "label_en": board.label_en,
                "label_zh": board.label_zh,
                "unit": "rating",
                "scale": "linear",
                "direction": "level",
                "benchmark": "lmarena",
                "benchmark_version": "text",
                "variant": board.series_id.rpartition("/")[2],
                "note": "the leader of each day's board; all ratings are estimated anew at every publication",
            }
        ]
    )
