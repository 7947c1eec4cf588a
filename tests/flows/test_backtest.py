"""The weekly backtest leaves whole files, a quarter of a year of them, under the home and nothing else there."""

from datetime import date, timedelta

import polars as pl

from flows.backtest import FOLDER, KEPT, kept

TASKS = pl.DataFrame({"forecaster_id": ["gpt2030-pool"], "crps": [0.5]})
FIRST = date(2026, 8, 2)


def test_the_newest_stay_and_older_ones_go(tmp_path):
    days = [FIRST + timedelta(weeks=week) for week in range(KEPT + 3)]
    for day in days:
        kept(TASKS, tmp_path, day)
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == [f"{day}.parquet" for day in days[3:]]


def test_a_second_one_of_a_day_takes_the_place_of_the_first(tmp_path):
    kept(TASKS, tmp_path, FIRST)
    path = kept(TASKS.with_columns(crps=pl.lit(0.25)), tmp_path, FIRST)
    assert pl.read_parquet(path)["crps"].to_list() == [0.25]
    assert list((tmp_path / FOLDER).iterdir()) == [path]


def test_what_was_half_written_is_written_anew(tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / f"{FIRST}.tmp").write_bytes(b"half")
    assert pl.read_parquet(kept(TASKS, tmp_path, FIRST)).equals(TASKS)
    assert not list((tmp_path / FOLDER).glob("*.tmp"))
