"""Corrections: declared fixes change what is read, never what is stored, and say loudly when they no longer fit."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.good_warehouse import frame, observation
from warehouse.contracts import core
from warehouse.corrections import ACTIONS, NOTE_COLUMN, Correction, CorrectionError, apply, load_corrections

TODAY = date(2026, 11, 22)
WHOLE = """
    [[corrections]]
    series_id = "math/full"
    system_id = "gpt-4"
    action = "override"
    expect = 0.425
    value = 0.529
    reason = "the figure is of an earlier checkpoint"
    citation_url = "https://example.org/erratum"
    until = 2027-06-30
"""
ROWS = (("math/full", "minerva", 0.503), ("math/full", "gpt-4", 0.425), ("compute", "gpt-4", 2e25))


@pytest.fixture
def published():
    return frame(core.OBSERVATION, [observation(*row) for row in ROWS])


@pytest.fixture
def declare(tmp_path):
    def write(text):
        path = tmp_path / "corrections.toml"
        path.write_text(dedent(text), encoding="utf-8")
        return load_corrections(path)

    return write


def entry(**changes):
    """The whole entry with lines replaced, or left out where the change is None."""
    lines = dict(line.strip().split(" = ") for line in WHOLE.strip().splitlines()[1:])
    lines |= changes
    return "[[corrections]]\n" + "\n".join(f"{key} = {value}" for key, value in lines.items() if value is not None)


def values(observations):
    return dict(zip(observations["source_row_id"], observations["value"], strict=True))


class TestApply:
    def test_an_override_replaces_the_published_value_and_says_why(self, published, declare):
        corrected, (outcome,) = apply(published, declare(WHOLE), TODAY)

        assert values(corrected)["math/full gpt-4"] == 0.529
        assert corrected.filter(pl.col(NOTE_COLUMN).is_not_null())["source_row_id"].to_list() == ["math/full gpt-4"]
        assert (outcome.state, outcome.row_count, outcome.series_ids) == ("applied", 1, ("math/full",))
        assert "the figure is of an earlier checkpoint" in outcome.message

    def test_a_drop_leaves_the_row_out(self, published, declare):
        corrected, _ = apply(published, declare(entry(action='"drop"', value=None)), TODAY)

        assert set(values(corrected)) == {"math/full minerva", "compute gpt-4"}

    def test_a_scale_multiplies_every_row_it_names(self, published, declare):
        whole_series = entry(action='"scale"', value="0.5", system_id=None, expect=None)

        corrected, (outcome,) = apply(published, declare(whole_series), TODAY)

        assert values(corrected) == {"math/full minerva": 0.2515, "math/full gpt-4": 0.2125, "compute gpt-4": 2e25}
        assert outcome.row_count == 2

    def test_a_flag_changes_no_value_and_leaves_its_reason(self, published, declare):
        corrected, _ = apply(published, declare(entry(action='"flag"', value=None, expect=None)), TODAY)

        assert corrected.drop(NOTE_COLUMN).equals(published)
        assert corrected[NOTE_COLUMN].to_list()[1] == "the figure is of an earlier checkpoint"

    def test_other_columns_can_be_corrected(self, published, declare):
        dated = entry(column='"observation_date"', expect="2023-03-14", value="2023-03-15")

        corrected, _ = apply(published, declare(dated), TODAY)

        assert corrected["observation_date"].to_list()[1] == date(2023, 3, 15)

    def test_corrections_of_other_tables_wait_for_their_table(self, published, declare):
        scaled = {"assumption_id": '"k"', "table": '"core.assumption"', "series_id": None, "system_id": None}
        declared = declare(entry(**scaled, expect="5.0", value="6"))
        assumptions = frame(core.ASSUMPTION, [{"assumption_id": "k", "value": 5.0}])

        assert apply(published, declared, TODAY)[1] == []
        assert apply(assumptions, declared, TODAY, table=core.ASSUMPTION)[0]["value"].to_list() == [6.0]

    def test_two_corrections_of_one_row_leave_both_reasons(self, published, declare):
        flag = entry(action='"flag"', value=None, expect=None, reason='"disputed"')

        corrected, _ = apply(published, declare(f"{entry()}\n{flag}"), TODAY)

        assert corrected[NOTE_COLUMN].to_list()[1] == "the figure is of an earlier checkpoint; disputed"


class TestNoLongerFits:
    """Whatever the reason, the published value is read as it is, and the outcome says what to do."""

    @pytest.mark.parametrize(
        ("changes", "today", "state", "advice"),
        [
            ({"system_id": '"gpt-40"'}, TODAY, "row_gone", "finds no row any more; delete the entry"),
            ({"expect": "0.42"}, TODAY, "value_differs", "expects 0.42, but 0.425 is published now"),
            ({}, date(2027, 7, 1), "expired", "expired on 2027-06-30; extend or delete the entry"),
        ],
    )
    def test_it_does_nothing_and_says_so(self, changes, today, state, advice, published, declare):
        corrected, (outcome,) = apply(published, declare(entry(**changes)), today)

        assert corrected.drop(NOTE_COLUMN).equals(published)
        assert corrected[NOTE_COLUMN].null_count() == corrected.height
        assert outcome.state == state
        assert advice in outcome.message
        assert "correction 1 (override core.observation.value where series_id = math/full" in outcome.message

    def test_on_its_last_day_it_applies(self, published, declare):
        assert apply(published, declare(WHOLE), date(2027, 6, 30))[1][0].state == "applied"

    def test_one_row_of_several_that_differs_stops_all(self, published, declare):
        both_rows = entry(system_id=None)

        corrected, (outcome,) = apply(published, declare(both_rows), TODAY)

        assert outcome.state == "value_differs"
        assert values(corrected) == values(published)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.floats(0.1, 1)), max_size=8), st.floats(0.1, 10))
def test_rows_that_no_correction_names_are_never_touched(rows, factor):
    """And what is given is never changed: the same corrections on the same rows give the same frame again."""
    published = frame(core.OBSERVATION, [{"series_id": name, "value": value} for name, value in rows])
    scale = [
        Correction(
            1, "core.observation", {"series_id": "a"}, "scale", "value", "unit", "https://x.org", TODAY, None, factor
        )
    ]

    first, _ = apply(published, scale, TODAY)
    second, _ = apply(published, scale, TODAY)

    assert first.equals(second)
    others = pl.col("series_id") != "a"
    assert first.filter(others).drop(NOTE_COLUMN).equals(published.filter(others))
    assert first.filter(~others)["value"].to_list() == [value * factor for name, value in rows if name == "a"]


class TestFile:
    def test_no_file_is_no_corrections(self, tmp_path):
        assert load_corrections(tmp_path / "corrections.toml") == ()

    @pytest.mark.parametrize(
        ("text", "complaint"),
        [
            ("[[corrections", "is not TOML"),
            ("[[fixes]]", "fixes is none of [[corrections]] and [[suppressions]]"),
            (entry(sistem_id='"x"'), "correction 1: unknown key sistem_id; known: table, action"),
            (entry(series_id=None, system_id=None), "names no row; give e.g. series_id and source_row_id"),
            (entry(table='"core.gone"'), "there is no table core.gone"),
            (entry(action=None), "action is missing"),
            (entry(reason='" "'), "reason is missing"),
            (entry(citation_url=None), "citation_url is missing"),
            (entry(until=None), "until is missing"),
            (entry(until='"2027-06-30"'), "until = '2027-06-30' is not a DATE; days are written without quotes"),
            (entry(until="2027-06-30T12:00:00"), "is not a DATE"),
            (entry(action='"delete"'), "action delete is none of drop, override, scale, flag"),
            (entry(column='"valeu"'), "core.observation has no column valeu"),
            (entry(value=None), "override needs a value"),
            (entry(expect=None), "override needs expect"),
            (entry(action='"drop"', expect=None), "drop needs expect"),
            (entry(action='"scale"', column='"setup"', expect=None), "scale needs a column of numbers"),
            (entry(expect='"0.425"'), "expect = '0.425' is not a DOUBLE"),
            (entry(value="true"), "value = True is not a DOUBLE"),
            (entry(series_id="7"), "series_id = 7 is not a VARCHAR"),
        ],
    )
    def test_an_entry_that_cannot_be_meant_is_refused_by_name(self, text, complaint, declare):
        with pytest.raises(CorrectionError) as refusal:
            declare(text)
        assert complaint in str(refusal.value)
        assert "corrections.toml" in str(refusal.value)

    def test_every_action_can_be_declared(self, declare):
        texts = [entry(action=f'"{action}"') for action in ACTIONS]

        assert [one.action for one in declare("\n".join(texts))] == list(ACTIONS)
