"""What is read from OpenRouter's daily rankings: the total of each whole day, and nothing of a day that is not."""

from __future__ import annotations

import hashlib
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.publisher as fake
from sources.errors import ServerFailed, WrongContent
from sources.openrouter import LATEST, MANIFEST, NOT_WHOLE, SERIES, SUMMED_UP, OpenRouter
from sources.web import Web, WebLimits
from tests.sources.parsing import FIXTURES, parse, values

SOURCE = OpenRouter()
TEXT = (FIXTURES / "openrouter" / LATEST).read_text()
HEADER = "date,model_permaslug,rank,total_tokens,share_of_daily_tokens"


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, LATEST, TEXT)


def rows(day, tokens):
    """The rows of a day, the last of them the rest."""
    names = [f"lab/model-{n}" for n in range(1, len(tokens))] + ["other"]
    return [f"{day},{name},,{count},{count / sum(tokens)}" for name, count in zip(names, tokens, strict=True)]


def read(*lines):
    return parse(SOURCE, LATEST, "\r\n".join([HEADER, *lines]) + "\r\n")


def test_a_day_is_the_sum_of_all_its_rows(parsed):
    assert values(parsed, SERIES) == {"2026-09-28": 1000, "2026-09-29": 1100, "2026-09-30": 1400}


def test_a_day_without_its_rest_is_no_quiet_day_but_none(parsed):
    assert "2026-09-27" not in values(parsed, SERIES)
    assert parsed.skipped == {NOT_WHOLE: 3, SUMMED_UP: 9}


def test_a_total_is_known_on_the_next_day_and_is_a_fact_of_its_own(parsed):
    row = parsed.frames["core.observation"].filter(source_row_id="2026-09-30").row(0, named=True)
    assert (row["observation_date"], row["known_date"]) == (date(2026, 9, 30), date(2026, 10, 1))
    assert (row["date_kind"], row["date_precision"], row["evidence"]) == ("daily", "day", "publisher_file")


def test_days_that_left_the_window_stand(parsed):
    assert parsed.is_partial


def test_a_system_that_stands_there_twice_spoils_its_day_alone():
    good, spoilt = rows("2026-09-28", [6, 4]), rows("2026-09-29", [5, 5])
    found = read(*good, *spoilt, spoilt[0])
    assert values(found, SERIES) == {"2026-09-28": 10}
    assert found.skipped[NOT_WHOLE] == 3


@pytest.mark.parametrize(("cell", "text", "rule"), [
    (0, "soon", "date"), (0, "9999-12-31", "range"), (0, "", "given"), (1, "", "given"), (3, "many", "number"), (3, "-6", "range"),
    (3, "", "given"), (4, "most", "number"), (4, "", "given"),
])  # fmt: skip
def test_an_unreadable_row_is_refused_and_its_day_is_not_summed(cell, text, rule):
    first, *rest = rows("2026-09-29", [6, 4])
    cells = first.split(",")
    cells[cell] = text
    found = read(*rows("2026-09-28", [6, 4]), ",".join(cells), *rest)
    assert {(one.line, one.rule) for one in found.rejects} == {(4, rule)}
    assert values(found, SERIES) == {"2026-09-28": 10}


@given(st.lists(st.lists(st.integers(1, 10**14), min_size=2, max_size=60), min_size=1, max_size=30))
def test_any_whole_days_sum_to_their_rows(days):
    lines = [line for n, tokens in enumerate(days, 1) for line in rows(f"2026-09-{n:02d}", tokens)]
    found = values(read(*lines), SERIES)
    assert found == {f"2026-09-{n:02d}": pytest.approx(sum(tokens)) for n, tokens in enumerate(days, 1)}


def test_a_file_without_a_whole_day_is_refused_as_a_whole():
    """Shares in per cent: left out day by day, the publisher would seem to have fallen silent."""
    for lines in (("2026-09-28,lab/model,,6,60", "2026-09-28,other,,4,40"), ("2026-09-28,other,,0,1",), ()):
        with pytest.raises(WrongContent, match="no day is whole"):
            read(*lines)


def test_tokens_are_held_to_their_shares():
    """Five of ten quadrillion in a column of five: each share sums to one, and one number is a slip."""
    found = read(*rows("2026-09-28", [6, 4]), "2026-09-29,lab/model,,5,.5", "2026-09-29,other,,5000000000000000,.5")
    assert values(found, SERIES) == {"2026-09-28": 10}


def test_shares_rounded_to_four_digits_are_those_of_their_tokens():
    tokens = [3 * n + 1 for n in range(300)]
    lines = [
        line.rpartition(",")[0] + f",{count / sum(tokens):.4f}"
        for line, count in zip(rows("2026-09-28", tokens), tokens, strict=True)
    ]
    assert values(read(*lines), SERIES) == {"2026-09-28": sum(tokens)}


def test_a_renamed_column_is_named():
    with pytest.raises(WrongContent, match="missing column total_tokens"):
        parse(SOURCE, LATEST, TEXT.replace("total_tokens", "tokens"))


def test_a_page_where_the_export_was_due_is_refused():
    with pytest.raises(WrongContent, match="missing column"):
        parse(SOURCE, LATEST, "<!DOCTYPE html><html><head><title>Rankings</title></head><body></body></html>")


def manifest(**said):
    """A manifest of 8 October as the publisher writes them, here of a host that is not ours."""
    url = "https://openrouter.ai/api/v1/datasets/exports/rankings-daily/2026-10-08.csv"
    body = TEXT.encode()
    named = {"url": url, "encoding_format": "text/csv", "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    files = {"csv": named | said.pop("csv", {})}
    return json.dumps({"dataset": "rankings-daily", "snapshot_date": "2026-10-08", "files": files} | said).encode()


@pytest.fixture
def publisher():
    with fake.Publisher() as server:
        yield server


def fetch(publisher, known=()):
    with Web(limits=WebLimits(spacing_seconds=0, tries=1)) as web:
        (answer,) = SOURCE.fetch(web, publisher.url, dict(known))
    return answer


def test_the_dated_file_that_the_manifest_names_is_taken_not_the_newest(publisher):
    publisher.serve(f"/{MANIFEST}", fake.ok(manifest()))
    publisher.serve("/2026-10-08.csv", fake.ok(TEXT.encode(), etag='"8"'))
    publisher.serve(f"/{LATEST}", fake.ok(b"days of two exports"))
    answer = fetch(publisher)
    assert (answer.feed, answer.body, answer.url) == (LATEST, TEXT.encode(), f"{publisher.url}/2026-10-08.csv")
    assert fetch(publisher, {LATEST: answer.etag}).body is None


@pytest.mark.parametrize("body", [TEXT.encode() + b"\r\n", TEXT.encode()[:-2], TEXT.replace("1", "2").encode()])
def test_a_file_that_is_not_the_one_its_manifest_names_is_refused(publisher, body):
    publisher.serve(f"/{MANIFEST}", fake.ok(manifest()))
    publisher.serve("/2026-10-08.csv", fake.ok(body))
    with pytest.raises(WrongContent, match=r"not the file that its manifest names.*2026-10-08\.csv"):
        fetch(publisher)


@pytest.mark.parametrize("said", [
    {"snapshot_date": "../../secret"}, {"snapshot_date": "2026-13-45"}, {"snapshot_date": None}, {"snapshot_date": 20261008},
    {"csv": {"sha256": "abc"}}, {"csv": {"bytes": "many"}}, {"csv": {"bytes": -1}}, {"files": []}, {"files": {"csv": "x.csv"}},
])  # fmt: skip
def test_a_manifest_that_names_no_file_is_refused_and_nothing_is_guessed(publisher, said):
    publisher.serve(f"/{MANIFEST}", fake.ok(manifest(**said)))
    publisher.serve(f"/{LATEST}", fake.ok(TEXT.encode()))
    with pytest.raises(WrongContent, match="manifest"):
        fetch(publisher)
    assert publisher.asked(f"/{LATEST}") == []


def test_where_there_is_no_manifest_the_newest_file_has_to_do(publisher):
    publisher.serve(f"/{LATEST}", fake.ok(TEXT.encode()))
    assert fetch(publisher).url == f"{publisher.url}/{LATEST}"


def test_a_manifest_that_cannot_be_had_is_a_failure_of_the_publisher(publisher):
    publisher.serve(f"/{MANIFEST}", fake.status(500))
    with pytest.raises(ServerFailed):
        fetch(publisher)
