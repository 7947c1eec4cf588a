"""Asking for one property: where there is no such row, the answer says where to look."""

from __future__ import annotations

import polars as pl
import pytest

from flows.commands.common import Failure, did_you_mean
from flows.commands.show import only

ROWS = pl.DataFrame(
    {"property_id": ["learn.copies_market", "math.sota_pct"], "edition_id": ["e", "e"], "row_number": [1, 2]}
)


def test_a_step_that_is_no_row_is_found_under_the_rows_above_it():
    with pytest.raises(Failure, match=r"it is a step towards learn\.copies_market: ask"):
        only(ROWS, "learn.served_tokens")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("maths/best", "did you mean math/best-reported/any-protocol?"),
        ("math/bst", "did you mean math/best-reported/any-protocol?"),
        ("metr/v1.1/p50", "did you mean metr/v1.1/p50-horizon?"),
        ("gpqa/diamant", "did you mean gpqa/diamond/epoch?"),
        ("zzzz", "none"),
    ],
)
def test_a_long_name_is_found_by_a_misspelt_beginning(wrong, said):
    """`chart maths/best` got no suggestion: half of an id is unlike the whole."""
    known = [
        "math/best-reported/any-protocol",
        "math/set-unstated/vendor",
        "metr/v1.1/p50-horizon",
        "gpqa/diamond/epoch",
    ]
    assert did_you_mean(wrong, known, "none") == said


def test_a_misspelt_row_suggests_the_near_one():
    with pytest.raises(Failure, match=r"did you mean math\.sota_pct"):
        only(ROWS, "math.sota_pc")
