"""What was known when: the frames of a day, with corrections applied, and the vintages of what the community said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, cast

import polars as pl

from warehouse.contracts import core, polars_schema
from warehouse.contracts.known import Known
from warehouse.corrections import apply, touched_rows
from warehouse.health import source_state
from warehouse.vintages import known_at, known_observations

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from warehouse.corrections import Correction, Outcome
    from warehouse.store import Warehouse
    from warehouse.vintages import Queries


class Moment(Protocol):
    """The day that is spoken for, and the moment that it is spoken from (UTC, without zone)."""

    @property
    def today(self) -> date:
        """The day."""
        ...

    @property
    def now(self) -> datetime:
        """The moment."""
        ...


COMMUNITY: Final = "metaculus"


def read_known(
    warehouse: Queries, moment: Moment, corrections: Sequence[Correction] = (), feeds: Sequence[str] | None = None
) -> tuple[Known, tuple[Outcome, ...]]:
    """Read the as-of frames for the day of the run; pooled series get the rows of their members.

    Corrections change what is read, never what is kept; what became of each is returned beside. `feeds` names the
    feeds (source/feed) to read, as of an edition that had read no others; without it all are.
    """
    series = known_at(warehouse, core.SERIES, moment.now, feeds).sort("series_id")
    # One definition per series: the live source's, where it and the embedded default both have one.
    series = series.sort("series_id", pl.col("source_id") == "curated").unique(
        "series_id", keep="first", maintain_order=True
    )
    systems = known_at(warehouse, core.SYSTEM, moment.now, feeds).sort(
        "system_id", "source_id", "feed", "source_row_id"
    )
    # One name per system, or the join below would give its observations several times.
    systems = systems.unique("system_id", keep="first", maintain_order=True)
    published = known_observations(warehouse, moment.today, moment.now, feeds)
    observations, outcomes = apply(published, corrections, moment.today)
    corrected = touched_rows(published, observations, outcomes)
    observations = observations.join(systems.select("system_id", "system_name"), on="system_id", how="left")
    platforms = known_at(warehouse, core.COMMUNITY_FORECAST, moment.now, feeds).sort("platform", "source_row_id")
    known = Known(
        moment.today,
        with_members(observations, series),
        series,
        systems,
        known_at(warehouse, core.ASSUMPTION, moment.now, feeds).sort("assumption_id", "source_id"),
        known_at(warehouse, core.ESSAY_NUMBER, moment.now, feeds).sort("property_id"),
        # No row of the table is answered by another platform: among these its every move would look like a cause.
        platforms.filter(platform=COMMUNITY),
        corrected,
        _community_state(warehouse, moment),
        known_at(warehouse, core.STATED_FORECAST, moment.now, feeds).sort("statement_id", "source_id"),
        platforms.filter(pl.col("platform") != COMMUNITY),
    )
    return known, tuple(outcomes)


def _community_state(warehouse: Queries, moment: Moment) -> str:
    # How stale its rows are plays no part here: whether it was ever asked, and let us in, does.
    return source_state(warehouse, COMMUNITY, moment.now) or "not_asked"


def with_members(observations: pl.DataFrame, series: pl.DataFrame) -> pl.DataFrame:
    """Give every 'best under any protocol' series the rows of its members, under its own id; adds `measured_as`."""
    observations = observations.with_columns(measured_as="series_id")
    pooled = series.filter(pl.col("members").is_not_null())
    members = pooled.select(
        pl.col("series_id").alias("pooled_id"), pl.col("members").str.split("+").alias("series_id")
    ).explode("series_id")
    rows = observations.join(members, on="series_id", how="inner").with_columns(series_id="pooled_id").drop("pooled_id")
    return pl.concat([observations, rows.select(observations.columns)]).sort(
        "series_id", "observation_date", "source_id", "source_row_id"
    )


def read_vintages(warehouse: Queries, now: datetime) -> pl.DataFrame:
    """Every vintage of the community's forecasts recorded by now, as it stood now."""
    rows = warehouse.frame("SELECT * FROM core.community_forecast WHERE recorded_at <= ?", [now])
    # What is superseded later stands now: left as it is, a look back would take it for withdrawn.
    is_later = pl.col("superseded_at") > now
    return rows.cast(polars_schema(core.COMMUNITY_FORECAST)).with_columns(  # type: ignore[arg-type]
        superseded_at=pl.when(is_later).then(None).otherwise("superseded_at")
    )


def community_before(warehouse: Warehouse, moment: Moment, kinds: tuple[str, ...]) -> pl.DataFrame | None:
    """What the community said when people were told last: per question at its last alert, else at the first edition.

    Against the edition before, a slow drift would never be told. None before the first edition.
    """
    started = warehouse.rows("SELECT min(issued_at) FROM out.edition WHERE issued_at < ?", [moment.now])[0][0]
    if started is None:
        return None
    told = warehouse.rows(
        f"""SELECT subject, max(fired_at) FROM out.alert
            WHERE kind IN {kinds} AND fired_at < ? GROUP BY subject""",
        [moment.now],
    )
    never = _known(warehouse, started).remove(_subject().is_in([subject for subject, _ in told]))
    return pl.concat([never, *(_known(warehouse, at).filter(_subject() == subject) for subject, at in told)])


def community_now(warehouse: Warehouse, moment: Moment) -> pl.DataFrame:
    """What the community says by the moment of the run."""
    return _known(warehouse, moment.now)


def _known(warehouse: Warehouse, moment: object) -> pl.DataFrame:
    return known_at(warehouse, core.COMMUNITY_FORECAST, cast("datetime", moment))


def _subject() -> pl.Expr:
    return pl.concat_str("platform", pl.lit("/"), "question_id")


def defined_units(queries: Queries) -> dict[str, str]:
    """The unit of every series that is defined now, by its id."""
    rows = queries.frame("SELECT series_id, unit FROM core.series WHERE superseded_at IS NULL AND NOT is_deleted")
    return dict(rows.iter_rows())
