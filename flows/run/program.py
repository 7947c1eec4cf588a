"""The program as a digest: where it is another one, checks look at all rows again and not only at what changed."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

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
    whole = hashlib.sha256()
    for path in sorted([*found, folder / _CLOCK]):
        whole.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:16]
