"""What an application may pass to ``request.state.privacy``: anything, and it goes on (P9)."""

from __future__ import annotations

import enum
from decimal import Decimal
from uuid import UUID

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from privacykit import InputError, PrivacyMiddleware
from privacykit.collect.privacy import FAILED, NO_PRIVACY
from privacykit.pseudonym.subject import LONGEST_USER_ID, user_id_text
from privacykit.testing.layout import CONFIG, lay_out


class Mute:
    """Something that tells nothing of itself."""

    def __str__(self):
        raise RuntimeError("no")

    __repr__ = __hash__ = __eq__ = __len__ = __bool__ = __iter__ = __str__


class Colour(enum.Enum):
    """An enumeration."""

    RED = "red"


class Level(enum.IntEnum):
    """An enumeration whose members are integers too."""

    LOW = 1


class Word(enum.StrEnum):
    """An enumeration whose members are texts too."""

    ANNA = "anna"


ODD = {
    "none": None,
    "true": True,
    "nan": float("nan"),
    "float": 4.5,
    "decimal": Decimal(7),
    "bytes": b"anna",
    "enum": Colour.RED,
    "int enum": Level.LOW,
    "str enum": Word.ANNA,
    "list": ["anna"],
    "dict": {"id": 1},
    "tuple": ("anna", 1),
    "empty": "",
    "blank": " \t",
    "huge": "x" * 1_000_000,
    "huge integer": 10**5000,
    "surrogate": "anna\ud800",
    "object": object(),
    "mute": Mute(),
    "type": int,
}


@pytest.fixture(scope="module")
def call(tmp_path_factory):
    """Return what runs a function on the privacy of a request, and the engine."""
    todo, results = [], []

    async def endpoint(request):
        made = todo.pop()(request.state.privacy)
        results.append(await made if hasattr(made, "__await__") else made)
        return PlainTextResponse("ok")

    config = (
        CONFIG.replace("[events]", "[events]\nbots = true")
        + '\n[raw_address]\nsecurity = "blocking attacks"\n'
    )
    folder = tmp_path_factory.mktemp("calls")
    app = PrivacyMiddleware(Starlette(routes=[Route("/", endpoint)]), lay_out(folder, config))
    with TestClient(app, client=("127.0.0.1", 5000)) as client:

        def run(what):
            todo.append(what)
            assert client.get("/").text == "ok"
            return results.pop()

        run.engine = app._engine
        yield run


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_what_is_no_id_identifies_nobody(call, value):
    """It is refused, counted, and whoever was identified before is so no longer."""
    before = call.engine.runtime.counters.of("identify_refused")

    def identify(privacy):
        privacy.identify("anna")
        privacy.identify(value)
        return privacy.subject

    assert (call(identify), call.engine.runtime.counters.of("identify_refused")) == (
        None,
        before + 1,
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42, "42"),
        (-1, "-1"),
        (0, "0"),
        (UUID("550E8400-E29B-41D4-A716-446655440000"), "550e8400-e29b-41d4-a716-446655440000"),
        ("anna", "anna"),
        ("\N{SNOWMAN}", "\N{SNOWMAN}"),
        ("x" * LONGEST_USER_ID, "x" * LONGEST_USER_ID),
    ],
    ids=["integer", "negative", "zero", "uuid", "text", "wide text", "longest"],
)
def test_an_id_counts_as_its_canonical_text(call, value, text):
    """Whether the application holds 42 or "42", it is the same user, and erasure finds both."""

    def identify(privacy):
        privacy.identify(value)
        return privacy.subject

    expected = call.engine.runtime.subject_references(text)[0]
    assert (user_id_text(value), call(identify)) == (text, expected)


CALLS = {
    "emit a name": lambda p, odd: p.emit(odd),
    "emit for a purpose": lambda p, odd: p.emit("x", odd),
    "emit props": lambda p, odd: p.emit("x", props=odd),
    "emit a prop": lambda p, odd: p.emit("x", props={"a": odd}),
    "emit_durably a name": lambda p, odd: p.emit_durably(odd),
    "emit_durably for a purpose": lambda p, odd: p.emit_durably("x", odd),
    "emit_durably props": lambda p, odd: p.emit_durably("x", props=odd),
    "emit_durably_sync a name": lambda p, odd: p.emit_durably_sync(odd),
    "emit_durably_sync for a purpose": lambda p, odd: p.emit_durably_sync("x", odd),
    "emit_durably_sync props": lambda p, odd: p.emit_durably_sync("x", props=odd),
    "allows": lambda p, odd: p.allows(odd),
    "raw_address": lambda p, odd: p.raw_address(odd),
}


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
@pytest.mark.parametrize("what", CALLS.values(), ids=CALLS)
def test_a_call_answers_or_says_what_is_wrong(call, what, value):
    """Only an :class:`InputError` in words of ours ever comes out, and the request goes on."""

    def tried(privacy):
        async def run():
            try:
                made = what(privacy, value)
                if hasattr(made, "__await__"):
                    await made
            except InputError:
                return "told"
            return "answered"

        return run()

    assert call(tried) in {"told", "answered"}


def test_a_salt_that_is_gone_gives_one_key_to_all(call, monkeypatch):
    """A rate limiter gets a key whatever of ours fails."""
    monkeypatch.setattr(call.engine.runtime.days, "hour_salt", None)
    monkeypatch.setattr(call.engine.runtime, "client", lambda *_: (b"\x7f\0\0\1", True))
    assert call(lambda p: p.rate_limit_key()) == "unknown"


def test_a_bug_of_ours_inside_a_wait_is_not_the_applications(call, monkeypatch):
    """What waits in its thread is told that nothing was kept; and so it is where nobody decided."""
    monkeypatch.setattr(call.engine.runtime, "accept_durably_sync", None)
    assert call(lambda p: repr(p.emit_durably_sync("x"))) == repr(FAILED)
    assert NO_PRIVACY.emit_durably_sync("x") is FAILED
