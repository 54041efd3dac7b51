"""The authorities whose certificates are believed, read once in a process: the system's list."""

from __future__ import annotations

from functools import cache
from ssl import SSLContext


@cache
def believed() -> SSLContext:
    """
    Return what everybody on this machine believes, one context for all clients of the process.

    To read the system's list takes 30 milliseconds, for each client again, though most of them
    speak to one host, or never over TLS. Environment variables are not asked.
    """
    import httpx2

    return httpx2.create_ssl_context(trust_env=False)
