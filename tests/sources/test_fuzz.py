"""A small run of the parser fuzzer, and proof that it can see what it looks for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl
import pytest

from infra.trials.fuzz_parsers import SUBJECTS, Payload, Tally, fuzz, payloads, trial
from sources.epoch.hardware import HARDWARE, EpochHardware
from sources.essay import FOLDER, NUMBERS, EssaySource
from tests.sources.parsing import FIXTURES

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
