"""The measurements quoted in the docs: `python -m infra.bench [name …]` (or `make bench`); ratios are what counts."""

from __future__ import annotations

import sys
from importlib import import_module

# Name → the module whose `run()` measures and prints it.
BENCHES = {
    "refresh": "infra.bench_refresh",
    "landing": "infra.bench_landing",
    "forecasts": "infra.bench_forecasts",
}


def main() -> int:
    """Run the named benches, or all."""
    names = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no bench {', '.join(unknown)}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in names:
        print(f"\n## {name}", flush=True)
        import_module(BENCHES[name]).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
