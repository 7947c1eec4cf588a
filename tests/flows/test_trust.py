"""Certificates: what the machine trusts is trusted by every client we use, and nothing else is."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

ROOT = Path(__file__).parents[2]
ASK = {
    "requests": "from sources.web import Web\nprint(Web().get({url!r}).status)",
    "httpx": "import httpx\nprint(httpx.get({url!r}, trust_env=True).status_code)",
    "apprise": (
        "import apprise\n"
        "print(200 if apprise.Apprise([{url!r}.replace('https', 'jsons', 1)]).notify('hello') else 'refused')"
    ),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A server whose certificate a company signed, and the file of the company's own authority."""
    import ssl

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    bundle = tmp_path_factory.mktemp("company") / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    yield f"https://localhost:{server.server_port}/", bundle
    server.shutdown()


def ask(client, url, **variables):
    """In a process of its own: trust is for the whole process, and other tests would inherit it."""
    kept = {name: value for name, value in os.environ.items() if "CERT" not in name and "CA_BUNDLE" not in name}
    script = f"from flows.trust import trust_the_system\ntrust_the_system()\n{ASK[client].format(url=url)}"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=kept | variables, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("client", ASK)
def test_an_authority_of_the_system_is_trusted(client, company):
    url, bundle = company
    done = ask(client, url, SSL_CERT_FILE=str(bundle))
    assert done.stdout.strip() == "200", done.stderr[-500:]


@pytest.mark.parametrize("client", ASK)
def test_an_authority_that_nobody_vouches_for_is_not(client, company):
    url, _ = company
    assert "200" not in ask(client, url).stdout
