"""The arguments of trials that repeat: how often, and the seed of what is drawn at random."""

from __future__ import annotations

import argparse


def asked(text: str | None, times: int, seed: int | None = None) -> argparse.Namespace:
    """`times` and, where chance plays a part, `seed` of the command line; `--help` says the `text` of the module."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("times", nargs="?", type=_count, default=times, help="how many trials (default: %(default)s)")
    if seed is not None:
        parser.add_argument("--seed", type=int, default=seed, help="of what is drawn at random (default: %(default)s)")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)
