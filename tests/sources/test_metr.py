"""What is read from METR's files of time horizons, and what of them is refused."""

from __future__ import annotations

from datetime import date

import pytest

from sources.errors import WrongContent
from sources.metr import FEEDS, Metr
from tests.sources.parsing import FIXTURES, parse, refused_lines, upstream, values

SOURCE = Metr()
NEW, OLD = FEEDS
TEXT = (FIXTURES / "metr" / NEW).read_text()


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, NEW, TEXT)


def test_horizons_are_minutes_by_release_date(parsed):
    assert values(parsed, "metr/v1.1/p50-horizon") == {"alpha_1_inspect": 10.771603, "beta_2_5": 1045.0}
    row = parsed.frames["core.observation"].row(0, named=True)
    assert (row["unit"], row["observation_date"], row["date_kind"]) == ("minutes", date(2024, 6, 20), "model_release")
    assert row["setup"] == "95 % interval 5.03 to 20.81 minutes"


def test_a_horizon_was_not_known_before_its_suite_was_published(parsed):
    known = dict(parsed.frames["core.observation"].select("source_row_id", "known_date").iter_rows())
    assert known == {"alpha_1_inspect": date(2026, 1, 29), "beta_2_5": date(2026, 4, 1)}


def test_the_harness_is_not_part_of_the_systems_name(parsed):
    assert parsed.frames["core.system"]["system_name"].to_list() == ["alpha-1", "beta-2-5"]


def test_impossible_dates_negative_and_missing_horizons_are_refused_at_their_line(parsed):
    assert {(reject.line, reject.rule) for reject in parsed.rejects if reject.line} == {
        (22, "date"), (22, "positive"), (26, "given"),
    }  # fmt: skip
    assert refused_lines(parsed) == {22, 26}


def test_suites_are_different_series():
    old = TEXT.replace("METR-Horizon-v1.1", "METR-Horizon-v1")
    assert set(values(parse(SOURCE, OLD, old), "metr/v1.0/p50-horizon")) == {"alpha_1_inspect", "beta_2_5"}


def test_the_files_are_not_passed_on():
    assert not SOURCE.is_redistributable


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", "no YAML mapping"),
        ("just words", "no YAML mapping"),
        ("- 1\n- 2\n", "no YAML mapping"),
        ("a: [1, 2", "broken YAML"),
        ("benchmark_name: METR-Horizon-v1.1\nother: 1\n", "no results"),
        ("results: {a: {release_date: 2024-01-01}}\n", "no version"),
        ("[" * 5000, "65 levels of nesting, more than 64"),
        ("<html><body>Not found</body></html>", "no YAML mapping"),
    ],
)
def test_what_is_no_file_of_horizons_is_refused_whole(text, seen):
    with pytest.raises(WrongContent, match=seen):
        parse(SOURCE, NEW, text)


def test_a_repeated_system_is_refused_the_second_time():
    again = (
        TEXT + "  alpha_1_inspect:\n    metrics: {p50_horizon_length: {estimate: 99}}\n    release_date: 2024-06-20\n"
    )
    parsed = parse(SOURCE, NEW, again)
    assert "unique-key" in {reject.rule for reject in parsed.rejects}
    assert values(parsed, "metr/v1.1/p50-horizon")["alpha_1_inspect"] == 10.771603


@pytest.mark.parametrize(
    ("feed", "count", "series_id"), [(NEW, 17, "metr/v1.1/p50-horizon"), (OLD, 33, "metr/v1.0/p50-horizon")]
)
def test_no_system_of_a_real_file_is_lost(feed, count, series_id):
    parsed = parse(SOURCE, feed, upstream(f"metr/2026-01-30/{feed}"))
    assert len(values(parsed, series_id)) == parsed.record_count == count


def suite(*systems):
    return "benchmark_name: METR-Horizon-v1.1\nresults:\n" + "".join(f"  {line}\n" for line in systems)


GOOD = "good: {release_date: 2024-06-20, metrics: {p50_horizon_length: {estimate: 5}}}"


@pytest.mark.parametrize(
    "line",
    [
        "odd: {release_date: [2024-06-20], metrics: {p50_horizon_length: {estimate: 5}}}",
        "odd: {release_date: 2024-06-20, metrics: {p50_horizon_length: 5}}",
        "odd: {release_date: 2024-06-20, metrics: {p50_horizon_length: {estimate: {}}}}",
        "odd: {release_date: 2024-06-20, metrics: {p50_horizon_length: {estimate: 5, ci_low: [1]}}}",
        "odd: {release_date: 2024-06-20, release_date: 2024-06-21, metrics: {p50_horizon_length: {estimate: 5}}}",
        "odd: {release_date: 20/06/2024, metrics: {p50_horizon_length: {estimate: 5}}}",
        "odd: {release_date: 2024-06-20, metrics: {p50_horizon_length: {estimate: 1e300}}}",
    ],
)
def test_what_is_given_and_cannot_be_read_costs_its_system(line):
    parsed = parse(SOURCE, NEW, suite(GOOD, line))
    assert values(parsed, "metr/v1.1/p50-horizon") == {"good": 5.0}
    assert refused_lines(parsed) == {4}


def test_references_are_followed():
    text = "m: &m {p50_horizon_length: {estimate: 7}}\n" + suite("a: {release_date: 2024-06-20, metrics: *m}")
    assert values(parse(SOURCE, NEW, text), "metr/v1.1/p50-horizon") == {"a": 7.0}


def test_a_date_with_its_time_is_a_date():
    parsed = parse(SOURCE, NEW, suite(GOOD.replace("2024-06-20", "2024-06-20T00:00:00Z")))
    assert parsed.frames["core.observation"]["observation_date"].to_list() == [date(2024, 6, 20)]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("METR-Horizon-v1", "1.0"), ("METR-Horizon-V1.1", "1.1"), ("METR-Horizon-1.1", "1.1"), ("1.1", "1.1"),
        ("v1_1", "1.1"), ("METR_1.1", "1.1"), ("METR Horizon, version 1.1", "1.1"), ("METR-Horizon-v01.1", "1.1"),
        ("METR-Horizon-v1.10", "1.10"),
    ],
)  # fmt: skip
def test_a_version_is_read_however_it_is_written(name, version):
    parsed = parse(SOURCE, NEW, TEXT.replace("METR-Horizon-v1.1", name, 1))
    assert values(parsed, f"metr/v{version}/p50-horizon") == {"alpha_1_inspect": 10.771603, "beta_2_5": 1045.0}


@pytest.mark.parametrize("name", ["HCAST-97", "METR-Horizon-2026.1", "v1.1.0", "v1.1-rc", "METR-Horizon", "1"])
def test_a_version_that_cannot_be_read_is_not_called_none(name):
    with pytest.raises(WrongContent, match=f"a version of the suite that cannot be read.*{name}"):
        parse(SOURCE, NEW, TEXT.replace("METR-Horizon-v1.1", name, 1))


@pytest.mark.parametrize(
    ("good", "bad", "column"),
    [
        (b"1045.0", b"1045.\xff0", "metrics.p50_horizon_length.estimate"),
        (b"ci_low: 100", b"ci_l\xe9w: 100", "metrics.p50_horizon_length"),
        (b"  beta_2_5:", b"  b\xe9ta_2_5:", "key"),
        (b"2026-04-01", b"2026-04-01\n    note: caf\xe9", "note"),
        (b"2026-04-01", b"2026-04-01\n    notes: [a, {b: caf\xe9}]", "notes.b"),
    ],
)
def test_a_byte_that_is_not_utf8_costs_its_system_and_no_other(good, bad, column):
    parsed = parse(SOURCE, NEW, TEXT.encode().replace(good, bad, 1))
    assert values(parsed, "metr/v1.1/p50-horizon") == {"alpha_1_inspect": 10.771603}
    (reject,) = (one for one in parsed.rejects if one.rule == "utf-8")
    assert (reject.line, reject.column) == (18, column)
    assert "\ufffd" in reject.value
    assert "which is not UTF-8" in reject.reason


def test_a_byte_that_is_not_utf8_where_nothing_is_read_costs_nothing():
    odd = TEXT.replace("0123abcd", "0123\udcff").encode("utf-8", "surrogateescape") + b"# caf\xe9\n"
    assert values(parse(SOURCE, NEW, odd), "metr/v1.1/p50-horizon") == {
        "alpha_1_inspect": 10.771603,
        "beta_2_5": 1045.0,
    }


def test_a_byte_in_what_two_systems_refer_to_costs_both():
    text = "m: &m {p50_horizon_length: {estimate: 7}, note: X}\n" + suite(
        "a: {release_date: 2024-06-20, metrics: *m}", "b: {release_date: 2024-06-20, metrics: *m}", GOOD
    )
    parsed = parse(SOURCE, NEW, text.encode().replace(b"X", b"\xff"))
    assert values(parsed, "metr/v1.1/p50-horizon") == {"good": 5.0}
    assert {reject.column for reject in parsed.rejects} == {"metrics.note"}


@pytest.mark.parametrize(("low", "high"), [(0, 0), (6, 9), (1, 4)])
def test_an_interval_that_its_horizon_is_not_in_costs_itself_alone(low, high):
    parsed = parse(SOURCE, NEW, suite(GOOD.replace("estimate: 5", f"estimate: 5, ci_low: {low}, ci_high: {high}")))
    assert parsed.frames["core.observation"].select("value", "setup").rows() == [(5.0, None)]
    assert [(one.line, one.within, one.rule) for one in parsed.rejects] == [(None, 3, "range")]


def test_a_version_with_a_byte_that_is_not_utf8_is_refused_by_name():
    with pytest.raises(WrongContent, match="cannot be read"):
        parse(SOURCE, NEW, TEXT.encode().replace(b"v1.1", b"v1.\xb1", 1))


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_a_bound_that_is_nothing_is_nothing(nothing):
    parsed = parse(SOURCE, NEW, suite(GOOD.replace("estimate: 5", f"estimate: 5, ci_low: {nothing}")))
    assert parsed.frames["core.observation"]["value"].to_list() == [5.0]
    assert not parsed.rejects
