"""One system, one id: whatever a publisher calls it."""

from __future__ import annotations

import polars as pl
import pytest

from sources.reading.systems import aliases, system_id
from sources.reading.tabular import slug


def ids(*names: str | None) -> list[str | None]:
    frame = pl.DataFrame({"name": list(names)}, schema={"name": pl.String})
    return frame.select(system_id(pl.col("name")))["name"].to_list()


@pytest.mark.parametrize(
    "spellings",
    [
        ("GPT-4", "gpt-4", "GPT-4 (Mar 2023)", "gpt-4-0314"),
        ("Claude 3.5 Sonnet (Oct 2024)", "claude-3-5-sonnet-20241022", "Claude 3.5 Sonnet (October 2024)"),
        ("GPT-3", "GPT-3 175B (davinci)"),
        ("Minerva 540B", "Minerva (540B)"),
        ("Grok-2", "Grok 2"),
    ],
)
def test_spellings_of_one_system_share_its_id(spellings):
    assert len(set(ids(*spellings))) == 1


def test_snapshots_of_one_name_stay_apart():
    snapshots = ids("GPT-4o", "GPT-4o (Aug 2024)", "gpt-4o-2024-11-20", "GPT-4 (Jun 2023)", "GPT-4")
    assert len(set(snapshots)) == len(snapshots)


def test_an_unknown_name_is_its_slug_and_no_name_no_id():
    assert ids("Brand New 9", None) == ["brand-new-9", None]


def test_digits_of_another_width_tell_systems_apart_and_are_those_they_look_like():
    assert ids("Alpha ２", "Alpha ３", "Ａｌｐｈａ 2", "Llama³") == ["alpha-2", "alpha-3", "alpha-2", "llama3"]


@pytest.mark.parametrize("name", ["文心一言", "？", "NaN", "n/a", "—", "None", "Unknown", "\\N", "(null)"])
def test_what_leaves_no_slug_or_says_nothing_is_no_system(name):
    # As "" or "nan" all such systems would be one.
    assert ids(name) == [None]


def test_no_alias_leads_to_another_alias_or_to_what_is_no_slug():
    known = aliases()
    targets = pl.DataFrame({"id": list(known.values())})
    assert not set(known) & set(known.values())
    assert targets.select(slug(pl.col("id"))).equals(targets)


def test_names_that_publishers_move_from_one_system_to_another_are_no_aliases():
    assert not {"deepseek-chat", "deepseek-reasoner", "gpt-4o-latest"} & set(aliases())
