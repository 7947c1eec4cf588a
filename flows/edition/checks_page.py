"""Renders what was verified before publication as one plain HTML page that asks nothing of any other host."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import jinja2
from markupsafe import Markup

from flows.edition.behind import moment_text, tally, told_of_idle, told_of_scope
from flows.edition.drawing import printable
from flows.edition.shell import policy

if TYPE_CHECKING:
    import polars as pl

HERE: Final = Path(__file__).parent
TEMPLATE: Final = "checks_page.html.j2"
CHECKS_PAGE: Final = "checks.html"  # its name beside the pages of an edition, which link to it


class _Section(NamedTuple):
    id: str
    title: str
    sentence: str
    rows: list[dict[str, Any]]


# Which rows a section shows: consequence of a failure, or None for what passed.
_SECTIONS: Final = (
    ("stop", "Stopped", "What is there contradicts itself: it is not published, and the last good edition stays."),
    ("hold", "Held", "A person should look before this is published; the last good edition stays."),
    ("note", "Noted", "Published, and said here."),
    (None, "Passed", "Verified, and nothing was found."),
)
_HEADLINES: Final = {"stop": "Not published: stopped", "hold": "Not published: held", "note": "Verified, with notes"}
_ALL_PASSED: Final = "Verified: nothing was found"


def render_checks_page(results: pl.DataFrame) -> str:
    """One check run as a page: the gravest failures first, what passed last.

    `results` has the columns of contract core.check_result, of one run. ValueError when there are none: an empty page
    would look like a clean one.
    """
    if results.is_empty():
        raise ValueError("there are no check results to show; run `gpt2030 refresh` first")
    rows = results.sort("check_name", "source_id", nulls_last=False).to_dicts()
    sections = [_section(consequence, title, sentence, rows) for consequence, title, sentence in _SECTIONS]
    shown = [section for section in sections if section.rows]
    style = "".join((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "checks.css"))
    # What comes from publishers (evidence) is text: escaping is on.
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    page = environment.get_template(TEMPLATE).render(
        css=Markup(style),  # noqa: S704 - our own files
        policy=policy(style),
        headline=_HEADLINES.get(shown[0].id, _ALL_PASSED),
        lede=_lede(results),
        sections=shown,
        run_id=rows[0]["run_id"],
        checked_at=moment_text(rows[0]["checked_at"], "en"),
    )
    return printable(page)


def _section(consequence: str | None, title: str, sentence: str, rows: list[dict[str, Any]]) -> _Section:
    chosen = [row for row in rows if (None if row["is_passed"] else row["consequence"]) == consequence]
    return _Section(consequence or "passed", title, sentence, chosen)


def _lede(results: pl.DataFrame) -> str:
    total, passed = tally(results)
    idle = f" {told_of_idle(results)}." if told_of_idle(results) else ""
    looked = idle + (f" Of these, {told_of_scope(results)}." if told_of_scope(results) else "")
    if passed == total:
        return f"All {total} checks passed.{looked}"
    # One check may find something of several sources or rows: each of them is a line below.
    places = results.height - int(results["is_passed"].sum())
    where = f" It stands in {places} lines below." if places > total - passed else ""
    return f"{passed} of {total} checks passed; {total - passed} found something.{where}{looked}"
