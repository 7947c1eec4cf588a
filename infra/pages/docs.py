"""Regenerate every page that is written from code: `python -m infra.docs` (or `make docs`); `--check` only compares."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
# Page → the module whose `render()` writes it; of a picture the name of it is handed over.
PAGES = {
    "reference.md": "infra.pages.reference",
    "properties.md": "infra.pages.properties",
    "tables.md": "infra.pages.tables",
    "checks.md": "infra.pages.checks",
    "forecasting.md": "infra.pages.forecasting",
    "alerts.md": "infra.pages.alerts",
    "sql-cookbook.md": "infra.pages.cookbook",
    "../README.md": "infra.pages.readme",
}
PICTURES = "infra.pages.pictures"


def stale_pages() -> dict[str, str]:
    """Pages whose text differs from what the code would write now: name → new text."""
    fresh = {name: str(import_module(module).render()) for name, module in PAGES.items()}
    pictures = import_module(PICTURES)
    fresh |= {f"pictures/{name}": pictures.render(name) for name in pictures.CARDS}
    return {
        name: text for name, text in fresh.items() if not (DOCS / name).exists() or (DOCS / name).read_text() != text
    }


def main() -> int:
    """Write the stale pages, or with --check only name them; returns the exit code."""
    stale = stale_pages()
    for name, text in stale.items():
        path = (DOCS / name).resolve().relative_to(DOCS.parent)
        print(f"stale: {path}" if "--check" in sys.argv else f"written: {path}", file=sys.stderr)
        if "--check" not in sys.argv:
            (DOCS / name).write_text(text, encoding="utf-8")
    return int(bool(stale) and "--check" in sys.argv)


if __name__ == "__main__":
    sys.exit(main())
