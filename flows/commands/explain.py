"""`gpt2030 explain`: why a row says what it says, down to the bytes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from flows.commands.common import Failure, corrections_or_fail, open_read_copy, read_copy_path
from flows.commands.frames import digits
from flows.commands.show import edition_rows, only
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.ask.explain import Explanation, Fit, SnapshotEvidence
    from flows.ask.inputs import Row

# A series with more rows than this is shown by its records only.
MANY_ROWS = 40
# What formulas call and no school teaches.
HELPERS: Final = {
    "softmin": "softmin(a, b, s) is (a^-s + b^-s)^(-1/s), the smaller of a and b, rounded off where they meet",
}


@click.command()
@click.argument("property_id", metavar="PROPERTY")
@click.option("--edition", metavar="ID", help="Another edition than the one in force: its id or day.")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def explain(property_id: str, edition: str | None, *, as_json: bool) -> None:
    """From the sentence in the table back to formula, inputs, fits, observations and snapshots.

    Every snapshot is read again and its sha256 compared; exit 1 when one is damaged.
    """
    from flows.ask.explain import explain as walk
    from warehouse.snapshots import SnapshotStore

    path = read_copy_path()
    row = only(edition_rows(path, edition), property_id).row(0, named=True)
    with open_read_copy(path) as reader:
        found = walk(reader, SnapshotStore(path.parent), row, corrections_or_fail())
    if as_json:
        echo(json.dumps(asdict(found), default=str, indent=2, ensure_ascii=False))
    else:
        echo("\n".join(lines(found)))
    if not found.is_sound:
        damaged = [one.problem for one in found.evidence if one.problem]
        raise Failure("; ".join(damaged))


def lines(found: Explanation) -> Iterator[str]:
    """An explanation for people, line by line."""
    from flows.edition.cells import actual_cell, essay_cell, today_cell
    from flows.edition.words import words

    row = found.row
    yield f"{row['label_en']}  ·  {row['property_id']}  ·  edition {row['edition_id']}"
    for name, cell in (("today", today_cell), ("essay", essay_cell), ("so far", actual_cell)):
        yield f"  {name:8}{cell(row, 'en').joined('en')}"
    yield f"  {'status':8}{words('en').status[row['status']]}: {row['status_reason']}"
    yield ""
    yield f"formula   {row['property_id']} = {row['formula']}"
    if found.inputs:
        yield "inputs"
        yield from (f"  {'  ' * (one.depth - 1)}{one.input_id}  [{one.kind}]  {one.said}" for one in found.inputs)
    if found.inputs and found.row["p05"] != found.row["p95"]:
        yield "  today's number is of whole draws of all inputs: the medians above, put into the formula, come near it"
    yield from (f"  where {meaning}" for name, meaning in HELPERS.items() if name in _formulas_of(found))
    unused = _unused(found)
    for fit in found.fits:
        yield ""
        yield from _fit_lines(fit, is_used=fit.series["series_id"] not in unused)
    if found.answers:
        yield ""
        yield "community forecasts"
        yield from (_answer_line(one) for one in found.answers)
    yield ""
    yield "snapshots"
    yield from (_evidence_line(one) for one in found.evidence)


def _formulas_of(found: Explanation) -> str:
    return " ".join([str(found.row["formula"]), *(one.said for one in found.inputs if one.kind == "formula")])


def _unused(found: Explanation) -> set[str]:
    """The series of a row with a formula whose forecast it does not take: only what is measured of them enters."""
    from models.properties.formulas import formulas
    from models.properties.inputs import SERIES_INPUTS

    if found.row["property_id"] not in formulas():
        return set()
    taken = {series for one in found.inputs if one.kind == "forecast" for series in SERIES_INPUTS[one.input_id]}
    return {fit.series["series_id"] for fit in found.fits} - taken


def _fit_lines(fit: Fit, *, is_used: bool) -> Iterator[str]:
    yield f"series    {fit.series['series_id']}  ({fit.series.get('label_en') or 'not defined'})"
    if fit.fit:
        drift, error = fit.fit["drift_per_year"], fit.fit["drift_std_error"]
        said = (
            f"drift {drift:.3g} ± {error:.2g} a year on the fitted scale"
            if drift is not None and error is not None
            else ""
        )
        yield f"  fit     {fit.fit['forecaster_id']}: {fit.fit['status']}; {fit.fit['record_count']} records; {said}"
        if fit.series["direction"] == "level":
            yield "          of a level, not a record, all forecasters of ours but the last value say the same"
        if not is_used:
            yield "          the row does not use this fit, only what is measured of the series"
        if fit.fit["reason"]:
            yield f"          {fit.fit['reason']}"
        if fit.fit["remembered_count"]:
            yield f"          {fit.fit['remembered_count']} of the rows rest on memory alone"
    rows = fit.observations
    shown = rows if len(rows) <= MANY_ROWS else [row for row in rows if _is_worth_a_line(row)]
    if rows:
        yield _heading(fit, len(shown))
    yield from (_observation_line(row) for row in shown)
    if not rows:
        yield "  no row was known on the day of this edition"


def _is_worth_a_line(row: Row) -> bool:
    return bool(row["is_record"] or row["is_standing"] or row["correction_note"])


def _heading(fit: Fit, shown_count: int) -> str:
    """How many rows there are, and which of them the value so far comes from."""
    from models.forecasting.frontier import LEVEL_DAYS

    rows = fit.observations
    standing = sum(row["is_standing"] for row in rows)
    is_level = fit.series["direction"] == "level"
    so_far = (
        f"the median of the {standing} of the {LEVEL_DAYS} days up to the newest" if is_level else "the newest record"
    )
    listed = f", of which {shown_count} are listed" if shown_count < len(rows) else ""
    records = sum(row["is_record"] for row in rows)
    marks = f"● behind the value so far, {so_far}" if is_level else f"▲ {records} records, ● {so_far}, the value so far"
    return f"  {len(rows)} rows{listed}; {marks}:"


def _observation_line(row: Row) -> str:
    mark = "●" if row["is_standing"] else "▲" if row["is_record"] else " "
    name = row["system_name"] or row["system_id"]
    cited = f"{row['citation_title']} <{row['citation_url'] or 'no address'}>"
    protocol = row["setup"] or row["measured_as"]
    return (
        f"  {mark} {row['observation_date']}  {digits(row['value']):>10} {row['unit']}  {name}; {protocol}"
        f"  [{row['evidence']}: {cited}; snapshot {row['snapshot_id'][:12]}]"
        + (f"  corrected: {row['correction_note']}" if row["correction_note"] else "")
    )


def _answer_line(row: Row) -> str:
    said = next((row[name] for name in ("value_number", "value_date", "value_text") if row[name] is not None), "")
    level = f"p{100 * row['quantile']:g}" if row["quantile"] is not None else row["aggregation"] or ""
    return (
        f"  {row['platform']} {row['question_id']}  {row['state']}  {level}  {said}  {row['state_detail'] or ''}"
        f"  [recorded {row['recorded_at']} UTC; snapshot {row['snapshot_id'][:12]}]"
    )


def _evidence_line(one: SnapshotEvidence) -> str:
    snapshot = one.snapshot
    verdict = one.problem or "bytes verified"
    return (
        f"  {snapshot['snapshot_id']}  {snapshot.get('source_id')}/{snapshot.get('feed')}  "
        f"{snapshot.get('url')}  retrieved {snapshot.get('retrieved_at')} UTC  {verdict}"
    )
