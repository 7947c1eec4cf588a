"""What is declared of inputs holds together: each name has a unit, and each limit the trend that it limits."""

from __future__ import annotations

import pytest

from models.properties.declared_inputs import ALTERNATIVES, ASSUMED, LIMITS, MEASURED_INPUTS, SERIES_INPUTS, SHARES
from models.properties.formulas import INPUT_UNITS


@pytest.mark.parametrize("name", [*SERIES_INPUTS, *MEASURED_INPUTS, *ASSUMED])
def test_every_input_has_a_unit(name):
    assert name in INPUT_UNITS


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_assumed_and_limits_a_forecast(limit):
    assert limit in ASSUMED
    assert LIMITS[limit] in SERIES_INPUTS


def test_no_input_is_declared_twice():
    names = [*SERIES_INPUTS, *MEASURED_INPUTS, *ASSUMED]
    assert len(names) == len(set(names))


def test_what_is_bounded_and_what_is_bounded_otherwise_is_assumed():
    assert {*SHARES, *ALTERNATIVES} <= ASSUMED.keys()
    assert ALTERNATIVES.keys() <= LIMITS.keys()
