"""Places on disk that stand in for a publisher's address, and reading one file there without being held up by it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from sources.bounds import MOST_BYTES_OF_ANY
from sources.errors import KEPT, NotFound, Refused, TooLarge

_FILE: Final = "file://"
_ADVICE: Final = "name a folder with the publisher's files, or an address that begins with https://"


def is_folder(url: str) -> bool:
    """Whether a source's URL setting names a place on disk."""
    return url.startswith(_FILE) or ("://" not in url and not url.startswith("embedded:"))


def path_of(url: str) -> Path:
    """The place on disk that a URL setting names, without what an address may carry behind a question mark."""
    return Path(unquote(urlsplit(url).path) if url.startswith(_FILE) else url.partition("?")[0])


def read_file(path: Path, most: int = MOST_BYTES_OF_ANY) -> bytes:
    """The bytes of a file; NotFound, Refused or TooLarge when there is none, it may not be read, or has too many."""
    where = str(path)
    try:
        found = path.stat()
        # A pipe would be waited for, and a device read, for ever.
        if not stat.S_ISREG(found.st_mode):
            raise NotFound("no regular file", where=where, advice=_ADVICE)
        if found.st_size > most:
            raise TooLarge(f"{found.st_size:,} bytes, more than {most:,}", where=where, advice=KEPT)
        with path.open("rb") as file:
            body = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound("no such file", where=where, advice=_ADVICE) from None
    except (OSError, ValueError) as error:
        raise Refused("a file that cannot be read", where=where, evidence=str(error), advice=KEPT) from None
    # It may have grown since it was looked at.
    if len(body) > most:
        raise TooLarge(f"more than {most:,} bytes", where=where, advice=KEPT)
    return body
