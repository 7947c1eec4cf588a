"""Commands whose part of the house is not built yet: they say so and fail; they never make anything up."""

from __future__ import annotations

from typing import Any

import click

from flows.commands.common import Failure

_ANY = {"ignore_unknown_options": True, "allow_extra_args": True}


def _missing(name: str, what: str) -> click.Command:
    @click.command(name, context_settings=_ANY, help=f"Not available yet: {what}.")
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(**_: Any) -> None:
        raise Failure(f"`gpt2030 {name}` is not available yet: {what} is missing from this version")

    return command


diff = _missing("diff", "the exact split of changes by cause (models/changes.py)")
