"""The clauses of a row's reason in words, from the keys and values that the models keep with the row."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flows.edition.authored import in_language, reading_in, setup_in
from flows.edition.formats import format_chance, format_date, format_month, format_number, typeset
from flows.edition.words import words
from models.days import DIGITS, readable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Which system, measured how: they are told remark by remark.
_READINGS = frozenset({"by", "note", "protocol"})


def clauses_in(detail: Mapping[str, Any], unit: str, lang: str) -> list[str]:
    """Each clause in the language, without a full stop; of an edition that kept none, nothing."""
    return [_clause(one, unit, lang) for one in detail.get("clauses", [])]


def _clause(one: Mapping[str, Any], unit: str, lang: str) -> str:
    said = {name: _value(name, value, unit, lang) for name, value in one.items() if name != "key"}
    if said.get("detail"):
        said["detail"] = words(lang).in_brackets.format("", said["detail"])
    return words(lang).clauses[one["key"]].format(**said)


def _value(name: str, value: Any, unit: str, lang: str) -> str:
    if isinstance(value, dict):
        return _number_or_day(name, value, unit, lang)
    if isinstance(value, list):
        return _listed(value, lang)
    if isinstance(value, str):
        if name == "why":
            return setup_in(value, lang)  # several remarks on a fit
        return reading_in(value, lang) if name in _READINGS else in_language(value, lang)
    return str(value)


def _number_or_day(name: str, value: Mapping[str, Any], unit: str, lang: str) -> str:
    if "date" in value:
        return _day(name, value, lang)
    if "share" in value:
        # In the digits of the English sentence, which tells what is counted in draws by two.
        if name == "chance":
            return format_chance(value["share"], lang)
        digits = 2 if name in {"near", "binds"} else DIGITS
        return format_number(value["share"], "share", lang, digits)
    # Without its unit, as in the English sentence; typeset, since Chinese sentences write powers of ten out.
    return readable(value["number"]) if lang == "en" else typeset(format_number(value["number"], unit, lang))


def _day(name: str, value: Mapping[str, Any], lang: str) -> str:
    when, precision = date.fromisoformat(value["date"]), value["precision"]
    if lang == "en":
        told = value["date"][: {"month": 7, "year": 4}.get(precision, 10)]
        return f"{'on' if precision == 'day' else 'in'} {told}" if name == "when" else told
    if precision == "year":
        return f"{when.year}年"
    return format_month(when, lang) if precision == "month" else format_date(when, lang)


def _listed(values: Sequence[Any], lang: str) -> str:
    """Names, or pairs of a name and whose word stands for it, one after another."""
    w = words(lang)
    told = [
        in_language(one, lang)
        if isinstance(one, str)
        else w.in_brackets.format(in_language(one[0], lang), reading_in(one[1], lang))
        for one in values
    ]
    return w.join.join(told) if lang == "en" else "、".join(told)
