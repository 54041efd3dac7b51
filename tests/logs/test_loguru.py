"""The patcher in real loguru: nothing of a visitor in text, in JSON or in a traceback."""

from __future__ import annotations

import io

import loguru
import pytest
from hypothesis import given, settings

from privacykit.logs import PrivacyPatcher
from tests.telemetry.markers import CANARY, anything, attributes, fail, formed, leaks


@pytest.fixture(autouse=True)
def _unpatched():
    yield
    loguru.logger.remove()
    loguru.logger.configure(patcher=None)


def configured(patcher=None, **options):
    """Return loguru's logger with the patcher, and what it writes."""
    written = io.StringIO()
    loguru.logger.remove()
    loguru.logger.configure(patcher=patcher or PrivacyPatcher())
    loguru.logger.add(written, **({"format": "{level} {message} {extra}"} | options))
    return loguru.logger, written


@pytest.mark.parametrize("serialize", [False, True])
@settings(deadline=None)
@given(said=anything, text=formed, found=attributes)
def test_no_record_holds_a_canary(serialize, said, text, found):
    """Message, extra, exception and, where ``diagnose`` is on, the variables of its frames."""
    logger, written = configured(serialize=serialize, diagnose=True, backtrace=True)
    try:
        fail(said)
    except ValueError:
        logger.bind(seen=found, **{"client.address": str(CANARY.ipv4)}).exception("at {}", text)
    assert leaks(written.getvalue()) == set()
    assert "in test_no_record_holds_a_canary" in written.getvalue()
    assert "203.0.0.0" in written.getvalue()


def test_coloured_messages_are_weakened_too():
    """Loguru keeps a second copy of such a message."""
    logger, written = configured(colorize=True)
    logger.opt(colors=True).info(f"<red>{CANARY.email}</red>")
    assert leaks(written.getvalue()) == set()
    assert "[email]" in written.getvalue()


def test_what_cannot_be_weakened_says_so():
    """The application goes on; neither message nor extra is written."""

    def weaken(address):
        raise RuntimeError(address)

    logger, written = configured(PrivacyPatcher(weaken))
    logger.bind(note="kept").info("203.0.113.77")
    assert written.getvalue() == "INFO [log record withheld] {}\n"
