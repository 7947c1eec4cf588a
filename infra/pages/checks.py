"""The page docs/checks.md: every check with what it verifies and what a failure does, from the declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from warehouse.checks import declared, forecasts, landed, observed, published, publishers
from warehouse.checks.report import AGREED, EXPIRED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warehouse.checks import Check

INTRO: Final = """# The checks

Before an edition is published, the candidate file that would replace the read copy is checked, with the new edition in
it. A failed check does one of three things:

- **stop**: what is there contradicts itself; nothing is published, the last good edition stays and says it is stale.
- **hold**: a person should look first; until then the same.
- **note**: published, and said beside it.

Every check is declared once, as a query that returns the offending rows, and is run twice on the candidate: by one
DuckDB connection, and as an expectation of Great Expectations (critical, warning, info). Where the two disagree, that
is itself a stop. The outcome of every run is kept:

```sql
select check_name, consequence, is_passed, source_id, affected_count, evidence
from core.check_result
where run_id = (select arg_max(run_id, checked_at) from core.check_result)
order by is_passed, check_name
```
"""
SECTIONS: Final = (
    ("What the contracts declare", declared.CHECKS),
    ("How rows came in", landed.CHECKS),
    ("What rows say", observed.CHECKS),
    ("The publishers", publishers.CHECKS),
    ("The property table", published.CHECKS),
    ("Fits and forecasts", forecasts.CHECKS),
    ("The checks themselves", (AGREED, EXPIRED)),
)
SUPPRESSIONS: Final = """## Known false alarms

A failure that is understood and harmless can be turned into a note until a day, in `corrections.toml` under
`GPT2030_HOME` or in the working directory:

```toml
[[suppressions]]
check_name = "publishers_agree"
reason = "Epoch re-ran GPT-4 with other prompts; the curated row is the older run"
until = 2027-01-31
at_most = 2              # optional: a third row raises the alarm again
source_id = "metr"       # optional: only for this publisher
```

The note repeats the reason. After its last day a suppression does nothing, and every refresh asks for its renewal or
deletion.

## Corrections

A published value that is known to be wrong is never edited. The same file declares what to read instead:

```toml
[[corrections]]
series_id = "math/full/single-sample"     # which rows: any columns of the table
system_id = "gpt-4"
action = "override"                       # drop, override, scale or flag
expect = 0.425                            # the published value it corrects
value = 0.529                             # the new value, or the factor of a scale
reason = "the figure is of a later re-run"
citation_url = "https://example.org/erratum"
until = 2027-06-30
```

`table` (default `core.observation`) and `column` (default `value`) can be named. A correction that finds no row, or
another published value than it expects, or whose last day has passed, does nothing and fails `corrections_match`: the
edition is held until the entry is renewed or deleted.
"""


def render() -> str:
    """The whole page as Markdown; the same code always gives the same text."""
    parts = [INTRO, *(f"## {title}\n\n{_table(checks)}\n" for title, checks in SECTIONS), SUPPRESSIONS]
    return "\n".join(parts)


def _table(checks: Iterable[Check]) -> str:
    rows = [f"| `{check.name}` | {check.what} | {check.consequence} |" for check in checks]
    return "\n".join(["| check | verifies that | a failure is a |", "| --- | --- | --- |", *rows])
