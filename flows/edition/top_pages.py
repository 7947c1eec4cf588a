"""The pages beside the table: how good forecasts have been, where the data come from, and every edition so far."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from flows.edition.behind import (
    SCORE_DIGITS,
    is_read,
    moment_text,
    read_of,
    score_table,
    source_standings,
    unread_by_state,
)
from flows.edition.charts import POOL
from flows.edition.elsewhere import said_of_targets
from flows.edition.forecaster_names import forecaster_name
from flows.edition.formats import format_date, format_month, format_number
from flows.edition.scoreboard import BANDS, LAST_VALUE, LONGER, NOMINAL
from flows.edition.shell import page_file, render
from flows.edition.site import MADE_APART, made_apart
from flows.edition.verdicts import scored_besides, verdicts
from flows.edition.words import words
from warehouse.contracts.content import OF_EDITIONS
from warehouse.contracts.copies import copies_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from flows.edition.behind import SourceStanding
    from flows.edition.scoreboard import Scoreboard
    from flows.edition.site import Site


# So many editions have a line each; of those before them a line has a month, or years of days would weigh on every day.
_MOST_LINES: Final = 31
_SCALES: Final = ("bounded", "log", "linear")


class Published(NamedTuple):
    """One edition of the list: its day, name, where it lies, how it was made on another day, and medians it changed."""

    origin: date
    day: str
    edition_id: str
    href: str
    apart: str
    moved: str


def scores_page(site: Site, board: Scoreboard, lang: str) -> str:
    """How good every forecaster was: whether intervals held, how far ahead, and the essay row by row."""
    table = score_table(board, lang)
    # With the id: it is what scores.csv and SQL call the same forecaster.
    rows = [(basis, forecaster_name(name, lang), name, *rest) for basis, name, *rest in table.rows]
    said = {
        "name": "scores",
        "title": words(lang).page["scores"],
        "description": _scores_lede(board, lang),
        "metrics": table.metrics,
        "table": rows,
        "reliability": list(_reliability(board, lang)),
        "horizons": list(_by_horizon(board, lang)),
        "bands": list(BANDS),
        "scales": _by_scale(board, lang),
        "verdicts": verdicts(site.rows, site.origin, lang),
        "besides": scored_besides(board.scores, site, lang),
        "others": said_of_targets(site.elsewhere, site, lang),
        "page_file": page_file,
    }
    return render("scores.html.j2", lang, site.edition, said)


def sources_page(site: Site, health: pl.DataFrame, facts: pl.DataFrame, lang: str) -> str:
    """Every source with its state, licence and newest fact; `facts` has source_id, rows and newest."""
    w, known = words(lang), {row["source_id"]: row for row in facts.iter_rows(named=True)}
    by_name = {w.source(name): known[name] for name in known}
    rows = []
    for one in source_standings(health, lang):
        found = by_name.get(one.name)
        is_own = found is not None and found["rows"] is not None
        newest = format_date(found["newest"], lang) if found and is_own else ""
        # Counted, not measured: rounded to three figures it would be another number than SQL's.
        told = one if found is None or is_own else _with_copies(one, found, lang)
        rows.append((told, f"{found['rows']:,}" if found and is_own else "", newest))
    answers = read_of(one.freshness for one, _, _ in rows)
    off = len(rows) - answers.outside - answers.files
    others = unread_by_state((one.freshness for one, _, _ in rows), lang)
    said = {
        "name": "sources",
        "title": w.page["sources"],
        "description": w.site["sources_lede"].format(
            **answers._asdict(),
            others=w.site["others_are"].format(others) if others else "",
            moment=moment_text(site.edition["issued_at"], lang),
        )
        + (w.site["sources_off"].format(off) if off else "")
        + ("" if is_read(one.freshness for one, _, _ in rows) else w.site["sources_unread"]),
        "rows": rows,
    }
    return render("sources.html.j2", lang, site.edition, said)


def editions_page(site: Site, lang: str) -> str:
    """Every edition up to this one, the newest first, each where it lies for good."""
    found = list(_editions(site, lang))
    replays = sum(one.apart == "replay" for one in found)
    newest_first = found[::-1]
    said = {
        "name": "editions",
        "title": words(lang).site["editions"],
        "description": words(lang).site["editions_lede"].format(count=len(found), replays=replays),
        "editions": newest_first[:_MOST_LINES],
        "months": list(_months(newest_first[_MOST_LINES:], lang)),
    }
    return render("editions.html.j2", lang, site.edition, said)


def _months(editions: list[Published], lang: str) -> Iterator[tuple[str, list[tuple[str, list[Published]]]]]:
    """Each month with the editions of its days, those made on them first, then those made apart, by how."""
    for _, days in groupby(editions, key=lambda one: (one.origin.year, one.origin.month)):
        found = list(days)
        kinds = ((kind, [one for one in found if one.apart == kind]) for kind in ("", *MADE_APART))
        yield format_month(found[0].origin, lang), [(kind, of_kind) for kind, of_kind in kinds if of_kind]


def source_facts(observations: pl.DataFrame) -> pl.DataFrame:
    """Rows and newest fact per source, among what was known on the day, and what the curated facts copied from it."""
    own = observations.filter(pl.col("series_id") == pl.col("measured_as"))
    counted = own.group_by("source_id").agg(rows=pl.len(), newest=pl.col("observation_date").max())
    found = [(name, *copied) for name, copied in copies_of(own).items()]
    schema = {"source_id": pl.String(), "copied": pl.Int64(), "copied_until": pl.Date()}
    copies = pl.DataFrame(found, schema=schema, orient="row")
    return counted.join(copies, on="source_id", how="full", coalesce=True).sort("source_id")


def _with_copies(one: SourceStanding, found: Mapping[str, Any], lang: str) -> SourceStanding:
    """A source without rows of its own, with what the curated facts hold of it: "missing" alone would deny that."""
    day = format_date(found["copied_until"], lang)
    told = words(lang).site["sources_copied"].format(count=f"{found['copied']:,}", day=day)
    return one._replace(outcome=one.outcome + words(lang).detail["also"] + told)


def _scores_lede(board: Scoreboard, lang: str) -> str:
    site = words(lang).site
    ours = board.standings.filter(forecaster_id=POOL) if board.scores.height else pl.DataFrame()
    live, replayed = (ours.filter(basis=basis)["tasks"].sum() if ours.height else 0 for basis in OF_EDITIONS)
    # What was made afterwards is no track record, however honestly it was made.
    told = site["scores_replays"].format(count=replayed)
    aside = ("" if lang == "zh" else " ") + told if replayed else ""
    back = ours.filter(basis="retrospective") if ours.height else ours
    if back.is_empty() or back["coverage_80"][0] is None:
        return site["scores_lede_none"].format(live=live) + aside
    said = site["scores_lede"].format(
        share=format_number(back["coverage_80"][0], "share", lang, SCORE_DIGITS), tasks=back["tasks"][0],
        targets=back["targets"][0], live=live,
    )  # fmt: skip
    return said + aside


def _reliability(board: Scoreboard, lang: str) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Per forecaster in retrospect the share that each interval held, as text and in pixels of 200."""
    if board.scores.is_empty():
        return
    back = board.standings.filter(basis="retrospective").filter(pl.col("forecaster_id").is_in([POOL, LAST_VALUE]))
    for row in back.filter(pl.col("coverage_80").is_not_null()).iter_rows(named=True):
        held = [row[f"coverage_{nominal}"] for nominal in NOMINAL]
        cells = [(format_number(share, "share", lang, SCORE_DIGITS), round(200 * share, 1)) for share in held]
        yield forecaster_name(row["forecaster_id"], lang), cells


def _by_horizon(board: Scoreboard, lang: str) -> Iterator[tuple[str, str, int]]:
    """Per horizon the pool's CRPS over that of the last value: geometric mean over scales, which have other units."""
    if board.scores.is_empty():
        return
    cells = board.by_cell.filter(basis="retrospective")
    ours, last = (cells.filter(forecaster_id=name) for name in (POOL, LAST_VALUE))
    both = ours.join(last, on=["scale", "band"], suffix="_last").filter(
        (pl.col("crps") > 0) & (pl.col("crps_last") > 0)
    )
    ratio = (pl.col("crps").log() - pl.col("crps_last").log()).mean().exp()
    site = words(lang).site
    for row in both.group_by("band").agg(ratio=ratio, tasks=pl.col("tasks").sum()).sort("band").iter_rows(named=True):
        name = site["longer"].format(max(BANDS)) if row["band"] == LONGER else str(row["band"])
        yield name, format_number(row["ratio"], "", lang, SCORE_DIGITS), row["tasks"]


def _by_scale(board: Scoreboard, lang: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Heads with the tasks of the pool, and each forecaster in retrospect with its CRPS ratio on each scale alone."""
    back = board.by_scale.filter(basis="retrospective") if board.scores.height else pl.DataFrame()
    if back.is_empty():
        return [], []
    site = words(lang).site
    counts = {row["scale"]: row["compared"] for row in back.filter(forecaster_id=POOL).iter_rows(named=True)}
    scales = [name for name in _SCALES if name in counts]
    told = {
        (row["forecaster_id"], row["scale"]): _on_its_own(row, counts.get(row["scale"]), lang)
        for row in back.iter_rows(named=True)
    }
    in_order = board.standings.filter(basis="retrospective")["forecaster_id"].to_list()
    lines = [(forecaster_name(one, lang), [told.get((one, name), "") for name in scales]) for one in in_order]
    return [site["on_scale"].format(site[f"scale_{name}"], counts[name]) for name in scales], lines


def _on_its_own(row: Mapping[str, Any], all_tasks: int | None, lang: str) -> str:
    """A ratio on one scale, with its number of tasks where that is not the one in the heading."""
    if row["crps_ratio"] is None:
        return ""
    ratio = format_number(row["crps_ratio"], "", lang, SCORE_DIGITS)
    return ratio if row["compared"] == all_tasks else words(lang).in_brackets.format(ratio, row["compared"])


def _editions(site: Site, lang: str) -> Iterator[Published]:
    before: dict[str, str | None] = {}
    days: dict[str, dict[str, Any]] = {}
    for rows in site.history.values():
        for row in rows:
            days.setdefault(row["edition_id"], {})[row["property_id"]] = row
    for rows_of_day in sorted(days.values(), key=lambda found: next(iter(found.values()))["origin_date"]):
        one = next(iter(rows_of_day.values()))
        now = {name: _median(row) for name, row in rows_of_day.items()}
        href = f"../{one['edition_id']}/{page_file('index', lang)}"
        day = one["origin_date"]
        yield Published(day, format_date(day, lang), one["edition_id"], href, made_apart(one), _changed(before, now))
        before = now
    now = {row["property_id"]: _median(row) for row in site.rows}
    own = page_file("index", lang)
    day = format_date(site.origin, lang)
    yield Published(site.origin, day, site.edition_id, own, made_apart(site.edition), _changed(before, now))


def _median(row: Mapping[str, Any]) -> str | None:
    """The median to the digits in which a move of it is told; None where there is none."""
    return None if row["p50"] is None else format_number(row["p50"], row["unit"])


def _changed(before: dict[str, str | None], now: dict[str, str | None]) -> str:
    """How many medians are printed otherwise: a last digit of the draws is no change, nor is a number withdrawn."""
    both = [(before.get(name), value) for name, value in now.items()]
    return str(sum(None not in pair and pair[0] != pair[1] for pair in both)) if before else ""
