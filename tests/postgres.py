"""A real PostgreSQL for tests: a cluster of its own on loopback, with the binaries of the machine, gone afterwards."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

PLACES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")


def binary(name):
    """The newest of that name; None where PostgreSQL is not installed."""
    found = [path for place in PLACES for path in sorted(Path(place).glob(f"**/bin/{name}"))]
    return shutil.which(name) or (str(found[-1]) if found else None)


@contextmanager
def postgres():
    """A cluster that trusts whoever comes by loopback; yields its words for libpq. Skips where there is none."""
    if binary("initdb") is None:
        pytest.skip("PostgreSQL is not installed")
    with suppress(KeyError):
        owner = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    if os.getuid() == 0 and "owner" not in locals():
        pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres")
    with tempfile.TemporaryDirectory(prefix="gpt2030-pg-") as folder:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        # What is written here is thrown away: nothing needs to reach the disk.
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off"
        # In a shell without a locale the cluster would be in ASCII, and Prefect's server lose all events.
        _run(owner, binary("initdb"), "-A", "trust", "-E", "UTF8", "-U", "gpt2030", "-D", f"{folder}/cluster")
        _run(owner, binary("pg_ctl"), "-D", f"{folder}/cluster", "-o", options, "-l", f"{folder}/log", "-w", "start")
        try:
            yield f"host=127.0.0.1 port={port} user=gpt2030"
        finally:
            _run(owner, binary("pg_ctl"), "-D", f"{folder}/cluster", "-m", "immediate", "stop")


def create_database(words, name):
    """An empty database of the cluster; returns the words for it."""
    host, port, user = (word.partition("=")[2] for word in words.split())
    subprocess.run([binary("createdb"), "-h", host, "-p", port, "-U", user, name], check=True)
    return f"{words} dbname={name}"


def _run(owner, *command):
    other = {} if owner.pw_uid == os.getuid() else {"user": owner.pw_uid, "group": owner.pw_gid}
    # Its output goes to no pipe: the server that pg_ctl leaves behind would hold it open.
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", env={"PATH": "/usr/bin:/bin"},
        **other,
    )  # fmt: skip
