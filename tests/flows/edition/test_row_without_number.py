"""What is said of a row that gives no number now: what it gave last, and that none of its days could have moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from html import unescape

import polars as pl
import pytest

from flows.edition.changes_page import moved_rows
from flows.edition.files import edition_files
from flows.edition.formats import typeset
from flows.edition.home import Standing, opening
from flows.edition.page import render_page
from flows.edition.row_history import undrawn, unmoved
from flows.edition.scoreboard import Scoreboard
from flows.edition.site import Site
from flows.edition.waterfall import causes_of
from tests.flows.edition.site_made import draft, history
from tests.warehouse.edition_frames import EDITION, checks, empty_row, health, properties, property_row, scores
from warehouse.contracts import out

TARGET = date(2030, 7, 1)
NUMBERED = property_row(unit="%", p05=70.0, p25=76.0, p50=89.0, p75=96.4, p95=98.0, label_en="A", label_zh="甲")
WITHOUT = NUMBERED | dict.fromkeys(out.QUANTILES) | {"value_state": "not_applicable"}
BEYOND = WITHOUT | {"status": "beyond_range", "unit": "hours"}
NAME = str(WITHOUT["property_id"])
SAID = ("89 % (76–96.4 %)", "22 Sep 2026"), ("89%（76%–96.4%）", "2026年9月22日")


def site(row: dict[str, object], *before: dict[str, object]) -> Site:
    days = (date(2026, 9, 22), date(2026, 10, 22))
    earlier = [one | {"origin_date": day, "edition_id": f"{day}-0"} for day, one in zip(days, before, strict=False)]
    return Site(EDITION, [row], {}, {}, {}, {}, {}, {}, history={NAME: earlier})


@pytest.mark.parametrize(("lang", "said"), [("en", SAID[0]), ("zh", SAID[1])])
def test_a_number_that_was_withdrawn_is_told_with_its_day(lang, said):
    """The page of a test that was retired said that no edition of earlier days had published a number of it."""
    for before in ((NUMBERED,), (NUMBERED, WITHOUT)):
        row = WITHOUT | {"status": "retired", "previous_p50": 89.0}
        for told in (unmoved(row, site(row, *before), lang), undrawn(row, site(row, *before), lang)):
            assert all(one in told.replace("\u00a0", " ") for one in said)


@pytest.mark.parametrize(("lang", "day"), [("en", "Jul 2030"), ("zh", "2030年7月")])
def test_a_row_that_forecasts_the_coming_years_is_without_a_number_for_the_target_alone(lang, day):
    """Beside forecasts for 2027 and 2028 its page said that no number was forecast."""
    for say in (unmoved, undrawn):
        assert day in say(BEYOND, site(BEYOND, BEYOND), lang)
        assert day not in say(WITHOUT, site(WITHOUT, WITHOUT), lang)


def test_one_number_with_its_range_is_no_history_and_none_is_denied():
    assert "not even two gave a number" in undrawn(NUMBERED, site(NUMBERED, WITHOUT), "en")
    assert "published no number of this row either" in undrawn(WITHOUT, site(WITHOUT, WITHOUT), "en")
    assert "none of an earlier day here" in undrawn(NUMBERED, site(NUMBERED), "en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_of_a_withdrawn_row_says_so_where_causes_and_history_stand(lang):
    table, ending = properties(), "" if lang == "en" else ".zh"
    gone, then = pl.col("property_id") == "data.train_tokens", pl.col("origin_date") == date(2026, 10, 22)
    empty = [pl.when(~gone).then(pl.col(name)).alias(name) for name in out.QUANTILES]
    rows = table.with_columns(*empty, value_state=pl.when(gone).then(pl.lit("not_applicable")).otherwise("value_state"))
    made, was = draft(rows), history(table).filter(then)
    made = replace(made, beneath=replace(made.beneath, history=was))
    text = edition_files(made, EDITION)[f"p/data.train_tokens{ending}.html"].decode()
    row = rows.filter(gone).row(0, named=True)
    there = replace(site(row), history={row["property_id"]: was.filter(gone).to_dicts()})
    for told in (unmoved(row, there, lang), undrawn(row, there, lang)):
        assert "2026" in told
        assert typeset(told) in unescape(text)


def test_what_moved_behind_no_number_is_no_move_of_it():
    """The table said "moved −0.109 spreads" beside "beyond range"."""
    said = {"edition": EDITION, "checks": checks(), "health": health(), "board": Scoreboard(scores())}
    row = BEYOND | {"change_spreads": -0.3, "previous_p50": None}
    text = render_page(**said, properties=properties([row]))
    assert "moved −0.3 spreads" not in text
    assert "no number, then or now; what it would be computed from moved by 0.3 spreads" in text
    numbered = NUMBERED | {"change_spreads": -0.3}
    assert "moved −0.3 spreads" in render_page(**said, properties=properties([numbered]))


def test_a_number_withdrawn_is_no_move():
    row = empty_row("not_applicable", status="beyond_range", change_spreads=0.5, previous_p50=2.0)
    assert opening([row], Standing(date(2026, 11, 1), TARGET, [], []), "en").moved == []
    total = {"cause": "total", "amount": 0.3, "size_spreads": 0.5, "previous_edition_id": "x", "detail": None}
    there = replace(site(row, NUMBERED), changes={NAME: [total]})
    assert causes_of(row, there, "en") is None
    assert moved_rows(there, "en") == []
