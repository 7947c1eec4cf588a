"""What the sentence of a run promises: which kind of day it spoke for, and which sources were not read."""

import pytest

from flows.edition.words import words
from flows.run.summary import SourceLine, Summary


def summary(**said):
    return Summary("run", "published", "2040-01-01-0badcafe", "2040-01-01", 3, 0, (), (), "home", **said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, "published 2040-01-01-0badcafe: 3 rows"),
        ({"is_replay": True}, "-0badcafe, a replay of 2040-01-01: 3 rows"),
        ({"is_rehearsal": True}, "-0badcafe, a rehearsal of 2040-01-01, which has not come: 3 rows"),
        (
            {"is_dry_run": True},
            "would have published 2040-01-01-0badcafe: 3 rows landed in all tables; a dry run: nothing",
        ),
    ],
)
def test_a_day_gone_by_and_one_to_come_are_told_from_today(said, kind):
    assert kind in summary(**said).sentence()


def line(source_id, state, outcome):
    return SourceLine(source_id, state, outcome, 0, 0, 0, 0, 0, None)


def test_what_was_not_read_is_said_in_the_words_of_the_page():
    told = Summary(
        "run", "published", "2040-01-01-0badcafe", "2040-01-01", 3, 0, (),
        (line("curated", "embedded", "embedded"), line("metr", "missing", "unreachable"),
         line("lmarena", "missing", "unreachable"), line("metaculus", "not_asked", "missing_key"),
         line("epoch_chips", "off", "disabled")),
        "home",
    )  # fmt: skip
    said = words("en").outcomes
    assert told.sentence().endswith(
        f". 3 of 4 sources were not read: metr, lmarena: {said['unreachable']}; metaculus: {said['missing_key']}"
    )
    assert f"| metr | missing | {said['unreachable']} |" in told.markdown()


def test_one_row_is_told_as_one():
    for outcome in ("published", "unchanged"):
        told = Summary("run", outcome, "2040-01-01-0badcafe", "2040-01-01", 1, 0, (), (), "home")
        assert ": 1 row landed in all tables" in told.sentence()
