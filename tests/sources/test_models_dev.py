"""What is read from models.dev, and what of it is left to the curated history."""

from __future__ import annotations

import json
from datetime import date

import pytest

from sources.errors import WrongContent
from sources.models_dev import (
    ANNOUNCED,
    API,
    AVAILABLE,
    HISTORY,
    MODELS,
    NO_TEXT,
    NO_WINDOW,
    RESOLD,
    SECOND,
    ModelsDev,
)
from sources.web import Web, WebLimits
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


def test_a_month_is_known_at_its_end(parsed):
    row = parsed.frames["core.observation"].filter(series_id=ANNOUNCED).row(0, named=True)
    assert row["known_date"] == date(2026, 2, 28)


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
    with fake.Publisher() as publisher, Web(limits=WebLimits(spacing_seconds=0)) as web:
        publisher.serve("/api.json", fake.ok(b"{}", media_type="application/json"))
        assert [answer.feed for answer in SOURCE.fetch(web, publisher.url, {})] == [API]


def entry(name, window, **said):
    facts = {"name": name, "release_date": "2026-03-27", "limit": {"context": window}}
    return facts | {"modalities": {"output": ["text"]}} | said


def catalogue(**providers):
    return json.dumps({provider.replace("_", "-"): {"models": models} for provider, models in providers.items()})


def test_what_a_lab_hosts_of_others_is_not_its_own():
    hosted = {
        "nvidia/own": entry("Own", 262_144), "z-ai/glm": entry("GLM", 1), "mistralai/medium": entry("Medium", 2),
        "deepseek-ai/flash": entry("Flash", 4_194_304), "somebody/new": entry("New", 3), "gpt-oss-120b": entry("gpt-oss", 4),
        "llama-3.1-nemotron-70b": entry("Nemotron", 131_072),
    }  # fmt: skip
    parsed = parse(SOURCE, API, catalogue(nvidia=hosted, deepseek={"flash": entry("Flash", 1_000_000)}))
    assert values(parsed, AVAILABLE) == {
        "nvidia/nvidia/own": 262_144, "nvidia/llama-3.1-nemotron-70b": 131_072, "deepseek/flash": 1_000_000,
    }  # fmt: skip
    assert parsed.skipped == {RESOLD: 5}


@pytest.mark.parametrize("host", ["alibaba", "google", "amazon", "microsoft", "cohere", "moonshotai", "llama"])
def test_so_it_is_with_every_lab_that_is_a_host(host):
    parsed = parse(SOURCE, API, catalogue(**{host: {"claude-opus-9": entry("Claude", 9), "x/y": entry("Y", 9)}}))
    assert parsed.skipped == {RESOLD: 2}


def test_one_lab_under_two_storefronts_counts_once():
    glm = {"glm-9": entry("GLM 9", 200_000)}
    parsed = parse(SOURCE, API, catalogue(zhipuai={"glm-9": entry("GLM 9", 131_072)}, zai=glm))
    assert values(parsed, AVAILABLE) == {"zai/glm-9": 200_000}
    assert parsed.skipped == {SECOND: 1}


def test_where_the_first_storefront_says_too_little_the_second_counts():
    parsed = parse(SOURCE, API, catalogue(zai={"glm-9": entry("GLM 9", 0)}, zhipuai={"glm-9": entry("GLM 9", 131_072)}))
    assert values(parsed, AVAILABLE) == {"zhipuai/glm-9": 131_072}


def test_the_systems_table_names_the_lab_and_not_the_storefront():
    parsed = parse(SOURCE, API, catalogue(zhipuai={"glm-9": entry("GLM 9", 131_072)}))
    assert parsed.frames["core.system"]["organization"].to_list() == ["zai"]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"release_date": ["2026-03-27"]}, "release_date"),
        ({"release_date": "27/03/2026"}, "release_date"),
        ({"limit": "200k"}, "limit.context"),
        ({"limit": {"context": [1]}}, "limit.context"),
        ({"limit": {"context": -1}}, "limit.context"),
        ({"name": {"en": "GLM"}}, "name"),
        ({"modalities": {"output": "image"}}, "outputs"),
        ({"modalities": ["text"]}, "outputs"),
        ({"limit": {"context": 1e300}}, "value"),
    ],
)
def test_what_is_given_and_cannot_be_read_is_refused_and_not_left_out(changes, column):
    good = entry("GLM 8", 128_000)
    parsed = parse(SOURCE, API, catalogue(zai={"glm-8": good, "glm-9": entry("GLM 9", 1) | changes}))
    assert values(parsed, AVAILABLE) == {"zai/glm-8": 128_000}
    assert [reject.column for reject in parsed.rejects if reject.line] == [column]


def test_an_entry_that_is_no_object_is_refused():
    parsed = parse(SOURCE, API, catalogue(zai={"glm-8": entry("GLM 8", 128_000), "glm-9": "soon"}))
    assert [(reject.rule, reject.value) for reject in parsed.rejects] == [("json", '"soon"')]


@pytest.mark.parametrize("modalities", [None, {}, {"output": None}])
def test_what_an_entry_writes_is_text_where_it_does_not_say(modalities):
    parsed = parse(SOURCE, API, catalogue(zai={"glm-8": entry("GLM 8", 128_000, modalities=modalities)}))
    assert values(parsed, AVAILABLE) == {"zai/glm-8": 128_000}


def test_a_catalogue_that_renamed_its_dates_is_no_catalogue_without_dates():
    with pytest.raises(WrongContent, match="no release date in the catalogue"):
        parse(SOURCE, API, catalogue(zai={"glm-8": entry("GLM 8", 128_000, release_date=None, released="2026-01-01")}))


def test_a_provider_that_lists_nothing_is_no_system():
    assert parse(SOURCE, API, catalogue(zai={"glm-8": entry("GLM 8", 128_000)}, xai={})).record_count == 1


@pytest.mark.parametrize("name", ["通义千问", "NaN"])
def test_a_name_that_makes_no_id_leaves_that_of_the_catalogue(name):
    parsed = parse(SOURCE, API, catalogue(alibaba={"qwen-x": entry(name, 262_144)}))
    assert parsed.frames["core.observation"]["system_id"].to_list() == ["qwen-x"]
