"""Looking at a source: fetch, keep the bytes, and say in one word per feed what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from sources.errors import ServerFailed, SourceError, Truncated
from sources.files import is_folder
from sources.records import Fetched, Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from flows.settings import Clock
    from sources.source import Source
    from sources.web import Web
    from warehouse.snapshots import SnapshotFact, SnapshotStore

EMBEDDED: Final = ("curated", "essay")


@dataclass(frozen=True, slots=True)
class Look:
    """One attempt at one feed; `snapshot` is what stands in force afterwards, None when there is nothing."""

    source_id: str
    feed: str
    url: str
    outcome: str
    looked_at: datetime
    snapshot: SnapshotFact | None = None
    http_status: int | None = None
    detail: str | None = None
    size: int | None = None

    @property
    def is_stale(self) -> bool:
        """Whether an older snapshot had to stand in because this look brought nothing."""
        return self.outcome not in {"changed", "unchanged", "embedded"}


@dataclass(frozen=True, slots=True)
class Lookout:
    """Where looks read and keep: one per refresh, shared by the threads that look."""

    web: Web | None
    store: SnapshotStore
    clock: Clock

    def look(
        self, source: Source, base_url: str, standing: Mapping[str, SnapshotFact], *, is_final: bool = True
    ) -> list[Look]:
        """Ask one source for all its feeds; a failure becomes a look that says so and leaves what stood standing.

        Unless `is_final`, failures that may pass (ServerFailed, Truncated) are raised instead, for another attempt.
        """
        is_at_hand = source.source_id in EMBEDDED or is_folder(base_url)
        if self.web is None and not is_at_hand:
            return self._standing(source, base_url, standing, "offline", "not asked: offline")
        # A tag of another address may by chance be known to this one: old bytes would stay in force as not modified.
        known = {feed: fact.etag for feed, fact in standing.items() if fact.etag and fact.url.startswith(base_url)}
        try:
            answers = source.fetch(self._session(base_url), base_url, known)
        except SourceError as error:
            if not is_final and isinstance(error, (ServerFailed, Truncated)):
                raise
            return self._standing(source, base_url, standing, error.outcome, str(error), error.status)
        looks = [self._keep(source, answer, standing.get(answer.feed)) for answer in answers]
        # A publisher may answer with fewer feeds; in a folder of our own, a file that is gone is worth a word.
        if source.source_id in EMBEDDED:
            gone = standing.keys() - {answer.feed for answer in answers}
            looks += [self._gone(standing[feed], base_url) for feed in sorted(gone)]
        return looks

    def _session(self, base_url: str) -> Web:
        """What the source asks: a folder of files answers like the network; embedded sources ask neither."""
        if not is_folder(base_url):
            return cast("Web", self.web)
        from sources.folder import Folder

        return cast("Web", Folder(self.clock.today))

    def _keep(self, source: Source, answer: Fetched, before: SnapshotFact | None) -> Look:
        from warehouse.snapshots import SnapshotFact

        moment = self.clock.now
        if answer.failure is not None:
            said, failure = str(answer.failure), answer.failure
            outcome = failure.outcome
            return Look(source.source_id, answer.feed, answer.url, outcome, moment, before, failure.status, said)
        if answer.body is None:
            return Look(source.source_id, answer.feed, answer.url, "unchanged", moment, before, answer.status)
        snapshot_id = self.store.keep(answer.body)
        is_same = before is not None and before.snapshot_id == snapshot_id
        fact = SnapshotFact(
            snapshot_id, source.source_id, answer.feed, answer.url, moment, answer.etag, answer.media_type,
            # What came with the package was not witnessed on its days: it is history.
            is_backfilled=source.source_id in EMBEDDED,
        )  # fmt: skip
        outcome = "unchanged" if is_same else "embedded" if source.source_id in EMBEDDED else "changed"
        return Look(
            source.source_id, answer.feed, answer.url, outcome, moment, before if is_same else fact,
            answer.status, size=len(answer.body),
        )  # fmt: skip

    def _gone(self, fact: SnapshotFact, base_url: str) -> Look:
        """A file that the folder had and has no more: its rows go on standing, which nobody would notice unsaid."""
        said = f"no longer in {base_url}; its last snapshot stays in force"
        return Look(fact.source_id, fact.feed, fact.url, "not_found", self.clock.now, fact, detail=said)

    def _standing(  # noqa: PLR0917 - one line per way to fail
        self,
        source: Source,
        base_url: str,
        standing: Mapping[str, SnapshotFact],
        outcome: str,
        detail: str,
        status: int | None = None,
    ) -> list[Look]:
        moment = self.clock.now
        if not standing:
            return [Look(source.source_id, "*", base_url, outcome, moment, None, status, detail)]
        return [
            Look(source.source_id, feed, fact.url, outcome, moment, fact, status, detail)
            for feed, fact in sorted(standing.items())
        ]


def not_asked(source_id: str, url: str, moment: datetime, *, is_off: bool) -> Look:
    """The look at a source that this run leaves alone: switched off, or not among those it was told to look at."""
    outcome, said = ("disabled", f"sources.{source_id}.enabled is false") if is_off else ("not_asked", "not in --only")
    return Look(source_id, "*", url, outcome, moment, detail=said)


def look_row(look: Look, run_id: str, number: int) -> dict[str, object]:
    """A look as a row of raw.look."""
    return {
        "look_id": f"{run_id}/{number:03d}",
        "source_id": look.source_id,
        "feed": look.feed,
        "url": look.url,
        "looked_at": look.looked_at,
        "outcome": look.outcome,
        "http_status": look.http_status,
        "snapshot_id": look.snapshot.snapshot_id if look.snapshot else None,
        "detail": look.detail,
    }


def snapshot_row(look: Look, licence: str) -> dict[str, object] | None:
    """The snapshot a look brought, as a row of raw.snapshot; None when it brought no bytes."""
    if look.snapshot is None or look.size is None:
        return None
    return {**look.snapshot._asdict(), "bytes": look.size, "licence": licence}


def load_snapshot(store: SnapshotStore, fact: SnapshotFact, source: Source) -> Snapshot:
    """The bytes of a snapshot with what is known about them.

    A publisher's file may speak of days up to its retrieval; the embedded default up to the day it was curated, which
    lies after the day of a run that looks back.
    """
    curated_on = getattr(source, "known_through", None)
    day = fact.retrieved_at.date()
    return Snapshot(
        fact.source_id, fact.feed, fact.url, store.read(fact.snapshot_id), fact.retrieved_at,
        known_through=max(day, curated_on) if curated_on else day,
        etag=fact.etag, media_type=fact.media_type, is_backfilled=fact.is_backfilled,
    )  # fmt: skip
