"""What the trials call a whole home: nothing lost and nothing doubled, whatever has come to be known since."""

import shutil
from datetime import date

import duckdb
import pytest

from infra.sample import SAMPLE_DAY
from infra.trials.home_check import expected, problem
from infra.trials.kill_trial import found

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow

BEFORE = date(2026, 6, 1)


@pytest.fixture(scope="module")
def grown(published):
    """A home after two days half a year apart, and what stood in it on the first."""
    return published(BEFORE, SAMPLE_DAY), expected(published(BEFORE))


def test_what_became_known_later_is_nothing_lost(grown):
    home, whole = grown
    assert any(expected(home)[name] > keys for name, keys in whole.items())
    assert problem(home, whole) == ""


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("DELETE FROM core.essay_number WHERE property_id = 'speed.k'", "core.essay_number has lost "),
        ("INSERT INTO core.series SELECT * FROM core.series WHERE series_id = 'math/full/any-protocol'", " twice"),
        ("DELETE FROM out.property_row WHERE row_number = 44", "the read copy shows 43 rows of 1 editions"),
    ],
)
def test_what_is_lost_or_doubled_is_named(grown, tmp_path, harm, said):
    home, whole = grown
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    copy = tmp_path / "home" / "gpt2030.duckdb"
    copy.chmod(0o600)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(harm)
    assert said in problem(tmp_path / "home", whole)


def test_a_reader_that_dies_without_a_word_is_a_problem(grown):
    """What stood is not what a check expects: whoever looks fails outright, and says nothing by itself."""
    home, _ = grown
    assert found(home, None, "after a blow") == ["after a blow: whoever looked at it ended with 1"]
