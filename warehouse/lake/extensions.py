"""The engine's extensions for a shared warehouse: signed files of installed distributions, nothing fetched when run."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb

from warehouse.contracts.table import quoted
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Catalog → what reads it.
OF_CATALOG: Final[Mapping[str, str]] = {"postgres": "postgres_scanner", "sqlite": "sqlite_scanner"}


class NoExtension(WarehouseError):
    """A part of the engine that a shared warehouse needs is not installed, or is made for another engine."""


def load(connection: duckdb.DuckDBPyConnection, catalog: str) -> None:
    """Load what a shared warehouse with this catalog needs; NoExtension names what is missing."""
    for name in ("ducklake", OF_CATALOG[catalog]):
        connection.execute(f"LOAD {quoted(str(_file(name)))}")


def _file(name: str) -> Path:
    found = find_spec(f"duckdb_extension_{name}")
    if found is None or found.origin is None:
        raise NoExtension(
            f"a shared warehouse needs the distribution duckdb-extension-{name.replace('_', '-')}, which is not "
            "installed; `make lake` sets it up, or pip install 'gpt2030[lake]'"
        )
    file = Path(found.origin).parent / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not file.exists():
        raise NoExtension(
            f"duckdb-extension-{name.replace('_', '-')} is made for another engine than the DuckDB "
            f"{duckdb.__version__} that is installed; install both in one version"
        )
    return file
