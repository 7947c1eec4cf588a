"""Sharing what was published: after a run, its edition goes to the shared warehouse, if one is set.

The edition stands here whatever comes of it: a catalog that is out of reach is said, kept on record for `status`, and
made up for by the next run, which carries over all that differs.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from flows.progress import talk
from warehouse.errors import WarehouseError
from warehouse.published import edition_in_force
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from flows.run.run import Run

RECORD_FILE: Final = "shared.json"


def share_edition(run: Run) -> None:
    """Bring the shared warehouse to what is published under the home; nothing of a dry run, or where none is set.

    Call without the lock of the home: it may take its time, and the read copy is whole whoever writes next.
    """
    address = run.settings.warehouse.address
    if address is None or run.request.is_dry_run:
        return
    from warehouse.lake.carrying import share
    from warehouse.lake.lake import Lake

    # Not what the run made: a held edition is in no read copy, and one that was published before goes on.
    with Reader(run.home / READ_COPY_FILE) as reader:
        edition_id = edition_in_force(reader)
    if edition_id is None:
        return
    said: dict[str, Any] = {"url": address.url, "tried_at": run.clock.later().isoformat(timespec="seconds")}
    try:
        with Lake.open(address) as lake:
            made = share(lake, run.home / READ_COPY_FILE, edition_id)
    except WarehouseError as error:
        _record(run.home, said | {"edition_id": _last(run.home), "problem": str(error)})
        talk().warning("%s; the edition is published here, and shared by the next run that can", error)
        return
    _record(run.home, said | {"edition_id": made.edition_id, "problem": None})
    talk().info("shared %s: %d rows added, %d taken out", made.edition_id, made.added, made.removed)


def record_of(home: Path) -> dict[str, Any] | None:
    """What came of sharing last: edition_id (the newest shared), tried_at, url, problem; None before the first try."""
    try:
        found: dict[str, Any] = json.loads((home / RECORD_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # a torn one tells nothing, and the next run writes it anew
        return None
    return found


def _last(home: Path) -> str | None:
    edition_id: str | None = (record_of(home) or {}).get("edition_id")
    return edition_id


def _record(home: Path, said: dict[str, Any]) -> None:
    file = home / RECORD_FILE
    unfinished = file.with_name(f".{RECORD_FILE}.{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(said, indent=2), encoding="utf-8")
    unfinished.replace(file)
