"""Small pictures of whole pages for docs/pictures/, as Chromium shows them: `python -m infra.screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from infra.bench.site import CHROMIUM, FLAGS
from infra.sample import publish_sample

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"


class Shot(NamedTuple):
    """A page of an edition on a screen of so many pixels, in a colour scheme, drawn at a scale."""

    page: str
    width: int
    height: int
    scheme: str = "light"
    scale: float = 0.75


SHOTS: Final = {
    "page.home.png": Shot("index.html", 1240, 940),
    "page.home.dark.png": Shot("index.html", 1240, 940, "dark"),
    "page.row.png": Shot("p/auto.metr_h.html", 900, 940),
    "page.row.zh.png": Shot("p/auto.metr_h.zh.html", 390, 940, "dark"),
}


def main() -> int:
    """Take every picture anew; 1 where there is no browser to take it with."""
    if not CHROMIUM.exists():
        print(f"no {CHROMIUM}: install Debian's chromium, or leave the pictures as they are", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        publish_sample(Path(folder))
        for name in take(Path(folder) / "editions" / "latest", PICTURES):
            print(f"written: docs/pictures/{name}", file=sys.stderr)
    return 0


def take(edition: Path, into: Path) -> list[str]:
    """Every picture of an edition's pages, into a folder; their names."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        for name, shot in SHOTS.items():
            page = browser.new_page(
                viewport={"width": shot.width, "height": shot.height},
                color_scheme="dark" if shot.scheme == "dark" else "light",
                device_scale_factor=shot.scale,
            )
            page.goto(f"file://{(edition / shot.page).resolve()}")
            page.screenshot(path=into / name)
            page.close()
        browser.close()
    return list(SHOTS)


if __name__ == "__main__":
    sys.exit(main())
