"""`gpt2030 hub`: everything published so far as a hub that the tools of the hubverse read."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.common import Failure, corrections_or_fail, open_read_copy, settings_or_fail
from flows.terminal import echo


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
def hub(folder: Path) -> None:
    """Write every edition's forecasts and what came of them into DIR, laid out as a hub (https://hubverse.io).

    One round per edition day, one model per forecaster; read it e.g. with the Python client `hubdata`. What
    Metaculus shows may not be handed on and is left out.
    """
    from flows.ask.hub import NothingPublished, hub_content
    from flows.edition.hub import write_hub
    from warehouse.editions import EditionDamaged, EditionShelf

    try:
        with open_read_copy() as reader:
            written = write_hub(
                folder, hub_content(reader, EditionShelf(settings_or_fail().home), corrections_or_fail())
            )
    except (NothingPublished, EditionDamaged, FileExistsError) as problem:
        raise Failure(str(problem)) from None
    echo(f"{len(written)} files written into {folder}")
