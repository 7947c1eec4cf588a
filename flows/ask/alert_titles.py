"""First lines of alerts in another language than the one they were stored in, from what they say in detail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from flows.ask.sentences import ended, moved
from flows.edition.reason_clauses import clauses_in
from flows.edition.reasons import ahead_of
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_STATUS: Final = ("threshold_passed", "property_resolved", "status_changed")
# How a stored first line says why an alert about a forecast is over: alerts of before December 2026 kept no `since`.
_OVER: Final = re.compile(r": it (?:stands since (?P<day>\d{4}-\d\d-\d\d)|was taken back), ")
# Behind what of the stored first line the words of a publisher, of a check or of the system stand.
_WORDING: Final = {
    "source_stale": re.compile(r": stale: (.+)"),
    "source_held": re.compile(r": new data held, older rows stand: (.+)"),
    "publication_held": re.compile(r" held, (?:the last good edition \S+ stays|there is no edition yet): (.+)"),
    "refresh_failed": re.compile(r" failed: (.+)"),
}
_SOURCES: Final = {"source_stale": "stale", "source_held": "held"}


def title_of(alert: Mapping[str, Any], labels: Mapping[str, str], lang: str) -> str:
    """The first line of a row of out.alert with its `detail`; `labels` name the table's rows in this language.

    English is what was stored, which is what was sent.
    """
    if lang == "en":
        return str(alert["title"])
    detail, w = alert["detail"], words(lang).alerts
    said = _SAYERS[alert["kind"]](alert, detail, lang)
    subject = labels.get(alert["subject"]) or _name(alert, lang)
    title = w["titled"].format(label=subject, said=said) if subject else said
    return w["cleared"].format(title) if alert["state"] == "cleared" else title


def wording_of(alert: Mapping[str, Any], lang: str) -> str:
    """What an error said, quoted and marked as such, for who does not read the English first line that ends with it."""
    pattern = _WORDING.get(alert["kind"])
    found = pattern.search(str(alert["title"])) if pattern and lang != "en" else None
    return words(lang).alerts["wording"].format(found[1]) if found else ""


def _name(alert: Mapping[str, Any], lang: str) -> str:
    """What an alert is about that is about no row of the table; empty where what is said names it."""
    if alert["kind"] in _SOURCES:
        return words(lang).source(alert["subject"])
    return str(alert["subject"]) if alert["kind"].startswith("community_") else ""


def _forecast(alert: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> str:
    said, w = _OVER.search(alert["title"]), words(lang).alerts
    if alert["state"] != "cleared" or said is None:
        return moved(detail, lang)
    since = detail.get("since") or said["day"]
    return ended(detail, w["stands"].format(since) if since else w["taken_back"], lang)


def _method(_alert: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> str:
    return words(lang).alerts["method"].format(len(detail["rows"]))


def _status(alert: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> str:
    w, ends = words(lang), {"before": detail["status_before"], "now": detail["status"]}
    named = {end: words(lang).status[status] for end, status in ends.items()}
    if alert["state"] == "cleared":
        return w.alerts["status_over"].format(**named)
    said = w.ledger["status"].format(**named)
    clauses = clauses_in(detail, detail.get("unit", ""), lang)
    why = w.alerts["and"].join([*(one.rstrip("。") for one in _instead(detail, lang)), *clauses])
    return w.clause.format(said, why) if why else said


def _instead(detail: Mapping[str, Any], lang: str) -> list[str]:
    """The coming years and the courses of a row that gives no number; an alert of before it kept them says so."""
    if detail["status"] != "beyond_range":
        return []
    return list(ahead_of(detail, detail, lang)) if "ahead" in detail else [words(lang).detail["untold"]]


def _evidence(alert: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> str:
    w = words(lang).alerts
    if detail["days"] is None:
        is_at_rest = detail.get("is_at_rest", alert["title"].endswith(words("en").alerts["at_rest"]))
        return w["at_rest"] if is_at_rest else w["fresh"].format(detail["inputs_as_of"])
    return w["old"].format(day=detail["inputs_as_of"], days=detail["days"])


def _community(_alert: Mapping[str, Any], detail: Mapping[str, Any], lang: str) -> str:
    return words(lang).alerts["community"].format(before=detail["before"], after=detail["after"])


def _source(alert: Mapping[str, Any], _detail: Mapping[str, Any], lang: str) -> str:
    return words(lang).freshness_meaning[_SOURCES[alert["kind"]]]


def _of_the_day(name: str) -> Callable[[Mapping[str, Any], Mapping[str, Any], str], str]:
    return lambda _alert, detail, lang: words(lang).alerts[name].format(detail["day"])


_SAYERS: Final[Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any], str], str]]] = {
    "forecast_changed": _forecast,
    "method_changed": _method,
    **dict.fromkeys(_STATUS, _status),
    "evidence_old": _evidence,
    "community_moved": _community,
    "community_rescaled": lambda _alert, _detail, lang: words(lang).alerts["rescaled"],
    **dict.fromkeys(_SOURCES, _source),
    "publication_held": _of_the_day("held"),
    "refresh_failed": _of_the_day("failed"),
}
