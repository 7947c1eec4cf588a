"""What is read from models.dev, and what of it is left to the curated history."""

from __future__ import annotations

from datetime import date

import pytest

from sources.models_dev import ANNOUNCED, API, AVAILABLE, HISTORY, MODELS, NO_TEXT, NO_WINDOW, RESOLD, ModelsDev
from sources.source import WrongContent
from sources.web import Limits, Web
from tests import publisher as fake
from tests.sources.parsing import FIXTURES, parse, values

SOURCE = ModelsDev()
FOLDER = FIXTURES / "models_dev"


@pytest.fixture(scope="module")
def parsed():
    return parse(SOURCE, MODELS, (FOLDER / MODELS).read_text())


def test_windows_of_the_labs_own_systems_by_release(parsed):
    assert values(parsed, AVAILABLE) == {"openai/gpt-x": 1_050_000}
    row = parsed.frames["core.observation"].row(0, named=True)
    assert (row["observation_date"], row["unit"], row["evidence"]) == (date(2026, 3, 5), "tokens", "third_party")


def test_a_preview_is_announced_not_available(parsed):
    assert values(parsed, ANNOUNCED) == {"google/gemini-y-preview": 2_000_000}
    row = parsed.frames["core.observation"].filter(series_id=ANNOUNCED).row(0, named=True)
    assert (row["observation_date"], row["date_precision"]) == (date(2026, 2, 1), "month")


def test_what_is_left_out_is_counted_by_reason(parsed):
    assert parsed.skipped == {RESOLD: 1, NO_TEXT: 1, NO_WINDOW: 1, HISTORY: 1}


def test_a_window_that_is_no_number_is_refused(parsed):
    assert [(reject.row["id"], reject.value) for reject in parsed.rejects] == [("anthropic/odd", "a lot")]


def test_the_catalogue_by_provider_says_the_same():
    parsed = parse(SOURCE, API, (FOLDER / API).read_text())
    assert values(parsed, AVAILABLE) == {"openai/gpt-x": 1_050_000}
    assert parsed.skipped == {RESOLD: 1}


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"a": 1}', '{"a"', "[" * 100_000, '{"a": {"limit": {"context": null}}}', '{"a": 1, "a": 2}']
)
def test_what_is_no_catalogue_is_refused_whole(text):
    with pytest.raises(WrongContent):
        parse(SOURCE, MODELS, text)


@pytest.mark.server
def test_the_larger_catalogue_is_asked_for_where_the_smaller_is_gone():
    with fake.Publisher() as publisher, Web(limits=Limits(spacing_seconds=0)) as web:
        publisher.serve("/api.json", fake.ok(b"{}", media_type="application/json"))
        assert [answer.feed for answer in SOURCE.fetch(web, publisher.url, {})] == [API]
