"""Which editions may be thinned: old ones that are neither the first of their month nor the one in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from warehouse.published import edition_in_force

if TYPE_CHECKING:
    from datetime import date

    from warehouse.editions import EditionShelf
    from warehouse.vintages import Queries


class Thinnable(NamedTuple):
    """An edition whose files may go, and how much room that makes; `bytes` is 0 where they are gone already."""

    edition_id: str
    origin_date: date
    bytes: int


def thinnable(queries: Queries, shelf: EditionShelf, before: date) -> list[Thinnable]:
    """The editions of days before `before` that can be thinned, oldest first.

    The first edition of each month stays whole, and so does the one in force. One whose folder is gone,
    as after a kill, is among them: it has to get its pages. Its rows in the warehouse are untouched by all this.
    """
    found = queries.frame(
        """SELECT edition_id, origin_date FROM out.edition
           QUALIFY row_number() OVER (PARTITION BY date_trunc('month', origin_date) ORDER BY origin_date, issued_at,
                                      edition_id) > 1 AND origin_date < ?
           ORDER BY origin_date, issued_at, edition_id""",
        [before],
    )
    standing = {shelf.latest(), edition_in_force(queries)}
    return [
        Thinnable(edition_id, day, shelf.disk_bytes(edition_id))
        for edition_id, day in found.iter_rows()
        if edition_id not in standing and not shelf.is_thinned(edition_id)
    ]
