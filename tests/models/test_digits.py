"""Numbers that are stored: nine digits, by the same rule on every machine, and nothing else about them changed."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.digits import all_kept, kept

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


@given(arrays(float, 23, elements=st.floats(-1e200, 1e200)))
def test_what_was_in_order_stays_in_order(values):
    assert (np.diff(all_kept(np.sort(values))) >= 0).all()


@given(st.floats(1e-200, 1e200), st.integers(-60, 60))
def test_the_last_digits_of_another_processor_are_not_kept(value, steps):
    """Sixty steps of the last binary digit, some 1e-14 of the whole; a number on the very edge is the exception."""
    other = value
    for _ in range(abs(steps)):
        other = float(np.nextafter(other, np.inf if steps > 0 else 0.0))
    is_on_edge = any(kept(value * (1 + far)) != kept(value) for far in (-1e-13, 1e-13))
    assert kept(other) == kept(value) or is_on_edge


@given(arrays(float, 5, elements=st.floats(1e-3, 1e15)), st.floats(1e-3, 1e15))
def test_a_record_is_a_floor_with_all_its_digits(values, record):
    """What is at it to rounding is at it exactly, what is above stays at or above, what is below stays below."""
    at, above, below = record * (1 + 1e-15), np.maximum(values, record), values[values < record * (1 - 1e-8)]
    assert all_kept(np.array([at, record]), record).tolist() == [record, record]
    assert (all_kept(above, record) >= record).all()
    assert (all_kept(below, record) < record).all()


def test_without_a_floor_nothing_stands_on_one():
    values = np.array([-np.inf, -1.0, 0.0, np.nan, np.inf])
    assert np.array_equal(all_kept(values), values, equal_nan=True)
