"""What each file of Epoch AI's Benchmarking Hub measures: its series, score column, unit, chance and ceiling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.errors import WrongContent
from sources.reading.tabular import emptied, number, read_cells, read_csv, slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICIES_CSV: Final = Path(__file__).with_name("benchmarks.csv")
INTERNAL_SCORE: Final = "Best score (across scorers)"
METADATA: Final = "benchmark_metadata.csv"
_NUMBERS: Final = ("factor", "std_error_factor", "chance", "ceiling")
_METADATA_NUMBERS: Final = ("scale", "random_baseline", "score_ceiling")
_METADATA: Final = ("benchmark", "source_file", "score_column", *_METADATA_NUMBERS)


@dataclass(frozen=True, slots=True)
class Policy:
    """How one series is read from one file.

    A value is the first of the `score` columns that the file has, times `factor`. When `where_column` is given only
    rows whose cell there matches the pattern `where` (blank counts as empty text) belong to the series: some files
    mix versions of a benchmark that must not be mixed.
    """

    file: str
    series_id: str
    label_en: str
    label_zh: str
    benchmark: str
    benchmark_version: str | None
    variant: str | None
    score: tuple[str, ...]
    factor: float
    std_error: str | None
    std_error_factor: float | None
    unit: str
    scale: str
    chance: float | None
    ceiling: float | None
    status: str
    where_column: str | None = None
    where: str | None = None
    note: str | None = None

    def definition(self) -> dict[str, object]:
        """The series as a row of core.series."""
        return {
            "series_id": self.series_id,
            "label_en": self.label_en,
            "label_zh": self.label_zh,
            "unit": self.unit,
            "scale": self.scale,
            "chance_share": self.chance,
            "ceiling_share": self.ceiling,
            "benchmark": self.benchmark,
            "benchmark_version": self.benchmark_version,
            "variant": self.variant,
            "status": self.status,
            "note": self.note,
        }


@cache
def our_policies() -> tuple[Policy, ...]:
    """The policies of sources/epoch/benchmarks.csv, for the files of every vintage seen so far."""
    table = read_csv(POLICIES_CSV.read_bytes(), feed=POLICIES_CSV.name)
    frame, rejects = read_cells(table, [number(column) for column in _NUMBERS])
    assert not rejects, rejects
    rows = frame.drop("line").iter_rows(named=True)
    return tuple(Policy(**{**row, "score": tuple(row["score"].split("|"))}) for row in rows)


@dataclass(frozen=True, slots=True)
class Stated:
    """The publisher's own policy table: its rows by file, and the files of which it says what cannot be."""

    rows: Mapping[str, Sequence[Mapping[str, object]]]
    unusable: Mapping[str, str]


def stated_policies(members: Mapping[str, bytes]) -> Stated:
    """What the publisher's policy table says, shipped since mid-2026; empty when there is none.

    A blank cell says nothing, and our own list stands in for its row. A number that is given and cannot be read, or
    a ceiling at or below chance, makes the file unusable: read by another scale, every score might be a hundredfold.
    """
    body = next((content for name, content in members.items() if file_name(name) == METADATA), None)
    if body is None:
        return Stated({}, {})
    # A policy table that changed its columns must not cost the results: our own list stands in for it, and it is named.
    try:
        table = read_csv(body, feed=METADATA, required=_METADATA, aliases=dict.fromkeys(_METADATA, ()))
    except WrongContent as error:
        return Stated({}, {METADATA: f"our own list stands in for it: {error}"})
    table = emptied(table, _METADATA_NUMBERS)
    frame, rejects = read_cells(table, [number(column) for column in _METADATA_NUMBERS])
    whole = frame.drop_nulls(_METADATA)
    # A ceiling at or below chance would turn every logit of the series into nothing.
    is_sane = (pl.col("random_baseline") < pl.col("score_ceiling")) & (pl.col("scale") > 0)
    insane = "scale must be above 0 and random_baseline below score_ceiling"
    unusable = {file_name(str(reject.row["source_file"])): reject.reason for reject in rejects}
    unusable |= {file_name(str(row["source_file"])): insane for row in whole.filter(~is_sane).iter_rows(named=True)}
    rows: dict[str, list[Mapping[str, object]]] = {}
    for row in whole.filter(is_sane).iter_rows(named=True):
        rows.setdefault(file_name(str(row["source_file"])), []).append(row)
    return Stated(rows, {file: f"{METADATA}: {why}" for file, why in unusable.items()})


def policies(stated: Stated) -> dict[str, list[Policy]]:
    """File name → its policies, for one vintage of the archive.

    The publisher's own policy table has the last word on score column, multiplier, chance and ceiling of shares, and
    defines series for files we do not know. Older vintages are read by our list alone.
    """
    found: dict[str, list[Policy]] = {}
    for policy in our_policies():
        found.setdefault(policy.file, []).append(_updated(policy, stated.rows.get(policy.file, ())))
    for file, rows in stated.rows.items():
        if file not in found:
            found[file] = [_unknown_to_us(file, row, place) for place, row in enumerate(rows)]
    return found


def is_judged_by_publisher(of_file: Sequence[Policy]) -> bool:
    """Whether the publisher's table decides how a file is read: not where the scores are minutes or ratings."""
    return not of_file or any(policy.unit == "share" for policy in of_file)


def file_name(path: str) -> str:
    """The last part of a path, whatever parts its folders."""
    return path.replace("\\", "/").rpartition("/")[2]


def _updated(policy: Policy, rows: Sequence[Mapping[str, object]]) -> Policy:
    # The publisher scores METR by average success; ours are minutes, which its multiplier must not touch.
    if not rows or policy.unit != "share":
        return policy
    # Of several scores in one file ours is meant by the row that names our column.
    ours = [row for row in rows if str(row["score_column"]) in policy.score]
    if len(rows) > 1 and not ours:
        return policy
    row = (ours or rows)[0]
    column = str(row["score_column"])
    # Its scale turns the column it names into a fraction; with another column the multiplier would be wrong.
    factor = policy.factor if ours else float(str(row["scale"]))
    return replace(
        policy,
        score=(column, *policy.score) if ours else (column,),
        factor=factor,
        chance=float(str(row["random_baseline"])),
        ceiling=float(str(row["score_ceiling"])),
    )


def _unknown_to_us(file: str, row: Mapping[str, object], place: int) -> Policy:
    name = str(row["benchmark"])
    stem = file.removesuffix(".csv")
    variant = "epoch-external" if stem.endswith("_external") else "epoch"
    quantity = slug_of(stem.removesuffix("_external"))
    return Policy(
        file,
        f"{quantity}/{slug_of(str(row['score_column'])) if place else 'full'}/{variant}",
        name,
        f"{name}（Epoch 基准库）",
        quantity,
        None,
        variant,
        (str(row["score_column"]),),
        float(str(row["scale"])),
        "stderr" if variant == "epoch" else None,
        1.0 if variant == "epoch" else None,
        "share",
        "bounded",
        float(str(row["random_baseline"])),
        float(str(row["score_ceiling"])),
        "open",
        note="as the publisher's own policy table defines it",
    )


def unlisted(file: str, frame: pl.DataFrame) -> Policy | None:
    """The policy for a file that neither list names; None when it does not look like results of systems.

    Files of Epoch's own runs share one layout, in which scores are fractions. In a file gathered from others the
    unit cannot be known: its first column of numbers before the release date is kept as published, unscaled.
    """
    header = frame.columns
    if "Model version" not in header or "Release date" not in header:
        return None
    if INTERNAL_SCORE in header and "Started at" in header:
        return _own_definition(file, INTERNAL_SCORE, "share", "stderr")
    before = header[header.index("Model version") + 1 : header.index("Release date")]
    numeric = [name for name in before if _is_numeric(frame[name])]
    return _own_definition(file, numeric[0], "index", None) if numeric else None


def _is_numeric(cells: pl.Series) -> bool:
    # count() first: of a column without cells everything holds, and it would be taken for the score.
    return bool(cells.count()) and bool(cells.drop_nulls().cast(pl.Float64, strict=False).is_not_null().all())


def _own_definition(file: str, column: str, unit: str, std_error: str | None) -> Policy:
    stem = file.rpartition("/")[2].removesuffix(".csv").removesuffix("_external")
    is_share, quantity = unit == "share", slug_of(stem)
    name, variant = stem.replace("_", " "), "epoch" if unit == "share" else "epoch-external"
    return Policy(
        file, f"{quantity}/full/{variant}", name, f"{name}（Epoch 基准库）", quantity, None, variant, (column,), 1.0,
        std_error, 1.0, unit, "bounded" if is_share else "linear", 0.0 if is_share else None,
        1.0 if is_share else None, "open", note=None if is_share else f"column '{column}' in its own unit",
    )  # fmt: skip


def slug_of(name: str) -> str:
    """One name as a slug."""
    return str(pl.select(slug(pl.lit(name))).item())


def score_column(policy: Policy, header: Sequence[str]) -> str | None:
    """The column that holds the score in a file with this header; None when it has none of them."""
    return next((column for column in policy.score if column in header), None)
