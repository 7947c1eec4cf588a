"""`gpt2030 backfill`: replay dated files into the warehouse, each row accounted for."""

from __future__ import annotations

from pathlib import Path

import click

from flows.commands.common import WAIT, Failure, settings_for_writing, settings_or_fail, writing
from flows.progress import talk_to_stderr
from flows.terminal import echo


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--editions", is_flag=True, help="Publish one edition per day, as it would have been.")
@WAIT
def backfill(folder: Path, *, editions: bool, wait: float) -> None:
    """Replay DIR/<source_id>/<YYYY-MM-DD>/<file>, oldest first, as if looked at on those days.

    Prints per file: rows in the file = added + revised + unchanged + quarantined; exit 1 when one does not add up or
    was held. Daily files of llm_bench are parts of one reading: a line tells of the month so far, and names them.
    """
    from flows.run.backfill import BackfillError, dated_files, replay

    settings = settings_for_writing(is_telling=False)
    talk_to_stderr(settings_or_fail().log_format)
    wrong = []
    try:
        with writing(settings.home, "gpt2030 backfill", wait):
            for accounts in replay(settings, dated_files(folder), editions=editions):
                echo(accounts.sentence())
                if not accounts.is_balanced or accounts.landed.is_held:
                    wrong += [str(file.path) for file in accounts.reading.files]
    except BackfillError as error:
        raise Failure(str(error)) from None
    if wrong:
        raise Failure(f"held or not accounted for: {', '.join(wrong)}")
