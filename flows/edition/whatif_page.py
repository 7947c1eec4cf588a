"""The page of other assumptions: each row under every scenario that moves it, and without each of its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flows.edition.cells import FORECAST_DIGITS
from flows.edition.details import limit_facts
from flows.edition.formats import DATE_UNITS, format_month, format_number, format_range
from flows.edition.shell import page_file, render
from flows.edition.words import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.edition.details import DetailLine
    from flows.edition.site import Row, Site

TEMPLATE: Final = "whatif.html.j2"


class Otherwise(NamedTuple):
    """A row under other assumptions: `scenarios` are (name, what is assumed, value), `limits` what it is without them.

    `then` heads what comes out, with the day that it is of.
    """

    name: str
    label: str
    href: str
    then: str
    scenarios: tuple[tuple[str, str, str], ...]
    limits: tuple[DetailLine, ...]


def whatif_page(site: Site, lang: str) -> str:
    """Every row that a scenario moves or a limit could hold back, in the order of the table.

    On the pages of the rows these numbers, which are of no row's forecast, were why half of all pages were written
    anew on a day without news.
    """
    said = {
        "name": "whatif",
        "title": words(lang).site["whatif"],
        "description": words(lang).site["whatif_lede"],
        "rows": list(_rows(site, lang)),
    }
    return render(TEMPLATE, lang, site.edition, said)


def _rows(site: Site, lang: str) -> Iterator[Otherwise]:
    for row in site.rows:
        scenarios, limits = tuple(_scenarios(row, site, lang)), tuple(limit_facts(row, lang))
        if scenarios or limits:
            name, then = row["property_id"], _then(row, site, lang)
            yield Otherwise(name, row[f"label_{lang}"], f"p/{page_file(name, lang)}", then, scenarios, limits)


def _then(row: Row, site: Site, lang: str) -> str:
    """For which day something comes out; headed as today's forecast it would be quoted for one."""
    w = words(lang).site
    return w["then_day"] if row["unit"] in DATE_UNITS else w["then"].format(format_month(site.target, lang))


def _scenarios(row: Row, site: Site, lang: str) -> Iterator[tuple[str, str, str]]:
    for one in site.scenarios.get(row["property_id"], []):
        ends = format_range(one["p25"], one["p75"], one["unit"], lang, FORECAST_DIGITS)
        middle = format_number(one["p50"], one["unit"], lang, FORECAST_DIGITS)
        name = words(lang).site[f"scenario_{one['scenario']}"]
        yield name, one["assumptions"], words(lang).in_brackets.format(middle, ends)
