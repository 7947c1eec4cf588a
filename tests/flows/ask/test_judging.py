"""A user's series judged: the same files whoever computes them, and what it cost and saved is told as it was."""

import re
from datetime import date
from functools import partial

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.ask import judging, shards
from flows.ask.backtest import OF_TABLES, total_table
from flows.ask.judging import Files, bill, judge
from flows.ask.own_series import origins_until
from flows.ask.shards import SeriesQuestion, Spent
from models.forecasting.forecasts import HUB_LEVELS
from models.scoring.backtest import UnusableSeries, backtest, month_ends

CUTOFFS = tuple(month_ends(date(2021, 6, 30), date(2022, 12, 31)))
ASKED = SeriesQuestion(CUTOFFS, (6, 12), HUB_LEVELS)


def many(count, seed=1):
    """Series of all kinds and of all lengths, some of which nobody can judge, in no order."""
    dice = np.random.default_rng(seed)
    days = pl.date_range(date(2018, 1, 1), date(2023, 12, 1), "1mo", eager=True)
    parts = []
    for number in range(count):
        kind, length = ("bounded", "log", "linear")[number % 3], int(dice.integers(2, len(days)))
        grown = np.cumsum(dice.exponential(0.05, length)) + dice.normal(0, 0.05, length)
        value = {"bounded": 1 / (1 + np.exp(1.5 - grown)), "log": 10**grown, "linear": 1000 + 100 * grown}[kind]
        row = {"series": f"s{number * 7 % count}", "kind": kind, "chance": None, "ceiling": None}
        parts.append(pl.DataFrame({**row, "date": days[-length:], "value": value}, schema_overrides={
            "chance": pl.Float64, "ceiling": pl.Float64}))  # fmt: skip
    return pl.concat(parts).sample(fraction=1, shuffle=True, seed=seed)


def in_shards_of(size, folder, count):
    assert count == size
    return shards.in_turn(folder, count)


@pytest.mark.parametrize("least", [1, 5, 40])
def test_cut_as_finely_as_one_likes_the_files_are_the_same_to_the_byte(tmp_path, monkeypatch, least):
    """Subtotals of shards added up would move every prior, and a shard of one task once had a WIS of its own."""
    series = many(40)
    at_once = Files(tmp_path / "at-once.parquet", tmp_path / "said-at-once.parquet")
    cut = Files(tmp_path / "cut.parquet", tmp_path / "said-cut.parquet")
    judged = judge(series, ASKED, at_once)
    monkeypatch.setattr(shards, "cut", partial(shards.cut, least=least))
    apart = judge(series, ASKED, cut, partial(in_shards_of, least))
    assert judged.tasks.height > 100
    assert apart.tasks.equals(judged.tasks)
    assert cut.tasks.read_bytes() == at_once.tasks.read_bytes()
    assert cut.forecasts.read_bytes() == at_once.forecasts.read_bytes()
    whole = pl.read_parquet(cut.tasks)
    assert whole.equals(backtest(series, CUTOFFS, (6, 12)))
    # Means over threads differ in their last bit from one call to the next.
    assert_frame_equal(total_table(apart.tasks), total_table(whole))


def test_beyond_what_fits_at_once_one_process_takes_shard_by_shard(tmp_path, monkeypatch):
    series, files = many(12), Files(tmp_path / "tasks.parquet")
    judge(series, ASKED, files)
    at_once, taken = files.tasks.read_bytes(), []
    in_turn = shards.in_turn
    monkeypatch.setattr(judging, "AT_ONCE", 11)
    monkeypatch.setattr(shards, "in_turn", lambda folder, count: taken.append(count) or in_turn(folder, count))
    judged = judge(series, ASKED, files)
    assert taken == [6]
    assert judged.told is None
    assert files.tasks.read_bytes() == at_once


def test_nothing_lies_beside_the_tasks_afterwards_nor_is_taken_from_a_killed_run(tmp_path):
    left = tmp_path / ".tasks.parquet.shards"
    left.mkdir()
    (left / "series-00000.parquet").write_bytes(b"half")
    judge(many(6), ASKED, Files(tmp_path / "tasks.parquet"), shards.in_turn)
    assert [path.name for path in tmp_path.iterdir()] == ["tasks.parquet"]


def test_a_table_that_is_not_one_of_series_is_refused_whole_before_anything_is_computed(tmp_path):
    torn = pl.concat([many(6), many(6).with_columns(ceiling=pl.lit(2.0))])
    with pytest.raises(UnusableSeries, match="series s0, s1, s2, s3, s4, s5 change kind"):
        judge(torn, ASKED, Files(tmp_path / "tasks.parquet"), lambda _folder, _count: pytest.fail("computed"))
    assert not list(tmp_path.iterdir())


def test_where_nothing_can_be_judged_nothing_is_written(tmp_path):
    short = many(6).group_by("series", maintain_order=True).head(2)
    judged = judge(short, ASKED, Files(tmp_path / "tasks.parquet", tmp_path / "said.parquet"), shards.in_turn)
    assert judged.tasks.is_empty()
    assert not list(tmp_path.iterdir())


def test_a_series_of_the_users_own_is_judged_by_its_dates(tmp_path):
    days = pl.date_range(date(2022, 1, 1), date(2026, 6, 1), "2mo", eager=True)
    series = pl.DataFrame({
        "series": "mine", "kind": "log", "chance": None, "ceiling": None, "date": days,
        "value": [2.0**number for number in range(len(days))],
    }, schema_overrides={"chance": pl.Float64, "ceiling": pl.Float64})  # fmt: skip
    asked = SeriesQuestion(tuple(origins_until(date(2026, 11, 28))), (6,))
    tasks = judge(series, asked, Files(tmp_path / "tasks.parquet")).tasks
    assert set(tasks["series_id"]) == {"mine"}
    assert tasks.columns == list(OF_TABLES)
    assert tasks["crps"].is_finite().any()


class TestBill:
    """What it took beside what one process takes."""

    def told(self, seconds, series, rounds, each=1e-3):
        return bill(Spent(20.0, rounds, 2), seconds, series, each)

    def test_from_which_size_it_pays_follows_from_what_was_measured(self):
        """20 s to start, 1 ms a series alone, half of it by two: half a millisecond saved, so 40,000 series."""
        told = self.told(26.0, 10_000, rounds=5.0)
        assert "10,000 series by 2 workers: 26.0 s, of which 20.0 s until they were ready" in told
        assert "by one process about 11.0 s (1.00 ms a series, measured on a shard afterwards)" in told
        assert told.endswith("workers pay from about 40,000 series")

    def test_workers_that_are_no_faster_than_one_are_called_so(self):
        assert "workers pay at no size" in self.told(32.0, 10_000, rounds=11.0)

    def test_of_a_handful_nothing_is_concluded(self):
        assert self.told(26.0, 60, rounds=5.0).endswith("too few to tell from which size workers pay")


def test_what_one_process_takes_is_measured_on_a_shard_and_changes_nothing(tmp_path):
    files = Files(tmp_path / "tasks.parquet")
    judge(many(12), ASKED, files)
    at_once = files.tasks.read_bytes()
    told = judge(many(12), ASKED, files, shards.in_turn).told
    assert re.search(r"12 series by 1 workers: .* by one process about [0-9.]+ s \([0-9.]+ ms a series", told)
    assert files.tasks.read_bytes() == at_once
