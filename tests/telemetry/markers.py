"""Values that a telemetry item may hold of a visitor, and the search for them."""

from __future__ import annotations

from hypothesis import strategies as st

from privacykit.telemetry.conventions import ADDRESSES, DROPPED, DROPPED_BELOW
from privacykit.testing.canary import Canary

CANARY = Canary.hatch("203.0.113.77", "2001:db8:77:88::99")
WORDS = CANARY.words
FORMED = (
    str(CANARY.ipv4),
    str(CANARY.ipv6),
    f"[{CANARY.ipv6}]:4711",
    f"{CANARY.ipv4}:4711",
    CANARY.email,
    f"mail {CANARY.email} now",
    f"from {CANARY.ipv4} with Bearer {WORDS['token']}",
    WORDS["token"],
    f"https://shop.example/users/{WORDS['user']}?q={WORDS['query']}",
    f"https://jane:{WORDS['token']}@shop.example/a?mail={CANARY.email}#{WORDS['form']}",
    f"/users/{WORDS['path']}/{CANARY.email}?q={WORDS['query']}",
    f"GET /users/{WORDS['path']}?token={WORDS['token']} HTTP/1.1",
)
"""What detectors find wherever it stands."""

ANYTHING = (*FORMED, *WORDS.values(), CANARY.user_agent)
"""What is found by nothing but the key it stands under."""

PERSONAL_KEYS = (
    *DROPPED,
    *(f"{below.removesuffix('.')}.x" for below in DROPPED_BELOW),
    "http.request.header.cookie",
    "http.request.header.x_forwarded_for",
    "http.request.header.authorization",
    "enduser.id",
    "enduser.role",
    "user.id",
    "user.email",
    "session.id",
    "db.query.parameter.0",
    "http.request.body",
    "user_agent.original",
    "referrer",
    "email",
    "customer_id",
    "access_token",
    "cookies",
    "query_string",
)
PLAIN_KEYS = (
    *ADDRESSES,
    "url.full",
    "http.url",
    "http.target",
    "url.path",
    "http.route",
    "server.address",
    "http.host",
    "note",
    "anything",
    "message",
    "exception.type",
    "db.query.summary",
    "process.command_args",
    "user_agent.name",
)

formed = st.sampled_from(FORMED)
anything = st.sampled_from(ANYTHING)
_listed = st.lists(formed, min_size=1, max_size=3)
attributes = st.builds(
    lambda personal, plain: personal | plain,
    st.dictionaries(st.sampled_from(PERSONAL_KEYS), anything, max_size=4),
    st.dictionaries(st.sampled_from(PLAIN_KEYS), formed | _listed, max_size=4),
)


def fail(said: str) -> None:
    """Raise an exception that says *said*, with it in a local variable too."""
    secret = said
    raise ValueError(secret)


def leaks(sent: bytes | str) -> set[str]:
    """Return which markers are in *sent*."""
    return {found.what for found in CANARY.search(sent)}
