"""One Prefect API for a trial of many commands: starting one for each would take four fifths of the trial's time."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, TypeAlias

from flows.engine import prefect_api, wait_until_healthy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# In each trial of this many the commands start servers of their own, as they do where none is configured.
ALONE: Final = 10


Variables: TypeAlias = "Callable[[int, Path], dict[str, str]]"


@contextmanager
def variables_of_trials() -> Iterator[Variables]:
    """Inside, the environment that the commands of a trial are started with, by its number and the home."""
    alone = dict(os.environ)
    with TemporaryDirectory(prefix="gpt2030-api-") as folder, prefect_api(Path(folder)) as address:
        wait_until_healthy(address)
        shared = dict(os.environ)
        yield lambda trial, home: (shared if trial % ALONE else alone) | {"GPT2030_HOME": str(home)}
