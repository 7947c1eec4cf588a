"""`gpt2030 warehouse`: share it with a team, see what is shared, carry it over to another engine and back."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from flows import stopping
from flows.commands.common import (
    WAIT,
    Failure,
    console,
    open_read_copy,
    read_copy_path,
    settings_for_writing,
    settings_or_fail,
    writing,
)
from flows.terminal import echo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warehouse.lake.address import LakeAddress

EMBEDDED: Final = "embedded"
AS_JSON = click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
SHARED = click.option("--from", "url", metavar="URL", help="The shared warehouse (default: the setting warehouse.url).")
DATA = click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Where the rows of the shared one lie (default: the setting warehouse.data).",
)  # fmt: skip


@click.group()
def warehouse() -> None:
    """One file under the home, and, where a team reads it, a shared warehouse beside it (DuckLake)."""


@warehouse.command("move", short_help="Carry the warehouse to a shared one, or back.")
@click.argument("target", metavar="URL")
@SHARED
@DATA
@AS_JSON
@WAIT
def move(target: str, url: str | None, data: Path | None, wait: float, *, as_json: bool) -> None:
    """Carry the warehouse to URL, or with `embedded` from a shared one into this home, and verify it row for row.

    URL is ducklake:postgres:dbname=… host=… user=… (the database exists; passwords from PGPASSWORD or ~/.pgpass) or
    ducklake:sqlite:PATH. What is there already is brought up to date: only the difference is written, as one snapshot.
    Snapshots of feeds and the folders of editions stay where they are; `backup` carries those.
    """
    if target == EMBEDDED:
        _fetched(_address(url, data), wait, as_json=as_json)
        return
    if url is not None:
        raise click.UsageError("--from says where `move embedded` reads; a move to URL starts from this home")
    _shared(_address(target, data), as_json=as_json)


@warehouse.command("editions", short_help="The editions in the shared warehouse.")
@SHARED
@DATA
@AS_JSON
def editions(url: str | None, data: Path | None, *, as_json: bool) -> None:
    """The editions in the shared warehouse, each with the snapshot that shows it."""
    with _failing():
        from warehouse.lake.lake import Lake

        with Lake.open(_address(url, data)) as lake:
            found = lake.editions()
    if as_json:
        echo(json.dumps([one._asdict() for one in found], default=str, indent=2))
        return
    for one in found:
        console().print(f"{one.edition_id}  snapshot {one.snapshot_id}  shared {one.shared_at:%Y-%m-%d %H:%M} UTC")


@warehouse.command("attach", short_help="Print the SQL that attaches the shared warehouse.")
@SHARED
@DATA
@click.option("--edition", "edition_id", metavar="ID", help="Pin it to this edition (default: the newest state).")
def attach(url: str | None, data: Path | None, edition_id: str | None) -> None:
    """Print the SQL that attaches the shared warehouse, read-only, in any client of DuckDB.

    Pinned to an edition, it goes on saying the same while later ones are shared.
    """
    address = _address(url, data)
    with _failing():
        from warehouse.lake.lake import Lake, attaching

        with Lake.open(address) as lake:
            snapshots = {one.edition_id: one.snapshot_id for one in lake.editions()}
    if edition_id is not None and edition_id not in snapshots:
        newest = ", ".join(list(snapshots)[-3:]) or "none"
        raise Failure(f"{address.url} has no edition {edition_id}; its newest: {newest}")
    pinned = None if edition_id is None else snapshots[edition_id]
    echo(f"INSTALL ducklake; INSTALL {address.catalog};")
    echo(f"{attaching(address, is_read=True, snapshot_id=pinned)};\nUSE gpt2030;")


def _shared(address: LakeAddress, *, as_json: bool) -> None:
    from warehouse.published import edition_in_force

    with open_read_copy() as reader:
        edition_id = edition_in_force(reader)
    if edition_id is None:
        raise Failure("nothing is published under this home yet; run `gpt2030 refresh`")
    stopping.note(f"nothing of edition {edition_id} is shared")
    with _failing():
        from warehouse.lake.carrying import share, verify
        from warehouse.lake.lake import Lake

        # What was published, not the writer's file: nobody waits for us, and no half-done run is shared.
        with Lake.open(address, is_new=True) as lake:
            made = share(lake, read_copy_path(), edition_id)
            verify(lake, read_copy_path())
    stopping.note(f"edition {edition_id} is shared")
    said = made._asdict() | {"url": address.url, "home": str(read_copy_path().parent)}
    _tell(said, f"{said['home']} → {address.url}: {_counted(made.added, made.removed)}", as_json=as_json)


def _fetched(address: LakeAddress, wait: float, *, as_json: bool) -> None:
    from flows.settings import Clock, claim
    from warehouse import publication
    from warehouse.published import edition_in_force
    from warehouse.store import READ_COPY_FILE, WRITER_FILE, Warehouse

    home, now = settings_for_writing(is_telling=False).home.resolve(), Clock.read(None).now
    stopping.note("nothing was put in place")
    with writing(home, "gpt2030 warehouse move", wait), TemporaryDirectory(dir=home, prefix=".moving-") as folder:
        there = [name for name in (WRITER_FILE, READ_COPY_FILE) if (home / name).exists()]
        if there:
            raise Failure(f"{home} holds a warehouse already ({', '.join(there)}); set GPT2030_HOME to an empty folder")
        made = Path(folder) / WRITER_FILE
        with _failing():
            from warehouse.lake.carrying import fetch
            from warehouse.lake.lake import Lake

            with Warehouse.open_file(made) as empty:
                empty.migrate(now)
            with Lake.open(address) as lake:
                rows = fetch(lake, made)
        made.replace(home / WRITER_FILE)
    with _failing(), Warehouse.open(home, now=now, claim=claim("gpt2030 warehouse move", wait)) as carried:
        publication.publish_copy(carried, home)
        edition_id = edition_in_force(carried)
    stopping.note(f"{home} is in place")
    said = {"edition_id": edition_id, "rows": rows, "url": address.url, "home": str(home)}
    _tell(said, f"{address.url} → {home}: fetched", as_json=as_json)


def _counted(added: int, removed: int) -> str:
    return f"{added:,} rows added, {removed:,} taken out" if added or removed else "nothing differed"


def _tell(said: dict[str, Any], what: str, *, as_json: bool) -> None:
    if as_json:
        echo(json.dumps(said, indent=2, ensure_ascii=False))
        return
    echo(f"{what}; {said['rows']:,} rows alike in every column, edition {said['edition_id']} in force")


def _address(url: str | None, data: Path | None) -> LakeAddress:
    from warehouse.lake.address import LakeAddress, NoLakeAddress

    settings = settings_or_fail().warehouse
    chosen = url or settings.url
    if not chosen:
        raise click.UsageError("which shared warehouse? set warehouse.url (GPT2030_WAREHOUSE__URL), or give its URL")
    try:
        return LakeAddress.parse(chosen, data or settings.data)
    except NoLakeAddress as error:
        raise click.UsageError(str(error)) from None


@contextmanager
def _failing() -> Iterator[None]:
    """Inside, what goes wrong with a warehouse is a Failure."""
    from warehouse.errors import WarehouseError

    try:
        yield
    except WarehouseError as error:
        raise Failure(str(error)) from None
