"""What opens under a row: why it says what it says, its formula and inputs, and the parts that are not one number."""

from __future__ import annotations

import json
import math
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flows.edition.authored import formula_in_words, has_words, in_language, reading_in, system_in
from flows.edition.cells import FORECAST_DIGITS, full_range, median_digits, never_chance, newest_input
from flows.edition.formats import DATE_UNITS, format_chance, format_date, format_month, format_number, format_range
from flows.edition.row_notes import notes_of
from flows.edition.so_far_notes import AMOUNT, amount_in
from flows.edition.words import words
from models.days import WORN, counted_digits
from warehouse.contracts.facts import FRESH_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Already said elsewhere in the row: the formula names the inputs, the status says what became of the fit.
_SAID_ELSEWHERE: Final = frozenset(
    {
        "inputs",
        "step_medians",
        "measured_now",
        "forecast_medians",
        "fit",
        "state",
        "essay_range",
        "cap_hours",
        "unmeasured",
        "lower_bound_from",
        "is_used_up",  # told by what would change the row
        "at_least",  # stands with the value so far
        "claimed",
        "clauses",
    }
)
_READING: Final = re.compile(rf"(.+: {AMOUNT}) \((\d{{4}}-\d{{2}}-\d{{2}}), (.+)\)")
_READ_ALIKE: Final = re.compile(rf"(.+?): ({AMOUNT})(?:, |$)")
# As models/properties/table.py names it: Best score on X, used up itself (x.y).
_ROW_OF: Final = re.compile(r"(?P<worn>, used up itself)? \((?P<row>[a-z]+\.\w+)\)$")
# Other roads to a forecast, by the unit of the row, in its digits: by compute, passes are counted and not forecast.
_FORECASTS: Final = frozenset({("by_compute", "human-years"), ("passes_in_2030", "forward passes")})
# The essay rounded; a recomputation this close is the same number.
_ROUNDING: Final = 0.02


class DetailLine(NamedTuple):
    """One line of an explanation; `is_code` when the text is a formula or an id."""

    term: str
    text: str
    is_code: bool = False


def facts(row: Mapping[str, Any], lang: str = "en") -> list[DetailLine]:
    """Everything to say about one row of out.property, most useful first."""
    page, unit = words(lang).page, row["unit"]
    found = [DetailLine(page["formula"], formula_in_words(row["formula"], lang), is_code=True)]
    found += [DetailLine(term, text) for term, text in notes_of(row, lang)]
    if row["inputs_as_of"]:
        day, old = newest_input(row, lang), row["rot"] == "aging"
        found.append(
            DetailLine(page["inputs_as_of"], words(lang).detail["aging"].format(day, FRESH_DAYS) if old else day)
        )
    ends = full_range(row, lang)
    if ends:
        found.append(DetailLine(page["full_range"], ends))
    if row["never_share"] is not None:
        found.append(DetailLine(page["never"], never_chance(row, lang)))
    if _is_recomputed_differently(row):
        found.append(DetailLine(page["recomputed"], format_number(row["essay_recomputed"], unit, lang)))
    if row["previous_p50"] is not None:
        # In the digits of today's median, beside which it stands.
        previous = format_number(row["previous_p50"], unit, lang, median_digits(row))
        found.append(DetailLine(page["previous"], previous))
    return [*found, *_next_row(row, lang), *detail_facts(row["detail_json"], unit, lang)]


def _next_row(row: Mapping[str, Any], lang: str) -> Iterator[DetailLine]:
    """The row of the table that takes this one's place; a series that does stands beside the row."""
    found = _ROW_OF.search(row.get("successor") or "")
    if found is None:
        return
    text = row["successor"]
    if lang != "en":
        # What is kept is in English; a name that has no words in another language yet goes by its id alone.
        label, detail = text[: found.start()], words(lang).detail
        named = words(lang).in_brackets.format(in_language(label, lang), found["row"])
        text = named if has_words(label, lang) else found["row"]
        text = words(lang).in_brackets.format(text, detail["worn"]) if found["worn"] else text
    yield DetailLine(words(lang).detail["next_row"], text)


def detail_facts(detail_json: str | None, unit: str, lang: str = "en") -> list[DetailLine]:
    """The lines of `detail_json`; a part nobody has named yet is shown as it stands, never dropped."""
    detail: dict[str, Any] = json.loads(detail_json) if detail_json else {}
    found: list[DetailLine] = []
    if detail.get("frozen"):
        named = {one["label"]: one["series"] for one in detail.get("beside", [])}
        detail["frozen"] |= {"series": named.get((detail["frozen"]["successor"] or "").removesuffix(WORN), "")}
    if detail.get("essay_note") == f"Metaculus question {detail.get('question_id')}":
        del detail["essay_note"]
    # Said by the reason of a status, which other languages cannot tell of an edition that kept no clauses.
    is_told = lang == "en" or "clauses" in detail
    said = _SAID_ELSEWHERE if is_told else _SAID_ELSEWHERE - {"unmeasured"}
    for key, value in detail.items():
        if value in (None, [], {}) or key in said:
            continue
        found.extend(_PARTS[key](value, unit, lang) if key in _PARTS else [_as_it_stands(key, value, unit, lang)])
    return found


def limit_facts(row: Mapping[str, Any], lang: str = "en") -> list[DetailLine]:
    """Of the same lines those that say what the row would be without each of its limits."""
    detail: dict[str, Any] = json.loads(row["detail_json"] or "{}")
    return list(_limits(detail.get("limits") or {}, row["unit"], lang))


def _is_recomputed_differently(row: Mapping[str, Any]) -> bool:
    # Where both agree there is nothing to explain; a line on every row would hide the few that differ.
    stated, again = row["essay_p50"], row["essay_recomputed"]
    if stated is None or again is None:
        return False
    # Decimal years differ by thousandths even where the dates are far apart.
    tolerance = 0.05 if row["unit"] in DATE_UNITS else _ROUNDING * abs(stated)
    return not math.isclose(stated, again, rel_tol=0.0, abs_tol=tolerance)


def _flags(value: list[str], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    w = words(lang)
    yield DetailLine(w.detail["flags"], w.join.join(w.flags.get(flag, flag) for flag in value))


def _limits(value: Mapping[str, Any], unit: str, lang: str) -> Iterator[DetailLine]:
    w = words(lang)
    for limit, said in value.items():
        without = said["without"]
        middle = format_number(without["p50"], unit, lang, FORECAST_DIGITS)
        ends = format_range(without["p25"], without["p75"], unit, lang, FORECAST_DIGITS)
        share = format_number(said["binding_share"], "share", lang, FORECAST_DIGITS)
        text = w.detail["limit_value"].format(value=w.in_brackets.format(middle, ends), share=share)
        yield DetailLine(w.detail["limit"].format(limit), text)
        for name, other in said.get("instead", {}).items():
            middle = format_number(other["p50"], unit, lang, FORECAST_DIGITS)
            ends = format_range(other["p25"], other["p75"], unit, lang, FORECAST_DIGITS)
            named = _said(name, w.detail, name)
            yield DetailLine(
                w.detail["limit_instead"].format(limit=limit, name=named), w.in_brackets.format(middle, ends)
            )


def _scenarios(value: list[Mapping[str, Any]], unit: str, lang: str) -> Iterator[DetailLine]:
    detail = words(lang).detail
    for one in value:
        said = {"hours": format_number(one["hours"], unit, lang), "interval": _interval(one, lang)}
        pattern = detail["scenario_value"]
        if one["is_capped"]:
            # A range that ends where it is cut off would say that no more is possible.
            is_whole_above = one.get("low", one["hours"]) >= one["hours"]
            pattern = detail["scenario_capped" if is_whole_above else "scenario_capped_from"]
            said["low"] = format_number(one.get("low", one["hours"]), unit, lang)
        elif "low" in one and "high" in one:
            # In brackets it would read as the middle half, which it is in the lines around it.
            pattern, said["ends"] = detail["scenario_between"], format_range(one["low"], one["high"], unit, lang)
        # Editions of early versions name a course by its days of doubling only.
        name = one.get("name") or detail["scenario"].format(one["doubling_days"])
        course, source = _said(f"course {name}", detail, name), _said(one["source"], detail, one["source"])
        # In English as the models cite it, also of an old edition.
        source = source if lang == "en" else _said(f"source {name}", detail, source)
        yield DetailLine(course, pattern.format(**said, source=source))


def _interval(one: Mapping[str, Any], lang: str) -> str:
    """What kind of interval the ends of a course are carried on from; early editions do not say how wide."""
    detail = words(lang).detail
    if "interval_share" not in one:
        return detail["interval"]
    return detail["interval_of"].format(format_number(one["interval_share"], "share", lang))


def _own(text: str, lang: str, otherwise: str) -> str:
    """A name in the language, or what stands for it in one that has no words for it yet."""
    return in_language(text, lang) if has_words(text, lang) else otherwise


def _named_or_told(text: str, lang: str) -> str:
    """A description in the language, or its first words and that there is more of it in English."""
    if has_words(text, lang):
        return in_language(text, lang)
    return words(lang).in_brackets.format(text.partition(",")[0], words(lang).detail["untold"])


def _said(name: str, detail: Mapping[str, str], otherwise: str) -> str:
    """The words for a name that the models give, or what stands there."""
    return detail.get(name.replace(" ", "_"), otherwise)


def _ahead(value: list[Mapping[str, Any]], unit: str, lang: str) -> Iterator[DetailLine]:
    w = words(lang)
    for one in value:
        ends = format_range(one["p25"], one["p75"], unit, lang, FORECAST_DIGITS)
        middle = format_number(one["p50"], unit, lang, FORECAST_DIGITS)
        yield DetailLine(
            w.detail["ahead"].format(date=_day(one["date"], lang), series=one["series"]),
            w.in_brackets.format(middle, ends),
        )


def _reach(value: list[Mapping[str, Any]], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    detail = words(lang).detail
    for one in value:
        if "reached" in one:
            text = detail["reached"].format(date=_day(one["reached"], lang), by=one["by"])
        else:
            months = {name: _month(one[name], lang) or detail["later"] for name in ("p25", "p50", "p75")}
            text = detail["reach_value"].format(**months)
        mark = _said(one["mark"], detail, one["mark"])
        yield DetailLine(detail["reach"].format(mark=mark, series=one["series"]), text)


def _beside(value: list[Mapping[str, Any]], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    w = words(lang)
    for one in value:
        own = one["unit"]
        note = w.unit(own) if own not in DATE_UNITS and own != "%" else ""
        # In the digits of the evidence that is listed on the same page.
        told = format_number(one["value"], own, lang, counted_digits(one["value"]))
        number = " ".join(part for part in (told, note) if part)
        by = reading_in(one["by"], lang)
        text = w.detail["beside_value"].format(value=number, date=_day(one["date"], lang), by=by)
        if "p50" in one:
            ends = format_range(one["p25"], one["p75"], own, lang, FORECAST_DIGITS)
            middle = format_number(one["p50"], own, lang, FORECAST_DIGITS)
            text += w.detail["beside_ahead"].format(middle, ends)
        label = _own(one["label"], lang, one["series"])
        if one.get("is_worn"):
            label = w.in_brackets.format(label, w.detail["worn"])
        yield DetailLine(w.detail["successor" if one["is_successor"] else "beside"].format(label), text)


def _audits(value: list[Mapping[str, Any]], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    detail = words(lang).detail
    for one in value:
        share = format_number(one["share"], "share", lang)
        note = _said(one.get("note") or "", detail, "")  # what has no words here is a remark for those who curate
        noted = detail["audit_noted"].format(share=share, note=note) if note else share
        yield DetailLine(
            detail["audit"].format(_named_or_told(one["what"], lang)),
            detail["audit_value"].format(share=noted, source=one["source"]),
        )


def _tasks(value: list[Mapping[str, Any]], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    detail = words(lang).detail
    for one in value:
        named = {
            "task": _said(one["task"], detail, one["task"]),
            "by": reading_in(one.get("by", ""), lang),
            "date": _day(one.get("date"), lang),
        }
        share = format_chance(one["probability"], lang) if "probability" in one else ""
        pattern = detail.get(f"task_{one['state']}", detail["task_unknown"])
        yield DetailLine(detail["tasks"], pattern.format(**named, probability=share))


def _protocols(value: Mapping[str, Any], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    detail = words(lang).detail
    for series_id, one in value.items():
        text = (
            detail["protocol_value"].format(date=_day(one["date"], lang), by=reading_in(one["by"], lang))
            if one
            else detail["protocol_never"]
        )
        yield DetailLine(detail["protocol"].format(series_id), text)


def _named(key: str) -> Callable[[Any, str, str], Iterator[DetailLine]]:
    def said(value: Any, unit: str, lang: str) -> Iterator[DetailLine]:
        del unit
        yield DetailLine(words(lang).detail[key], _text(value, lang))

    return said


def _frozen(value: Mapping[str, Any], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    w = words(lang).detail
    text = w["frozen_since"].format(_day(value["newest"], lang))
    name = (value["successor"] or "").removesuffix(WORN)
    # By its id where its name is an English sentence, as what stands beside the row is told.
    successor = _own(name, lang, value.get("series", ""))
    if successor and name != value["successor"]:
        successor = words(lang).in_brackets.format(successor, w["worn"])
    if successor:
        text += w["frozen_successor"].format(successor)
    yield DetailLine(w["frozen"], text)


def _at_once(value: float, unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    detail, number = words(lang).detail, format_number(value, "agents", lang)
    yield DetailLine(detail["at_once"], detail["at_once_is"].format(number))


def _unlimited(value: list[str], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    w = words(lang)
    yield DetailLine(w.detail["unlimited"], w.join.join(value))


def _unmeasured(value: list[str], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    w = words(lang)
    yield DetailLine(w.detail["unmeasured"], w.join.join(_said(name, w.detail, name) for name in value))


def _lower_bound(value: float, unit: str, lang: str) -> Iterator[DetailLine]:
    yield DetailLine(words(lang).detail["lower_bound"], format_number(value, unit, lang))


def _as_it_stands(key: str, value: Any, unit: str, lang: str) -> DetailLine:
    term = words(lang).detail.get(f"part_{key}", key.replace("_", " ").capitalize())
    if key.endswith("_share"):
        return DetailLine(term, format_chance(value, lang))
    if (key, unit) in _FORECASTS:
        return DetailLine(term, format_number(value, "", lang, FORECAST_DIGITS))
    return DetailLine(term, _text(value, lang))


def _text(value: Any, lang: str) -> str:
    if isinstance(value, list):
        return words(lang).join.join(_text(item, lang) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_text(item, lang)}" for key, item in value.items())
    return format_number(value, "", lang) if isinstance(value, float) else in_language(str(value), lang)


def _readings(value: list[str], unit: str, lang: str) -> Iterator[DetailLine]:
    del unit
    w = words(lang)
    yield DetailLine(w.detail["readings"], w.join.join(_reading(one, lang) for one in value))


def _reading(text: str, lang: str) -> str:
    """Readings of one day with their systems and numbers, as the models list those behind a level."""
    found = _READING.fullmatch(text) if lang != "en" else None
    if found is None:
        return in_language(text, lang)
    read, day, protocol = found.groups()
    w = words(lang)
    about = w.join.join((_day(day, lang), reading_in(protocol, lang)))
    told = (
        w.clause.format(system_in(system, lang), amount_in(amount, lang))
        for system, amount in _READ_ALIKE.findall(read)
    )
    return w.in_brackets.format(w.join.join(told), about)


def _day(text: str | None, lang: str) -> str:
    return format_date(date.fromisoformat(text), lang) if text else ""


def _month(text: str | None, lang: str) -> str:
    """A day that is forecast: nobody knows it to the day, and one that is printed moves every day."""
    return format_month(date.fromisoformat(text), lang) if text else ""


_PARTS: Final[Mapping[str, Callable[[Any, str, str], Iterator[DetailLine]]]] = {
    "flags": _flags,
    "limits": _limits,
    "scenarios": _scenarios,
    "ahead": _ahead,
    "reach": _reach,
    "beside": _beside,
    "audits": _audits,
    "frozen": _frozen,
    "tasks": _tasks,
    "protocols": _protocols,
    "lower_bound": _lower_bound,
    "concurrent_agents": _at_once,
    "unmeasured": _unmeasured,
    "unlimited": _unlimited,
    "readings": _readings,
    **{key: _named(key) for key in ("essay_note", "essay_stands_in", "series", "missing", "question_id")},
}
