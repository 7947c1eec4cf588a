"""The program as a digest: where it is another one, checks look at all rows again and not only at what changed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

# What lands, computes and checks, and the clock. Data that come with the program land like any other.
_ROOTS: Final = ("sources", "warehouse", "models")
_CLOCK: Final = "flows/settings.py"
_CODE: Final = (".py", ".sql")


@cache
def program_digest() -> str:
    """The digest of the code as installed, 16 hex digits."""
    return digest_of(Path(__file__).parents[2])


def digest_of(folder: Path) -> str:
    """The digest of the program that lies in a folder."""
    found = [path for root in _ROOTS for path in folder.glob(f"{root}/**/*") if path.suffix in _CODE]
    return digest_of_files(folder, [*found, folder / _CLOCK])


def digest_of_files(folder: Path, files: Iterable[Path]) -> str:
    """The digest of files below a folder, names and bytes, in 16 hex digits, in whatever order they are given."""
    whole = hashlib.sha256()
    for name, path in sorted((str(path.relative_to(folder)), path) for path in files):
        whole.update(name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]
