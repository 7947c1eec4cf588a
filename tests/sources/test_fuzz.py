"""A small run of the parser fuzzer, and proof that it can see what it looks for."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.trials import fuzz_parsers
from infra.trials.fuzz_parsers import MULTIPLIERS, SUBJECTS, Payload, Tally, alteration, fuzz, payloads, trial
from sources.epoch.hardware import HARDWARE, EpochHardware
from sources.essay import FOLDER, NUMBERS, EssaySource
from tests.sources.parsing import FIXTURES, snapshot

TEXT = (FIXTURES / "epoch_hardware" / HARDWARE).read_bytes()


@pytest.mark.parametrize("source_id", SUBJECTS)
def test_damaged_payloads_break_no_law(source_id):
    tally = fuzz(source_id, 40, seed=3)
    assert tally.broken == []
    assert tally.read > 0


def test_the_same_seed_damages_the_same_way():
    one, other = (list(payloads("metr", 5, seed=9)) for _ in range(2))
    assert one == other


class _Raising(EpochHardware):
    def parse(self, snapshot):
        raise ZeroDivisionError


class _Losing(EpochHardware):
    def parse(self, snapshot):
        parsed = super().parse(snapshot)
        return replace(parsed, frames={name: frame.head(1) for name, frame in parsed.frames.items()})


class _Altering(EpochHardware):
    def parse(self, snapshot):
        parsed = super().parse(snapshot)
        changed = parsed.frames["core.observation"].with_columns(pl.col("value") * 3)
        return replace(parsed, frames={**parsed.frames, "core.observation": changed})


class _Negating(EpochHardware):
    def parse(self, snapshot):
        parsed = super().parse(snapshot)
        changed = parsed.frames["core.observation"].with_columns(-pl.col("value"))
        return replace(parsed, frames={**parsed.frames, "core.observation": changed})


class _Sound(EpochHardware):
    pass


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        (_Raising, "ZeroDivisionError"),
        (_Losing, "accounted for"),
        (_Altering, "nowhere in the payload"),
        (_Negating, "nowhere in the payload"),
        (_Sound, None),
    ],
)
def test_the_trial_sees_exceptions_losses_and_alterations(source, complaint):
    tally = Tally()
    with ThreadPoolExecutor(1) as pool:
        trial(source(), Payload(HARDWARE, TEXT, TEXT), tally, pool)
    assert bool(tally.broken) == (complaint is not None)
    assert complaint is None or complaint in tally.broken[0]


def test_a_number_below_zero_that_the_payload_states_is_no_alteration():
    text = (FOLDER / NUMBERS).read_bytes()
    negative = text.replace(b",0.5,", b",-1,", 1)
    assert negative != text
    tally = Tally()
    with ThreadPoolExecutor(1) as pool:
        trial(EssaySource(), Payload(NUMBERS, negative, negative), tally, pool)
    assert (tally.read, tally.refused_rows) == (1, 0)
    assert tally.broken == []


def _first_value_with(sign):
    """The file with a sign within the first price of it, and that price."""
    parsed = EpochHardware().parse(snapshot(EpochHardware(), HARDWARE, TEXT))
    value = parsed.frames["core.observation"]["value"][0]
    written = next(text for text in (f"{value:g}", str(value)) if f",{text},".encode() in TEXT)
    return TEXT.replace(f",{written},".encode(), f",{written[0]}{sign}{written[1:]},".encode(), 1), value


def test_a_sign_without_width_within_a_number_is_no_alteration():
    """Twenty thousand payloads of scores had two of these: the reader leaves the sign out, as everybody's eye does."""
    for sign in ("\ufeff", "\u200b", "\u2060", "\u00ad"):
        body, value = _first_value_with(sign)
        parsed = EpochHardware().parse(snapshot(EpochHardware(), HARDWARE, body))
        assert value in parsed.frames["core.observation"]["value"]
        assert alteration(parsed, body) is None
        assert "nowhere in the payload" in alteration(_Altering().parse(snapshot(_Altering(), HARDWARE, body)), body)


class _Counting:
    """Whether two numbers are close, as math says it, and how often it was asked."""

    def __init__(self):
        self.asked = 0

    def isclose(self, *numbers, **how):
        self.asked += 1
        return math.isclose(*numbers, **how)


def test_a_value_is_compared_with_its_neighbours_alone_and_not_with_every_number_of_the_payload(monkeypatch):
    # All with all made twenty thousand payloads of a poll a matter of half an hour: nobody ran them to the end.
    source = EpochHardware()
    parsed = source.parse(snapshot(source, HARDWARE, TEXT))
    counting = _Counting()
    monkeypatch.setattr(fuzz_parsers, "math", counting)
    assert alteration(parsed, TEXT) is None
    assert 0 < counting.asked <= 2 * parsed.frames["core.observation"].height


STATED = st.floats(allow_nan=False, width=32)


@given(st.lists(STATED, min_size=1), st.data())
def test_no_close_number_is_overlooked_for_being_no_neighbour(numbers, data):
    near = st.sampled_from(numbers).map(lambda number: number * (1 + data.draw(st.floats(-2e-12, 2e-12))))
    value = data.draw(near | STATED | st.just(math.nan))
    stated = sorted(number * factor for number in numbers for factor in MULTIPLIERS)
    assert fuzz_parsers._stands_among(stated, value) == any(
        math.isclose(value, number, rel_tol=1e-12) for number in stated
    )
