"""What each file of Epoch AI's Benchmarking Hub measures: its series, score column, unit, chance and ceiling."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.source import WrongContent
from sources.tabular import number, read_cells, read_csv, slug

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICIES_CSV: Final = Path(__file__).parent / "epoch" / "benchmarks.csv"
INTERNAL_SCORE: Final = "Best score (across scorers)"
METADATA: Final = "benchmark_metadata.csv"
_NUMBERS: Final = ("factor", "std_error_factor", "chance", "ceiling")
_METADATA_NUMBERS: Final = ("scale", "random_baseline", "score_ceiling")


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


def policies(members: Mapping[str, bytes]) -> dict[str, list[Policy]]:
    """File name → its policies, for one vintage of the archive.

    The publisher's own policy table, shipped since mid-2026, has the last word on score column, multiplier, chance
    and ceiling of shares, and defines series for files we do not know. Older vintages are read by our list alone.
    """
    stated = _stated(members)
    found: dict[str, list[Policy]] = {}
    for policy in our_policies():
        found.setdefault(policy.file, []).append(_updated(policy, stated.get(policy.file)))
    for file, row in stated.items():
        if file not in found:
            found[file] = [_unknown_to_us(file, row)]
    return found


def _stated(members: Mapping[str, bytes]) -> dict[str, Mapping[str, object]]:
    """File name → row of the publisher's policy table; empty when there is none that can be read."""
    body = next((content for name, content in members.items() if name.rpartition("/")[2] == METADATA), None)
    if body is None:
        return {}
    # A policy table that changed its columns must not cost the results: our own list stands in for it.
    try:
        table = read_csv(body, feed=METADATA, required=("benchmark", "source_file", "score_column", *_METADATA_NUMBERS))
    except WrongContent:
        return {}
    frame, _ = read_cells(table, [number(column) for column in _METADATA_NUMBERS])
    whole = frame.drop_nulls(["benchmark", "source_file", "score_column", *_METADATA_NUMBERS])
    # A ceiling at or below chance would turn every logit of the series into nothing.
    sane = whole.filter(pl.col("random_baseline") < pl.col("score_ceiling"), pl.col("scale") > 0)
    return {str(row["source_file"]): row for row in sane.iter_rows(named=True)}


def _updated(policy: Policy, row: Mapping[str, object] | None) -> Policy:
    # The publisher scores METR by average success; ours are minutes, which its multiplier must not touch.
    if row is None or policy.unit != "share":
        return policy
    column = str(row["score_column"])
    # Its scale turns the column it names into a fraction; with another column the multiplier would be wrong.
    factor = float(str(row["scale"])) if column not in policy.score else policy.factor
    return replace(
        policy,
        score=(column, *policy.score) if column in policy.score else (column,),
        factor=factor,
        chance=float(str(row["random_baseline"])),
        ceiling=float(str(row["score_ceiling"])),
    )


def _unknown_to_us(file: str, row: Mapping[str, object]) -> Policy:
    name = str(row["benchmark"])
    stem = file.rpartition("/")[2].removesuffix(".csv")
    variant = "epoch-external" if stem.endswith("_external") else "epoch"
    quantity = slug_of(stem.removesuffix("_external"))
    return Policy(
        file,
        f"{quantity}/full/{variant}",
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
