"""docs/reference.md: every command with its options and every setting with its default, from the code itself."""

from __future__ import annotations

import click
from pydantic import BaseModel

from flows.cli import COMMANDS, cli
from flows.settings import PREFIX, Settings

HEAD = """# Reference

Written by `make docs` from the code. Data go to stdout, talk to stderr; exit codes are 0 (fine), 1 (not fine) and
2 (misuse): 2 says that the command line could be right in no home, 1 that something is not as it should be or that
what was asked for is not there, a setting or a piece of SQL that is wrong among them.

## Commands
"""
SECRETS = ", ".join(f"`{name}`" for name in Settings.SECRETS)
# What is set most; a test reads it as a file of settings.
SAMPLE = """\
home = "data"                # where everything is kept; a relative path is below the working directory
target_date = 2030-07-01     # the day that is forecast
language = "en"              # of commands: en or zh; pages are written in both

[alerts]
channels = ["stdout://"]     # URLs with credentials belong in the environment: GPT2030_ALERTS__CHANNELS
least_severity = 1           # 0 note, 1 warning, 2 critical; below it alerts are recorded and not sent
stale_days = 2               # a source without a usable answer for so long is told

[schedule]                   # of `gpt2030 serve`
cron = "17 6 * * *"
timezone = "Europe/Berlin"

[sources.openrouter]
enabled = false              # not asked any more; what was read stays

[sources.curated]
url = "my-facts"             # a folder in place of the shipped one, with the same files

[sources.metaculus]          # wants METACULUS_TOKEN in the environment
questions = [{ post_id = 12345, type = "binary" }]
"""
SETTINGS_HEAD = f"""
## Settings

`gpt2030.toml` in the working directory, each key overridable by the environment: `{PREFIX}` and the key in capitals,
`__` between levels. An unknown key is an error that names it. Secrets come from the environment only: {SECRETS}.
For example, every line being optional:

```toml
{SAMPLE}```

Every key:

| key | variable | default |
|---|---|---|
"""


def render() -> str:
    """The page as Markdown."""
    context = click.Context(cli, info_name="gpt2030", **cli.context_settings)
    parts = [_command(context, name) for name in COMMANDS]
    rows = [row for name, field in Settings.model_fields.items() for row in _rows(name, field.default)]
    return HEAD + "\n".join(parts) + SETTINGS_HEAD + "\n".join(rows) + "\n"


def _command(context: click.Context, name: str) -> str:
    command = cli.get_command(context, name)
    assert command is not None
    return f"\n### `gpt2030 {name}`\n\n```\n{_help(context, name, command)}\n```\n" + "".join(
        f"\n```\n{_help(click.Context(command, info_name=name, parent=context), sub, found)}\n```\n"
        for sub, found in (command.commands.items() if isinstance(command, click.Group) else ())
    )


def _help(parent: click.Context, name: str, command: click.Command) -> str:
    return command.get_help(click.Context(command, info_name=name, parent=parent, max_content_width=100)).rstrip()


def _rows(key: str, default: object) -> list[str]:
    if isinstance(default, BaseModel):
        return [row for name in type(default).model_fields for row in _rows(f"{key}.{name}", getattr(default, name))]
    variable = PREFIX + key.upper().replace(".", "__")
    said = "none" if default in {None, ()} else f"`{default}`"
    return [f"| `{key}` | `{variable}` | {said} |"]
