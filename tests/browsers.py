"""A browser of the distribution and a server on loopback, for tests that look at pages."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def playing() -> Iterator[Playwright]:
    """Start playwright; where there is no Chromium the tests say so, in CI they fail."""
    if not CHROMIUM.exists():
        message = f"there is no {CHROMIUM}; install it or set CHROMIUM"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    expect.set_options(timeout=30_000)  # other tests run beside
    with sync_playwright() as playwright:
        yield playwright


@contextmanager
def launched(playwright: Playwright, *flags: str) -> Iterator[Browser]:
    """Launch Chromium, with *flags* besides the usual ones."""
    path, args = str(CHROMIUM), [*FLAGS, *flags]
    chromium = playwright.chromium.launch(executable_path=path, args=args)
    try:
        yield chromium
    finally:
        chromium.close()


@contextmanager
def served(app: Any, **options: Any) -> Iterator[str]:
    """
    Serve *app* by a real server on a port of loopback; give its address.

    Args:
        app: The application.
        options: Of uvicorn, besides or instead of ours.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        ours = {"log_level": "error", "ws": "none", "proxy_headers": False}
        server = uvicorn.Server(uvicorn.Config(app, **{**ours, **options}))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
