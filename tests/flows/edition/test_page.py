"""The page as text: whole, self-contained, escaped, and honest about what is not there."""

from __future__ import annotations

import re
from datetime import date, datetime
from html.parser import HTMLParser

import polars as pl
import pytest

from flows.edition.page import render_page
from flows.edition.scoreboard import Scoreboard
from tests.warehouse.edition_frames import EDITION, checks, empty_row, health, properties, property_row, scores

VOID = {"meta", "link", "col", "br", "path", "circle"}
TABLE = properties()


def page(lang: str = "en", **said: object) -> str:
    given = {"edition": EDITION, "properties": TABLE, "checks": checks(), "health": health(), "scores": scores()} | said
    given["scores"] = Scoreboard(given["scores"])
    return render_page(*given.values(), lang=lang)


class Outline(HTMLParser):
    """Every element with its attributes; fails on a tag that is closed wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [found for name, found in self.elements if name == tag and wanted.items() <= found.items()]


def visible(text: str) -> str:
    """The words of a page without tags and styles."""
    return " ".join(re.sub(r"(?s)<style>.*?</style>|<[^>]+>", " ", text).split())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_has_every_row_once_in_six_sections(lang):
    outline = Outline(page(lang))
    rows = [found["id"] for found in outline.all("tr", role="row") if "id" in found]
    assert rows == TABLE["property_id"].to_list()
    assert [found["id"] for found in outline.all("table", **{"class": "props"})] == [
        f"section-{n}" for n in range(1, 7)
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_is_small_and_starts_as_html(lang):
    text = page(lang)
    assert text.startswith("<!doctype html>")
    assert f'<html lang="{lang}">' in text
    assert len(text.encode()) < 150 * 1024


def test_nothing_on_the_page_is_loaded_from_anywhere():
    outline = Outline(page())
    assert not [tag for tag, _ in outline.elements if tag in {"script", "img", "iframe", "video", "object"}]
    addresses = [found[key] for _, found in outline.elements for key in ("href", "src") if found.get(key)]
    assert addresses
    assert not [address for address in addresses if address.startswith(("http", "//"))]
    assert "url(" not in page()


def test_every_link_leads_to_a_file_of_the_edition_or_a_place_on_the_page():
    outline = Outline(page())
    names = {found["id"] for _, found in outline.elements if "id" in found}
    for found in outline.all("a"):
        target = found["href"]
        assert (
            target[1:] in names
            if target.startswith("#")
            else re.fullmatch(r"(p/)?[\w.]+\.(csv|json|parquet|md|xml|html)(#why)?", target)
        )


def test_the_languages_link_to_each_other():
    assert Outline(page("en")).all("a", href="index.zh.html", lang="zh")
    assert Outline(page("zh")).all("a", href="index.html", lang="en")


def test_headers_have_scope_and_every_table_of_rows_a_caption():
    outline = Outline(page())
    assert all(found.get("scope") in {"row", "col"} for found in outline.all("th"))
    assert len(outline.all("caption")) == 6
    assert all("aria-hidden" in found or found.get("role") == "img" for found in outline.all("svg"))


def test_what_is_verified_is_told_with_its_failures():
    words = visible(page())
    assert "5 of 6 checks passed; not kept: 1, findings: 1" in words
    assert (
        "the rule is: thing 0 holds. What does not keep to it: [METR, time horizons] rows concerned: 2. 2 rows" in words
    )


def test_a_rule_that_many_publishers_break_is_said_once_and_what_is_only_noted_stands_folded():
    row = checks().row(0, named=True)
    away = [row | {"source_id": one, "evidence": f"{one} away"} for one in ("metr", "models_dev", "manifold")]
    grave = row | {"what": "no key is twice", "consequence": "hold", "source_id": None, "evidence": "two keys"}
    text = page(checks=checks(failed=0).vstack(pl.DataFrame([*away, grave], schema=checks().schema)))
    opened, folded = text.split('<ul class="failures">')[1].split('<details class="checks">')[:2]
    assert "the rule is: no key is twice. What does not keep to it:" in opened
    assert "thing 0 holds" not in opened
    assert folded.startswith("<summary>Noted, without holding anything back: 3</summary>")
    assert folded.count("thing 0 holds") == 1
    assert folded.count("each away") == 1
    assert "; METR, time horizons; models.dev] " in folded


def test_what_was_verified_names_a_rule_once_for_all_publishers():
    """Without a network the list said the same of thirteen publishers, thirteen times, below the notes that did."""
    row = checks().row(0, named=True)
    away = [row | {"source_id": one} for one in ("models_dev", "manifold")]
    kept = row | {"source_id": "lmarena", "is_passed": True, "affected_count": 0, "evidence": None}
    text = page(checks=checks().vstack(pl.DataFrame([*away, kept], schema=checks().schema)))
    listed = visible(text.split("<summary>What was verified</summary>")[1].split("</ul>")[0])
    assert listed.count("thing 0 holds") == 2  # kept by one, not by three
    assert "; METR, time horizons; models.dev]" in listed


def test_all_checks_passed_and_no_check_run_are_different_things():
    assert "all 6 checks passed" in visible(page(checks=checks(failed=0)))
    assert "no check has been run" in visible(page(checks=checks().clear()))


def test_every_freshness_is_told_in_words():
    words = visible(page())
    for told in (
        "Curated facts embedded 22 Nov 2026 read from the program itself",
        "Epoch AI, benchmarks live 22 Nov 2026 answered, with something new",
        "METR, time horizons stale 22 Nov 2026 not reached: no connection, or no answer in time",
        "Metaculus withheld 22 Nov 2026 answered that we may not have it",
        "Epoch AI, notable models held 22 Nov 2026 not reached: no connection, or no answer in time",
        "models.dev missing 22 Nov 2026 not reached: no connection, or no answer in time",
        "Artificial Analysis off not asked: switched off",
    ):
        assert told in words


def test_an_edition_without_looks_or_scores_says_so():
    words = visible(page(health=health([]), scores=scores().clear()))
    assert "No source has been looked at yet." in words
    assert "Nothing that was forecast has resolved yet" in words


def test_a_row_shows_its_numbers_its_words_and_its_reason():
    row = empty_row("withheld", status="withheld", status_reason="The platform shows it only to accounts with access.")
    words = visible(page(properties=properties([row])))
    assert "withheld by the source 1.8 M 400,000 – 10 M 146,000 7 Aug 2025" in words
    assert "Why The platform shows it only to accounts with access." in words


def test_what_a_reason_says_to_type_is_set_as_code_and_nothing_else_becomes_markup():
    row = empty_row("not_asked", status="not_asked", status_reason="See `gpt2030 status` or `<b>`")
    text = page(properties=properties([row]))
    assert "See <code>gpt2030 status</code> or <code>&lt;b&gt;</code>" in text
    assert "`" not in text.split("</style>")[1]


def test_big_numbers_are_set_as_in_print():
    row = property_row(essay_p25=None, essay_p50=1e28, essay_p75=None, unit="FLOP")
    assert "1×10²⁸" in page(properties=properties([row]))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_note_is_set_in_print_as_the_number_above_it(lang):
    """In one cell stood 1×10²⁷, and beneath it 1e27 FLOP for the same."""
    note = "1e27 FLOP (GPT-6, training-compute/language: confidence: Likely; interval 5e26 to 2e27 of unnamed level)"
    row = property_row(actual_note=note)
    text = visible(page(lang, properties=properties([row])))
    assert text.count("1×10²⁷") == 2, "in the cell and beneath, where the note stands whole"
    assert "5×10²⁶" in text
    assert "1e27" not in text


def test_a_shift_worth_saying_is_said_and_a_small_one_is_not():
    assert "moved +0.3 spreads" in visible(page(properties=properties([property_row(change_spreads=0.3)])))
    assert "moved −1.2 spreads" in visible(page(properties=properties([property_row(change_spreads=-1.2)])))
    assert "moved" not in visible(page(properties=properties([property_row(change_spreads=0.02)])))


def test_text_from_outside_cannot_become_markup():
    hostile = "<script>alert(1)</script>"
    row = property_row(label_en=hostile, status_reason=hostile, actual_note=hostile, formula=hostile)
    text = page(properties=properties([row]))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_same_edition_gives_the_same_page():
    assert page() == page()


def test_days_as_text_of_a_manifest_give_the_same_page():
    manifest = EDITION | {"origin_date": "2026-11-22", "target_date": "2030-07-01", "issued_at": "2026-11-22T06:30:00Z"}
    assert page(edition=manifest) == page()


def test_an_edition_made_after_its_day_says_that_nobody_read_it_then():
    replay = EDITION | {
        "origin_date": date(2023, 6, 19),
        "recorded_at": datetime(2026, 11, 26, 9, 0),
        "is_replay": True,
    }
    assert "A replay: made on 26 Nov 2026" in visible(page(edition=replay))
    assert "回放：于" in visible(page("zh", edition=replay))
    # What a replay leaves out: its rows go by the day on which they became known.
    assert "What became known only later is left out where the day is kept" in visible(page(edition=replay))
    assert "凡记有获知日期的均不计入" in visible(page("zh", edition=replay))
    assert "A replay" not in visible(page())


def test_an_edition_made_before_its_day_says_that_it_is_a_rehearsal():
    early = EDITION | {"origin_date": date(2027, 6, 19), "recorded_at": datetime(2026, 11, 26, 9, 0)}
    said = visible(page(edition=early))
    assert "A rehearsal: made on 26 Nov 2026" in said
    assert "Published 26 Nov 2026" in said
    assert "演练：于" in visible(page("zh", edition=early))
    assert "A rehearsal" not in visible(page())


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="no words for language 'fr'"):
        page("fr")


def test_what_is_only_noted_is_no_alarm():
    noted = page()
    assert "<dd>\n<span>5 of 6 checks passed" in noted
    row = checks().row(0, named=True) | {"consequence": "hold"}
    graver = page(checks=pl.DataFrame([row], schema=checks().schema))
    assert '<span class="bad">0 of 1 checks passed' in graver


@pytest.mark.parametrize(("lang", "name"), [("en", "our pool"), ("zh", "本表的集成预测")])
def test_a_forecaster_stands_by_its_name_beside_the_id_that_the_files_know(lang, name):
    assert f'<th scope="row">{name} <code>gpt2030-pool</code></th>' in page(lang)


def test_a_multiple_by_now_is_not_in_the_colour_of_what_is_expected():
    expected, by_now = (
        property_row(),
        empty_row("not_applicable", status="beyond_range", essay_p50=1e6, essay_state="value"),
    )
    by_now |= {"actual_value": 3e5, "actual_state": "value", "unit": "people"}
    text = page(properties=properties([expected | {"unit": "people"}, by_now]))
    multiples = re.findall(r"<b( class=\"by-now\")?>(×[\d.,]+)</b>", text)
    assert [(bool(marked), times) for marked, times in multiples] == [(True, "×0.3"), (False, "×1.9")]


def test_a_check_that_had_nothing_to_judge_is_not_merely_passed():
    """Home said that every publisher had answered lately, of a home where none was ever read."""
    idle = checks(failed=0).with_columns(evidence=pl.lit("nothing to judge: no publisher was ever read here"))
    assert "passed, with nothing to judge: thing 1 holds" in visible(page(checks=idle))
    assert "nothing to judge" not in visible(page(checks=checks(failed=0)))
