"""`gpt2030 chart`: the chart of one series on stdout or in a file, or of every series in a folder."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast

import click

from flows.commands.common import LANG, Failure, corrections_or_fail, did_you_mean, open_read_copy, row_meant
from flows.terminal import echo

if TYPE_CHECKING:
    from datetime import date

    from flows.ask.chart import Charted

    Picture = Literal["svg", "png"]

PICTURES: Final = ("svg", "png")
ALL_SERIES: Final = '`gpt2030 sql "SELECT series_id FROM core.series"` lists them, and `gpt2030 show` the rows'


@click.command()
@click.argument("series_id", metavar="[SERIES]", required=False)
@click.option("--format", "picture", type=click.Choice(PICTURES), help="Default: as FILE is called, else svg.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Where; default stdout.")
@click.option("--all", "folder", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
              help="Every series that has rows, one file each.")  # fmt: skip
@LANG
def chart(series_id: str | None, picture: str | None, out: Path | None, folder: Path | None, lang: str) -> None:
    """What was measured, the best so far, the forecast, what the essay and Metaculus said, and what came.

    SERIES as in core.series, or a row of the table, by its id or its number: then the first of the series that it
    rests on. With --all a file is called like its series, `/` as `__`.
    """
    if (series_id is None) == (folder is None) or (folder and out):
        raise click.UsageError("give one series (and --out FILE), or --all DIR")
    drawn = _read()
    chosen = _series_of(row_meant(series_id)) if series_id is not None else None
    if folder is not None:
        _write_all(drawn, folder, _format(picture, None), lang)
        return
    kind = _format(picture, out)
    if out is None and kind == "png" and sys.stdout.isatty():
        raise click.UsageError("PNG is no text: send it to a file with --out FILE")
    content = _drawn(drawn, cast("_Chosen", chosen), kind, lang)
    if out is None:
        sys.stdout.buffer.write(content)
        return
    out.write_bytes(content)
    echo(f"{out} written", err=True)


def file_name(series_id: str, picture: str) -> str:
    """The file of a series: flat, so that a folder of charts can be looked through; no id has an underscore."""
    return f"{series_id.replace('/', '__')}.{picture}"


def _format(picture: str | None, out: Path | None) -> Picture:
    """What was asked for, or what the file's ending says; misuse when the two differ, or when we cannot write it."""
    ending = out.suffix.lower().removeprefix(".") if out else ""
    if ending and ending not in PICTURES:
        raise click.UsageError(f"{out}: no .{ending} is written here; name the file .svg or .png")
    if picture and ending in PICTURES and ending != picture:
        raise click.UsageError(f"--format {picture} does not fit {out}")
    return cast("Picture", picture or (ending if ending in PICTURES else PICTURES[0]))


def _read() -> Charted:
    from flows.ask.chart import NoSuchSeries, charted

    with open_read_copy() as reader:
        try:
            return charted(reader, corrections_or_fail())
        except NoSuchSeries as problem:
            raise Failure(str(problem)) from None


class _Chosen(NamedTuple):
    """A series, and the row that it was named by: the day that its forecast is drawn up to, if any; one by formula."""

    series_id: str
    until: date | None = None
    unlimited: str = ""


def _series_of(name: str) -> _Chosen:
    """The series itself, or the first one that a row of the table is computed from."""
    from models.days import SCORED_DAYS
    from models.properties.formulas import formulas
    from models.properties.living import LIVING_SERIES
    from warehouse.published import beyond_range_on, series_beneath

    with open_read_copy() as reader:
        found, day = series_beneath(reader, name), beyond_range_on(reader, name)
    if found is None:
        return _Chosen(LIVING_SERIES.get(name, name))
    if not found:
        raise Failure(f"{name} rests on no series; `gpt2030 explain {name}` shows what it is computed from")
    if len(found) > 1:
        echo(f"{name} rests on {', '.join(found)}; this is the first", err=True)
    unlimited = name if name in formulas() else ""
    if unlimited:
        echo(f"{name} is computed by a formula: drawn is {found[0]} alone, without the limits of the row", err=True)
    if day is None:
        return _Chosen(found[0], unlimited=unlimited)
    until = day + timedelta(days=SCORED_DAYS)
    echo(f"{name} gives no number beyond what has been scored: the forecast is drawn up to {until}", err=True)
    return _Chosen(found[0], until, unlimited)


def _write_all(drawn: Charted, folder: Path, picture: Picture, lang: str) -> None:
    names = drawn.series["series_id"].to_list()
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / file_name(name, picture)).write_bytes(drawn.draw(name, picture, lang))
    echo(f"{len(names)} charts written into {folder}", err=True)


def _drawn(drawn: Charted, chosen: _Chosen, picture: Picture, lang: str) -> bytes:
    from flows.ask.chart import Named, NoSuchSeries
    from models.properties.living import LIVING_SERIES
    from models.properties.table import PROPERTY_IDS

    try:
        return drawn.draw(chosen.series_id, picture, lang, Named(chosen.until, chosen.unlimited))
    except NoSuchSeries as problem:
        known = [*drawn.series["series_id"], *PROPERTY_IDS, *LIVING_SERIES]
        raise Failure(f"{problem}; {did_you_mean(chosen.series_id, known, ALL_SERIES)}") from None
