"""Every row of the edition in force explained, the home read once and not once a row."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flows.ask.explain import Explanation, Grounds
from warehouse.published import edition_in_force, properties_of
from warehouse.reader import Reader
from warehouse.snapshots import SnapshotStore
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def explaining(home: Path) -> Iterator[Callable[[str], Explanation]]:
    """What `gpt2030 explain` would tell of a row, by its id."""
    with Reader(home / READ_COPY_FILE) as reader:
        edition_id = edition_in_force(reader)
        rows = {row["property_id"]: row for row in properties_of(reader, edition_id).iter_rows(named=True)}
        grounds = Grounds.read(reader, SnapshotStore(home), edition_id)
        yield lambda property_id: grounds.explain(rows[property_id])


def as_json(explanation: Explanation) -> dict[str, Any]:
    """What `gpt2030 explain --json` prints of it, read again, with what the row says in its detail."""
    found: dict[str, Any] = json.loads(json.dumps(asdict(explanation), default=str))
    found["row"]["detail_json"] = json.loads(found["row"]["detail_json"] or "{}")
    return found
