"""What is the same in both languages is worked out once an edition, and each language has its own words for it."""

from __future__ import annotations

from flows.edition.evidence import records_of
from flows.edition.files import edition_files
from flows.edition.row_chart import of_series
from flows.edition.site import Site, site_of
from tests.flows.edition.site_made import COMPUTE, draft
from tests.warehouse.edition_frames import EDITION


def made() -> Site:
    """An edition of which nothing is worked out yet."""
    whole = draft()
    frames = {"properties": whole.content.properties, "forecasts": whole.content.forecasts, "changes": whole.changes}
    return site_of(EDITION, frames, whole.beneath)


def test_the_chart_of_a_series_is_worked_out_for_the_first_language_and_named_in_each():
    site = made()
    series = {**site.series[COMPUTE], "label_en": "Compute", "label_zh": "计算量"}
    english = of_series(series, site, "en")
    # Nothing to work it out from again.
    del site.observations[COMPUTE]  # type: ignore[attr-defined]
    chinese = of_series(series, site, "zh")
    assert (english.title, chinese.title) == ("Compute", "计算量")
    assert english.subtitle != chinese.subtitle
    assert english.readings
    assert (english.readings, english.frontier, english.fan) == (chinese.readings, chinese.frontier, chinese.fan)


def test_the_records_of_a_series_are_looked_for_once_and_told_in_each_language():
    site = made()
    (row,) = [one for one in site.rows if one["property_id"] == "compute.train_flop"]
    (english,) = records_of(row, site, "en")
    site.observations[COMPUTE] = site.observations[COMPUTE].clear()  # type: ignore[index]
    (chinese,) = records_of(row, site, "zh")
    assert [one.system for one in english.rows] == [one.system for one in chinese.rows] == ["GPT-6", "GPT-4", "GPT-3"]
    assert english.label != chinese.label


def test_two_editions_in_one_process_are_worked_out_apart():
    """A backfill writes many: what one has seen is no chart of another."""
    before, now = (
        edition_files(draft(system=name), EDITION)["p/compute.train_flop.html"] for name in ("GPT-6", "GPT-7")
    )
    assert b"GPT-7" in now
    assert b"GPT-7" not in before
