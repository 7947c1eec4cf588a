"""A home that lives through a script: each day its fault, what becomes of it by itself, and what that cost."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra.trials.soak import child
from infra.trials.soak.figures import LOGS, Cost, disk_by_part
from infra.trials.soak.laws import Heard, broken
from infra.trials.soak.script import MUTE, Fault
from infra.trials.soak.tasks import REFRESH, Evening, command, look, refresh_in_place, standing_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from infra.trials.home_check import Standing
    from infra.trials.soak.around import Disk, Outside
    from infra.trials.soak.child import Finished
    from infra.trials.soak.script import Day

MEBIBYTE: Final = 1 << 20
# Too little for any refresh.
FREE: Final = 4 * MEBIBYTE
# A quiet day is done in place, without Prefect, but for every fifth: its history of runs must not grow either.
COMMAND_EVERY: Final = 5
# How far into its run a refresh is killed, as a share of what the last command took; and when it loses its server.
KILLED_AT: Final = (0.1, 0.7)
SERVER_AFTER: Final = 1.0
WORDS_OF_A_FULL_DISK: Final = ("room", "space")


class Home:
    """One home, its disk, and all that it rests on."""

    def __init__(self, disk: Disk, outside: Outside) -> None:
        """Nothing is there yet; `live` makes the first edition."""
        self.path = disk.place / "home"
        self.outside = outside
        self.can_fill = disk.is_small
        self.costs: list[Cost] = []
        self.lived: list[Day] = []
        self.evening = Evening()
        self._disk = disk
        self._chance = random.Random(20261128)
        self._whole: Standing | None = None
        self._said: list[str] = []
        self._problems: list[str] = []
        self._logged = 0
        self._pace = 5.0

    def live(self, script: Callable[[], list[Day]]) -> list[str]:
        """Live through the days of a script against one Prefect API, kept in the home; returns what broke."""
        from flows.engine import SILENT, prefect_api, wait_until_healthy
        from flows.settings import set_environment_defaults
        from infra.trials.trial_commands import load

        set_environment_defaults(SILENT)
        with prefect_api(self.path) as address:
            load()
            wait_until_healthy(address)
            # Not before: Prefect, which reckons the times, looks for its API when it is imported.
            for day in script():
                self._day(day)
        return self._problems

    def _day(self, day: Day) -> None:
        self.costs.append(Cost())
        self.lived.append(day)
        self._said, heard = [], len(self.outside.receiver.signs)
        self._prepare(day.fault)
        self._befall(day)
        if day.number % 3 == 0 or day.fault is not None:
            self._do(day.due + timedelta(hours=6), command("alerts", "deliver"), must_end_well=False)
        if self._whole is None:
            self._whole = {name: frozenset(keys) for name, keys in child.run(day.due, standing_rows(self.path)).answer}
        seen = child.run(day.evening, look(self.path, day.date, self._whole))
        self.evening = Evening.of(seen.answer) if seen.answer else Evening(damage=f"cannot be looked at: {seen.said}")
        self._problems += broken(day, self.evening, Heard(self._said, self.outside.receiver.signs[heard:]))
        self._logged += sum(len(said.encode()) for said in self._said)
        self.costs[-1].disk = {**disk_by_part(self.path), LOGS: self._logged}
        print(f"{day.number:4} {day.date} {day.fault or '':24} {self.costs[-1].line()}", flush=True)

    def _prepare(self, fault: Fault | None) -> None:
        """Let the outside be as the day has it."""
        scores = self.outside.scores
        scores.ails = {
            Fault.DOWN_MUTE: "down", Fault.WRONG_MUTE: "wrong", Fault.HELD: "held",
        }.get(fault) if fault else None  # fmt: skip
        if fault is Fault.NEWS:
            scores.add()
        if fault is Fault.REVISED:
            scores.revise()
        self.outside.receiver.is_down = fault in MUTE

    def _befall(self, day: Day) -> None:
        """Make the refresh of the day, as its fault has it."""
        done: dict[Fault, Callable[[], object]] = {
            Fault.FULL: lambda: self._full(day),
            Fault.KILLED: lambda: self._killed(day),
            Fault.TWO: lambda: self._two(day),
            Fault.SERVER: lambda: self._server(day),
            Fault.BACK: lambda: self._back(day),
        }
        if day.fault in done:
            done[day.fault]()
        elif day.fault is None and day.number % COMMAND_EVERY:
            self._do(day.due, refresh_in_place)
        else:
            self.costs[-1].is_command = True
            self._pace = self._do(day.due, command(*REFRESH)).seconds

    def _full(self, day: Day) -> None:
        if not self.can_fill:
            self._do(day.due, command(*REFRESH))
            return
        with self._disk.full(FREE):
            ended = self._do(day.due, command(*REFRESH), must_end_well=False)
        if not ended.code:
            self._problems.append(f"day {day.number}: published with {FREE} bytes free: the disk was not full")
        elif not any(word in ended.said.lower() for word in WORDS_OF_A_FULL_DISK):
            self._problems.append(f"day {day.number}: does not say that the disk is full: {ended.said[-300:]}")

    def _killed(self, day: Day) -> None:
        started = child.start(day.due, command(*REFRESH))
        time.sleep(self._pace * self._chance.uniform(*KILLED_AT))
        if not started.kill():
            self._problems.append(f"day {day.number}: ended before it was killed: nothing was tried")

    def _two(self, day: Day) -> None:
        # Whichever comes second waits for the other, on a busy machine for longer than by default.
        first, second = (child.start(day.due, command(*REFRESH, "--wait", "600")) for _ in range(2))
        for one in (first, second):
            self._note(day, one.ended(), must_end_well=True)

    def _server(self, day: Day) -> None:
        started = child.start(day.due, command(*REFRESH))
        time.sleep(SERVER_AFTER)
        os.kill(_server_of_ours(), signal.SIGKILL)
        self._note(day, started.ended(), must_end_well=True)

    def _back(self, day: Day) -> None:
        """The machine's clock is a day behind, and set right some hours later: what was due is then made up for."""
        self._do(day.due - timedelta(days=1) + timedelta(hours=2), command(*REFRESH))
        self._do(day.due + timedelta(hours=4), command(*REFRESH))

    def _do(self, moment: datetime, task: Callable[[], object], *, must_end_well: bool = True) -> Finished:
        ended = child.run(moment, task)
        self._note(self.lived[-1], ended, must_end_well=must_end_well)
        return ended

    def _note(self, day: Day, ended: Finished, *, must_end_well: bool) -> None:
        cost = self.costs[-1]
        cost.seconds += ended.seconds
        cost.processor += ended.processor
        cost.megabytes = max(cost.megabytes, ended.megabytes)
        self._said.append(ended.said)
        if ended.code is None or (must_end_well and ended.code):
            self._problems.append(f"day {day.number}: ended with {ended.code}: {ended.said[-300:]}")


def _server_of_ours() -> int:
    """The process of the Prefect server that this process has started."""
    wanted = (b"flows.temporary_server", str(os.getpid()).encode())
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:  # it has ended
            continue
        if all(word in words for word in wanted):
            return int(place.parent.name)
    raise ProcessLookupError("no Prefect server of ours is at work")
