"""The page of the method: how a number of the table comes about, every formula, every assumption with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flows.edition.authored import formula_in_words
from flows.edition.causes import LEAST_SPREADS
from flows.edition.cells import is_estimate
from flows.edition.evidence import Cited, assumptions_of
from flows.edition.formats import format_number
from flows.edition.shell import page_file, render
from flows.edition.words import words
from models.changes.size import CAUSES
from models.days import SCORED_MONTHS
from models.forecasting.forecasters import MEMBERS
from models.properties.propagation import DRAWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from flows.edition.site import Row, Site

TEMPLATE: Final = "method.html.j2"
STEPS: Final = ("read", "validate", "extrapolate", "compute", "compare", "publish")
SO_FAR: Final = ("measured", "derived", "implied")


class Kind(NamedTuple):
    """A code of the table in words: what it is called, how many rows have it, and what it means."""

    name: str
    rows: int
    meaning: str


class CitedAssumption(NamedTuple):
    """An assumption as it is cited, and the rows beneath which it stands.

    A row is told by its number, its label and its page.
    """

    name: str
    cited: Cited
    rows: list[tuple[str, str, str]]


def method_page(site: Site, lang: str) -> str:
    """How the numbers of an edition were made, in the order in which they are made."""
    w = words(lang)
    numbers = {
        "rows": len(site.rows), "draws": DRAWS, "members": len(MEMBERS), "months": SCORED_MONTHS[-1],
        "least": format_number(LEAST_SPREADS, "", lang), "edition": site.edition_id,
    }  # fmt: skip
    said = {
        "name": "method",
        "title": w.site["method"],
        "description": w.method["lede"].format(**numbers),
        "steps": [(w.method[f"step_{one}"], w.method[f"{one}_does"].format(**numbers)) for one in STEPS],
        "bases": list(_kinds(site.rows, "basis", tuple(w.basis), lang)),
        "so_far": list(_kinds(site.rows, "actual_kind", SO_FAR, lang)),
        "statuses": list(_kinds(site.rows, "status", tuple(w.status), lang)),
        "members": [(name, w.method[f"member_{name.replace('-', '_')}"]) for name in MEMBERS],
        "far": w.method["far_does"].format(**numbers),
        "causes": [(w.ledger[one], w.method[f"cause_{one}"]) for one in CAUSES],
        "formulas": list(_formulas(site, lang)),
        "assumed": list(_assumed(site, lang)),
    }
    return render(TEMPLATE, lang, site.edition, said)


def _kinds(rows: Sequence[Row], column: str, codes: Sequence[str], lang: str) -> Iterator[Kind]:
    """The codes of a column that some row has, in the order given."""
    w = words(lang)
    names = {"basis": w.basis, "status": w.status}.get(column, {**w.kinds, "measured": w.method["measured"]})
    for code in codes:
        count = sum(row[column] == code for row in rows)
        estimated = sum(is_estimate(row) for row in rows)
        if count:
            meaning = (
                w.status_meaning[code]
                if column == "status"
                else w.method[f"{column}_{code}"].format(estimated=estimated)
            )
            yield Kind(names[code], count, meaning)


def _formulas(site: Site, lang: str) -> Iterator[tuple[str, str, str, str]]:
    """Number, label, page and formula of every row."""
    for row in site.rows:
        href = f"p/{page_file(row['property_id'], lang)}"
        yield f"{row['row_number']}", row[f"label_{lang}"], href, formula_in_words(row["formula"], lang)


def _assumed(site: Site, lang: str) -> Iterator[CitedAssumption]:
    """Every assumption that a formula of the table stands on, in the order in which they first appear."""
    found: dict[str, CitedAssumption] = {}
    for row in site.rows:
        beneath = (f"{row['row_number']}", row[f"label_{lang}"], f"p/{page_file(row['property_id'], lang)}")
        for one in assumptions_of(row, site, lang):
            name = one.anchor.removeprefix("a-")
            known = found.setdefault(name, CitedAssumption(name, one, []))
            if beneath not in known.rows:
                known.rows.append(beneath)
    yield from found.values()
