"""`gpt2030 site`: look at the pages on this machine, and see that they hold together."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

import click

from flows.commands.common import Failure, edition_meant, open_read_copy, read_copy_path
from flows.terminal import echo

if TYPE_CHECKING:
    from http.server import ThreadingHTTPServer
    from io import BytesIO
    from pathlib import Path
    from typing import BinaryIO

LOOPBACK = "127.0.0.1"


@click.group()
def site() -> None:
    """The pages of an edition."""


@site.command("serve", short_help="Show the editions on this machine.")
@click.option("--edition", default="latest", metavar="ID", help="Begin there (default: the one in force).")
@click.option("--port", default=8030, type=click.IntRange(0, 65535), help="0 takes a free one.", show_default=True)
def serve_site(edition: str, port: int) -> None:
    """Show the editions on loopback, to everybody on this machine, until it is stopped; the address goes to stdout."""
    folder = _folder(edition)
    try:
        server = _server(folder.parent, folder.name, port)
    except OSError as error:
        raise Failure(f"port {port} cannot be had ({error.strerror or error}); --port 0 takes a free one") from None
    with server:
        echo(f"http://{LOOPBACK}:{server.server_port}/{folder.name}/index.html")
        echo("until Ctrl-C", err=True)
        server.serve_forever(poll_interval=0.2)


@site.command("check", short_help="See that links lead somewhere and pages hold together.")
@click.option("--edition", default="latest", metavar="ID", help="This edition (default: the one in force).")
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def check_pages(edition: str, *, as_json: bool) -> None:
    """Every link leads somewhere, no page asks another host or runs a script, none is bloated; exit 1 when not."""
    from flows.ask.site import check_site

    folder = _folder(edition)
    found = check_site(folder)
    if as_json:
        echo(json.dumps({"edition_id": folder.name, **asdict(found)}, indent=2))
    else:
        for problem in found.problems:
            echo(problem)
        echo(
            f"{folder.name}: {found.pages} pages, {found.links:,} links, {found.files} files of {found.bytes:,} bytes, "
            f"largest page {found.largest_page}; problems: {len(found.problems)}"
        )
    if found.problems:
        raise Failure(f"{len(found.problems)} problems in {folder.name}")


def _folder(edition: str) -> Path:
    path = read_copy_path()
    with open_read_copy(path) as reader:
        edition_id = edition_meant(reader, edition)
    folder: Path = path.parent / "editions" / edition_id
    if not folder.is_dir():
        raise Failure(
            f"the pages of {edition_id} are not under {path.parent / 'editions'}; `gpt2030 refresh` writes them"
        )
    return folder


def _server(shelf: Path, start: str, port: int) -> ThreadingHTTPServer:
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Handler(SimpleHTTPRequestHandler):
        """Files of the shelf and nothing else: no listing of folders, no word on every request."""

        def do_GET(self) -> None:
            # Who types the address alone means the pages, and would be told that there are none.
            if self.path in {"", "/"}:
                self.send_response(302)
                self.send_header("Location", f"/{start}/index.html")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                super().do_GET()

        def send_head(self) -> BytesIO | BinaryIO | None:
            # An address with a NUL is the name of no file, and would end in a traceback without an answer.
            if "\0" in unquote(self.path):
                self.send_error(404, "Not found")
                return None
            return super().send_head()

        def list_directory(self, path: object) -> None:
            del path
            self.send_error(404, "Not found")

        def log_message(self, *_: object) -> None:
            pass

    return ThreadingHTTPServer((LOOPBACK, port), partial(Handler, directory=str(shelf)))
