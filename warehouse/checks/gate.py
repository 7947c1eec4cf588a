"""The gate: the same checks as expectations of Great Expectations, run on the candidate before it replaces anything.

Importing Great Expectations takes seconds; `warm_up` does it in a background thread while publishers are looked at.
"""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from warehouse.checks.check import (
    Between,
    Check,
    Finding,
    OffendingRows,
    OneOf,
    RowCount,
    Rule,
    Unique,
    place_of,
    summary_sql,
)
from warehouse.checks.relations import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from warehouse.checks.check import Consequence

SEVERITY: Final[Mapping[Consequence, str]] = {"stop": "critical", "hold": "warning", "note": "info"}
# Checks in SQL belong to no one batch: they are attached to this relation and name all their own.
_HOME: Final = "edition"
_SHOWN_CELLS: Final = 3


class Unanswered(Exception):
    """An expectation could not be evaluated: no answer must never pass for a good one."""


class GateFindings(NamedTuple):
    """What the gate found, by check, and the result JSON of Great Expectations, one entry per batch."""

    findings: dict[str, list[Finding]]
    results: list[dict[str, Any]]


def warm_up() -> Thread:
    """Start importing Great Expectations in the background; whoever needs it earlier waits for the import to end."""
    thread = Thread(target=_import, name="import-great-expectations", daemon=True)
    thread.start()
    return thread


def _import() -> Any:
    import great_expectations

    from warehouse.checks import buffered, expectations  # noqa: F401 - what they import is slow too

    return great_expectations


def examine(candidate: Path, checks: Sequence[Check], known: Mapping[str, str]) -> GateFindings:
    """Evaluate every check as expectations on the candidate file; Unanswered names one that could not be."""
    gx = _import()
    from warehouse.checks import buffered

    buffered.register()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    # Quoted, or a ? in the path would end it.
    address = f"duckdb+buffered:///{quote(str(candidate.resolve()), safe='/')}"
    source = context.data_sources.add_sql("candidate", connection_string=address)
    try:
        results = [_validate(source, *batch, known) for batch in _batches(checks).items()]
    finally:
        # Great Expectations keeps its connections open, and the file could not be opened for writing afterwards.
        buffered.release([source.get_engine(), source.get_execution_engine().engine])
    return GateFindings(_findings(checks, results), results)


def _batches(checks: Sequence[Check]) -> dict[str, list[tuple[Check, Rule]]]:
    """Rules by the relation they are attached to."""
    batches: dict[str, list[tuple[Check, Rule]]] = {}
    for check in checks:
        for rule in check.rules:
            batches.setdefault(_HOME if isinstance(rule, OffendingRows) else rule.relation, []).append((check, rule))
    return batches


def _validate(source: Any, relation: str, rules: list[tuple[Check, Rule]], known: Mapping[str, str]) -> dict[str, Any]:
    gx = _import()
    query = render(f"SELECT * FROM @{relation}", known)
    asset = source.add_query_asset(relation, query=f"SELECT * FROM ({query})")  # it must begin with SELECT
    suite = gx.ExpectationSuite(name=relation)
    suite.expectations = [_expectation(gx.expectations, check, rule, known) for check, rule in rules]
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    result: dict[str, Any] = batch.validate(suite, result_format="BASIC").to_json_dict()
    return result


def _expectation(gxe: Any, check: Check, rule: Rule, known: Mapping[str, str]) -> Any:
    from warehouse.checks.expectations import NoOffendingRows

    place = _HOME if isinstance(rule, OffendingRows) else place_of(rule)
    common: dict[str, Any] = {"severity": SEVERITY[check.consequence], "meta": {"check": check.name, "place": place}}
    match rule:
        case OffendingRows():
            return NoOffendingRows(unexpected_rows_query=_as_query(render(summary_sql(rule), known)), **common)
        case Unique(_, (column,)):
            return gxe.ExpectColumnValuesToBeUnique(column=column, **common)
        case Unique(_, columns):
            return gxe.ExpectCompoundColumnsToBeUnique(column_list=list(columns), **common)
        case Between(_, column, low, high):
            return gxe.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, **common)
        case OneOf(_, column, values):
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), **common)
        case RowCount(_, count):
            return gxe.ExpectTableRowCountToEqual(value=count, **common)


def _as_query(sql: str) -> str:
    """SQL as the expectation takes it: braces doubled, colons escaped.

    Great Expectations prints a complaint on stdout, where our data go, when a query does not name its batch.
    """
    # Great Expectations fills in {fields}, SQLAlchemy takes :words for parameters; text from elsewhere may hold both.
    return "/* attached to {batch} */ " + sql.replace("{", "{{").replace("}", "}}").replace(":", r"\:")


def _findings(checks: Sequence[Check], results: list[dict[str, Any]]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {check.name: [] for check in checks}
    for batch in results:
        for one in batch["results"]:
            config = one["expectation_config"]
            if _is_unanswered(one["exception_info"]):
                raise Unanswered(f"{config['meta']['check']}: {one['exception_info']}")
            if not one["success"]:
                found[config["meta"]["check"]] += _read(config, one["result"])
    return {name: _merged(several) for name, several in found.items()}


def _is_unanswered(info: Mapping[str, Any]) -> bool:
    """Whether evaluating failed; the answer is filed directly, or per metric when one of several failed."""
    parts = [info] if "raised_exception" in info else info.values()
    return any(part["raised_exception"] for part in parts)


def _merged(found: list[Finding]) -> list[Finding]:
    """One finding per publisher: counts added, the evidence of several expectations one after the other."""
    by_source: dict[str | None, Finding] = {}
    for one in sorted(found, key=lambda one: one.evidence):
        before = by_source.get(one.source_id, Finding(one.source_id, 0, ""))
        evidence = "; ".join(filter(None, (before.evidence, one.evidence)))
        by_source[one.source_id] = Finding(one.source_id, before.affected_count + one.affected_count, evidence)
    return [by_source[key] for key in sorted(by_source, key=lambda source_id: source_id or "")]


def _read(config: Mapping[str, Any], result: Mapping[str, Any]) -> list[Finding]:
    """The offending rows an expectation reports, in our own words."""
    if config["type"] == "no_offending_rows":
        return [Finding(**row) for row in result["details"]["unexpected_rows"]]
    place, kwargs = config["meta"]["place"], config["kwargs"]
    if config["type"] == "expect_table_row_count_to_equal":
        return [Finding(None, 1, f"{place}: {result['observed_value']} rows, expected {kwargs['value']}")]
    column = kwargs.get("column") or " | ".join(kwargs["column_list"])
    cells = ", ".join(str(cell) for cell in result["partial_unexpected_list"][:_SHOWN_CELLS])
    return [Finding(None, result["unexpected_count"], f"{place}.{column}: {cells}")]
