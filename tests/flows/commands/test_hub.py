"""`hub` as a user runs it: from the read copy to a folder that the tools of the hubverse read."""

import json
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner

from flows.ask.hub import hub_content
from flows.cli import cli
from tests.warehouse.good_warehouse import build
from warehouse.editions import EditionShelf
from warehouse.reader import Reader
from warehouse.store import publish_read_copy


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The read copy of a small warehouse with two editions."""
    return build(tmp_path_factory.mktemp("warehouse"))


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["hub", *arguments])


@pytest.fixture
def published(copy, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "copy.duckdb").write_bytes(copy.read_bytes())
    publish_read_copy(tmp_path / "copy.duckdb", tmp_path / "home")


def test_everything_published_becomes_a_hub(run, published, tmp_path):
    answer = run("out")
    assert answer.exit_code == 0, answer.output
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert f"{len(written)} files written" in answer.stdout
    rounds = json.loads((tmp_path / "out" / "hub-config" / "tasks.json").read_text())["rounds"]
    days = {day for task in rounds[0]["model_tasks"] for day in task["task_ids"]["origin_date"]["optional"]}
    assert {path.name[:10] for path in written if path.parent.parent.name == "model-output"} == days


def test_a_folder_in_use_is_left_alone(run, published, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    answer = run("out")
    assert answer.exit_code == 1
    assert "is not empty" in answer.output


def test_nothing_published_says_what_to_do(run):
    answer = run("out")
    assert answer.exit_code == 1
    assert "gpt2030 refresh" in answer.output


def test_the_frontier_is_told_on_the_days_it_rose(copy):
    with Reader(copy) as reader:
        content = hub_content(reader, EditionShelf(copy.parent))
    for (target,), rows in content.time_series.group_by("target", maintain_order=True):
        assert rows["target_date"].is_sorted() and rows["target_date"].is_unique().all(), target
    assert set(content.forecasts["target"]) == set(content.targets["target"])
    assert content.targets.null_count().sum_horizontal().item() == 0


def test_rows_that_landed_with_the_newest_edition_are_told(copy):
    with Reader(copy) as reader:
        told = hub_content(reader, EditionShelf(copy.parent)).time_series.filter(target="math/full")
    assert told["observation"].max() == 0.529


def test_what_came_true_is_told_for_the_day_of_the_forecast(copy):
    """A forecast of the first edition whose day had come by the second is resolved by the rows of the second."""
    with Reader(copy) as reader:
        content = hub_content(reader, EditionShelf(copy.parent))
        newest = reader.rows("SELECT max(origin_date) FROM out.edition")[0][0]
    assert isinstance(newest, date)
    assert (content.outcomes["target_date"] <= newest).all()
    assert content.outcomes.select(pl.col("truth").is_not_null().all()).item()
