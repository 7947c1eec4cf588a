"""Who forecasts, under names that people understand."""

from __future__ import annotations

from flows.edition.charts import MEMBER_PREFIX
from flows.edition.words import words


def forecaster_name(forecaster_id: str, lang: str) -> str:
    """A forecaster under the name that the words have for its id; one that has none yet keeps its id."""
    w = words(lang)
    if forecaster_id in w.forecasters:
        return w.forecasters[forecaster_id]
    if forecaster_id.startswith(MEMBER_PREFIX):
        return w.site["f_member"].format(forecaster_id.removeprefix(MEMBER_PREFIX))
    return forecaster_id
