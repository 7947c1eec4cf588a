"""Asking for one property: where there is no such row, the answer says where to look."""

from __future__ import annotations

import polars as pl
import pytest

from flows.commands.common import Failure
from flows.commands.show import only

ROWS = pl.DataFrame({"property_id": ["learn.copies_market", "math.sota_pct"], "edition_id": ["e", "e"]})


def test_a_step_that_is_no_row_is_found_under_the_rows_above_it():
    with pytest.raises(Failure, match=r"it is a step towards learn\.copies_market: ask"):
        only(ROWS, "learn.served_tokens")


def test_a_misspelt_row_suggests_the_near_one():
    with pytest.raises(Failure, match=r"did you mean math\.sota_pct"):
        only(ROWS, "math.sota_pc")
