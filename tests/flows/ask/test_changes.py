"""Changes between editions: read from the worlds they were made in, split without a remainder, told once."""

from __future__ import annotations

import csv
import itertools
import json
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from flows.ask import changes
from flows.ask.change_news import last_alarms, moved
from flows.ask.changes import (
    Ledger,
    as_of_edition,
    change_rows,
    in_unit,
    row_changes,
    with_previous,
)
from flows.ask.sentences import ends, otherwise, ranked
from flows.cli import cli
from flows.commands.diff import _print
from flows.edition.causes import LEAST_SPREADS, cause_line, reach_lines
from flows.settings import Clock
from infra.sample import publish_sample
from models.changes.judgement import LastChangeAlert
from models.changes.size import CAUSES, comparable, distance, has_part, median, spread
from models.forecasting.forecasts import HUB_LEVELS
from models.properties.table import PROPERTY_IDS, Derived
from tests.warehouse.fresh import furnished
from warehouse.known import read_known
from warehouse.reader import Reader

ROOT = Path(__file__).parents[3]
FIRST, SECOND, THIRD = date(2025, 6, 1), date(2026, 3, 1), date(2026, 3, 20)
LEAP = "Leap"


def add_leap(folder):
    """A system that reads a thousand times as many tokens at once as any before it."""
    path = next(path for path in sorted(folder.glob("*.csv")) if "context-window/advertised" in path.read_text())
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    like = next(row for row in rows if row["series_id"] == "context-window/advertised/generally-available")
    best = max(float(row["value"]) for row in rows if row["series_id"] == like["series_id"])
    leap = like | {"system": LEAP, "value": f"{1000 * best:g}", "observation_date": "2026-03-10", "known_date": ""}
    with path.open("a", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, rows[0].keys(), lineterminator="\n").writerow(leap)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Three editions: a plain one, one nine months later, and one after a leap."""
    folder = tmp_path_factory.mktemp("changing")
    curated = folder / "curated"
    shutil.copytree(ROOT / "sources" / "curated", curated)
    own = {"sources": {"curated": {"url": str(curated)}}}
    publish_sample(furnished(folder / "home"), FIRST, **own)
    publish_sample(folder / "home", SECOND, **own)
    add_leap(curated)
    publish_sample(folder / "home", THIRD, **own)
    return folder / "home"


@pytest.fixture(scope="module")
def reader(home):
    with Reader(home / "gpt2030.duckdb") as opened:
        yield opened


@pytest.fixture(scope="module")
def editions(reader):
    return [row[0] for row in reader.rows("SELECT edition_id FROM out.edition ORDER BY origin_date")]


@pytest.fixture(scope="module")
def ledger_of(reader):
    """The ledger of an edition, with every comparison it was asked for made once."""
    return cache(partial(as_of_edition, reader))


def told(reader, kind="forecast_changed"):
    return reader.frame("SELECT * FROM out.alert WHERE kind = ? ORDER BY alert_number", [kind])


def test_a_first_edition_has_nothing_to_be_compared_with(reader, editions):
    assert reader.rows("SELECT count(*) FROM out.change WHERE edition_id = ?", [editions[0]]) == [(0,)]


def test_the_causes_sum_to_the_total(reader):
    rows = reader.frame("FROM out.change")
    total = rows.filter(cause="total").select("edition_id", "property_id", whole="amount")
    parts = rows.filter(pl.col("cause") != "total").group_by("edition_id", "property_id").agg(pl.col("amount").sum())
    both = total.join(parts, on=["edition_id", "property_id"])
    assert both.height == total.height > 20
    np.testing.assert_allclose(both["amount"], both["whole"], rtol=0, atol=1e-9)


def test_the_total_is_what_the_table_shows(reader, editions):
    """Median of the table, in powers of ten, between the two editions."""
    medians = [
        reader.rows("SELECT p50 FROM out.property WHERE edition_id = ? AND property_id = 'compute.train_flop'", [one])
        for one in editions[:2]
    ]
    (old,), (new,) = medians[0][0], medians[1][0]
    found = reader.rows(
        """SELECT amount FROM out.change
           WHERE edition_id = ? AND property_id = 'compute.train_flop' AND cause = 'total'""",
        [editions[1]],
    )
    assert found[0][0] == pytest.approx(np.log10(new / old), abs=1e-9)


def test_an_old_world_seen_by_the_code_that_published_it_leaves_nothing_to_the_method(reader):
    assert reader.rows("SELECT count(*), max(abs(amount)) FROM out.change WHERE cause = 'method'")[0][1] == 0


def test_a_leap_is_told_with_the_row_that_made_it(reader):
    alert = told(reader).filter(subject="know.context_tokens").to_dicts()[-1]
    assert alert["state"] == "raised"
    assert f"{LEAP} on context-window" in alert["title"]
    assert alert["title"].index("new rows") < alert["title"].index("method 0")
    detail = json.loads(alert["detail_json"])
    assert detail["direction"] == "up"
    assert detail["size_spreads"] >= detail["threshold_spreads"]
    assert detail["causes"]["new_rows"] > 0.5


def test_the_rows_that_moved_it_most_stand_beside_their_cause(reader, editions):
    """Of changes that the feed tells; a cause without rows, and the total, name none."""
    rows = reader.frame("FROM out.change WHERE edition_id = ? AND size_spreads >= ?", [editions[2], LEAST_SPREADS])
    context = rows.filter(property_id="know.context_tokens")
    assert f"{LEAP} on context-window" in dict(context.select("cause", "detail").iter_rows())["new_rows"]
    assert rows.filter(pl.col("cause").is_in(["total", "elapsed_time", "method"]))["detail"].null_count() > 0
    assert rows.filter(pl.col("cause").is_in(["total", "elapsed_time", "method"]))["detail"].drop_nulls().is_empty()


def test_the_shift_in_the_table_is_the_size_in_the_ledger_with_its_direction(reader, editions):
    """One measure under one name: a row that says 2.4 spreads where the ledger says 2.7 would be asked about."""
    both = reader.rows(
        """SELECT p.change_spreads, p.p50 - p.previous_p50, c.size_spreads, p.property_id
           FROM out.property AS p JOIN out.change AS c USING (edition_id, property_id)
           WHERE c.cause = 'total' AND edition_id = ? AND p.change_spreads IS NOT NULL""",
        [editions[2]],
    )
    assert len(both) > 10
    for shift, moved_by, size, property_id in both:
        assert abs(shift) == pytest.approx(size), property_id
        assert shift * (moved_by or 0) >= 0, property_id
    first = "SELECT count(change_spreads) FROM out.property WHERE edition_id = ?"
    assert reader.rows(first, [editions[0]]) == [(0,)]


class OfThen:
    """An edition that asked until July 2030, and held a day as likely as not to come later."""

    levels = pl.DataFrame({"property_id": "math.date_92pct", "level": HUB_LEVELS}).with_columns(
        value=pl.when(pl.col("level") < 0.5).then(2029 + pl.col("level"))
    )

    def frame(self, sql, parameters=()):
        if "property_quantile" in sql:
            return self.levels
        return pl.DataFrame(
            {
                "target_date": [date(2030, 7, 1)],
                "property_id": ["math.date_92pct"],
                "p50": [None],
                "inputs_json": ["[]"],
            }
        )


def test_a_later_target_date_does_not_turn_a_shift_round():
    """A day that was not expected by 2030 and is expected in 2032 comes later, not three years earlier than 2035."""
    units = pl.DataFrame({"property_id": PROPERTY_IDS, "unit": "tokens"}).with_columns(
        unit=pl.when(pl.col("property_id") == "math.date_92pct").then(pl.lit("year")).otherwise("unit")
    )
    now = OfThen.levels.with_columns(value=2031.5 + pl.col("level"))
    rows = with_previous(Derived(units, now), OfThen(), "then", date(2035, 1, 1))
    shifts = dict(rows.select("property_id", "change_spreads").drop_nulls().iter_rows())
    assert set(shifts) == {"math.date_92pct"}
    assert shifts["math.date_92pct"] > 1


def test_a_revised_vintage_is_read_back_as_it_was(reader, editions):
    """The leap landed later: the world of the second edition must not hold it."""
    rows = changes.world_of(reader, editions[1]).known.observations
    assert LEAP not in rows["system_name"].to_list()
    assert LEAP in changes.world_of(reader, editions[2]).known.observations["system_name"].to_list()


def test_a_feed_first_read_later_is_not_part_of_an_older_world(reader, editions):
    """Its oldest vintage would stand in for what nobody had looked at yet."""
    inputs = json.loads(reader.rows("SELECT inputs_json FROM out.edition WHERE edition_id = ?", [editions[0]])[0][0])
    clock = Clock.read(FIRST)
    feeds = {name: read_known(reader, clock, (), names)[0].observations["feed"].to_list()
             for name, names in (("all", tuple(inputs)), ("fewer", tuple(set(inputs) - {"curated/math"})))}  # fmt: skip
    assert "math" in feeds["all"]
    assert "math" not in feeds["fewer"]
    assert set(feeds["all"]) - {"math"} == set(feeds["fewer"])


def test_rows_that_only_follow_are_told_with_the_first(ledger_of, editions):
    ledger = ledger_of(editions[2])
    found = moved(ledger, {}, editions[0])
    names = [name for one in found for name in (one.detail["property_id"], *one.detail["with"])]
    assert any(one.detail["with"] for one in found)
    assert len(names) == len(set(names))
    assert all(one.subject == one.detail["property_id"] for one in found)


def test_nothing_is_told_of_an_edition_against_itself(ledger_of, editions):
    ledger = ledger_of(editions[2])
    alarms = {name: LastChangeAlert(THIRD - timedelta(days=30), 1, editions[2], editions[0]) for name in PROPERTY_IDS}
    assert moved(ledger, alarms, editions[0]) == []


def test_another_target_date_is_a_setting_and_no_alarm(home, tmp_path):
    shutil.copytree(home, tmp_path / "home", symlinks=True)
    with Reader(tmp_path / "home" / "gpt2030.duckdb") as before:
        count = told(before).height
    same = {"sources": {"curated": {"url": str(home.parent / "curated")}}}
    edition = publish_sample(tmp_path / "home", THIRD + timedelta(days=1), target_date=date(2029, 1, 1), **same)
    with Reader(tmp_path / "home" / "gpt2030.duckdb") as after:
        moved_by = after.rows(
            """SELECT cause, amount FROM out.change
               WHERE edition_id = ? AND property_id = 'compute.train_flop' ORDER BY abs(amount) DESC""",
            [edition],
        )
        assert dict(moved_by)["settings"] < -0.1
        assert told(after).height == count
        (note,) = told(after, "method_changed").to_dicts()
        assert note["severity"] == 0
        named = re.findall(r"\((\w+\.\w+)\): ", note["body"])
        assert named
        for name in named:
            parts = after.rows(
                """SELECT cause FROM out.change WHERE edition_id = ? AND property_id = ? AND cause <> 'total'
                   ORDER BY abs(amount) DESC LIMIT 1""",
                [edition, name],
            )
            assert parts == [("settings",)], name


# --- the last alarms, read from the table of alerts ------------------------------------------------------------------


def alert(number, state, property_id="p", **detail):
    said = {"property_id": property_id, "with": [], "day": "2026-01-01", "edition_id": f"e{number}"} | detail
    return {"alert_number": number, "kind": "forecast_changed", "state": state, "severity": 1,
            "detail_json": json.dumps(said)}  # fmt: skip


def alarms_of(*rows):
    return last_alarms(pl.DataFrame(rows))


def test_the_newest_alert_of_a_row_counts_also_for_those_told_with_it():
    found = alarms_of(
        alert(1, "raised", baseline_id="e0"), alert(2, "raised", baseline_id="e1", **{"with": ["q"]}), alert(3, "raised", "r", baseline_id="e0")
    )  # fmt: skip
    assert found["p"] == found["q"] == LastChangeAlert(date(2026, 1, 1), 1, "e2", "e1")
    assert found["r"].edition_id == "e3"
    assert [found[name].subject for name in "pqr"] == ["p", "p", "r"]


def test_what_was_taken_back_returns_to_its_old_baseline():
    found = alarms_of(alert(1, "raised", baseline_id="e0"), alert(2, "cleared", baseline_id="e0"))
    assert (found["p"].is_open, found["p"].edition_id) == (False, "e0")


def test_what_settled_keeps_what_was_told_as_its_baseline():
    found = alarms_of(alert(1, "raised", baseline_id="e0"), alert(2, "cleared", baseline_id="e1"))
    assert (found["p"].is_open, found["p"].edition_id) == (False, "e1")


@pytest.mark.parametrize(("value", "unit"), [(3e26, "FLOP"), (0.4, "probability"), (71.0, "%"), (2028.5, "year")])
def test_compared_numbers_come_back_in_their_unit(value, unit):
    assert in_unit(float(comparable(np.full(23, value), unit, 2040.0)[0]), unit) == pytest.approx(value)


# --- gpt2030 diff ----------------------------------------------------------------------------------------------------


@pytest.fixture
def run(home, monkeypatch):
    monkeypatch.setenv("GPT2030_HOME", str(home))
    return lambda *arguments: CliRunner().invoke(cli, ["diff", *arguments])


def test_diff_shows_what_moved_and_why(run):
    done = run("2026-03-01", "latest")
    assert done.exit_code == 0, done.output
    first = done.output.splitlines()[2]
    assert "Longest context window" in first
    assert "new rows" in first


def test_diff_without_editions_compares_the_one_in_force_with_the_last_of_an_earlier_day(run, editions):
    for given in ((), (editions[1],)):
        found = json.loads(run(*given, "--json").output)
        assert (found["old"], found["new"]) == (editions[1], editions[2])


def test_an_edition_beside_itself_is_said_to_be_that(run, editions):
    """After a replay `latest` is the day replayed: nothing said that no two editions were compared."""
    result = run("latest", "latest")
    assert f"both are edition {editions[-1]}" in result.stderr
    assert "0 rows moved" in result.stdout
    assert "both are" not in run().stderr


def test_of_a_day_without_an_edition_it_is_said_how_one_is_made(run):
    assert "`gpt2030 refresh --offline --today 2024-02-29` makes one" in run("2024-02-29", "latest").stderr
    assert "--today" not in run("2024-02-29-aaaaaaaa", "latest").stderr


def test_diff_speaks_chinese(run):
    """Ids stay what they are called in SQL; of all else no English is left."""
    said = run("2025", "latest", "--lang", "zh").output
    assert "离散度单位" in said
    assert "时间推移" in said
    for word in ("time passing", "new rows", "spreads", "rows moved", "dex", " up", " down"):
        assert word not in said, word


def test_diff_as_json_sums_to_the_whole(run, editions):
    found = json.loads(run("2025", "latest", "--json").output)
    assert (found["old"], found["new"]) == (editions[0], editions[2])
    for row in found["properties"]:
        if row["causes"] is None:  # only its status moved
            assert row["status_before"] != row["status"]
            continue
        assert set(row["causes"]) == set(CAUSES)
        assert sum(row["causes"].values()) == pytest.approx(row["total"], abs=1e-9)
    sizes = [row["size_spreads"] or 0 for row in found["properties"]]
    assert sizes == sorted(sizes, reverse=True)


def test_diff_of_one_row_names_every_row_that_moved_it(run):
    found = json.loads(run("2026-03-01", "latest", "--property", "know.context_tokens", "--json").output)
    (row,) = found["properties"]
    assert row["rows"][0]["row"].startswith(f"{LEAP} on ")
    assert row["rows"][0]["amount"] > 0.3


def test_an_assumption_that_was_stated_in_between_is_among_the_rows_that_moved_one(run):
    """The limit of context windows was stated in 2026: without it the fall would be told as time passing alone."""
    (row,) = json.loads(run("2025", "latest", "--property", "learn.dau", "--json").output)["properties"]
    assert row["rows"][0]["row"] == "assumption learn.users_ceiling (2025-11-17)"
    assert row["rows"][0]["cause"] == "new_rows"
    assert row["rows"][0]["amount"] < -0.2
    assert row["causes"]["new_rows"] < -0.2
    told = " ".join(run("2025", "latest", "--property", "learn.dau").output.split())
    assert "need not sum to the cause" in told
    assert "new assumptions: assumption learn.users_ceiling (2025-11-17)" in told
    assert "new rows: assumption" not in told


def test_a_cause_says_whether_rows_or_assumptions_have_changed_under_a_row(run):
    """With no row named beside it, "new rows" was all that `diff` said of a limit that somebody had stated."""
    arguments = ("2025", "latest", "--property", "learn.dau")
    (row,) = json.loads(run(*arguments, "--json").output)["properties"]
    said = row["told_as"]["new_rows"]
    assert said in {"new_assumptions", "new_rows_and_assumptions"}
    assert said.replace("_", " ") in " ".join(run(*arguments).output.split()).partition("new assumptions: ")[0]
    assert row["told_as"]["elapsed_time"] == "elapsed_time"
    (row,) = json.loads(run("2026-03-01", "latest", "--property", "know.context_tokens", "--json").output)["properties"]
    assert row["told_as"]["new_rows"] == "new_rows"


def test_how_far_a_row_is_from_what_it_would_be_without_a_cause_is_told(run):
    """Without the rows of the leap the windows would be where they were; without the days, these were not seen yet."""
    (row,) = json.loads(run("2026-03-01", "latest", "--property", "know.context_tokens", "--json").output)["properties"]
    assert row["reaches"]["new_rows"] == pytest.approx(row["size_spreads"], rel=0.2)
    assert row["reaches"]["elapsed_time"] == pytest.approx(row["size_spreads"], rel=0.2)
    assert set(row["reaches"]) == {cause for cause, part in row["causes"].items() if part} | {"method"}


def test_where_only_a_range_moved_it_is_told_by_what_the_farthest_first():
    assert reach_lines({"elapsed_time": 0.3, "new_rows": 12.04, "method": 0.1}) == [
        "by new rows 12 spreads", "by time passing 0.3 spreads"
    ]  # fmt: skip
    assert reach_lines({"new_rows": 12.0}, "zh") == ["新数据使之移动 12 个离散度单位"]


@pytest.fixture(scope="module")
def widened(reader, editions):
    """The last two editions, had what changed only widened every range: without it, all would be a tenth as wide."""
    ledger = as_of_edition(reader, editions[2])
    compared = ledger.against(editions[1])
    middle = median(compared.after)[:, None]
    narrow = middle + (compared.after - middle) / 10
    nothing = dict.fromkeys(CAUSES, np.zeros(len(PROPERTY_IDS)))
    far = distance(narrow, compared.after) / np.fmax(spread(narrow), compared.floor)
    return replace(ledger, _made={editions[1]: replace(
        compared, before=narrow, reference=narrow, parts=nothing, reaches=nothing | {"new_rows": far}, sizes=far,
        news=far, quantiles=lambda worlds, _=(): [narrow] * len(worlds), _made={},
    )})  # fmt: skip


def test_a_row_that_only_widened_a_range_is_told_with_what_it_did_to_the_range(widened, editions):
    """`+0` stood beside the row behind "by new rows 12 spreads": nothing had moved the median."""
    for one in widened.every_row(editions[1], "know.context_tokens"):
        assert not has_part(one["amount"], "tokens")
        assert one["reach"] > LEAST_SPREADS
    named = widened.reaching_rows(editions[1], "know.context_tokens")["new_rows"]
    assert any(text.startswith(f"{LEAP} on ") for text, _ in named)
    assert widened.named_rows(editions[1], "know.context_tokens") == {}


def test_its_line_in_the_ledger_and_its_alert_name_the_row_and_its_spreads(widened, editions):
    """Before, the ledger named nobody and the alert said `method 0`, for causes split the shift of a median."""
    named = widened.reaching_rows(editions[1], "know.context_tokens")["new_rows"]
    rows, far = [f"{text} {far:.2g}" for text, far in named], named[0][1]
    details = change_rows(widened, editions[1], has_details=True).filter(property_id="know.context_tokens")
    compared, place = widened.against(editions[1]), PROPERTY_IDS.index("know.context_tokens")
    assert details["direction"].unique().to_list() == [compared.direction("know.context_tokens")] == ["wider"]
    reaches = dict(details.select("cause", "reach_spreads").iter_rows())
    assert reaches["new_rows"] == pytest.approx(compared.reaches["new_rows"][place])
    assert reaches["total"] == pytest.approx(compared.sizes[place])
    assert dict(details.select("cause", "detail").iter_rows())["new_rows"] == "; ".join(rows)
    alerts = moved(widened, {}, editions[1])
    assert alerts
    for alert in alerts:
        assert "its range moved, not its median; by new rows" in alert.title
    (alert,) = [one for one in alerts if "know.context_tokens" in (one.subject, *one.detail["with"])]
    named = widened.reaching_rows(editions[1], alert.subject)["new_rows"]
    rows, far = [f"{text} {far:.2g}" for text, far in named], alert.detail["reaches"]["new_rows"]
    assert f"its range moved, not its median; by new rows {far:.2g} spreads ({', '.join(rows)})" in alert.title
    assert "method 0" not in alert.title
    assert f"by new rows {far:.2g} spreads" in alert.body


def test_diff_prints_the_range_where_the_median_stayed(capsys):
    row = {
        "property_id": "learn.dau", "label_en": "Daily users", "unit": "users", "status": "open", "status_before": "open",
        "otherwise": "", "causes": dict.fromkeys(CAUSES, 0.0), "reaches": {"new_rows": 12.04}, "p50_before": 1e9,
        "p50": 1e9, "size_spreads": 12.04, "direction": "wider", "told_as": {cause: cause for cause in CAUSES},
        "rows": [{"cause": "new_rows", "row": "x on y (2026-01-01)", "amount": 1e-12, "reach": 12.04}],
    }  # fmt: skip
    _print({"old": "a", "new": "b", "properties": [row]}, "en")
    said = capsys.readouterr().out
    assert "new rows: x on y (2026-01-01): the range by 12 spreads" in said
    assert "+0" not in said


def test_diff_tells_of_the_range_first_where_it_moved_most(capsys):
    row = {
        "property_id": "work.fast_agents", "label_en": "Fast agents", "unit": "agents", "status": "open",
        "status_before": "open", "otherwise": "", "reaches": {"new_rows": 1.13}, "p50_before": 21_261.0, "p50": 18_711.0,
        "causes": dict.fromkeys(CAUSES, 0.0) | {"elapsed_time": -0.049}, "size_spreads": 1.14, "direction": "wider",
        "told_as": {cause: cause for cause in CAUSES},
    }  # fmt: skip
    _print({"old": "a", "new": "b", "properties": [row]}, "en")
    said = "".join(capsys.readouterr().out.split())
    assert said.index("bynewrows1.1spreads") < said.index("ofitsmedian:timepassing-0.049dex")


def test_diff_looks_both_ways(run):
    forth, back = (json.loads(run(*pair, "--json").output) for pair in (("2025", "2026-03-01"), ("2026-03-01", "2025")))
    totals = [{row["property_id"]: row["total"] for row in one["properties"]} for one in (forth, back)]
    assert totals[0]["compute.train_flop"] == pytest.approx(-totals[1]["compute.train_flop"], abs=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("2019", "latest"), "there is no edition '2019'"),
        (("2026", "latest"), "names 2 editions"),
        (("2025", "latest", "--property", "nope"), "there is no property 'nope'; `gpt2030 show` lists them all"),
        (("2025", "latest", "--property", "learn.dua"), "did you mean learn.dau?"),
    ],
)
def test_what_cannot_be_compared_is_named(run, arguments, words):
    done = run(*arguments)
    assert done.exit_code == 1
    assert words in done.output


def test_an_unknown_edition_is_an_error_of_its_own(reader):
    with pytest.raises(changes.UnknownEdition, match="nowhere"):
        changes.world_of(reader, "nowhere")


def unaccounted(reader, then, ledger):
    """Rows with a median in both editions, and not the same, that have no line in the ledger of changes."""
    medians = [
        dict(reader.rows("SELECT property_id, p50 FROM out.property WHERE edition_id = ? AND p50 IS NOT NULL", [one]))
        for one in (then, ledger.edition_id)
    ]
    apart = {name for name in medians[0].keys() & medians[1].keys() if medians[0][name] != medians[1][name]}
    return apart - set(change_rows(ledger, then)["property_id"])


def test_every_row_that_moved_stands_in_the_ledger(reader, ledger_of, editions):
    for then, now in itertools.combinations(editions, 2):
        assert unaccounted(reader, then, ledger_of(now)) == set()


@pytest.mark.slow
def test_so_does_one_that_time_alone_would_have_ended(tmp_path):
    """APPS had no rows for a while: without those that came, no number. It moved by 29 spreads, told on the page alone."""
    then, now = (publish_sample(tmp_path, day) for day in (date(2023, 8, 1), date(2024, 6, 3)))
    with Reader(tmp_path / "gpt2030.duckdb") as reader:
        [row] = [row for row in row_changes(as_of_edition(reader, now), then) if row["property_id"] == "code.apps_pct"]
        assert unaccounted(reader, then, as_of_edition(reader, now)) == set()
    assert row["size_spreads"] > 20
    assert row["causes"]["elapsed_time"] + row["causes"]["new_rows"] == pytest.approx(row["total"])


def test_only_rows_that_moved_are_told(ledger_of, editions):
    ledger = ledger_of(editions[2])
    assert isinstance(ledger, Ledger)
    names = change_rows(ledger, editions[1])["property_id"].unique()
    assert "overhang.gpt3_years" not in names.to_list()
    assert {row["property_id"] for row in row_changes(ledger, editions[1])} == set(names)


def test_a_median_is_told_only_of_an_edition_that_publishes_one(reader, ledger_of, editions):
    """`auto.metr_h` gives no point for 2030: a difference of two such points would tell both."""
    then, now = (
        dict(reader.rows("SELECT property_id, p50 IS NOT NULL FROM out.property WHERE edition_id = ?", [one]))
        for one in editions[1:]
    )
    told = [row for row in row_changes(ledger_of(editions[2]), editions[1]) if row["causes"]]
    assert {row["property_id"]: row["p50"] is not None for row in told} == {
        row["property_id"]: now[row["property_id"]] for row in told
    }
    assert {row["property_id"]: row["p50_before"] is not None for row in told} == {
        row["property_id"]: then[row["property_id"]] for row in told
    }
    assert not all(now[row["property_id"]] for row in told)


def test_parts_that_are_but_arithmetic_are_not_told():
    causes = dict.fromkeys(CAUSES, 0.0) | {"new_rows": 0.02, "elapsed_time": 1.2e-8, "method": 3e-9}
    assert ranked(causes, "tokens") == ["new_rows", "method"]
    assert [cause_line(cause, causes[cause], "tokens") for cause in ("elapsed_time", "method")] == [
        "time passing 0",
        "method 0",
    ]


def test_a_row_without_a_published_median_says_so():
    row = {"unit": "hours", "p50_before": None, "p50": None}
    assert ends(row) == "no median published"
    # How far it fell would else be asked of a number that nobody can find.
    assert ends(row | {"size_spreads": 0.35}) == "no median published; what moved is its fit for the target date"
    assert ends(row | {"p50": 24.0}) == "none published → 24 hours"
    assert ends(row | {"p50_before": 24.0}) == "24 → none published"


@pytest.mark.parametrize("days_ahead", [0, 400])
def test_news_at_a_glance_is_the_news_of_the_whole_comparison(reader, editions, days_ahead):
    """To the bit, under a new target date too: what is told must not depend on which of the two was asked."""
    latest = as_of_edition(reader, editions[2])
    moved_target = replace(latest.now, target_date=latest.now.target_date + timedelta(days=days_ahead))
    for earlier in editions[:2]:
        quick, whole = (Ledger(reader, editions[2], moved_target, latest.properties) for _ in range(2))
        glance, news = quick.news_since(earlier), whole.against(earlier).news
        is_known = np.isfinite(news)
        assert is_known.sum() > 20
        assert news.max(initial=0, where=is_known) > 0.5
        np.testing.assert_array_equal(glance[is_known], news[is_known])


class Counted(Ledger):
    """A ledger that says which comparisons were made in full."""

    def against(self, edition_id):
        whole.append(edition_id)
        return super().against(edition_id)


whole: list[str] = []


def test_a_day_on_which_nothing_is_told_is_not_split_by_cause(reader, editions):
    latest = as_of_edition(reader, editions[2])
    next_day = replace(latest.now, known=replace(latest.now.known, day=THIRD + timedelta(days=1)))
    alarms = {name: LastChangeAlert(THIRD, 2, editions[2], editions[2], is_open=False) for name in PROPERTY_IDS}
    whole.clear()
    assert moved(Counted(reader, "the next", next_day, latest.properties), alarms, editions[0]) == []
    assert whole == []
    assert moved(Counted(reader, editions[2], latest.now, latest.properties), {}, editions[0]) != []
    assert set(whole) == {editions[0]}


@pytest.mark.parametrize(("subjects", "cleared"), [("ab", [["a"], ["b"]]), ("aa", [["a", "b"]])])
def test_every_alert_that_is_over_is_cleared_by_itself(reader, editions, subjects, cleared):
    """All are back by 0 spreads: told with the first of them, the others stood for ever."""
    rows = {"a": "compute.train_flop", "b": "learn.dau"}
    latest = as_of_edition(reader, editions[2])
    next_day = replace(latest.now, known=replace(latest.now.known, day=THIRD + timedelta(days=1)))
    long_ago = THIRD - timedelta(days=30)
    alarms = {
        rows[name]: LastChangeAlert(long_ago, 1, editions[2], editions[0], subject=rows[subject])
        for name, subject in zip("ab", subjects, strict=True)
    }
    ledger = Ledger(reader, "the next", next_day, latest.properties)
    found = [one for one in moved(ledger, alarms, editions[2]) if one.is_cleared]
    assert [[one.subject, *one.detail["with"]] for one in found] == [[rows[name] for name in some] for some in cleared]


def test_a_row_computed_otherwise_says_so_however_its_causes_are_split(reader, ledger_of, editions):
    """The split counts another formula to what brought it about; who knew the old one would look for it in vain."""
    formulas = [
        dict(reader.rows("SELECT property_id, formula FROM out.property WHERE edition_id = ?", [one]))
        for one in editions[:2]
    ]
    rows = {row["property_id"]: row for row in row_changes(ledger_of(editions[1]), editions[0])}
    differing = {name for name in rows if formulas[0][name] != formulas[1][name]}
    assert differing, "no row took another formula between these days: choose others"
    for name in differing:
        assert formulas[0][name] in rows[name]["otherwise"]
        assert rows[name]["otherwise"].startswith(f"now by {formulas[1][name]}")
    assert not rows["compute.train_flop"]["otherwise"]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        (("forecast of a", ["a"]), ("forecast of a", ["a"]), ""),
        (("forecast of a", ["a"]), ("forecast of b", ["b"]), "now by forecast of b (before: forecast of a)"),
        (("x / y", ["a"]), ("x / y", ["b", "c"]), "now from b, c (before: a)"),
        (("x / y", []), ("x / y", ["b"]), "now from b (before: no series)"),
        ((None, []), ("x / y", []), "now by x / y (before: no formula)"),
    ],
)
def test_another_formula_or_another_series_is_told(before, now, told):
    rows = [{"formula": formula, "detail_json": json.dumps({"series": some})} for formula, some in (before, now)]
    assert otherwise(*rows) == told
    assert otherwise(None, rows[1]) == ""
