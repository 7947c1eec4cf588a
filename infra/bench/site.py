"""What the site costs: bytes of its pages, seconds of a refresh, and how soon Chromium has painted a page from disk."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from flows.run.ending import put_on_shelf
from infra.sample import SAMPLE_DAY, publish_sample
from warehouse.editions import EditionShelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.run.run import Run
    from warehouse.contracts.content import Content

ROUNDS: Final = 5
CHROMIUM: Final = Path("/usr/bin/chromium")
PAINTED: Final = ("index.html", "index.zh.html", "living.html", "p/impact.math_output_x.html")
# When the first text or picture was on the screen, in milliseconds from the beginning of the navigation.
_PAINT: Final = "performance.getEntriesByName('first-contentful-paint').map(one => one.startTime)[0] ?? null"
FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


class SiteSeconds(NamedTuple):
    """Seconds on the clock and of the processor: every page and file written, and a whole edition found whole."""

    written: float
    written_cpu: float
    found: float
    found_cpu: float


def run() -> None:
    """Publish two days, then the third in rounds, and print a line for each promise."""
    with TemporaryDirectory(prefix="gpt2030-site-") as folder:
        home, measured = Path(folder), list[SiteSeconds]()
        for back in (2, 1):
            publish_sample(home, SAMPLE_DAY - timedelta(days=back))
        publish_sample(home, SAMPLE_DAY, then=lambda run, content: measured.extend(rounds(run, content)))
        written, written_cpu, found, found_cpu = (median(column) for column in zip(*measured, strict=True))
        print(
            f"site of a refresh with changes: {written:.2f} s, {written_cpu:.2f} s of the processor; at most 2 s asked"
        )
        print(f"and of one without:             {found:.2f} s, {found_cpu:.2f} s of the processor; at most .3 s asked")
        edition = EditionShelf(home).path(EditionShelf(home).latest() or "")
        for name, size, most in sizes(edition):
            print(f"{name:32} {size / 1e3:6.0f} kB; at most {most} kB asked")
        _print_paints(edition)


def rounds(run: Run, content: Content) -> Iterator[SiteSeconds]:
    """The edition of a run written again beside its home, after the one before it, as often as ROUNDS says."""
    own = EditionShelf(run.home)
    before = max(
        path.name for path in own.folder.iterdir() if path.name[0].isdigit() and path.name < content.edition_id
    )
    for _ in range(ROUNDS):
        with TemporaryDirectory(dir=run.home, prefix="again-") as beside:
            again = EditionShelf(Path(beside))
            shutil.copytree(own.path(before), again.path(before), copy_function=os.link)
            again.point_latest(before)
            started = time.perf_counter(), time.process_time()
            put_on_shelf(run, again, content)
            written = time.perf_counter(), time.process_time()
            again.is_whole(content.edition_id)  # all that a refresh that changes nothing does with the site
            found = time.perf_counter(), time.process_time()
            spent = (end - begin for begin, end in zip((*started, *written), (*written, *found), strict=True))
            yield SiteSeconds(*spent)


def sizes(edition: Path) -> Iterator[tuple[str, int, int]]:
    """The larger home page and the largest page of a row: name, bytes, and how many kB are asked at most."""
    homes, rows = (edition.glob("index*.html"), 250), (edition.glob("p/*.html"), 200)
    for found, most in (homes, rows):
        path = max(found, key=lambda one: one.stat().st_size)
        yield path.relative_to(edition).as_posix(), path.stat().st_size, most


def _print_paints(edition: Path) -> None:
    """First paint in a browser of its own for each round: one that is open has fonts and code in its caches."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        print("first paint: not measured, playwright is not installed")
        return
    if not CHROMIUM.exists():
        print(f"first paint: not measured, {CHROMIUM} is not there")
        return
    with ExitStack() as stack:
        started = stack.enter_context(sync_playwright())
        for name in PAINTED:
            took = []
            for _ in range(ROUNDS):
                browser = started.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
                page = browser.new_page()
                page.goto((edition / name).as_uri())
                # Asked again and again from here: what waits in the page is an eval, which its policy forbids.
                while (painted := page.evaluate(_PAINT)) is None:
                    page.wait_for_timeout(20)
                took.append(float(painted) / 1000)
                browser.close()
            print(f"first paint of {name:30} {median(took):.2f} s, at most {max(took):.2f} s; at most 1 s asked")
