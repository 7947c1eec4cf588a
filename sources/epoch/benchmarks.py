"""Epoch AI's Benchmarking Hub: every file of its archive, each a series of its own, and the list of single runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

import polars as pl

from sources.bounds import MOST_CELLS, require_at_most
from sources.epoch.policy import file_name, is_judged_by_publisher, policies, score_column, stated_policies, unlisted
from sources.epoch.runs import RUNS, read_runs
from sources.epoch.scores import COLUMNS, RELEASED, read_scores
from sources.errors import WrongContent
from sources.feeds import Feed, fetch_feeds
from sources.kinds import sniff
from sources.reading.archives import read_members
from sources.reading.assembly import series_rows
from sources.reading.boundary import admit
from sources.reading.tabular import read_csv, require_columns
from sources.records import Parsed, Reject
from warehouse.contracts import core

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.epoch.policy import Policy
    from sources.records import Fetched, Snapshot
    from sources.web import Web

ARCHIVE: Final = "benchmark_data.zip"


class EpochBenchmarks:
    """Benchmark scores, by benchmark, version and evaluator; policy tables say what each file measures."""

    source_id: ClassVar[str] = "epoch_benchmarks"
    title: ClassVar[str] = "Epoch AI, Benchmarking Hub"
    licence: ClassVar[str] = "CC BY 4.0 (Epoch AI); results gathered from others keep their own terms"
    default_url: ClassVar[str] = "https://epoch.ai/data"
    is_redistributable: ClassVar[bool] = True

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for the archive and for the list of runs, which was first to have FrontierMath version 2."""
        return fetch_feeds(web, base_url, known, [Feed(ARCHIVE, "zip"), Feed(RUNS, "csv")])

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read the archive or the list of runs, by what the bytes are; WrongContent when they are neither.

        `line` counts through the archive as if its files stood one behind the other. A file of the archive that
        cannot be read is named by a reject, and the parse is partial then: its rows are not taken for deleted.
        """
        # A replayed list has gone by other names; an archive is never one, whatever it is called.
        if snapshot.feed == RUNS or (snapshot.feed != ARCHIVE and sniff(snapshot.body) == "text"):
            return read_runs(snapshot)
        members = read_members(snapshot.body, feed=snapshot.feed, wanted=lambda name: name.lower().endswith(".csv"))
        count = sum(map(_separators, members.values()))
        require_at_most(2 * MOST_CELLS, count, "commas and line ends", where=snapshot.feed)
        stated = stated_policies(members)
        found = policies(stated)
        known = {name: found[key] for name in members if (key := file_name(name)) in found}
        if not known:
            evidence = ", ".join(list(members)[:20]) or "no CSV files at all"
            raise WrongContent("no benchmark file in the archive", where=snapshot.feed, evidence=evidence)
        return _merged(snapshot.feed, members, known, stated.unusable)


def _separators(body: bytes) -> int:
    # More than there are cells, for notes have commas and lines too; but known before anything is read.
    return body.count(b",") + body.count(b"\n") + body.count(b"\r")


def _merged(
    feed: str, members: Mapping[str, bytes], known: Mapping[str, Sequence[Policy]], unusable: Mapping[str, str]
) -> Parsed:
    parts: list[Parsed] = []
    used: list[Policy] = []
    broken: list[Reject] = []
    offset = 0
    for name, body in members.items():
        try:
            _require_usable(name, known.get(name, ()), unusable)
            part, of_file = _read_member(feed, name, body, known.get(name, ()))
        except WrongContent as error:
            broken.append(Reject(feed, None, None, None, "file", str(error), {"file": name}))
        else:
            parts.append(_moved(part, name, offset))
            used += of_file
        # No line of the next file may coincide with one of this, or a refusal here would drop a row there.
        offset += body.count(b"\n") + body.count(b"\r") + 2
    lost = [str(reject.row["file"]) for reject in broken if reject.row["file"] in known]
    # The refusal of a file names no line, so no tolerance counts it, and a partial parse loses no rows: without this,
    # an archive whose layout changed as a whole would land nothing and not be held.
    if len(lost) * 2 > len(known):
        evidence = "; ".join(reject.reason for reject in broken[:3])
        raise WrongContent(f"{len(lost)} of {len(known)} files cannot be read", where=feed, evidence=evidence)
    definitions, _ = admit(core.SERIES, series_rows([policy.definition() for policy in used]).frame, feed=feed)
    # A file that could not be read has lost nothing: without this its whole series would be recorded as deleted.
    return replace(_whole(feed, parts, broken, definitions), is_partial=bool(lost))


def _require_usable(name: str, of_file: Sequence[Policy], unusable: Mapping[str, str]) -> None:
    why = unusable.get(file_name(name))
    if why and is_judged_by_publisher(of_file):
        raise WrongContent("a file whose scale cannot be told", where=name, evidence=why)


def _read_member(feed: str, name: str, body: bytes, of_file: Sequence[Policy]) -> tuple[Parsed, Sequence[Policy]]:
    """What one file says, and the policies it was read by."""
    # Read under its own name, which errors then tell; kept under that of the feed, as all its rows are.
    scores = dict.fromkeys((column for policy in of_file for column in (*policy.score, policy.std_error) if column), ())
    table = replace(read_csv(body, feed=name, aliases={**scores, **COLUMNS}), feed=feed)
    if not of_file and (guess := unlisted(name, table.frame)):
        of_file = [guess]
    if not of_file:
        # Policy and model tables, and what is derived from the other files: read for counting only.
        count = table.record_count
        return Parsed({}, (), count, skipped={f"{name}: holds no results of its own": count}), ()
    if not table.record_count:
        raise WrongContent("no record under the header", where=name, evidence=f"{len(body)} bytes")
    usable = [policy for policy in of_file if score_column(policy, table.frame.columns)]
    if not usable:
        columns = " or ".join(of_file[0].score)
        evidence = "columns " + ", ".join(table.frame.columns[:40])
        advice = "see epoch/benchmarks.csv"
        raise WrongContent(f"missing column {columns}", where=name, evidence=evidence, advice=advice)
    # Without it every score would move to the day of its run, and nothing would tell.
    if not any(column in table.frame.columns for column in RELEASED):
        require_columns(table.frame.columns, RELEASED[:1], feed=name)
    rejects = tuple(replace(reject, feed=feed) for reject in table.rejects)
    return read_scores(replace(table, rejects=rejects), usable), usable


def _moved(part: Parsed, name: str, offset: int) -> Parsed:
    """The part with its lines counted from the beginning of the archive, and its file named in refusals."""
    frames = {table: frame.with_columns(pl.col("line") + offset) for table, frame in part.frames.items()}
    return replace(part, frames=frames, rejects=[_reject_moved(reject, name, offset) for reject in part.rejects])


def _reject_moved(reject: Reject, name: str, offset: int) -> Reject:
    line, within = (None if at is None else at + offset for at in (reject.line, reject.within))
    return replace(reject, line=line, within=within, row={"file": name, **reject.row})


def _whole(feed: str, parts: Sequence[Parsed], broken: Sequence[Reject], definitions: pl.DataFrame) -> Parsed:
    """All files put together: a system once, a result once."""
    rows, systems = (
        pl.concat([part.frames[name] for part in parts if name in part.frames])
        for name in ("core.observation", "core.system")
    )
    is_first = pl.struct(core.OBSERVATION.key).is_first_distinct()
    rejects = [reject for part in parts for reject in part.rejects]
    rejects += [_repeated(feed, row) for row in rows.filter(~is_first).iter_rows(named=True)]
    skipped: Counter[str] = Counter()
    for part in parts:
        skipped.update(part.skipped)
    return Parsed(
        {
            "core.observation": rows.filter(is_first),
            "core.system": systems.unique("source_row_id", keep="first", maintain_order=True),
            "core.series": definitions,
        },
        (*rejects, *broken),
        sum(part.record_count for part in parts),
        skipped=dict(skipped),
    )


def _repeated(feed: str, row: Mapping[str, object]) -> Reject:
    key = "|".join(str(row[name]) for name in core.OBSERVATION.key)
    line = row["line"]
    assert isinstance(line, int)
    reason = "another file of the archive has the same result; one of them must go"
    return Reject(feed, line, "|".join(core.OBSERVATION.key), key, "unique-key", reason, row)
