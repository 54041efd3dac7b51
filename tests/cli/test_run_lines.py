"""Every line that our servers write is known to `scrub` and `verify`, and stays as it is."""

from __future__ import annotations

import logging
import logging.config
import socket
import sys
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from websockets.sync.client import connect

from privacykit.logs.config import own_log_config, run_log_config
from privacykit.logs.files.fields import LogFields
from privacykit.logs.files.scrubber import Scrubber
from privacykit.logs.formatter import PrivacyFormatter
from privacykit.stores.keys import init_keys
from tests.cli.test_run import CONFIG, ask, running
from tests.waiting import eventually

ASGI = """
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

async def page(request):
    return PlainTextResponse("hello")

async def broken(request):
    try:
        raise KeyError("nothing")
    except KeyError:
        raise ValueError("it failed")

async def talk(socket):
    await socket.accept()
    await socket.close()

app = Starlette(routes=[
    Route("/", page),
    Route("/users/{id}", page),
    Route("/users/{userId}/orders/{order_id:int}", page),
    Route("/broken", broken),
    WebSocketRoute("/talk/{room}", talk),
])
"""
WSGI = """
from flask import Flask

app = Flask(__name__)

@app.get("/")
@app.get("/users/<id>")
@app.get("/users/<userId>/orders/<int:order_id>")
def page(**_):
    return "hello"

@app.get("/broken")
def broken():
    raise ValueError("it failed")
"""
PATHS = ["/", "/users/anna", "/users/anna/orders/77?x=1", "/broken", "/none/here", "/reset/abc1"]
REFUSED = [b"GARBAGE\r\n\r\n", b"GET /otto@example.org HTTP/9.9\r\n\r\n", b"\x16\x03\x01\r\n\r\n"]


def _unchanged(printed, unknown):
    """Return the lines of *printed* that are changed, or of no known format."""
    scrubber = Scrubber(LogFields(), unknown=unknown)
    told = printed.encode().split(b"\n")
    changed = [(raw, out) for raw in told if (out := scrubber.line(raw)) != raw]
    return changed, scrubber.seen["unknown"]


@pytest.mark.slow
@pytest.mark.parametrize("source", [ASGI, WSGI], ids=["asgi", "wsgi"])
def test_what_run_writes_is_known(tmp_path, source):
    """Requests, sockets, failures and what cannot be read, from the start to the end."""
    (tmp_path / "shop.py").write_text(source, encoding="utf-8")
    (tmp_path / "privacykit.toml").write_text(CONFIG, encoding="utf-8")
    init_keys(tmp_path / "privacykit.keys", datetime.now(UTC))
    with running(tmp_path, "shop:app") as (port, printed):

        def has_started():  # until then routes are not told
            ask(port, PATHS[2])
            return "{order_id}" in printed()

        assert eventually(has_started), printed()
        for path in PATHS:
            ask(port, path)
        for raw in REFUSED:
            with socket.create_connection(("127.0.0.1", port)) as stranger, suppress(OSError):
                stranger.settimeout(5)
                stranger.sendall(raw)
                stranger.recv(999)
        if source is ASGI:
            with connect(f"ws://127.0.0.1:{port}/talk/anna"):
                pass
        assert eventually(lambda: "/reset/[token]" in printed()), printed()
    lines = printed()
    assert ("{order_id}" in lines, "it failed" in lines) == (True, True)
    assert _unchanged(lines, "mask") == ([], 0)
    assert _unchanged(lines, "text") == ([], 0)


FORMATS = {
    **{
        f"{name} {make.__name__}": formatter
        for make in (own_log_config, run_log_config)
        for name, formatter in make()["formatters"].items()
        if "format" in formatter
    },
    "our formatter": {"()": PrivacyFormatter},
    "the standard library's": {"format": logging.BASIC_FORMAT},
    "uvicorn's": {"()": "uvicorn.logging.DefaultFormatter", "fmt": "%(levelprefix)s %(message)s"},
    "what many write": {"format": "%(asctime)s - %(name)s - %(levelname)s - %(message)s"},
}


def _fail(logger, level):
    try:
        int("seven")
    except ValueError:
        logger.log(level, "order %s taken", 7, exc_info=True)


@pytest.mark.parametrize("formatter", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
def test_whatever_formats_a_record_its_lines_are_known(formatter, level, capsys):
    """With its traceback, at every level, and nothing of a person passes."""
    logger = logging.getLogger("shop.orders")
    logging.config.dictConfig({
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"it": formatter},
        "handlers": {
            "it": {"class": "logging.StreamHandler", "formatter": "it", "stream": sys.stderr}
        },
        "loggers": {"shop.orders": {"handlers": ["it"], "level": "DEBUG", "propagate": False}},
    })  # fmt: skip
    try:
        _fail(logger, getattr(logging, level))
        logger.log(getattr(logging, level), "mail to otto@example.org from 192.0.2.77")
    finally:
        logger.handlers.clear()
    printed = capsys.readouterr().err
    *told, last = printed.rstrip("\n").split("\n")
    scrubber = Scrubber(LogFields())
    assert [scrubber.line(raw.encode()) for raw in told] == [raw.encode() for raw in told]
    assert scrubber.line(last.encode()).endswith(b"mail to [email] from [ip]")
    assert scrubber.seen["unknown"] == 0
