"""Random what-ifs against one edition: `python -m infra.trials.whatif_trial [times] [--seed S]`.

Four laws are held for each. It gets an answer, without a warning above it. The parts of every row sum to its shift, to
1e-9 on its scale. The id gives the same bytes again. And what stands before the change is the edition, the same in all.
The empty what-if must be the edition as published. Rows that have no number under what is assumed are counted as left
out.
"""

from __future__ import annotations

import json
import math
import random
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flows.ask.whatif import under_assumptions
from infra.sample import publish_sample
from infra.trials.asked import asked
from models.changes.whatif import MOST_AT_ONCE, SCENARIOS, Assumption, read_identifier
from models.properties.declared_inputs import ASSUMED, LIMITS
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMES: Final = 2000
TOLERANCE: Final = 1e-9
# How many assumptions are drawn at once: each doubles the tables to compute.
HOW_MANY: Final = (1, 1, 1, 2, 2, 2, 3, 3, 4)
# A few have as many as may be asked.
SHARE_OF_MOST: Final = 0.005


@dataclass(slots=True)
class Found:
    """What the trials found: the largest error of a sum, rows compared, rows left out, and every law broken."""

    largest: float = 0.0
    rows: int = 0
    left_out: int = 0
    problems: list[str] = field(default_factory=list)


def drawn(chance: random.Random) -> list[Assumption]:
    """Assumptions of one what-if: numbers, ranges, limits at infinity, and now and then a scenario."""
    names = list(SCENARIOS[chance.choice(list(SCENARIOS))]) if chance.random() < 0.1 else []
    taken = {text.partition("=")[0] for text in names}
    most = MOST_AT_ONCE if chance.random() < SHARE_OF_MOST else max(len(names), chance.choice(HOW_MANY))
    others = chance.sample(sorted(ASSUMED.keys() - taken), most - len(names))
    return [Assumption.read(text) for text in (*names, *(_one(name, chance) for name in others))]


def _one(name: str, chance: random.Random) -> str:
    # Far beyond what anybody would say as well: a sum must hold wherever a row still has a number.
    middle = 10 ** chance.uniform(-3, 30 if name in LIMITS else 6)
    kind = chance.random()
    if name in LIMITS and kind < 0.3:
        return f"{name}=inf"
    if kind < 0.65:
        return f"{name}={middle!r}"
    width = 10 ** chance.uniform(0, 2)
    return f"{name}={middle / width!r}..{middle * width!r}"


def hold(reader: Reader, edition_id: str, changed: list[Assumption], plain: Mapping[str, Any], found: Found) -> None:
    """Compute one what-if twice, the second time from its id alone, and hold it against the laws."""
    try:
        first = under_assumptions(reader, edition_id, changed)
    except (ArithmeticError, RuntimeWarning) as escaped:
        found.problems.append(f"{' '.join(map(str, changed))}: {escaped!r}")
        return
    named, again = read_identifier(first["whatif_id"])
    if _bytes(under_assumptions(reader, named, again)) != _bytes(first):
        found.problems.append(f"{first['whatif_id']}: other bytes the second time")
    if not first["is_as_published"]:
        found.problems.append(f"{first['whatif_id']}: its left side is not the edition")
    rows = {row["property_id"]: row for row in first["properties"]}
    found.left_out += len(plain) - len(rows)
    for name, row in rows.items():
        error = abs(row["total"] - sum(row["parts"].values()))
        found.rows += 1
        found.largest = max(found.largest, error if math.isfinite(error) else math.inf)
        if not error <= TOLERANCE:
            found.problems.append(f"{first['whatif_id']}: the parts of {name} miss its shift by {error:g}")
        if row["before"] != plain[name]["before"]:
            found.problems.append(f"{first['whatif_id']}: {name} begins elsewhere than in the edition")


def nothing_changed(reader: Reader, edition_id: str, found: Found) -> dict[str, Any]:
    """The rows of the empty what-if by id; it must be the edition, to the last byte of every median."""
    empty = under_assumptions(reader, edition_id, [])
    rows = {row["property_id"]: row for row in empty["properties"]}
    said = reader.rows("SELECT property_id, p50 FROM property_latest WHERE p50 IS NOT NULL")
    published = {str(name): float(str(middle)) for name, middle in said}
    moved = [name for name, row in rows.items() if row["total"] or row["parts"] or row["before"] != row["after"]]
    other = [
        name for name, row in rows.items()
        if not math.isclose(row["before"]["p50"], published.get(name, math.nan), rel_tol=TOLERANCE)
    ]  # fmt: skip
    if not empty["is_as_published"] or moved or other:
        found.problems.append(f"nothing changed, and yet: {moved or other or 'not as published'}")
    return rows


def _bytes(found: Mapping[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False)


def main() -> int:
    """Run the trials; 1 when any law was broken."""
    options = asked(__doc__, TIMES, seed=1)
    # Whoever asks would read it above the answer.
    warnings.simplefilter("error", RuntimeWarning)
    chance, found, started = random.Random(options.seed), Found(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gpt2030-whatif-") as folder:
        edition_id = publish_sample(Path(folder))
        with Reader(Path(folder) / READ_COPY_FILE) as reader:
            plain = nothing_changed(reader, edition_id, found)
            for _ in range(options.times):
                hold(reader, edition_id, drawn(chance), plain, found)
    for problem in found.problems[:20]:
        print(problem)
    print(
        f"{options.times} what-ifs in {time.monotonic() - started:.0f} s: {found.rows} rows, {found.left_out} left out,"
        f" the largest error of a sum {found.largest:.2g}, {len(found.problems)} problems"
    )
    return int(bool(found.problems))


if __name__ == "__main__":
    sys.exit(main())
