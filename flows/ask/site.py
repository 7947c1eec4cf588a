"""Whether the pages of an edition hold together: links that lead somewhere, no other host asked, nothing bloated."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A page that takes longer than a second on a slow phone is not read. A whole edition is kept for every day there is.
MOST_PAGE_BYTES: Final = 250_000
MOST_EDITION_BYTES: Final = 12_000_000
# What a browser fetches by itself, by element; of links only these kinds of `rel`.
_FETCHED: Final = {
    **dict.fromkeys(("img", "script", "iframe", "source", "embed", "audio", "track"), "src"),
    **dict.fromkeys(("image", "use", "feimage"), "href"), "object": "data", "video": "poster", "form": "action",
}  # fmt: skip
# What a style sheet brings along.
_BROUGHT: Final = re.compile(r"""@import\s+(?:url\()?["']?([^"')\s;]+)|url\(\s*["']?([^"')\s]+)""")
_FETCHED_RELS: Final = frozenset({"stylesheet", "icon", "preload", "manifest", "modulepreload"})


@dataclass(frozen=True, slots=True)
class SiteReport:
    """What was looked at, and every problem as one sentence that names the file."""

    pages: int
    links: int
    files: int
    bytes: int
    largest_page: str
    problems: tuple[str, ...]


@dataclass
class _Page(HTMLParser):
    """One page taken apart: where it leads, what it fetches, the places that can be led to, and its policy."""

    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    places: set[str] = field(default_factory=set)
    policy: str = ""
    is_scripted: bool = False
    is_damaged: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self.places |= {said[name] for name in ("id", "name") if said.get(name)}
        self.is_scripted = self.is_scripted or tag == "script" or any(name.startswith("on") for name in said)
        if tag == "meta" and said.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = said.get("content", "")
        if tag in {"a", "link", "area"} and said.get("href"):
            is_fetched = tag == "link" and bool(_FETCHED_RELS & set(said.get("rel", "").lower().split()))
            (self.fetched if is_fetched else self.links).append(said["href"])
        if tag == "meta" and said.get("http-equiv", "").lower() == "refresh":
            self.fetched.append(said.get("content", "").lower().partition("url=")[2].strip())
        self.fetched += [one.split()[0] for one in said.get("srcset", "").split(",") if one.strip()]
        name = _FETCHED.get(tag, "")
        self.fetched += filter(None, (said.get(name), said.get(f"xlink:{name}")))


@dataclass(frozen=True, slots=True)
class _Site:
    """The pages of one edition by their path in its folder, and those of others that they lead into, once read."""

    edition: Path
    pages: dict[str, _Page]
    others: dict[Path, _Page] = field(default_factory=dict)

    def has(self, resolved: Path, place: str) -> bool:
        """Whether a file has a place of that name; of what is no page any may be named."""
        if resolved.suffix != ".html":
            return True
        home = self.edition.resolve()
        page = self.pages.get(resolved.relative_to(home).as_posix()) if resolved.is_relative_to(home) else None
        if page is None:
            page = self.others.get(resolved) or self.others.setdefault(resolved, _read(resolved))
        return place in page.places


def check_site(edition: Path) -> SiteReport:
    """Look at every page of the folder of an edition; links may lead to other editions beside it.

    OSError for a folder that cannot be read.
    """
    files = [path for path in sorted(edition.rglob("*")) if path.is_file()]
    sizes = {path.relative_to(edition).as_posix(): path.stat().st_size for path in files}
    pages = {name: _read(edition / name) for name in sizes if name.endswith(".html")}
    site = _Site(edition, pages)
    problems = [one for name, page in pages.items() for one in _problems(site, name, page)]
    problems += [
        f"{name}: {sizes[name]:,} bytes, more than {MOST_PAGE_BYTES:,}"
        for name in pages
        if sizes[name] > MOST_PAGE_BYTES
    ]
    problems += [one for name in sizes if name.endswith(".css") for one in _brought(edition, name)]
    whole = sum(sizes.values())
    if whole > MOST_EDITION_BYTES:
        problems.append(f"the edition: {whole:,} bytes, more than {MOST_EDITION_BYTES:,}")
    if not pages:
        problems.append(f"{edition}: no page at all")
    largest = max(pages, key=lambda name: sizes[name], default="")
    links = sum(len(page.links) + len(page.fetched) for page in pages.values())
    return SiteReport(len(pages), links, len(files), whole, largest, tuple(problems))


def _read(path: Path) -> _Page:
    page = _Page()
    text = path.read_bytes().decode("utf-8", "replace")
    page.is_damaged = "\ufffd" in text and _is_damaged(path)
    page.feed(text)
    page.close()
    return page


def _is_damaged(path: Path) -> bool:
    """Whether a file is no text in UTF-8; a page may hold the sign for what it could not print."""
    try:
        path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _brought(edition: Path, name: str) -> Iterator[str]:
    """Addresses of other hosts in a style sheet."""
    for found in _BROUGHT.finditer((edition / name).read_bytes().decode("utf-8", "replace")):
        address = found[1] or found[2]
        if _is_elsewhere(address):
            yield f"{name}: fetches {address} from elsewhere"


def _is_elsewhere(address: str) -> bool:
    parts = urlsplit(address)
    return bool((parts.scheme or parts.netloc) and parts.scheme != "data")


def _problems(site: _Site, name: str, page: _Page) -> Iterator[str]:
    if "default-src 'none'" not in page.policy:
        yield f"{name}: no policy that forbids what is not named (default-src 'none')"
    if page.is_scripted:
        yield f"{name}: a script, which the policy would not let run"
    if page.is_damaged:
        yield f"{name}: is no text in UTF-8"
    yield from (f"{name}: fetches {address} from elsewhere" for address in page.fetched if _is_elsewhere(address))
    for address in (*page.links, *page.fetched):
        said = _dead(site, name, address)
        if said:
            yield f"{name}: {said}"


def _dead(site: _Site, name: str, address: str) -> str:
    """What is wrong with a link; empty when it leads somewhere, or out of the site."""
    parts = urlsplit(address)
    if parts.scheme in {"http", "https", "mailto", "data"} or parts.netloc:
        return ""
    if parts.scheme:
        return f"{address} is no address that a page may lead to"
    target = (site.edition / name).parent / unquote(parts.path) if parts.path else site.edition / name
    shelf = site.edition.resolve().parent
    resolved = target.resolve()
    if not resolved.is_relative_to(shelf):
        return f"{address} leads out of the editions"
    if not resolved.exists():
        return f"{address} leads nowhere"
    place = unquote(parts.fragment)
    if place and not site.has(resolved, place):
        return f"{address}: there is no place of that name"
    return ""
