"""The page docs/properties.md: every row of the table, how it is computed, what the essay said and where it errs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flows.edition.markdown import table
from models.days import readable
from models.forecasting.frontier import LEVEL_DAYS
from models.properties.belief_rows import QUESTIONS
from models.properties.benchmark_rows import BENCHMARKS, MATH, MATH_REPORTED
from models.properties.companions import BESIDE
from models.properties.declared_inputs import ASSUMED, LIMITS, MEASURED_INPUTS, SERIES_INPUTS
from models.properties.essay_arithmetic import DEFINITIONS
from models.properties.formulas import formulas
from models.properties.horizon_rows import HORIZONS, LEAST_DAYS_AHEAD
from models.properties.table import PROPERTY_IDS
from sources.essay import INCONSISTENCIES, NUMBERS, PUBLISHED_ON, EssaySource
from sources.records import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from models.properties.horizon_rows import Scenario

SECTIONS: Final = {
    1: "Specific capabilities",
    2: "Speed",
    3: "Throughput",
    4: "Learning in parallel",
    5: "Modalities and tools",
    6: "Work, autonomy and impact",
}
INTRO: Final = """# The properties

The essay *What will GPT-2030 look like?* (Jacob Steinhardt, June 2023) gives numbers for most of the 44 rows
of the table, or they follow from what it says (`implied`); some rows it names without a number, and some have taken the
place of its tests (`not_stated`). 14 more entries of `core.essay_number` are the assumptions behind them. Every row has
three numbers side by side:

- **today's forecast** for the target date (p05 to p95), by the same reasoning on what is known today;
- **the essay's number**; its bracketed ranges are the 25th to 75th percentile. `essay_recomputed` is the row's formula
  on the essay's own stated numbers, one step at a time, because the essay carries rounded results forward;
- **what is known so far**, and of which kind (`actual_kind`): *measured* is a cited row of that very quantity,
  printed as *estimated* where its publisher itself calls it likely or speculative, and as a *third-party report* or
  *from memory* where it rests on one (`actual_note` has the words); *derived* a measured number times what is assumed;
  *implied* what the row's formula gives on today's inputs, of which nothing need have happened. Only measured rows can
  be *crossed*.

A formula is a function whose argument names are the ids it depends on (`models/properties/formulas.py`), so the
formulas below are read from the code. Their units are checked with pint, conversions included.

| status | means |
|---|---|
| open | forecast, and nothing measured has passed what the essay forecast; a pace is measured, while in use |
| crossed | what is measured or reported has passed the essay's number, the mark, or, more plainly, a question |
| resolved | the forecasting platform has answered the question |
| retired | a test past its mark or near its ceiling, or a pace on one nobody reports on: not extrapolated |
| beyond_range | shown as scenarios only: an extrapolation this far would be a number without meaning |
| unrefittable | a judgement, constants, nothing that measures it, or a test short of mark and ceiling: see the reason |
| withheld | only a platform knows, and it does not show the number |
| not_asked | only a platform knows, and nobody has asked it: no key, offline, or switched off |

An empty number has a state beside it: `withheld` (the source answered but does not show it), `not_asked` (nobody has
asked the source), `missing` (nobody states it), `not_applicable` (nothing to forecast), `not_yet` (may not come
before the target date), `not_stated` (the essay gives none). Where the essay gives a point without a range,
`detail_json` says `"essay_range": "not_stated"`.
"""


def render() -> str:
    """The whole page as Markdown; the same code and data always give the same text."""
    numbers = _rows(NUMBERS, "core.essay_number")
    by_id = {row["property_id"]: row for row in numbers}
    parts = [INTRO]
    for section, title in SECTIONS.items():
        rows = [by_id[property_id] for property_id in PROPERTY_IDS if by_id[property_id]["section"] == section]
        parts.append(f"## {section}. {title}\n\n{table(('id', 'row', 'unit', 'essay', 'today'), map(_property, rows))}")
    assumed = [row for row in numbers if row["placement"] == "assumption"]
    parts += [
        _beside(),
        _HORIZON_WORDS,
        _OTHER_ROADS,
        _inputs(),
        _assumptions(assumed),
        _inconsistencies(_rows(INCONSISTENCIES, "core.inconsistency")),
    ]
    return "\n".join(parts)


def how(property_id: str) -> str:
    """How today's number of a row comes about, in one line."""
    if property_id in formulas():
        return f"`{formulas()[property_id].text}`"
    if property_id in BENCHMARKS:
        return "frontier of " + " or ".join(f"`{one.rstrip('/')}`" for one in BENCHMARKS[property_id].series_ids)
    if property_id in QUESTIONS:
        return f"community forecast of Metaculus question {QUESTIONS[property_id].question_id}"
    if property_id in HORIZONS:
        return _horizon(property_id)
    return _SINGULAR.get(property_id, "a judgement of 2023 that nobody has renewed: none of today")


def _horizon(property_id: str) -> str:
    one = HORIZONS[property_id]
    courses = "; ".join(f"{course.name} ({_pace(course)})" for course in one.scenarios)
    ahead = "quantiles for the coming two years; for the target day declared courses from the day of the newest record"
    return f"`{one.series_ids[0]}`: {ahead}: {courses}"


def _pace(course: Scenario) -> str:
    """Months of doubling, and from when on it is another number."""
    first = f"{course.months:g} months"
    return f"{first}; from {course.bend} {course.months_after:g} months" if course.bend else first


# Inputs that are worked out for each edition, and why some definitions are what they are.
_WEIGHED: Final = {
    "speed.prior_multiple": "the essay's own range of the speed, read as a distribution",
    "speed.trend_weight": "the trend's share in the mean of both logarithms, each weighed by one over its variance",
    "auto.months_ahead": "months from the newest measurement to the target date",
}
_WHY: Final = {
    "overhang.data_rule": "(the essay's factor from GPT-3's tokens to those that its compute would have wanted)",
    "auto.working_life": "days (40 years of 250, beyond which the length of a task has no meaning left)",
    "limit.sharpness": "(at 2, a trend that has reached its limit gets 71 % of it: a convention that no data tell)",
}
_HORIZON_WORDS: Final = f"""## Horizons, and what stands beside them

- *METR states its newest as at least 16 h*; its file has the point estimate, 1,045 minutes. The row takes the
  number of the file, and says beside it what METR states: "stated as at least 16". The courses and the coming years
  carry METR's interval along.
- METR's doubling times are several: 131 days since 2023 (29 January 2026), 129 on its page of May 2026; 212 days over
  all years (2025), 188 on that page. *Goes on as since 2023* is declared as 4 months, *as over all years* as 7,
  that of 2025.
- `auto.metr_h` gives no number for 2030, `auto.horizon_days` does, from the same instrument. The former would
  publish a fit, and fits have not been scored so far ahead. The latter asks what follows if horizons double at an
  assumed pace, `auto.doubling_months` (7, and 4 to 12 from the 10th to the 90th percentile): it is as wide as that
  assumption, bounded by a working life, and no measurement behind the assumption reaches to 2030.
- `cyber.horizon` takes its record and its coming years from Lyptus (50 % success) and the pace of two courses from
  UK AISI (80 %).
- The coming years are forecast from the day of the edition, on which the record stands as it does; the courses double
  from the day on which the record was set. A day without a record puts the first off and not the second.
- The coming years are told from {LEAST_DAYS_AHEAD} days ahead on: nearer, a forecast is the record once more.
"""
_OTHER_ROADS: Final = f"""## Numbers beside a row

`show` and the page of a row print other roads to its number where there are any:

- *Without the limit X*: the row's formula once more, with that limit taken away, and in how many draws it binds
  (its trend lies beyond it). It *holds the row back* where those are more than half and the median without it would be
  other by a fifth or more; the status names every limit that binds in more than half of the draws.
- *With other modalities and synthetic data in place of data.stock_tokens*: the same with the wider stock that
  `data.multimodal_tokens_2030` in `core.assumption` states.
- *The same by compute instead of tokens*: from the median forecast of compute, the tokens that the largest run would
  see if tokens and parameters grew alike (Hoffmann et al. 2022), each worth three passes. It knows no stock of data.
- *Copies at once*, under `work.agents`: `learn.copies_compute / speed.multiple` for the target date, how many could
  run at once on the cluster that trained the system, each at its speed. The row itself counts years of work.
- *Read in the half-year up to the newest*, under `speed.multiple`: its value so far is the median of the readings
  of the {LEVEL_DAYS} days up to the newest one, whatever the fastest was; so it is of every series that is a level
  and not a record.
- `overhang.chinchilla_years` ("if data were no limit") is the essay's own road: GPT-3's years, times the square
  root of how much more compute there is. It starts from other numbers than `overhang.work_years`; either may be the
  larger.
- *Essay's formula on the essay's inputs*: of a row with a formula, that formula on the numbers the essay states; of
  `math.date_92pct` the day on which the line through its two measured points (6.9 % on 5 March 2021, 50.3 % on 30 June
  2022), straight in logits as benchmarks are fitted here, reaches 92 %."""

_SINGULAR: Final = {
    "math.date_92pct": "first day of `{}`, or of `{}` where it has no rows, at 92 % or more".format(*MATH_REPORTED),
    "math.velocity_pp": f"what the record of `{MATH}` gained in the twelve months before",
    "cap.superhuman_flags": "share of the tasks named whose forecast reaches the best people; each in `detail_json`",
}


def _property(row: dict[str, Any]) -> tuple[str, ...]:
    names = f"{row['label_en']}<br>{row['label_zh']}"
    return (f"`{row['property_id']}`", names, row["unit"], _essay(row), how(row["property_id"]))


def _essay(row: dict[str, Any]) -> str:
    if row["p50"] is None:
        return "–"
    shown = _number(row["p50"], row["unit"])
    between = "" if row["p25"] is None else f" ({_number(row['p25'], '')} to {_number(row['p75'], '')})"
    return f"{shown}{between}{', implied' if row['is_implied'] else ''}"


def _number(value: float, unit: str) -> str:
    return f"{value:.1f}".removesuffix(".0") if unit == "year" else readable(value)


def _inputs() -> str:
    series = [(f"`{name}`", " or ".join(f"`{one}`" for one in ids), "") for name, ids in SERIES_INPUTS.items()]
    assumed = [
        (f"`{name}`", f"`core.assumption` {one.assumption_id}", _fallback(one.fallback, one.why))
        for name, one in ASSUMED.items()
    ]
    steps = [(f"`{name}`", f"`{one.text}`", "") for name, one in formulas().items() if name not in PROPERTY_IDS]
    series += [(f"`{name}`", f"now: `{ids[0]}`", "") for name, (ids, _) in MEASURED_INPUTS.items()]
    series += [(f"`{name}`", said, "") for name, said in _WEIGHED.items()]
    assumed += [
        (f"`{name}`", f"{value:,.12g} {_WHY.get(name, 'by definition')}", "") for name, value in DEFINITIONS.items()
    ]
    limits = ", ".join(f"`{name}`" for name in LIMITS)
    text = f"Named limits, each of which can be switched off: {limits}. Rows they hold back show themselves without."
    return (
        f"## Inputs\n\n{text}\n\n{table(('input', 'comes from', 'if nothing is stated'), [*steps, *series, *assumed])}"
    )


def _beside() -> str:
    cells = [
        (f"`{property_id}`", one.label, f"`{one.series_id}`", "follows it" if one.is_successor else "")
        for property_id, companions in BESIDE.items()
        for one in companions
    ]
    text = (
        "Shown under a row, each with its newest record and, of benchmarks still in use, its own forecast. A benchmark "
        "within a tenth of its ceiling whose successor has rows is retired: what is left there may be errors of "
        "the benchmark; audits of those that have been found stand under the row, too."
    )
    return f"## Beside the rows\n\n{text}\n\n{table(('row', 'what', 'series', ''), cells)}"


def _fallback(value: float, why: str) -> str:
    return why if value == float("inf") else f"{readable(value)}: {why}"


def _assumptions(rows: Sequence[dict[str, Any]]) -> str:
    cells = [(*_property(row)[:4], row["statement"]) for row in rows]
    return f"## The essay's assumptions\n\n{table(('id', 'name', 'unit', 'value', 'said'), cells)}"


def _inconsistencies(rows: Sequence[dict[str, Any]]) -> str:
    cells = [(row["place"], row["stated"], row["correct"], row["effect"]) for row in rows]
    text = (
        "Kept as rows of `core.inconsistency`; golden tests assert each number as it is, agreement or not.\n"
        "*Translation* is the Chinese text of the essay from which this project began: no address of it is on\n"
        "file, and what was taken from it cites the original. *Revised text* is the version on LessWrong, with\n"
        "footnotes and appendices."
    )
    return f"## Where the essay contradicts itself\n\n{text}\n\n{table(('where', 'says', 'correct', 'so'), cells)}"


def _rows(feed: str, table: str) -> list[dict[str, Any]]:
    """The rows of one embedded file of the essay."""
    from datetime import UTC, datetime, time

    source = EssaySource()
    (body,) = (one.body for one in source.fetch(None, "", {}) if one.feed == feed)  # type: ignore[arg-type]
    assert body is not None
    moment = datetime.combine(PUBLISHED_ON, time(), UTC)
    parsed = source.parse(Snapshot("essay", feed, f"embedded:essay/{feed}", body, moment, PUBLISHED_ON))
    return parsed.frames[table].to_dicts()
