"""The measurements quoted in the docs: `python -m infra.bench [name …]` (or `make bench`); ratios are what counts.

`python -m infra.bench queries --rows 100000000` measures at a size of your own; it may be given several times.
`growth` measures the home that is set and makes none: it is run when named.
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
    "changes": "infra.bench.changes",
    "growth": "infra.bench.growth",
}


def main() -> int:
    """Run the named benches, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHES))
    parser.add_argument("--rows", type=int, action="append", help="observations to ask about, for `queries`")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in BENCHES]
    if unknown:
        parser.error(f"no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    for name in options.names or [name for name in BENCHES if name != "growth"]:
        print(f"\n## {name}", flush=True)
        sizes = [options.rows] if name == "queries" and options.rows else []
        import_module(BENCHES[name]).run(*sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
