"""Which Metaculus questions we ask for, and what we count on in their answers."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TYPES: Final = (
    "binary", "numeric", "date", "discrete", "multiple_choice", "conditional", "group_of_questions", "notebook",
)  # fmt: skip
_SHIPPED: Final = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True, slots=True)
class Question:
    """One post and our expectations of it.

    `type` None expects nothing. Numbers of the platform times `multiplier` are in `unit`; None leaves the
    platform's own unit. `range_max_between` bounds the converted upper end of the question's range.
    """

    post_id: int
    type: str | None = None
    title: str | None = None
    property_id: str | None = None
    unit: str | None = None
    multiplier: float = 1.0
    range_max_between: tuple[float, float] | None = None

    @property
    def feed(self) -> str:
        """The feed that carries the post."""
        return f"post-{self.post_id}"


def load_questions(extra: Iterable[Mapping[str, Any]] = ()) -> tuple[Question, ...]:
    """The shipped questions and the user's own, by post id; a user's entry replaces a shipped one.

    ValueError names the entry that lacks a post id, has an unknown type or an unknown key.
    """
    shipped = tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["question"]
    questions = [_question(entry, "the shipped questions") for entry in shipped]
    questions += [_question(entry, "the setting sources.metaculus.questions") for entry in extra]
    return tuple({question.post_id: question for question in questions}.values())


def _question(entry: Mapping[str, Any], where: str) -> Question:
    names = [field.name for field in fields(Question)]
    if unknown := sorted(set(entry) - set(names)):
        raise ValueError(f"unknown key {unknown[0]!r} of a question in {where}; known: {', '.join(names)}")
    post_id = entry.get("post_id")
    # True is an int to Python, and would be asked for as post 1.
    if not isinstance(post_id, int) or isinstance(post_id, bool) or post_id < 1:
        raise ValueError(f"a question in {where} has post_id {post_id!r}; give the number in its address")
    if entry.get("type") not in TYPES:
        raise ValueError(f"question {post_id} in {where} has type {entry.get('type')!r}; one of {', '.join(TYPES)}")
    between = entry.get("range_max_between")
    return Question(**{**entry, "range_max_between": None if between is None else (between[0], between[1])})
