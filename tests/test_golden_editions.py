"""Editions of the embedded default are the same to the byte, whatever is moved about in the house."""

import csv
from datetime import date
from pathlib import Path

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
