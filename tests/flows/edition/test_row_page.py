"""A page per row: every number is the table's, every link leads somewhere, nothing is said in the other language."""

from __future__ import annotations

import json
import posixpath
import re
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from html import unescape
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from flows.edition.cells import actual_cell, essay_cell, today_cell
from flows.edition.charts import MARK_SCHEMA, series_picture
from flows.edition.evidence import _listed, _newest
from flows.edition.feed import row_feed
from flows.edition.files import edition_files
from flows.edition.formats import typeset
from flows.edition.picture import Mark, Picture, Plotted, Spread
from flows.edition.reasons import changers, reason
from flows.edition.row_page import Figure, _is_whole, _lines
from flows.edition.shell import environment
from flows.edition.site import Site, history_frame
from flows.edition.words import words
from models.forecasting.frontier import records
from tests.flows.edition.site_made import COMPUTE as COMPUTE_SERIES
from tests.flows.edition.site_made import HOSTILE, changes, draft, files, known
from tests.warehouse.edition_frames import EDITION, empty_row, frame, properties, property_row
from warehouse.contracts import core

TABLE = properties()
COMPUTE = "compute.train_flop"
# Texts that stay in the language of who wrote them: names of works and systems, code, addresses.
FOREIGN = re.compile(
    r"(?s)<style>.*?</style>|<head>.*?</head>|<footer>.*?</footer>|<(cite|code|pre)\b.*?</\1>|<th[^>]*lang=\"en\".*?</th>"
)


def text_of(name: str, made: dict[str, bytes] | None = None) -> str:
    return (made or files())[name].decode()


def visible(text: str) -> str:
    return " ".join(unescape(re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", text)).split())


class Links(HTMLParser):
    """Addresses and places of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("href"):
            self.hrefs.append(str(found["href"]))
        if found.get("id"):
            self.ids.append(str(found["id"]))


def pages() -> list[str]:
    return [name for name in files() if name.endswith(".html")]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_row_has_a_page_and_its_files(lang):
    ending = "" if lang == "en" else ".zh"
    for name in TABLE["property_id"]:
        assert f"p/{name}{ending}.html" in files()
        assert f"p/{name}/card{ending}.svg" in files()
        assert f"p/{name}/card.dark{ending}.svg" in files()
        assert {f"p/{name}/{one}" for one in ("latest.csv", "history.csv", "row.json", "feed.xml", "cite.bib")} <= set(
            files()
        )


def test_links_stay_in_the_folder_and_lead_somewhere_or_are_citations():
    for page in pages():
        links = Links(text_of(page))
        assert len(links.ids) == len(set(links.ids)), page
        for href in links.hrefs:
            if href.startswith(("https://example.org/", "data:")):
                continue
            if page.startswith("editions") and re.fullmatch(r"\.\./2026-\d\d-22-0{8}/index(\.zh)?\.html", href):
                continue  # an earlier edition, on the same shelf
            path, _, place = href.partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page
            assert target in files() or target == "manifest.json", (page, href)
            if place:
                assert place in Links(text_of(target)).ids, (page, href)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_numbers_of_a_page_are_those_of_the_table(lang):
    ending = "" if lang == "en" else ".zh"
    for row in TABLE.iter_rows(named=True):
        page = visible(text_of(f"p/{row['property_id']}{ending}.html"))
        for cell in (essay_cell(row, lang), actual_cell(row, lang), today_cell(row, lang)):
            assert visible(typeset(cell.text)) in page
            assert visible(typeset(cell.aside)) in page


def test_no_english_sentence_is_left_on_a_chinese_page():
    for page in (name for name in pages() if name.endswith(".zh.html")):
        said = visible(FOREIGN.sub(" ", text_of(page)))
        assert not re.findall(r"[A-Za-z]+(?: [a-z]+){3,}", said), page


@cache
def without_number(state: str, status: str) -> dict[str, bytes]:
    return files(rows=properties([empty_row(state, status=status)]))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("state", ["withheld", "not_asked", "stale", "missing"])
def test_a_row_without_a_number_says_why(state, lang):
    status = state if state in {"withheld", "not_asked"} else "open"
    page = visible(text_of(f"p/overhang.work_years{'' if lang == 'en' else '.zh'}.html", without_number(state, status)))
    assert words(lang).states[state] in page
    assert words(lang).status_meaning[status] in page


def test_what_publishers_write_is_text_wherever_it_stands():
    made = files(system=HOSTILE)
    name = "p/compute.train_flop"
    for one in (f"{name}.html", f"{name}.zh.html", f"{name}/card.svg", f"{name}/row.json", f"{name}/feed.xml"):
        text = text_of(one, made)
        assert "<script" not in text or one.endswith(".json")
        assert "javascript:" not in text
        assert "\u202e" not in text
        assert len(text) < 120_000
    for one in made:
        if one.endswith((".svg", ".xml")):
            ET.fromstring(made[one])
        # What turns the direction of a line took the numbers beside a name along.
        if one.endswith((".html", ".svg", ".xml")):
            assert not re.search(
                "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", made[one].decode()
            ), one


def test_a_change_is_told_with_causes_that_add_up():
    page = text_of("p/compute.train_flop.html")
    said = visible(page)
    assert "new rows +0.5" in said
    assert "time passing −0.2" in said
    assert "altogether +0.3" in said
    parts = changes().filter(pl.col("cause") != "total")["amount"].sum()
    assert parts == pytest.approx(changes().filter(cause="total")["amount"].item())


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Mostly its range moved; by new rows 2 spreads; such distances overlap. Its median"),
        ("zh", "新数据使之移动 2 个离散度单位；这些距离互有重叠。其中位数"),
    ],
)
def test_a_row_whose_range_moved_most_says_so_before_its_bars(lang, said):
    far = pl.when(pl.col("cause") == "new_rows").then(2.0).otherwise(0.1)
    wider = changes().with_columns(direction=pl.lit("wider"), reach_spreads=far)
    page = text_of(f"p/compute.train_flop{'' if lang == 'en' else '.zh'}.html", files(moved=wider))
    assert said in visible(page)
    assert 'class="bars"' in page or "<svg" in page


def test_the_row_behind_a_range_stands_beside_the_rows_behind_the_median():
    """The assumption that had made a row three times as wide shifted its median by nothing, and was named nowhere."""
    is_new = pl.col("cause") == "new_rows"
    detail = pl.when(is_new).then(pl.lit("GPT-6 on speed/flagship -0.083; assumption speed.tiling_factor 0.64"))
    wider = changes().with_columns(direction=pl.lit("wider"), reach_spreads=0.56, detail=detail)
    page = visible(text_of("p/compute.train_flop.html", files(moved=wider)))
    assert "by new rows and assumptions 0.56 spreads (assumption speed.tiling_factor 0.64)" in page
    assert "GPT-6 on speed/flagship −0.083" in page
    # Beside the parts of the median 0.64 would be its greatest.
    assert page.count("speed.tiling_factor 0.64") == 1


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Its range moved, not its median: 6.2 spreads."), ("zh", "6.2 个离散度单位")]
)
def test_a_row_that_only_grew_wider_is_told_without_bars(lang, said):
    still = changes().with_columns(amount=pl.col("amount") * 1e-8, size_spreads=6.2)
    page = text_of(f"p/compute.train_flop{'' if lang == 'en' else '.zh'}.html", files(moved=still))
    assert said in visible(page)
    assert words(lang).site["causes_spread"] in visible(page)
    assert "e-9" not in page
    assert 'class="bars"' not in page


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            "6.2 spreads. Behind it, with the spreads that each alone accounts for: new rows: Leap on math/full 6.2.",
        ),
        ("zh", "其来由及各自单独造成的离散度单位数：新数据：math/full 上的 Leap 6.2。"),
    ],
)
def test_the_rows_behind_a_range_that_moved_are_named_with_their_spreads(lang, said):
    is_new = pl.col("cause") == "new_rows"
    named = pl.when(is_new).then(pl.lit("Leap on math/full 6.2"))
    still = changes().with_columns(amount=pl.col("amount") * 1e-8, size_spreads=6.2, detail=named)
    page = text_of(f"p/compute.train_flop{'' if lang == 'en' else '.zh'}.html", files(moved=still))
    assert said in visible(page)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "GPT-5-mini -2 on math/full −0.11; Leap on math/full −1e-05"),
        ("zh", "math/full 上的 GPT-5-mini -2 −0.11；math/full 上的 Leap −1e-05"),
    ],
)
def test_a_fall_has_one_sign_on_a_page(lang, said):
    """A cause had −0.05 and the rows behind it -0.11; what is part of a name stays."""
    named = pl.lit("GPT-5-mini -2 on math/full -0.11; Leap on math/full -1e-05")
    page = text_of(
        f"p/compute.train_flop{'' if lang == 'en' else '.zh'}.html", files(moved=changes().with_columns(detail=named))
    )
    assert said in visible(page)


def test_a_row_that_publishes_no_number_has_no_bars_and_no_first_edition():
    row = {"property_id": "compute.train_flop", "previous_p50": None, "change_spreads": 0.3}
    page = visible(text_of("p/compute.train_flop.html", files(rows=properties([empty_row("not_applicable", **row)]))))
    assert "It publishes no number, then or now" in page
    assert "Moved from" not in page
    assert "published no number of this row either" in page
    assert words("en").site["history_first"] not in page


@pytest.mark.parametrize("name", ["compute.train_flop", "speed.multiple"])
def test_a_forecast_for_one_day_is_a_bar_on_that_day_in_the_page_and_on_its_card(name):
    """Bands from today's number read as a near-certain forecast of next year, which nobody had made."""
    row = TABLE.filter(property_id=name).row(0, named=True)
    for drawn in (text_of(f"p/{name}.html").split("</figure>")[0], text_of(f"p/{name}/card.svg")):
        bands = re.findall(r'class="(b90|b50)" d="M([\d.]+) [\d.]+H([\d.]+)V[\d.]+H\2Z"', drawn)
        assert {kind for kind, _, _ in bands} == {"b90", "b50"}
        assert all(float(right) - float(left) == pytest.approx(22) for _, left, right in bands)
        medians = re.findall(r'class="med" d="M([\d.]+) [\d.]+H([\d.]+)"', drawn)
        assert set(medians) == {(left, right) for _, left, right in bands}
    table = visible(text_of(f"p/{name}.html").split("</figure>")[0])
    assert table.count("1 Jul 2030") == 1
    assert row["p50"] is not None


def test_a_table_of_a_forecast_holds_no_day_that_only_draws_it():
    page = visible(text_of("p/compute.train_flop.html"))
    table = page[page.index("The same as a table") : page.index("How the forecast moved")]
    assert "1 Jul 2030" in table
    assert "22 Nov 2026" not in table, "the fan opens on the day of the edition"


def test_whose_judgement_an_assumption_is_stands_beside_its_source():
    said = "A judgement of this project, whose interval is ours"
    assert said in visible(text_of("p/compute.train_flop.html"))
    assert said not in text_of("p/compute.train_flop.zh.html"), "an English sentence"


def test_the_formula_leads_to_its_evidence_and_the_evidence_to_its_source():
    links = Links(text_of("p/compute.train_flop.html"))
    assert {"#s-training-compute-language", "#a-compute.feasible_flop", "https://example.org/a"} <= set(links.hrefs)
    assert "https://example.org/essay" in links.hrefs


def test_the_factor_of_training_is_explained_on_the_page_of_each_formula_that_has_it():
    formulas = dict(TABLE.select("property_id", "formula").iter_rows())
    assert any("3 * " in formula for formula in formulas.values())
    for name, formula in formulas.items():
        for ending, said in (("", "the factor 3 is of training"), (".zh", "系数 3 来自训练")):
            assert (said in visible(text_of(f"p/{name}{ending}.html"))) == ("3 * " in formula), name


def test_a_formula_is_told_as_whole_in_chinese_as_in_english():
    """A bare number beside an id said neither that it is a median of a forecast nor how wide an assumption is."""
    told = visible(text_of("p/compute.train_flop.zh.html"))
    assert f"3×10²⁸，即 {COMPUTE_SERIES} 的预测的中位数" in told
    assert "2×10²⁹ FLOP（80%：2×10²⁸ 至 2×10³⁰）［原名 feasible］" in told


def test_a_heading_claims_no_more_in_chinese_than_the_number_below_it_is():
    """What follows from today's inputs has not happened, and what the essay started from it did not forecast."""
    pages = "".join(text.decode() for name, text in files().items() if name.endswith(".zh.html"))
    assert {"2023 年原文", "截至目前"} <= {words("zh").site[name] for name in ("essay_said", "by_now")}
    assert [claim for claim in ("截至目前实际", "原文预测", "当时预测") if claim in pages] == []


def test_the_record_holders_are_named_in_the_chart():
    card = ET.fromstring(files()["p/compute.train_flop/card.svg"])
    named = {"".join(node.itertext()) for node in card.iter("{http://www.w3.org/2000/svg}text")}
    assert {"GPT-6", "GPT-4", "GPT-3", "essay, 2023", "5th to 95th percentile"} <= named


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_row_without_a_number_has_not_moved_by_little(lang):
    """The page of a judgement that is never refitted said that it had moved by less than 0.2 spreads."""
    ending, w = "" if lang == "en" else f".{lang}", words(lang).site
    without = next(one["property_id"] for one in TABLE.rows(named=True) if one["p50"] is None)
    silent = visible(text_of(f"p/{without}{ending}.html"))
    assert w["causes_no_number"] in silent
    assert w["causes_none"] not in silent
    numbered = next(
        one["property_id"] for one in TABLE.rows(named=True) if one["p50"] is not None and one["property_id"] != COMPUTE
    )
    assert w["causes_none"] in visible(text_of(f"p/{numbered}{ending}.html"))


def test_the_history_has_a_line_per_edition_that_moved_the_row_and_ends_with_this_one():
    found = pl.read_csv(StringIO(text_of("p/compute.train_flop/history.csv")))
    row = TABLE.filter(property_id=COMPUTE).row(0, named=True)
    assert found["origin_date"].to_list() == ["2026-09-22", "2026-10-22", "2026-11-22"]
    assert found["p50"].to_list() == pytest.approx([row["p50"] * 0.8, row["p50"] * 0.9, row["p50"]])
    assert "1 of 3 were made later" in visible(text_of("p/compute.train_flop.html"))


def test_only_a_record_is_called_the_best_so_far():
    """What a row had come to by an edition may be a median of readings: its history is no line of records."""
    page = text_of("p/compute.train_flop.html")
    chart, history = page.split('<section id="history">')
    assert "<th>best so far</th><th>median forecast</th>" in re.sub(r' [a-z]+="[^"]*"', "", chart)
    assert "<th>so far</th><th>median forecast</th>" in re.sub(r' [a-z]+="[^"]*"', "", history.split("</section>")[0])
    assert "best so far" not in history.split("</section>")[0]
    level = Picture("", "", "x", readings=(Plotted(date(2026, 1, 1), 8.0),))
    assert _lines(level, "en")[0][1] == "measured"
    looking_ahead = replace(level, fan=(Spread(date(2030, 7, 1), 1, 2, 3, 4, 5),))
    assert _lines(looking_ahead, "en") == (
        ("Day", "measured", "median forecast", "p25", "p75", "p05", "p95"),
        ("1 Jan 2026", "8", "", "", "", "", ""),
        ("1 Jul 2030", "", "3", "2", "4", "1", "5"),
    )


def test_the_table_of_a_chart_tells_all_that_is_drawn():
    """A chance was drawn with the essay's, and its table was the heading "Day"; the band around it stood nowhere."""
    target, day = date(2030, 7, 1), date(2026, 3, 1)
    said = Mark("essay", target, 5, 2, 8)
    assert _lines(Picture("", "", "%", marks=(Mark("essay", target, 50),)), "en") == (
        ("Day", "essay, 2023"), ("1 Jul 2030", "50 %"),
    )  # fmt: skip
    marks = (Mark("so_far", day, 8.25, precision="month"), said, Mark("other", target, 7), Mark("other", target, 9))
    picture = Picture("", "", "x", marks=marks, fan=(Spread(target, 5, 10, 18, 30, 90),))
    assert _lines(picture, "en") == (
        ("Day", "so far", "median forecast", "p25", "p75", "p05", "p95", "essay, 2023", "others' forecasts"),
        ("Mar 2026", "8.25", "", "", "", "", "", "", ""),
        ("1 Jul 2030", "", "18", "10", "30", "5", "90", "5 (2–8)", "7"),
        ("1 Jul 2030", "", "", "", "", "", "", "", "9"),
    )  # fmt: skip
    before = date(2026, 10, 1)
    history = Picture(
        "", "", "x", frontier=(Plotted(before, 8.0), Plotted(day, 7.0)), line_is="so_far",
        fan=(Spread(before, 5, 10, 18, 30, 90),),
    )  # fmt: skip
    assert [line[:3] for line in _lines(history, "en")] == [
        ("Day", "so far", "median forecast"), ("1 Mar 2026", "7", ""), ("1 Oct 2026", "8", "18"),
    ]  # fmt: skip


def test_the_record_has_the_same_digits_where_a_forecast_stands_at_it():
    """HLE stood at 64.4 %, and its p05 of four days at 64 %: a forecast that the best result falls."""
    fan = (Spread(date(2027, 7, 1), 0.644, 0.66, 0.72, 0.8, 0.95), Spread(date(2028, 7, 1), 0.644, 0.7, 0.8, 0.9, 0.99))
    picture = Picture("", "", "share", frontier=(Plotted(date(2026, 9, 22), 0.644),), fan=fan)
    lines = {line[0]: line for line in _lines(picture, "en")}
    assert lines["22 Sep 2026"][1] == lines["1 Jul 2027"][5] == lines["1 Jul 2028"][5] == "64.4 %"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_chart_without_numbers_has_no_table(lang):
    assert _lines(Picture("", "", "year"), lang) == ()
    page = environment().from_string('{% from "figure.html.j2" import chart %}{{ chart(figure, s) }}')
    assert "<table" not in page.render(
        figure=Figure("", "", table=_lines(Picture("", "", "year"), lang)), s=words(lang).site
    )


def test_a_day_on_which_a_row_did_not_move_leaves_its_history_and_its_feed_as_they_were():
    """Files that stay the same are linked from edition to edition; numbers that move by less than is shown are the same."""
    row = {**TABLE.filter(property_id=COMPUTE).row(0, named=True), "issued_at": datetime(2026, 11, 21, 12)}
    before, still = row | {"edition_id": "2026-11-21-0badcafe"}, row | {"p50": row["p50"] * 1.0001}
    site = Site(
        EDITION, [still], {}, {}, {}, {}, {}, {}, history={COMPUTE: [before | {"origin_date": date(2026, 11, 21)}]}
    )
    assert history_frame([still], site)["edition_id"].to_list() == ["2026-11-21-0badcafe"]
    assert "<updated>2026-11-21T12:00:00Z</updated>\n <author>" in row_feed(EDITION, still, [before])
    moved = still | {"p50": row["p50"] * 1.02}
    assert history_frame([moved], site)["origin_date"].to_list() == [date(2026, 11, 21), date(2026, 11, 22)]


def test_the_first_edition_says_that_the_history_begins():
    made = files(has_history=False)
    assert words("en").site["history_first"] in visible(text_of("p/compute.train_flop.html", made))


def test_the_json_of_a_row_says_what_its_page_rests_on():
    said = json.loads(files()["p/compute.train_flop/row.json"])
    assert said["property_id"] == COMPUTE
    beneath = json.loads(files()[f"p/compute.train_flop/{said['beneath']}"])
    assert [one["system"] for one in beneath["records"][0]["rows"]] == ["GPT-6", "GPT-4", "GPT-3"]
    assert beneath["assumptions"][0]["url"] == "https://example.org/scaling"


def test_what_a_row_rests_on_is_the_same_file_while_only_its_numbers_move():
    """Inside row.json it was written anew each day for 44 rows: 33 MB a year that said nothing new."""
    moved = TABLE.with_columns(p50=pl.col("p50") * 1.001)
    made, before = files(rows=moved), files()
    assert made["p/compute.train_flop/row.json"] != before["p/compute.train_flop/row.json"]
    assert made["p/compute.train_flop/evidence.json"] == before["p/compute.train_flop/evidence.json"]


@pytest.mark.parametrize(("value", "label", "count"), [
    (9e26, "Newest reading, which set no new record, and records: Training compute", 4),
    (2e27, "Records: Training compute", 4),
])  # fmt: skip
def test_the_reading_by_which_a_row_tells_its_age_is_on_its_page(value, label, count):
    """`Newest reading of an input` named a day of which no row was shown: the newest is seldom a record."""
    series = known().series.row(0, named=True)
    seen = known().observations
    last = seen.tail(1).with_columns(
        observation_date=date(2026, 10, 30), value=pl.lit(value), source_row_id=pl.lit("x")
    )
    seen = pl.concat([seen, last]).with_columns(is_record=pl.lit(value=True))
    seen = seen.with_columns(is_record=pl.col("value") >= pl.col("value").cum_max())
    listed = _listed(series, _newest(series, seen), "en")
    assert listed.label == label
    assert len(listed.rows) == count
    assert listed.rows[0].day == "30 Oct 2026"
    # The first of a month stands for all of it where no day is known.
    of_month = _newest(series, seen.with_columns(date_precision=pl.lit("month")))
    known_month = _listed(series, of_month, "en")
    assert known_month.rows[0].day == "Oct 2026"


@pytest.mark.parametrize(
    ("evidence", "said"),
    [("third_party", "third-party report"), ("remembered", "from memory"), ("paper", ""), (None, "")],
)
def test_a_reading_says_on_whose_word_it_stands(evidence, said):
    """`explain` marked a report of TechCrunch as one, and the list on the page did not."""
    series = known().series.row(0, named=True)
    seen = known().observations.with_columns(is_record=pl.lit(value=True), evidence=pl.lit(evidence))
    assert all(
        one.day.endswith(f"20, {said}" if said else "20")
        for one in _listed(series, _newest(series, seen), "en").rows[-1:]
    )


@pytest.mark.parametrize(("direction", "view"), [("max", "frontier"), ("level", "observation_fitted")])
@pytest.mark.parametrize("count", [10, 11])
def test_a_list_that_leaves_rows_out_says_so_and_where_all_are(direction, view, count):
    series = known().series.row(0, named=True) | {"direction": direction}
    seen = pl.concat([known().observations.head(1)] * count).with_columns(is_record=pl.lit(value=True))
    listed = _listed(series, _newest(series, seen), "en")
    assert len(listed.rows) == 10
    assert listed.others == (f"FROM {view} WHERE series_id = '{COMPUTE_SERIES}'" if count > 10 else "")


def test_every_series_beneath_a_row_is_listed():
    whole = draft()
    names = [f"some/series-{n}" for n in range(7)]
    kinds = pl.concat([whole.beneath.known.series.with_columns(series_id=pl.lit(name)) for name in names])
    rows = [
        whole.beneath.known.observations.with_columns(series_id=pl.lit(name), measured_as=pl.lit(name))
        for name in names
    ]
    beneath = pl.concat(
        [whole.beneath.inputs.filter(kind="series").with_columns(input_id=pl.lit(name)) for name in names]
    )
    known_ = replace(whole.beneath.known, series=kinds, observations=pl.concat(rows))
    page = edition_files(replace(whole, beneath=replace(whole.beneath, known=known_, inputs=beneath)), EDITION)
    assert all(f"<code>{name}</code>" in page["p/compute.train_flop.html"].decode() for name in names)


@pytest.mark.parametrize(
    ("count", "said"), [(14, "The same as a table<"), (15, "The same as a table, without its oldest days<")]
)
def test_a_table_beside_a_chart_says_where_it_is_not_the_same(count, said):
    points = tuple(Plotted(date(2020, 1, n), float(n)) for n in range(1, count + 1))
    picture = Picture("a series", "", "flop", frontier=points)
    page = environment().from_string('{% from "figure.html.j2" import chart %}{{ chart(figure, s) }}')
    assert said in page.render(
        figure=Figure("", "", table=_lines(picture, "en"), is_whole=_is_whole(picture)), s=words("en").site
    )


def test_the_feed_of_a_row_has_an_entry_per_edition_that_moved_it():
    feed = ET.fromstring(files()["p/compute.train_flop/feed.xml"])
    entries = feed.findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == 3
    identifiers = [one.findtext("{http://www.w3.org/2005/Atom}id") for one in entries]
    assert identifiers[0] == "tag:gpt2030.invalid,2023:2026-11-22-0badcafe/compute.train_flop"


def test_a_page_may_do_nothing_but_show_the_style_of_its_folder():
    for page in (name for name in pages() if name != "checks.html"):
        text = text_of(page)
        assert "unsafe" not in text
        assert "<script" not in text
        assert " style=" not in text
        own = "&#39;sha256-" if page.startswith("index") else "&#39;self&#39;; img-src"
        assert f"default-src &#39;none&#39;; style-src {own}" in text
        if not page.startswith("index"):
            assert f'<link rel="stylesheet" href="{"../" * page.count("/")}site.css">' in text
            assert "<style" not in text.partition("<body>")[0]
        assert len(text.encode()) < 200 * 1024


def test_the_same_draft_gives_the_same_bytes():
    assert edition_files(draft(), EDITION) == files()


def test_a_row_of_this_edition_alone_is_in_latest_csv():
    found = pl.read_csv(StringIO(text_of("p/compute.train_flop/latest.csv")))
    assert found["property_id"].to_list() == [COMPUTE]
    assert found.columns == list(properties([property_row()]).columns)


@pytest.mark.parametrize(
    ("row", "waits"),
    [
        ({"basis": "judgement"}, False),
        ({"basis": "derived", "detail_json": '{"steps": []}'}, False),
        ({"basis": "fit", "inputs_as_of": date(2024, 4, 1)}, True),
        ({"basis": "derived", "detail_json": '{"missing": ["learn.weekly_now"]}'}, True),
        ({"basis": "derived", "detail_json": '{"clauses": [{"key": "measured_until"}]}'}, True),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_row_that_nothing_measures_waits_for_a_measurement_and_is_no_judgement(row, waits, lang):
    """The page of APPS said that evidence on "the judgement or the definition itself" would move it."""
    told = changers(property_row(status="unrefittable", **row), lang)
    assert told == words(lang).site["change_unmeasured" if waits else "change_unrefittable"]


class TestReasons:
    """In Chinese a reason is told from what the row says it of: its words are kept in English."""

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ({"status": "unrefittable", "inputs_as_of": None}, "由常数与判断得出"),
            ({"status": "unrefittable", "inputs_as_of": date(2024, 4, 1)}, "自 2024年4月1日 起没有新的报告"),
            ({"status": "crossed"}, "原文的阈值已由实测达到"),
            ({"status": "crossed", "basis": "community"}, "条件比题目所要求的宽松"),
            ({"status": "crossed", "actual_note": "gold; as a third party reports"}, "据第三方所述"),
        ],
    )
    def test_it_says_what_the_english_one_says(self, said, told):
        assert told in reason(property_row(**said), "zh")

    def test_whose_word_a_number_rests_on_is_said_once(self):
        for kind in ("measured", "implied"):
            row = property_row(actual_kind=kind, actual_note="48 T; as a third party reports")
            beside = actual_cell(row, "zh").joined("zh")
            assert (beside + reason(row, "zh")).count("据第三方所述") == 1


def test_a_row_with_numbers_for_the_coming_years_alone_draws_them():
    """The page listed 43 hours for 2027 and drew nothing beyond today."""
    ahead = [
        {
            "series": COMPUTE_SERIES,
            "date": f"{year}-07-01",
            "p05": 1e27,
            "p25": 2e27,
            "p50": middle,
            "p75": 9e27,
            "p95": 2e28,
        }
        for year, middle in ((2027, 4e27), (2028, 5e27))
    ]
    row = property_row(
        property_id=COMPUTE, unit="FLOP", status="beyond_range", value_state="not_applicable",
        **dict.fromkeys(("p05", "p25", "p50", "p75", "p95")),
        detail_json=json.dumps({"series": [COMPUTE_SERIES], "ahead": ahead}),
    )  # fmt: skip
    page = text_of(f"p/{COMPUTE}.html", files(rows=properties([row])))
    assert "no point forecast so far ahead" in visible(page)
    assert "<td>4e27</td>" in page.replace(' class="n"', "") or "4×10" in page
    assert "1 Jul 2028" in page


def test_beside_a_chart_a_day_is_told_no_more_exactly_than_it_is_known():
    """The first of April, where only the month is known, is a day that nobody stated."""
    read = [("2023-04-01", 0.5, "month"), ("2023-04-01", 0.5, "month"), ("2024-05-02", 0.6, "day")]
    rows = [
        {"series_id": "s", "observation_date": date.fromisoformat(day), "value": value, "date_precision": precision}
        for day, value, precision in read
    ]
    series = {"series_id": "s", "label_en": "S", "unit": "share", "scale": "bounded", "direction": "max"}
    series |= {"benchmark_version": None, "variant": None}
    picture = series_picture(
        series, records(frame(core.OBSERVATION, rows)), frame(core.FORECAST, []), pl.DataFrame(schema=MARK_SCHEMA), "en"
    )
    # Two that reached the same on one day are one line, and the record that still stands is none of its own.
    assert [line[:2] for line in _lines(picture, "en")[1:]] == [("Apr 2023", "50 %"), ("2 May 2024", "60 %")]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_told_from_a_fifth_of_a_spread_on_is_not_told_below_it(lang):
    """Bars split a median that stayed to its last digit, beside a method that tells of nothing so small."""
    w, name = words(lang).site, f"p/compute.train_flop{'' if lang == 'en' else f'.{lang}'}.html"
    told, little = (files(moved=changes().with_columns(size_spreads=size))[name].decode() for size in (0.25, 0.15))
    assert w["causes_none"] in visible(little)
    assert w["causes_none"] not in visible(told)


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "A rehearsal: this edition was made for"), ("zh", "演练：本期为尚未到来")]
)
def test_every_page_of_a_rehearsal_says_that_it_is_one(lang, said):
    """Its banner stood on home alone: who came upon a row's page took a day that had not come for real."""
    for recorded, is_told in (("2026-11-20T10:00:00", True), ("2026-11-22T10:00:00", False)):
        made = edition_files(draft(), EDITION | {"recorded_at": recorded})
        pages = {name: body.decode() for name, body in made.items() if name.endswith(".html")}
        pages = {name: text for name, text in pages.items() if name.endswith(".zh.html") is (lang == "zh")}
        own = [name for name in pages if not name.startswith(("index", "checks"))]
        assert len(own) > 10
        assert [name for name in own if (said in pages[name]) is not is_told] == []
