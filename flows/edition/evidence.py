"""What a row rests on: its formula as a tree, the records of its series, its assumptions and the essay, each cited."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flows.edition.authored import has_words, in_language, remarks_in, system_in
from flows.edition.drawing import clipped
from flows.edition.formats import STATED_DIGITS, format_known_day, format_range, format_value
from flows.edition.shell import page_file
from flows.edition.site import web_address
from flows.edition.words import words
from models.days import NAME_LENGTH, SECOND_HAND, counted_digits
from models.properties.declared_inputs import OF_TODAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from flows.edition.site import Row, Site

MOST_ROWS: Final = 10
# Declared ends that are somebody's finding, and not what the name of the series says.
_ENDED: Final = frozenset({"frozen", "retired"})
_LONGEST: Final = 160


@dataclass(slots=True)
class Leaf:
    """One id of a formula: what it is, where it leads, what it is worth, and what stands below it."""

    kind: str
    name: str
    href: str
    said: str
    below: list[Leaf] = field(default_factory=list)


class Cited(NamedTuple):
    """Something stated somewhere: `url` is empty where nothing may be linked to."""

    title: str
    url: str
    statement: str = ""
    system: str = ""
    value: str = ""
    day: str = ""
    label: str = ""
    anchor: str = ""
    # Of an assumption its range as it is stated, and its name where that is not the input's.
    range: str = ""
    stated_as: str = ""


class Records(NamedTuple):
    """The rows of one series, the newest first."""

    series_id: str
    label: str
    anchor: str
    rows: list[Cited]
    # The question that lists those left out, in SQL; empty where none was.
    others: str = ""
    # Why nobody is expected to report another one; empty where somebody is.
    ended: str = ""


def anchor(kind: str, name: str) -> str:
    """The place of a series or an assumption on the page."""
    return f"{kind}-{name.replace('/', '-')}"


def tree(row: Row, site: Site, lang: str) -> list[Leaf]:
    """The ids below the formula, nested as they are computed; the frame holds them depth first.

    What stands below another row is told on the page of that row, and not on each that rests on it: one forecast that
    moved in its second digit was a reason to write ten pages anew.
    """
    rows = {other["property_id"] for other in site.rows}
    top: list[Leaf] = []
    open_at: list[list[Leaf]] = [top]
    for one in site.inputs.get(row["property_id"], []):
        if one["kind"] == "series":
            continue
        leaf = _leaf(one, row, site, lang)
        del open_at[one["depth"] :]
        open_at[-1].append(leaf)
        open_at.append([] if one["input_id"] in rows else leaf.below)
    return top


def _leaf(one: Row, row: Row, site: Site, lang: str) -> Leaf:
    name = one["input_id"]
    return Leaf(
        words(lang).site[f"kind_{one['kind']}"], name, _leads_to(one, row, site, lang), _said(one, row, site, lang)
    )


def _is_row(name: str, site: Site) -> bool:
    return any(row["property_id"] == name for row in site.rows)


def _leads_to(one: Row, row: Row, site: Site, lang: str) -> str:
    """The page of a row of the table, or the evidence on this page."""
    name = one["input_id"]
    if _is_row(name, site):
        return page_file(name, lang)
    if one["kind"] == "assumption" and _assumption(one, site) is not None:
        return f"#{anchor('a', name)}"
    shown = [series["series_id"] for series in site.series_of(row["property_id"])]
    named = [series_id for series_id in shown if series_id in (one["said"] or "")]
    if one["kind"] in {"forecast", "measured", "derived"} and shown:
        return f"#{anchor('s', (named or shown)[0])}"
    return ""


def _said(one: Row, row: Row, site: Site, lang: str) -> str:
    """How an id gets its value, as `explain` has it, without the address that the evidence below links to."""
    told = one["said"] if lang == "en" else site.told.get((lang, row["property_id"], one["input_id"]))
    text, assumed = _unmoving((told or "").split(" <", 1)[0], one, site, lang), _assumption(one, site)
    if lang != "en" and assumed is not None:
        # A title in another language, which stands below with its link.
        text = text.removesuffix(words(lang).clause.format("", assumed["citation_title"]))
    return clipped(text, _LONGEST)


def _unmoving(text: str, one: Row, site: Site, lang: str) -> str:
    """The same without the median of a row of the table: that stands on the page of the row, where the line leads.

    Told here as well, a median that moved in its second digit was why two other pages a day were written anew.
    """
    if not _is_row(one["input_id"], site):
        return text
    return "" if one["kind"] == "property" else text.partition(words(lang).explain["median"].partition("{}")[0])[0]


def _assumption(one: Row, site: Site) -> Row | None:
    # An input may take its value from an assumption of another name: under its own stands the essay's constant.
    return site.assumptions.get(one.get("assumption_id") or one["input_id"])


def records_of(row: Row, site: Site, lang: str) -> Iterator[Records]:
    """The newest records of each series beneath a row, or its newest readings where it has no records."""
    for series in site.series_of(row["property_id"]):
        key = (series["series_id"], lang)
        if key not in site.listed:
            site.listed[key] = _listed(series, _shown(series, site), lang)
        yield site.listed[key]


def _shown(series: Row, site: Site) -> tuple[list[Row], bool]:
    """The rows of a series that are listed in every language, the newest first, and whether there are more."""
    key = (series["series_id"], "")
    if key not in site.listed:
        site.listed[key] = _newest(series, site.observations[series["series_id"]])
    found: tuple[list[Row], bool] = site.listed[key]
    return found


def _newest(series: Row, seen: pl.DataFrame) -> tuple[list[Row], bool]:
    is_record = series["direction"] == "max"
    listed = seen.filter("is_record") if is_record else seen
    shown = listed.tail(MOST_ROWS).to_dicts()[::-1]
    # By its newest reading a row tells how old it is: where that is no record, the list would not hold it.
    days = seen["observation_date"].to_list()
    newest = [seen.row(max(range(len(days)), key=lambda place: (days[place], place)), named=True)] if days else []
    is_besides = is_record and bool(newest) and not newest[0]["is_record"]
    return newest + shown if is_besides else shown, listed.height > MOST_ROWS


def _listed(series: Row, shown: tuple[list[Row], bool], lang: str) -> Records:
    (found, is_cut), is_record = shown, series["direction"] == "max"
    is_besides = is_record and bool(found) and not found[0]["is_record"]
    name = "newest_and_records" if is_besides else "records" if is_record else "newest"
    label = words(lang).site[name].format(series[f"label_{lang}"])
    rows = [observed(one, series["unit"], lang) for one in found]
    # As the fits read it: a series pooled from others has rows of its own nowhere else.
    view = "frontier" if is_record else "observation_fitted"
    others = f"FROM {view} WHERE series_id = '{series['series_id']}'" if is_cut else ""
    named = anchor("s", series["series_id"])
    return Records(series["series_id"], label, named, rows, others, ended_because(series, lang))


def ended_because(series: Row, lang: str) -> str:
    """Why a series counts as measured no more, as it is declared; empty where it still is, or no reason is stated."""
    if series.get("status") not in _ENDED or not series.get("note"):
        return ""
    return words(lang).site["series_ended"].format(remarks_in(series["note"], lang))


def observed(one: Row, unit: str, lang: str) -> Cited:
    """A reading as it is cited: whose it is, its value and day, on whose word, and where it is stated."""
    w, day = words(lang), format_known_day(one["observation_date"], one.get("date_precision"), lang)
    evidence = one.get("evidence") or ""
    return Cited(
        clipped(one["citation_title"], _LONGEST),
        web_address(one["citation_url"]),
        system=clipped(system_in(one.get("system_name") or one["source_row_id"], lang), NAME_LENGTH),
        value=format_value(one["value"], unit, lang, counted_digits(one["value"])),
        day=w.join.join((day, w.page[evidence])) if evidence in SECOND_HAND else day,
    )


def assumptions_of(row: Row, site: Site, lang: str) -> Iterator[Cited]:
    """Every assumption below the formula, with its range and where it is stated; behind it what is assumed of today."""
    for one in site.inputs.get(row["property_id"], []):
        found = _assumption(one, site) if one["kind"] == "assumption" else None
        if found is not None:
            of_today = site.assumptions.get(OF_TODAY.get(one["input_id"], ""))
            yield from (_assumed(one["input_id"], each, lang) for each in (found, of_today) if each is not None)


def _assumed(input_id: str, stated: Row, lang: str) -> Cited:
    name = stated["assumption_id"] if stated["assumption_id"] in OF_TODAY.values() else input_id
    label = stated[f"label_{lang}"] or stated["label_en"]
    return Cited(
        clipped(stated["citation_title"], _LONGEST),
        web_address(stated["citation_url"]),
        remarks_in(stated["note"] or "", lang),
        value="" if stated["value"] is None else format_value(stated["value"], stated["unit"], lang, STATED_DIGITS),
        label=in_language(label, lang) if has_words(label, lang) else name,
        anchor=anchor("a", name),
        range=_range(stated, lang),
        stated_as=stated["assumption_id"] if stated["assumption_id"] != name else "",
    )


def _range(stated: Row, lang: str) -> str:
    """The stated range with what it is of: `(p10–p90: 0.2–0.6)`; empty where the source states none."""
    if stated["low"] is None or stated["high"] is None:
        return ""
    method, interval = words(lang).method, stated["interval"] or "range"
    interval = interval.replace("-", "–")
    ends = format_range(stated["low"], stated["high"], stated["unit"], lang)
    return method["stated_range"].format(of=method.get(f"interval_{interval}", interval), ends=ends)


def essay_source(row: Row, site: Site, lang: str) -> Cited | None:
    """What the essay says of the row, and where; its words are English."""
    stated = site.essay.get(row["property_id"])
    if stated is None:
        return None
    return Cited(
        stated["citation_title"],
        web_address(stated["citation_url"]),
        in_language(stated["statement"], lang),
    )


def plain(row: Row, site: Site) -> dict[str, Any]:
    """The same for machines: ids below the formula, series with their newest rows, assumptions with citation."""
    columns = ("input_id", "kind", "depth", "said", "assumption_id")
    inputs = [{key: one.get(key) for key in columns} for one in site.inputs.get(row["property_id"], [])]
    shown = ("system", "value", "day", "title", "url")
    records = [
        {"series_id": one.series_id, "rows": [{key: getattr(r, key) for key in shown} for r in one.rows]}
        for one in records_of(row, site, "en")
    ]
    stated = [
        {"assumption": one.anchor.removeprefix("a-"), "value": one.value, "title": one.title, "url": one.url}
        for one in assumptions_of(row, site, "en")
    ]
    return {"inputs": inputs, "records": records, "assumptions": stated}
