"""What the sentence of a run promises: which kind of day it spoke for, and which sources were not read."""

import pytest

from flows.run.summary import Summary


def summary(**said):
    return Summary("run", "published", "2040-01-01-0badcafe", "2040-01-01", 3, 0, (), (), "home", **said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({}, "published 2040-01-01-0badcafe: 3 rows"),
        ({"is_replay": True}, "-0badcafe, a replay of 2040-01-01: 3 rows"),
        ({"is_rehearsal": True}, "-0badcafe, a rehearsal of 2040-01-01, which has not come: 3 rows"),
        (
            {"is_dry_run": True},
            "would have published 2040-01-01-0badcafe: 3 rows landed in all tables; a dry run: nothing",
        ),
    ],
)
def test_a_day_gone_by_and_one_to_come_are_told_from_today(said, kind):
    assert kind in summary(**said).sentence()
