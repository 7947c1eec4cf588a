"""The page as a person meets it, in a real browser: no request, no overflow, dark when the reader prefers dark."""

from __future__ import annotations

import polars as pl
import pytest

from flows.edition.page import render_page
from flows.edition.scoreboard import Scoreboard
from flows.edition.shell import page_file
from tests.flows.edition.in_browser import MARKS, chromium
from tests.warehouse.edition_frames import EDITION, checks, health, properties, scores

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 900}

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("edition")
    address = "https://epoch.ai/data/data_centers/" + "data_center_timelines_" * 4 + "of_all.csv"
    both = checks(failed=2).with_columns(
        consequence=pl.when(pl.col("check_name") == "check_1").then(pl.lit("hold")).otherwise("consequence"),
        evidence=pl.lit(f"not reached at {address}"),
    )
    for lang in ("en", "zh"):
        text = render_page(EDITION, properties(), both, health(), Scoreboard(scores()), lang=lang)
        (place / page_file("index", lang)).write_text(text, encoding="utf-8")
    return place


@pytest.fixture
def read(browser, folder):
    """Open the page of a language with a viewport and a colour scheme; `requests` lists everything it asked for."""
    contexts = []

    def opened(lang: str = "en", viewport: dict[str, int] = DESK, scheme: str = "light"):
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.requests_made = []
        page.on("request", lambda request: page.requests_made.append(request.url))
        page.goto((folder / page_file("index", lang)).as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def test_the_page_asks_for_nothing_but_itself(read):
    page = read()
    page.wait_for_load_state("networkidle")
    assert page.requests_made == [page.url]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_reader_sees_44_rows_in_six_sections(read, lang):
    page = read(lang)
    assert page.locator("table.props tbody tr[id]").count() == 44
    assert page.locator("table.props caption:visible").count() == 6
    assert page.locator("table.props svg.chart:visible").count() == 44


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_hangs_over_the_right_edge_closed_or_opened(read, lang, viewport):
    page = read(lang, viewport)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(wide) == 0


def test_a_note_beside_a_number_says_more_than_a_few_signs(read):
    notes = read().locator("td.actual .note")
    assert notes.count()
    said = notes.first
    said.evaluate("one => one.textContent = 'A note of four or five words, about so long'")
    assert said.evaluate("one => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth")
    assert said.evaluate("one => one.clientHeight > 1.5 * parseFloat(getComputedStyle(one).lineHeight)")


def test_on_a_phone_every_number_keeps_its_heading(read):
    page = read(viewport=PHONE)
    headings = page.evaluate(
        "[...document.querySelector('tr[id] ').querySelectorAll('td[data-label]')]"
        ".map(cell => getComputedStyle(cell, '::before').content)"
    )
    assert headings == ['"Today"', '"Essay, 2023"', '"So far"']


def luminance(page, selector: str, colour: str) -> float:
    """Relative luminance (WCAG 2) of a computed colour, 0 black to 1 white."""
    found = page.evaluate(f"getComputedStyle(document.querySelector({selector!r})).{colour}")
    channels = [int(part) / 255 for part in found.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_page_follows_the_readers_colour_scheme_with_enough_contrast(read, scheme, is_dark):
    page = read(scheme=scheme)
    paper = luminance(page, "body", "backgroundColor")
    assert (paper < 0.1) == is_dark
    for selector in ("body", ".kicker", ".today .v", ".essay .v", ".aside", ".unit", ".badge.open", ".bad", "summary"):
        ink = luminance(page, selector, "color")
        contrast = (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05)
        assert contrast >= 4.5, (selector, contrast)


def test_a_reason_opens_without_scripts(read):
    page = read()
    details = page.locator("tr.why details").first
    assert not details.locator(".more").is_visible()
    details.locator("summary").click()
    assert details.locator(".more").is_visible()
    assert "Formula" in details.inner_text()


def test_the_table_is_a_table_to_a_screen_reader_also_on_a_phone(read):
    """Rows laid out as blocks lose their table semantics unless the roles are said."""
    page = read(viewport=PHONE)
    assert page.get_by_role("table", name="1What it can do").count() == 1
    assert page.get_by_role("rowheader").count() >= 44


def test_on_paper_reasons_are_printed_whole_and_navigation_is_not(read):
    page = read(viewport={"width": 690, "height": 1000})
    page.emulate_media(media="print")
    assert page.locator("nav").count() == 2
    assert page.locator("nav:visible").count() == 0
    summary = page.locator("tr.why summary").first
    assert summary.is_visible()
    assert summary.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.locator(".props thead:visible").count() == 6
