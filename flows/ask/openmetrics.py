"""Numbers for a monitor, as text that both OpenMetrics and the older format of Prometheus read alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    # The labels of one sample, and its value; None where nobody knows it: then there is no sample, and no zero.
    Sample = tuple[Mapping[str, str], float | None]

PREFIX: Final = "gpt2030_"
# Only gauges: the other kinds that would fit are OpenMetrics' alone, and a collector of text files refuses them.
KIND: Final = "gauge"
UNITS: Final = ("seconds", "bytes")
END: Final = "# EOF\n"


@dataclass(frozen=True, slots=True)
class Family:
    """One metric: its name without ours before it, what it means, and its samples."""

    name: str
    help: str
    samples: Sequence[Sample]

    def lines(self) -> list[str]:
        """As text; nothing when there is nothing to tell."""
        known = [(labels, value) for labels, value in self.samples if value is not None]
        if not known:
            return []
        name = PREFIX + self.name
        unit = self.name.rpartition("_")[2]
        head = [f"# HELP {name} {_escaped(self.help)}", f"# TYPE {name} {KIND}"]
        head += [f"# UNIT {name} {unit}"] if unit in UNITS else []
        return head + [f"{name}{_written(labels)} {value:.15g}" for labels, value in known]


def one(value: float | None) -> list[Sample]:
    """The samples of a metric without labels."""
    return [({}, value)]


def by(label: str, values: Mapping[str, float | None]) -> list[Sample]:
    """The samples of a metric with one label."""
    return [({label: name}, value) for name, value in values.items()]


def among(label: str, actual: str, possible: Iterable[str], **labels: str) -> list[Sample]:
    """A state: 1 for the one that is, 0 for those that are not, so that a rule can wait for any of them."""
    known = dict.fromkeys([*possible, actual])  # one that a later version brings is told as well
    return [({**labels, label: name}, float(name == actual)) for name in known]


def render(families: Iterable[Family]) -> str:
    """The whole text."""
    return "".join(f"{line}\n" for family in families for line in family.lines()) + END


def _written(labels: Mapping[str, str]) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{said}}}" if said else ""


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
