"""Random what-ifs in short: none breaks a law, and a broken law would be heard."""

from __future__ import annotations

import random
from typing import Any

import pytest

from infra.trials import whatif_trial
from infra.trials.whatif_trial import Found, drawn, hold, nothing_changed
from models.changes.whatif import MOST_AT_ONCE
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reader(published):
    with Reader(published() / READ_COPY_FILE) as opened:
        yield opened


@pytest.fixture(scope="module")
def edition_id(reader):
    return str(reader.rows("SELECT edition_in_force()")[0][0])


def test_what_is_drawn_can_be_asked_and_is_of_every_kind():
    chance = random.Random(5)
    found = [drawn(chance) for _ in range(3000)]
    assert all(1 <= len(one) <= MOST_AT_ONCE for one in found)
    flat = [one for several in found for one in several]
    assert any(one.low == float("inf") for one in flat)
    assert any(one.low < one.high for one in flat)
    assert MOST_AT_ONCE in map(len, found)
    assert [drawn(random.Random(6)) for _ in range(2)] == [drawn(random.Random(6)) for _ in range(2)]


def test_a_few_what_ifs_break_no_law(reader, edition_id):
    found, chance = Found(), random.Random(2)
    plain = nothing_changed(reader, edition_id, found)
    for _ in range(3):
        hold(reader, edition_id, drawn(chance)[:2], plain, found)
    assert found.problems == []
    assert found.rows + found.left_out == 3 * len(plain) > 0
    assert found.largest < 1e-9


def _with_a_part_too_many(said: dict[str, Any]) -> None:
    said["properties"][0]["parts"]["speed.k"] += 2e-9


def _beginning_elsewhere(said: dict[str, Any]) -> None:
    said["properties"][0]["before"] |= {"p50": 0.5}


def _of_other_code(said: dict[str, Any]) -> None:
    said["is_as_published"] = False


def _never_alike(said: dict[str, Any], count: list[int] = [0]) -> None:  # noqa: B006 - it is to remember
    count[0] += 1
    said["properties"][0]["total"] += count[0] * 1e-12


@pytest.mark.parametrize(
    ("spoil", "heard"),
    [
        (_with_a_part_too_many, "miss its shift"),
        (_beginning_elsewhere, "begins elsewhere"),
        (_of_other_code, "is not the edition"),
        (_never_alike, "other bytes the second time"),
    ],
)
def test_a_broken_law_is_heard(spoil, heard, reader, edition_id, monkeypatch):
    plain = nothing_changed(reader, edition_id, Found())
    whole = whatif_trial.under_assumptions

    def spoilt(*arguments):
        said = whole(*arguments)
        spoil(said)
        return said

    monkeypatch.setattr(whatif_trial, "under_assumptions", spoilt)
    found = Found()
    hold(reader, edition_id, [whatif_trial.Assumption.read("speed.k=3")], plain, found)
    assert heard in " ".join(found.problems)


def test_an_empty_what_if_that_moves_something_is_heard(reader, edition_id, monkeypatch):
    whole = whatif_trial.under_assumptions

    def moved(*arguments):
        said = whole(*arguments)
        said["properties"][0]["total"] = 1e-15
        return said

    monkeypatch.setattr(whatif_trial, "under_assumptions", moved)
    found = Found()
    nothing_changed(reader, edition_id, found)
    assert "nothing changed, and yet" in found.problems[0]


def test_a_what_if_without_an_answer_is_heard(reader, edition_id, monkeypatch):
    def escaping(*_):
        raise OverflowError("Numerical result out of range")

    monkeypatch.setattr(whatif_trial, "under_assumptions", escaping)
    found = Found()
    hold(reader, edition_id, [whatif_trial.Assumption.read("auto.doubling_months=0.01")], {}, found)
    assert "auto.doubling_months=0.01: OverflowError" in found.problems[0]
