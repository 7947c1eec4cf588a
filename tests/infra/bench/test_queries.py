"""The query bench asks a warehouse that could have come about by landing, and tells its ratios as measured."""

import pytest

from infra.bench.queries import PLANNING, Step, _said_of_questions
from infra.bench.query_loads import NOW, PERIOD, VINTAGES, ask, change, fill, moment, publish
from tests.warehouse.fresh import fresh
from warehouse.contenders import settle_contenders
from warehouse.store import READ_COPY_FILE

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

ROWS = 30_000
FIRST_ROWS = ROWS - ROWS * (VINTAGES - 1) // (PERIOD + VINTAGES - 1)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    assert fill(folder, ROWS)["rows"] == pytest.approx(ROWS, rel=0.01)
    return folder


@pytest.fixture(scope="module")
def warehouse(home):
    with fresh(home, now=NOW) as opened:
        yield opened


def test_a_key_is_believed_once_at_each_moment_and_few_are_taken_back(warehouse):
    counts = []
    for vintage in range(VINTAGES):
        believed = f"observation_as_of(TIMESTAMP '{moment(vintage)}')"
        ((rows, keys),) = warehouse.rows(f"SELECT count(*), count(DISTINCT (series_id, source_row_id)) FROM {believed}")
        assert rows == keys
        counts.append(rows)
    assert counts[0] == FIRST_ROWS
    assert 0.95 * FIRST_ROWS < counts[-1] < FIRST_ROWS
    assert counts == sorted(counts, reverse=True)


def test_each_later_vintage_replaces_rows_that_stood(warehouse):
    odd = """SELECT count(*) FROM core.observation AS new ANTI JOIN core.observation AS old
             ON old.series_id = new.series_id AND old.source_row_id = new.source_row_id
             AND old.superseded_at = new.recorded_at WHERE new.recorded_at > ?"""
    assert warehouse.rows(odd, [moment(0)]) == [(0,)]


def test_values_of_a_series_rise_to_a_frontier_of_several_records(warehouse):
    settle_contenders(warehouse)
    ((records, series),) = warehouse.rows("SELECT count(*), count(DISTINCT series_id) FROM frontier")
    assert series < records < FIRST_ROWS


def test_every_question_is_answered_and_the_copy_is_published_whole(home, warehouse):
    warehouse.close()
    assert publish(home)["bytes"] == (home / READ_COPY_FILE).stat().st_size
    assert min(ask(home).values()) > 0


def test_the_worst_day_counts_and_is_told_beside_its_target():
    seconds = {
        "scan": 0.1, "scan of whole rows": 1.0, "as of the first vintage": 0.2, "as of the middle": 0.45,
        "as of the end": 0.3, "frontier of one series": 0.25, "frontier of every series": 3.0, PLANNING: 0.02,
    }  # fmt: skip
    said = _said_of_questions(Step(seconds, 0.5))
    assert said[-3:] == [
        "as of a day: at most 4.5 × the scan (target ≤ 4)",
        "frontier of one series: 2.5 × the scan (target ≤ 4; planning takes 0.020 s of it)",
        "peak of all questions: 0.5 GB (target < 4)",
    ]
    assert "frontier of every series      3.000 s    30.0 × the scan    3.0 × a scan of whole rows" in said


def test_after_one_revised_row_most_checks_look_at_the_change_only(tmp_path):
    fill(tmp_path, ROWS)
    said = change(tmp_path)
    assert said["changed_only"] > 20
    assert min(said["whole"], said["part"]) > 0
