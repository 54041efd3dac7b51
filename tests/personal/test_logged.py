"""Objects with marked fields in logs and events."""

from __future__ import annotations

import io
import json
import logging
from collections import deque, namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated

import loguru
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from privacykit import Personal
from privacykit.collect.events.fragments import encode_props
from privacykit.logs import PrivacyFilter, PrivacyFormatter, PrivacyPatcher, PrivacyProcessor
from privacykit.logs.files.fields import LogFields
from privacykit.logs.files.scrubber import Scrubber
from privacykit.logs.weakener import CALLERS

SECRET = "Annabella"


@dataclass
class User:
    """Somebody."""

    name: Annotated[str, Personal("user.name")]
    plan: str = "gold"


@dataclass
class Order:
    """What holds somebody, unmarked itself."""

    user: User
    total: int = 3


@dataclass
class Broken:
    """What cannot be read."""

    user: User

    def __getattribute__(self, name):
        if name == "user":
            raise ValueError(SECRET)
        return object.__getattribute__(self, name)


USER = User(SECRET)
ORDER = Order(USER)


def _logged(handler_set_up, *said, **more):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler_set_up(handler)
    logger = logging.Logger("shop")  # noqa: LOG001 - of this test alone
    logger.addHandler(handler)
    logger.info(*said, **more)
    return stream.getvalue().strip()


def _filter(handler):
    handler.addFilter(PrivacyFilter())


def _formatter(handler):
    handler.setFormatter(PrivacyFormatter(logging.Formatter("%(message)s")))


@pytest.mark.parametrize("set_up", [_filter, _formatter])
@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (("%s", USER), "User({'name': '-', 'plan': 'gold'})"),
        ((USER,), "User({'name': '-', 'plan': 'gold'})"),
        (("%r of %d", ORDER, 3), "\"Order({'user': {'name': '-', 'plan': 'gold'}, 'total': 3})\" of 3"),
        (("%s", SimpleNamespace(of=USER)), "SimpleNamespace({'of': {'name': '-', 'plan': 'gold'}})"),
        (("%(who)s", {"who": [USER]}), "[{'name': '-', 'plan': 'gold'}]"),
        (("%s %s", 1, "gold"), "1 gold"),
    ],
    ids=["argument", "message", "nested", "namespace", "named", "none"],
)  # fmt: skip
def test_a_message_goes_without_marked_fields(set_up, said, shown):
    """However the object came into it; detectors would not know a name."""
    assert _logged(set_up, *said) == shown


@pytest.mark.parametrize("set_up", [_filter, _formatter])
def test_what_cannot_be_read_is_not_shown(set_up):
    """An object that raises when it is asked leaves nothing (P2)."""
    assert SECRET not in _logged(set_up, "%s", Broken(USER))


def test_structlog_goes_without_marked_fields():
    """As an event's field and below it."""
    shown = PrivacyProcessor()(None, "info", {"event": "paid", "order": ORDER})
    assert shown["order"] == {"user": {"name": "-", "plan": "gold"}, "total": 3}


def _loguru(out, shown):
    logger = loguru._logger.Logger(
        core=loguru._logger.Core(), exception=None, depth=0, record=False, lazy=False, colors=False,
        raw=False, capture=True, patchers=[], extra={},
    )  # fmt: skip
    logger.configure(patcher=PrivacyPatcher(), handlers=[{"sink": out, "format": shown}])
    return logger


def test_loguru_goes_without_marked_fields_of_what_is_named():
    """Also where a format asks for the field itself."""
    out = io.StringIO()
    logger = _loguru(out, "{message} {extra}")
    logger.info("{user} {user.name} {order!r}", user=USER, order=ORDER)
    assert SECRET not in out.getvalue()
    assert "gold" in out.getvalue()


class Seen(namedtuple("Seen", "email ip")):  # noqa: PYI024, SLOT002 - as people write it
    """A named tuple whose names tell what its items are."""


def _row():
    with create_engine("sqlite://").connect() as connection:
        return connection.execute(text("SELECT 'Annabella' AS email, '203.0.113.9' AS ip")).one()


@pytest.mark.parametrize("value", [Seen(SECRET, "203.0.113.9"), _row()], ids=["tuple", "row"])
def test_items_with_names_go_by_these(value):
    """Sensitive names of a named tuple and of a row of SQLAlchemy decide, as those of a mapping."""
    told = _logged(_formatter, "of %s", value)
    given = PrivacyProcessor()(None, "info", {"event": "x", "who": value})
    assert (told, given["who"]) == ("of ['-', '[ip]']", ["-", "203.0.0.0"])


@pytest.mark.parametrize("value", [KeyError(SECRET), [KeyError(SECRET)], {"why": KeyError(SECRET)}])
def test_of_an_exception_in_a_message_the_type_is_kept(value):
    """What an exception says quotes values, wherever it is logged."""
    told = io.StringIO()
    _loguru(told, "{message}").info("failed: {why}", why=value)
    for line in (_logged(_filter, "failed: %s", value), told.getvalue()):
        assert "KeyError" in line
        assert SECRET not in line


def test_structlog_withholds_what_cannot_be_weakened():
    """A value that raises when it is read neither stops the application nor is it logged."""
    event = {"event": f"for {SECRET}", "level": "info", "who": Broken(USER)}
    with_ = PrivacyProcessor()(None, "info", event)
    assert with_ == {"level": "info", "event": "[log record withheld]"}


def test_an_event_takes_a_models_other_fields():
    """What is marked is withheld as what stands under a sensitive name is."""
    assert encode_props(USER) == ',"props":{"plan":"gold"}'


def test_what_is_no_model_makes_no_props():
    """The caller counts it as a failure; the application goes on."""
    with pytest.raises(TypeError):
        encode_props([("plan", "gold")])


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(
    st.recursive(
        st.just(USER) | st.integers(0, 9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
            | st.builds(Order, inner, st.just(1))
            | st.tuples(inner, inner)
            | st.lists(inner, max_size=3).map(deque)
            | st.builds(ValueError, inner)
            | st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(dict.values)
        ),
        max_leaves=8,
    )
)
def test_no_nesting_shows_a_marked_field(value):
    """Wherever the object stands in what is logged."""
    assert SECRET not in _logged(_filter, "%s", value, extra={"value": value})
    assert SECRET not in str(PrivacyProcessor()(None, "info", {"value": value}))


@pytest.mark.parametrize("name", sorted({*CALLERS, "email", "password"}))
@pytest.mark.parametrize("value", [SECRET, "7"])
def test_a_name_decides_in_every_logger_and_in_log_files(name, value):
    """There is one rule: a mapping, a message, loguru's message and a line of JSON have it."""
    out = io.StringIO()
    _loguru(out, "{message}").info(f"for {{{name}}}", **{name: value})
    weakened = Scrubber(LogFields()).line(json.dumps({name: value}).encode())
    shown = {
        "structlog": PrivacyProcessor()(None, "info", {"event": "x", name: value})[name],
        "logging": _logged(_filter, f"for %({name})s", {name: value}),
        "loguru": out.getvalue().strip(),
        "scrub": json.loads(weakened)[name],
    }
    assert shown == {"structlog": "-", "logging": "for -", "loguru": "for -", "scrub": "-"}


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
@given(st.text(min_size=1, max_size=8).filter(str.strip))
def test_no_value_of_a_sensitive_name_stays_in_a_message_of_loguru(value):
    """However short it is, and whatever stands around it."""
    out = io.StringIO()
    _loguru(out, "{message}").info("{password}|{password!r}|ok", password=value)
    assert out.getvalue() in {"-|-|ok\n", "-|'-'|ok\n", '-|"-"|ok\n'}
