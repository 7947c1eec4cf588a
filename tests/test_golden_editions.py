"""Editions of the embedded default say the same, whatever is moved about in the house and whatever computes them."""

import csv
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from infra.sample import publish_sample
from warehouse.reader import Reader

GOLDEN = Path(__file__).parent / "golden" / "editions.csv"


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", list(csv.DictReader(GOLDEN.read_text().splitlines())), ids=lambda row: row["origin_date"]
)
def test_an_edition_says_what_it_said(row, tmp_path):
    """Where this fails on purpose (a forecast, a formula, a fact has changed), write the new digest down and say why."""
    edition_id = publish_sample(tmp_path, date.fromisoformat(row["origin_date"]))
    with Reader(tmp_path / "gpt2030.duckdb") as reader:
        [(digest,)] = reader.rows("SELECT content_digest FROM out.edition WHERE edition_id = ?", [edition_id])
    advice = f"meant to change (a forecast, a forecaster, a formula, a fact)? then {row['origin_date']},{digest}"
    assert digest == row["content_digest"], f"{advice} is its line in tests/golden/editions.csv"


# What numpy would do otherwise on a processor without them: other sums, other exponentials.
LATER_THAN_BASELINE = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])


@pytest.mark.slow
def test_an_older_processor_makes_the_same_edition(tmp_path):
    """An edition's name is its digest: were the last digits in it, every kind of processor would have its own."""
    row = next(iter(csv.DictReader(GOLDEN.read_text().splitlines())))
    program = (
        "import sys; from datetime import date; from pathlib import Path; from infra.sample import publish_sample; "
        "publish_sample(Path(sys.argv[1]), date.fromisoformat(sys.argv[2]))"
    )
    older = {"NPY_DISABLE_CPU_FEATURES": " ".join(LATER_THAN_BASELINE), "OPENBLAS_CORETYPE": "Nehalem"}
    arguments = [sys.executable, "-c", program, str(tmp_path), row["origin_date"]]
    subprocess.run(arguments, env=os.environ | older, check=True, capture_output=True, timeout=300)
    with Reader(tmp_path / "gpt2030.duckdb") as reader:
        [(digest,)] = reader.rows("SELECT content_digest FROM out.edition")
    assert digest == row["content_digest"], "where the test above passes, a stored number depends on the processor"
