"""From which size workers pay follows from two sizes, measured both ways."""

import pytest

from infra.bench.cluster import concluded

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

SIZES = (2_500, 10_000)


@pytest.mark.parametrize(
    ("together", "says"),
    [
        # 30 s before the first series, 1 ms for each: one second saved by every thousand.
        ((32.5, 40.0), "workers pay from about 28,000 series"),
        # A series costs them as much.
        ((35.0, 50.0), "workers pay at no size here"),
        ((2.0, 5.0), "workers pay from about 0 series"),
    ],
)
def test_the_size_follows_from_what_each_way_costs_before_and_for_a_series(together, says):
    told = concluded(SIZES, (7.0, 22.0), together)
    assert told[0] == "one process: 2.0 s and 2.00 ms a series"
    assert told[-1].startswith(says)
