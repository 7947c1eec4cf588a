"""`chart` as a user runs it: one series on stdout or in a file, every series in a folder, from the read copy alone."""

from datetime import date, timedelta
from xml.etree import ElementTree as ET

import duckdb
import pytest
from click.testing import CliRunner

from flows.ask.chart import charted
from flows.cli import cli
from flows.commands.chart import file_name
from models.properties.living import LIVING_SERIES
from tests.warehouse.good_warehouse import build
from warehouse.reader import Reader
from warehouse.store import publish_read_copy


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """A small warehouse with two editions, in which the essay and Metaculus speak of one series."""
    path = build(tmp_path_factory.mktemp("warehouse"))
    said = [
        ("essay-2023", "2023-06-07", "2026-11-21", "quantile", "0.25", 0.4),
        ("essay-2023", "2023-06-07", "2026-11-21", "quantile", "0.5", 0.5),
        ("essay-2023", "2023-06-07", "2026-11-21", "quantile", "0.75", 0.6),
        ("metaculus-community", "2026-01-01", "2030-07-01", "quantile", "0.5", 0.7),
        ("metaculus-community", "2026-06-01", "2030-07-01", "quantile", "0.5", 0.8),
    ]
    with duckdb.connect(str(path)) as connection:
        [(newest,)] = connection.execute("SELECT max(edition_id) FROM out.edition").fetchall()
        connection.execute(
            """INSERT INTO out.run SELECT 'run', 1, now()::TIMESTAMP, now()::TIMESTAMP, '2026-11-22', 'published', ?,
               0, 0, 0, 0, 0, ''""",
            [newest],
        )
        for who, origin, day, kind, level, value in said:
            connection.execute(
                """INSERT INTO core.forecast BY NAME SELECT ? AS edition_id, ? AS forecaster_id, 'gpqa/diamond' AS target,
                   ?::DATE AS origin_date, ?::DATE AS target_date, ? AS output_type, ? AS output_type_id, ? AS value""",
                [newest, who, origin, day, kind, level, value],
            )
    return path


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, ["chart", *arguments])


@pytest.fixture
def published(warehouse, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "copy.duckdb").write_bytes(warehouse.read_bytes())
    publish_read_copy(tmp_path / "copy.duckdb", tmp_path / "home")


def texts_of(svg):
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def words_of(svg):
    return set(texts_of(svg))


def test_a_series_is_drawn_on_stdout(run, published):
    answer = run("gpqa/diamond")
    assert answer.exit_code == 0, answer.output
    assert {"measured", "best so far", "essay, 2023", "Metaculus", "what came"} <= words_of(answer.stdout_bytes)


def test_the_file_says_the_format_and_stdout_stays_empty(run, published, tmp_path):
    answer = run("gpqa/diamond", "--out", "chart.png")
    assert answer.exit_code == 0, answer.output
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG\r\n")
    assert answer.stdout == ""


def test_the_same_copy_gives_the_same_bytes(run, published):
    assert run("math/any").stdout_bytes == run("math/any").stdout_bytes


def test_every_series_with_rows_has_its_file(run, published, tmp_path):
    answer = run("--all", "charts")
    assert answer.exit_code == 0, answer.output
    with Reader(tmp_path / "home" / "gpt2030.duckdb") as reader:
        measured = {str(row[0]) for row in reader.rows("SELECT DISTINCT series_id FROM core.observation")}
    written = {path.name for path in (tmp_path / "charts").iterdir()}
    assert {file_name(name, "svg") for name in measured} <= written
    assert "math__any.svg" in written  # it has its members' rows and none of its own
    assert all(
        b"http" not in path.read_bytes().replace(b"http://www.w3.org", b"") for path in (tmp_path / "charts").iterdir()
    )


def test_rows_that_landed_with_the_edition_are_drawn(warehouse):
    with Reader(warehouse) as reader:
        rows = charted(reader).observations.filter(series_id="math/full")
    assert rows["value"].max() == 0.529


def test_marks_are_the_newest_word_of_each_and_what_came_of_it(warehouse):
    with Reader(warehouse) as reader:
        marks = charted(reader).marks.filter(series_id="gpqa/diamond")
    told = {(row["kind"], row["date"]): (row["value"], row["low"], row["high"]) for row in marks.iter_rows(named=True)}
    assert told["essay", date(2026, 11, 21)] == (0.5, 0.4, 0.6)
    assert told["metaculus", date(2030, 7, 1)] == (0.8, None, None)
    assert told["resolved", date(2026, 11, 21)] == (0.85, None, None)
    assert ("resolved", date(2030, 7, 1)) not in told


def test_a_name_that_is_none_suggests_near_ones(run, published):
    answer = run("gpqa/diamant")
    assert answer.exit_code == 1
    assert "did you mean gpqa/diamond" in answer.output
    assert "did you mean compute.train_flop" in run("compute.train_flo").output
    assert "`gpt2030 show` the rows" in run("zzzzzzzz").output


def test_a_row_that_a_formula_computes_is_not_said_to_be_the_series_drawn(run, warehouse, published, tmp_path):
    copy = tmp_path / "home" / "gpt2030.duckdb"
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as connection:
        [(edition,)] = connection.execute("SELECT max(edition_id) FROM out.edition").fetchall()
        connection.execute(
            "INSERT INTO out.property_input BY NAME SELECT ? AS edition_id, 'compute.train_flop' AS property_id, "
            "'gpqa/diamond' AS input_id, 'series' AS kind, 0 AS depth",
            [edition],
        )
    said = "compute.train_flop is computed by a formula: drawn is gpqa/diamond alone, without the limits of the row"
    named, alone = run("compute.train_flop"), run("gpqa/diamond")
    assert said in " ".join(named.stderr.split())
    assert "formula" not in alone.stderr
    # The picture is passed on without what the terminal said.
    assert said in " ".join(texts_of(named.stdout_bytes))
    assert "由公式算出：此图只画 gpqa/diamond，不含该行的上限" in "".join(
        texts_of(run("compute.train_flop", "--lang", "zh").stdout_bytes)
    )
    assert "formula" not in " ".join(texts_of(alone.stdout_bytes))


def test_a_living_row_is_drawn_by_its_series(run, published, monkeypatch):
    monkeypatch.setitem(LIVING_SERIES, "living.hle", "gpqa/diamond")
    answer = run("living.hle")
    assert answer.exit_code == 0, answer.output
    assert answer.stdout_bytes == run("gpqa/diamond").stdout_bytes


def test_a_row_of_the_table_is_drawn_by_the_series_it_rests_on(run, published, tmp_path):
    copy = tmp_path / "home" / "gpt2030.duckdb"
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as connection:
        [(edition,)] = connection.execute("SELECT max(edition_id) FROM out.edition").fetchall()
        [(row,), (other,)] = connection.execute(
            "SELECT property_id FROM out.property WHERE edition_id = ? ORDER BY row_number LIMIT 2", [edition]
        ).fetchall()
        connection.execute("DELETE FROM out.property_input")
        connection.execute(
            "INSERT INTO out.property_input BY NAME SELECT ? AS edition_id, ? AS property_id, "
            "'gpqa/diamond' AS input_id, 'series' AS kind, 0 AS depth",
            [edition, row],
        )
    answer = run(row)
    assert answer.exit_code == 0, answer.output
    assert answer.stdout_bytes == run("gpqa/diamond").stdout_bytes
    none = run(other)
    assert none.exit_code == 1
    assert f"{other} rests on no series" in none.output


def test_a_row_that_refuses_a_number_has_no_forecast_for_the_day_it_refuses(run, published, tmp_path):
    copy = tmp_path / "home" / "gpt2030.duckdb"
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as connection:
        [(row, day)] = connection.execute(
            "SELECT property_id, origin_date FROM property_latest ORDER BY row_number LIMIT 1"
        ).fetchall()
        connection.execute("DELETE FROM out.property_input")
        connection.execute(
            "INSERT INTO out.property_input BY NAME SELECT edition_id, property_id, 'gpqa/diamond' AS input_id, "
            "'series' AS kind, 0 AS depth FROM property_latest WHERE property_id = ?",
            [row],
        )
        connection.execute("UPDATE out.property_row SET status = 'beyond_range' WHERE property_id = ?", [row])
        [(ends,)] = connection.execute(
            "SELECT max(target_date) FROM core.forecast WHERE target = 'gpqa/diamond'"
        ).fetchall()
    answer, whole = run(row), run("gpqa/diamond")
    assert ends > day + timedelta(days=731)
    assert f"the forecast is drawn up to {day + timedelta(days=731)}" in answer.stderr
    assert len(answer.stdout_bytes) < len(whole.stdout_bytes)


@pytest.mark.parametrize(
    "arguments",
    [
        (), ("compute", "--all", "x"), ("compute", "--format", "png", "--out", "a.svg"), ("compute", "--out", "a.pdf"),
        ("compute", "--format", "svg", "--out", "a.txt"),
    ],
)  # fmt: skip
def test_unclear_wishes_are_misuse(run, published, arguments):
    assert run(*arguments).exit_code == 2


def test_nothing_published_says_what_to_do(run):
    answer = run("compute")
    assert answer.exit_code == 1
    assert "gpt2030 refresh" in answer.output
