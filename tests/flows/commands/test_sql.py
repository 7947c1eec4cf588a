"""`gpt2030 sql` and `tables`: rows on stdout, talk on stderr, and every error says where and what to do."""

from __future__ import annotations

import io
import json
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput
from rich.cells import cell_len

from flows.cli import cli
from flows.commands.frames import print_frame
from flows.commands.prompt import HISTORY_FILE, Prompt, SqlCompleter
from tests.warehouse.fresh import fresh
from tests.warehouse.vintages_made import START, arrive, moment, observation
from warehouse.dictionary import tables
from warehouse.emptiness import why_empty
from warehouse.sandbox import ReadCopy
from warehouse.store import READ_COPY_FILE, publish_read_copy


def publish(home, value):
    """A read copy whose one observation has this value."""
    with fresh(home, now=START) as warehouse:
        arrive(warehouse, "publisher", moment(int(value * 10)), [observation("a", value)])
        warehouse.write_copy(home / "candidate")
    publish_read_copy(home / "candidate", home)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish(home, 0.1)
    return home


@pytest.fixture(scope="module")
def copy(published):
    """Open once for all that only asks it: every `run` of the command opens one of its own."""
    with ReadCopy.open(published / READ_COPY_FILE) as opened:
        yield opened


@pytest.fixture
def printed(copy, capsys):
    """What the command prints of an answer, in the form given."""

    def out(query, form):
        print_frame(copy.query(query).frame, form)
        return capsys.readouterr().out

    return out


@pytest.fixture
def run(published, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GPT2030_HOME", str(published))
    runner = CliRunner()
    return lambda *arguments, **said: runner.invoke(cli, list(arguments), **said)


class TestAnswers:
    """Rows in the form asked for."""

    def test_a_table_for_people(self, run):
        done = run("sql", "select source_row_id, value, std_error from observation_latest")
        assert done.exit_code == 0
        assert [line.split() for line in done.stdout.splitlines() if "─" not in line] == [
            ["source_row_id", "value", "std_error"], ["a", "0.1", "NULL"],
        ]  # fmt: skip
        assert done.stderr == ""

    def test_no_line_ends_in_blanks_when_piped(self, printed):
        for query in ("select 'a' as x union all select 'longer'", "from observation_latest"):
            lines = printed(query, "table").splitlines()
            assert lines
            assert [line for line in lines if line != line.rstrip()] == []

    def test_csv(self, run):
        assert run("sql", "select 1 as a, null as b, 'x,y' as c", "--format", "csv").stdout == 'a,b,c\n1,,"x,y"\n'

    def test_csv_of_what_csv_cannot_hold_is_json_text(self, printed):
        text = printed("select [1, 2] as l, {'k': date '2024-01-01'} as s, 'ab'::blob as b", "csv")
        assert list(pl.read_csv(io.StringIO(text)).iter_rows()) == [("[1, 2]", '{"k": "2024-01-01"}', 6162)]

    def test_json_is_an_array_of_objects(self, run):
        done = run(
            "sql",
            "select 1 as a, date '2024-01-01' as d, 'Ω' as t, null as n union all select 2, null, '', 1",
            "--format",
            "json",
        )
        assert json.loads(done.stdout) == [
            {"a": 1, "d": "2024-01-01", "t": "Ω", "n": None}, {"a": 2, "d": None, "t": "", "n": 1},
        ]  # fmt: skip

    def test_json_keeps_infinity_and_nan_apart_from_nothing(self, printed):
        text = printed("select 1/0 as i, 'nan'::double as n, [1.5] as l", "json")
        assert json.loads(text) == [{"i": "inf", "n": "nan", "l": [1.5]}]

    def test_no_rows_are_an_empty_array_and_a_header(self, run, printed):
        assert json.loads(run("sql", "select 1 as a where false", "--json").stdout) == []
        assert printed("select 1 as a where false", "csv") == "a\n"

    @pytest.mark.parametrize("form", ["table", "csv", "json"])
    def test_an_answer_without_rows_says_so_on_stderr(self, run, form):
        answer = run("sql", "FROM observation_latest WHERE series_id = 'nothing/is/called/so'", "--format", form)
        assert (answer.exit_code, answer.stderr.strip()) == (0, "no rows")
        assert run("sql", "SELECT 1 AS one", "--format", form).stderr == ""

    def test_parquet(self, run):
        done = run("sql", "select [1, 2] as l, date '2024-01-01' as d", "--format", "parquet")
        frame = pl.read_parquet(io.BytesIO(done.stdout_bytes))
        assert frame.rows() == [([1, 2], date(2024, 1, 1))]

    def test_parquet_is_not_sent_to_a_terminal(self, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        monkeypatch.setattr("sys.stdout", Terminal())
        with pytest.raises(Exception, match=r"send it to a file with `> answer\.parquet`"):
            print_frame(pl.DataFrame({"a": [1]}), "parquet")

    def test_a_plan_is_printed_as_it_is(self, run):
        done = run("sql", "explain select value from observation_latest")
        assert "core.observation" in done.stdout
        assert "explain_key" not in done.stdout

    def test_columns_that_do_not_fit_are_printed_one_below_the_other(self, monkeypatch, capsys):
        monkeypatch.setattr("flows.commands.common.PIPE_WIDTH", 40)
        print_frame(pl.DataFrame({f"column_{number}": [number] for number in range(6)}), "table")
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].strip() == "row 1"
        assert [line.split() for line in lines[1:3]] == [["column_0", "0"], ["column_1", "1"]]

    def test_on_no_screen_a_number_a_day_or_an_id_is_broken(self, monkeypatch, capsys):
        cells = {
            "property_id": ["math.beats_ucsd_faculty_p", "speed.multiple"],
            "actual_value": [1234567.5, 29.3],
            "inputs_as_of": [date(2026, 9, 29), date(2025, 1, 1)],
            "essay_recomputed": [0.0000215, 12.25],
            "status": ["open", "crossed"],
            "status_reason": ["said in a good many words that may stand below each other, as reasons do", "short"],
            "label_zh": ["超过加州大学圣迭戈分校教师中位数的概率，以及更多的字", "思考速度"],
        }
        whole = ["math.beats_ucsd_faculty_p", "speed.multiple", "1234568", "29.3", "2026-09-29", "2.15e-05", "crossed"]
        forms = set()
        for width in range(48, 260):
            monkeypatch.setattr("flows.commands.common.PIPE_WIDTH", width)
            print_frame(pl.DataFrame(cells), "table")
            out = capsys.readouterr().out
            assert {*cells, *whole} <= set(out.split()), width
            assert max(cell_len(line) for line in out.splitlines()) <= width
            forms.add(out.split()[0])
        assert forms == {"row", "property_id"}

    @pytest.mark.parametrize("form", ["table", "csv", "json"])
    def test_what_is_left_out_is_said_on_stderr(self, run, form):
        done = run("sql", "from range(5)", "--limit", "3", "--format", form)
        assert done.stderr == "only the first 3 rows; there are more; --limit shows more\n"
        assert "3" not in done.stdout

    def test_programs_get_more_rows_than_a_screen(self, run):
        assert len(run("sql", "from range(5000)", "--format", "csv").stdout.splitlines()) == 5001
        assert "only the first 1,000 rows" in run("sql", "from range(5000)").stderr


class TestWhereTheQueryComesFrom:
    """An argument, a file or stdin; exactly one of them."""

    def test_a_file(self, run, tmp_path):
        (tmp_path / "question.sql").write_text("-- 问题\nselect 2 as two;\n", encoding="utf-8")
        assert run("sql", "--file", "question.sql", "--format", "csv").stdout == "two\n2\n"

    @pytest.mark.parametrize("arguments", [(), ("-",)])
    def test_stdin(self, run, arguments):
        assert run("sql", *arguments, "--format", "csv", input="select 3 as three").stdout == "three\n3\n"

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("sql", "select 1", "--file", "question.sql"), "not both"),
            (("sql", "  "), "the query is empty"),
            (("sql",), "the query is empty"),
            (("sql", "--file", "missing.sql"), "does not exist"),
            (("sql", "select 1", "--format", "xlsx"), "is not one of"),
            (("sql", "select 1", "--limit", "0"), "is not in the range"),
            (("sql", "select 1", "--seconds", "0"), "is not in the range"),
        ],
    )
    def test_misuse_ends_with_2(self, run, tmp_path, arguments, says):
        (tmp_path / "question.sql").write_text("select 1")
        done = run(*arguments)
        assert (done.exit_code, done.stdout) == (2, "")
        assert says in done.stderr

    def test_bytes_that_are_no_text_are_named(self, run, tmp_path):
        (tmp_path / "question.sql").write_bytes(b"select '\xff'")
        done = run("sql", "--file", "question.sql")
        assert done.exit_code == 1
        assert "question.sql is not UTF-8 text: invalid start byte at byte 8" in done.stderr


class TestErrors:
    """What is wrong, where, and what to do; exit code 1 and nothing on stdout."""

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("select 1 frm observation_latest", "line 1, column 14"),
            ("select valu from observation_latest", 'Candidate bindings: "value"'),
            ("select *\nfrom observation_lates", "line 2, column 6"),
            ("from observation_lates", "did you mean observation_latest"),
            ("drop table core.observation", "DROP is refused: this copy is only read"),
            ("from read_csv('/etc/passwd')", "function read_csv is closed"),
        ],
    )
    def test_they_name_the_place(self, run, query, says):
        done = run("sql", query)
        assert (done.exit_code, done.stdout) == (1, "")
        assert says in done.stderr

    def test_the_place_is_pointed_at_under_the_line(self, run):
        lines = run("sql", "select '中文', valu from observation_latest").stderr.splitlines()
        pointed = next(number for number, line in enumerate(lines) if line.strip() == "^")
        assert lines[pointed - 1][lines[pointed].index("^") :].startswith("valu")

    def test_a_query_that_takes_too_long_is_ended(self, run):
        done = run("sql", "select count(*) from range(1000000) a, range(1000000) b", "--seconds", "0.2")
        assert done.exit_code == 1
        assert "not finished after 0.2 s" in done.stderr

    def test_without_a_read_copy_the_way_to_one_is_said(self, run, monkeypatch, tmp_path):
        monkeypatch.setenv("GPT2030_HOME", str(tmp_path / "empty"))
        for command in (("sql", "select 1"), ("tables",)):
            done = run(*command)
            assert done.exit_code == 1
            assert "run `gpt2030 refresh`" in done.stderr


class TestTables:
    """The dictionary on the command line."""

    def test_the_list_has_every_name_with_its_rows(self, run):
        lines = run("tables").stdout.splitlines()
        observation_line = next(line for line in lines if line.startswith("core.observation "))
        assert [cell.strip() for cell in observation_line.split("│")][1:3] == ["table", "1"]
        assert any(line.startswith("observation_as_of(t)") for line in lines)

    def test_the_list_says_how_to_see_columns_and_keeps_that_out_of_the_data(self, run):
        """The README said that the list explained every column."""
        listed, one = run("tables"), run("tables", "source_health")
        assert listed.stderr == "`gpt2030 tables NAME` shows the columns of one of them\n"
        assert "tables NAME" not in listed.stdout
        assert one.stderr == ""

    def test_one_name_shows_its_columns(self, run):
        done = run("tables", "source_health")
        assert done.stdout.startswith("source_health  view, 0 rows\n")
        assert "snapshot_age_days" in done.stdout

    def test_a_macro_shows_its_parameters(self, run):
        assert run("tables", "moment").stdout.startswith("moment(t)  macro\n")

    def test_an_unknown_name_is_answered_with_those_that_resemble_it(self, run):
        done = run("tables", "fronteer")
        assert done.exit_code == 1
        assert "did you mean frontier" in done.stderr


@pytest.fixture
def ask(copy, capsys):
    """Type at the prompt and return what was printed."""

    def typed(*lines, of=copy, between=lambda: None):
        with create_pipe_input() as keys:
            for line in lines:
                keys.send_text(line)
            between()
            Prompt(of, 5, 10.0, "csv").run(source=keys, screen=DummyOutput())
        return capsys.readouterr()

    return typed


ENTER, CTRL_C, CTRL_D = "\r", "\x03", "\x04"


class TestPrompt:
    """Asking again and again."""

    def test_a_query_ends_with_a_semicolon_and_may_have_several_lines(self, ask):
        said = ask(f"select value{ENTER}", f"from observation_latest;{ENTER}", CTRL_D)
        assert said.out == "value\n0.1\n"
        assert "1 row (" in said.err

    def test_an_error_is_told_and_the_next_question_answered(self, ask):
        said = ask(f"selec 1;{ENTER}", f"drop table x;{ENTER}", f"select 2 as two;{ENTER}", CTRL_D)
        assert said.out == "two\n2\n"
        assert "syntax error" in said.err
        assert "DROP is refused" in said.err

    def test_ctrl_c_throws_away_what_was_typed(self, ask):
        assert ask("select 1 as one", CTRL_C, f"select 2 as two;{ENTER}", CTRL_D).out == "two\n2\n"

    @pytest.mark.parametrize("word", [".quit", ".exit", "quit", "exit"])
    def test_it_can_be_left_by_a_word(self, ask, word):
        assert ask(f"{word}{ENTER}", f"select 1;{ENTER}").out == ""

    def test_nothing_is_no_question(self, ask):
        assert ask(ENTER, f"   {ENTER}", CTRL_D).out == ""

    def test_the_dictionary_is_at_hand(self, ask):
        said = ask(f".tables moment{ENTER}", f".tables nonesuch{ENTER}", f".help{ENTER}", f".bogus{ENTER}", CTRL_D)
        assert said.out.startswith("moment(t)  macro\n")
        assert "no table, view or macro nonesuch" in said.err
        assert said.err.count("a query ends with a semicolon") == 2
        assert "there is no .bogus" in said.err

    @pytest.mark.parametrize("word", ["help", "HELP", "help;", ".help", "?"])
    def test_help_is_given_however_it_is_asked_for(self, ask, word):
        said = ask(f"{word}{ENTER}", CTRL_D)
        assert said.err.count("a query ends with a semicolon") == 2
        assert "Error" not in said.err

    def test_the_words_of_the_help_work_as_they_are_written(self, ask):
        said = ask(
            f"tables moment{ENTER}", f"tables{ENTER}", f"select help from (select 1 as help);{ENTER}", f"quit{ENTER}"
        )
        assert said.out.startswith("moment(t)  macro\n")
        assert "property_latest" in said.out
        assert said.out.endswith("help\n1\n")

    def test_rows_left_out_are_said(self, ask):
        assert "only the first 5 rows; there are more" in ask(f"from range(9);{ENTER}", CTRL_D).err

    def test_history_is_kept_in_the_home(self, ask, published):
        ask(f"select{ENTER}", f"7 as seven;{ENTER}", CTRL_D)
        assert "7 as seven;" in (published / HISTORY_FILE).read_text(encoding="utf-8")

    def test_a_copy_published_meanwhile_is_taken_up(self, ask, tmp_path):
        publish(tmp_path, 0.1)
        with ReadCopy.open(tmp_path / READ_COPY_FILE) as own:
            lines = (f"select value from observation_latest;{ENTER}", CTRL_D)
            said = ask(*lines, of=own, between=lambda: publish(tmp_path, 0.9))
        assert said.out == "value\n0.9\n"
        assert "the read copy was replaced" in said.err


@pytest.fixture(scope="module")
def completer(copy):
    return SqlCompleter(tables(copy, with_counts=False))


class TestCompletion:
    """Columns of the tables named, then names, then words of SQL."""

    def offers(self, completer, text):
        return [found.text for found in completer.get_completions(Document(text), CompleteEvent())]

    @pytest.mark.parametrize(
        ("typed", "offered"),
        [
            ("from property_l", ["property_latest"]),
            ("from core.obs", ["core.observation"]),
            ("from frontier_", ["frontier_as_of(", "frontier_known_on("]),
            ("sel", ["select"]),
            ("SEL", ["select"]),
            ("", []),
            ("select ", []),
            ("from zzz", []),
        ],
    )
    def test_names_and_words(self, completer, typed, offered):
        assert self.offers(completer, typed) == offered

    def test_columns_only_of_tables_in_the_query(self, completer):
        assert self.offers(completer, "select recorded") == []
        assert self.offers(completer, "from observation_latest select recorded") == ["recorded_at"]

    def test_each_says_what_it_means(self, completer):
        (found,) = completer.get_completions(Document("from frontier select value_b"), CompleteEvent())
        assert "the record it broke" in found.display_meta_text


class TestEmptiness:
    """An answer that can only be empty says why, on stderr."""

    @pytest.mark.parametrize(
        ("query", "says"),
        [
            ("from change_latest", "change_latest is empty: no edition is published yet"),
            ("select count(*) from out.change", "change is empty: no edition is published yet"),
            (
                "from alert_open",
                "alert_open is empty: no alert was raised; moves are told from the second edition on",
            ),
            ("from quarantine_open", "quarantine_open is empty: no row was ever refused"),
            ("from community_latest", "community_latest is empty: no forecasting platform has answered yet: "),
            ("from score_latest", "score_latest is empty: nothing that was forecast has resolved yet"),
            ("from out.delivery", "delivery is empty: nothing was ever queued"),
            ("explain from change_latest", "change_latest is empty"),
            (
                "from observation_as_of('2020-01-01')",
                "2024-01-02 06:30:00 UTC; before that it is empty; observation_known_on(day) asks what was known by",
            ),
            (
                "select count(*), max(value) from observation_as_of('2020-01-01')",
                "observation_as_of: what this home knows begins at 2024-01-02 06:30:00 UTC",
            ),
        ],
    )
    def test_on_a_fresh_home(self, copy, query, says):
        assert says in "\n".join(why_empty(copy, query, copy.query(query)))

    def test_it_is_said_on_stderr_and_the_answer_stands(self, run):
        done = run("sql", "select count(*) as n from out.change", "--format", "csv")
        assert (done.exit_code, done.stdout) == (0, "n\n0\n")
        assert done.stderr == "change is empty: no edition is published yet\n"

    @pytest.mark.parametrize(
        "query",
        [
            "from observation_latest", "select 1 where false", "from observation_latest where false",
            "from observation_as_of('2024-06-01')", "from observation_as_of('2024-06-01') where false",
            "from frontier_as_of('2024-02-01') anti join frontier_as_of('2024-06-01') using (series_id)",
            "select 'change_latest' as x", "from core.observation limit 0",
        ],
    )  # fmt: skip
    def test_nothing_is_said_of_what_has_rows_or_has_none_for_another_reason(self, copy, query):
        assert why_empty(copy, query, copy.query(query)) == []

    def test_in_the_prompt_too(self, ask):
        assert "change_latest is empty: no edition is published yet" in ask(f"from change_latest;{ENTER}", CTRL_D).err
