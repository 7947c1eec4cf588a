"""What the program stands on, for whoever has to answer for it: a bill of materials (CycloneDX) and a licence report.

    python -m infra.sbom [--licences]

The bill has every distribution of requirements.lock that is installed here, with its version, licence and the hashes
that the lock allows for its files; `--licences` prints the same as a table. Both go to stdout. Exit code 1 names what
states no licence at all: it may not be handed on.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from packaging.requirements import Requirement

from flows import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

LOCK: Final = Path(__file__).parent.parent / "requirements.lock"
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_APPROVED: Final = "License :: OSI Approved :: "
# What the older names are called in SPDX; "BSD License" may be any of several, and stays as it is stated.
_SPDX: Final = {
    "MIT License": "MIT", "Apache Software License": "Apache-2.0", "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0",
}  # fmt: skip
# Longer, a field named License is the whole text of one.
_MOST_WORDS: Final = 8
_UNSAID: Final = frozenset({"", "UNKNOWN", "Dual License"})


class Locked(NamedTuple):
    """One distribution of the lock that is installed here, with the SHA-256 of each of its files that may be."""

    name: str
    version: str
    licence: str
    hashes: tuple[str, ...]


def main(arguments: list[str] | None = None) -> int:
    """Print the bill or the table; 1 when something states no licence."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--licences", action="store_true", help="a table of licences instead")
    chosen = parser.parse_args(arguments)
    found = list(locked(LOCK.read_text(encoding="utf-8")))
    sys.stdout.write("".join(report(found)) if chosen.licences else bill(found))
    silent = [one.name for one in found if not one.licence]
    for name in silent:
        print(f"{name} states no licence: look it up before you hand it on", file=sys.stderr)
    return 1 if silent else 0


def locked(lock: str) -> Iterator[Locked]:
    """Each distribution that a lock file names for this machine; what a marker leaves out, or is not installed, is not.

    ValueError names one that is installed in another version than the locked one.
    """
    for entry in lock.replace("\\\n", " ").splitlines():
        stated = Requirement(entry.partition("--hash")[0].strip())
        if stated.marker is not None and not stated.marker.evaluate():
            continue
        try:
            here = distribution(stated.name)
        except PackageNotFoundError:
            continue
        if not stated.specifier.contains(here.version, prereleases=True):
            raise ValueError(f"{stated.name} {here.version} is installed, the lock says {stated.specifier}: make setup")
        yield Locked(stated.name, here.version, licence_of(here), tuple(_HASH.findall(entry)))


def licence_of(one: Distribution) -> str:
    """What a distribution says its licence is: the expression, the classifiers, or a short field; empty without any."""
    said: Any = one.metadata
    names = [line.removeprefix(_APPROVED) for line in said.get_all("Classifier") or [] if line.startswith(_APPROVED)]
    field = (said.get("License") or "").strip()
    short = field if len(field.split()) <= _MOST_WORDS and field not in _UNSAID else ""
    # Whether several are all in force or one may be chosen, no classifier tells.
    older = "; ".join(_SPDX.get(name, name) for name in names) or _SPDX.get(short, short)
    return said.get("License-Expression") or older


def report(found: Iterable[Locked]) -> Iterator[str]:
    """A Markdown table of names, versions and licences, a line each."""
    yield "| distribution | version | licence |\n|---|---|---|\n"
    for one in found:
        yield f"| {one.name} | {one.version} | {one.licence or '**not stated**'} |\n"


def bill(found: Iterable[Locked]) -> str:
    """The same as CycloneDX 1.6 in JSON, each bill with a serial number and the moment that it was written."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model import HashAlgorithm, HashType
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    licences = LicenseFactory()
    own = Component(type=ComponentType.APPLICATION, name="gpt2030", version=__version__, bom_ref="gpt2030")
    parts = [
        Component(
            type=ComponentType.LIBRARY,
            name=one.name,
            version=one.version,
            bom_ref=f"{one.name}=={one.version}",
            purl=PackageURL("pypi", None, one.name, one.version),
            licenses=[licences.make_from_string(one.licence)] if one.licence else [],
            # Several, because the lock allows the files of every system; an installer takes one of them.
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in one.hashes],
        )
        for one in found
    ]
    said = Bom(components=parts, metadata=BomMetaData(component=own))
    said.register_dependency(own, parts)
    return JsonV1Dot6(said).output_as_string(indent=1) + "\n"


if __name__ == "__main__":
    sys.exit(main())
