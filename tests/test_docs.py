"""Docs are tests: every link leads somewhere, every command is described, every written page is as the code writes it."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from flows.cli import COMMANDS
from flows.edition.words import words
from infra.pages import properties, reference
from sources.registry import SOURCES
from warehouse.contracts import out

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)[^)]*\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page):
    targets = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in link]
    missing = [link for link in targets if not (page.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_ours_that_a_page_names_is_there(page):
    """A guide that names a file of last year sends its reader astray."""
    named = re.findall(
        r"`((?:flows|sources|warehouse|models|infra|tests)/[\w./*-]*)`", page.read_text(encoding="utf-8")
    )
    missing = [name for name in named if not list(ROOT.glob(name.rstrip("/")))]
    assert missing == []


def strays(text):
    """What a text says stands in a file of ours and does not: `NAME` of `file`, `NAME` in `file`, `NAME` (`file`)."""
    told = re.findall(r"`([\w\[\]]+)`\s+(?:in|of)\s+`([\w/.-]+\.(?:py|toml))`", text)
    told += re.findall(r"`(\w+)`\s+\(`([\w/.-]+\.(?:py|toml))`\)", text)
    return [(name, file) for name, file in told if name not in (ROOT / file).read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_says_is_in_a_file_is_there(page):
    """A newcomer was sent to a list in a file that had moved to another one."""
    assert strays(page.read_text(encoding="utf-8")) == []


def test_a_name_that_has_left_its_file_is_found():
    said = "a line in `PAGES` of\n`tests/test_docs.py`, one under `[forecasters]` in `flows/edition/words.en.toml`"
    assert strays(said) == []
    moved = "`_NAMES` in `flows/edition/top_pages.py` and `GIVEN` (`models/properties/table.py`)"
    assert [name for name, _ in strays(moved)] == ["_NAMES", "GIVEN"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_open_with_a_title(page):
    assert page.read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_reference(command):
    assert f"### `gpt2030 {command}`" in (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")


def test_the_reference_is_as_the_code_writes_it():
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == reference.render(), "run `make docs`"


def test_commands_named_in_the_readme_exist():
    named = set(re.findall(r"(?:`|bin/|\$ )gpt2030 ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named <= set(COMMANDS)


def test_the_index_names_every_page():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert {name for name in pages if f"({name})" not in index} == set()


def test_the_readme_says_of_every_page_what_is_in_it():
    """Quickstart, operate and reference, which a newcomer needs first, were named nowhere."""
    listed = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where to read on\n")[2].partition("\n## ")[0]
    )
    named = re.findall(r"^- \[[\w ]+\]\(docs/([\w-]+\.md)\): \w", listed, re.MULTILINE)
    assert sorted(named) == sorted({path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"})


@pytest.mark.parametrize("shown", ["whatif ", "--lang ", "GPT2030_LANGUAGE=", "gpt2030 tables NAME"])
def test_the_readme_shows_how_to_ask_otherwise(shown):
    assert shown in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "page", [*PAGES, ROOT / "Makefile", *sorted(ROOT.glob("infra/**/*.py"))], ids=lambda page: page.name
)
def test_every_module_that_is_told_to_be_run_is_there(page):
    """Files move house; a target of the Makefile that names the old place fails for whoever calls it next."""
    named = set(re.findall(r"python[0-9.]* -m ((?:infra|flows)[\w.]*\w)", page.read_text(encoding="utf-8")))
    assert [name for name in named if find_spec(name) is None] == []


@pytest.mark.parametrize("word", ["estimated", "third_party", "remembered"])
def test_every_word_beside_a_number_so_far_is_explained(word):
    """The table printed "estimated" beside a number that SQL calls measured, and no page had the word."""
    said = words("en").page[word]
    (glossary,) = [
        line
        for line in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").splitlines()
        if "**so far**" in line
    ]
    (column,) = [one for one in out.PROPERTY.columns if one.name == "actual_kind"]
    for text in (glossary, properties.INTRO, column.comment):
        assert said in " ".join(text.split()).replace("*", "")


# What each publisher is called in the README, beside the ids in docs/data.md.
PUBLISHERS = {
    "curated": "embedded default", "essay": "the essay", "epoch": "Epoch AI", "openrouter": "OpenRouter",
    "lmarena": "LMArena", "metr": "METR", "metaculus": "Metaculus", "manifold": "Manifold", "models_dev": "models.dev",
    "llm_bench": "llm-bench-data", "artificial_analysis": "Artificial Analysis",
}  # fmt: skip


@pytest.mark.parametrize("source_id", SOURCES)
def test_every_source_that_is_asked_stands_with_its_terms(source_id):
    """Two of the sixteen that `refresh` asks were not in the table of the README."""
    told = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where the data come from")[2]
    first = [line.split("|")[1] for line in told.splitlines() if line.startswith("| ")]
    name = PUBLISHERS["epoch" if source_id.startswith("epoch_") else source_id]
    assert any(name in cell for cell in first), name
    assert f"`{source_id}`" in (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
