"""Manifold: what its markets say about our rows and series, read without a key; one feed per market.

Its API may be used by anyone; its data dumps are for use that is not commercial (docs.manifold.markets), so what it
shows is kept here and not handed on. Money on it is play money, anybody can open a market, and some are thin: how many
people stand behind a price is told beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sources.errors import WrongContent
from sources.feeds import Feed, address, fetch_feeds
from sources.manifold.markets import load_markets
from sources.manifold.rows import failed_rows, rows_of
from sources.reading.community import looked_at, of_community
from sources.reading.json_records import read_object
from sources.reading.json_values import Flaw, shown, text, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sources.manifold.markets import Market
    from sources.records import Fetched, Parsed, Snapshot
    from sources.web import Web


class Manifold:
    """Prices of the markets in `markets.toml`, as probabilities and quantiles of what they speak for."""

    source_id: ClassVar[str] = "manifold"
    title: ClassVar[str] = "Manifold, prediction markets"
    licence: ClassVar[str] = (
        "Manifold terms: the API may be used for any purpose, data dumps only non-commercially and not to train models "
        "without a licence; not handed on. https://docs.manifold.markets/data"
    )
    default_url: ClassVar[str] = "https://api.manifold.markets/v0"
    is_redistributable: ClassVar[bool] = False

    def __init__(self, markets: Sequence[Market] | None = None) -> None:
        """Ask for these markets; the shipped ones when none are given."""
        self.markets = load_markets() if markets is None else tuple(markets)

    def fetch(self, web: Web, base_url: str, known: Mapping[str, str]) -> Sequence[Fetched]:
        """Ask for every market, one at a time; one that cannot be had costs the others nothing.

        500 requests a minute are allowed; the usual space between two leaves 300.
        """
        feeds = [Feed(market.slug, "json") for market in self.markets]
        return fetch_feeds(web, address(base_url, "slug"), known, feeds)

    def parse(self, snapshot: Snapshot) -> Parsed:
        """Read one market into its state and numbers; WrongContent when the bytes are no market, or another one."""
        body = read_object(snapshot.body, feed=snapshot.url)
        market = self._market(body, snapshot)
        try:
            return of_community(rows_of(body, market, looked_at(snapshot)), [], snapshot)
        except Flaw as flaw:
            return of_community(failed_rows(body, market, str(flaw)), [(market.slug, flaw)], snapshot)

    def _market(self, body: Mapping[str, Any], snapshot: Snapshot) -> Market:
        slug = text(body.get("slug"))
        if slug is None or text(body.get("id")) is None:
            evidence = text(body.get("message")) or f"keys {', '.join(sorted(body)[:6]) or 'none'}"
            odd = [
                f"{name} {shown(body[name])[:200]}" for name in ("id", "slug") if name in body and not words(body[name])
            ]
            evidence = "; ".join(odd) or evidence
            raise WrongContent("no market of Manifold", where=snapshot.url, evidence=evidence)
        # A replayed file may carry any name; only one that names a market can be held to it.
        known = {market.slug: market for market in self.markets}
        if slug not in known or (snapshot.feed in known and snapshot.feed != slug):
            raise WrongContent("another market than asked for", where=snapshot.url, evidence=f"market {slug}")
        return known[slug]
