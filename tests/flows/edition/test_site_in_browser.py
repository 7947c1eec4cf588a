"""The pages beside the table in a real browser: styled under the strict policy, within the screen, without complaint."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from flows.edition.files import edition_files
from tests.flows.edition.in_browser import MARKS, chromium
from tests.flows.edition.site_made import HOSTILE, draft
from tests.warehouse.edition_frames import EDITION, checks

ENGLISH_PAGES = ("checks",)  # the record of the checks has one language
PAGES = (
    "index", "p/compute.train_flop", "p/math.imo_gold_date", "living", "changes", "scores", "sources", "method", "tables",
    "editions", "whatif",
)  # fmt: skip

pytestmark = MARKS


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("edition")
    # A check that passed for want of anything to judge says so in a line of nine words.
    said = pl.when(check_name="check_5").then(pl.lit("nothing to judge: no publisher was ever read here"))
    judged = checks().with_columns(evidence=said.otherwise("evidence"))
    for name, body in edition_files(replace(draft(system=HOSTILE), checks=judged), EDITION).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(body)
    return place


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


# A long name ran into the number beside it: know.context_ceiling73 %.
RUNS_OVER = """[...document.querySelectorAll('.facts dt')].filter(one => {
    one.textContent = 'Without the limit know.context_ceiling';
    return one.clientWidth && one.scrollWidth > one.clientWidth + 1;
}).length"""
# A table wider than its column ran past the edge of the page, where a wide screen had room and nothing scrolled.
RUNS_PAST = """[...document.querySelectorAll('table')].filter(one => !one.closest('.scroll'))
    .filter(one => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right + 1).length"""


@pytest.mark.parametrize("ending", ["", ".zh"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (700, "light"), (1400, "light")])
def test_every_kind_of_page_fits_and_asks_for_nothing(browser, folder, ending, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, complaints, asked = context.new_page(), [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    pages = PAGES if ending else (*PAGES, *ENGLISH_PAGES)
    for name in pages:
        page.goto((folder / f"{name}{ending}.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        hangs_over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(hangs_over) == 0, name
        assert page.evaluate(RUNS_OVER) == 0, name
        assert page.evaluate(RUNS_PAST) == 0, name
        # Without its style (the hash being wrong, or the file not there) the page would be in the browser's own colours.
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == ("rgb(21, 23, 27)" if scheme == "dark" else "rgb(255, 254, 250)"), name
    context.close()
    assert complaints == []
    styles = [address for address in asked if address.endswith("/site.css")]
    assert len(asked) == len(pages) + len(styles)
    assert all(address.startswith(folder.as_uri()) for address in asked)


@pytest.mark.parametrize("ending", ["", ".zh"])
@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1400, "light"), (360, "light"), (1400, "dark")])
def test_axe_finds_nothing_wrong_with_any_kind_of_page(browser, folder, ending, width, scheme):
    """Names of parts, their order, contrast, what a screen reader is told: all rules of axe-core, none left out."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, found = context.new_page(), []
    for name in (*PAGES, *ENGLISH_PAGES) if not ending else PAGES:
        page.goto((folder / f"{name}{ending}.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        report = Axe().run(page).response
        found += [(name, one["id"], one["nodes"][0]["html"][:200]) for one in report["violations"]]
        assert len(report["passes"]) > 15, "the rules were not run"
    context.close()
    assert found == []


def test_a_chart_is_drawn_for_the_width_of_the_screen(browser, folder):
    for width, shown in ((360, "narrow"), (1400, "wide")):
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        page.goto((folder / "p/compute.train_flop.html").as_uri())
        assert page.locator(f"#picture svg.{shown}:visible").count() == 1
        assert page.locator("#picture figure > svg:visible").count() == 1
        context.close()


# How far apart in height the words of one row begin: for each row, the first line of each of its cells.
UNEVEN = """[...document.querySelectorAll('.stack tbody tr')].map(row => {
    const feet = [...row.cells].map(cell => {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT, one => one.data.trim() ? 1 : 2);
        const first = texts.nextNode();
        if (!first) return null;
        const mark = document.createElement('span');
        mark.style.display = 'inline-block';
        first.parentNode.insertBefore(mark, first);
        const foot = mark.getBoundingClientRect().bottom;
        mark.remove();
        return foot;
    }).filter(one => one !== null);
    return Math.max(...feet) - Math.min(...feet);
}).filter(one => one > 1).length"""


@pytest.mark.parametrize("ending", ["", ".zh"])
@pytest.mark.parametrize("name", ["sources", "living", "scores"])
def test_the_words_of_a_row_stand_on_one_line(browser, folder, name, ending):
    """A cell in smaller letters, without the room above it that the others have, stood five pixels higher."""
    context = browser.new_context(viewport={"width": 1400, "height": 800})
    page = context.new_page()
    page.goto((folder / f"{name}{ending}.html").as_uri())
    assert page.locator(".stack tbody tr").count()
    assert page.evaluate(UNEVEN) == 0
    context.close()


@pytest.mark.parametrize("ending", ["", ".zh"])
@pytest.mark.parametrize("name", ["sources", "living", "scores"])
def test_on_a_phone_what_a_number_is_stands_on_one_line(browser, folder, name, ending):
    """ "Today's / forecast, / Jul 2030:" stood as a column of its own beside a sentence."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto((folder / f"{name}{ending}.html").as_uri())
    heads = page.locator(".stack td[data-head]:visible")
    assert heads.count()
    styles = heads.evaluate_all(
        "all => all.map(one => getComputedStyle(one, '::before')).map(said => [said.whiteSpace, said.flexShrink])"
    )
    assert all(space == "nowrap" or shrink == "0" for space, shrink in styles)
    context.close()


# Words and numbers of tables and facts that begin on one line and end on another; addresses, digests and ids may.
BROKEN = """[...document.querySelectorAll('td, th, dd, li, p')].flatMap(one => {
    const found = [];
    const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        if (text.parentElement.closest('code, pre, svg') || text.parentElement.closest('td, th, dd, li, p') !== one) continue;
        for (const word of text.data.matchAll(/(?<![\\w.\\/-])[A-Za-z0-9][A-Za-z0-9.,]{0,17}(?![\\w\\/-])/g)) {
            const range = document.createRange();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word[0]);
        }
    }
    return found;
})"""


@pytest.mark.parametrize("ending", ["", ".zh"])
@pytest.mark.parametrize("width", [360, 500, 780])
def test_on_no_screen_a_word_or_a_number_is_broken(browser, folder, ending, width):
    """ "8.2 / 5" and "767,00 / 0" stood on a phone, and "not / reac / hed": another number, and no word."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page, broken = context.new_page(), {}
    for name in PAGES if ending else (*PAGES, *ENGLISH_PAGES):
        page.goto((folder / f"{name}{ending}.html").as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        broken[name] = page.evaluate(BROKEN)
    assert {name: words for name, words in broken.items() if words} == {}
    context.close()


@pytest.mark.parametrize("ending", ["", ".zh"])
def test_on_a_phone_no_number_of_a_table_below_a_chart_is_broken(browser, folder, ending):
    """Of a table of seven columns, 8.25 was broken within its digits and a Chinese heading stood upright."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    page = context.new_page()
    page.goto((folder / f"p/compute.train_flop{ending}.html").as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    lines = """all => all.map(one => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return new Set([...range.getClientRects()].map(box => Math.round(box.bottom))).size;
    })"""
    assert max(page.locator(".lines td:visible").evaluate_all(lines)) == 1
    assert max(page.locator(".lines th:visible").evaluate_all(lines)) <= 2
    context.close()


def test_without_a_mouse_the_first_stop_leads_past_the_navigation(browser, folder):
    context = browser.new_context()
    page = context.new_page()
    page.goto((folder / "p/compute.train_flop.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    context.close()


def test_a_card_shows_in_another_page(browser, folder):
    context = browser.new_context()
    page = context.new_page()
    (folder / "elsewhere.html").write_text('<img src="p/compute.train_flop/card.dark.svg">', encoding="utf-8")
    page.goto((folder / "elsewhere.html").as_uri())
    assert page.evaluate("document.querySelector('img').naturalWidth") == 760
    context.close()
