"""Scores, sources and editions: what became of the essay, where data come from, and everything published before."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from flows.edition.elsewhere import Elsewhere
from flows.edition.forecaster_names import forecaster_name
from flows.edition.scoreboard import LAST_VALUE, Scoreboard
from flows.edition.shell import environment, page_file
from flows.edition.site import site_of
from flows.edition.top_pages import _on_its_own, editions_page, scores_page, source_facts, sources_page
from flows.edition.verdicts import verdict
from flows.edition.words import words
from models.forecasting.forecasters import FORECASTERS
from tests.conftest import ROOT
from tests.flows.edition.site_made import draft, files, known
from tests.warehouse.edition_frames import EDITION, ORIGIN, dated_row, frame, health, property_row, scores
from warehouse.contracts import out

MEASURED = {"actual_kind": "measured"}
STATED = ROOT / "sources" / "curated" / "stated.csv"
NOBODY = (None,) * 5


def visible(text: str) -> str:
    return " ".join(re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", text).split())


def site():
    made = draft()
    table = made.content.properties
    return site_of(
        EDITION, {"properties": table, "forecasts": made.content.forecasts, "changes": made.changes}, made.beneath
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_to_type_is_set_as_code(lang):
    page = sources_page(site(), health(), source_facts(known().observations), lang)
    assert "<code>gpt2030 status</code>" in page
    assert "`" not in page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_on_a_phone_numbers_and_days_in_a_row_keep_the_names_of_their_columns(lang):
    """Two days and a number beside each other say nothing; tables are stacked there and have no heading."""
    scored, listed = (
        scores_page(site(), Scoreboard(scores()), lang),
        sources_page(site(), health(), source_facts(known().observations), lang),
    )
    beside = environment().from_string(
        '{% from "elsewhere.html.j2" import elsewhere with context %}{{ elsewhere(rows) }}'
    )
    w, said = words(lang), Elsewhere("who", "5", "1 Jul 2030", "2 Jul 2025", "6", "", "title", "")
    essay = scored.split('id="essay"')[1].split("</section>")[0]
    others = beside.render(w=w, s=w.site, rows=[said])
    for table, count in ((essay, 2), (others, 4), (listed.split("</table>")[0], 4)):
        headings = dict.fromkeys(re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table.split("<tbody>")[0]))
        first = table.split("<tbody>")[1].split("</tr>")[0]
        named = re.findall(r'<td[^>]* data-head="([^"]+)"', first)
        assert len(named) == count
        assert [name for name in headings if name in named] == named
        assert not re.findall(r'<td class="(?:n|d)[^"]*">', first)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (property_row(actual_value=3.6e6, **MEASURED), "passed: ×2"),
        (property_row(actual_value=0.9e6, **MEASURED), "not reached: ×0.5"),
        (property_row(actual_value=3.6e6, essay_kind="anchor", **MEASURED), "the state of 2023, not a forecast"),
        (property_row(actual_value=3.6e6, actual_kind="derived"), "not measured itself; derived: ×2"),
        (property_row(actual_value=None, actual_state="missing"), "nothing measured to hold it against"),
        (property_row(unit="%", essay_p50=50.0, actual_value=93.0, **MEASURED), "passed: 43 points above"),
        (property_row(unit="probability", essay_p50=0.8, actual_value=0.5, **MEASURED), "not reached: 30 points below"),
        (
            dated_row(NOBODY, essay_p50=2028.001, actual_date=date(2027, 7, 1), actual_state="value"),
            "came 6 months earlier",
        ),
        (
            dated_row(NOBODY, essay_p50=2028.001, actual_date=date(2028, 3, 1), actual_state="value"),
            "came 2 months later",
        ),
        (
            dated_row(NOBODY, essay_p50=2028.0, actual_date=date(2025, 7, 21), actual_state="value"),
            "came 41 months before the end of 2028, the year it was said for",
        ),
        (
            property_row(actual_value=None, actual_state="missing", essay_kind="anchor"),
            "the state of 2023, not a forecast",
        ),
        (dated_row(NOBODY), "still to come"),
        (
            dated_row(NOBODY, essay_p50=2024.0, actual_date=date(2025, 7, 21), actual_state="value"),
            "came 7 months after the end of 2024, the year it was said for",
        ),
        (
            dated_row(NOBODY, essay_p50=2028.0, actual_date=date(2028, 3, 1), actual_state="value"),
            "came in the year it was said for",
        ),
        (dated_row(NOBODY, essay_p50=2025.001), "has not come, though said for Jan 2025"),
        (dated_row(NOBODY, essay_p50=2025.0), "has not come, though said for 2025"),
        (dated_row(NOBODY, essay_p50=2026.0), "still to come"),
    ],
)
def test_the_verdict_says_no_more_than_is_measured(row, said):
    assert verdict(row, ORIGIN, "en") == said


def held(forecaster: str, share: float, crps: float, months: int = 12) -> list[dict[str, object]]:
    task = {
        "edition_id": EDITION["edition_id"], "forecaster_id": forecaster, "target": "s", "origin_date": date(2025, 1, 1),
        "target_date": date(2026, 1, 1), "basis": "retrospective", "scale": "log", "horizon_months": months,
    }  # fmt: skip
    values = {"crps": crps, "coverage_50": share, "coverage_80": share, "coverage_90": share}
    return [{**task, "metric": metric, "value": value} for metric, value in values.items()]


def test_the_scores_say_whether_intervals_hold_and_how_far_ahead_they_help():
    rows = frame(out.SCORE, [*held("gpt2030-pool", 0.75, 0.1), *held(LAST_VALUE, 0.1, 0.4)])
    said = visible(scores_page(site(), Scoreboard(rows), "en"))
    assert "Our 80 % intervals held 75 % of 1 forecasts in retrospect, on 1 targets." in said
    assert "12 0.25 1" in said
    assert "our pool gpt2030-pool in retrospect 1" in said


def test_the_scores_say_how_each_did_on_each_scale_alone():
    """The first over all scales was fourth on shares, and nothing said so."""
    rows = [*held("gpt2030-pool", 0.75, 0.1), *held(LAST_VALUE, 0.1, 0.4)]
    shares = [row | {"target": "b", "scale": "bounded"} for row in rows if row["metric"] == "crps"]
    twice = [row | {"value": 4 * row["value"]} if "pool" in row["forecaster_id"] else row for row in shares]
    said = visible(scores_page(site(), Scoreboard(frame(out.SCORE, rows + twice)), "en"))
    assert "shares (1) factors (1) our pool 1 0.25" in said
    assert "On which scale?" not in visible(scores_page(site(), Scoreboard(frame(out.SCORE, rows)), "en"))


@pytest.mark.parametrize(("lang", "value"), [("en", "92 %"), ("zh", "92%")])
def test_every_forecast_of_the_essay_that_is_scored_stands_on_the_page(lang, value):
    """Three were counted and two stood there: MATH for June 2025 is a forecast of a series and no row."""
    name, day, come = "math/best-reported/any-protocol", date(2025, 6, 30), date(2025, 6, 5)
    stated = {
        "property_id": "math.date_92pct", "role": "forecast", "unit": "year", "p25": None, "p50": 2025.4932, "p75": None,
        "is_implied": False, "as_of_date": date(2023, 6, 7), "citation_title": "The essay", "citation_url": None,
    }  # fmt: skip
    row = (
        known()
        .observations.head(1)
        .with_columns(series_id=pl.lit(name), observation_date=pl.lit(come), value=pl.lit(0.988), unit=pl.lit("share"))
    )
    label = {"series_id": name, "label_en": "MATH reported", "label_zh": "MATH 已报告", "unit": "share"}
    there = replace(site(), essay={"math.date_92pct": stated}, series={name: label}, observations={name: row})
    rows = scores().with_columns(target=pl.lit(name), target_date=pl.lit(day))
    said = scores_page(there, Scoreboard(rows), lang).partition('id="essay"')[2].partition("</section>")[0]
    assert all(one in visible(said) for one in (label[f"label_{lang}"], value, words(lang).site["essay_besides"]))
    assert "98.8" in visible(said)
    # Of what is not scored yet nothing has come that the page could hold it against.
    assert words(lang).site["essay_besides"] not in scores_page(there, Scoreboard(scores()), lang)


def test_scores_of_editions_made_afterwards_say_so():
    rows = frame(out.SCORE, [*held("gpt2030-pool", 0.75, 0.1), *held(LAST_VALUE, 0.1, 0.4)])
    told = words("en").site["scores_replays"].format(count=1)
    assert told not in visible(scores_page(site(), Scoreboard(rows), "en")), "nothing was replayed and scored"
    assert told not in visible(scores_page(site(), Scoreboard(rows.with_columns(basis=pl.lit("published"))), "en"))
    said = visible(scores_page(site(), Scoreboard(rows.with_columns(basis=pl.lit("replayed"))), "en"))
    assert told in said
    assert "scored since: 0." in said
    assert "our pool gpt2030-pool replayed here later 1" in said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_scores_the_essay_is_still_held_against_what_came(lang):
    said = visible(scores_page(site(), Scoreboard(scores().clear()), lang))
    assert said.count("1.8 M" if lang == "en" else "180万") >= 1


def test_forecasters_have_names_that_people_understand():
    assert forecaster_name("gpt2030-pool", "en") == "our pool"
    assert forecaster_name("member-records", "en") == "member: records"
    assert forecaster_name("somebody-new", "en") == "somebody-new"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_name_in_the_words_is_all_that_a_forecaster_needs_to_be_called_by_it(lang):
    """There was a list beside them, and whoever gave a forecaster its words did not see it called by them."""
    named = words(lang).forecasters
    assert {name: forecaster_name(name, lang) for name in named} == named
    with STATED.open(newline="", encoding="utf-8") as file:
        stated = {row["forecaster_id"] for row in csv.DictReader(file)}
    nobodys = named.keys() - FORECASTERS.keys() - stated - {"essay-2023", "metaculus-community", "manifold-markets"}
    assert not nobodys, f"{sorted(nobodys)} of [forecasters] in flows/edition/words.{lang}.toml forecast nothing"


def test_a_source_has_its_state_licence_and_newest_fact():
    facts = source_facts(known().observations)
    said = visible(sources_page(site(), health(), facts, "en"))
    assert "Epoch AI, notable models CC BY 4.0 held" in said
    assert "3 1 Sep 2026" in said
    assert (
        "METR, time horizons no licence stated: its file is not redistributed, its numbers are cited one by one stale"
        in said
    )


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            "; in its place stand curated facts that cite it: 1, the newest known since 8 May 2026",
        ),
        ("zh", "；其位由引自它的 1 条精选事实代替，最新一条自 2026年5月8日 起为人所知"),
    ],
)
def test_a_source_that_was_not_read_says_what_is_copied_from_it(lang, said):
    """ "Missing" stood beside a publisher whose rows the table rests on, as somebody had copied them."""
    seen = known().observations
    copied = seen.head(1).with_columns(
        source_id=pl.lit("curated"), citation_title=pl.lit("METR, Task-completion time horizons"),
        known_date=date(2026, 5, 8),
    )  # fmt: skip
    page = visible(sources_page(site(), health(), source_facts(pl.concat([seen, copied])), lang))
    assert page.count(said) == 1
    own = seen.head(1).with_columns(source_id=pl.lit("metr"))
    assert said not in visible(sources_page(site(), health(), source_facts(pl.concat([seen, copied, own])), lang))


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "As this edition found it, 22 Nov 2026, 06:17 UTC: "), ("zh", "本期成稿时（2026年11月22日，06:17 UTC）：")],
)
def test_the_states_are_those_of_the_moment_of_the_edition(lang, said):
    """A second look on one day leaves the edition standing: what it held back is in `gpt2030 status`, not on this page."""
    edition = site().edition | {"issued_at": "2026-11-22T06:17:00Z"}
    page = visible(sources_page(replace(site(), edition=edition), health(), source_facts(known().observations), lang))
    assert said in page
    assert "gpt2030 status" in page


@pytest.mark.parametrize(
    ("state", "is_said"), [("missing", True), ("not_asked", True), ("live", False), ("stale", False)]
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_that_all_rests_on_the_files_is_said_where_nothing_was_ever_read(lang, state, is_said):
    """A reader had to put it together from thirteen lines of "missing"."""
    outside = health().filter(pl.col("state") != "embedded").with_columns(state=pl.lit(state))
    page = visible(sources_page(site(), outside, source_facts(known().observations), lang))
    assert (words(lang).site["sources_unread"].strip() in page) is is_said


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_how_many_observations_a_source_has_is_not_rounded(lang):
    facts = source_facts(known().observations).with_columns(rows=1429)
    assert ">1,429<" in sources_page(site(), health(), facts, lang)


def test_every_edition_is_listed_with_what_it_changed():
    page = editions_page(site(), "en")
    assert re.findall(r'href="(\.\./[^"]+|index\.html)">2026', page) == [
        "index.html",
        "../2026-10-22-00000000/index.html",
        "../2026-09-22-00000000/index.html",
    ]
    told = "Days up to its own that had an edition then, this one among them: 3; made later, for days gone by: 1."
    assert told in visible(page)


@pytest.mark.parametrize(("lang", "mark"), [("en", "rehearsal"), ("zh", "演练")])
def test_an_edition_made_before_its_day_is_marked_in_the_list_as_one_made_after_it_is(lang, mark):
    """A reader took the numbers of a day that had not come for what was known on it."""
    row = property_row(property_id="one")
    made = {"is_replay": False, "recorded_at": datetime(2026, 10, 20, 6)}
    before = row | made | {"origin_date": date(2026, 10, 22), "edition_id": "2026-10-22-00000000"}
    page = editions_page(replace(site(), rows=[row], history={"one": [before]}), lang)
    _, _, rehearsed = page.partition("2026-10-22-00000000")
    assert page.count(f'<span class="badge">{mark}</span>') == 1
    assert mark in rehearsed.partition("</tr>")[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_median_changed_where_it_is_printed_otherwise(lang):
    """It counted a row printed 25 and 25, of which the changes said that its range had moved, and one withdrawn."""
    same, other, gone, new = (property_row(property_id=name, p50=25.0) for name in ("same", "other", "gone", "new"))
    day = {"origin_date": date(2026, 10, 22), "edition_id": "2026-10-22-00000000", "is_replay": False}
    before = [one | day for one in (same, other, gone, new | {"p50": None})]
    now = [same | {"p50": 25.000001}, other | {"p50": 25.6}, gone | {"p50": None}, new]
    there = replace(site(), rows=now, history={one["property_id"]: [one] for one in before})
    page = editions_page(there, lang)
    assert re.findall(r'<td class="n">(\d*)</td>', page) == ["1", ""]
    assert words(lang).site["moved_rows_note"] in page


@pytest.mark.parametrize(("lang", "month"), [("en", "Sep 2026"), ("zh", "2026年9月")])
def test_editions_before_the_last_month_are_listed_by_month_and_all_are_led_to(lang, month):
    """A line for each of some hundred days was a seventh of a megabyte, written every day."""
    made, days = draft(), [ORIGIN - timedelta(days=back) for back in range(120, 0, -1)]
    old = made.beneath.history.filter(origin_date=pl.col("origin_date").min())
    before = pl.concat([
        old.with_columns(origin_date=pl.lit(day), edition_id=pl.lit(f"{day}-00000000"), is_replay=pl.lit(day.day == 7))
        for day in days
    ])  # fmt: skip
    frames = {"properties": made.content.properties, "forecasts": made.content.forecasts, "changes": made.changes}
    page = editions_page(site_of(EDITION, frames, replace(made.beneath, history=before)), lang)
    name = page_file("index", lang)
    led_to = re.findall(r'href="\.\./([^"/]+)/' + re.escape(name), page)
    assert sorted(led_to) == [f"{day}-00000000" for day in days]
    (row,) = re.findall(rf"<tr><th scope=\"row\" class=\"d\">{month}</th>(.*?)</tr>", page)
    own, _, replays = row.partition('<span class="badge">')
    assert [int(day) for day in re.findall(r">(\d+)</a>", own)] == [*range(30, 7, -1), *range(6, 0, -1)]
    assert re.findall(r">(\d+)</a>", replays) == ["7"]
    assert len(page.encode()) < 20_000


@pytest.mark.parametrize(("lang", "then"), [("en", "when this (?:one|edition) was made"), ("zh", "本期制成(?:之)?时")])
def test_what_is_said_of_other_editions_is_said_of_when_this_one_was_made(lang, then):
    """An edition never changes: replays made after it made "the first edition here" and "1 day so far" false."""
    site = words(lang).site
    for name in (
        "moved_first",
        "editions_lede",
        "history_first",
        "history_none",
        "history_note",
        "history_few",
        "history_no_target",
        "causes_withdrawn",
    ):
        assert re.search(then, site[name], re.IGNORECASE), name


def test_the_pages_are_among_the_files_in_both_languages():
    wanted = {f"{name}{ending}.html" for name in ("scores", "sources", "editions") for ending in ("", ".zh")}
    assert wanted <= set(files())


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ("6 stands for up to 9 months, 12 for up to 18, 24 for up to 30", "0.8 is an error a fifth smaller",
                "A cell is empty where", "(1/3) is one of three", "came: smaller is better")),
        ("zh", ("6 指不超过 9 个月，12 指不超过 18 个月，24 指不超过 30 个月", "0.8 即误差小五分之一", "无可计数处留空",
                "(1/3) 即三项中的一项", "取负：越小越好")),
    ],
)  # fmt: skip
def test_bands_ratios_and_empty_cells_are_explained_where_they_stand(lang, said):
    """A newcomer took 6 for half a year sharp, .44 for a score out of one, and an empty cell for a nought."""
    rows = frame(out.SCORE, [*held("gpt2030-pool", 0.75, 0.1), *held(LAST_VALUE, 0.1, 0.4)])
    page = visible(scores_page(site(), Scoreboard(rows), lang))
    assert [words for words in said if words not in page] == []


@pytest.mark.parametrize(("lang", "name", "longer"), [("en", "24", "more than 30"), ("zh", "24", "超过 30")])
def test_what_is_longer_than_the_last_band_begins_where_that_ends(lang, name, longer):
    """30 months stood in two rows: "24 stands for up to 30" and "30 and more"."""
    for months, told in ((30, name), (31, longer)):
        rows = frame(out.SCORE, [*held("gpt2030-pool", 0.75, 0.1, months), *held(LAST_VALUE, 0.1, 0.4, months)])
        assert f"{told} 0.25 1" in visible(scores_page(site(), Scoreboard(rows), lang)), months


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Switched off and not counted, though listed: 1."), ("zh", "已关闭而未计入的：1 个。")]
)
def test_a_source_that_is_off_is_listed_and_said_to_be_left_out_of_the_count(lang, said):
    """Above a list of fifteen stood "2 of 14"."""
    rows, facts = health(), source_facts(known().observations)
    assert rows.filter(state="off").height == 1
    assert said in sources_page(site(), rows, facts, lang)
    assert said[:6] not in sources_page(site(), rows.filter(pl.col("state") != "off"), facts, lang)


@pytest.mark.parametrize(("lang", "said"), [("en", "one more record of the usual step"), ("zh", "再添一次通常幅度")])
def test_the_sensible_baseline_is_explained(lang, said):
    assert said in scores_page(site(), Scoreboard(scores()), lang)


@pytest.mark.parametrize(("compared", "told"), [(22, "0.26"), (16, "0.26 (16)")])
def test_who_faced_fewer_tasks_of_a_scale_than_its_heading_says_has_their_number(compared, told):
    """A ratio of 16 tasks stood below "shares (22)", and was the best of its column."""
    row = {"crps_ratio": 0.26, "compared": compared}
    assert _on_its_own(row, 22, "en") == told
    assert _on_its_own({"crps_ratio": None, "compared": 0}, 22, "en") == ""
