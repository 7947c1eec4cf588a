"""What each day of a soak cost, by part, and how that grows."""

from __future__ import annotations

import math
import os
import stat
from dataclasses import dataclass, field
from statistics import mean
from typing import TYPE_CHECKING, Final, NamedTuple

from warehouse.footprint import OTHER, PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# What the file system takes from the disk is told in these.
SECTOR: Final = 512
# Said on stderr: what a journal or a log would keep.
LOGS: Final = "said"
COLUMNS: Final = (*PARTS, OTHER, LOGS)
MEGABYTE: Final = 1e6


@dataclass
class Cost:
    """One day: seconds of its commands by the clock and of the processor, peak memory, and the disk by part after."""

    seconds: float = 0.0
    processor: float = 0.0
    megabytes: float = 0.0
    is_command: bool = False  # and left its run with Prefect
    disk: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        """Its numbers in one line."""
        parts = " ".join(f"{self.disk.get(name, 0) / MEGABYTE:8.2f}" for name in COLUMNS)
        return f"{self.seconds:6.1f} {self.processor:6.1f} {self.megabytes:6.0f} {parts}"


def head() -> str:
    """The names over the lines of `Cost`."""
    parts = " ".join(f"{name[:8]:>8}" for name in COLUMNS)
    return f"{'s':>6} {'cpu s':>6} {'MB mem':>6} {parts} (MB on the disk)"


def disk_by_part(home: Path) -> dict[str, int]:
    """The bytes that each part of a home takes of the disk, blocks and folders counted, a file of two names once."""
    found, seen = dict.fromkeys((*PARTS, OTHER), 0), set[int]()
    for path in home.iterdir():
        part = next((part for part, begin in PARTS.items() if path.name.startswith(begin)), OTHER)
        for one in _all(path):
            found[part] += 0 if one.st_ino in seen else one.st_blocks * SECTOR
            seen.add(one.st_ino)
    return found


def _all(path: Path) -> Iterator[os.stat_result]:
    about = path.lstat()
    yield about
    if stat.S_ISDIR(about.st_mode):
        for folder, folders, names in os.walk(path):
            for name in (*folders, *names):
                yield os.lstat(os.path.join(folder, name))  # noqa: PTH118 - tens of thousands of them


def slope(values: Sequence[float]) -> float:
    """What a straight line through the values of successive days rises by in a day (least squares)."""
    if len(values) < 2:
        return 0.0
    middle, level = (len(values) - 1) / 2, mean(values)
    spread = sum((k - middle) ** 2 for k in range(len(values)))
    return sum((k - middle) * (value - level) for k, value in enumerate(values)) / spread


class Rise(NamedTuple):
    """What a number is on average over successive days, how it rises in a day, and what that may be wrong by."""

    level: float
    slope: float
    error: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Rise:
        """By least squares; the error is two standard errors of the slope."""
        level, rise = mean(values), slope(values)
        middle, count = (len(values) - 1) / 2, len(values)
        if count < 3:
            return cls(level, rise, math.inf)
        rest = sum((value - level - rise * (k - middle)) ** 2 for k, value in enumerate(values))
        spread = sum((k - middle) ** 2 for k in range(count))
        return cls(level, rise, 2 * math.sqrt(rest / (count - 2) / spread))


@dataclass(frozen=True, slots=True)
class Slopes:
    """What days without fault or news cost more each day: processor seconds, megabytes of memory, bytes by part."""

    days: int
    processor: Rise
    megabytes: Rise
    disk: dict[str, float]
    prefect_a_run: float

    @classmethod
    def of(cls, costs: Sequence[Cost]) -> Slopes:
        """Of successive days."""
        disk = {name: slope([one.disk.get(name, 0) for one in costs]) for name in COLUMNS}
        seconds, memory = [one.processor for one in costs], [one.megabytes for one in costs]
        commands = [one.disk.get("prefect", 0) for one in costs if one.is_command]
        return cls(len(costs), Rise.of(seconds), Rise.of(memory), disk, slope(commands))

    @property
    def megabytes_a_day(self) -> float:
        """All parts of the disk together."""
        return sum(self.disk.values()) / MEGABYTE

    def lines(self) -> Iterator[str]:
        """The slopes in words."""
        yield f"over the last {self.days} days, without fault or news, a day takes"
        yield f"  {_said(self.processor, 's of the processor')}"
        yield f"  {_said(self.megabytes, 'MB of memory at most')}"
        yield f"  {self.megabytes_a_day:.2f} MB of the disk more each day: " + ", ".join(
            f"{name} {value / 1e3:.0f} kB" for name, value in self.disk.items()
        )
        yield f"  prefect: {self.prefect_a_run / 1e3:+.0f} kB for each run that was a command"


def _said(rise: Rise, unit: str) -> str:
    return f"{rise.level:.1f} {unit}, {rise.slope:+.3f} more each day (give or take {rise.error:.3f})"


# A slope is judged by where it leads within a year, and only as far as it is more than the wavering of the days.
YEAR: Final = 365
MOST_GROWTH: Final = 1.0
# Kept for ever, a run is 150 kB of Prefect's database.
MOST_A_RUN: Final = 50_000


def too_steep(slopes: Slopes, most_megabytes: float) -> list[str]:
    """The slopes that are not flat: memory or time that would double within a year, or more disk a day than that."""
    found = [
        f"{name} would more than double within a year: {_said(rise, name)}"
        for name, rise in (("seconds", slopes.processor), ("megabytes", slopes.megabytes))
        if (rise.slope - rise.error) * YEAR > MOST_GROWTH * rise.level
    ]
    if slopes.megabytes_a_day > most_megabytes:
        found.append(f"{slopes.megabytes_a_day:.2f} MB of disk a day without news, more than {most_megabytes:g}")
    if slopes.prefect_a_run > MOST_A_RUN:
        found.append(f"Prefect's history grows by {slopes.prefect_a_run / 1e3:.0f} kB with each run")
    return found
