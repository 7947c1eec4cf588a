"""The page of the living rows: what still moves beside the essay's 44, each with record, forecast and chart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flows.edition.elsewhere import said_of_targets
from flows.edition.living import headings, lede, living_view, rule
from flows.edition.row_chart import of_series
from flows.edition.row_page import LOW, Figure, figure_of
from flows.edition.shell import page_file, render
from flows.edition.words import words
from models.days import months_after

if TYPE_CHECKING:
    from flows.edition.site import Row, Site

TEMPLATE: Final = "living.html.j2"


def living_page(site: Site, lang: str) -> str:
    """The living rows of an edition in their order, each with the rows that it stands beside and its chart."""
    labels = {one["property_id"]: one[f"label_{lang}"] for one in site.rows}
    rows = []
    for row in site.living:
        named = [name for name in (row["beside"] or "").split(",") if name in labels]
        beside = [(labels[name], f"p/{page_file(name, lang)}") for name in named]
        others = said_of_targets([row["series_id"] or ""], site, lang)
        rows.append((living_view(row, lang), beside, _figure(row, site, lang), others))
    said = {
        "name": "living",
        "title": words(lang).site["living"],
        "description": lede(site.living, lang),
        "headings": headings(site.target, lang),
        "rows": rows,
        "rule": rule(site.living, lang),
    }
    return render(TEMPLATE, lang, site.edition, said)


def _figure(row: Row, site: Site, lang: str) -> Figure | None:
    series = site.series.get(row["series_id"] or "")
    if series is None or row["series_id"] not in site.observations:
        return None
    picture = of_series(series, site, lang)
    # Drawn on to the target, the picture would state the number that the row does not.
    until = months_after(site.origin, 12) if row["value_state"] == "beyond_range" else None
    fan = tuple(one for one in picture.fan if until is None or one.day <= until)
    # Two rows may be of one series: what each is called tells their tables apart.
    return figure_of(replace(picture, fan=fan, subtitle=""), LOW, lang)._replace(name=row[f"label_{lang}"])
