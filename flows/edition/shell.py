"""What every page of an edition has around it: the style they share, the policy, navigation and both languages."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import jinja2
from markupsafe import Markup, escape

from flows.edition import drawing
from flows.edition.formats import typeset
from flows.edition.site import made_apart
from flows.edition.words import LANGUAGES, words

if TYPE_CHECKING:
    from collections.abc import Mapping

# Once beside the pages: written into each, it was a quarter of them, and a file that stays the same is linked.
STYLE: Final = "site.css"
# What a page may do: nothing but be drawn by the style of its folder and show pictures of it.
POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
# The pages at the top of an edition, by the word that the navigation has for them.
PAGES: Final[Mapping[str, str]] = {
    "home": "index",
    "living": "living",
    "changes": "changes",
    "scores": "scores",
    "sources": "sources",
    "method": "method",
    "tables": "tables",
    "editions": "editions",
}
_TYPED: Final = re.compile("`([^`]+)`")
_FONTS: Final = {
    "serif": '"Iowan Old Style", "Palatino Linotype", Palatino, "Source Serif 4", Charter, Georgia, '
    '"Liberation Serif", "Noto Serif CJK SC", "Songti SC", serif',
    "sans": drawing.SANS.replace("'", '"'),
    "mono": 'ui-monospace, "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace',
}


def page_file(name: str, lang: str) -> str:
    """The file of a page in a language, e.g. `scores.html` and `scores.zh.html`."""
    return f"{name}.html" if lang == LANGUAGES[0] else f"{name}.{lang}.html"


def render(template: str, lang: str, edition: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    """A page: `said` has `name`, `title`, `description` and whatever its own template reads."""
    up, other = said.get("up", ""), next(name for name in LANGUAGES if name != lang)
    navigation = [(words(lang).site[word], up + page_file(name, lang)) for word, name in PAGES.items()]
    around = {
        "w": words(lang),
        "lang": lang,
        "other": other,
        "other_page": page_file(said["name"], other),
        "here": page_file(said["name"], lang),
        "navigation": navigation,
        "edition": edition,
        "style": up + STYLE,
        "policy": POLICY,
        "feed": f"{up}feed.xml",
        "card": "",
        "made_apart": _made_apart(edition, lang),
    }
    return drawing.printable(environment().get_template(template).render(around | dict(said)))


def _made_apart(edition: Mapping[str, Any], lang: str) -> str:
    """That an edition was not made on the day that it speaks for; who comes upon one of its pages has not seen home."""
    kind = made_apart(edition)
    # Without the day: made again on another one, a page would no longer be the same to the byte.
    return words(lang).site[f"made_{kind}"] if kind else ""


@cache
def style() -> str:
    """The style of the pages, with both palettes."""
    fonts = "".join(f"--{name}:{value};" for name, value in _FONTS.items())
    light, dark = (_variables(palette) for palette in (drawing.LIGHT, drawing.DARK))
    text = files("flows").joinpath("edition", "site.css").read_text(encoding="utf-8")
    return (
        f":root{{color-scheme:light dark;{light}{fonts}}}"
        f"@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{text}"
        f"{drawing.colours(drawing.FOLLOWING)}\n@media print{{:root{{color-scheme:light;{light}}}}}"
    )


def policy(style_text: str) -> str:
    """What a page that carries its style in itself may do: nothing but that style, and pictures of its folder."""
    digest = base64.b64encode(hashlib.sha256(style_text.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self' data:; base-uri 'none'; form-action 'none'"


@cache
def environment() -> jinja2.Environment:
    """The templates of the pages; what is not given fails here, and all text is escaped."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("flows", "edition"),
        # Notes and titles are publishers' texts: unescaped, one of them could rewrite the page.
        autoescape=True,
        # A misspelt name must fail here, not print as nothing.
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"typeset": typeset, "unbroken": unbroken, "coded": coded}
    made.globals["page_file"] = page_file
    return made


def unbroken(text: str) -> Markup:
    """Text in which `GPT-2030` is never parted at its hyphen."""
    return escape(text).replace("GPT-2030", Markup('<span class="nb">GPT-2030</span>'))


def coded(text: str) -> Markup:
    """Text with what stands between backticks set as code; a page is no terminal, where they say what to type."""
    return Markup(_TYPED.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped before


def _variables(palette: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in palette.items())
