"""`gpt2030 show` on a screen: whatever its width, no id and no number is cut."""

import io

import pytest
from rich.console import Console

from flows.commands.show import draw_table, edition_rows
from infra.sample import publish_sample
from models.properties.table import PROPERTY_IDS


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    publish_sample(home)
    return edition_rows(home / "gpt2030.duckdb", None)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("width", [80, 100, 160])
def test_ids_and_numbers_are_whole_at_any_width(rows, width, lang):
    out = Console(file=io.StringIO(), width=width)
    draw_table(out, rows, lang)
    printed = out.file.getvalue()
    assert "…" not in printed
    assert [name for name in PROPERTY_IDS if f" {name} " not in printed] == []
    assert max(len(line) for line in printed.splitlines()) <= width
