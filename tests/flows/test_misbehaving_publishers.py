"""Every live source against every way a publisher can misbehave: it is told, what stood goes on standing, once."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import pytest

from flows.run import ending, intake, steps
from flows.run.looks import EMBEDDED
from flows.run.results import Results
from flows.run.run import Request, Run
from flows.settings import Clock, load_settings
from sources.artificial_analysis import ArtificialAnalysis
from sources.metaculus.source import MetaculusSource
from sources.reading.process import ParserProcess
from sources.registry import SOURCES
from sources.web import Web
from tests import publisher as fake
from tests.flows import live_feeds
from tests.flows.live_feeds import ASIDE, FEEDS, Feed
from warehouse.editions import EditionShelf
from warehouse.snapshots import in_force
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from flows.run.landing import Landed
    from flows.run.looks import Look
    from sources.source import Source
    from warehouse.snapshots import SnapshotFact

pytestmark = [pytest.mark.server, pytest.mark.slow]
DAY = date(2026, 11, 22)
TOKEN = "0123456789abcdef0123456789abcdef01234567"
REFUSAL = b"Permission Error: the API is for members"
READER = ParserProcess()
TABLES = ("core.series", "core.system", "core.observation", "core.community_forecast")


@dataclass(frozen=True)
class Case:
    """A misbehaviour, what its looks are called, the words that tell it, and what it does to the rows.

    `answer` makes the behaviour for one path from the good body there and the address of another host; `spoil` makes bytes from a feed instead, which
    are then served well. `rows`: "stand" (nothing was read), "held" (read, and refused as a whole), "same" (read, and
    nothing of it is new), "fewer" (single records were refused), "more" (new ones came), "sums" (new ones came, and sums over all are others),
    "error" (community forecasts only: the state that says that nothing there can be believed). `odd` names the sources that
    differ, each with its own (looks, words, rows).
    """

    looks: str
    words: str
    rows: str
    answer: Callable[[str, bytes, str], fake.Behaviour] | None = None
    spoil: live_feeds.Spoil | None = None
    odd: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    seconds: float = 30.0

    def expected(self, source_id: str) -> tuple[str, str, str]:
        """Looks, words and rows of one source."""
        return self.odd.get(source_id, (self.looks, self.words, self.rows))


def transport(looks: str, words: str, behaviour: fake.Behaviour, **more: object) -> Case:
    return Case(looks, words, "stand", lambda *_: behaviour, **more)


def content(looks: str, words: str, rows: str, spoil: live_feeds.Spoil, **odd: tuple[str, str, str]) -> Case:
    return Case(looks, words, rows, spoil=spoil, odd=odd)


CASES = {
    "200": Case("unchanged", "", "same", lambda _, body, __: fake.ok(body)),
    # Sources that send no validator have not asked for it, so they do not believe it.
    "304": transport("unchanged", "", fake.status(304), odd=dict.fromkeys(("epoch_polling", "llm_bench", "artificial_analysis"), ("wrong_content", "status 304", "stand"))),
    "301 to another host": Case("unchanged", "", "same", lambda path, _, other: fake.redirect(f"{other}/moved{path}")),
    "404": transport("not_found", "404", fake.status(404, b"gone fishing"), odd={
        "llm_bench": ("not_found", "no file for any day", "stand")}),
    "403 text": transport("refused", "Permission Error", fake.status(403, REFUSAL)),
    "403 challenge page": transport("refused", "Just a moment", fake.status(403, fake.CHALLENGE_PAGE)),
    "429": transport("rate_limited", "without saying how long", fake.status(429, b"error code: 1015")),
    "429 with Retry-After": transport("rate_limited", "pause of 2 s", fake.status(429, headers={"Retry-After": "2"})),
    "500": transport("server_error", "boom", fake.status(500, b"boom")),
    "502 HTML": transport("server_error", "502 Bad Gateway", fake.status(502, fake.BAD_GATEWAY_PAGE)),
    "reset": transport("unreachable", "reset", fake.reset),
    "hang": transport("unreachable", "", fake.hang, seconds=1.0),
    "slow drip": Case("unreachable", "bytes so far", "stand", lambda _, body, __: fake.drip(body * 30), seconds=1.5),
    "broken off": Case("truncated", "the transfer broke off", "stand", lambda _, body, __: fake.truncated(body)),
    "gzip bomb": transport("too_large", "and more to come", live_feeds.gzip_bomb),
    "100 MB": transport("too_large", "and more to come", fake.endless(100 << 20)),
    "empty": content("wrong_content", "0 bytes of nothing", "stand", live_feeds.empty),
    "HTML as CSV": content("wrong_content", "Data portal", "stand", live_feeds.html),
    "truncated zip": content("wrong_content", "zip archive", "stand", live_feeds.truncated_zip,
        epoch_benchmarks=("changed|wrong_content", "broken zip archive", "held")),
    "zip bomb": content("wrong_content", "zip archive", "stand", live_feeds.zip_bomb,
        epoch_benchmarks=("changed|wrong_content", "unpacks to too much", "held")),
    "wrong names": content("changed", "", "held", live_feeds.of_others),
    "BOM": content("changed", "", "same", live_feeds.marked,
        lmarena=("wrong_content", "binary bytes where parquet was due", "stand"),
        artificial_analysis=("unchanged", "", "same"), llm_bench=("unchanged", "", "same")),
    "trailing newlines": content("changed", "", "same", live_feeds.with_blank_lines,
        lmarena=("changed", "broken Parquet", "held")),
    "header alone": content("changed", "no ", "held", live_feeds.bare,
        llm_bench=("wrong_content", "1 bytes of nothing", "stand")),
    "new column": content("changed", "", "same", live_feeds.widened),
    "renamed column": content("changed", "", "held", live_feeds.renamed,
        metaculus=("changed", "", "error")),
    "missing required column": content("changed", "", "held", live_feeds.lacking),
    "duplicate keys": content("changed", "", "same", live_feeds.repeated,
        models_dev=("changed", "repeated key", "held"), metaculus=("changed", "repeated key", "held")),
    "percent strings": content("changed", "", "held", live_feeds.in_percent, epoch_benchmarks=("changed", "", "same"),
        metaculus=("changed", "", "error")),
    "NaN": content("changed", "", "fewer", live_feeds.not_a_number, metaculus=("changed", "", "error"),
        llm_bench=("changed", "", "same"), openrouter=("changed", "", "same"), lmarena=("changed", "", "same"),
        epoch_chips=("changed", "", "same"), artificial_analysis=("changed", "", "same")),
    "without end": content("changed", "more than", "held", live_feeds.without_end,
        artificial_analysis=("wrong_content", "more than 64", "stand")),
    "ten times the rows": content("changed", "", "more", live_feeds.tenfold, metaculus=("changed", "", "same"),
        openrouter=("changed", "no day is whole", "held"), lmarena=("changed", "", "same"),
        epoch_chips=("changed", "", "sums")),
}  # fmt: skip


# A publisher that behaves, and one that has moved.
WELL = {"200", "304", "301 to another host"}


@dataclass(frozen=True)
class Seen:
    """What a round brought of one source, and what its rows are after it."""

    looks: list[Look]
    landed: list[Landed]
    values: dict[tuple[object, ...], object]
    counts: dict[str, object]


class Stage:
    """A publisher for all sources on loopback, and a home that refreshes from it."""

    def __init__(self, home, publisher: fake.Publisher) -> None:
        self.home, self.publisher = home, publisher
        made = {name: steps.build_source(name, load_settings()) for name in FEEDS}
        asked = MetaculusSource(TOKEN, [{"post_id": 7001, "type": "date"}, {"post_id": 7002, "type": "numeric"},
                                        {"post_id": 40001, "type": "binary"}])  # fmt: skip
        asked.questions = tuple(one for one in asked.questions if one.post_id in {7001, 7002, 40001})
        self.sources = made | {"metaculus": asked, "artificial_analysis": ArtificialAnalysis(TOKEN)}

    def base(self, source_id: str) -> str:
        """Address of a source; llm_bench's names the branch, as its default does."""
        return f"{self.publisher.url}/{source_id}" + ("/main" if source_id == "llm_bench" else "")

    def serve(self, cases: Mapping[str, Case | None]) -> None:
        """Let each source misbehave by its case, or answer well."""
        self.publisher.routes.clear()
        for source_id, case in cases.items():
            root = self.base(source_id).removeprefix(self.publisher.url)
            for path, body in ASIDE.get(source_id, {}).items():
                self._serve(f"{root}/{path}", body, case)
            for feed in FEEDS[source_id]:
                self._serve(f"{root}/{feed.path}", feed.body(), case, feed)

    def _serve(self, path: str, body: bytes, case: Case | None, feed: Feed | None = None) -> None:
        self.publisher.serve(f"/moved{path}", fake.ok(body))
        if case and case.answer:
            self.publisher.serve(path, case.answer(path, body, self.publisher.other_url))
            return
        spoilt = case.spoil(feed) if case and case.spoil and feed else body
        self.publisher.serve(path, fake.ok(spoilt, etag=f'"{hash(spoilt)}"'))

    def refresh(self, seconds: Mapping[str, float], *, publishes: bool = False) -> tuple[Run, dict[str, Seen]]:
        """Look at all sources side by side, keep and land, as a refresh does; with `publishes` to its very end."""
        said = {name: {"url": self.base(name), "enabled": True, "timeout_seconds": seconds[name]} for name in FEEDS}
        settings = load_settings(home=self.home, sources=said)
        request = Request((), is_gated=False)
        with Warehouse.open(self.home, now=Clock.read(DAY).now) as warehouse:
            run = steps.begin(settings, request, Clock.read(DAY), self.home, warehouse)
            run.reader = READER  # one process for all rounds: what it does to one reading is none of the next
            sources = {name: steps.build_source(name, settings) for name in EMBEDDED} if publishes else {}
            sources |= self.sources
            standing = [in_force(warehouse, name, at=run.clock.now) for name in sources]
            with ThreadPoolExecutor(len(sources)) as pool:
                found = pool.map(partial(look, run), sources.values(), standing)
                looks = [one for of_source in found for one in of_source]
            steps.keep(run, looks, {name: source.licence for name, source in sources.items()})
            for name, source in sources.items():
                if intake.has_news(run, name):
                    intake.land_source(run, source)
            if publishes:
                publish(run)
            return run, {name: seen(run, name) for name in FEEDS}


class Time:
    """A clock that only `sleep` moves: pauses between requests and before new tries cost the test nothing."""

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def look(run: Run, source: Source, standing: Mapping[str, SnapshotFact]) -> list[Look]:
    # A session each, or one source's pauses would move the clock by which another's patience is measured.
    time = Time()
    with Web(version="test", today=run.clock.today, clock=time.clock, sleep=time.sleep) as web:
        url = steps.base_url(source, run.settings)
        return steps.lookout(run, source.source_id, web).look(source, url, standing)


def publish(run: Run) -> None:
    known = steps.known(run)
    forecasts = steps.refit(run, known)
    derived = steps.derive(run, known, forecasts)
    results = Results(forecasts, derived, steps.score(run, known, derived.properties))
    composed = steps.compose(run, known, results)
    steps.compare(run, known, composed)
    ending.publish(run, composed, steps.check(run, composed))


def seen(run: Run, source_id: str) -> Seen:
    def ask(sql: str) -> Iterable[tuple[object, ...]]:
        return run.warehouse.rows(sql)

    standing = f"WHERE source_id = '{source_id}' AND superseded_at IS NULL AND NOT is_deleted"
    numbers = ask(f"SELECT feed, series_id, source_row_id, value FROM core.observation {standing}")
    beliefs = ask(
        f"SELECT feed, source_row_id, state, coalesce(value_number::VARCHAR, value_date::VARCHAR) "
        f"FROM core.community_forecast {standing}"
    )
    return Seen(
        [one for one in run.looks if one.source_id == source_id],
        [one for one in run.landed if one.source_id == source_id],
        {tuple(row[:-1]): row[-1] for row in (*numbers, *beliefs)},
        {
            name: next(iter(ask(f"SELECT count(*) FROM {name} WHERE source_id = '{source_id}'")))[0]
            for name in (*TABLES, "raw.quarantine", "raw.snapshot")
        },
    )


@pytest.fixture(scope="module")
def publisher():
    with fake.Publisher() as server:
        yield server


@pytest.fixture(scope="module")
def good(publisher, tmp_path_factory):
    """A home after one round in which all publishers behaved, and what it saw; to be copied."""
    stage = Stage(tmp_path_factory.mktemp("good"), publisher)
    stage.serve(dict.fromkeys(FEEDS))
    return stage.home, stage.refresh(dict.fromkeys(FEEDS, 60.0))[1]


@pytest.fixture(scope="module")
def rounds(publisher, good, tmp_path_factory):
    """Case → what two rounds of all sources with it saw; played once, however many tests ask."""
    played: dict[str, tuple[dict[str, Seen], dict[str, Seen]]] = {}

    def play(name: str) -> tuple[dict[str, Seen], dict[str, Seen]]:
        if name not in played:
            home = tmp_path_factory.mktemp("round") / "home"
            shutil.copytree(good[0], home, symlinks=True)
            stage = Stage(home, publisher)
            publisher.requests.clear()
            stage.serve(dict.fromkeys(FEEDS, CASES[name]))
            patience = dict.fromkeys(FEEDS, CASES[name].seconds)
            played[name] = tuple(stage.refresh(patience)[1] for _ in range(2))
            shutil.rmtree(home)
        return played[name]

    return play


def told(one: Seen) -> str:
    """All that a user is told of a source: details of looks, reasons of holds."""
    return "; ".join([str(look.detail) for look in one.looks] + [str(landed.reason) for landed in one.landed])


def assert_told(stage_url: str, source_id: str, case: Case, one: Seen) -> None:
    looks, words, rows = case.expected(source_id)
    otherwise = f"looks, words and rows were to be {looks!r}, {words!r}, {rows!r}; where {source_id} rightly differs, its odd= says how"
    outcomes = {look.outcome for look in one.looks if look.feed != "me"}  # the account is none of what is spoilt
    assert outcomes == set(looks.split("|")), f"{told(one)}: {otherwise}"
    assert words in told(one), otherwise
    if looks not in {"changed", "unchanged"}:
        assert all(stage_url in str(look.detail) for look in one.looks if look.is_stale)
        assert all(look.snapshot is not None for look in one.looks)
    is_held = [landed.is_held for landed in one.landed]
    assert is_held == [rows == "held"] * len(one.landed), f"{told(one)}: {otherwise}"
    if rows == "held":
        assert one.landed


def test_all_goes_well_at_first(good):
    for source_id, one in good[1].items():
        assert {look.outcome for look in one.looks} == {"changed"}, (source_id, told(one))
        assert not any(landed.is_held or landed.refused_count for landed in one.landed), (source_id, told(one))
        assert len(one.values) >= 12, source_id


def assert_rows(rows: str, before: Seen, one: Seen) -> None:
    if rows in {"stand", "held", "same"}:
        assert one.values == before.values
    if rows in {"stand", "held"}:
        assert [one.counts[name] for name in TABLES] == [before.counts[name] for name in TABLES]
    if rows == "fewer":
        assert one.values.items() < before.values.items()
        assert len(before.values) - len(one.values) <= 2 * len({look.feed for look in one.looks})
        assert one.counts["raw.quarantine"] > before.counts["raw.quarantine"]
    if rows == "error":
        assert {key[-1] for key in one.values} == {"error"}
        assert set(one.values.values()) == {None}
        assert one.counts["raw.quarantine"] > before.counts["raw.quarantine"]
    if rows == "sums":
        assert one.values.keys() > before.values.keys()
        assert one.values.items() & before.values.items()
    if rows == "more":
        assert one.values.items() > before.values.items()
        assert len(one.values) == 10 * len(before.values)


@pytest.mark.parametrize("source_id", FEEDS)
@pytest.mark.parametrize("name", CASES)
def test_it_is_told_and_what_stood_goes_on_standing_once(name, source_id, rounds, good, publisher):
    before, (first, second) = good[1][source_id], [one[source_id] for one in rounds(name)]
    assert_told(f"{publisher.url}/{source_id}", source_id, CASES[name], first)
    assert_rows(CASES[name].expected(source_id)[2], before, first)
    assert [landed.is_held for landed in second.landed] == [True] * sum(landed.is_held for landed in first.landed)
    assert second.counts == first.counts
    assert second.values == first.values


def test_no_credential_follows_to_another_host(good, publisher, tmp_path):
    home = shutil.copytree(good[0], tmp_path / "home", symlinks=True)
    stage = Stage(home, publisher)
    publisher.requests.clear()
    stage.serve(dict.fromkeys(FEEDS, CASES["301 to another host"]))
    stage.refresh(dict.fromkeys(FEEDS, 30.0))
    elsewhere = [one for one in publisher.requests if one.headers["Host"].startswith("localhost")]
    assert {one.path.split("/")[2] for one in elsewhere} == set(FEEDS)
    assert not any(TOKEN in value for one in elsewhere for value in one.headers.values())


@pytest.mark.parametrize("source_id", FEEDS)
def test_every_feed_meets_twenty_five_faults(source_id):
    """What is no fault, and what a source is sent none of the bytes of, counts for nothing."""
    met = [name for name, case in CASES.items() if name not in WELL and case.expected(source_id)[0] != "unchanged"]
    assert len(met) >= 25


def test_no_source_is_left_out_unsaid():
    left_out = SOURCES.keys() - FEEDS.keys() - UNTRIED - set(EMBEDDED)
    assert not left_out, (
        f"say what {sorted(left_out)} sends in FEEDS of tests/flows/live_feeds.py, or name it in UNTRIED"
    )
    assert ills().keys() == FEEDS.keys(), "more sources than CASES: two of them have to have the same in ILLS, below"
    dealt = ills([*FEEDS, "a_new_one"])["a_new_one"]
    assert dealt in CASES.keys() - set(ILLS.values()), "a newcomer needs no line in ILLS"
    unknown = {name for name in ILLS.values() if name not in CASES}
    assert not unknown, f"ILLS names {sorted(unknown)}, which is none of CASES: {', '.join(CASES)}"


# They answer by question, or with a key: see the tests of their own.
UNTRIED = {"metaculus", "manifold", "artificial_analysis"}
ILLS = {
    "epoch_benchmarks": "zip bomb", "epoch_models": "renamed column", "epoch_hardware": "hang", "metr": "404",
    "epoch_usage": "missing required column", "epoch_revenue": "empty",
    "epoch_data_centers": "500", "epoch_chips": "duplicate keys", "epoch_polling": "gzip bomb", "epoch_capabilities": "502 HTML", "openrouter": "broken off", "lmarena": "wrong names",
    "models_dev": "HTML as CSV", "llm_bench": "reset", "metaculus": "403 challenge page", "artificial_analysis": "429",
}  # fmt: skip


def ills(sources: Iterable[str] = FEEDS) -> dict[str, str]:
    """Source → the case it is to have while each of the others has another: as in ILLS, or one that is left."""
    harm = (name for name, case in CASES.items() if case.rows in {"stand", "held"} and case.looks != "unchanged")
    left = (name for name in harm if name not in ILLS.values())
    return ILLS | dict(zip((name for name in sources if name not in ILLS), left, strict=False))


def test_when_every_source_ails_otherwise_the_edition_still_appears(good, publisher, tmp_path):
    stage = Stage(shutil.copytree(good[0], tmp_path / "home", symlinks=True), publisher)
    cases = {source_id: CASES[name] for source_id, name in ills().items()}
    stage.serve(cases)
    run, after = stage.refresh({source_id: case.seconds for source_id, case in cases.items()}, publishes=True)
    assert run.outcome == "published", run.messages
    assert EditionShelf(stage.home).latest() == run.edition_id
    assert {source_id: one.values for source_id, one in after.items()} == {
        source_id: one.values for source_id, one in good[1].items()
    }
