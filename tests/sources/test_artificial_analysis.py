"""What is read with the user's own key, and that the key stays where it belongs."""

from __future__ import annotations

from datetime import date

import pytest

from sources.artificial_analysis import FEED, SERIES, UNMEASURED, ArtificialAnalysis
from sources.errors import MissingKey, RateLimited, Refused, WrongContent
from sources.web import Web, WebLimits
from tests import publisher as fake
from tests.sources.parsing import FIXTURES, parse, upstream, values

KEY = "aa_0123456789abcdef"
TEXT = (FIXTURES / "artificial_analysis" / "language_models_free.json").read_text()
PATH = "/api/v2/language/models/free"


@pytest.fixture
def publisher():
    with fake.Publisher() as server:
        yield server


def fetch(publisher, key=KEY):
    with Web(limits=WebLimits(spacing_seconds=0, tries=1)) as web:
        return ArtificialAnalysis(key).fetch(web, publisher.url + "/api/v2", {})


def page(number, *, more):
    return (
        TEXT.replace('"page": 1', f'"page": {number}')
        .replace('"has_more": false', f'"has_more": {str(more).lower()}')
        .encode()
    )


def test_speeds_are_readings_of_the_day_they_were_taken():
    parsed = parse(ArtificialAnalysis(), FEED, TEXT)
    assert values(parsed, SERIES) == {"0001|2026-10-01": 91.5}
    row = parsed.frames["core.observation"].row(0, named=True)
    assert (row["observation_date"], row["date_kind"]) == (date(2026, 10, 1), "measurement")
    assert parsed.is_partial


def test_not_measured_is_not_zero():
    parsed = parse(ArtificialAnalysis(), FEED, TEXT)
    assert parsed.skipped == {UNMEASURED: 2}
    assert [reject.value for reject in parsed.rejects] == ["fast"]


def test_it_is_private():
    assert not ArtificialAnalysis.is_redistributable


def test_without_a_key_nothing_is_asked(publisher):
    with pytest.raises(MissingKey, match="ARTIFICIAL_ANALYSIS_KEY"):
        fetch(publisher, key=None)
    assert publisher.requests == []


@pytest.mark.server
def test_all_pages_are_read_and_the_key_goes_in_a_header_alone(publisher):
    publisher.serve(PATH, *(fake.ok(page(number, more=number < 2)) for number in (1, 2)))
    [answer] = fetch(publisher)
    assert KEY.encode() not in answer.body
    assert KEY not in answer.url
    assert [request.headers["x-api-key"] for request in publisher.requests] == [KEY, KEY]
    assert [request.path.partition("?")[2] for request in publisher.requests] == ["page=1", "page=2"]
    first_page = TEXT.replace('"id": "0', '"id": "1')
    parsed = parse(ArtificialAnalysis(), FEED, f'{{"pages": [{TEXT}, {first_page}]}}')
    assert parsed.record_count == 8


@pytest.mark.server
def test_an_endless_list_is_not_followed_beyond_the_budget(publisher):
    publisher.serve(PATH, fake.ok(page(1, more=True)))
    fetch(publisher)
    assert len(publisher.requests) == 3


@pytest.mark.server
@pytest.mark.parametrize(("status", "kind"), [(401, Refused), (403, Refused), (429, RateLimited)])
def test_refusals_are_typed_and_do_not_show_the_key(publisher, status, kind):
    publisher.serve(PATH, fake.status(status, f"bad key {KEY}".encode()))
    with pytest.raises(kind) as caught:
        fetch(publisher)
    assert KEY not in str(caught.value)


@pytest.mark.server
def test_an_answer_that_quotes_the_key_is_not_kept(publisher):
    publisher.serve(PATH, fake.ok(TEXT.replace("Example Lab", KEY).encode()))
    with pytest.raises(WrongContent, match="repeats the key") as caught:
        fetch(publisher)
    assert KEY not in str(caught.value)


def test_a_renamed_speed_is_no_list_of_unmeasured_systems():
    with pytest.raises(WrongContent, match="missing field"):
        parse(ArtificialAnalysis(), FEED, TEXT.replace("median_output_tokens_per_second", "renamed"))


@pytest.mark.parametrize("text", ["[]", '{"error": "retired"}', '{"data": {}}', '{"pages": []}'])
def test_what_is_no_list_of_systems_is_refused_whole(text):
    with pytest.raises(WrongContent):
        parse(ArtificialAnalysis(), FEED, text)


def test_the_documented_shape_is_read():
    parsed = parse(ArtificialAnalysis(), FEED, upstream("artificial_analysis_free_page_SHAPE_ONLY.json"))
    assert parsed.record_count == 2
