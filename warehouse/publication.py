"""Putting an edition in force: the candidate that is checked, the read copy, `latest`; and what a kill left behind."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from warehouse.contenders import settle_contenders
from warehouse.editions import EditionShelf
from warehouse.forecast_history import move_forecasts
from warehouse.published import edition_in_force, every_edition, insert_edition
from warehouse.store import READ_COPY_FILE, Warehouse, publish_read_copy

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.published import Edition

# A folder, so that the file in it has its name already: DuckDB names a database after its file, and macros name theirs.
CANDIDATE: Final = ".gpt2030.duckdb.{pid}.tmp"


def recover(warehouse: Warehouse, home: Path) -> list[str]:
    """Finish or remove what an interrupted refresh left behind; returns what was done, in words.

    Called while the writer's file is held, so nobody else is at work on these files.
    """
    shelf = EditionShelf(home)
    done = [f"removed {name}" for name in shelf.tidy(every_edition(warehouse))]
    for path in home.glob(CANDIDATE.format(pid="*") + "*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:  # of an early version, and the log beside it
            path.unlink()
        done.append(f"removed {path.name}")
    in_force = edition_in_force(warehouse)
    if in_force and shelf.is_whole(in_force) and shelf.latest() != in_force:
        # In the order of a publication: what `latest` names is in the read copy by then.
        publish_copy(warehouse, home)
        shelf.point_latest(in_force)
        done.append(f"finished the publication of {in_force}")
    return done


def make_candidate(warehouse: Warehouse, home: Path, edition: Edition) -> Path:
    """A copy of the warehouse with the edition in it: what is checked is what would be published."""
    # Before the copy: what has left is not copied for readers, either.
    move_forecasts(warehouse, EditionShelf(home))
    candidate = _copy(warehouse, home)
    # Opened once for both: each time that it is let go of, the engine writes out what has changed.
    with Warehouse.open_file(candidate) as copy:
        copy.name_tables_in_macros()
        with copy.transaction():
            insert_edition(copy, edition)
    return candidate


def publish_copy(warehouse: Warehouse, home: Path) -> None:
    """Replace the read copy by the warehouse as it stands."""
    candidate = _copy(warehouse, home)
    with Warehouse.open_file(candidate) as copy:
        copy.name_tables_in_macros()
    replace_read_copy(candidate, home)


def replace_read_copy(candidate: Path, home: Path) -> None:
    """Put a candidate in the place of the read copy; the folder that it was made in goes."""
    publish_read_copy(candidate, home)
    candidate.parent.rmdir()


def _copy(warehouse: Warehouse, home: Path) -> Path:
    """The file as it stands, in a folder of its own; its macros are still those of the writer's."""
    # Before the copy: readers cannot write, and would ask for frontiers of contenders without the newest rows.
    settle_contenders(warehouse)
    folder = home / CANDIDATE.format(pid=os.getpid())
    folder.mkdir(exist_ok=True)
    candidate = folder / READ_COPY_FILE
    candidate.unlink(missing_ok=True)
    warehouse.write_copy(candidate)
    return candidate
