"""The checks page: gravest first, text escaped, and nothing fetched from anywhere."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser

import pytest

from flows.edition.checks_page import render_checks_page
from tests.warehouse.good_warehouse import frame
from warehouse.contracts import core

PASSED = {"check_name": "six_sections", "is_passed": True, "affected_count": 0, "what": "each section has rows"}
HELD = {"check_name": "values_in_range", "consequence": "hold", "affected_count": 3, "evidence": "gpt-4: 1.7 of 1.0"}
NOTED = {"check_name": "sources_fresh", "consequence": "note", "affected_count": 1, "source_id": "metr"}
STOPPED = {"check_name": "keys_unique", "consequence": "stop", "affected_count": 2, "evidence": "<b>row</b> & more"}


def page(*rows):
    return render_checks_page(frame(core.CHECK_RESULT, list(rows)))


def headline(html):
    return re.search(r"<h1>(.*?)</h1>", html).group(1)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([PASSED], "Verified: nothing was found"),
        ([PASSED, NOTED], "Verified, with notes"),
        ([PASSED, NOTED, HELD], "Not published: held"),
        ([PASSED, NOTED, HELD, STOPPED], "Not published: stopped"),
    ],
)
def test_the_headline_is_the_verdict(rows, said):
    assert headline(page(*rows)) == said


def test_the_gravest_failures_come_first_and_what_passed_last():
    html = page(PASSED, NOTED, HELD, STOPPED)

    assert re.findall(r'<section id="(\w+)">', html) == ["stop", "hold", "note", "passed"]
    assert "1 of 4 checks passed; 3 found something." in html


def test_a_failure_shows_publisher_rows_and_evidence():
    html = page(NOTED, HELD)

    assert "<b>metr</b>" in html
    assert "gpt-4: 1.7 of 1.0" in html
    assert '<td class="n">3</td>' in html


def test_a_check_that_failed_for_two_publishers_counts_once():
    assert "1 of 2 checks passed; 1 found something." in page(PASSED, NOTED, NOTED | {"source_id": "metaculus"})


def test_what_looked_at_the_change_only_says_so_and_when_it_looked_at_all():
    part = {"scope": "change", "full_at": datetime(2026, 11, 20, 6)}

    html = page(PASSED | part, HELD | part | {"full_at": datetime(2026, 11, 18, 6)}, NOTED)

    told = "2 looked only at what has changed since they last looked at all rows, between 2026-11-18 and 2026-11-20."
    assert f"Of these, {told}" in html
    assert "each section has rows (looked at what has changed; at all rows on 2026-11-20)" in html
    assert "changed" not in page(PASSED | {"scope": "full"}, NOTED)


def test_what_passed_for_want_of_anything_to_judge_says_so():
    html = page(
        PASSED | {"evidence": "nothing to judge: no publisher was ever read here"}, PASSED | {"check_name": "b"}
    )
    assert re.findall(r'<td class="state ok">(.*?)</td>', html) == [
        "passed",
        "passed, nothing to judge: no publisher was ever read here",
    ]


def test_evidence_is_text_and_never_markup():
    html = page(STOPPED)

    assert "&lt;b&gt;row&lt;/b&gt; &amp; more" in html
    assert "<b>row</b>" not in html


def test_nothing_is_fetched_from_anywhere():
    class Links(HTMLParser):
        found = ()

        def handle_starttag(self, tag, attrs):
            self.found += tuple(value for name, value in attrs if name in {"src", "href", "action", "poster"})

    html = page(PASSED, STOPPED)
    links = Links()
    links.feed(html)

    assert links.found == ("index.html",), "the page of its edition, which lies beside it"
    assert not re.search(r"url\(|@import|<script", html)


def test_no_results_are_no_clean_page():
    with pytest.raises(ValueError, match="no check results"):
        page()


def test_the_run_stands_apart_from_the_name_before_it():
    """It read "gpt2030run 2026-11-29/4"."""
    assert re.search(r"gpt2030 · run \S", re.sub(r"<[^>]+>", "", page(PASSED)))
