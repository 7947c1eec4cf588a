"""How to cite a row and how to show it elsewhere: BibTeX, CFF, and the snippet for another page."""

from __future__ import annotations

import json
import re
from html import escape
from typing import TYPE_CHECKING

from flows.edition.words import words

if TYPE_CHECKING:
    from flows.edition.site import Row, Site


def bibtex(row: Row, site: Site, lang: str) -> str:
    """The row as an entry of BibTeX; its key is made of ids, which are stable."""
    key = re.sub(r"[^A-Za-z0-9]+", "-", f"gpt2030-{row['property_id']}-{site.edition_id}")
    title = _title(row, site, lang)
    # A brace that is not closed would swallow every entry behind it.
    title = title.replace("\\", "").replace("{", "(").replace("}", ")")
    return (
        f"@misc{{{key},\n  author = {{{{The gpt2030 authors}}}},\n  title = {{{{{title}}}}},\n"
        f"  year = {{{site.origin.year}}},\n  note = {{{site.edition_id}, {row['property_id']}}}\n}}"
    )


def bibliography(site: Site) -> str:
    """An entry for every row of the edition: as with `cff`, one text for all."""
    return "\n".join(f"{bibtex(row, site, 'en')}\n" for row in site.rows)


def cff(site: Site) -> str:
    """The edition as a file of the Citation File Format, each row a reference; strings are quoted as JSON, as YAML may.

    One text for all rows: a file of a few lines takes a whole block of the disk, 44 of them a day.
    """
    own = {
        "cff-version": "1.2.0",
        "message": "Cite a row of the living table by its edition: the references name each.",
        "type": "dataset",
        "title": f"GPT-2030: the living table, edition {site.edition_id}",
        **_dated(site),
    }
    lines = [f"{key}: {_quoted(value)}" for key, value in own.items()]
    lines += ["authors:", '  - name: "The gpt2030 authors"', "references:"]
    for row in site.rows:
        said = {"type": "data", "title": _title(row, site, "en"), **_dated(site)}
        first, *rest = (f"{key}: {_quoted(value)}" for key, value in said.items())
        lines += [f"  - {first}", *(f"    {line}" for line in rest), '    authors: [{name: "The gpt2030 authors"}]']
    return "\n".join(lines) + "\n"


def _dated(site: Site) -> dict[str, str]:
    return {"version": site.edition_id, "date-released": site.origin.isoformat()}


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def embedding(row: Row, lang: str) -> str:
    """The snippet that shows the chart of the row in another page, with the page of the row behind it."""
    name, ending = row["property_id"], "" if lang == "en" else f".{lang}"
    label = escape(row[f"label_{lang}"])
    return (
        f'<a href="HOST/p/{name}{ending}.html">'
        f'<img src="HOST/p/{name}/card{ending}.svg" alt="{label}" width="760"></a>\n'
        f'<iframe src="HOST/p/{name}{ending}.html" title="{label}" width="100%" height="900"></iframe>'
    )


def _title(row: Row, site: Site, lang: str) -> str:
    return words(lang).site["cite_title"].format(label=row[f"label_{lang}"], edition=site.edition_id)
