"""The charts that README.md shows: those of two rows as an edition of the embedded default has them, in both themes."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from infra.sample import publish_sample

# File under docs/pictures/ → file of the edition.
CARDS: Final = {
    f"{row}{theme}.svg": f"p/{row}/card{theme}.svg"
    for row in ("auto.metr_h", "compute.train_flop")
    for theme in ("", ".dark")
}


def render(name: str) -> str:
    """One of CARDS, as the code draws it now."""
    return _drawn()[name]


@cache
def _drawn() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        publish_sample(Path(folder))
        edition = Path(folder) / "editions" / "latest"
        return {name: (edition / path).read_text(encoding="utf-8") for name, path in CARDS.items()}
