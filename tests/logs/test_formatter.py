"""The formatter: a weak line here, the record as it was there."""

from __future__ import annotations

import io
import logging

import pytest
from hypothesis import given, settings

from privacykit.logs import PrivacyFormatter
from tests.telemetry.markers import CANARY, anything, fail, formed, leaks


def two_handlers(formatter):
    """Return a logger with a weak and a plain handler behind it, and what both wrote."""
    weak, plain = io.StringIO(), io.StringIO()
    logger = logging.Logger("shop")  # noqa: LOG001 - one of its own
    for stream, each in ((plain, logging.Formatter()), (weak, formatter), (plain, None)):
        handler = logging.StreamHandler(stream)
        handler.setFormatter(each)
        logger.addHandler(handler)
    return logger, weak, plain


@settings(deadline=None)
@given(said=anything, text=formed)
def test_no_line_holds_a_canary(said, text):
    """Message, arguments and exceptions, also where another handler formatted them before."""
    logger, weak, plain = two_handlers(PrivacyFormatter())
    try:
        fail(said)
    except ValueError:
        logger.exception("at %s", text)
    assert leaks(weak.getvalue()) == set()
    assert "ERROR:shop:at " in weak.getvalue()
    assert "in test_no_line_holds_a_canary" in weak.getvalue()
    assert plain.getvalue().count(f"at {text}") == 2


def test_extra_fields_are_weakened_too():
    """For formatters that write them."""
    logger, weak, _ = two_handlers(PrivacyFormatter(logging.Formatter("%(message)s %(client)s")))
    logger.info("seen", extra={"client": str(CANARY.ipv4)})
    assert weak.getvalue() == "seen 203.0.0.0\n"


class Unprintable:
    """An argument whose text cannot be made."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize("inner", [None, logging.Formatter("%(missing)s")])
def test_what_cannot_be_formatted_says_so(inner):
    """Level and logger are told; nothing fails."""
    formatter = PrivacyFormatter(inner)
    argument = Unprintable() if inner is None else "x"
    record = logging.LogRecord("shop", logging.INFO, "", 1, "%s", (argument,), None)
    assert formatter.format(record) == "INFO:shop:[log record withheld]"
