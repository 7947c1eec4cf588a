"""Numbers that are stored: nine digits or twenty bits, by one rule on every machine, and nothing else changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.digits import BITS, all_in_bits, all_kept, kept

FLOATS = st.floats(allow_nan=True, allow_infinity=True)


@given(FLOATS)
def test_a_number_is_kept_to_nine_digits_once_and_for_all(value):
    found = kept(value)
    assert np.array_equal([kept(found)], [found], equal_nan=True)
    if np.isfinite(value) and np.isfinite(found) and abs(value) > 1e-300:
        assert abs(found - value) <= 5e-9 * abs(value)


@given(arrays(float, (3, 4), elements=FLOATS))
def test_an_array_is_kept_number_by_number_in_its_shape(values):
    found = all_kept(values)
    assert found.shape == values.shape
    assert np.array_equal(found.ravel(), [kept(value) for value in values.ravel()], equal_nan=True)


@pytest.mark.parametrize("stored", [all_kept, all_in_bits])
@given(values=arrays(float, 23, elements=st.floats(-1e200, 1e200)))
def test_what_was_in_order_stays_in_order(stored, values):
    assert (np.diff(stored(np.sort(values))) >= 0).all()


@given(arrays(float, (3, 4), elements=FLOATS))
def test_numbers_in_bits_are_a_millionth_off_and_end_in_zeros(values):
    # The largest of all has nothing above it to be rounded to.
    values = np.where(np.abs(values) > 1e300, np.inf, values)
    found = all_in_bits(values)
    assert np.array_equal(all_in_bits(found), found, equal_nan=True)
    is_usual = np.isfinite(values) & (np.abs(values) > 1e-300)
    usual = values[is_usual]
    assert (np.abs(found[is_usual] - usual) <= np.abs(usual) / 2**BITS).all()
    tail = found[is_usual].view(np.uint64) & np.uint64(2 ** (53 - BITS) - 1)
    assert not tail.any()
    assert np.array_equal(found[~np.isfinite(values)], values[~np.isfinite(values)], equal_nan=True)


@given(st.floats(0, 1))
def test_a_share_in_bits_and_its_rest_are_one(share):
    found = float(all_in_bits(np.array(share)))
    assert found + (1.0 - found) == 1.0


@given(st.floats(1e-200, 1e200), st.integers(-60, 60))
def test_the_last_digits_of_another_processor_are_not_kept(value, steps):
    """Sixty steps of the last binary digit, some 1e-14 of the whole; a number on the very edge is the exception."""
    other = value
    for _ in range(abs(steps)):
        other = float(np.nextafter(other, np.inf if steps > 0 else 0.0))
    is_on_edge = any(kept(value * (1 + far)) != kept(value) for far in (-1e-13, 1e-13))
    assert kept(other) == kept(value) or is_on_edge


@pytest.mark.parametrize("stored", [all_kept, all_in_bits])
@given(values=arrays(float, 5, elements=st.floats(1e-3, 1e15)), record=st.floats(1e-3, 1e15))
def test_a_record_is_a_floor_with_all_its_digits(stored, values, record):
    """What is at it to rounding is at it exactly, what is above stays at or above, what is below stays below."""
    at, above, below = record * (1 + 1e-15), np.maximum(values, record), values[values < record * (1 - 1e-5)]
    assert stored(np.array([at, record]), record).tolist() == [record, record]
    assert (stored(above, record) >= record).all()
    assert (stored(below, record) < record).all()


@pytest.mark.parametrize("stored", [all_kept, all_in_bits])
def test_without_a_floor_nothing_stands_on_one(stored):
    values = np.array([-np.inf, -1.0, 0.0, np.nan, np.inf])
    assert np.array_equal(stored(values), values, equal_nan=True)
