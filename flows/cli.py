"""The command `gpt2030`: one verb per job, data on stdout, talk on stderr, exit codes 0, 1 and 2.

Only click is imported here: each command's module is imported when it runs, so that `--version` stays instant.
"""

from __future__ import annotations

import atexit
import gc
import os
import re
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final, NoReturn, cast

import click

from flows import __version__, stopping
from flows.terminal import Replacing, echo
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Command → where it is, and the line that `--help` shows without importing it.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "refresh": ("flows.commands.refresh:refresh", "Look at every source, land what is new, refit, publish."),
    "backfill": ("flows.commands.backfill:backfill", "Replay dated files as if looked at on their days."),
    "show": ("flows.commands.show:show", "The property table, or one property in full."),
    "living": ("flows.commands.living:living", "What still moves, beside the essay's 44 rows."),
    "sql": ("flows.commands.sql:sql", "Ask the read copy in SQL; read-only and sandboxed."),
    "tables": ("flows.commands.sql:tables", "The data dictionary."),
    "explain": ("flows.commands.explain:explain", "From a number back to formula, fit, observations and bytes."),
    "diff": ("flows.commands.diff:diff", "What changed between two editions, split by cause."),
    "whatif": ("flows.commands.whatif:whatif", "The table under other assumptions, split by assumption."),
    "score": ("flows.commands.score:score", "How good every forecaster was."),
    "backtest": ("flows.commands.score:backtest", "Score the forecasters on your own series."),
    "chart": ("flows.commands.chart:chart", "Draw a series, or all of them, as SVG or PNG."),
    "site": ("flows.commands.site:site", "Look at the pages on this machine; see that they hold together."),
    "hub": ("flows.commands.hub:hub", "Everything published as a hub of the hubverse."),
    "alerts": ("flows.commands.alerts:alerts", "Alerts and their delivery."),
    "status": ("flows.commands.status:status", "Is everything fresh? Exit 1 when not."),
    "metrics": ("flows.commands.metrics:metrics", "Ages, outcomes, counts and bytes for a monitor."),
    "checks": ("flows.commands.checks:checks", "What stopped, held or noted an edition; release it."),
    "snapshots": ("flows.commands.evidence:snapshots", "The bytes kept as evidence."),
    "quarantine": ("flows.commands.evidence:quarantine", "Refused rows, with reasons."),
    "backup": ("flows.commands.backup:backup", "Everything of the home in one file."),
    "restore": ("flows.commands.backup:restore", "A home from a backup, verified."),
    "prune": ("flows.commands.prune:prune", "Thin old editions to make room."),
    "warehouse": ("flows.commands.warehouse:warehouse", "Share it with a team; carry it over and back."),
    "serve": ("flows.commands.schedule:serve", "Refresh on a schedule, on this machine."),
    "deploy": ("flows.commands.schedule:deploy", "Put the deployments of prefect.yaml on a Prefect server."),
}


# How click says that an argument is one too many, and how editions begin.
_EXTRA: Final = re.compile(r"Got unexpected extra arguments? \((.+)\)")
_DAY: Final = re.compile(r"\d{4}-\d{2}|latest")
# What Ctrl-C, SIGTERM and SIGHUP end in an orderly way; the others only read, and may end anywhere.
WRITING: Final = frozenset({"refresh", "backfill", "alerts", "serve", "backup", "restore", "prune", "warehouse"})


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All command names, in the order of the documentation."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None when there is no such command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return cast("click.Command", getattr(import_module(module), name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; misuse (exit code 2) that names the near ones when there is none of that name.

        click looks for them among commands that are imported, which here is none.
        """
        if args[0] in COMMANDS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        from flows.commands.common import did_you_mean

        hint = did_you_mean(args[0], list(COMMANDS), "`gpt2030 --help` lists them all")
        raise click.UsageError(f"No such command {args[0]!r}; {hint}", ctx)

    def invoke(self, ctx: click.Context) -> object:
        """Run what was asked for; of an argument too many, say which option would take it."""
        try:
            return super().invoke(ctx)
        except click.UsageError as problem:
            hint = _option_for(problem)
            if not hint:
                raise
            raise click.UsageError(problem.message + hint, problem.ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _option_for(problem: click.UsageError) -> str:
    """Which option an argument too many was meant for, by what it looks like; empty for any other misuse."""
    extra = _EXTRA.match(problem.message)
    if extra is None or problem.ctx is None:
        return ""
    given = extra[1].split()[0]
    params = problem.ctx.command.params
    taking = [one.opts[0] for one in params if isinstance(one, click.Option) and not one.is_flag]
    named = "--edition" if _DAY.match(given) else "--property"
    if named in taking:
        return f"; did you mean {named} {given}?"
    return f"; what it takes by name: {', '.join(taking)}" if taking else ""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gpt2030")
def cli() -> None:
    """The living version of the essay "What will GPT-2030 look like?".

    Start with `gpt2030 refresh`, then `gpt2030 show`. Everything is kept under GPT2030_HOME (default ./data).
    """
    from flows.surroundings import shut_out

    shut_out()


def main() -> None:
    """Run the command line; errors that name what, where and what to do end with exit code 1, misuse with 2.

    A command that somebody stopped says so in a sentence and ends with 1.
    """
    # Python ends with a last collection: half a second through Prefect's and Great Expectations' modules, for nothing.
    atexit.register(gc.freeze)
    if WRITING.intersection(sys.argv[1:2]):  # before their libraries are imported, which takes seconds
        stopping.watch()
    with stopping.IfStopped(_leave_at_once):
        _run()


def _leave_at_once() -> NoReturn:
    echo(stopping.sentence(), err=True)
    # Threads may wait for publishers and receivers still; nothing of theirs is wanted any more.
    os._exit(stopping.EXIT_CODE)


def _run() -> None:
    replacing = Replacing()
    replacing.begin()
    try:
        # In standalone mode click would end the process itself, before the failures below can be told apart.
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        echo("interrupted", err=True)
        sys.exit(1)
    except BrokenPipeError:
        _let_go_of_stdout()  # whoever read our output has enough of it
        sys.exit(1)
    except WarehouseError as error:
        echo(f"Error: {error}", err=True)
        sys.exit(1)
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        echo(f"Error: cannot read or write{place}: {error.strerror or error}", err=True)
        _let_go_of_stdout()
        sys.exit(1)
    finally:
        replacing.end()


def _let_go_of_stdout() -> None:
    """Drop what is still buffered: Python flushes at exit, would fail once more and end with code 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
