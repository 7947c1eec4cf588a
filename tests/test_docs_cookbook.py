"""The SQL cookbook: every question runs in the sandbox, and the answer shown is the answer given."""

from __future__ import annotations

import re

import pytest

from infra.pages.cookbook import PAGE, answered, kitchen, recipes

RECIPES = recipes()
# The embedded default has no bad row, one publisher and one vintage, which is the answer.
EMPTY = {
    "Which rows were refused, and why?",
    "Which facts changed hands from one publisher to another?",
    "Who revised history, and what?",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    with kitchen(tmp_path_factory.mktemp("kitchen")) as opened:
        yield opened


def test_there_are_at_least_25_questions_each_asked_once():
    assert len({recipe.question for recipe in RECIPES}) == len(RECIPES) >= 25


def test_every_query_of_the_page_is_one_of_them():
    assert PAGE.read_text(encoding="utf-8").count("```sql\n") == len(RECIPES)


def test_the_views_for_people_are_used():
    asked = " ".join(recipe.sql for recipe in RECIPES)
    names = (
        "property_latest", "property_history", "observation_latest", "frontier", "forecast_latest", "score_latest",
        "source_health", "revision_summary", "quarantine_open", "observation_as_of", "property_as_of", "frontier_as_of",
    )  # fmt: skip
    assert [name for name in names if not re.search(rf"\b{name}\b", asked)] == []


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.question)
def test_the_answer_shown_is_the_answer_given(copy, recipe):
    answer = answered(copy, recipe.sql)
    assert answer == recipe.answer, "out of date: run `make docs`"
    assert (len(answer.splitlines()) > 2) != (recipe.question in EMPTY)
