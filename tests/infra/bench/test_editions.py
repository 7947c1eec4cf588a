"""What editions weigh is counted once for a file under two names, by kind, and a year is foretold from some days."""

import pytest

from infra.bench.editions import YEAR, kind_of, weights, year_of

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow


def test_a_file_under_two_names_counts_where_it_was_first(tmp_path):
    first, second = tmp_path / "2026-01-01-a", tmp_path / "2026-01-02-b"
    for folder in (first, second):
        (folder / "p" / "row").mkdir(parents=True)
    (first / "scores.csv").write_bytes(b"1" * 50_000)
    (second / "scores.csv").hardlink_to(first / "scores.csv")
    (first / "p" / "row" / "card.svg").write_bytes(b"2" * 30_000)
    (second / "p" / "row" / "card.svg").write_bytes(b"3" * 30_000)
    (tmp_path / "latest").symlink_to(second.name, target_is_directory=True)
    one, other = weights(tmp_path)
    assert [one.edition_id, other.edition_id] == [first.name, second.name]
    assert one.own == one.whole == other.whole
    assert other.own_kinds["scores.csv"] == 0
    assert other.own_kinds["p/*/card.svg"] == other.kinds["p/*/card.svg"] >= 30_000
    assert other.own == other.whole - other.kinds["scores.csv"]


def test_files_of_all_rows_are_of_one_kind():
    assert kind_of("p/math.sota_pct.zh.html") == "p/*.html"
    assert kind_of("p/math.sota_pct/card.svg") == "p/*/card.svg"
    assert kind_of("index.html") == "index.html"


def test_a_year_of_editions_that_weigh_the_same_weighs_that_often():
    assert year_of([7, 6, *[2] * 10]) == pytest.approx(13 + 2 * (YEAR - 2))
    assert year_of([3] * (YEAR + 5)) == 3 * YEAR


def test_growth_goes_on_where_there_are_days_enough_to_tell_it_from_news():
    whole = [7, 6, *range(100, 100 + YEAR - 2)]
    assert year_of(whole[:80]) == pytest.approx(sum(whole))
    assert year_of([7, 6, 2, 2, 2, 9]) == pytest.approx(13 + 15 / 4 * (YEAR - 2))
