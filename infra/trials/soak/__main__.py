"""Months of a home, day by day, while all around it fails: `python -m infra.soak --days 120`.

Each day a refresh is made at the moment when the schedule is due, over a change of the clocks, and something befalls
it: a feed is down, wrong, refused or revised, the receiver of alerts is down, the disk is full, the run is killed, two
run at once, Prefect's server is killed, the clock goes back a day. Nobody does anything by hand. In the evening there
is an edition of the day or one that is called stale, with somebody told; all verifies, nothing is left half done, and
each letter has come in once. Days without a fault are done in place, without Prefect; those with one as commands.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from infra.trials.soak.around import Outside, disk
from infra.trials.soak.figures import MEGABYTE, Slopes, head, too_steep
from infra.trials.soak.home import Home
from infra.trials.soak.laws import undelivered, untold
from infra.trials.soak.script import LEAST, LONG, plan, quiet_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.trials.soak.script import Day

# Without news a day may cost so much of the disk, all parts together.
MOST_MEGABYTES = 0.4


def main(script: Callable[[], list[Day]], most_megabytes: float, outside: Outside) -> int:
    """Live through the days of a script; returns the exit code."""
    begun = time.monotonic()
    with disk() as place, outside:
        os.environ |= outside.variables(place.place / "home")
        home = Home(place, outside)
        print(f"{'day':4} {'date':10} {'fault':24} {head()}", flush=True)
        problems = home.live(script)
        problems += undelivered(home.evening, outside.receiver)
        problems += untold(outside.receiver, {day.fault for day in home.lived} if home.can_fill else set())
    days = len(home.costs)
    if days >= LONG:
        slopes = Slopes.of(home.costs[quiet_from(days) :])
        print(*slopes.lines(), sep="\n")
        problems += too_steep(slopes, most_megabytes)
    for one in problems:
        print(one)
    print(_sentence(days, home, time.monotonic() - begun, problems))
    return int(bool(problems))


def _sentence(days: int, home: Home, seconds: float, problems: list[str]) -> str:
    faults = sum(day.fault is not None for day in home.lived)
    receiver, total = home.outside.receiver, sum(home.costs[-1].disk.values()) / MEGABYTE
    left_out = "" if home.can_fill else "; no file system could be mounted, so the disk was never full"
    return (
        f"{days} days, {faults} with a fault, {seconds:.0f} s ({sum(one.processor for one in home.costs):.0f} s of the "
        f"processor), {len(receiver.taken)} letters taken, {receiver.refused} refused, {total:.0f} MB in the end, "
        f"{len(problems)} problems{left_out}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=120, help=f"at least {LEAST} (default: %(default)s)")
    parser.add_argument(
        "--most-mb", type=float, default=MOST_MEGABYTES, help="of disk a day without news (default: %(default)s)"
    )
    options = parser.parse_args()
    if options.days < LEAST:
        parser.error(f"{options.days} days hold not every fault; ask for {LEAST} at least")
    sys.exit(main(partial(plan, options.days), options.most_mb, Outside()))
