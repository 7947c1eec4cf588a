"""What a check run says in numbers and words: checks are counted once, and examples are called examples."""

from datetime import date, datetime

import pytest

from flows.edition.behind import tally
from warehouse.checks.check import EXAMPLES, Check, CheckMoment, Finding
from warehouse.checks.report import report

MOMENT = CheckMoment(date(2026, 11, 27), datetime(2026, 11, 27))
FRESH = Check("sources_fresh", "no publisher is stale", "note")
SOUND = Check("scales_sound", "every scale is sound", "note")


def rows(*found):
    return report("1", MOMENT, (FRESH, SOUND), {FRESH.name: found, SOUND.name: ()}).rows


# The third check is suppressions_current, which every run asks.
@pytest.mark.parametrize(
    ("found", "counted"),
    [((), (3, 3)), ((Finding("metr", 1, "a"),), (3, 2)), ((Finding("metr", 1, "a"), Finding("essay", 1, "b")), (3, 2))],
)
def test_a_check_is_counted_once_however_many_publishers_it_concerns(found, counted):
    assert tally(rows(*found)) == counted


def test_of_no_results_nothing_is_counted():
    assert tally(rows().clear()) == (0, 0)


@pytest.mark.parametrize(("count", "said"), [(EXAMPLES, "a; b; c"), (EXAMPLES + 1, "for example a; b; c")])
def test_what_is_left_out_of_the_evidence_is_not_left_unsaid(count, said):
    (failed,) = [one for one in rows(Finding(None, count, "a; b; c")).iter_rows(named=True) if not one["is_passed"]]
    assert (failed["evidence"], failed["affected_count"]) == (said, count)
