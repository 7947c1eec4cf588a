"""The page of an edition: `index.html`, one file without scripts that asks nothing of any server."""

from warehouse.site.page import compile_templates, render_page

__all__ = ["compile_templates", "render_page"]
