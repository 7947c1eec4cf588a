"""What is read from the hourly speed probes, and which days are asked for."""

from __future__ import annotations

import json
from datetime import date

import pytest

from sources.errors import NotFound, WrongContent
from sources.llm_bench import (
    BUFFERED,
    FLAGSHIP,
    IMPLAUSIBLE,
    NOT_HEALTHY,
    OTHER,
    REPEATED,
    SUMMED_UP,
    TOO_FEW,
    UNTIMED,
    LlmBench,
)
from sources.web import Web, WebLimits
from tests import publisher as fake
from tests.sources.parsing import FIXTURES, parse, upstream, values

SOURCE = LlmBench()
FEED = "2026-07.jsonl"
TEXT = (FIXTURES / "llm_bench" / FEED).read_text()


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, FEED, TEXT)


def test_a_month_of_probes_becomes_one_median_per_system(parsed):
    assert values(parsed, FLAGSHIP) == {"openai/gpt-5.5|2026-07": 51.5}
    row = parsed.frames["core.observation"].filter(series_id=FLAGSHIP).row(0, named=True)
    assert (row["observation_date"], row["date_precision"], row["known_date"]) == (
        date(2026, 7, 1), "month", date(2026, 7, 21),
    )  # fmt: skip
    assert row["setup"].startswith("median of 24 probes, quartiles 45.8 to 57.2")


def test_only_the_newest_of_a_labs_top_line_is_its_flagship(parsed):
    assert values(parsed, OTHER) == {"openai/gpt-5.4|2026-07": 60.0, "openai/gpt-4o-mini|2026-07": 100.0}


def test_probes_that_do_not_measure_decoding_are_counted_by_reason(parsed):
    assert parsed.skipped == {
        NOT_HEALTHY: 2, UNTIMED: 1, BUFFERED: 1, IMPLAUSIBLE: 1, TOO_FEW: 19, SUMMED_UP: 3 * 24 - 3,
    }  # fmt: skip


def test_a_probe_that_stands_twice_counts_once(parsed):
    twice = parse(SOURCE, FEED, TEXT + TEXT)
    sound = parsed.record_count - len(parsed.rejects)
    assert twice.skipped[REPEATED] == sound
    assert values(twice, FLAGSHIP) == values(parsed, FLAGSHIP)


def test_broken_lines_are_refused_by_themselves(parsed):
    assert [(reject.rule, reject.value) for reject in parsed.rejects] == [("json", "{broken"), ("date", "yesterday")]


def test_a_month_does_not_delete_other_months(parsed):
    assert parsed.is_partial


def test_a_file_without_probes_is_refused_whole():
    with pytest.raises(WrongContent, match="no probe"):
        parse(SOURCE, FEED, "\n\n")


@pytest.mark.parametrize("field", ["status", "tokens_per_sec", "ttft_ms"])
def test_a_renamed_measurement_is_no_month_without_measurements(field):
    with pytest.raises(WrongContent, match=f"missing field {field}"):
        parse(SOURCE, FEED, TEXT.replace(f'"{field}"', '"renamed"'))


def test_a_real_day_is_counted_to_the_last_line():
    parsed = parse(SOURCE, "2026-07-20.head.jsonl", upstream("llm_bench/2026-07-20/2026-07-20.head.jsonl"))
    assert parsed.record_count == 7


@pytest.fixture
def publisher():
    with fake.Publisher() as server:
        yield server


def days_asked(publisher) -> set[str]:
    return {request.path.rpartition("/")[2] for request in publisher.requests if request.path.endswith(".jsonl")}


def fetch(publisher, today, root="/main"):
    with Web(limits=WebLimits(spacing_seconds=0), today=today) as web:
        return SOURCE.fetch(web, publisher.url + root, {})


@pytest.mark.server
def test_the_days_of_the_running_month_are_put_together(publisher):
    publisher.serve("/main/README.md", fake.ok(b"# probes"))
    publisher.serve("/main/data/2026-07/2026-07-01.jsonl", fake.ok(b'{"a":1}'))
    publisher.serve("/main/data/2026-07/2026-07-03.jsonl", fake.ok(b'{"b":2}\n'))
    [answer] = fetch(publisher, date(2026, 7, 20))
    assert (answer.feed, answer.body) == ("2026-07.jsonl", b'{"a":1}\n{"b":2}\n')
    assert len(days_asked(publisher)) == 19


@pytest.mark.server
def test_a_byte_order_mark_of_a_day_does_not_get_into_the_month(publisher):
    publisher.serve("/main/README.md", fake.ok(b"# probes"))
    for day in ("01", "02"):
        publisher.serve(f"/main/data/2026-07/2026-07-{day}.jsonl", fake.ok(b'\xef\xbb\xbf{"a":1}\n'))
    assert fetch(publisher, date(2026, 7, 20))[0].body == b'{"a":1}\n' * 2


@pytest.mark.server
def test_early_in_a_month_the_month_before_is_read_to_its_end(publisher):
    publisher.serve("/main/README.md", fake.ok(b"# probes"))
    publisher.serve("/main/data/2026-06/2026-06-30.jsonl", fake.ok(b'{"a":1}\n'))
    publisher.serve("/main/data/2026-07/2026-07-01.jsonl", fake.ok(b'{"b":2}\n'))
    assert [answer.feed for answer in fetch(publisher, date(2026, 7, 2))] == ["2026-06.jsonl", "2026-07.jsonl"]


@pytest.mark.server
def test_the_branch_may_be_called_master(publisher):
    publisher.serve("/master/README.md", fake.ok(b"# probes"))
    publisher.serve("/master/data/2026-07/2026-07-19.jsonl", fake.ok(b'{"a":1}\n'))
    [answer] = fetch(publisher, date(2026, 7, 20))
    assert answer.url == publisher.url + "/master/data/2026-07"


@pytest.mark.server
def test_a_month_without_any_file_is_an_error(publisher):
    with pytest.raises(NotFound, match="no file for any day"):
        fetch(publisher, date(2026, 7, 2))


def probe(**said):
    told = {"provider": "x", "model": "openai/gpt-9", "status": "healthy", "ttft_ms": 400, "tokens_per_sec": 100}
    return json.dumps(told | {"timestamp": "2026-07-20T00:00:03.000Z"} | said)


def month(*others, count=24):
    return parse(SOURCE, FEED, "\n".join([*(probe(ttft_ms=400 + k) for k in range(count)), *others]) + "\n")


def test_the_word_of_the_publishers_own_description_is_healthy_too():
    lines = "\n".join(probe(status="ok", ttft_ms=400 + k) for k in range(24))
    assert values(parse(SOURCE, FEED, lines), FLAGSHIP) == {"openai/gpt-9|2026-07": 100.0}


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"tokens_per_sec": -5}, "tokens_per_sec"),
        ({"ttft_ms": -5}, "ttft_ms"),
        ({"ttft_ms": [400]}, "ttft_ms"),
        ({"timestamp": "20/07/2026"}, "timestamp"),
        ({"timestamp": 1784505603}, "timestamp"),
        ({"timestamp": None}, "timestamp"),
        ({"model": ["openai/gpt-9"]}, "model"),
    ],
)
def test_what_is_given_and_cannot_be_is_refused_and_not_left_out(changes, column):
    parsed = month(probe(**changes))
    assert [reject.column for reject in parsed.rejects] == [column]
    assert values(parsed, FLAGSHIP) == {"openai/gpt-9|2026-07": 100.0}


def test_a_line_without_end_costs_itself():
    parsed = month(probe(note="x" * 200_000))
    assert ["a line of 200," in reject.reason for reject in parsed.rejects] == [True]
