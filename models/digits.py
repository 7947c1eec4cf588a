"""Computed numbers before they are stored, to as many digits as every machine computes alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

# Processors differ in the last digits: numpy takes another exp and another sum where there is AVX-512, up to 3e-14 of
# the whole apart by the end. Stored as computed, an edition would have another digest, and another name, elsewhere.
KEPT: Final = 9
# A forecast's quantiles are read off 256 draws; of so many binary digits the last is a millionth, as of six decimal
# ones. Binary, because a number that ends in zeros takes half the room in a file, and forecasts are most of what an old
# edition keeps.
BITS: Final = 20
# Nearer to the floor than that is on it: 0.936842 * 100 is 93.68419999999999 to a machine.
_SAME: Final = 1e-12


def kept(value: float) -> float:
    """A number to nine significant digits; NaN and infinity as they are."""
    return float(f"{value:.{KEPT}g}")


def all_kept(values: FloatArray, floor: FloatArray | float = -np.inf) -> FloatArray:
    """The same for an array of any shape; what stands at the floor, a record, is that number with all its digits.

    A record would otherwise stand a few parts in 10^9 above the forecast that nobody breaks it. What lies clearly
    below the floor is left there.
    """
    # By way of text: scaling by a power of ten and back would leave a last digit that depends on the processor.
    return _on_floor(values, np.array([kept(value) for value in values.ravel().tolist()]).reshape(values.shape), floor)


def all_in_bits(values: FloatArray, floor: FloatArray | float = -np.inf) -> FloatArray:
    """The same to BITS binary digits, for what is stored by the ten thousand; at the floor as in `all_kept`."""
    # Powers of two scale without any rounding, on every processor.
    fraction, exponent = np.frexp(values)
    return _on_floor(values, np.ldexp(np.round(np.ldexp(fraction, BITS)), exponent - BITS), floor)


def _on_floor(values: FloatArray, rounded: FloatArray, floor: FloatArray | float) -> FloatArray:
    with np.errstate(invalid="ignore"):
        is_at_floor = np.abs(values - floor) <= _SAME * np.abs(floor)
    has_fallen = (values > floor) & (rounded < floor)
    return np.where((is_at_floor & np.isfinite(floor)) | has_fallen, floor, rounded)
