"""`gpt2030 backfill`: replay dated files into the warehouse, each row accounted for."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.common import Failure, settings_or_fail
from flows.progress import talk_to_stderr


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--editions", is_flag=True, help="Publish one edition per day, as it would have been.")
def backfill(folder: Path, *, editions: bool) -> None:
    """Replay DIR/<source_id>/<YYYY-MM-DD>/<file>, oldest first, as if looked at on those days.

    Prints per file: rows in the file = added + revised + unchanged + quarantined; exit 1 when one does not add up or
    was held.
    """
    from flows.backfill import BackfillError, dated_files, replay
    from warehouse.store import WarehouseError

    talk_to_stderr()
    wrong = []
    try:
        for accounts in replay(settings_or_fail(), dated_files(folder), editions=editions):
            click.echo(accounts.sentence())
            if not accounts.is_balanced or accounts.landed.is_held:
                wrong.append(str(accounts.file.path))
    except (BackfillError, WarehouseError) as error:
        raise Failure(str(error)) from None
    if wrong:
        raise Failure(f"held or not accounted for: {', '.join(wrong)}")
