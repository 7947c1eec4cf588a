"""Orchestration: the only place that knows Prefect, the clock, the environment and secrets."""

import sys
from pathlib import Path

__version__ = "2026.11.0"

# Started as `python -m flows.cli`, Python looks for every module in the working folder first, whatever lies there.
if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).resolve().parents[1]:
    del sys.path[0]
