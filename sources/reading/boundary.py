"""The boundary of the warehouse: rows that keep their contract pass, the others become rejects that say why."""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import polars as pl

from sources.bounds import require_few_refusals
from sources.reading.tabular import LINE
from sources.records import Reject
from warehouse.contracts import pandera_schema, polars_schema
from warehouse.contracts.plausible import ANY_DAY, EARLIEST, ERRORS, LATEST, range_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from warehouse.contracts.table import Column, Table

_INDEX: Final = "row_index"
_FINITE: Final = "finite"
_PLAUSIBLE: Final = "plausible"
# pandera's names of checks, by how they begin, and ours.
_RULES: Final = {
    "not_nullable": "given",
    "isin": "one-of",
    "str_matches": "pattern",
    "greater_than": "range",
    "less_than": "range",
    _FINITE: "finite",
    _PLAUSIBLE: "plausible",
}


def admit(
    table: Table, frame: pl.DataFrame, *, feed: str, came: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, list[Reject]]:
    """Split a frame into rows that keep the contract and rejects for those that break it.

    `frame` has the arriving columns of `table` with their types, plus `line`; the good rows come back in order with
    those columns, `feed` and `line`. `came` holds the rows as the publisher wrote them, with `line`: rejects then
    show those instead of ours. Of rows with the same key the first stays. A frame that lacks a column or has a
    wrong type is our own mistake, not the publisher's: pandera's SchemaErrors passes through.
    """
    names = [column.name for column in table.arriving]
    landing = frame.select(*names, pl.lit(feed).alias("feed"), LINE)
    if keeps(table, landing) and is_plausible(table, landing):
        return landing, []
    cases = _bad_cells(table, frame.select(names))
    is_whole = ~pl.int_range(frame.height).is_in(cases[_INDEX].unique().to_list())
    is_first = pl.struct(table.key).is_first_distinct()
    if cases.height:
        why = _why(table, next(iter(_located(cases.head(1), frame))))
        require_few_refusals(cases.height, frame.width, why, where=feed)
    # Namesakes are sought among whole rows only: a broken first one must not push out a good second.
    good, repeated = (landing.filter(is_whole).filter(keep) for keep in (is_first, ~is_first))
    require_few_refusals(repeated.height, frame.width, f"the same {' and '.join(table.key)}", where=feed)
    bad = pl.concat([frame.filter(~is_whole)[LINE], repeated[LINE]])
    rows = _rows_by_line(frame if came is None else came, bad)
    rejects = [_bad_cell(table, case, rows, feed) for case in _located(cases, frame)]
    rejects += [_repeated(table, row, rows, feed) for row in _with_first_line(repeated, good, table.key)]
    return good, sorted(rejects, key=lambda reject: reject.line or 0)


def without_odd_errors(
    table: Table, frame: pl.DataFrame, *, feed: str, came: pl.DataFrame
) -> tuple[pl.DataFrame, list[Reject]]:
    """The frame without the standard errors that break the contract, and a refusal of each such cell.

    `came` as for `admit`. A score can be read without its error: refused with it, a record would be lost because of
    what stands beside it. Only where publishers are read: in files of one's own a slip is to be mended.
    """
    rejects: list[Reject] = []
    for column in (one for one in table.arriving if one.name in ERRORS):
        for check, bad in _odd_error(column, frame):
            odd = frame.filter(bad)
            rows = _rows_by_line(came, odd[LINE])
            cases = (
                {
                    "column": column.name,
                    "check": check,
                    "line": row[LINE],
                    "value": row[column.name],
                    "unit": row["unit"],
                }
                for row in odd.iter_rows(named=True)
            )
            refused = (_bad_cell(table, case, rows, feed) for case in cases)
            rejects += [replace(one, line=None, within=one.line) for one in refused]
            frame = frame.with_columns(frame[column.name].set(bad, None))
    return frame, rejects


def _odd_error(column: Column, frame: pl.DataFrame) -> Iterable[tuple[str, pl.Series]]:
    """Which errors break which rule; each by the first that it breaks."""
    cells = frame[column.name]
    infinite = (~cells.is_finite()).fill_null(value=False)
    negative = (cells < (column.ge or 0)).fill_null(value=False) & ~infinite
    implausible = pl.int_range(frame.height, eager=True).is_in(_implausible(column, frame).implode())
    yield from ((_FINITE, infinite), ("greater_than", negative), (_PLAUSIBLE, implausible & ~infinite & ~negative))


def keeps(table: Table, frame: pl.DataFrame) -> bool:
    """Whether every row keeps the contract, keys included; one pass, without pandera.

    Nearly every frame does, and pandera takes seconds to import and tens of milliseconds a frame: it is asked only
    what is wrong, never whether. A test holds the two to the same answer.
    """
    dtypes = polars_schema(table, arriving=True)
    if any(frame.schema.get(name) != dtype for name, dtype in dtypes.items()):
        return False
    return bool(frame.select(_whole(table)).item()) and _has_unique_keys(frame.select(table.key))


@cache
def _whole(table: Table) -> pl.Expr:
    # A rule over an empty cell is null: not ignored, it would send every frame with an empty cell through pandera.
    return pl.all_horizontal(holds.all(ignore_nulls=True) for column in table.arriving for holds in _holds(column))


def is_plausible(table: Table, frame: pl.DataFrame) -> bool:
    """Whether every number and day of the frame can be at all, by `warehouse.contracts.plausible`."""
    return bool(frame.select(_possible(table, _units(frame))).item())


def _units(frame: pl.DataFrame) -> tuple[str | None, ...]:
    # A frame has one or two units, and up to a million rows.
    return tuple(frame["unit"].unique(maintain_order=True)) if "unit" in frame.columns else (None,)


@lru_cache(maxsize=100)
def _possible(table: Table, units: tuple[str | None, ...]) -> pl.Expr:
    can_be = (holds.all(ignore_nulls=True) for column in table.arriving for holds in _can_be(column, units))
    return pl.all_horizontal(pl.lit(value=True), *can_be)


def _can_be(column: Column, units: Sequence[str | None]) -> Iterable[pl.Expr]:
    """What must hold of a column that has numbers or days, in each of the units of the frame."""
    value = pl.col(column.name)
    if column.type == "DATE" and column.name not in ANY_DAY:
        yield value.is_between(EARLIEST, LATEST)
    if column.type == "DOUBLE":
        for unit in units:
            inside = value.is_between(*range_of(column.name, unit))
            yield inside if len(units) == 1 else pl.col("unit").ne_missing(unit) | inside


def _implausible(column: Column, frame: pl.DataFrame) -> pl.Series:
    """Places of the rows whose number or day cannot be."""
    holds = [pl.lit(value=True), *(holds.fill_null(value=True) for holds in _can_be(column, _units(frame)))]
    can_be = frame.select(pl.col(column.name).is_null() | pl.all_horizontal(*holds)).to_series()
    return (~can_be).arg_true()


def _has_unique_keys(keys: pl.DataFrame) -> bool:
    # Equal rows have equal hashes: only where one repeats is it worth the many times dearer look at the keys.
    return keys.hash_rows().n_unique() == keys.height or not keys.is_duplicated().any()


def _holds(column: Column) -> Iterable[pl.Expr]:
    value = pl.col(column.name)
    if column.type == "DOUBLE":  # NaN passes every comparison in polars, as the largest of numbers
        yield value.is_finite()
    if not column.nullable:
        yield value.is_not_null()
    if column.ge is not None:
        yield value >= column.ge
    if column.le is not None:
        yield value <= column.le
    if column.isin:
        yield value.is_in(column.isin)
    if column.matches:
        yield value.str.contains(f"^(?:{column.matches})$")


def _bad_cells(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """What breaks the contract cell by cell: column, check and row index."""
    import pandera.errors

    cases = []
    try:
        pandera_schema(table).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as errors:
        found: pl.DataFrame = errors.failure_cases
        if found["index"].null_count():  # a column is missing or of a wrong type: no row is to blame
            raise
        # Not what it finds of keys: it blames every row of a repeated one, also the first, which stays.
        of_cells = found.filter(pl.col("schema_context") == "Column")
        cases.append(of_cells.select("column", "check", pl.col("index").cast(pl.UInt32).alias(_INDEX)))
    return pl.concat([*(found for column in table.arriving for found in _odd_cells(column, frame)), *cases])


def _odd_cells(column: Column, frame: pl.DataFrame) -> Iterable[pl.DataFrame]:
    """What pandera is not asked: numbers that are infinite, and numbers and days that cannot be."""
    if column.type not in {"DOUBLE", "DATE"}:
        return
    cells, implausible = frame[column.name], _implausible(column, frame)
    if column.type == "DOUBLE":
        # pandera takes infinity for a number like any other, and one such row makes every fit infinite.
        yield _cases(column, _FINITE, cells.is_infinite().fill_null(value=False).arg_true())
        implausible = implausible.filter(cells.gather(implausible).is_finite())
    yield _cases(column, _PLAUSIBLE, implausible)


def _cases(column: Column, check: str, places: pl.Series) -> pl.DataFrame:
    index = places.cast(pl.UInt32).alias(_INDEX).to_frame()
    return index.select(pl.lit(column.name).alias("column"), pl.lit(check).alias("check"), _INDEX)


def _located(cases: pl.DataFrame, frame: pl.DataFrame) -> Iterable[dict[str, object]]:
    """Bad cells with the line and the value of their row."""
    for case in cases.iter_rows(named=True):
        row = frame.row(case[_INDEX], named=True)
        unit, value = row.get("unit"), row[case["column"]]
        yield {"column": case["column"], "check": case["check"], "line": row[LINE], "value": value, "unit": unit}


def _with_first_line(repeated: pl.DataFrame, good: pl.DataFrame, key: tuple[str, ...]) -> Iterable[dict[str, object]]:
    first = good.select(*key, pl.col(LINE).alias("first_line"))
    return repeated.join(first, on=key, how="left", nulls_equal=True).iter_rows(named=True)


def _rows_by_line(frame: pl.DataFrame, lines: pl.Series) -> Mapping[object, Mapping[str, object]]:
    wanted = frame.filter(pl.col(LINE).is_in(lines.unique().to_list()))
    return {row.pop(LINE): row for row in wanted.iter_rows(named=True)}


def _bad_cell(
    table: Table, case: Mapping[str, object], rows: Mapping[object, Mapping[str, object]], feed: str
) -> Reject:
    value = None if case["value"] is None else str(case["value"])
    rule, column = _rule(case), str(case["column"])
    return Reject(feed, _line(case), column, value, rule, _why(table, case), rows[case["line"]])


def _rule(case: Mapping[str, object]) -> str:
    return next(name for prefix, name in _RULES.items() if str(case["check"]).startswith(prefix))


def _why(table: Table, case: Mapping[str, object]) -> str:
    column, rule = table.column(str(case["column"])), _rule(case)
    if rule != _PLAUSIBLE:
        return _reason(column, rule)
    if column.type == "DATE":
        return f"{column.name} {case['value']} cannot be: it must lie between {EARLIEST} and {LATEST}"
    unit = None if case["unit"] is None else str(case["unit"])
    low, high = range_of(column.name, unit)
    return f"{column.name} {case['value']} {unit or ''} cannot be: it must lie between {low:g} and {high:g}"


def _reason(column: Column, rule: str) -> str:
    reasons = {
        "given": f"{column.name} is empty; state {column.comment}",
        "one-of": f"{column.name} must be one of {', '.join(column.isin)}",
        "pattern": f"{column.name} must match {column.matches}",
        "range": f"{column.name} must lie between {column.ge} and {column.le}".replace("None", "any"),
        "finite": f"{column.name} must be a finite number",
    }
    return reasons[rule]


def _repeated(
    table: Table, row: Mapping[str, object], rows: Mapping[object, Mapping[str, object]], feed: str
) -> Reject:
    value = "|".join(str(row[name]) for name in table.key)
    reason = f"line {row['first_line']} has the same {' and '.join(table.key)}; keep one, or tell them apart"
    return Reject(feed, _line(row), "|".join(table.key), value, "unique-key", reason, rows[row[LINE]])


def _line(row: Mapping[str, object]) -> int:
    line = row[LINE]
    assert isinstance(line, int)
    return line
