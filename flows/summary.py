"""What a refresh did, in one sentence, one page and one JSON object."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from warehouse.vintages import Landing

if TYPE_CHECKING:
    from flows.steps import Run


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source in the summary: what came of the looks, what landed, what was refused."""

    source_id: str
    outcome: str
    added: int
    revised: int
    deleted: int
    unchanged: int
    quarantined: int
    detail: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """One run; counts are rows of all tables."""

    run_id: str
    outcome: str
    edition_id: str | None
    origin_date: str
    landed_rows: int
    quarantined_rows: int
    messages: tuple[str, ...]
    sources: tuple[SourceLine, ...]
    home: str

    @property
    def is_fine(self) -> bool:
        """Whether an edition stands that speaks for the day of the run."""
        return self.outcome in {"published", "unchanged"}

    def as_json(self) -> dict[str, Any]:
        """The summary as JSON values."""
        return asdict(self)

    def sentence(self) -> str:
        """The run in one sentence."""
        if self.outcome == "unchanged":
            return f"nothing changed: {self.landed_rows} rows landed, edition {self.edition_id} stands"
        if self.outcome == "published":
            refused = f", {self.quarantined_rows} refused (see `gpt2030 quarantine`)" if self.quarantined_rows else ""
            return f"published {self.edition_id}: {self.landed_rows} rows landed{refused}"
        kept = f"the last good edition {self.edition_id} stays" if self.edition_id else "there is no edition yet"
        return f"held: not published, {kept}: " + "; ".join(self.messages)

    def markdown(self) -> str:
        """The run as a short page."""
        lines = [f"# {self.sentence()}", "", "| source | look | added | revised | deleted | unchanged | refused | |"]
        lines += ["|---|---|--:|--:|--:|--:|--:|---|"]
        lines += [
            f"| {s.source_id} | {s.outcome} | {s.added} | {s.revised} | {s.deleted} | {s.unchanged} "
            f"| {s.quarantined} | {s.detail or ''} |"
            for s in self.sources
        ]
        return "\n".join(lines) + "\n"


def summarise(run: Run) -> Summary:
    """Sum up a run after its last step."""
    source_ids = list(dict.fromkeys(look.source_id for look in run.looks))
    return Summary(
        run.run_id,
        run.outcome,
        run.edition_id,
        run.clock.today.isoformat(),
        run.changed_rows,
        sum(one.refused_count for one in run.landed),
        tuple(run.messages),
        tuple(_line(run, source_id) for source_id in source_ids),
        str(run.home),
    )


def _line(run: Run, source_id: str) -> SourceLine:
    looks = [look for look in run.looks if look.source_id == source_id]
    landed = [one for one in run.landed if one.source_id == source_id]
    tables = [table.landing for one in landed for table in one.tables]
    counts = {kind: sum(getattr(table, kind) for table in tables) for kind in Landing._fields}
    said = [look.detail for look in looks if look.detail][:1]
    said += [f"{one.feed} held: {one.reason}" for one in landed if one.is_held]
    said += [f"{one.feed}: {one.note}" for one in landed if one.note]
    return SourceLine(
        source_id,
        ", ".join(dict.fromkeys(look.outcome for look in looks)),
        quarantined=sum(one.refused_count for one in landed),
        detail="; ".join(said) or None,
        **counts,
    )
