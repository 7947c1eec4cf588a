"""What goes to a screen: text from feeds stays text there, and characters that it cannot show are replaced.

A name in a feed may hold the codes that move a terminal's cursor, rename its window or hide a line. Whatever is printed
for people goes through here, tables by way of `flows.commands.screen`.
"""

from __future__ import annotations

import codecs
import io
import sys
from typing import Final

_KEPT: Final = "\t\n"
# Pictures of the codes that begin an escape sequence, ring, or overwrite the line; the rest as JSON writes them, so
# that JSON on a screen is still the same JSON. Some are no codes of a terminal, but turn the direction of a line.
_PICTURES: Final = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in _KEPT} | {0x7F: "\u2421"}
_SPELLED: Final = (*range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A))
_SHOWN: Final = str.maketrans(_PICTURES | {code: f"\\u{code:04x}" for code in _SPELLED})


def printable(text: str) -> str:
    """The same text with every control character visible; line breaks and tabs stay."""
    return text.translate(_SHOWN)


def echo(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Write to stdout, or to stderr: talk is always printable, data are on a screen; a pipe gets them as they are."""
    stream = sys.stderr if err else sys.stdout
    said = printable(text) if err or stream.isatty() else text
    stream.write(f"{said}\n" if nl else said)
    stream.flush()


class Replacing:
    """Lets stdout replace the characters that its encoding lacks, and says so once.

    Without it a name in Chinese, or the line of a table, ends a command with a traceback where a terminal is not UTF-8.
    """

    NAME: Final = "gpt2030.replaced"

    def __init__(self) -> None:
        """Nothing is replaced yet."""
        self._is_used = False

    def begin(self) -> None:
        """From now on, for whatever is written to stdout."""
        codecs.register_error(self.NAME, self._replaced)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors=self.NAME)

    def end(self) -> None:
        """Say on stderr whether something was replaced."""
        if self._is_used:
            encoding = sys.stdout.encoding
            echo(f"what {encoding} cannot show is printed as ?; PYTHONIOENCODING=utf-8 prints it all", err=True)

    def _replaced(self, error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        self._is_used = True
        return "?" * (error.end - error.start), error.end
