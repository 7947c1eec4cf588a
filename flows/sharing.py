"""Who may read what lies under the home: its owner alone, unless the setting `sharing` says otherwise."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flows.progress import talk

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flows.settings import Settings

OTHERS: Final = 0o077
# What others may have of a folder; of a file they get the same without the right to enter.
ALLOWED: Final[Mapping[str, int]] = {"private": 0o000, "group": 0o050, "world": 0o055}
# What we write there, by name: the home may be a folder in which other things lie as well.
OURS: Final = (
    *("warehouse.duckdb*", "gpt2030.duckdb*", ".gpt2030.duckdb*"),
    *("snapshots", "editions", "backtests", "lock", "*.lock", "sql_history"),
)
# Prefect's database and results are nobody else's business, whatever is shared.
ENGINE: Final = "prefect"


def guard_home(settings: Settings) -> Path:
    """Create the home if need be, and let nobody read more of it than set, now and later; returns it, absolute.

    Decides as well about every file that this process, and those it starts, create from here on.
    """
    allowed = ALLOWED[settings.sharing]
    os.umask(OTHERS & ~allowed)
    home = settings.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    (home / ENGINE).mkdir(exist_ok=True)
    _change_tree(home / ENGINE, ALLOWED["private"])
    ours = [path for pattern in OURS for path in home.glob(pattern)]
    if not _is_ours_alone(home):
        _change_all(ours, allowed)
    elif _change_tree(home, allowed, ours) & ~allowed:
        talk().warning("closed %s to other users; the setting `sharing` says who may read it", home)
    return home


def _is_ours_alone(home: Path) -> bool:
    """Whether the folder itself may be closed: not one that the user lives or works in, nor a shared one like /tmp."""
    busy = [Path.cwd()]
    with suppress(RuntimeError):  # a user whom no list of users knows, as in a container, has no folder of his own
        busy.append(Path.home())
    return not home.stat().st_mode & stat.S_ISVTX and not any(place.is_relative_to(home) for place in busy)


def _change_all(paths: Iterable[Path], allowed: int) -> None:
    for path in paths:
        with suppress(FileNotFoundError):  # somebody else's run has put its candidate in place
            _change_tree(path, allowed)


def _change_tree(path: Path, allowed: int, inside: Iterable[Path] | None = None) -> int:
    """Let others have of a file or a folder, and of what is `inside` it, what is allowed; returns what they had.

    A folder is narrowed before what lies inside and widened after it: then one that is as it should be needs no look
    inside, whatever moment an earlier run was killed at.
    """
    status = path.stat()
    found = status.st_mode & OTHERS
    is_folder = stat.S_ISDIR(status.st_mode)
    wanted = allowed if is_folder else allowed & 0o066
    if os.geteuid() not in {0, status.st_uid}:
        return 0  # somebody else's, who alone can change it
    if found == wanted and inside is None:
        return found
    own = stat.S_IMODE(status.st_mode) & ~OTHERS
    if is_folder:
        path.chmod(own | (found & wanted))
        _change_all(inside if inside is not None else [one for one in path.iterdir() if not one.is_symlink()], allowed)
    path.chmod(own | wanted)
    return found
