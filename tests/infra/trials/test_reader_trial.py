"""The reader trial sees whole editions while copies are replaced, and would tell a torn one."""

import json

import duckdb
import pytest

from infra.sample import publish_sample
from infra.trials.reader_trial import QUESTION, _torn, trial
from warehouse.store import READ_COPY_FILE

# What measures and tries out the program is tried with the trials.
pytestmark = pytest.mark.slow


@pytest.mark.slow
def test_eight_readers_and_a_patient_one_see_whole_editions_only(tmp_path):
    problems, said = trial(tmp_path, refreshes=2, queries=5)
    assert problems == []
    assert said.startswith("8 readers asked 5 times each while 2 refreshes were published")


@pytest.mark.slow
def test_an_answer_that_fits_no_edition_is_a_problem(tmp_path):
    publish_sample(tmp_path)
    with duckdb.connect(str(tmp_path / READ_COPY_FILE), read_only=True) as reader:
        whole = list(reader.execute(QUESTION).fetchall()[0])
    torn = [whole[0], whole[1] - 1, *whole[2:]]
    assert _torn(tmp_path, {json.dumps(whole)}) == []
    [problem] = _torn(tmp_path, {json.dumps(whole), json.dumps(torn)})
    assert f"but {whole[0]} is" in problem
