"""What is read from Epoch AI's lists of models, and what of them is refused."""

from __future__ import annotations

import csv
import io
from datetime import date

import numpy as np
import polars as pl
import pytest

from sources.epoch.models import FRONTIER, LARGE_SCALE, NOTABLE, EpochModels
from sources.errors import WrongContent
from tests.sources.parsing import FIXTURES, parse, refused_lines, upstream, values

SOURCE = EpochModels()
TEXT = (FIXTURES / "epoch_models" / NOTABLE).read_text()
VINTAGES = ("2024-12", "2025-02", "2025-04", "2025-12")


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, NOTABLE, TEXT)


def systems(parsed) -> dict[str, dict]:
    return {row["source_row_id"]: row for row in parsed.frames["core.system"].iter_rows(named=True)}


def test_every_record_is_a_system_even_one_that_states_no_number(parsed):
    assert list(systems(parsed)) == ["Alpha 2", "Beta (v1)", "Gamma", "Delta", "Epsilon", "Zeta"]
    assert parsed.record_count == 6


def test_a_system_is_described_as_the_publisher_does(parsed):
    alpha = systems(parsed)["Alpha 2"]
    assert alpha["system_id"] == "alpha-2"
    assert alpha["organization"] == "Lab A,University B"
    assert alpha["release_date"] == date(2025, 5, 1)
    assert alpha["domain"] == "Language,Multimodal,Vision"
    assert (alpha["is_frontier"], alpha["confidence"]) == (True, "Speculative")
    assert systems(parsed)["Zeta"]["is_frontier"] is False


def test_numbers_become_observations_of_language_and_of_all_domains(parsed):
    assert values(parsed, "training-compute/all") == {"Alpha 2": 5.0000000000001e26, "Beta (v1)": 1e25, "Delta": 2e21}
    assert values(parsed, "training-compute/language") == {"Alpha 2": 5.0000000000001e26, "Beta (v1)": 1e25}
    assert values(parsed, "training-tokens/language") == {"Alpha 2": 1.5e13}
    assert values(parsed, "parameters/all") == {"Alpha 2": 1e9, "Gamma": 3e9}
    assert values(parsed, "training-cost/language") == {"Alpha 2": 1200000.5}


def test_an_observation_says_when_how_sure_and_where_from(parsed):
    row = parsed.frames["core.observation"].filter(series_id="training-compute/language").row(0, named=True)
    assert (row["observation_date"], row["known_date"], row["date_kind"]) == (date(2025, 5, 1),) * 2 + ("publication",)
    assert (row["setup"], row["evidence"], row["unit"]) == ("confidence speculative", "publisher_file", "flop")
    assert row["line"] == 2


def test_odd_cells_are_refused_alone_and_named_in_the_publishers_words(parsed):
    refused = {(reject.row["Model"], reject.column, reject.value, reject.rule) for reject in parsed.rejects}
    assert refused == {
        ("Gamma", "Training dataset size (gradients)", "14180000,14180000", "number"),
        ("Delta", "Training dataset size (gradients)", "0.0", "positive"),
        ("Epsilon", "Publication date", None, "given"),
    }
    assert refused_lines(parsed) == set()


@pytest.mark.parametrize("name", ["(total)", "(gradients)", "(datapoints)", "(something new)"])
def test_the_dataset_size_is_found_under_every_name_it_has_had(name):
    text = TEXT.replace("Training dataset size (gradients)", f"Training dataset size {name}")
    assert values(parse(SOURCE, NOTABLE, text), "training-tokens/language") == {"Alpha 2": 1.5e13}


def test_a_size_counted_in_another_column_says_in_which():
    """Of a language model datapoints were mostly tokens; the number after the change is another statement."""

    def setups(name):
        text = TEXT.replace("Training dataset size (gradients)", name)
        rows = parse(SOURCE, NOTABLE, text).frames["core.observation"]
        return dict(rows.filter(source_row_id="Alpha 2").select("series_id", "setup").iter_rows())

    old = setups("Training dataset size (datapoints)")
    named = "confidence speculative; the publisher's column: Training dataset size (datapoints)"
    assert old["training-tokens/language"] == old["training-tokens/all"] == named
    assert old["training-compute/language"] == "confidence speculative"
    assert setups("Training dataset size (total)")["training-tokens/language"] == "confidence speculative"


def test_a_list_of_dataset_names_is_not_taken_for_their_size():
    text = TEXT.replace("Training dataset size (gradients)", "Training dataset size")
    assert values(parse(SOURCE, NOTABLE, text), "training-tokens/language") == {}


def test_a_new_column_changes_nothing(parsed):
    rows = list(csv.reader(io.StringIO(TEXT)))
    out = io.StringIO()
    csv.writer(out).writerows([rows[0] + ["New"], *([*row, "x"] for row in rows[1:])])
    wider = parse(SOURCE, NOTABLE, out.getvalue())
    assert wider.frames["core.observation"].equals(parsed.frames["core.observation"])


@pytest.mark.parametrize("column", ["Model", "Publication date", "Domain", "Training compute (FLOP)"])
def test_a_renamed_required_column_is_an_error_that_names_it(column):
    with pytest.raises(WrongContent, match="missing column") as caught:
        parse(SOURCE, NOTABLE, TEXT.replace(column, "Something else", 1))
    assert column in str(caught.value)


def test_a_file_without_the_frontier_flag_says_nothing_about_the_frontier():
    text = TEXT.replace("Frontier model", "Other")
    assert {row["is_frontier"] for row in systems(parse(SOURCE, NOTABLE, text)).values()} == {None}


def test_a_repeated_model_is_refused_the_second_time():
    text = TEXT + "Zeta,,2021-03-04,Games,Go,1,,,,,,\n"
    parsed = parse(SOURCE, NOTABLE, text)
    assert [(reject.line, reject.rule) for reject in parsed.rejects if reject.line] == [(10, "unique-key")]
    assert "Zeta" not in values(parsed, "parameters/all")


@pytest.mark.parametrize("cell", ["NaN", "inf", "1,000", "12%", "~3e9", "1e999"])
def test_what_is_no_number_is_never_taken_for_one(cell):
    parsed = parse(SOURCE, NOTABLE, TEXT.replace("Folding,3e9", f'Folding,"{cell}"'))
    assert values(parsed, "parameters/all") == {"Alpha 2": 1e9}
    assert ("Parameters", cell) in {(reject.column, reject.value) for reject in parsed.rejects}


@pytest.mark.parametrize("word", ["NaN", "nan", "N/A", "#N/A", "None", "-", "\u2014"])
def test_a_word_that_fills_a_column_is_the_publishers_own_for_nothing(word):
    rows = "".join(f"System {k},,2021-03-04,Games,Go,{word},,{word},,,,\n" for k in range(20))
    parsed = parse(SOURCE, NOTABLE, TEXT + rows)
    assert values(parsed, "parameters/all") == values(parse(SOURCE, NOTABLE, TEXT), "parameters/all")
    assert word not in {reject.value for reject in parsed.rejects}


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(parsed):
    other = parse(SOURCE, NOTABLE, b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    for name in ("core.system", "core.observation"):
        assert other.frames[name].drop("line").equals(parsed.frames[name].drop("line"))


def test_each_list_has_series_of_its_own():
    for feed, series_id in (
        (LARGE_SCALE, "training-compute/all/large-scale"),
        (FRONTIER, "training-compute/all/frontier-list"),
    ):
        parsed = parse(SOURCE, feed, TEXT)
        assert len(values(parsed, series_id)) == 3
        assert values(parsed, "training-compute/all") == {}


def test_every_series_is_defined_in_two_languages(parsed):
    series = parsed.frames["core.series"]
    assert set(parsed.frames["core.observation"]["series_id"]) <= set(series["series_id"])
    assert all(any("\u4e00" <= sign <= "\u9fff" for sign in label) for label in series["label_zh"])


def growth(rows: pl.DataFrame) -> tuple[int, float]:
    """Number of rows and plain log-linear growth per year."""
    days = rows["observation_date"].cast(pl.Int32).to_numpy()
    return rows.height, 10 ** np.polyfit(days / 365.25, np.log10(rows["value"].to_numpy()), 1)[0]


@pytest.mark.parametrize(
    ("series_id", "since", "only_frontier", "count", "per_year"),
    [
        ("training-compute/all", 2010, False, 448, 4.29),
        ("training-compute/all", 2018, True, 43, 4.74),
        ("training-compute/language", 2018, False, 241, 7.61),
    ],
)
def test_the_real_list_of_december_2025_grows_as_measured(series_id, since, only_frontier, count, per_year):
    parsed = parse(SOURCE, NOTABLE, upstream("epoch/2025-12/notable_ai_models.csv"))
    rows = parsed.frames["core.observation"].filter(
        pl.col("series_id") == series_id, pl.col("observation_date") >= date(since, 1, 1)
    )
    if only_frontier:
        rows = rows.join(parsed.frames["core.system"].filter("is_frontier"), on="source_row_id", how="semi")
    found, growing = growth(rows)
    assert found == count
    assert growing == pytest.approx(per_year, rel=0.01)


def test_the_real_lists_of_april_and_december_2025_differ_as_measured():
    old, new = (parse(SOURCE, NOTABLE, upstream(f"epoch/{v}/notable_ai_models.csv")) for v in ("2025-04", "2025-12"))
    before, after = systems(old).keys(), systems(new).keys()
    assert (len(before - after), len(after - before)) == (165, 203)
    compute = values(old, "training-compute/all"), values(new, "training-compute/all")
    both = compute[0].keys() & compute[1].keys()
    assert sum(abs(compute[1][name] / compute[0][name] - 1) > 0.01 for name in both) == 57


@pytest.mark.parametrize(
    ("path", "count"),
    [(f"{v}/{NOTABLE}", n) for v, n in zip(VINTAGES, (884, 895, 914, 952), strict=True)]
    + [(f"2025-12/{LARGE_SCALE}", 473), (f"2025-12/{FRONTIER}", 131)],
)
def test_no_record_of_a_real_list_is_lost(path, count):
    parsed = parse(SOURCE, path.rpartition("/")[2], upstream("epoch/" + path))
    assert parsed.record_count == parsed.frames["core.system"].height == count


def without(header, *rows):
    return "\n".join([header, *rows]) + "\n"


OLD = (
    "System,Domain,Organization,Publication date,Parameters,Training compute (FLOP),Training dataset size (datapoints)"
)


@pytest.mark.parametrize(
    "header",
    [
        OLD,
        OLD.replace("System", "Model name"),
        OLD.replace("Training compute (FLOP)", "Training compute (FLOPs)"),
        OLD.replace("Publication date", "Publication Date"),
        OLD.replace("System", "MODEL"),
    ],
)
def test_an_older_layout_is_read_by_the_names_its_columns_had(header):
    parsed = parse(SOURCE, NOTABLE, without(header, "Toy,Language,Lab A,2021-01-15,1e9,1e21,1e10"))
    assert list(systems(parsed)) == ["Toy"]
    assert values(parsed, "training-compute/language") == {"Toy": 1e21}
    assert values(parsed, "training-tokens/language") == {"Toy": 1e10}


def test_of_two_possible_columns_none_is_guessed():
    with pytest.raises(WrongContent, match="missing column Model"):
        parse(SOURCE, NOTABLE, without("System,system," + OLD.partition(",")[2], "a,b,Language,Lab,2021-01-15,1,1,1"))


@pytest.mark.parametrize(
    ("written", "first", "precision", "known"),
    [
        ("2021-01-15 00:00:00", date(2021, 1, 15), "day", date(2021, 1, 15)),
        ("January 15, 2021", date(2021, 1, 15), "day", date(2021, 1, 15)),
        ("2021-02", date(2021, 2, 1), "month", date(2021, 2, 28)),
    ],
)
def test_a_date_is_read_as_it_is_spelled_and_a_month_is_known_at_its_end(written, first, precision, known):
    parsed = parse(SOURCE, NOTABLE, without(OLD, f'Toy,Language,Lab A,"{written}",1e9,1e21,1e10'))
    row = parsed.frames["core.observation"].row(0, named=True)
    assert (row["observation_date"], row["date_precision"], row["known_date"]) == (first, precision, known)


def test_a_date_that_cannot_be_read_is_refused_and_its_numbers_have_no_place():
    parsed = parse(SOURCE, NOTABLE, without(OLD, "Toy,Language,Lab A,15/02/2021,1e9,1e21,1e10"))
    assert parsed.frames["core.observation"].is_empty()
    assert [(reject.column, reject.value, reject.line) for reject in parsed.rejects] == [
        ("Publication date", "15/02/2021", None),
    ]  # fmt: skip
    assert [reject.stands_at for reject in parsed.rejects] == [2], "the row stands, and is where to look"


def test_a_flag_that_cannot_be_read_says_neither():
    header = OLD + ",Frontier model"
    rows = ("A,Language,Lab,2021-01-15,1,1,1,True", "B,Language,Lab,2021-01-15,1,1,1,", "C,,,2021-01-15,1,1,1,perhaps")
    found = systems(parse(SOURCE, NOTABLE, without(header, *rows)))
    assert [found[name]["is_frontier"] for name in "ABC"] == [True, False, None]


@pytest.mark.parametrize("value", ["1e308", "1e-200", "9" * 50])
def test_a_number_that_cannot_be_is_refused_with_its_bounds(value):
    parsed = parse(SOURCE, NOTABLE, without(OLD, f"Toy,Language,Lab A,2021-01-15,1e9,{value},1e10"))
    assert "training-compute/language" not in set(parsed.frames["core.observation"]["series_id"])
    [reason] = {reject.reason for reject in parsed.rejects if reject.rule == "plausible"}
    assert "must lie between 0.001 and 1e+40" in reason


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_year_that_cannot_be_is_refused(year):
    parsed = parse(SOURCE, NOTABLE, without(OLD, f"Toy,Language,Lab A,{year}-01-15,1e9,1e21,1e10"))
    assert parsed.frames["core.observation"].is_empty()
    assert {reject.rule for reject in parsed.rejects} == {"plausible"}


@pytest.mark.parametrize("word", ["NaN", "n/a", "—", "NULL"])
def test_a_word_for_nothing_is_no_organisation(word):
    body = (FIXTURES / "epoch_models" / NOTABLE).read_text(encoding="utf-8").replace('"Lab A,University B"', word)
    systems = parse(SOURCE, NOTABLE, body).frames["core.system"]
    assert systems.filter(source_row_id="Alpha 2")["organization"].to_list() == [None]


@pytest.mark.parametrize("rewritten", [str.upper, lambda header: header.replace(" ", "\u00a0"), str.lower])
def test_columns_in_other_letters_or_with_other_blanks_are_the_same_columns(rewritten):
    body = (FIXTURES / "epoch_models" / NOTABLE).read_text(encoding="utf-8")
    header, _, rest = body.partition("\n")
    one, other = parse(SOURCE, NOTABLE, body), parse(SOURCE, NOTABLE, rewritten(header) + "\n" + rest)
    assert all(one.frames[name].equals(other.frames[name]) for name in one.frames)
