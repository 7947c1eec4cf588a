"""Old editions make room by themselves, where the settings say so: each refresh thins them as `gpt2030 prune` does."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flows.edition.thinned import thinned_pages
from warehouse.editions import EditionShelf
from warehouse.thinning import thinnable

if TYPE_CHECKING:
    from flows.run.run import Run
    from flows.settings import Clock
    from warehouse.thinning import Thinnable

# A home that is given the setting late has hundreds to thin: no run pays for all of them.
A_RUN: Final = 10
_LOG: Final = logging.getLogger("gpt2030")


def thin_old(run: Run) -> int:
    """Thin the oldest editions that are past `editions_whole_days`, A_RUN at most; returns how many.

    Call when the run has published. None for a dry run, whose home is thrown away, and none without the setting.
    """
    days = run.settings.editions_whole_days
    if days is None or run.request.is_dry_run:
        return 0
    # Of two days the earlier: one that is given, and has not come yet, must not make editions old.
    today = min(run.clock.today, run.clock.wall.date()) if run.clock.wall else run.clock.today
    shelf, done = EditionShelf(run.home), 0
    try:
        for one in thinnable(run.warehouse, shelf, today - timedelta(days=days))[:A_RUN]:
            thin(shelf, one, run.clock)
            done += 1
    except OSError as error:
        # What is published stands; the next refresh puts back what is half done, and tries again.
        _LOG.warning("old editions were not thinned: %s", error)
    return done


def thin(shelf: EditionShelf, one: Thinnable, clock: Clock) -> None:
    """Leave of an edition its tables and a page that says so."""
    shelf.thin(one.edition_id, thinned_pages(one.edition_id, one.origin_date, clock.today), clock.now)
