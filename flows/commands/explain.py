"""`gpt2030 explain`: why a row says what it says, down to the bytes."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from flows.commands.common import LANG, Failure, corrections_or_fail, open_read_copy, read_copy_path
from flows.commands.frames import digits
from flows.commands.show import edition_rows, only
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.ask.explain import Explanation, Fit, SnapshotEvidence
    from flows.ask.inputs import Row

# A series with more rows than this is shown by its records and its newest row only.
MANY_ROWS = 40
# How much of an ISO date is known, by its precision.
_KNOWN: Final = {"month": 7, "year": 4}
_LONG: Final = re.compile(r"-?\d{4,}")


@click.command()
@click.argument("property_id", metavar="PROPERTY")
@click.option("--edition", metavar="ID", help="Another edition than the one in force: its id or day.")
@LANG
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def explain(property_id: str, edition: str | None, lang: str, *, as_json: bool) -> None:
    """From the sentence in the table back to formula, inputs, fits, observations and snapshots.

    PROPERTY is a row of the table, by its id or its number.

    Every snapshot is read again and its sha256 compared; exit 1 when one is damaged.
    """
    from flows.ask.explain import explain as walk
    from warehouse.snapshots import SnapshotStore

    path = read_copy_path()
    row = only(edition_rows(path, edition), property_id).row(0, named=True)
    with open_read_copy(path) as reader:
        found = walk(reader, SnapshotStore(path.parent), row, corrections_or_fail(), lang)
    if as_json:
        echo(json.dumps(asdict(found), default=str, indent=2, ensure_ascii=False))
    else:
        echo("\n".join(lines(found, lang)))
    if not found.is_sound:
        damaged = [one.problem for one in found.evidence if one.problem]
        raise Failure("; ".join(damaged))


def counted(count: int, noun: str, w: Mapping[str, str]) -> str:
    """So many records, readings or rows (`noun`, in the singular) in words."""
    return w[f"{'one' if count == 1 else 'many'}_{noun}"].format(count)


def lines(found: Explanation, lang: str = "en") -> Iterator[str]:
    """An explanation for people, line by line."""
    from flows.edition.authored import formula_in_words
    from flows.edition.cells import actual_cell, essay_cell, today_cell, unit_note
    from flows.edition.formats import DATE_UNITS, typed
    from flows.edition.reasons import reason
    from flows.edition.words import words

    row, w = found.row, words(lang).explain
    yield w["title"].format(label=row[f"label_{lang}"], **row)
    for name, cell in (("today", today_cell), ("essay", essay_cell), ("so_far", actual_cell)):
        yield w[name] + cell(row, lang).joined(lang)
        if name == "essay" and found.essay:
            yield _essay_line(found.essay, lang)
    if unit := unit_note(row, lang):
        # 27 of what? Neither the label nor the formula says hours.
        yield w["unit"] + unit
    yield w["status"] + w["standing"].format(words(lang).status[row["status"]], typed(reason(row, lang)))
    yield ""
    yield f"{w['formula']}{row['property_id']} = {formula_in_words(row['formula'], lang)}"
    yield from _input_lines(found, lang)
    unused = _unused(found)
    for fit in found.fits:
        yield ""
        is_used = fit.series["series_id"] not in unused
        yield from _fit_lines(fit, lang, is_used=is_used, is_day=row["unit"] in DATE_UNITS)
    if found.answers:
        yield ""
        yield w["answers"]
        yield from (_answer_line(one, lang) for one in found.answers)
    if found.others:
        yield ""
        yield words(lang).site["others"]
        yield from (_other_line(one, lang) for one in found.others)
    if any(row["evidence"] == "third_party" for fit in found.fits for row in fit.observations):
        yield ""
        yield w["second_hand"]
    yield ""
    yield w["snapshots"]
    yield from (_evidence_line(one, w) for one in found.evidence)


def _essay_line(stated: Row, lang: str) -> str:
    """The essay's own words and where they stand: who quotes its number has to name it."""
    from flows.edition.authored import in_language
    from flows.edition.words import words

    cited = f"{stated['citation_title']} <{stated['citation_url']}>"
    return words(lang).explain["essay_says"].format(in_language(stated["statement"], lang), cited)


def _input_lines(found: Explanation, lang: str) -> Iterator[str]:
    from flows.edition.authored import remarks_in
    from flows.edition.row_notes import notes_of, signs_in
    from flows.edition.words import words

    w, site = words(lang).explain, words(lang).site
    if found.inputs:
        yield w["inputs"]
    for one in found.inputs:
        # The code of the kind is what SQL knows it by.
        kind = one.kind if lang == "en" else site[f"kind_{one.kind}"]
        indent = "  " * one.depth
        # What is worked out begins with an equals sign: its name is what it equals.
        yield w["input_formula" if one.kind == "formula" else "input"].format(
            indent=indent, input_id=one.input_id, kind=kind, name=found.names[one.input_id], said=one.said
        )
        note = found.notes.get(one.input_id, "")
        if note:
            yield w["noted"].format(indent, remarks_in(note, lang))
    if found.inputs and found.row["p05"] != found.row["p95"]:
        yield w["whole_draws"]
    yield from (w["where"].format(sign) for sign in signs_in(_formulas_of(found), lang))
    listed = {one.input_id for one in found.inputs}
    beside = [(name, said) for name, said in found.names.items() if name not in listed]
    for told in (*beside, *notes_of(found.row, lang)):
        clause = words(lang).clause.format(*told)
        # An assumption is no input here: nothing above says what it states, and on whose word.
        stated = found.beside.get(told[0])
        yield w["where"].format(clause if stated is None else w["stating"].format(clause, stated))
        if stated is not None and told[0] in found.notes:
            yield w["noted"].format("  ", remarks_in(found.notes[told[0]], lang))


def _formulas_of(found: Explanation) -> str:
    return " ".join([str(found.row["formula"]), *(one.said for one in found.inputs if one.kind == "formula")])


def _unused(found: Explanation) -> set[str]:
    """The series of a row with a formula whose forecast it does not take: only what is measured of them enters."""
    from models.properties.declared_inputs import SERIES_INPUTS
    from models.properties.formulas import formulas

    if found.row["property_id"] not in formulas():
        return set()
    taken = {series for one in found.inputs if one.kind == "forecast" for series in SERIES_INPUTS[one.input_id]}
    return {fit.series["series_id"] for fit in found.fits} - taken


def _fit_lines(fit: Fit, lang: str, *, is_used: bool, is_day: bool) -> Iterator[str]:
    from flows.edition.evidence import ended_because
    from flows.edition.words import words

    w = words(lang).explain
    yield w["series"].format(fit.series["series_id"], fit.series.get(f"label_{lang}") or w["undefined"])
    if ended := ended_because(fit.series, lang):
        yield f"          {ended}"
    if fit.fit:
        yield from _estimate_lines(fit, w, lang, is_used=is_used)
    rows = fit.observations
    shown = rows if len(rows) <= MANY_ROWS else _worth_a_line(rows)
    if rows:
        yield _heading(fit, len(shown), w, is_day=is_day)
    is_level = fit.series.get("direction") == "level"  # whose readings hold no records
    yield from (_observation_line(row, lang, is_level=is_level) for row in shown)
    if not rows:
        yield w["unknown"]


def _estimate_lines(fit: Fit, w: Mapping[str, str], lang: str, *, is_used: bool) -> Iterator[str]:
    """What the forecaster estimated, and how far it may be trusted."""
    from flows.edition.authored import setup_in

    is_level = fit.series["direction"] == "level"
    yield w["fit_level" if is_level else "fit"].format(
        forecaster=fit.fit["forecaster_id"],
        status=w.get(f"fit_{fit.fit['status']}", fit.fit["status"]),
        records=counted(fit.fit["record_count"], "record", w),
        rows=counted(fit.fit["row_count"], "reading", w),
        drift=_drift(fit, w),
    )
    if is_level:
        yield w["level"]
    if not is_used:
        yield w["unused"]
    if fit.fit["reason"]:
        yield f"          {setup_in(fit.fit['reason'], lang)}"
    if count := fit.fit["remembered_count"]:
        yield w["from_memory_one" if count == 1 else "from_memory_many"].format(count)


def _worth_a_line(rows: Sequence[Row]) -> list[Row]:
    """Records, what is behind the value so far, what was corrected; and the newest, by which the row tells its age."""
    newest = max(rows, key=lambda row: row["observation_date"])
    return [row for row in rows if row is newest or row["is_record"] or row["is_standing"] or row["correction_note"]]


def _drift(fit: Fit, w: Mapping[str, str]) -> str:
    """The trend with its scale: in powers of ten 0.82 a year is a factor of seven, and in logits something else."""
    drift, error = fit.fit["drift_per_year"], fit.fit["drift_std_error"]
    if drift is None or error is None:
        return ""
    return w["drift"].format(_rounded(drift, 3), _rounded(error, 2), w[f"scale_{fit.series['scale']}"])


def _rounded(number: float, places: int) -> str:
    """A number to so many digits, written out: nobody reads 1.08e+03 as rating points."""
    return f"{float(f'{number:.{places}g}'):,.12g}"


def _heading(fit: Fit, shown_count: int, w: Mapping[str, str], *, is_day: bool) -> str:
    """How many rows there are, and which of them the value so far comes from."""
    from models.forecasting.frontier import LEVEL_DAYS

    rows = fit.observations
    if fit.series["direction"] == "level":
        standing = sum(row["is_standing"] for row in rows)
        marks = w["marks_level"].format(w["of_level"].format(count=standing, days=LEVEL_DAYS))
    else:
        records = sum(row["is_record"] for row in rows)
        # The day of a mark rests on the record that first passed it.
        mark = "marks_record" if is_day else "marks_record_so_far"
        marks = w[mark].format(records=counted(records, "record", w), so_far=w["of_record"])
    listed = w["listed"].format(shown_count) if shown_count < len(rows) else ""
    return w["rows"].format(count=counted(len(rows), "row", w), listed=listed, marks=marks)


def _observation_line(row: Row, lang: str, *, is_level: bool) -> str:
    from flows.edition.authored import in_language, setup_in, system_in
    from flows.edition.words import words

    w = words(lang).explain
    value, unit = _measured(row["value"], row["unit"], lang)
    said = w["row"].format(
        mark="●" if row["is_standing"] else "▲" if row["is_record"] and not is_level else " ",
        # No more exactly than it is known: the first of March would be a day that nobody stated.
        day=row["observation_date"].isoformat()[: _KNOWN.get(row["date_precision"], 10)].ljust(10),
        value=value,
        unit=unit,
        system=system_in(row["system_name"] or row["system_id"], lang),
        protocol=setup_in(row["setup"] or "", lang) or row["measured_as"],
        evidence=w.get(f"evidence_{row['evidence']}", row["evidence"]),
        title=row["citation_title"],
        url=row["citation_url"] or w["no_address"],
        snapshot=row["snapshot_id"][:12],
    )
    return said + (w["corrected"].format(in_language(row["correction_note"], lang)) if row["correction_note"] else "")


def _measured(value: float, unit: str, lang: str) -> tuple[str, str]:
    """A reading with all its digits, and what stands after them: the rows above tell shares in per cent."""
    from flows.edition.formats import SHARE_UNITS
    from flows.edition.words import words

    if unit in SHARE_UNITS:
        return digits(100 * value), words(lang).percent.format("")
    return _in_thousands(digits(value)), f" {words(lang).unit(unit)}"


def _in_thousands(text: str) -> str:
    """A number with its thousands apart: nobody counts the noughts of 48000000000000."""
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}" if _LONG.fullmatch(whole) else text


def _answer_line(row: Row, lang: str) -> str:
    from flows.edition.authored import in_language
    from flows.edition.words import words

    said = next((row[name] for name in ("value_number", "value_date", "value_text") if row[name] is not None), "")
    return (
        words(lang)
        .explain["answer"]
        .format(
            platform=row["platform"],
            question=row["question_id"],
            state=row["state"] if lang == "en" else words(lang).states.get(row["state"], row["state"]),
            level=f"p{100 * row['quantile']:g}" if row["quantile"] is not None else row["aggregation"] or "",
            said=said,
            detail=in_language(row["state_detail"] or "", lang),
            at=row["recorded_at"],
            snapshot=row["snapshot_id"][:12],
        )
    )


def _other_line(row: Row, lang: str) -> str:
    from flows.edition.elsewhere import told
    from flows.edition.words import words

    said = told(row, row["unit"], lang)
    line = words(lang).explain["other" if said.for_day else "other_undated"].format(
        target=row["target"], who=said.who, value=said.value, day=said.for_day, said_on=said.said_on,
        title=said.title, url=said.url,
    )  # fmt: skip
    return words(lang).explain["other_differs"].format(line, said.differs) if said.differs else line


def _evidence_line(one: SnapshotEvidence, w: Mapping[str, str]) -> str:
    snapshot = one.snapshot
    return w["snapshot"].format(
        snapshot=snapshot["snapshot_id"],
        feed=f"{snapshot.get('source_id')}/{snapshot.get('feed')}",
        url=snapshot.get("url"),
        at=snapshot.get("retrieved_at"),
        verdict=one.problem or w["verified"],
    )
