"""corrections.toml: known false alarms are declared with check, reason and last day, or refused by name."""

from __future__ import annotations

from datetime import date

import pytest

from warehouse.checks.suppressions import Suppression, SuppressionError, expired, load_suppressions

WHOLE = """
[[suppressions]]
check_name = "publishers_agree"
reason = "Epoch re-ran GPT-4 with other prompts"
until = 2027-01-31
"""


@pytest.fixture
def declare(tmp_path):
    def write(text):
        path = tmp_path / "corrections.toml"
        path.write_text(text, encoding="utf-8")
        return load_suppressions(path, {"publishers_agree", "sources_fresh"})

    return write


def test_no_file_is_no_suppressions(tmp_path):
    assert load_suppressions(tmp_path / "corrections.toml", set()) == ()


def test_corrections_may_stand_in_the_same_file(declare):
    assert len(declare("[[corrections]]\n" + WHOLE)) == 1


def test_an_entry_says_what_it_covers(declare):
    (one,) = declare(WHOLE + 'at_most = 2\nsource_id = "metr"')

    assert one == Suppression("publishers_agree", "Epoch re-ran GPT-4 with other prompts", date(2027, 1, 31), "metr", 2)
    assert one.covers("publishers_agree", "metr", 2)
    assert not one.covers("publishers_agree", "metr", 3)
    assert not one.covers("publishers_agree", None, 1)
    assert not one.covers("sources_fresh", "metr", 1)


def test_without_a_source_it_covers_every_publisher(declare):
    (one,) = declare(WHOLE)

    assert one.covers("publishers_agree", None, 10_000)
    assert one.covers("publishers_agree", "metr", 1)


def test_it_has_expired_the_day_after_its_last(declare):
    entries = declare(WHOLE)

    assert expired(entries, date(2027, 1, 31)) == []
    assert expired(entries, date(2027, 2, 1)) == list(entries)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[suppressions", "is not TOML"),
        ("[[ignore]]", "ignore is none of [[corrections]] and [[suppressions]]"),
        ("suppressions = 3", "suppressions is none of"),
        (WHOLE + "untill = 2027-01-01", "suppression 1: unknown key untill"),
        (WHOLE.replace("publishers_agree", "publishers_argue"), "there is no check publishers_argue"),
        (WHOLE.replace("2027-01-31", '"2027-01-31"'), "until = '2027-01-31' must be a date"),
        (WHOLE.replace("2027-01-31", "2027-01-31T00:00:00"), "must be a date"),
        (WHOLE + "at_most = true", "at_most = True must be a int"),
        (WHOLE.replace("Epoch re-ran GPT-4 with other prompts", " "), "reason is missing"),
        ('[[suppressions]]\ncheck_name = "publishers_agree"\nreason = "known"', "until is missing"),
        (WHOLE + WHOLE.replace("reason", "season"), "suppression 2: unknown key season"),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused_by_name(text, complaint, declare):
    with pytest.raises(SuppressionError) as refusal:
        declare(text)
    assert complaint in str(refusal.value)
    assert "corrections.toml" in str(refusal.value)
