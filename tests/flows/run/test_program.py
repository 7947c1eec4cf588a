"""Another program is told by its digest: what lands, computes and checks, and the clock; its data are no code."""

from __future__ import annotations

import pytest

from flows.run.program import digest_of, program_digest

FILES = ("sources/metr.py", "warehouse/views/1_as_of.sql", "warehouse/checks/landed.py", "models/days.py")


@pytest.fixture
def folder(tmp_path):
    for name in (*FILES, "flows/settings.py", "flows/cli.py", "sources/curated/scores.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("name", [*FILES, "flows/settings.py"])
def test_code_that_changes_is_another_program(name, folder):
    before = digest_of(folder)
    (folder / name).write_text("changed", encoding="utf-8")

    assert digest_of(folder) != before


def test_what_comes_as_data_is_not(folder):
    before = digest_of(folder)
    (folder / "sources/curated/scores.csv").write_text("changed", encoding="utf-8")
    (folder / "flows/cli.py").write_text("changed", encoding="utf-8")

    assert digest_of(folder) == before


def test_the_installed_program_has_one():
    assert len(program_digest()) == 16
