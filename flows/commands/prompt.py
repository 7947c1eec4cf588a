"""The interactive prompt of `gpt2030 sql`: history, several lines until a semicolon, highlighting, completion."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.history import FileHistory
from prompt_toolkit.key_binding import KeyBindings
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer  # type: ignore[import-untyped]

from flows.commands.frames import print_entries, print_entry, print_frame
from flows.terminal import echo
from warehouse.dictionary import UnknownTable, tables
from warehouse.emptiness import why_empty
from warehouse.sandbox import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document
    from prompt_toolkit.input import Input
    from prompt_toolkit.key_binding import KeyPressEvent
    from prompt_toolkit.output import Output

    from warehouse.dictionary import Entry
    from warehouse.sandbox import ReadCopy

HISTORY_FILE: Final = "sql_history"
HELP: Final = """a query ends with a semicolon and may have several lines; Tab completes, Ctrl-C cancels, Ctrl-D leaves
tables          what there is to ask        tables NAME     its columns
help            this                        quit            leave"""
# No query is one of these; with a dot before them, as other shells of SQL write them, they are the same.
COMMAND: Final = re.compile(r"\.?(?P<word>help|\?|tables|quit|exit)(?:\s+(?P<name>[\w.]+))?\s*;?", re.IGNORECASE)
KEYWORDS: Final = (
    "select", "from", "where", "group by", "order by", "limit", "join", "left join", "using", "on", "with", "as",
    "and", "or", "not", "in", "is null", "is not null", "between", "like", "case", "when", "then", "else", "end",
    "distinct", "having", "qualify", "over", "partition by", "union all", "filter", "desc", "date", "timestamp",
    "interval", "cast", "count", "sum", "min", "max", "avg", "median", "round", "coalesce", "describe", "summarize",
    "explain",
)  # fmt: skip
_WORD: Final = re.compile(r"[\w.]+$")


class SqlCompleter(Completer):
    """Offers columns of the tables named so far, then tables, views and macros, then words of SQL."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        """Complete with what the dictionary lists."""
        self._entries = entries

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Names that start with the word before the cursor, each with its comment."""
        del complete_event
        found = _WORD.search(document.text_before_cursor)
        word = found[0].lower() if found else ""
        for text, meaning in self._offers(document.text.lower()):
            if word and text.startswith(word) and text != word:
                yield Completion(text, start_position=-len(word), display_meta=meaning)

    def _offers(self, query: str) -> Iterable[tuple[str, str]]:
        words = set(re.findall(r"[\w.]+", query))
        named = [entry for entry in self._entries if words & {entry.name, entry.name.partition(".")[2]}]
        columns = {column.name: column.comment for entry in named for column in entry.columns}
        yield from columns.items()
        yield from ((f"{e.name}(" if e.kind == "macro" else e.name, e.comment) for e in self._entries)
        yield from ((keyword, "") for keyword in KEYWORDS)


class Prompt:
    """Asks until the person leaves; a read copy published meanwhile is taken up before the next question."""

    def __init__(self, copy: ReadCopy, rows: int, seconds: float, as_format: str) -> None:
        """Ask `copy`; print at most `rows` rows per question, each within `seconds`."""
        self._copy, self._rows, self._seconds, self._format = copy, rows, seconds, as_format

    def run(self, *, source: Input | None = None, screen: Output | None = None) -> None:
        """Read, answer, and go on after every error until Ctrl-D or quit."""
        history = self._copy.path.parent / HISTORY_FILE
        with suppress(OSError):  # in a home that is not ours to write in, nothing is kept
            history.touch(mode=0o600)
        session: PromptSession[str] = PromptSession(
            "gpt2030> ",
            history=FileHistory(history),
            lexer=PygmentsLexer(SqlLexer),
            completer=SqlCompleter(tables(self._copy, with_counts=False)),
            key_bindings=_enter_ends_a_finished_query(),
            multiline=True,
            prompt_continuation="     ... ",
            complete_while_typing=False,
            input=source,
            output=screen,
        )
        echo(HELP, err=True)
        while True:
            try:
                line = session.prompt().strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            command = COMMAND.fullmatch(line)
            if command and command["word"].lower() in {"quit", "exit"}:
                return
            if line:
                self._respond(line, command)

    def _respond(self, line: str, command: re.Match[str] | None) -> None:
        try:
            self._take_up_new_copy()
            if command:
                self._command(command)
            elif line.startswith("."):
                echo(f"Error: there is no {line.split(maxsplit=1)[0]}; help lists the commands", err=True)
            else:
                self._answer(line)
        except (SandboxError, UnknownTable) as error:
            echo(f"Error: {error}", err=True)

    def _take_up_new_copy(self) -> None:
        if self._copy.is_replaced:
            self._copy.reopen()
            echo("the read copy was replaced; answers are from the new one", err=True)

    def _command(self, command: re.Match[str]) -> None:

        if command["word"].lower() != "tables":
            echo(HELP, err=True)
        elif command["name"]:
            print_entry(tables(self._copy, command["name"])[0])
        else:
            print_entries(tables(self._copy))

    def _answer(self, query: str) -> None:
        begun = time.perf_counter()
        answer = self._copy.query(query, limit=self._rows, seconds=self._seconds)
        took = time.perf_counter() - begun
        print_frame(answer.frame, self._format)
        rows = "1 row" if answer.frame.height == 1 else f"{answer.frame.height:,} rows"
        echo(f"{answer.notice or rows} ({took:.2f} s)", err=True)
        for reason in why_empty(self._copy, query, answer):
            echo(reason, err=True)


def _enter_ends_a_finished_query() -> KeyBindings:
    bindings = KeyBindings()

    @bindings.add("enter")
    def _(event: KeyPressEvent) -> None:
        text = event.current_buffer.text.strip()
        if not text or text.endswith(";") or text.startswith(".") or COMMAND.fullmatch(text):
            event.current_buffer.validate_and_handle()
        else:
            event.current_buffer.insert_text("\n")

    return bindings
