"""The measurements quoted in the docs: `python -m infra.bench [name …]` (or `make bench`); ratios are what counts.

`python -m infra.bench queries --rows 100000000` measures at a size of your own; it may be given several times.
`growth` measures the home that is set and makes none, `editions --days 365` publishes day after day for an hour or
more, `cluster` needs what `make cluster` sets up: they are run when named.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

# Name → the module whose `run()` measures and prints it.
BENCHES = {
    "refresh": "infra.bench.refresh",
    "landing": "infra.bench.landing",
    "queries": "infra.bench.queries",
    "forecasts": "infra.bench.forecasts",
    "skill": "infra.bench.skill",
    "changes": "infra.bench.changes",
    "site": "infra.bench.site",
    "scale": "infra.bench.scale",
    "growth": "infra.bench.growth",
    "editions": "infra.bench.editions",
    "cluster": "infra.bench.cluster",
}
WHEN_NAMED = ("growth", "editions", "cluster")


def main() -> int:
    """Run the named benches, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--rows", type=int, action="append", help="observations to ask about, for `queries`")
    parser.add_argument("--days", type=int, help="editions to publish, for `editions`")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    for name in options.names or [name for name in BENCHES if name not in WHEN_NAMED]:
        print(f"\n## {name}", flush=True)
        given = {"queries": options.rows, "editions": options.days}.get(name)
        import_module(BENCHES[name]).run(*([given] if given else []))
    return 0


if __name__ == "__main__":
    sys.exit(main())
