"""What daily editions weigh on the disk: a year made day by day, or as many days as are asked for."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from infra.sample import SAMPLE_DAY, publish_sample
from warehouse.reader import Reader
from warehouse.store import READ_COPY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS: Final = 30
YEAR: Final = 365
# What the file system takes from the disk at a time: most files of a row are smaller.
_SECTOR: Final = 512
_SHOWN: Final = 14
# Of fewer days a slope is that of the news in them, and not of what grows with every edition.
_FORETELLING: Final = 60


class Weight(NamedTuple):
    """One edition: bytes of disk it takes that none before it had, bytes of the whole folder, and both by kind."""

    edition_id: str
    own: int
    whole: int
    own_kinds: Counter[str]
    kinds: Counter[str]


def run(days: int = DAYS) -> None:
    """Publish so many days up to that of the sample in a home of its own, and print what they take of the disk."""
    with TemporaryDirectory(prefix="gpt2030-editions-") as folder:
        home = Path(folder)
        for back in reversed(range(days)):
            publish_sample(home, SAMPLE_DAY - timedelta(days=back))
        tell(home)


def tell(home: Path) -> None:
    """Print what the editions of a home take of the disk, with and without news, by kind, and what a year would."""
    found = list(weights(home / "editions"))
    with Reader(home / READ_COPY_FILE) as reader:
        told = reader.rows("SELECT DISTINCT edition_id FROM out.change WHERE cause = 'new_rows' AND amount <> 0")
    news = {str(name) for (name,) in told}
    with_news = [one.own for one in found[1:] if one.edition_id in news]
    without = [one.own for one in found[1:] if one.edition_id not in news]
    print(
        f"{len(found)} editions on {sum(one.own for one in found) / 1e6:,.1f} MB; the first {found[0].own / 1e6:.2f} MB"
    )
    for name, own in (("with news", with_news), ("without", without)):
        if own:
            print(f"{name:10} {len(own):4} editions, {mean(own) / 1e6:.2f} MB each, at most {max(own) / 1e6:.2f} MB")
    print(f"{YEAR} editions: {year_of([one.own for one in found]) / 1e6:,.0f} MB, as these go on")
    print(f"an edition {mean(one.whole for one in found) / 1e6:.2f} MB if it were alone; by kind, of this its own")
    kinds, own_kinds = Counter[str](), Counter[str]()
    for one in found:
        kinds.update(one.kinds)
        own_kinds.update(one.own_kinds if one is not found[0] else {})
    for kind, size in kinds.most_common(_SHOWN):
        print(f"  {kind:22} {size / len(found) / 1e3:7.0f} kB {own_kinds[kind] / max(len(found) - 1, 1) / 1e3:7.0f} kB")


def weights(shelf: Path) -> Iterator[Weight]:
    """The weight of every edition on a shelf, the oldest first; a file under two names counts where it was first."""
    seen: set[int] = set()
    for folder in sorted(path for path in shelf.iterdir() if path.is_dir() and not path.is_symlink()):
        own, kinds = Counter[str](), Counter[str]()
        for path in (folder, *sorted(folder.rglob("*"))):
            about = path.lstat()
            kind = "folders" if path.is_dir() else kind_of(path.relative_to(folder).as_posix())
            kinds[kind] += about.st_blocks * _SECTOR
            own[kind] += 0 if about.st_ino in seen else about.st_blocks * _SECTOR
            seen.add(about.st_ino)
        yield Weight(folder.name, own.total(), kinds.total(), own, kinds)


def kind_of(name: str) -> str:
    """The kind of a file by its place: `p/*.html` and `p/*/card.svg` for every row."""
    return re.sub(r"^p/[^/]+/", "p/*/", re.sub(r"^p/[^/]+\.html$", "p/*.html", name))


def year_of(sizes: list[int]) -> float:
    """The bytes of a year whose editions weigh as these do, and grow where enough are there to tell.

    The first two have nothing to take over, and are counted once.
    """
    begun, later = sizes[:2], sizes[2:]
    if len(sizes) >= YEAR or len(later) < 2:
        return sum(sizes[:YEAR]) if len(sizes) >= YEAR else mean(sizes) * YEAR
    middle = (len(later) - 1) / 2
    spread = sum((k - middle) ** 2 for k in range(len(later)))
    slope = sum((k - middle) * size for k, size in enumerate(later)) / spread if len(later) >= _FORETELLING else 0.0
    rest = range(YEAR - len(begun))
    return sum(begun) + sum(mean(later) + max(slope, 0.0) * (k - middle) for k in rest)
