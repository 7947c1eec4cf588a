"""A line of `diff` reads as one sentence, and the list of alerts names each of its columns."""

from __future__ import annotations

import pytest

from flows.commands.diff import _cells, _print
from flows.edition.words import LANGUAGES, words
from models.changes.size import CAUSES

MOVED = {
    "property_id": "math.successor_pct", "label_en": "A row", "label_zh": "一行", "unit": "%",
    "status_before": "open", "status": "retired", "p50_before": None, "p50": None, "size_spreads": None,
    "causes": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "reason", "otherwise", "told"),
    [
        ("en", "Saturated; followed by tier 4 (used up itself).", "now by b (before: a)", "(used up itself); now by b (before: a)"),
        ("en", "Saturated.", "", ": Saturated"),
        ("zh", "已饱和；后继：第 4 级（本身也已用尽）。", "现按 b 计算（此前：a）", "（本身也已用尽）"),
    ],
)  # fmt: skip
def test_a_reason_ends_without_a_full_stop_where_more_is_said_behind_it(lang, reason, otherwise, told):
    why = _cells(MOVED | {"status_reason": reason, "otherwise": otherwise}, lang)[-1]
    assert told in why
    assert why.endswith(otherwise or told)
    assert not {".;", "。;", "。；", ".；"} & {why[place : place + 2] for place in range(len(why))}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_column_of_the_list_of_alerts_has_a_heading(lang):
    assert all(words(lang).alerts[name] for name in ("id", "fired", "severity", "state", "alert", "delivery"))


LITTLE = MOVED | {
    "label_en": "Copies", "status": "open", "p50_before": 50.0, "p50": 50.1, "size_spreads": 0.02, "direction": "up",
    "causes": dict.fromkeys(CAUSES, 0.0), "told_as": {cause: cause for cause in CAUSES}, "reaches": {}, "otherwise": "",
    "status_reason": "",
}  # fmt: skip


@pytest.mark.parametrize(("lang", "counted"), [("en", "1 row moved"), ("zh", "：1 行")])
def test_a_row_that_was_asked_for_is_neither_held_back_nor_sent_for(lang, counted, capsys):
    """Under the row stood that none had moved, that one had moved by less, and that --property would show it."""
    _print({"old": "A", "new": "B", "properties": [LITTLE | {"rows": []}]}, lang)
    asked = capsys.readouterr().out
    assert counted in asked
    assert "--property" not in asked
    _print({"old": "A", "new": "B", "properties": [LITTLE]}, lang)
    assert "--property" in capsys.readouterr().out
