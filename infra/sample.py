"""A home with one edition from the embedded default, made without Prefect: for docs, cookbook and benches."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from flows.ask.changes import world_of
from flows.run import intake, steps
from flows.run.looks import EMBEDDED, Lookout
from flows.run.run import Request
from flows.run.sequence import publish_landed
from flows.settings import Clock, load_settings
from models.forecasting.pool import ROW_COLUMNS, forecast
from models.properties.context import Context
from warehouse.reader import Reader
from warehouse.snapshots import in_force
from warehouse.store import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.run.run import Run
    from warehouse.contracts.content import Content

SAMPLE_DAY = date(2026, 11, 26)


def publish_sample(
    home: Path, day: date = SAMPLE_DAY, then: Callable[[Run, Content], None] | None = None, **overrides: Any
) -> str:
    """Publish the edition of `day` under `home` and return its id; `overrides` are settings.

    `then` is handed the run that has published and its content, while the warehouse is open.
    """
    settings = load_settings(home=home, **overrides)
    clock = Clock.read(day)
    with Warehouse.open(home, now=clock.now) as warehouse:
        run = steps.begin(settings, Request(EMBEDDED, is_offline=True, is_gated=False), clock, home, warehouse)
        sources = {source_id: steps.build_source(source_id, settings) for source_id in EMBEDDED}
        lookout = Lookout(None, run.store, run.clock)
        looks = []
        for source_id, source in sources.items():
            standing = in_force(warehouse, source_id, at=clock.now)
            looks += lookout.look(source, steps.base_url(source, settings), standing)
        steps.keep(run, looks, {source_id: source.licence for source_id, source in sources.items()})
        for source_id, source in sources.items():
            if intake.has_news(run, source_id):
                intake.land_source(run, source)
        content = publish_landed(run)
        if then:
            then(run, content)
    return content.edition_id


def sample_context(day: date = SAMPLE_DAY) -> Context:
    """What the table of the embedded default is computed from on a day, without its forecasts' other days."""
    with TemporaryDirectory(prefix="gpt2030-sample-") as folder:
        home = Path(folder)
        edition_id = publish_sample(home, day)
        with Reader(home / "gpt2030.duckdb") as reader:
            world = world_of(reader, edition_id)
    rows = world.known.observations.select(ROW_COLUMNS)
    return Context(world, forecast(rows, world.known.series, day, [world.target_date]))
