"""The expectation behind every check in SQL; importing this module imports Great Expectations, which takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

if TYPE_CHECKING:
    from collections.abc import Mapping


class NoOffendingRows(UnexpectedRowsExpectation):
    """Passes when its query returns no row, and always reports the rows it returns.

    The parent asks twice, for the rows and for their count; checks come counted, a line per publisher, so that once
    is enough and nothing is cut off at the parent's 200 rows.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)

    def _validate(self, metrics: Mapping[str, Any], *_: Any, **__: Any) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.table"]
        return {"success": not rows, "result": {"observed_value": len(rows), "details": {"unexpected_rows": rows}}}
