"""Whom connections trust: the certificates of this machine, as a company's own proxy or server needs them."""

from __future__ import annotations


def trust_the_system() -> None:
    """Let every TLS connection of this process trust the system's store beside the libraries' own list.

    requests, httpx and Apprise each bring a list of public authorities and know no other: behind a proxy that signs
    with a company's certificate every feed would look unreachable. SSL_CERT_FILE and SSL_CERT_DIR are honoured.
    """
    import truststore

    truststore.inject_into_ssl()
