"""What a row would be under other assumptions stands on one page, and the page of the row leads there."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache

import polars as pl
import pytest

from flows.edition.evidence import plain, tree
from flows.edition.files import edition_files
from flows.edition.formats import format_number, format_range, typeset
from flows.edition.site import site_of
from flows.edition.words import words
from tests.flows.edition.site_made import COMPUTE, draft
from tests.warehouse.edition_frames import EDITION, frame, properties
from warehouse.contracts.scenario import SCENARIO

ROW, RESTS_ON_IT = "compute.train_flop", "overhang.fwd_passes"
LIMITS = {
    "compute.feasible_flop": {
        "binding_share": 0.341309,
        "holds_back": False,
        "without": {"p25": 9.8e27, "p50": 4.8e28, "p75": 3.6e29},
    }
}


def made():
    """The whole table; the row on compute has a limit and moves in a scenario, another row rests on it."""
    is_it = pl.col("property_id") == ROW
    detail = pl.lit(json.dumps({"limits": LIMITS}))
    rows = properties().with_columns(detail_json=pl.when(is_it).then(detail).otherwise("detail_json"))
    whole = draft(rows)
    one = {
        "scenario": "no-limits", "assumptions": "data.stock_tokens=inf", "property_id": ROW, "unit": "FLOP",
        "p25": 1.2e28, "p50": 5.6e28, "p75": 7.8e29, "shift": 0.4, "shift_scale": "powers_of_ten",
    }  # fmt: skip
    still = one | {"property_id": "math.sota_pct", "shift": 0.0, "p50": 43.0}
    scenarios = frame(SCENARIO, [one, still]).drop("edition_id")
    below = whole.beneath.inputs.vstack(pl.DataFrame([
        (RESTS_ON_IT, ROW, "formula", 1, "= softmin(...); today's median 2.4e28"), (RESTS_ON_IT, "compute.trend_flop", "forecast", 2, "4.8e28"),
        (RESTS_ON_IT, COMPUTE, "series", 0, "Training compute"),
    ], schema=whole.beneath.inputs.columns, orient="row").cast(dict(whole.beneath.inputs.schema)))  # fmt: skip
    return replace(whole, beneath=replace(whole.beneath, scenarios=scenarios, inputs=below, told={}))


@cache
def files():
    """Every file of it; made at the first question, and not by every worker that collects this file."""
    return edition_files(made(), EDITION)


@pytest.mark.parametrize(("lang", "ending"), [("en", ""), ("zh", ".zh")])
def test_every_scenario_that_moves_a_row_and_every_limit_stands_on_the_page_and_the_row_leads_there(lang, ending):
    page, row = (files()[f"{name}{ending}.html"].decode() for name in ("whatif", f"p/{ROW}"))
    sections = re.findall(r'(?s)<section id="([^"]+)">(.*?)</section>', page)
    assert [name for name, _ in sections] == [ROW]
    for low, middle, high in ((1.2e28, 5.6e28, 7.8e29), (9.8e27, 4.8e28, 3.6e29)):
        told = (format_number(middle, "FLOP", lang, 2), format_range(low, high, "FLOP", lang, 2))
        assert typeset(words(lang).in_brackets.format(*told)) in sections[0][1]
    assert "34" in sections[0][1]
    assert words(lang).site["scenario_no-limits"] in sections[0][1]
    assert f'href="p/{ROW}{ending}.html"' in sections[0][1]
    assert f'<a href="../whatif{ending}.html#{ROW}">{words(lang).site["whatif_row"]}</a>' in row
    assert "5.6×10²⁸" not in row


@pytest.mark.parametrize(
    ("ending", "then", "today"),
    [("", "Then, for Jul 2030", "forecast, Jul"), (".zh", "该假设下（至2030年7月）", "今日预测")],
)
def test_what_comes_out_is_not_headed_as_the_forecast(ending, then, today):
    """Under "Today's forecast, Jul 2030" stood what is none; on a phone, where the heading is hidden, nothing stood."""
    page = files()[f"whatif{ending}.html"].decode()
    assert f'<th scope="col" class="n">{then}</th>' in page
    assert page.count(f'<td class="n" data-head="{then}">') == 1
    assert today not in page


def test_a_row_that_nothing_would_move_leads_nowhere():
    assert b"whatif" not in files()["p/math.sota_pct.html"]


@pytest.mark.parametrize(("lang", "ending"), [("en", ""), ("zh", ".zh")])
def test_a_series_is_drawn_on_the_page_that_is_of_it_and_the_rows_that_rest_on_it_lead_there(lang, ending):
    own, other = (files()[f"p/{name}{ending}.html"].decode() for name in (ROW, RESTS_ON_IT))
    picture = re.search(r'(?s)<section id="picture">.*?</section>', other)[0]
    assert picture.count("<figure>") == 1
    assert f'{words(lang).site["picture_elsewhere"]} <a href="{ROW}{ending}.html#picture">' in picture
    assert re.search(r'(?s)<section id="picture">.*?<path class="rec".*?</section>', own)


def test_what_stands_below_another_row_is_told_on_its_page_alone():
    whole = made()
    frames = {"properties": whole.content.properties, "forecasts": whole.content.forecasts, "changes": whole.changes}
    site = site_of(EDITION, frames, whole.beneath)
    (leaf,) = tree(next(one for one in site.rows if one["property_id"] == RESTS_ON_IT), site, "en")
    assert (leaf.name, leaf.href, leaf.below) == (ROW, f"{ROW}.html", [])
    assert [one.name for one in tree(next(one for one in site.rows if one["property_id"] == ROW), site, "en")] == [
        "compute.trend_flop",
        "compute.feasible_flop",
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_median_of_a_row_stands_on_its_own_page_and_that_of_a_step_where_it_is_a_step(lang):
    """A row that moved in its second digit was why the pages of all that rest on it were written anew."""
    whole = made()
    told = words(lang).explain["median"].format("2.4e28")
    below = whole.beneath.inputs.filter(pl.col("kind") != "series")
    below = below.with_columns(said=pl.lit(f"= softmin(...){told}"), kind=pl.lit("formula"))
    frames = {"properties": whole.content.properties, "forecasts": whole.content.forecasts, "changes": whole.changes}
    site = site_of(EDITION, frames, replace(whole.beneath, inputs=below, told={lang: below}))
    rests, row = (next(one for one in site.rows if one["property_id"] == name) for name in (RESTS_ON_IT, ROW))
    (leaf,) = [one for one in tree(rests, site, lang) if one.name == ROW]
    assert leaf.said == "= softmin(...)"
    assert {one.said for one in tree(row, site, lang)} == {f"= softmin(...){told}"}
    assert told in json.dumps(plain(rests, site), ensure_ascii=False) or lang != "en"
