"""Any bytes are a message or are refused, and what is refused is not repeated."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from privacykit.web.browser.message import BrowserMessage, MessageError, read_message
from privacykit.web.preferences.http import PageRequest

VALUES = ["/a", "signup", "", None, True, 2**70, 0.5, [], {}, {"plan": "pro"}, {"a": []}]
MEMBERS = st.dictionaries(
    st.sampled_from(["page", "referrer", "event", "purpose", "props", "user"]),
    st.sampled_from(VALUES),
)


def read(body, media_type=b"text/plain"):
    """Return what is read of *body*, the status where it is refused."""
    request = PageRequest(
        "POST", "/privacy/event", "", b"", {b"content-type": media_type}, "", body
    )
    try:
        return read_message(request)
    except MessageError as error:
        return error.status


@given(st.binary(max_size=64) | MEMBERS.map(json.dumps).map(str.encode))
def test_what_is_read_tells_of_one_thing(body):
    """A page or an event, and nothing else is raised whatever was sent."""
    message = read(body)
    if message != 400:
        assert bool(message.page) != bool(message.event)
        assert not message.page or message.page[0] == "/"


def test_a_message_does_not_print():
    """It holds what a visitor sent."""
    assert repr(BrowserMessage(page="/users/ann")) == "<BrowserMessage>"


def test_a_body_that_broke_off_is_refused():
    """Half of a message tells of something else, maybe."""
    assert read(None) == 400
