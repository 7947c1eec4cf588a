"""The console that tables are printed on: nothing in a cell can be taken for a command to the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from flows.commands.breaks import broken, has_chinese
from flows.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleOptions, RenderableType


class Screen(Console):
    """rich's console, with every text printable; the codes of its own styles stay."""

    def render_str(self, text: str, **options: Any) -> Text:
        """The text of a string; printable before its width is taken."""
        return super().render_str(printable(text), **options)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is about to be written, whatever it was made of, and all of it.

        A word longer than its column, as an address or a Chinese clause, would end in dots, and what follows be lost.
        """
        if isinstance(renderable, Table):
            for column in renderable.columns:
                if column.overflow == "ellipsis" and not column.no_wrap:
                    column.overflow = "fold"
        chosen = options or self.options
        if isinstance(renderable, str) and has_chinese(renderable):
            renderable = self.render_str(renderable, highlight=chosen.highlight, markup=chosen.markup)
        if isinstance(renderable, Text) and not (chosen.no_wrap or renderable.no_wrap):
            renderable = broken(renderable, chosen.max_width)
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)
