"""What a refresh did, in one sentence, one page and one JSON object."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from flows.edition.words import words
from warehouse.health import ANSWERED, source_health
from warehouse.vintages import Landing

if TYPE_CHECKING:
    from flows.run.run import Run


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One source in the summary: its state (`warehouse.health`), what came of the looks, what landed, was refused."""

    source_id: str
    state: str
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
    is_replay: bool = False
    is_rehearsal: bool = False
    is_dry_run: bool = False

    @property
    def is_fine(self) -> bool:
        """Whether an edition stands that speaks for the day of the run."""
        return self.outcome in {"published", "unchanged"}

    def as_json(self) -> dict[str, Any]:
        """The summary as JSON values."""
        return asdict(self)

    @property
    def unread(self) -> dict[str, list[str]]:
        """By outcome, the sources that are switched on and were not read: unsaid, an edition looks whole."""
        found: dict[str, list[str]] = {}
        for line in self.sources:
            if not set(line.outcome.split(", ")) & {*ANSWERED, "disabled"}:
                found.setdefault(line.outcome, []).append(line.source_id)
        return found

    def sentence(self) -> str:
        """The run in one sentence, and a second one when sources were not read."""
        unread = self.unread
        if not unread:
            return self._what_came_of_it()
        total = sum(line.outcome != "disabled" for line in self.sources)
        said = "; ".join(f"{', '.join(names)}: {_in_words(outcome)}" for outcome, names in unread.items())
        count = sum(len(names) for names in unread.values())
        return f"{self._what_came_of_it()}. {count} of {total} sources were not read: {said}"

    def _what_came_of_it(self) -> str:
        if self.outcome == "unchanged":
            return f"nothing changed: {self._landed()}, edition {self.edition_id} stands"
        if self.outcome == "published":
            refused = f", {self.quarantined_rows} refused (see `gpt2030 quarantine`)" if self.quarantined_rows else ""
            did = "would have published" if self.is_dry_run else "published"
            kept = "; a dry run: nothing of it is kept" if self.is_dry_run else ""
            rows = f"{self._landed()}{refused}"
            return f"{did} {self.edition_id}{self._kind()}: {rows}{kept}"
        kept = f"the last good edition {self.edition_id} stays" if self.edition_id else "there is no edition yet"
        return f"held: not published, {kept}: " + "; ".join(self.messages)

    def _landed(self) -> str:
        return f"{self.landed_rows:,} row{'' if self.landed_rows == 1 else 's'} landed in all tables"

    def _kind(self) -> str:
        if self.is_rehearsal:
            return f", a rehearsal of {self.origin_date}, which has not come"
        return f", a replay of {self.origin_date}" if self.is_replay else ""

    def markdown(self) -> str:
        """The run as a short page."""
        lines = [
            f"# {self.sentence()}",
            "",
            "| source | state | look | added | revised | deleted | unchanged | refused | |",
        ]
        lines += ["|---|---|---|--:|--:|--:|--:|--:|---|"]
        lines += [
            f"| {s.source_id} | {s.state.replace('_', ' ')} | {_in_words(s.outcome)} "
            f"| {s.added} | {s.revised} | {s.deleted} | {s.unchanged} "
            f"| {s.quarantined} | {s.detail or ''} |"
            for s in self.sources
        ]
        return "\n".join(lines) + "\n"


def summarise(run: Run) -> Summary:
    """Sum up a run after its last step."""
    source_ids = list(dict.fromkeys(look.source_id for look in run.looks))
    health = source_health(run.warehouse, run.clock.now, run.settings.alerts.stale_days)
    states = dict(health.select("source_id", "state").iter_rows())
    return Summary(
        run.run_id,
        run.outcome,
        run.edition_id,
        run.clock.today.isoformat(),
        run.changed_rows,
        sum(one.refused_count for one in run.landed),
        tuple(run.messages),
        tuple(_line(run, source_id, states.get(source_id, "not_asked")) for source_id in source_ids),
        str(run.home),
        run.clock.is_replay,
        run.clock.is_rehearsal,
        run.request.is_dry_run,
    )


def _in_words(outcomes: str) -> str:
    """What came of the looks at one source as the page says it: an id of ours would be a second name for it."""
    meaning = words("en").outcomes
    return ", ".join(meaning[one] for one in outcomes.split(", "))


def _line(run: Run, source_id: str, state: str) -> SourceLine:
    looks = [look for look in run.looks if look.source_id == source_id]
    landed = [one for one in run.landed if one.source_id == source_id]
    tables = [table.landing for one in landed for table in one.tables]
    counts = {kind: sum(getattr(table, kind) for table in tables) for kind in Landing._fields}
    said = [look.detail for look in looks if look.detail][:1]
    said += [f"{one.feed} held: {one.reason}" for one in landed if one.is_held]
    said += [f"{one.feed}: {one.note}" for one in landed if one.note]
    return SourceLine(
        source_id,
        state,
        ", ".join(dict.fromkeys(look.outcome for look in looks)),
        quarantined=sum(one.refused_count for one in landed),
        detail="; ".join(said) or None,
        **counts,
    )
