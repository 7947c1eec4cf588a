"""From a number back to its evidence: all of it, nothing later than the edition, and the bytes verified."""

import json
import re
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache

import polars as pl
import pytest
from click.testing import CliRunner

from flows.ask.explain import Grounds, explain
from flows.ask.inputs import WEIGHED
from flows.cli import cli
from flows.commands.explain import counted, lines
from flows.edition.authored import is_foreign
from flows.edition.cells import today_cell
from flows.edition.words import LANGUAGES, words
from infra.sample import SAMPLE_DAY, publish_sample
from models.properties.clauses import often
from models.properties.declared_inputs import MEASURED_INPUTS
from tests.warehouse.fresh import fresh
from warehouse.contracts import core, polars_schema
from warehouse.corrections import Correction
from warehouse.reader import Reader
from warehouse.snapshots import SnapshotStore
from warehouse.store import publish_read_copy
from warehouse.vintages import Origin, land

NOW, THEN = SAMPLE_DAY, date(2023, 6, 19)
AGI_QUESTION = "5121"


@pytest.fixture(scope="module")
def home(tmp_path_factory, published_copy):
    """A home with an edition of November 2026, one that looks back to June 2023, and a number that arrived since."""
    folder = published_copy(tmp_path_factory.mktemp("explained") / "home", NOW)
    publish_sample(folder, THEN)
    on, after = (datetime.combine(NOW + timedelta(days=days), time()) for days in (0, 1))
    with fresh(folder, now=after) as warehouse:
        for at, number in ((on, date(2031, 1, 1)), (after, date(2045, 1, 1))):
            _read_community(warehouse, SnapshotStore(folder), at, number)
        warehouse.write_copy(folder / "copy")
    publish_read_copy(folder / "copy", folder)
    return folder


def _read_community(warehouse, store, at, day):
    row = {
        "platform": "metaculus", "question_id": AGI_QUESTION, "source_row_id": f"{AGI_QUESTION}|recency|0.5",
        "state": "visible", "aggregation": "recency_weighted", "quantile": 0.5, "is_conditional": False,
        "value_date": day,
    }  # fmt: skip
    frame = pl.DataFrame([row], schema=polars_schema(core.COMMUNITY_FORECAST, arriving=True))
    origin = Origin("metaculus", "post-5121", store.keep(day.isoformat().encode()), at, is_backfilled=False)
    with warehouse.transaction():
        land(warehouse, core.COMMUNITY_FORECAST, frame, origin)


@pytest.fixture(scope="module")
def table(home):
    """All rows of both editions, by day and property."""
    with Reader(home / "gpt2030.duckdb") as reader:
        rows = reader.frame("SELECT p.*, origin_date FROM out.property p JOIN out.edition USING (edition_id)")
    return {(row["origin_date"], row["property_id"]): row for row in rows.iter_rows(named=True)}


@pytest.fixture(scope="module")
def reader(home):
    with Reader(home / "gpt2030.duckdb") as opened:
        yield opened


@pytest.fixture(scope="module")
def grounds(reader, home, table):
    """What both editions are explained from, in each language."""

    @cache
    def read(day, lang="en"):
        return Grounds.read(reader, SnapshotStore(home), table[day, "know.mmlu_pct"]["edition_id"], lang=lang)

    return read


@pytest.fixture(scope="module")
def explained(table, grounds):
    """Every row of both editions, explained once."""
    return cache(lambda property_id, day=NOW: grounds(day).explain(table[day, property_id]))


def seen(explanation):
    return [row for fit in explanation.fits for row in fit.observations]


def inputs(explanation):
    return {one.input_id: one for one in explanation.inputs}


def test_every_number_that_has_happened_shows_the_rows_it_comes_from(table, explained):
    happened = [key for key, row in table.items() if row["actual_state"] == "value"]
    assert happened
    for day, property_id in happened:
        assert seen(explained(property_id, day)), (day, property_id)


def test_no_row_is_later_than_the_edition(table, explained):
    for property_id in [name for day, name in table if day == THEN]:
        for row in seen(explained(property_id, THEN)):
            assert max(row["known_date"], row["observation_date"]) <= THEN


def test_an_assumption_published_later_was_not_made(explained):
    assert inputs(explained("data.train_tokens", NOW))["data.stock_tokens"].kind == "assumption"
    then = inputs(explained("data.train_tokens", THEN))["data.stock_tokens"]
    assert then.kind == "fallback"
    assert "no limit was known" in then.said
    # Twelve billion daily users, on a day when nobody had stated how many can have them.
    users = inputs(explained("learn.dau", THEN))["learn.users_ceiling"]
    assert (users.kind, users.said) == (
        "fallback", "without limit: no limit was known: more than there are people may come out",
    )  # fmt: skip


def test_every_input_states_its_value_or_where_it_comes_from(table, explained):
    for day, property_id in table:
        for one in explained(property_id, day).inputs:
            assert (
                one.kind in {"formula", "forecast"}
                or one.said[0].isdigit()
                or one.said.startswith(("without limit", "no c", "no value known", "months from"))
            ), one


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whatever_an_explanation_calls_by_its_id_it_says_in_words_too(table, grounds, lang):
    """`overhang.data_rule  [definition]  4 by definition` told nobody what is four."""
    for day, property_id in table:
        found = grounds(day, lang).explain(table[day, property_id])
        told = "\n".join(lines(found, lang))
        for one in found.inputs:
            assert found.names[one.input_id] != one.input_id, (property_id, one.input_id)
            assert f"]  {found.names[one.input_id]}" in told
        spoken = set(
            re.findall(r"held back by ([\w.]+), which binds|(\S+) without its limit", found.row["status_reason"] or "")
        )
        assert {part for pair in spoken for part in pair if part} <= set(found.names)


def test_what_a_status_speaks_of_and_the_formula_does_not_use_is_named(explained):
    [told] = [line for line in lines(explained("overhang.chinchilla_years")) if "where overhang.work_years" in line]
    assert told == "  where overhang.work_years: Human-years of work its training compute could do"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_assumption_that_is_named_has_its_value_and_its_citation(table, grounds, lang):
    """`where data.multimodal_tokens_2030: Multimodal training data by 2030` had neither; a page gave a number from it."""
    spoken = 0
    for day, property_id in table:
        beneath = grounds(day, lang).beneath
        found = grounds(day, lang).explain(table[day, property_id])
        told = list(lines(found, lang))
        for name in set(found.names) & set(beneath.assumptions) - {one.input_id for one in found.inputs}:
            stated = beneath.assumptions[name]
            (line,) = [one for one in told if one.startswith(f"  {'where' if lang == 'en' else '其中'} {name}")]
            assert line.endswith(beneath.assumed(name))
            assert stated["citation_url"] in line
            # Whoever doubts it finds the bytes that it was read from.
            assert stated["snapshot_id"] in {one.snapshot["snapshot_id"] for one in found.evidence}
            spoken += 1
    assert spoken


def test_an_assumption_without_a_middle_value_is_told_with_its_range(explained):
    [told] = [one for one in lines(explained("learn.years_per_day")) if "where data.multimodal_tokens_2030" in one]
    assert "Multimodal training data by 2030; no central value, in tokens (p05-p95 400 T to 2e16): Epoch AI" in told


def test_a_drift_is_written_out(explained):
    """In rating points it stood as 1.08e+03."""
    told = "\n".join(line for line in lines(explained("cap.superhuman_flags")) if "drift" in line)
    assert "e+0" not in told
    assert re.search(r"drift \d,\d{3} ± [\d,]+ in the unit of the series a year", told)


def test_what_an_agent_is_stands_under_the_rows_that_count_them(explained):
    assert "  where An agent: one copy of the system" in "\n".join(lines(explained("work.agents")))
    assert "An agent" not in "\n".join(lines(explained("overhang.work_years")))


@pytest.mark.parametrize(("lang", "said"), [("en", "reinforcement learning"), ("zh", "强化学习")])
def test_what_the_tokens_of_training_leave_out_stands_under_them(table, grounds, lang, said):
    """Only the definition of the series had it, which no page and no command shows."""
    told = {name: "\n".join(lines(grounds(NOW, lang).explain(table[NOW, name]), lang))
            for name in ("data.train_tokens", "overhang.work_years", "compute.train_flop")}  # fmt: skip
    assert [name for name, text in told.items() if said in text] == ["data.train_tokens", "overhang.work_years"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_number_of_the_essay_stands_with_its_words_and_where_they_are(table, grounds, lang):
    """Who quotes a judgement found 40 %, and neither of what nor whose."""
    for (day, _), row in table.items():
        found = grounds(day, lang).explain(row)
        if row["essay_p50"] is not None:
            below = next(one for one in lines(found, lang) if "https://bounded-regret" in one)
            assert "What will GPT-2030 look like?" in below
            assert found.essay["citation_url"] in below


def test_what_was_noted_of_an_assumption_stands_under_it(explained):
    """The pages said it, and whoever asked on the command line did not learn where a range comes from."""
    found = explained("learn.dau")
    noted = found.notes["learn.dau_share"]
    told = list(lines(found))
    place = next(number for number, line in enumerate(told) if line.startswith("  learn.dau_share  [assumption]"))
    assert told[place + 1] == f"    note: {noted}"
    assert set(found.notes) <= {one.input_id for one in found.inputs if one.kind == "assumption"}
    assert not any(is_foreign(line.split("]")[-1], "zh") for line in lines(found, "zh") if "说明：" in line)


@pytest.mark.parametrize("day", [NOW, THEN])
def test_only_what_is_read_off_a_series_is_called_measured_and_what_is_worked_out_derived(table, explained, day):
    """`weekly_now` stood as derived, which in this table means measured times an assumption."""
    kinds = {(one.input_id, one.kind) for when, name in table if when == day for one in explained(name, day).inputs}
    assert {name for name, kind in kinds if kind == "measured"} == set(MEASURED_INPUTS)
    assert {name for name, kind in kinds if kind == "derived"} <= {*WEIGHED, "auto.months_ahead"}


def test_the_row_behind_the_newest_input_is_listed(table, explained):
    """`show` gave 29 Sep 2026 as the newest input, and of 87 rows the records were listed: none of that day."""
    dated = [key for key, row in table.items() if row["newest_fact_date"]]
    assert len(dated) > 50
    for day, property_id in dated:
        found, row = explained(property_id, day), table[day, property_id]
        told = "\n".join(lines(found))
        # Where several are of one day, each is dated as exactly as it is known.
        known = {(one["observation_date"], one["date_precision"]) for one in seen(found)}
        for column in ("newest_fact_date", "inputs_as_of"):
            cuts = [{"month": 7, "year": 4}.get(precision, 10) for at, precision in known if at == row[column]]
            assert any(f" {row[column].isoformat()[:cut]} " in told for cut in cuts), (day, property_id, column)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_third_party_means_is_said_where_such_rows_are_listed(table, explained, lang):
    """`[third_party: Epoch AI, benchmarks.csv]` told neither who reported it nor that it was not read there."""
    said = words(lang).explain["second_hand"]
    found = {name for day, name in table if day == NOW and said in list(lines(explained(name), lang))}
    copied = {
        name
        for day, name in table
        if day == NOW and "third_party" in {one["evidence"] for one in seen(explained(name))}
    }
    assert found == copied
    assert "know.successor_pct" in found
    assert found < {name for day, name in table if day == NOW}


def test_what_is_measured_in_another_unit_says_by_what_it_is_divided(explained):
    found = explained("auto.horizon_days")
    value, said = inputs(found)["auto.p80_now"].said.split(": ")
    assert said == "the record so far of metr/v1.1/p80-horizon, divided by 480"
    (standing,) = [row for row in seen(found) if row["is_standing"] and row["series_id"] == "metr/v1.1/p80-horizon"]
    assert float(value) == pytest.approx(standing["value"] / 480, rel=2e-3)
    assert "480" not in inputs(explained("learn.dau"))["learn.weekly_now"].said


def test_an_assumption_is_printed_as_far_as_the_next_line_can_be_worked_out(explained):
    """380 words of 1.33 tokens are 505 a minute; the row says 507, because the author's number is 4/3."""
    said = {one.input_id: one.said for one in explained("speed.multiple").inputs}["speed.tokens_per_word"]
    assert "1.333 tokens/word" in said


def test_a_definition_is_printed_in_full(explained):
    found = inputs(explained("overhang.work_years"))
    assert found["time.minutes_per_year"].said == "525,960 by definition"
    assert found["limit.sharpness"].said.startswith("2 by definition: a trend that has reached its limit gets 71 %")
    assert "each by one over the variance" in inputs(explained("speed.multiple"))["speed.trend_weight"].said
    assert inputs(explained("learn.years_per_day"))["time.days_per_year"].said == "365.25 by definition"


def test_an_assumption_names_the_row_that_states_it(table, explained):
    with_others_name = inputs(explained("learn.dau"))["learn.dau_share"]
    assert with_others_name.assumption_id == "usage.daily_share_of_weekly_users"
    assert "[stated as usage.daily_share_of_weekly_users]" in with_others_name.said
    for day, property_id in table:
        for one in explained(property_id, day).inputs:
            assert (one.assumption_id is not None) == (one.kind == "assumption"), one


def test_only_a_limit_without_which_the_row_would_be_another_holds_it_back(table):
    row = table[NOW, "learn.years_per_day"]
    limits = json.loads(row["detail_json"])["limits"]
    # The ceiling of users bounds the market, and the row is the lesser of what is served and what can be computed.
    assert limits["learn.users_ceiling"]["binding_share"] > 0.5
    for limit, said in limits.items():
        told = f"{limit}{', which' if said['holds_back'] else ''} binds in {often(said['binding_share'])} of the draws"
        assert (told in row["status_reason"]) == (said["binding_share"] > 0.5)
    assert "held back by data.stock_tokens, which binds in" in row["status_reason"]
    # It said "does not hold the row back" of a limit without which what-if had 9,100 instead of 8,500.
    slack = [said for said in limits.values() if said["binding_share"] > 0.5 and not said["holds_back"]]
    assert row["status_reason"].count("without it the median would be other by less than a fifth") == len(slack) > 0
    assert all(abs(said["without"]["p50"] / row["p50"] - 1) < 0.2 for said in slack)


def test_a_forecast_names_the_one_series_that_serves(table, explained):
    for day, property_id in table:
        found = explained(property_id, day)
        if found.row["p50"] is not None:
            assert not [one for one in found.inputs if one.kind == "forecast" and " or " in one.said], property_id


def test_every_forecast_says_its_median(table, explained):
    for day, property_id in table:
        found = explained(property_id, day)
        for one in found.inputs:
            if one.kind == "forecast" and found.row["p50"] is not None:
                assert re.match(r"[\d.,e]+( [A-Za-z])?, the median of the forecast of ", one.said), (day, one)


def test_a_reading_is_dated_no_more_exactly_than_it_is_known(explained):
    """ "End of March" stood on the first of March."""
    found = explained("learn.dau")
    known = {row["date_precision"] for row in seen(found)}
    assert known == {"day", "month"}
    said = "\n".join(lines(found))
    assert "▲ 2025-03     500,000,000 " in said
    assert "▲ 2024-12-04  300,000,000" in said


def test_every_step_says_its_median_as_the_table_has_it(table, explained):
    """507 tokens a minute stood as 510 beneath other rows, and users a week had no number at all."""
    for day, property_id in table:
        found = explained(property_id, day)
        for one in found.inputs:
            if one.kind == "formula" and found.row["p50"] is not None:
                median = one.said.partition("; today's median ")[2]
                assert re.fullmatch(r"[\d.,e]+( [A-Z])?", median), (day, property_id, one)
                if (day, one.input_id) in table:
                    assert median == today_cell(table[day, one.input_id], "en").text, (day, property_id, one)


def test_a_fit_that_a_row_does_not_take_is_said_to_be_unused(explained):
    said = "\n".join(lines(explained("auto.horizon_days")))
    assert "the row does not use this fit, only what is measured of the series" in said
    assert "does not use this fit" not in "\n".join(lines(explained("learn.dau")))
    assert "where softmin(a, b, s) is (a^-s + b^-s)^(-1/s)" in said
    assert "softmin" not in "\n".join(lines(explained("learn.dau")))


def test_the_factor_of_training_is_said_where_it_stands_and_nowhere_else(explained):
    said = {
        name: "\n".join(lines(explained(name))) for name in ("overhang.work_years", "overhang.fwd_passes", "learn.dau")
    }
    of_it = {
        name for name, text in said.items() if "where the factor 3 is of training: it costs six operations" in text
    }
    assert of_it == {"overhang.work_years", "overhang.fwd_passes"}


@pytest.mark.parametrize(("lang", "said"), [("en", "measured no more: "), ("zh", "不再测量：")])
def test_a_series_that_has_ended_says_why_it_counts_as_ended(table, grounds, lang, said):
    """ "Measured no more" stood over METR's horizon, and that its page has been silent since May only in the docs."""
    found = grounds(NOW, lang).explain(table[NOW, "auto.metr_h"])
    told = [line.strip() for line in lines(found, lang) if said in line]
    assert len(told) == 2
    assert all("2026-05-08" in line or "2026 年 5 月 8 日" in line for line in told)


def test_every_forecast_input_has_its_series(table, explained):
    for day, property_id in table:
        found = explained(property_id, day)
        wanted = [one for one in found.inputs if one.kind == "forecast"]
        shown = [fit.series["series_id"] for fit in found.fits]
        assert all(any(series_id in one.said for series_id in shown) for one in wanted), (day, property_id)


def test_the_crowds_answer_is_that_of_the_day(explained):
    answers = explained("act.agi_date").answers
    assert [row["value_date"] for row in answers] == [date(2031, 1, 1)]


def test_the_bytes_behind_an_answer_are_verified_too(explained):
    found = explained("act.agi_date")
    assert {row["snapshot_id"] for row in found.answers} <= {one.snapshot["snapshot_id"] for one in found.evidence}
    assert found.is_sound


def test_a_corrected_row_is_shown_as_it_was_used(reader, home, table, explained):
    row = next(row for row in seen(explained("math.sota_pct")) if row["value"] == 0.503)
    where = {"series_id": row["measured_as"], "source_row_id": row["source_row_id"]}
    correction = Correction(
        1, "core.observation", where, "override", "value", "a slip", "https://example.org", date(2027, 1, 1), 0.503, 0.5
    )
    found = explain(reader, SnapshotStore(home), table[NOW, "math.sota_pct"], [correction])
    corrected = next(one for one in seen(found) if one["correction_note"])
    assert (corrected["value"], corrected["correction_note"]) == (0.5, "a slip")


def test_lost_bytes_are_told(tmp_path, reader, table):
    found = explain(reader, SnapshotStore(tmp_path), table[NOW, "know.mmlu_pct"])
    assert not found.is_sound
    assert all("is missing" in one.problem for one in found.evidence)


def test_a_series_named_in_words_is_told_from_its_longer_neighbours(table, explained):
    """`imo/points/official` in the note of the row, and nothing whose id merely begins alike."""
    assert "imo/points/official" in table[NOW, "math.imo_gold_date"]["actual_note"]
    assert [fit.series["series_id"] for fit in explained("math.imo_gold_date").fits] == ["imo/points/official"]


@pytest.mark.parametrize("day", [NOW, THEN])
def test_in_chinese_every_row_is_explained_without_an_english_sentence(table, grounds, day):
    """Names, ids, formulas, and what is cited or quoted stay as they are."""
    for property_id in [name for when, name in table if when == day]:
        for line in lines(grounds(day, "zh").explain(table[day, property_id]), "zh"):
            own = re.sub(r"［[^］]*］|：[^：]*<[^>]*>|^  \S{64} .*|^公式.*|= .*", "", line)
            assert not is_foreign(own, "zh"), (property_id, line)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_number_without_its_unit_names_it(table, grounds, lang):
    """So far 17.4, today 27: of hours, said neither the label nor the formula."""
    w = words(lang)
    told = {
        name: [line.removeprefix(w.explain["unit"]) for line in lines(grounds(NOW, lang).explain(row), lang)
               if line.startswith(w.explain["unit"])]
        for (day, name), row in table.items() if day == NOW
    }  # fmt: skip
    assert told["auto.metr_h"] == [w.unit("hours")]
    assert told["speed.day_task_minutes"] == [w.unit("minutes")]
    # Days and per cent stand in the number.
    assert told["math.date_92pct"] == told["know.mmlu_pct"] == []
    assert all(len(one) <= 1 for one in told.values())


def test_chinese_has_no_half_width_joint_between_its_clauses_and_one_spelling_of_a_number(table, grounds):
    said = {
        name: "\n".join(lines(grounds(NOW, "zh").explain(table[NOW, name]), "zh"))
        for name in ("compute.train_flop", "math.sota_pct", "cyber.horizon")
    }
    assert not re.search(r">; |：  ?[a-z]|： |） 的", said["compute.train_flop"] + said["math.sota_pct"])
    assert "（若无则取 training-compute/all）" in said["compute.train_flop"]
    assert "×10" not in said["compute.train_flop"]
    assert "截至目前  1e27" in said["compute.train_flop"]
    # What the two names in its formula stand for, in both languages.
    english = "\n".join(lines(grounds(NOW).explain(table[NOW, "cyber.horizon"])))
    assert all(f"{name} " in one.partition("其中")[2] + one.partition("where")[2]
               for one in (said["cyber.horizon"], english) for name in ("months", "doubling_months"))  # fmt: skip


def test_large_readings_have_their_thousands_apart(explained):
    said = "\n".join(lines(explained("data.train_tokens")))
    assert "48,000,000,000,000 tokens" in said
    assert not re.search(r"(?<![\d,.])\d{5,} tokens", said)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_reading_of_a_share_is_told_in_per_cent_as_the_rows_are(table, grounds, lang):
    """So far 95.8 %, said the row, and the reading behind it 0.957702 share."""
    w, shares = words(lang), 0
    for property_id in [name for when, name in table if when == NOW]:
        found = grounds(NOW, lang).explain(table[NOW, property_id])
        said = list(lines(found, lang))
        assert [line for line in said if re.search(rf"\d {w.unit('share')}\b", line)] == [], property_id
        for fit in found.fits:
            if fit.series.get("unit") == "share" and any(row["is_standing"] for row in fit.observations):
                (best, *_) = [row["value"] for row in fit.observations if row["is_standing"]]
                assert any(f" {w.percent.format(f'{100 * best:.7g}')}  " in line for line in said), property_id
                shares += 1
    assert shares > 5


def test_a_level_is_no_record(explained, grounds, table):
    """Which of the two a number is was left open: the record so far or the median."""
    assert "the record so far of usage/chatgpt/weekly-users" in inputs(explained("learn.dau"))["learn.weekly_now"].said
    kept = grounds(NOW)
    series = {name: row | {"direction": "level"} for name, row in kept.beneath.series.items()}
    level = replace(kept.beneath, series=series).inputs("learn.dau")
    (said,) = [one.said for one in level if one.input_id == "learn.weekly_now"]
    assert said.endswith(": the median of what was read lately of usage/chatgpt/weekly-users")


def test_both_languages_explain_the_same_numbers(grounds, table):
    row = table[NOW, "overhang.work_years"]
    english, chinese = (grounds(NOW, lang).explain(row) for lang in ("en", "zh"))
    assert [(one.input_id, one.depth, one.kind, one.assumption_id) for one in english.inputs] == [
        (one.input_id, one.depth, one.kind, one.assumption_id) for one in chinese.inputs
    ]
    assert english.fits == chinese.fits
    assert english.notes == chinese.notes
    # Notes and the remarks of fits with them, which were left out as English sentences.
    assert chinese.notes
    assert len(list(lines(english, "en"))) == len(list(lines(chinese, "zh")))


def test_what_others_forecast_of_a_row_and_its_series_is_there_in_both_languages(published):
    home = published(SAMPLE_DAY)
    found = json.loads(asked(home, "auto.metr_h", "--json"))
    assert {"cotra-2026", "leap-experts"} <= {one["forecaster_id"] for one in found["others"]}
    said = asked(home, "auto.metr_h")
    assert "metr/v1.1/p50-horizon: 1,440 minutes for 31 Dec 2026, by Ajeya Cotra, 2026 on 14 Jan 2026: Cotra" in said
    # A day that is itself forecast is for no day.
    assert "act.agi_date: 2036, by Metaculus, as quoted on 30 Apr 2022" in asked(home, "act.agi_date")
    assert "他人的预测" in asked(home, "auto.metr_h", "--lang", "zh")


def asked(home, *arguments):
    done = CliRunner().invoke(cli, ["explain", *arguments], env={"GPT2030_HOME": str(home), "COLUMNS": "400"})
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.parametrize(
    ("count", "noun", "said"),
    [(1, "record", "1 record"), (11, "record", "11 records"), (1, "row", "1 row"), (0, "reading", "0 readings")],
)
def test_one_is_no_plural(count, noun, said):
    assert counted(count, noun, words("en").explain) == said


def test_what_a_publisher_writes_is_left_as_it_is(explained):
    """Plurals were mended over whole lines, cited titles among them."""
    found = deepcopy(explained("math.imo_gold_date"))
    found.fits[0].observations[0] |= {"citation_title": "1 records of the IMO"}
    assert "1 records of the IMO" in "\n".join(lines(found))


@pytest.mark.parametrize(
    ("property_id", "scale"),
    [
        ("learn.dau", "powers of ten a year"),
        ("know.successor_pct", "logits (log of what is reached over what is left) a year"),
    ],
)
def test_a_drift_says_on_which_scale_it_is(explained, property_id, scale):
    """ "On the fitted scale" left open whether 0.82 is a factor, a point or a power of ten."""
    assert re.search(rf"drift [-.\de]+ ± [.\de]+ {re.escape(scale)}", "\n".join(lines(explained(property_id))))
    assert {f"scale_{one}" for one in core.SCALES} <= words("en").explain.keys()


def test_what_the_number_so_far_assumes_of_today_stands_beside_what_the_forecast_does(explained):
    said = inputs(explained("learn.copies_compute"))["learn.train_years"].said
    assert said.startswith("0.75 years")
    assert "[for what is so far 0.3 years, train.run_years_now]" in said
    (source,) = [one for one in explained("learn.copies_compute").beside.items() if one[0] == "train.run_years_now"]
    assert "Epoch AI, Data on AI models" in source[1]
    assert "train.run_years" not in explained("learn.copies_compute").beside
