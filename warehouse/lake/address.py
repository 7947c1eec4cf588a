"""Where a shared warehouse is: the catalog that knows its tables, and the folder that its rows lie in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from warehouse.errors import WarehouseError

SCHEME: Final = "ducklake:"
CATALOGS: Final = ("postgres", "sqlite")
FORMS: Final = "ducklake:postgres:dbname=… host=… user=…, or ducklake:sqlite:PATH"
# As libpq takes them, in a list of words or in an address.
_PASSWORD: Final = re.compile(r"\b(password|passfile|sslpassword)\s*=|://[^/@\s]*:[^/@\s]*@", re.IGNORECASE)


class NoLakeAddress(WarehouseError):
    """The text says of no shared warehouse where it is, or says more than it may."""


@dataclass(frozen=True, slots=True)
class LakeAddress:
    """A catalog as DuckLake names it, and the folder of the rows; None where the catalog is left to know it."""

    catalog: str
    place: str
    data: Path | None = None

    @classmethod
    def parse(cls, url: str, data: Path | None = None) -> Self:
        """Read e.g. `ducklake:postgres:dbname=gpt2030 host=db`; NoLakeAddress says what is wrong with it.

        A password is refused: an address stands in settings, messages and histories of shells.
        """
        kind, _, place = url.removeprefix(SCHEME).partition(":")
        if not url.startswith(SCHEME) or kind not in CATALOGS or not place.strip():
            # Not repeated as it came: what is no address may hold a secret in any place.
            raise NoLakeAddress(f"that is no address of a shared warehouse; write {FORMS}")
        if _PASSWORD.search(place):
            raise NoLakeAddress(
                "the address of a shared warehouse holds a password; leave it out, and set PGPASSWORD or ~/.pgpass"
            )
        beside = Path(f"{place}.data") if kind == "sqlite" else None
        chosen = data or beside
        return cls(kind, place.strip(), chosen.expanduser().resolve() if chosen else None)

    @property
    def url(self) -> str:
        """The address as it is written."""
        return f"{SCHEME}{self.catalog}:{self.place}"
