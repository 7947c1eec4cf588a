"""The page of an edition: `index.html`, one file without scripts that asks nothing of any server."""

from warehouse.site.page import render_page

__all__ = ["render_page"]
