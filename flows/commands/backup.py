"""`gpt2030 backup` and `restore`: one file with everything, made while others work, and a home made from it."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from flows import __version__, stopping
from flows.commands.common import WAIT, Failure, settings_for_writing, settings_or_fail, writing
from flows.terminal import echo

AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@AS_JSON
@WAIT
def backup(file: Path, wait: float, *, as_json: bool) -> None:
    """Write everything of the home into one file: the warehouse, the read copy, snapshots and editions.

    Nobody writes under the home while its warehouse is copied; the rest is read while others work. What Prefect keeps,
    and keys and tokens, are not in it.
    """
    from flows.settings import Clock
    from warehouse.backups.backup import gathered, write_backup
    from warehouse.errors import WarehouseError
    from warehouse.store import WRITER_FILE

    home, target = settings_or_fail().home.resolve(), file.resolve()
    if target.is_relative_to(home):
        raise click.UsageError(f"{file} lies under {home}, which it is to be a backup of; choose another folder")
    if not target.parent.is_dir():
        raise click.UsageError(f"there is no folder {target.parent}")
    if not (home / WRITER_FILE).exists():  # before the folder is made, which would be in the way of a restore
        raise Failure(f"nothing is under {home} to back up; run `gpt2030 refresh` (or set GPT2030_HOME)")
    settings_for_writing(is_telling=False)
    stopping.note(f"{file} was not written")
    with ExitStack() as held:
        held.enter_context(writing(home, "gpt2030 backup", wait))
        try:
            with gathered(home, held) as found:
                made = write_backup(found, target, (Clock.read(None).now, __version__), stopping.check)
        except WarehouseError as error:
            raise Failure(str(error)) from None
    stopping.note(f"{file} is written")
    _tell({"file": str(target), "home": str(home), "edition_id": found.edition_id, **asdict(made)}, as_json=as_json)
    for name in made.damaged:
        echo(f"{name} was damaged before: it no longer has the sha256 that it is named after", err=True)


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--home", metavar="DIR", type=click.Path(path_type=Path), help="The home to make (default: the one set).")
@AS_JSON
@WAIT
def restore(file: Path, home: Path | None, wait: float, *, as_json: bool) -> None:
    """Make a home from a backup; `refresh` goes on from there.

    Everything is verified before anything is put in place. A home that is not empty is refused.
    """
    from flows.settings import claim
    from flows.sharing import guard_home
    from warehouse.backups.restore import Destination, restore
    from warehouse.errors import WarehouseError

    settings = settings_or_fail()
    place = Destination(
        (home or settings.home).resolve(),
        claim("gpt2030 restore", wait),
        lambda folder: guard_home(settings.model_copy(update={"home": folder})),
        stopping.check,
    )
    stopping.note("nothing was put in place")
    try:
        restored = restore(file, place)
    except WarehouseError as error:
        raise Failure(str(error)) from None
    stopping.note(f"{place.home} is in place")
    said = asdict(restored.head) | {"file": str(file.resolve()), "home": str(place.home), "files": restored.files}
    _tell(said, as_json=as_json)


def _tell(said: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    edition = f"edition {said['edition_id']} in force" if said["edition_id"] else "no edition yet"
    size = f", {said['bytes']:,} bytes" if "bytes" in said else f", as of {said['made_at']}"
    whence, whither = (said["home"], said["file"]) if "bytes" in said else (said["file"], said["home"])
    echo(f"{whence} → {whither}: {said['files']} file{'s' * (said['files'] != 1)}{size}, {edition}")
